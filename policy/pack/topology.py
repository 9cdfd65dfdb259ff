"""Network of a stack: routes, network ACLs and security groups between an address and a subnet.

Unknown values block traffic when a path has to be certain, and admit all when it has to be possible.
Paths of strangers are followed by ingress alone: security groups are stateful, and a NACL that admits requests but no
replies is no fence to rely on. Needs ask for both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .addresses import EVERYBODY, INTERNET, NOBODY, Addresses, addresses, united
from .fences import OPEN_FENCE, Fence, Gap
from .graph import Graph
from .groups import GROUPS, Entry, Named, entries
from .networks import ALL_PORTS, EVERYTHING, Range, describe, ports, protocol
from .resource import Resource
from .tokens import (
    DEFAULT_NETWORK_ACL,
    DEFAULT_ROUTE_TABLE,
    EGRESS_RULE,
    INGRESS_RULE,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
)
from .values import Block, UndecidedError, Unknown

DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
MAIN_ROUTE_TABLE = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
SUBNETS = (SUBNET, DEFAULT_SUBNET)
TABLES = (ROUTE_TABLE, DEFAULT_ROUTE_TABLE)
ACLS = (NETWORK_ACL, DEFAULT_NETWORK_ACL)

# Targets of a route, by the property that names them. `gatewayId` also names VPN gateways, and `local`.
LEADS_IN = ("gatewayId", "carrierGatewayId", "vpcEndpointId")
LEADS_OUT = (
    *LEADS_IN,
    "natGatewayId",
    "egressOnlyGatewayId",
    "networkInterfaceId",
    "instanceId",
    "transitGatewayId",
    "vpcPeeringConnectionId",
    "localGatewayId",
    "coreNetworkArn",
)
# Of these, those behind which there is the internet whatever the destination; the others count by a default route.
TO_THE_INTERNET = ("carrierGatewayId", "natGatewayId", "egressOnlyGatewayId")
_ADDRESS_SPACES = (VPC, DEFAULT_VPC, *SUBNETS, "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
_VPC_RANGES = (
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation",
)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of a subnet: where to, through what; `doubt` is the place of a value that is not known yet."""

    destination: Addresses
    shown: str
    """The destination as it is written."""
    target: str
    """The property that names what the route leads to."""
    through: str
    table: str
    carrier: str
    doubt: str = ""
    urn: str = ""
    """URN of the resource that the route is written in."""

    @property
    def brings_strangers(self) -> bool:
        """Whether it admits packets from the internet."""
        return self.target in LEADS_IN and not self.private_gateway and bool(self.destination & INTERNET)

    @property
    def leads_out(self) -> bool:
        """Whether packets reach the internet by it."""
        whatever = self.target in TO_THE_INTERNET or (self.target == "gatewayId" and not self.private_gateway)
        beyond = self.destination & INTERNET
        return bool(beyond) and (whatever or beyond.holds_strangers)

    @property
    def private_gateway(self) -> bool:
        """Whether it leads to a VPN gateway, which is named in the same property as the internet's."""
        return self.through.startswith("vgw-")


class VpcNetwork:
    """The graph's network, indexed on first use. One for a graph: `graph.derived(VpcNetwork)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.routes = cache(self._routes)
        self.fence = cache(self._fence)
        self.gaps = cache(self._gaps)
        self.fence_out = cache(lambda subnet: self._fence(subnet, egress=True))
        self.gaps_out = cache(lambda group: self._gaps(group, ingress=False))
        self.own_addresses = cache(self._own_addresses)

    def vpcs(self, resource: Resource) -> list[Resource]:
        return self.graph.targets(resource, "vpcId", VPC, DEFAULT_VPC)

    def _own_addresses(self, subnet: Resource) -> Addresses:
        """Addresses of the subnet's VPC, which belong to no one else even if they are public ones."""
        blocks: list[Any] = []
        for vpc in self.vpcs(subnet):
            for it in (vpc, *self.graph.companions(vpc, "vpcId", *_VPC_RANGES)):
                for path in ("cidrBlock", "ipv6CidrBlock"):
                    blocks += [it.data.get(path), it.outputs.get(path)]
        return united([addresses(block) for block in blocks if isinstance(block, str)])

    # Routes

    def tables(self, subnet: Resource) -> list[Resource]:
        """The route tables of a subnet: its own, or else the main one of its VPC."""
        links = self.graph.companions(subnet, "subnetId", ROUTE_TABLE_ASSOCIATION)
        own = [table for link in links for table in self.graph.targets(link, "routeTableId", *TABLES)]
        return own if links else [table for vpc in self.vpcs(subnet) for table in self._main_tables(vpc)]

    def _main_tables(self, vpc: Resource) -> list[Resource]:
        chosen = self.graph.companions(vpc, "vpcId", MAIN_ROUTE_TABLE)
        if chosen:
            return [table for it in chosen for table in self.graph.targets(it, "routeTableId", *TABLES)]
        return [
            table
            for table in self.graph.of(DEFAULT_ROUTE_TABLE)
            if self._is_default(table, "defaultRouteTableId", vpc, "defaultRouteTableId", "mainRouteTableId")
        ]

    def _is_default(self, it: Resource, path: str, vpc: Resource, *outputs: str) -> bool:
        """Whether a resource adopts what AWS made together with the VPC: by its id, or by dependency."""
        value = it.data.get(path)
        if isinstance(value, str) and any(value == vpc.outputs.get(name) for name in outputs):
            return True
        return vpc.urn in it.linked(path) or vpc.urn in it.linked("vpcId")

    def _routes(self, subnet: Resource) -> tuple[Route, ...]:
        tables = self.tables(subnet)
        found = [route for table in tables for route in self._routes_of(table)]
        if not tables and (
            subnet.token == DEFAULT_SUBNET or any(vpc.token == DEFAULT_VPC for vpc in self.vpcs(subnet))
        ):
            found.append(
                Route(
                    destination=EVERYBODY,
                    shown="0.0.0.0/0",
                    target="gatewayId",
                    through="its internet gateway",
                    table="the default VPC's main route table",
                    carrier="AWS",
                )
            )
        return tuple(found)

    def _routes_of(self, table: Resource) -> Iterator[Route]:
        for item in _items(table, "routes"):
            yield from self._route(table, table, item, "routes", "cidrBlock", "ipv6CidrBlock")
        for route in self.graph.companions(table, "routeTableId", ROUTE):
            yield from self._route(table, route, route, "", "destinationCidrBlock", "destinationIpv6CidrBlock")

    def _route(
        self, table: Resource, carrier: Resource, block: Block | Unknown, top: str, *destinations: str
    ) -> Iterator[Route]:
        if isinstance(block, Unknown):
            yield _doubtful_route(table, carrier, block.path)
            return
        target = next((path for path in LEADS_OUT if block.present(path)), "")
        named, value = (
            self.named(carrier, top or target, block.data.get(target), INTERNET_GATEWAY),
            block.data.get(target),
        )
        through = named[0].name if named else value if isinstance(value, str) else target or "somewhere"
        if through == "local" or (isinstance(value, Unknown) and not named and self._is_other(carrier, top or target)):
            return
        for path in (*destinations, "destinationPrefixListId"):
            place = block.data.get(path)
            if place in (None, ""):
                continue
            ranges, doubt = self._ranges(carrier, (top or path, place), in_list=path == "destinationPrefixListId")
            yield Route(
                destination=ranges,
                shown=place if isinstance(place, str) else str(ranges),
                target=target,
                through=through,
                table=table.name,
                carrier=carrier.name,
                doubt=doubt,
                urn=carrier.urn,
            )

    def _is_other(self, carrier: Resource, top: str) -> bool:
        """Whether a gateway that is not known yet is one of this program, but none of the internet's."""
        targets = [it for it in map(self.graph.find, carrier.linked(top)) if it]
        return any(it.token.endswith(("VpnGateway", "VpnGatewayAttachment")) for it in targets)

    # Network ACLs

    def acls(self, subnet: Resource) -> list[Resource]:
        """The NACLs that the program has associated with the subnet."""
        graph = self.graph
        joined = graph.companions(subnet, "subnetId", NETWORK_ACL_ASSOCIATION)
        return [
            *graph.companions(subnet, "subnetIds", *ACLS),
            *(acl for link in joined for acl in graph.targets(link, "networkAclId", *ACLS)),
        ]

    def _fence(self, subnet: Resource, *, egress: bool = False) -> Fence:
        acls = self.acls(subnet) or [
            acl
            for vpc in self.vpcs(subnet)
            for acl in self.graph.of(DEFAULT_NETWORK_ACL)
            if self._is_default(acl, "defaultNetworkAclId", vpc, "defaultNetworkAclId")
        ]
        return self._fence_of(acls[0], egress=egress) if acls else OPEN_FENCE

    def _fence_of(self, acl: Resource, *, egress: bool) -> Fence:
        inline = ("egress", "egresses") if egress else ("ingress", "ingresses")
        numbered = [
            _acl_gap(acl, acl, item, "ruleNo", "action", egress) for name in inline for item in _items(acl, name)
        ]
        numbered += [
            _acl_gap(acl, it, it, "ruleNumber", "ruleAction", egress)
            for it in self.graph.companions(acl, "networkAclId", NETWORK_ACL_RULE)
            if _flag(it, "egress") is egress
        ]
        return Fence(name=acl.name, gaps=tuple(gap for _, gap in sorted(numbered, key=lambda pair: pair[0])))

    # Security groups

    def _gaps(self, group: Resource, *, ingress: bool = True) -> tuple[Gap, ...]:
        rule = INGRESS_RULE if ingress else EGRESS_RULE
        carriers = (group, *self.graph.companions(group, "securityGroupId", rule, SECURITY_GROUP_RULE))
        return tuple(gap for carrier in carriers for gap in self._gaps_of(group, carrier, ingress))

    def _gaps_of(self, group: Resource, carrier: Resource, ingress: bool) -> Iterator[Gap]:
        def doubtful(error: UndecidedError) -> Gap:
            return Gap(
                protocol=EVERYTHING,
                span=ALL_PORTS,
                addresses=EVERYBODY,
                label=f"security group {group.name} {_way(ingress)}, {error}",
                doubt=f"{carrier.name}.{error.path}",
                carrier=carrier.urn,
            )

        written = entries(carrier, ingress=ingress)
        while True:
            try:
                entry = next(written, None)
                if entry is None:
                    return
                yield from self._gap(group, carrier, entry)
            except UndecidedError as error:
                yield doubtful(error)

    def _gap(self, group: Resource, carrier: Resource, entry: Entry) -> Iterator[Gap]:
        item = entry.read()
        members = [it for top, value in item.groups for it in self.named(carrier, top, value, *GROUPS)]
        ranges = [self._ranges(carrier, named) for named in item.cidrs]
        ranges += [self._ranges(carrier, named, in_list=True) for named in item.lists]
        where = "" if carrier is group else f" ({carrier.name})"
        by_name = " and ".join(sorted({it.name for it in members})) or "another group"
        way = _way(entry.ingress)
        for reach, doubt in ranges or [(NOBODY, "")]:
            whom = reach if ranges else by_name
            yield Gap(
                protocol=item.protocol,
                span=item.span,
                addresses=reach,
                label=f"security group {group.name} {way} {whom}:{describe(item.protocol, item.span)}{where}",
                groups=tuple(it.urn for it in members),
                doubt=doubt,
                carrier=carrier.urn,
                lists=tuple(value for top, value in item.lists if not self.named(carrier, top, value, PREFIX_LIST)),
            )

    # Named resources

    def named(self, carrier: Resource, top: str, value: object, *tokens: str) -> list[Resource]:
        """The resources that one value of a property names: by the value, or by dependency while it isn't known."""
        if isinstance(value, Unknown):
            return [it for it in map(self.graph.find, carrier.linked(top)) if it and it.token in tokens]
        return self.graph.named(value, *tokens) if isinstance(value, str) else []

    def _ranges(self, carrier: Resource, named: Named, *, in_list: bool = False) -> tuple[Addresses, str]:
        """The addresses of a value, and the path of one that isn't known yet, which may be anyone's."""
        top, value = named
        if not in_list:
            if isinstance(value, Unknown):
                sources = [it for it in map(self.graph.find, carrier.linked(top)) if it]
                inside = bool(sources) and all(it.token in (*_ADDRESS_SPACES, *GROUPS) for it in sources)
                return (NOBODY, "") if inside else (EVERYBODY, f"{carrier.name}.{value.path}")
            return (addresses(value), "") if isinstance(value, str) else (NOBODY, "")
        found, doubt = [NOBODY], ""
        for prefix_list in self.named(carrier, top, value, PREFIX_LIST):
            standalone = self.graph.companions(prefix_list, "prefixListId", PREFIX_LIST_ENTRY)
            for block in (*_items(prefix_list, "entries"), *standalone):
                cidr = block.data.get("cidr") if isinstance(block, Block) else block
                if isinstance(cidr, Unknown):
                    doubt = f"{prefix_list.name}.{cidr.path}"
                elif isinstance(cidr, str):
                    found.append(addresses(cidr))
        return (EVERYBODY, doubt) if doubt else (united(found), "")


def _doubtful_route(table: Resource, carrier: Resource, path: str) -> Route:
    return Route(
        destination=EVERYBODY,
        shown="an unknown destination",
        target="gatewayId",
        through="an unknown gateway",
        table=table.name,
        carrier=carrier.name,
        doubt=f"{carrier.name}.{path}",
        urn=carrier.urn,
    )


def _items(resource: Resource, path: str) -> list[Block | Unknown]:
    """The nested blocks at a path, those that aren't known yet among them."""
    found = resource.items(path)
    return [item if isinstance(item, Unknown) else Block(item) for item in found if isinstance(item, (dict, Unknown))]


def _flag(block: Block, path: str) -> bool:
    try:
        return block.flag(path)
    except UndecidedError:
        return False


def _way(ingress: bool) -> str:
    return "ingress" if ingress else "egress"


def _acl_gap(
    acl: Resource, carrier: Resource, block: Block | Unknown, number: str, action: str, egress: bool
) -> tuple[float, Gap]:
    """A rule of a NACL with its number. What isn't known yet may come first, and may be about everybody."""
    try:
        if isinstance(block, Unknown):
            raise UndecidedError(block.path)
        place = block.number(number)
        name = protocol(_text(block, "protocol"))
        allows = (block.text(action) or "").lower() == "allow"
        span = ports(name, block.number("fromPort"), block.number("toPort"))
        reach = united([addresses(block.text(path) or "") for path in ("cidrBlock", "ipv6CidrBlock")])
    except UndecidedError as error:
        label = f"a rule of NACL {acl.name}, {error}"
        doubt = f"{acl.name}.{error.path}"
        return 0, Gap(
            protocol=EVERYTHING, span=ALL_PORTS, addresses=EVERYBODY, label=label, doubt=doubt, carrier=carrier.urn
        )
    order = place if place is not None else 0
    way = "to" if egress else "from"
    label = f"NACL {acl.name} rule {order:g} {'allow' if allows else 'deny'} {describe(name, span)} {way} {reach}"
    gap = Gap(protocol=name, span=span, addresses=reach, label=label, allows=allows, carrier=carrier.urn)
    return order, gap


def _text(block: Block, path: str) -> str | None:
    value = block.get(path)
    return None if value is None else str(value)


def interesting_ports(gaps: Iterable[Gap], within: Range) -> list[int]:
    """One port of each range over which all `gaps` agree, within a range."""
    edges = {within[0]}
    for gap in gaps:
        edges.update(edge for edge in (gap.span[0], gap.span[1] + 1) if within[0] < edge <= within[1])
    return sorted(edges)
