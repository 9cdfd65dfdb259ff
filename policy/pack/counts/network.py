"""Networks: addresses, routes, rules of security groups and network ACLs, groups of an interface, endpoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..graph import Graph
from ..resource import Resource
from ..tokens import (
    EGRESS_RULE,
    EKS_CLUSTER,
    INGRESS_RULE,
    INSTANCE,
    LAMBDA,
    LOAD_BALANCER,
    NETWORK_ACL,
    NETWORK_ACL_RULE,
    PREFIX_LIST,
    RDS_CLUSTER,
    RDS_INSTANCE,
    RDS_PROXY,
    REPLICATION_GROUP,
    ROUTE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SERVERLESS_CACHE,
    SUBNET,
    VPC,
)
from ..values import Block, UndecidedError, Unknown
from .base import (
    Counter,
    QuotaUse,
    amount,
    by_parent,
    each,
    items,
    known_or,
    label,
    length,
    shared,
    text_size,
    total,
    where,
)

NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
CIDR_BLOCK = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
# Properties with the security groups of a resource's network interfaces.
INTERFACES = {
    "aws:ecs/service:Service": "networkConfiguration.securityGroups",
    "aws:codebuild/project:Project": "vpcConfig.securityGroupIds",
    "aws:ec2/launchTemplate:LaunchTemplate": "vpcSecurityGroupIds",
    "aws:ec2/networkInterface:NetworkInterface": "securityGroups",
    ENDPOINT: "securityGroupIds",
    EKS_CLUSTER: "vpcConfig.securityGroupIds",
    INSTANCE: "vpcSecurityGroupIds",
    LAMBDA: "vpcConfig.securityGroupIds",
    LOAD_BALANCER: "securityGroups",
    RDS_CLUSTER: "vpcSecurityGroupIds",
    RDS_INSTANCE: "vpcSecurityGroupIds",
    RDS_PROXY: "vpcSecurityGroupIds",
    REPLICATION_GROUP: "securityGroupIds",
    SERVERLESS_CACHE: "securityGroupIds",
}
_DENIES = 1  # the default deny rule of each direction, which AWS counts
_SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups")


class GroupRules:
    """Number of rules of each security group, by its URN or id and direction: IPv4, and IPv6.

    A rule that refers to a group counts for both; one that refers to a prefix list counts as the list's maximum size.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.labels: dict[str, str] = {}
        for group in graph.of(SECURITY_GROUP):
            self.labels[group.urn] = label(group)
            for direction in ("ingress", "egress"):
                for block in known_or([], lambda group=group, direction=direction: group.blocks(direction)):
                    self._add(group.urn, direction, *self._block(group, block))
        for token, direction in ((INGRESS_RULE, "ingress"), (EGRESS_RULE, "egress")):
            for rule in graph.of(token):
                self._rule(rule, direction, *self._single(rule))
        for rule in graph.of(SECURITY_GROUP_RULE):
            if isinstance(direction := rule.raw("type"), str):
                self._rule(rule, direction, *self._block(rule, rule))

    def _rule(self, rule: Resource, direction: str, v4: float, v6: float) -> None:
        for key, (holder, _) in by_parent_of(self._graph, rule).items():
            self.labels.setdefault(key, holder)
            self._add(key, direction, v4, v6)

    def _add(self, group: str, direction: str, v4: float, v6: float) -> None:
        counts = self.found[group, direction]
        counts[0] += v4
        counts[1] += v6

    def _single(self, rule: Resource) -> tuple[float, float]:
        if rule.present("cidrIpv6"):
            return 0.0, 1.0
        if rule.present("cidrIpv4"):
            return 1.0, 0.0
        weight = self._weight(rule, rule.raw("prefixListId")) if rule.present("prefixListId") else 1.0
        return weight, weight

    def _block(self, owner: Resource, block: Block) -> tuple[float, float]:
        counts = {path: len(known_or([None], lambda path=path: block.items(path))) for path in _SOURCES}
        lists = sum(self._weight(owner, one) for one in known_or([], lambda: block.items("prefixListIds")))
        both = counts["securityGroups"] + lists
        if block.present("self") or block.present("sourceSecurityGroupId"):
            both += 1
        return both + counts["cidrBlocks"], both + counts["ipv6CidrBlocks"]

    def _weight(self, owner: Resource, value: object) -> float:
        found = self._graph.named(value, PREFIX_LIST) if isinstance(value, str) else []
        if isinstance(value, Unknown):
            links = {urn for urns in owner.links.values() for urn in urns}
            found = [one for one in self._graph.of(PREFIX_LIST) if one.urn in links]
        return max((one.number("maxEntries") or 1.0 for one in found), default=1.0)


def by_parent_of(graph: Graph, rule: Resource) -> dict[str, tuple[str, float]]:
    """The group that a rule belongs to."""
    targets = known_or([], lambda: graph.targets(rule, "securityGroupId", SECURITY_GROUP))
    if targets:
        return {one.urn: (label(one), 1.0) for one in targets}
    value = known_or(None, lambda: rule.raw("securityGroupId"))
    return {value: (value, 1.0)} if isinstance(value, str) else {}


def _group_rules(graph: Graph) -> Iterator[QuotaUse]:
    rules = graph.derived(GroupRules)
    for (group, direction), (v4, v6) in rules.found.items():
        yield QuotaUse("rulesPerSecurityGroup", f"{rules.labels.get(group, group)}, {direction}", max(v4, v6))


def _interfaces(graph: Graph) -> Iterator[QuotaUse]:
    """Groups of each interface, and the rules of them together."""
    rules = graph.derived(GroupRules)
    for token, path in INTERFACES.items():
        for resource in graph.of(token):
            groups = amount(items(path), resource)
            if not groups:
                continue
            yield QuotaUse("securityGroupsPerInterface", label(resource), groups)
            named = known_or([], lambda resource=resource, path=path: graph.targets(resource, path, SECURITY_GROUP))
            for direction in ("ingress", "egress"):
                together = sum(max(rules.found.get((one.urn, direction), (0.0,))) for one in named)
                yield QuotaUse("rulesPerInterface", f"{label(resource)}, {direction}", together)


def _acl_rules(graph: Graph) -> Iterator[QuotaUse]:
    """Rules of each network ACL and direction, IPv4 and IPv6 separately."""
    for egress in (False, True):
        for six in (False, True):
            way = f"{'outbound' if egress else 'inbound'}{', IPv6' if six else ''}"

            def counted(rule: Resource, egress: bool = egress, six: bool = six) -> float:
                return float(rule.flag("egress") == egress and rule.present("ipv6CidrBlock") == six)

            found = by_parent(graph, (NETWORK_ACL,), (NETWORK_ACL_RULE, "networkAclId"), measure=counted)
            for acl in graph.of(NETWORK_ACL):
                own = _own_rules(acl, "egress" if egress else "ingress", six=six)
                if own:
                    found[acl.urn] = (label(acl), found.get(acl.urn, ("", 0.0))[1] + own)
            for holder, rules in found.values():
                yield QuotaUse("rulesPerNetworkAcl", f"{holder}, {way}", rules + _DENIES)


def _own_rules(acl: Resource, direction: str, *, six: bool) -> int:
    blocks = known_or([], lambda: acl.blocks(direction))
    return sum(1 for block in blocks if block.present("ipv6CidrBlock") == six)


def _gateways(graph: Graph) -> Iterator[QuotaUse]:
    """NAT gateways of each availability zone, by their subnets."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for gateway in graph.of(NAT_GATEWAY):
        for subnet in known_or([], lambda gateway=gateway: graph.targets(gateway, "subnetId", SUBNET)):
            try:
                zone = subnet.text("availabilityZone") or subnet.text("availabilityZoneId")
            except UndecidedError:
                continue
            if zone:
                found[subnet.urn.split("::", 2)[1], zone] += 1
    for (_, zone), gateways in found.items():
        yield QuotaUse("natGatewaysPerZone", zone, gateways, of_account=True)


def _cidr_blocks(graph: Graph) -> Iterator[QuotaUse]:
    """Blocks of each VPC that has more than its first."""
    for holder, added in by_parent(graph, (VPC,), (CIDR_BLOCK, "vpcId")).values():
        yield QuotaUse("cidrBlocksPerVpc", holder, 1 + added)


def _interface_endpoint(endpoint: Resource) -> float:
    return float((endpoint.text("vpcEndpointType") or "Gateway") in ("Interface", "GatewayLoadBalancer"))


COUNTERS: tuple[Counter, ...] = (
    total("vpcs", VPC),
    total("internetGateways", "aws:ec2/internetGateway:InternetGateway"),
    total("elasticIps", "aws:ec2/eip:Eip"),
    shared("subnetsPerVpc", [VPC], (SUBNET, "vpcId")),
    _cidr_blocks,
    _gateways,
    each("addressesPerNatGateway", NAT_GATEWAY, measure=lambda one: 1.0 + length(one.raw("secondaryAllocationIds"))),
    shared("routeTablesPerVpc", [VPC], (ROUTE_TABLE, "vpcId")),
    shared("routesPerTable", [ROUTE_TABLE], (ROUTE, "routeTableId")),
    each("routesPerTable", ROUTE_TABLE, measure=items("routes")),
    total("securityGroups", SECURITY_GROUP),
    _group_rules,
    _interfaces,
    shared("networkAclsPerVpc", [VPC], (NETWORK_ACL, "vpcId")),
    _acl_rules,
    shared("interfaceEndpointsPerVpc", [VPC], (ENDPOINT, "vpcId"), measure=_interface_endpoint),
    total("gatewayEndpoints", ENDPOINT, measure=where("vpcEndpointType", "Gateway", otherwise="Gateway")),
    each("endpointPolicySize", ENDPOINT, measure=text_size("policy")),
)
