"""`awsx.ec2.Vpc` offline: child for child what awsx 3.11.0's own component makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devtools.rehearsal.fake_outputs.vpc_component import LayoutError, Ref, UnsupportedError, plan

RECORDED = json.loads((Path(__file__).parent / "data" / "awsx_vpc.json").read_text())["cases"]
SHOP = RECORDED["shop"]["arguments"]


def shown(value: Any) -> Any:
    """A planned value as it is recorded: a Ref as the child and property it stands for."""
    if isinstance(value, Ref):
        return value.child if value.prop == "self" else f"{value.child}.{value.prop}"
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_children_parents_inputs_and_tags_are_the_real_components(name: str) -> None:
    case = RECORDED[name]
    made = plan(name, case["arguments"])
    planned = {
        child.key: {"type": child.token, "parent": child.parent, "inputs": shown(dict(child.inputs))}
        for child in made.children
    }
    for key in sorted({*planned, *case["children"]}):
        assert planned.get(key) == case["children"].get(key), key


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_outputs_are_the_real_components_in_its_order(name: str) -> None:
    case = RECORDED[name]
    made = plan(name, case["arguments"])
    assert {key: shown(value) for key, value in made.outputs.items() if key in case["outputs"]} == case["outputs"]


def test_a_child_depends_on_its_parent_and_comes_after_it() -> None:
    made = plan("net", RECORDED["shop"]["arguments"])
    seen: set[str] = set()
    for child in made.children:
        assert child.parent is None or child.parent in seen
        assert child.after in (child.parent, *seen)
        seen.add(child.key)


def changed(**arguments: Any) -> dict[str, Any]:
    """The shop's arguments with some changed; None takes one away."""
    return {key: value for key, value in (SHOP | arguments).items() if value is not None}


def specs(**blocks: list[str]) -> list[dict[str, Any]]:
    return [{"type": kind.title(), "cidrBlocks": cidrs} for kind, cidrs in blocks.items()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (changed(natGateways={"strategy": "Both"}), "Unknown NatGatewayStrategy"),
        (changed(subnetSpecs=specs(public=["10.0.0.0/24"])), "must match the number of availability zones (3)"),
        (
            changed(subnetSpecs=specs(public=["10.0.0.0/24"], private=["10.0.0.0/23"]), availabilityZoneNames=["a"]),
            "overlap with at least one other subnet",
        ),
    ],
)
def test_what_the_real_component_refuses_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LayoutError) as refused:
        plan("net", arguments)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (changed(cidr="10.0.0.0/16"), "has no argument cidr"),
        (changed(ipv4IpamPoolId="ipam-pool-1"), "has no argument ipv4IpamPoolId"),
        (changed(subnetStrategy=None), 'subnetStrategy "Auto" and cidrBlocks'),
        (changed(subnetStrategy="Exact"), 'subnetStrategy "Auto" and cidrBlocks'),
        (changed(subnetSpecs=[{"type": "Public", "cidrMask": 24}]), 'subnetStrategy "Auto" and cidrBlocks'),
        (changed(availabilityZoneNames=None), "give it"),
        (changed(tags=["a"]), "must be a plain map"),
    ],
)
def test_what_the_program_does_not_use_is_refused_with_what_to_give_instead(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnsupportedError) as refused:
        plan("net", arguments)
    assert message in str(refused.value)
