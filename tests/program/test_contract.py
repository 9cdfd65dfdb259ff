"""What holds for every component and every resource of any stack, whatever they are for."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping

import pulumi
import pytest

import components
from components.base import Component
from devtools.paths import REPO_ROOT
from devtools.recording.programs import recorded
from devtools.recording.recorded import Recorded, Resource
from devtools.rehearsal.schema import resource_type
from specs import compute_kinds
from tests.own_stacks import StackFile, examples_and_own
from tests.some import some

TAGS = {"Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass"}
# One a line, so that tiers which come by different ways do not collide.
TIERS = {
    "cost",
    "data",
    "delivery",
    "edge",
    "events",
    "network",
    "observability",
    "security",
    "service",
}
# Packages that all tiers may use: they make no component of their own.
LIBRARIES = {"admission", "monitoring", "stores"}
OUTSIDE_TIERS = {"pulumi:providers:aws"}  # the second provider belongs to the program itself


@pytest.fixture(scope="module", params=examples_and_own(["dev", "prod", "eks"]))
def shop(request: pytest.FixtureRequest) -> Recorded:
    stack: StackFile = request.param
    return stack.recorded()


def taggable(resource: Resource) -> bool:
    return resource.token.startswith("aws:") and "tags" in resource_type(resource.token).properties


def tags_of(resource: Resource) -> Mapping[str, str]:
    """By key; those of an Auto Scaling group are a list, as each says whether instances get it too."""
    tags = resource.inputs.get("tags", {})
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags


def components_of(shop: Recorded) -> list[Resource]:
    return [resource for resource in shop.all if resource.token.startswith("saleday:")]


def ancestors(shop: Recorded, resource: Resource) -> Iterator[Resource]:
    by_urn = {one.urn: one for one in shop.resources}
    while resource.parent in by_urn:
        resource = by_urn[resource.parent]
        yield resource


def test_every_taggable_resource_carries_the_required_tags(shop: Recorded) -> None:
    untagged = [
        f"{resource.token} {resource.name}: lacks {sorted(TAGS - tags_of(resource).keys())}"
        for resource in shop.resources
        if taggable(resource) and not tags_of(resource).keys() >= TAGS
    ]
    assert not untagged


def test_most_resources_are_taggable_so_that_the_rule_above_means_something(shop: Recorded) -> None:
    assert sum(map(taggable, shop.resources)) > 100


def test_tags_say_which_stack_and_tier(shop: Recorded) -> None:
    for resource in some(shop.all):
        if taggable(resource):
            tags = tags_of(resource)
            stack, project = resource.urn.removeprefix("urn:pulumi:").split("::")[:2]
            assert (tags["Project"], tags["Stack"]) == (project, stack)
            assert tags["DataClass"] in {"public", "internal", "confidential", "restricted"}, resource.name
            assert tags["Tier"] in {*TIERS, "sale"}


def test_every_tier_has_its_tag() -> None:
    assert {tags_of(resource)["Tier"] for resource in recorded("dev").all if taggable(resource)} == TIERS


def test_every_resource_sits_under_a_component(shop: Recorded) -> None:
    homeless = [
        resource.urn
        for resource in shop.all
        if not resource.token.startswith(("saleday:", *OUTSIDE_TIERS))
        and not any(parent.token.startswith("saleday:") for parent in ancestors(shop, resource))
    ]
    assert not homeless


def test_names_are_unique_for_each_type(shop: Recorded) -> None:
    counts = Counter((resource.token, resource.name) for resource in shop.resources)
    assert not [name for name, count in counts.items() if count > 1], "the URN must not need its parents to be unique"


def test_a_childs_name_starts_with_its_components_name(shop: Recorded) -> None:
    for resource in some(shop.all):
        owner = next((one for one in ancestors(shop, resource) if one.token.startswith("saleday:")), None)
        if owner is not None:
            assert resource.name == owner.name or resource.name.startswith(f"{owner.name}-"), resource.urn


def test_every_component_registers_its_outputs_once(shop: Recorded) -> None:
    for component in some(components_of(shop)):
        assert len(component.registered) == 1, component.urn
        assert component.registered[0], f"{component.urn} registers nothing of use"


def test_physical_names_are_fixed_and_unique(shop: Recorded) -> None:
    """Two resources of one type in one region with one name would be one too many for AWS."""
    named = Counter(
        (resource.token, resource.provider, *physical)
        for resource in shop.all
        if resource.token.startswith("aws:") and (physical := _physical_name(resource))
    )
    assert not [name for name, count in named.items() if count > 1]


def _physical_name(resource: Resource) -> tuple[object, ...]:
    kind = resource_type(resource.token)
    name = resource.inputs.get(kind.auto_named or "name")
    if name is None:
        return ()
    # These names count within what they belong to, not in the whole region.
    scope = [resource.inputs.get(key) for key in ("role", "zoneId", "resourceId", "logGroupName", "bucket", "type")]
    return (name, *map(str, scope))


def test_the_edges_resources_in_us_east_1_go_through_the_second_provider(shop: Recorded) -> None:
    through = {resource.token for resource in shop.all if "::us-east-1::" in resource.provider}
    assert {"aws:wafv2/webAcl:WebAcl", "aws:kms/key:Key", "aws:sns/topic:Topic"} <= through
    distribution = shop.one("aws:cloudfront/distribution:Distribution")
    assert distribution.provider == "", "CloudFront itself is global"


def modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(components.__path__, "components."):
        yield module.name


def tiers() -> list[type[Component]]:
    for name in modules():
        importlib.import_module(name)
    found: list[type[Component]] = []
    waiting: list[type[Component]] = [Component]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            found.append(subclass)
            waiting.append(subclass)
    return found


@pytest.mark.parametrize("tier", tiers(), ids=lambda tier: tier.__name__)
def test_every_component_has_the_house_signature(tier: type[Component]) -> None:
    parameters = list(inspect.signature(tier.__init__).parameters.values())
    assert [parameter.name for parameter in parameters] == ["self", "name", "args", "opts"]
    assert parameters[3].default is None
    module = importlib.import_module(tier.__module__)
    args = getattr(module, f"{tier.__name__}Args", None) or getattr(
        importlib.import_module(tier.__module__.rpartition(".")[0]), f"{tier.__name__}Args"
    )
    assert dataclasses.is_dataclass(args)
    assert args.__dataclass_params__.frozen, "args do not change after they were given"  # type: ignore[attr-defined]
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in inspect.signature(args).parameters.values())
    assert issubclass(tier, pulumi.ComponentResource)


def test_libraries_of_the_tiers_hold_no_component() -> None:
    for name in some(modules()):
        if name.split(".")[1] in LIBRARIES:
            classes = inspect.getmembers(importlib.import_module(name), inspect.isclass)
            own = [one for _, one in classes if issubclass(one, Component) and one is not Component]
            assert not own, f"{name} makes components, so other tiers may not know it"


def test_no_component_reads_the_stacks_configuration() -> None:
    for name in some(modules()):
        assert "pulumi.Config" not in inspect.getsource(importlib.import_module(name)), name


def test_every_tier_is_held_apart_by_the_linter() -> None:
    folders = {module.name for module in pkgutil.iter_modules(components.__path__) if module.ispkg} - LIBRARIES
    contracts = tomllib.loads((REPO_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [tiers] = [contract for contract in contracts if contract["id"] == "tiers"]
    assert set(tiers["modules"]) == {f"components.{folder}" for folder in folders}


def test_kinds_of_compute_are_told_apart_by_their_strategies_alone() -> None:
    kinds = set(compute_kinds.KINDS)
    found = []
    for package in ("account", "components", "cost", "sale", "settings", "specs"):
        for path in sorted((REPO_ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare):
                    texts = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                    if texts & kinds:
                        found.append(f"{path.relative_to(REPO_ROOT)}:{node.lineno}")
    assert found == [], "ask specs.compute_kinds or components.service.placements instead"


def test_nothing_of_the_program_knows_that_it_is_rehearsed() -> None:
    import specs

    for package in (components, specs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            assert "rehearsal" not in inspect.getsource(importlib.import_module(module.name)), module.name
