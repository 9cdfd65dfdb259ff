"""The offline awsx plugin: registers what is planned, with references and dependencies in their places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from devtools.rehearsal.fake_outputs.vpc_component import LayoutError, UnsupportedError
from devtools.rehearsal.plugins import AWSX_VERSION
from devtools.rehearsal.plugins.awsx import AwsxProvider, OfflineVpc

RECORDED = json.loads((Path(__file__).parent / "data" / "awsx_vpc.json").read_text())["cases"]


def key_of(resource: Resource) -> str:
    return f"{resource.token.split('/')[1].split(':')[0]} {resource.name}"


def constructed(name: str, arguments: dict[str, Any]) -> tuple[Recorded, dict[str, Any]]:
    """What constructing the component registers, and its outputs."""
    state: dict[str, Any] = {}

    def program() -> None:
        component = OfflineVpc(name, arguments)
        for prop, value in component.state.items():
            output = pulumi.Output.from_input(value if not isinstance(value, pulumi.Resource) else value.urn)
            output.apply(lambda resolved, prop=prop: state.update({prop: resolved}))

    return record(program), state


@pytest.mark.parametrize("name", ["shop", "single", "none"])
def test_it_registers_the_real_components_children(name: str) -> None:
    recorded, _ = constructed(name, RECORDED[name]["arguments"])
    children = {key_of(child): child for child in recorded.all if child.custom}
    urns = {child.urn: key for key, child in children.items()}
    ids = {child.outputs["id"]: f"{key}.id" for key, child in children.items()}
    assert set(children) == set(RECORDED[name]["children"])
    for key, child in children.items():
        expected = RECORDED[name]["children"][key]
        assert urns.get(child.parent) == expected["parent"], key
        assert child.inputs["tags"] == expected["inputs"]["tags"] if "tags" in expected["inputs"] else True, key
        for prop in ("vpcId", "subnetId", "routeTableId", "gatewayId", "natGatewayId"):
            assert ids.get(child.inputs.get(prop, "")) == expected["inputs"].get(prop), f"{key} {prop}"


def test_a_child_waits_for_its_parent_and_for_what_it_refers_to() -> None:
    recorded, _ = constructed("shop", RECORDED["shop"]["arguments"])
    children = {key_of(child): child for child in recorded.all if child.custom}
    route = children["route shop-app-1"]
    assert children["routeTable shop-app-1"].urn in route.dependencies
    assert route.property_dependencies["natGatewayId"] == (children["natGateway shop-1"].urn,)


def test_outputs_list_ids_in_the_components_order() -> None:
    recorded, state = constructed("shop", RECORDED["shop"]["arguments"])
    ids = {child.name: child.outputs["id"] for child in recorded.of("aws:ec2/subnet:Subnet")}
    assert state["publicSubnetIds"] == [ids[f"shop-public-{zone}"] for zone in (1, 2, 3)]
    assert state["isolatedSubnetIds"] == [ids[f"shop-data-{zone}"] for zone in (1, 2, 3)]
    assert state["vpcId"].startswith("vpc-")
    assert [spec["name"] for spec in state["subnetLayout"]] == ["public", "app", "data"]


def test_what_decides_the_layout_must_be_plain() -> None:
    with pytest.raises(UnsupportedError, match=r"cidrBlock of awsx:ec2:Vpc must be a plain value"):
        record(lambda: OfflineVpc("net", {"cidrBlock": pulumi.Output.from_input("10.0.0.0/16")}))


def test_nothing_below_the_component_is_registered_when_it_cannot_be_laid_out() -> None:
    registered: list[str] = []

    def program() -> None:
        try:
            OfflineVpc("net", RECORDED["shop"]["arguments"] | {"natGateways": {"strategy": "Both"}})
        except LayoutError as error:
            registered.append(str(error))

    assert [resource.token for resource in record(program).all] == ["awsx:ec2:Vpc"]
    assert "Unknown NatGatewayStrategy" in registered[0]


def test_it_serves_only_the_network_under_the_version_it_is_installed_as() -> None:
    provider = AwsxProvider()
    assert provider.version == AWSX_VERSION
    with pytest.raises(
        pulumi.InputPropertyError, match="only awsx:ec2:Vpc of awsx, not awsx:ecs:FargateService"
    ) as refused:
        provider.construct("x", "awsx:ecs:FargateService", {})
    assert refused.value.property_path not in ("", "tags"), "beside a property's name the engine prints its value"
