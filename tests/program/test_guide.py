"""The guide's examples are right: its rule judges what the page says, its settings are accepted in an example stack."""

from __future__ import annotations

import importlib.util
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import settings
from devtools.conformance.variants import lay_over
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT
from policy.pack import registry
from settings.stack_file import as_text
from specs.shop import Shop
from tests.policy import harness
from tests.policy.test_rules import judged, outcome

GUIDE = REPO_ROOT / "docs" / "guide"
RULE = "queue-retention"


def blocks(page: Path, language: str) -> list[str]:
    fenced = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in fenced]


def module(name: str, text: str, folder: Path) -> ModuleType:
    """A block of the page as the module that its first line names."""
    file = folder / f"{name}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    loaded = {}
    for block in blocks(GUIDE / "write-a-rule.md", "python"):
        place = block.partition("\n")[0].removeprefix("# ").removesuffix(".py")
        loaded[place] = module(place.replace("/", "."), block, tmp_path)
        if place.startswith("policy/"):
            (rule,) = loaded[place].RULES
            for table in (registry.BY_NAME, harness.BY_NAME):
                monkeypatch.setitem(table, rule.name, rule)
    yield loaded
    for place in loaded:
        del sys.modules[place.replace("/", ".")]


def test_the_rule_of_the_guide_judges_its_cases(of_the_page: dict[str, ModuleType]) -> None:
    cases = of_the_page["tests/policy/cases/house"].table.cases
    assert {case.kind for case in cases} == {"passes", "fails", "unknown", "absent"}
    for case in cases:
        verdict = judged(case)
        assert outcome(verdict) == case.outcome, f"{case}: {verdict}"
        assert all(case.says in message for message in verdict.messages)


def test_the_rule_of_the_guide_has_what_every_rule_has(of_the_page: dict[str, ModuleType]) -> None:
    (rule,) = of_the_page["policy/pack/rules/house"].RULES
    assert (rule.name, rule.title[-1], rule.remedy[-1] != ".", bool(rule.controls)) == (RULE, ".", True, True)
    mistakes = of_the_page["tests/policy/mutations/house"].mistakes.all
    assert [mistake.rule for mistake in mistakes] == 3 * [RULE]


def accepted(stack: str, *fragments: dict[str, Any]) -> Shop:
    """The settings of an example stack with the guide's laid over them."""
    values = yaml.safe_load((EXAMPLE_STACKS / f"Pulumi.{stack}.yaml").read_text())["config"]
    for fragment in fragments:
        values = lay_over(values, fragment)
    return settings.parse("saleday", stack, {"aws:region": "ap-south-1"} | {k: as_text(v) for k, v in values.items()})


def fragments(page: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(block) for block in blocks(GUIDE / page, "yaml")]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_service_of_the_guide_is_accepted(stack: str) -> None:
    service, stores, pipeline = fragments("add-a-service.md")
    shop = accepted(stack, service, {"saleday:data": stores})
    assert [one.name for one in shop.services][-1] == "wishlist"
    if stack == "prod":
        assert accepted(stack, service, {"saleday:data": stores}, pipeline).delivery.services[-1].name == "wishlist"


def test_the_stores_of_the_guide_are_accepted() -> None:
    of_a_service = {"uses", "environment"}
    given = [
        {"saleday:services": [{"name": "cart", **one}]} if one.keys() <= of_a_service else one
        for one in fragments("add-a-store.md")
    ]
    shop = accepted("prod", *given)
    assert {"wishes"} <= {one.name for one in shop.data.tables}
    assert {"reviews"} <= {one.name for one in shop.data.databases}
    assert {"recommendations"} <= {one.name for one in shop.data.caches}
    assert {"mails"} <= {one.name for one in shop.data.queues}
    (cart,) = [one for one in shop.services if one.name == "cart"]
    assert {"wishes", "products"} <= {*cart.uses.tables, *cart.uses.search}


def test_the_settings_of_the_sale_are_accepted() -> None:
    event, *_ = fragments("plan-a-sale.md")
    assert accepted("prod", event).sale_events[0].name == "diwali"


def test_the_settings_of_eks_are_accepted() -> None:
    (on_eks,) = fragments("move-to-eks.md")
    shop = accepted("dev", on_eks)
    assert "eks" in shop.compute_kinds
