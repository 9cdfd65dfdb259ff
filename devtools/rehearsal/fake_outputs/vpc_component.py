"""The children of `awsx.ec2.Vpc`, as data: names, parents, inputs and tags of awsx 3.11.0's component.

`plan` decides everything; the offline awsx plugin registers the result with the engine, the unit tests' mocks look it
up. An input of a child that comes from another child is a `Ref`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from devtools.rehearsal.fake_outputs.subnet_layout import LayoutError, Request, Subnet, lay_out, resolved_specs
from devtools.rehearsal.fake_outputs.vpc_arguments import check_addresses, check_nat, refuse_unknown, whole, zones_used

TOKEN: Final = "awsx:ec2:Vpc"
DEFAULT_CIDR: Final = "10.0.0.0/16"
ANYWHERE: Final = "0.0.0.0/0"

_RANK: Final = {"public": 0, "private": 1, "isolated": 2}
_VPC_INPUTS: Final = (
    "assignGeneratedIpv6CidrBlock",
    "enableDnsHostnames",
    "enableDnsSupport",
    "enableNetworkAddressUsageMetrics",
    "instanceTenancy",
    "ipv4IpamPoolId",
    "ipv4NetmaskLength",
    "ipv6CidrBlock",
    "ipv6CidrBlockNetworkBorderGroup",
    "ipv6IpamPoolId",
    "ipv6NetmaskLength",
    "region",
)
_ENDPOINT_INPUTS: Final = (
    "autoAccept",
    "dnsOptions",
    "ipAddressType",
    "policy",
    "resourceConfigurationArn",
    "serviceName",
    "serviceNetworkArn",
    "serviceRegion",
    "subnetConfigurations",
    "vpcEndpointType",
)


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of another child, passed through `then` when that is given."""

    child: str
    prop: str
    then: Callable[[Any], Any] | None = None


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


@dataclass(slots=True)
class Plan:
    """All children in the order of their registration, and the component's outputs with Refs in them."""

    children: list[Child] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, inputs: Mapping[str, Any], parent: str | None, after: str | None = None) -> str:
        """Append a child of `aws:ec2/<kind>`, without the inputs that are None, and return its key."""
        token = f"aws:ec2/{kind}:{kind[0].upper()}{kind[1:]}"
        key = f"{kind} {name}"
        given = {prop: value for prop, value in inputs.items() if value is not None}
        self.children.append(Child(key, token, name, given, parent, after))
        return key


def plan(name: str, arguments: Mapping[str, Any], zones: Sequence[str]) -> Plan:
    """The component's children for its arguments (camelCase) in a region with these availability zones.

    LayoutError or UnsupportedError, before anything is registered, when they can't be laid out.
    """
    args = {key: whole(value) for key, value in arguments.items() if value is not None}
    refuse_unknown(args)
    used = zones_used(args, zones)
    strategy = str((args.get("natGateways") or {}).get("strategy") or "OnePerAz").lower()
    addresses = list((args.get("natGateways") or {}).get("elasticIpAllocationIds") or [])
    check_addresses(strategy, addresses, len(used))
    endpoints = _Endpoints.of(args)
    cidr = args.get("cidrBlock", DEFAULT_CIDR)
    request = Request(
        vpc_name=name,
        vpc_cidr=cidr,
        zones=used,
        specs=args.get("subnetSpecs"),
        strategy=str(args.get("subnetStrategy") or "Legacy"),
        zone_mask=args.get("availabilityZoneCidrMask"),
        name_tags=str(args.get("subnetNameTagStrategy") or "Legacy"),
    )
    subnets = lay_out(request)
    check_nat(strategy, subnets)

    made = Plan()
    tags = {"Name": name, **(args.get("tags") or {})}
    inputs = {key: args.get(key) for key in _VPC_INPUTS} | endpoints.dns(args)
    vpc = made.add("vpc", name, inputs | {"cidrBlock": cidr, "tags": tags}, None)
    network = _Network(made, name, args, tags, vpc, used, strategy, addresses)
    network.build(subnets)
    network.add_endpoints(endpoints)
    made.outputs |= network.outputs() | {"subnetLayout": resolved_specs(request, subnets)}
    if args.get("subnetStrategy") is None and args.get("subnetSpecs") and not args["subnetSpecs"][0].get("cidrBlocks"):
        made.warnings.append(
            'The default subnetStrategy will change from "Legacy" to "Auto" in the next major version. '
            "Please specify the subnetStrategy explicitly."
        )
    return made


class _Network:
    """Adds what each subnet brings with it: route table, association, NAT gateway, route."""

    def __init__(
        self,
        made: Plan,
        name: str,
        args: Mapping[str, Any],
        tags: Mapping[str, Any],
        vpc: str,
        zones: Sequence[str],
        strategy: str,
        addresses: Sequence[Any],
    ) -> None:
        self.made, self.name, self.args, self.tags, self.vpc = made, name, args, tags, vpc
        self.zones, self.strategy, self.addresses = zones, strategy, addresses
        self.region = args.get("region")
        self.vpc_id = Ref(vpc, "id")
        self.igw = made.add(
            "internetGateway", name, {"region": self.region, "vpcId": self.vpc_id, "tags": tags}, vpc, vpc
        )
        self.subnets: list[tuple[str, Subnet]] = []
        self.tables: list[str] = []
        self.associations: list[str] = []
        self.routes: list[str] = []
        self.gateways: list[str] = []
        self.eips: list[str] = []
        self.endpoints: list[str] = []

    def build(self, subnets: Sequence[Subnet]) -> None:
        """Zone by zone; in each the public subnets first, since they hold the NAT gateways."""
        for index, zone in enumerate(self.zones):
            here = [s for s in subnets if s.zone == zone and s.kind.lower() != "unused"]
            for number, subnet in enumerate(sorted(here, key=lambda s: _RANK.get(s.kind.lower(), 2))):
                self._add_subnet(subnet, index, ipv6_index=index + number * len(self.zones))

    def _add_subnet(self, subnet: Subnet, index: int, ipv6_index: int) -> None:
        kind = subnet.kind.lower()
        ipv6 = subnet.assign_ipv6
        if ipv6 is None:
            ipv6 = self.args.get("assignGeneratedIpv6CidrBlock") or False
        labels = {"Name": subnet.name_tag, "SubnetType": subnet.kind}
        inputs = {
            "region": self.region,
            "vpcId": self.vpc_id,
            "availabilityZone": subnet.zone,
            "mapPublicIpOnLaunch": kind == "public",
            "cidrBlock": subnet.cidr_block,
            "assignIpv6AddressOnCreation": ipv6,
            "ipv6CidrBlock": Ref(self.vpc, "ipv6CidrBlock", ipv6_block(ipv6_index)) if ipv6 else None,
            "tags": {**self.tags, **(subnet.tags or {}), **labels},
        }
        key = self.made.add("subnet", subnet.name, inputs, self.vpc, self.vpc)
        self.subnets.append((key, subnet))
        table_inputs = {"region": self.region, "vpcId": self.vpc_id, "tags": {**self.tags, **labels}}
        table = self.made.add("routeTable", subnet.name, table_inputs, key, key)
        self.tables.append(table)
        table_id = Ref(table, "id")
        association = {"region": self.region, "routeTableId": table_id, "subnetId": Ref(key, "id")}
        self.associations.append(self.made.add("routeTableAssociation", subnet.name, association, table, table))
        if kind == "public":
            self._add_gateway(key, index)
            self._add_route(subnet, table, {"gatewayId": Ref(self.igw, "id")})
        elif kind == "private" and self.strategy != "none":
            gateway = self.gateways[0 if self.strategy == "single" else index]
            self._add_route(subnet, table, {"natGatewayId": Ref(gateway, "id")})

    def _add_gateway(self, subnet: str, index: int) -> None:
        """A NAT gateway in the first public subnet of the zone, or of the VPC when one is to do."""
        wanted = {"none": 0, "single": 1}.get(self.strategy, index + 1)
        if len(self.gateways) >= wanted:
            return
        name = f"{self.name}-{index + 1}"
        tags = {**(self.args.get("tags") or {}), "Name": name}
        if self.addresses:
            allocation = self.addresses[index]
        else:
            self.eips.append(self.made.add("eip", name, {"region": self.region, "tags": tags}, subnet, subnet))
            allocation = Ref(self.eips[index], "allocationId")
        inputs = {"region": self.region, "subnetId": Ref(subnet, "id"), "allocationId": allocation, "tags": tags}
        self.gateways.append(self.made.add("natGateway", name, inputs, subnet, subnet))

    def _add_route(self, subnet: Subnet, table: str, target: Mapping[str, Any]) -> None:
        inputs = {"region": self.region, "routeTableId": Ref(table, "id"), "destinationCidrBlock": ANYWHERE, **target}
        self.routes.append(self.made.add("route", subnet.name, inputs, table, table))

    def add_endpoints(self, endpoints: _Endpoints) -> None:
        """The VPC endpoints of `vpcEndpointSpecs`; with Auto they get subnets, tables and a group of their own."""
        for spec in endpoints.specs:
            kind = _endpoint_kind(spec)
            automatic = endpoints.automatic
            region = spec.get("region") or self.region
            inputs = {
                key: spec.get(key) for key in (*_ENDPOINT_INPUTS, "subnetIds", "routeTableIds", "securityGroupIds")
            }
            inputs |= {"region": region, "privateDnsEnabled": spec.get("privateDnsEnabled"), "vpcId": self.vpc_id}
            inputs["tags"] = {**self.tags, **(spec.get("tags") or {})}
            if automatic and kind == "interface":
                if spec.get("subnetIds") is None and spec.get("subnetConfigurations") is None:
                    inputs["subnetIds"] = self._one_subnet_per_zone()
                if spec.get("privateDnsEnabled") is None:
                    inputs["privateDnsEnabled"] = True
                if spec.get("securityGroupIds") is None:
                    inputs["securityGroupIds"] = [self._endpoint_group(spec, region)]
            if automatic and kind == "gateway" and spec.get("routeTableIds") is None:
                inputs["routeTableIds"] = [Ref(table, "id") for table in self.tables]
            if not automatic:
                self.made.warnings += _incomplete(spec, kind)
            self.endpoints.append(self.made.add("vpcEndpoint", spec["serviceName"], inputs, self.vpc, self.vpc))

    def _one_subnet_per_zone(self) -> list[Ref]:
        chosen = []
        for zone in self.zones:
            here = {subnet.kind.lower(): key for key, subnet in reversed(self.subnets) if subnet.zone == zone}
            for kind in ("private", "isolated", "public"):
                if kind in here:
                    chosen.append(Ref(here[kind], "id"))
                    break
        return chosen

    def _endpoint_group(self, spec: Mapping[str, Any], region: Any) -> Ref:
        name = spec["serviceName"]
        tags = {**self.tags, **(spec.get("tags") or {})}
        # The SDK of the real component describes a group that nobody describes.
        inputs = {"region": region, "vpcId": self.vpc_id, "tags": tags, "description": "Managed by Pulumi"}
        group = self.made.add("securityGroup", f"{name}-sg", inputs, self.vpc, self.vpc)
        rule = {
            "region": region,
            "type": "ingress",
            "securityGroupId": Ref(group, "id"),
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": [Ref(self.vpc, "cidrBlock")],
        }
        if str(spec.get("ipAddressType") or "").lower() in ("ipv6", "dualstack"):
            rule["ipv6CidrBlocks"] = [Ref(self.vpc, "ipv6CidrBlock")]
        self.made.add("securityGroupRule", f"{name}-ingress", rule, self.vpc, group)
        return Ref(group, "id")

    def outputs(self) -> dict[str, Any]:
        """The component's outputs; a Ref to `self` of a child stands for the resource."""
        by_kind = {kind: [key for key, subnet in self.subnets if _output_kind(subnet) == kind] for kind in _RANK}
        resources = {
            "subnets": [key for key, _ in self.subnets],
            "routeTables": self.tables,
            "routeTableAssociations": self.associations,
            "routes": self.routes,
            "natGateways": self.gateways,
            "eips": self.eips,
            "vpcEndpoints": self.endpoints,
        } | {f"{kind}Subnets": keys for kind, keys in by_kind.items()}
        return (
            {"vpc": Ref(self.vpc, "self"), "vpcId": self.vpc_id, "internetGateway": Ref(self.igw, "self")}
            | {name: [Ref(key, "self") for key in keys] for name, keys in resources.items()}
            | {f"{kind}SubnetIds": [Ref(key, "id") for key in keys] for kind, keys in by_kind.items()}
        )


@dataclass(frozen=True, slots=True)
class _Endpoints:
    specs: Sequence[Mapping[str, Any]]
    automatic: bool

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> _Endpoints:
        return cls(list(args.get("vpcEndpointSpecs") or []), args.get("vpcEndpointStrategy") == "Auto")

    def dns(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The VPC's DNS attributes, which private DNS of an interface endpoint needs."""
        private = any(
            _endpoint_kind(spec) == "interface" and spec.get("privateDnsEnabled") in (None, True) for spec in self.specs
        )
        if not self.automatic or not private:
            return {}
        for attribute in ("enableDnsHostnames", "enableDnsSupport"):
            if args.get(attribute) is False:
                raise LayoutError(
                    f'vpcEndpointStrategy "Auto" requires {attribute} to be true when Interface endpoint private DNS '
                    "is enabled."
                )
        return {attribute: args.get(attribute, True) for attribute in ("enableDnsHostnames", "enableDnsSupport")}


def ipv6_block(index: int) -> Callable[[Any], Any]:
    """The /64 of that index in a VPC's /56."""

    def block(vpc_block: Any) -> Any:
        if not vpc_block:
            raise LayoutError(
                "Subnets with assignIpv6AddressOnCreation=true require the VPC to have an IPv6 CIDR block. "
                "Set assignGeneratedIpv6CidrBlock=true or provide ipv6CidrBlock."
            )
        address, _, mask = str(vpc_block).partition("/")
        if mask != "56":
            raise LayoutError(f"VPC must be a /56 block (got /{mask})")
        hextets = address.split(":")
        number = (int(hextets[3] or "0", 16) & 0xFF00) | index
        return f"{':'.join(hextets[:3])}:{number:x}::/64"

    return block


def _output_kind(subnet: Subnet) -> str:
    kind = subnet.kind.lower()
    return kind if kind in ("public", "private") else "isolated"


def _endpoint_kind(spec: Mapping[str, Any]) -> str:
    return str(spec.get("vpcEndpointType") or "Gateway").lower()


def _incomplete(spec: Mapping[str, Any], kind: str) -> list[str]:
    if kind == "interface" and spec.get("subnetIds") is None and spec.get("subnetConfigurations") is None:
        missing = "an Interface endpoint without subnetIds or subnetConfigurations"
        remedy = "subnets"
    elif kind == "gateway" and spec.get("routeTableIds") is None:
        missing, remedy = "a Gateway endpoint without routeTableIds", "route tables"
    else:
        return []
    where = f'VPC endpoint "{spec["serviceName"]}" is {missing}.'
    return [f'{where} Specify vpcEndpointStrategy: "Auto" to use generated VPC {remedy}.']
