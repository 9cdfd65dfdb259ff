"""The children of `awsx.ec2.Vpc`, as data: names, parents, inputs and tags of awsx 3.11.0's component.

One of its layouts: subnetStrategy Auto with the CIDR blocks of every subnet given, which `components.network` uses.
`plan` decides everything; the offline awsx plugin registers the result with the engine, the unit tests' mocks look it
up. An input of a child that comes from another child is a `Ref`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final

TOKEN: Final = "awsx:ec2:Vpc"
ANYWHERE: Final = "0.0.0.0/0"

_RANK: Final = {"public": 0, "private": 1, "isolated": 2}
_VPC_INPUTS: Final = ("enableDnsHostnames", "enableDnsSupport", "region")
_ARGUMENTS: Final = frozenset(
    {*_VPC_INPUTS, "availabilityZoneNames", "cidrBlock", "natGateways", "subnetSpecs", "subnetStrategy", "tags"}
)
_NAT_STRATEGIES: Final = ("none", "single", "oneperaz")


class LayoutError(ValueError):
    """No layout fits the arguments; the message is awsx's own."""


class UnsupportedError(ValueError):
    """An argument that the rehearsal's component doesn't support; the message has the remedy."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of another child; `self` is the child."""

    child: str
    prop: str


@dataclass(frozen=True, slots=True)
class Child:
    """One resource under the component. `parent` is another child's key, or None for the component itself.

    A child depends on its parent, and on the child that `after` names.
    """

    key: str
    token: str
    name: str
    inputs: Mapping[str, Any]
    parent: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet. `name` is both its Pulumi name and its AWS name."""

    zone: int
    cidr_block: str
    kind: str
    name: str
    tags: Mapping[str, Any]

    @property
    def network(self) -> IPv4Network:
        return IPv4Network(self.cidr_block, strict=False)


@dataclass(slots=True)
class VpcPlan:
    """All children in the order of their registration, and the component's outputs with Refs in them."""

    children: list[Child] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def add(self, kind: str, name: str, inputs: Mapping[str, Any], parent: str | None, after: str | None = None) -> str:
        """Append a child of `aws:ec2/<kind>`, without the inputs that are None, and return its key."""
        key = f"{kind} {name}"
        given = {prop: value for prop, value in inputs.items() if value is not None}
        self.children.append(Child(key, f"aws:ec2/{kind}:{kind[0].upper()}{kind[1:]}", name, given, parent, after))
        return key


def plan(name: str, arguments: Mapping[str, Any]) -> VpcPlan:
    """The component's children for its arguments (camelCase).

    Raises LayoutError or UnsupportedError, before anything is registered, when they can't be laid out.
    """
    args = {key: value for key, value in arguments.items() if value is not None}
    _refuse_unsupported(args)
    strategy = str((args.get("natGateways") or {}).get("strategy") or "OnePerAz").lower()
    if strategy not in _NAT_STRATEGIES:
        raise LayoutError(f"Unknown NatGatewayStrategy '{strategy}'")
    subnets = _subnets(name, args)
    made = VpcPlan()
    network = _Network(made, name, args, strategy)
    for subnet in sorted(subnets, key=lambda subnet: (subnet.zone, _RANK[subnet.kind.lower()])):
        network.add(subnet)
    kept = ("name", "cidrBlocks", "type")
    made.outputs |= network.outputs() | {
        "subnetLayout": [{key: spec[key] for key in kept if spec.get(key)} for spec in args["subnetSpecs"]]
    }
    return made


def _refuse_unsupported(args: Mapping[str, Any]) -> None:
    unknown = sorted(args.keys() - _ARGUMENTS)
    if unknown:
        raise UnsupportedError(
            f"the rehearsal's {TOKEN} has no argument {unknown[0]}; it has {', '.join(sorted(_ARGUMENTS))}"
        )
    specs = args.get("subnetSpecs")
    if args.get("subnetStrategy") != "Auto" or not specs or any(not spec.get("cidrBlocks") for spec in specs):
        raise UnsupportedError(
            f'the rehearsal lays out {TOKEN} by subnetStrategy "Auto" and cidrBlocks in each of subnetSpecs; give them'
        )
    for needed in ("cidrBlock", "availabilityZoneNames"):
        if not args.get(needed):
            raise UnsupportedError(f"the rehearsal does not choose {needed} of {TOKEN}; give it")
    if not isinstance(args.get("tags", {}), Mapping):
        raise UnsupportedError(f"tags of {TOKEN} must be a plain map: the component adds its own Name to them")


def _subnets(name: str, args: Mapping[str, Any]) -> list[Subnet]:
    """The subnets, zone by zone. Raises LayoutError for blocks that are too few or overlap."""
    zones, specs = len(args["availabilityZoneNames"]), args["subnetSpecs"]
    issues = [
        f"The number of CIDR blocks in subnetSpecs[{index}] must match the number of availability zones ({zones})."
        for index, spec in enumerate(specs)
        if len(spec["cidrBlocks"]) != zones
    ]
    if issues:
        raise LayoutError("Invalid subnet specifications:\n - " + "\n - ".join(issues))
    subnets = [
        Subnet(
            zone,
            spec["cidrBlocks"][zone],
            spec["type"],
            f"{name}-{spec.get('name') or spec['type'].lower()}-{zone + 1}",
            spec.get("tags") or {},
        )
        for zone in range(zones)
        for spec in specs
    ]
    clashing = [a for a in subnets if any(a is not b and a.network.overlaps(b.network) for b in subnets)]
    if clashing:
        listed = "".join(f"{number}. {subnet.name}: {subnet.cidr_block}\n" for number, subnet in enumerate(clashing, 1))
        raise LayoutError(
            "The following subnets overlap with at least one other subnet. Make the CIDR for the VPC larger, reduce "
            f"the size of the subnets per AZ, or use less Availability Zones:\n\n{listed}"
        )
    return subnets


class _Network:
    """The VPC with its internet gateway; `add` makes what a subnet brings with it."""

    def __init__(self, made: VpcPlan, name: str, args: Mapping[str, Any], strategy: str) -> None:
        self.made, self.name, self.strategy = made, name, strategy
        self.zones: Sequence[str] = args["availabilityZoneNames"]
        self.region = args.get("region")
        self.given_tags: Mapping[str, Any] = args.get("tags") or {}
        self.tags = {"Name": name, **self.given_tags}
        inputs = {key: args.get(key) for key in _VPC_INPUTS} | {"cidrBlock": args["cidrBlock"], "tags": self.tags}
        self.vpc = made.add("vpc", name, inputs, None)
        self.vpc_id = Ref(self.vpc, "id")
        self.igw = self._add("internetGateway", name, {"vpcId": self.vpc_id, "tags": self.tags}, self.vpc)
        self.subnets: list[tuple[str, Subnet]] = []
        self.made_of: dict[str, list[str]] = {
            kind: [] for kind in ("routeTable", "routeTableAssociation", "route", "natGateway", "eip")
        }

    def add(self, subnet: Subnet) -> None:
        """The subnet with its route table, its way out and, where it is to hold one, a NAT gateway."""
        kind = subnet.kind.lower()
        labels = {"Name": subnet.name, "SubnetType": subnet.kind}
        inputs = {
            "vpcId": self.vpc_id,
            "availabilityZone": self.zones[subnet.zone],
            "mapPublicIpOnLaunch": kind == "public",
            "cidrBlock": subnet.cidr_block,
            "assignIpv6AddressOnCreation": False,
            "tags": {**self.tags, **subnet.tags, **labels},
        }
        key = self._add("subnet", subnet.name, inputs, self.vpc)
        self.subnets.append((key, subnet))
        table = self._add("routeTable", subnet.name, {"vpcId": self.vpc_id, "tags": {**self.tags, **labels}}, key)
        association = {"routeTableId": Ref(table, "id"), "subnetId": Ref(key, "id")}
        self._add("routeTableAssociation", subnet.name, association, table)
        gateways = self.made_of["natGateway"]
        if kind == "public":
            self._add_gateway(key, subnet.zone)
            self._add_route(subnet, table, {"gatewayId": Ref(self.igw, "id")})
        elif kind == "private" and self.strategy != "none":
            self._add_route(
                subnet, table, {"natGatewayId": Ref(gateways[0 if self.strategy == "single" else -1], "id")}
            )

    def _add(self, kind: str, name: str, inputs: Mapping[str, Any], parent: str) -> str:
        key = self.made.add(kind, name, {"region": self.region, **inputs}, parent, parent)
        if kind in getattr(self, "made_of", {}):
            self.made_of[kind].append(key)
        return key

    def _add_gateway(self, subnet: str, zone: int) -> None:
        """A NAT gateway in the first public subnet of the zone, or of the VPC when one is to do."""
        wanted = {"none": 0, "single": 1}.get(self.strategy, zone + 1)
        if len(self.made_of["natGateway"]) >= wanted:
            return
        name = f"{self.name}-{zone + 1}"
        tags = {**self.given_tags, "Name": name}
        address = self._add("eip", name, {"tags": tags}, subnet)
        inputs = {"subnetId": Ref(subnet, "id"), "allocationId": Ref(address, "allocationId"), "tags": tags}
        self._add("natGateway", name, inputs, subnet)

    def _add_route(self, subnet: Subnet, table: str, target: Mapping[str, Any]) -> None:
        self._add(
            "route", subnet.name, {"routeTableId": Ref(table, "id"), "destinationCidrBlock": ANYWHERE, **target}, table
        )

    def outputs(self) -> dict[str, Any]:
        """The component's outputs; a Ref to `self` of a child stands for the resource."""
        by_kind = {kind: [key for key, subnet in self.subnets if subnet.kind.lower() == kind] for kind in _RANK}
        resources = {"subnets": [key for key, _ in self.subnets], "vpcEndpoints": []}
        resources |= {f"{kind}s": keys for kind, keys in self.made_of.items()}
        resources |= {f"{kind}Subnets": keys for kind, keys in by_kind.items()}
        return (
            {"vpc": Ref(self.vpc, "self"), "vpcId": self.vpc_id, "internetGateway": Ref(self.igw, "self")}
            | {name: [Ref(key, "self") for key in keys] for name, keys in resources.items()}
            | {f"{kind}SubnetIds": [Ref(key, "id") for key in keys] for kind, keys in by_kind.items()}
        )
