"""`awsx.ec2.Vpc` offline: child for child what awsx 3.11.0's own component makes."""

from __future__ import annotations

import json
import re
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from devtools.rehearsal.fake_outputs.subnet_layout import LayoutError
from devtools.rehearsal.fake_outputs.vpc_arguments import UnsupportedError
from devtools.rehearsal.fake_outputs.vpc_component import Ref, plan

RECORDED = json.loads((Path(__file__).parent / "data" / "awsx_vpc.json").read_text())["cases"]
ZONES = ("ap-south-1a", "ap-south-1b", "ap-south-1c")


def shown(value: Any, ipv6: str = "") -> Any:
    """A planned value as it is recorded: a Ref as the child and property it stands for."""
    if isinstance(value, Ref):
        if value.then is not None:
            return value.then(ipv6)
        return value.child if value.prop == "self" else f"{value.child}.{value.prop}"
    if isinstance(value, dict):
        return {key: shown(item, ipv6) for key, item in value.items()}
    return [shown(item, ipv6) for item in value] if isinstance(value, list) else value


def ipv6_of(case: dict[str, Any]) -> str:
    """The /56 from which the recorded subnets were cut, "" when there was none."""
    blocks = [child["inputs"].get("ipv6CidrBlock", "") for child in case["children"].values()]
    first = next((block for block in blocks if block), "")
    return first.rpartition(":")[0].rpartition(":")[0][:-2] + "00::/56" if first else ""


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_children_parents_inputs_and_tags_are_the_real_components(name: str) -> None:
    case = RECORDED[name]
    made = plan(name, case["arguments"], ZONES)
    ipv6 = ipv6_of(case)
    planned = {
        child.key: {"type": child.token, "parent": child.parent, "inputs": shown(dict(child.inputs), ipv6)}
        for child in made.children
    }
    for key in sorted({*planned, *case["children"]}):
        assert planned.get(key) == case["children"].get(key), key


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_outputs_are_the_real_components_in_its_order(name: str) -> None:
    case = RECORDED[name]
    made = plan(name, case["arguments"], ZONES)
    assert {key: shown(value) for key, value in made.outputs.items() if key in case["outputs"]} == case["outputs"]


def test_a_child_depends_on_its_parent_and_comes_after_it() -> None:
    made = plan("net", RECORDED["shop"]["arguments"], ZONES)
    seen: set[str] = set()
    for child in made.children:
        assert child.parent is None or child.parent in seen
        assert child.after in (child.parent, *seen)
        seen.add(child.key)


def spec(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"availabilityZoneNames": list(ZONES), "numberOfAvailabilityZones": 2}, "Only one of"),
        ({"numberOfAvailabilityZones": 4}, "does not have at least 4 Availability Zones"),
        ({"natGateways": {"strategy": "None", "elasticIpAllocationIds": ["e"]}}, "cannot be specified"),
        ({"natGateways": {"strategy": "Single", "elasticIpAllocationIds": ["e", "f"]}}, "Exactly one Elastic IP"),
        ({"natGateways": {"strategy": "OnePerAz", "elasticIpAllocationIds": ["e"]}}, "must match the number of"),
        ({"natGateways": {"strategy": "Both"}}, "Unknown NatGatewayStrategy"),
        ({"subnetSpecs": [spec("Private"), spec("Isolated")]}, "public subnets must be declared"),
        ({"subnetSpecs": [spec("Public"), spec("Public"), spec("Private")]}, 'type "public" require unique names'),
        ({"subnetSpecs": [spec("Public", size=1000), spec("Private")]}, "subnet sizes are invalid: 1000"),
        ({"subnetSpecs": [spec("Public", size=256, cidrMask=20), spec("Private")]}, "does not match the expected size"),
        (
            {"subnetStrategy": "Auto", "subnetSpecs": [spec("Public", cidrMask=17), spec("Private", cidrMask=17)]},
            "Subnets are too large for VPC. VPC has 16384 addresses, but subnets require 65536",
        ),
        (
            {"subnetStrategy": "Auto", "subnetSpecs": [spec("Public", cidrBlocks=["10.0.0.0/24"]), spec("Private")]},
            "must match the number of availability zones (3)",
        ),
        (
            {
                "subnetStrategy": "Auto",
                "numberOfAvailabilityZones": 1,
                "subnetSpecs": [
                    spec("Public", cidrBlocks=["10.0.0.0/24"]),
                    spec("Private", cidrBlocks=["10.0.0.0/23"]),
                ],
            },
            "overlap with at least one other subnet",
        ),
        (
            {
                "subnetStrategy": "Exact",
                "numberOfAvailabilityZones": 1,
                "subnetSpecs": [
                    spec("Public", cidrBlocks=["10.0.0.0/24"]),
                    spec("Private", cidrBlocks=["10.0.2.0/24"]),
                ],
            },
            "There are gaps in the subnet ranges",
        ),
        ({"subnetStrategy": "AutoMerge", "subnetSpecs": [spec("Public", cidrBlocks=["10.0.0.0/24"] * 3)]}, "AutoMerge"),
        (
            {"subnetNameTagStrategy": "AvailabilityZone", "availabilityZoneNames": ["us-east-1a", "us-west-1a"]},
            'both reduce to "1a"',
        ),
        (
            {
                "enableDnsSupport": False,
                "vpcEndpointStrategy": "Auto",
                "vpcEndpointSpecs": [{"serviceName": "s", "vpcEndpointType": "Interface"}],
            },
            "requires enableDnsSupport to be true",
        ),
        ({"cidr": "10.0.0.0/16"}, "no argument 'cidr'"),
    ],
)
def test_what_the_real_component_refuses_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LayoutError) as refused:
        plan("net", arguments, ZONES)
    assert message in str(refused.value)


def test_a_block_from_an_address_pool_is_refused_with_the_way_out() -> None:
    with pytest.raises(UnsupportedError, match="give cidrBlock"):
        plan("net", {"ipv4IpamPoolId": "ipam-pool-1", "ipv4NetmaskLength": 16}, ZONES)


def test_the_legacy_layout_ignores_given_blocks_as_the_real_one_does() -> None:
    made = plan("net", RECORDED["legacyblocks"]["arguments"], ZONES)
    used = {child.inputs["cidrBlock"] for child in made.children if child.token == "aws:ec2/subnet:Subnet"}
    assert "10.50.16.0/20" not in used


@settings(deadline=None, max_examples=60)
@given(
    prefix=st.integers(16, 22),
    zones=st.integers(1, 3),
    masks=st.lists(
        st.tuples(st.sampled_from(["Public", "Private", "Isolated", "Unused"]), st.integers(24, 28)),
        min_size=1,
        max_size=8,
    ),
)
def test_automatic_subnets_never_overlap_and_none_is_left_out(
    prefix: int, zones: int, masks: list[tuple[str, int]]
) -> None:
    specs = [spec(kind, name=f"s{index}", cidrMask=mask) for index, (kind, mask) in enumerate(masks)]
    arguments = {
        "cidrBlock": f"10.0.0.0/{prefix}",
        "numberOfAvailabilityZones": zones,
        "subnetStrategy": "Auto",
        "natGateways": {"strategy": "None"},
        "subnetSpecs": specs,
    }
    try:
        made = plan("net", arguments, ZONES).children
    except LayoutError as error:
        refused, made = str(error), []
    else:
        refused = ""
    event("refused" if refused else "laid out")
    blocks = [IPv4Network(child.inputs["cidrBlock"]) for child in made if child.token == "aws:ec2/subnet:Subnet"]
    assert re.search("too large|overlap", refused) or len(blocks) == zones * sum(kind != "Unused" for kind, _ in masks)
    assert all(not a.overlaps(b) for i, a in enumerate(blocks) for b in blocks[:i])
