"""The schema that editors check a stack's file by: it takes what is right, and says where something is not."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from devtools.conformance.variants import Variant, examples_and_overlays, lay_over
from devtools.docsgen import pages, schema
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT
from specs.shop import Shop
from tests.some import some

VALIDATOR = Draft7Validator(schema.schema())
OWN = sorted(REPO_ROOT.glob("Pulumi.*.yaml"))
SHIPPED = sorted(EXAMPLE_STACKS.glob("Pulumi.*.yaml"))
EXAMPLE = EXAMPLE_STACKS / "Pulumi.prod.yaml"


def fault(settings: dict[str, Any]) -> tuple[str, str] | None:
    """Where something is wrong and what, as an editor underlines it; None where nothing is."""
    found = best_match(VALIDATOR.iter_errors({"config": settings}))
    return None if found is None else (".".join(map(str, list(found.absolute_path)[1:])), found.message)


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(schema.schema())


@pytest.mark.own_stacks
@pytest.mark.parametrize("file", OWN, ids=lambda file: file.name)
def test_a_stack_of_this_tree_fits(file: Path) -> None:
    assert fault(yaml.safe_load(file.read_text())["config"]) is None


@pytest.mark.parametrize("variant", examples_and_overlays(), ids=lambda variant: variant.name)
def test_an_example_stack_fits_whatever_is_laid_over_it(variant: Variant) -> None:
    stack = yaml.safe_load((EXAMPLE_STACKS / f"Pulumi.{variant.stack}.yaml").read_text())["config"]
    assert fault(lay_over(stack, variant.config)) is None


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_stack_names_its_schema_where_editors_look(file: Path) -> None:
    named = file.read_text().splitlines()[0].partition("$schema=")[2]
    assert (REPO_ROOT / named).resolve() == pages.DOCS / "reference" / "settings.schema.json"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("saleday:netwrok", {}, ""),
        ("saleday:region", "ap-south-1", ""),
        ("saleday:owner", None, "saleday:owner"),
        ("saleday:network.zone", ["a"], "saleday:network"),
        ("saleday:network.nat", "perzone", "saleday:network.nat"),
        ("saleday:edge.domain", "https://shop.example.com", "saleday:edge.domain"),
        ("saleday:edge.idleTimeout", 0, "saleday:edge.idleTimeout"),
        ("saleday:services.0.scaling.max", "many", "saleday:services.0.scaling.max"),
        ("saleday:services.1.uses.databases", "catalog", "saleday:services.1.uses.databases"),
        ("saleday:saleEvents.0.demand.peakRequestsPerSecond", -1, "saleday:saleEvents.0"),
        ("saleday:data.tables.0.hashKey", None, "saleday:data.tables.0"),
    ],
)
def test_a_wrong_setting_is_underlined_in_its_place(path: str, value: object, place: str) -> None:
    settings = deepcopy(yaml.safe_load(EXAMPLE.read_text())["config"])
    *outer, last = path.split(".")
    target: Any = settings
    for step in outer:
        target = target[int(step) if step.isdigit() else step]
    target[last] = value
    found = fault(settings)
    assert found is not None
    assert found[0].startswith(place), found


def test_what_is_required_is_asked_for() -> None:
    settings = yaml.safe_load(EXAMPLE.read_text())["config"]
    for key in ("saleday:owner", "saleday:costCentre", "saleday:services"):
        less = {name: value for name, value in settings.items() if name != key}
        assert fault(less) == ("", f"'{key}' is a required property")


def test_a_setting_may_be_a_secret_and_other_namespaces_are_their_own_business() -> None:
    settings = yaml.safe_load(EXAMPLE.read_text())["config"]
    more = {"saleday:owner": {"secure": "v1:abc="}, "aws:profile": "shop", "aws:defaultTags": {"tags": {"a": "b"}}}
    assert fault({**settings, **more}) is None


def test_every_setting_is_in_the_schema_with_its_meaning() -> None:
    keys = schema.schema()["properties"]["config"]["properties"]
    for name, field in some(Shop.model_fields.items()):
        if name not in ("project", "stack", "region"):
            assert keys[f"saleday:{field.alias or name}"]["description"]
