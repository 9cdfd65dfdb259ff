"""Rules for the network: VPCs, subnets, routes, network ACLs."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Graph
from ..groups import STANDALONE
from ..networks import TCP, describe, is_open, ports, protocol
from ..places import KINDS, Layer, PlacedKind
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..tokens import (
    DEFAULT_NETWORK_ACL,
    DEFAULT_SECURITY_GROUP,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    RDS_CLUSTER,
    RDS_INSTANCE,
    SUBNET,
    VPC,
)
from ..topology import DEFAULT_SUBNET, SUBNETS, Route, VpcNetwork
from ..values import Block, UndecidedError, each

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_STORES = {token: kind for token, kind in KINDS.items() if kind.tier is Layer.DATA}
SUBNET_GROUPS = frozenset(kind.subnet_group[1] for kind in _STORES.values() if kind.subnet_group)
# Stores that say themselves in which subnets they stand, or that have to name a group of them.
PLACED = {token: kind for token, kind in _STORES.items() if kind.subnets or token in (RDS_CLUSTER, RDS_INSTANCE)}
# Properties of a database replica in place of its own network.
_FOLLOWERS = ("replicateSourceDb", "replicationSourceIdentifier", "globalClusterIdentifier", "replicationGroupId")

ADMIN_PORTS = {22: "SSH", 3389: "RDP"}
# The replies to connections that started inside arrive on 1024-65535 (NAT gateways) or a part of it up to its end.
EPHEMERAL_START = 1024
LAST_PORT = 65535
GATEWAY_SERVICES = ("s3", "dynamodb")


@rule(
    VPC,
    "aws:ec2/defaultVpc:DefaultVpc",
    name="vpc-flow-logs",
    title="Every VPC has a flow log of rejected traffic.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP EC2.6", "CIS 3.7", "CKV2_AWS_11"),
    remedy="Add an aws.ec2.FlowLog with vpc_id of this VPC and traffic_type ALL (or REJECT)",
)
def vpc_flow_logs(vpc: Resource, context: RuleContext) -> Problems:
    logs = context.whole.companions(vpc, "vpcId", FLOW_LOG)
    if not logs:
        yield "has no flow log"
    elif not any((log.text("trafficType") or "ALL").upper() in ("ALL", "REJECT") for log in logs):
        yield "its flow logs leave out rejected traffic"


@rule(
    VPC,
    name="vpc-default-sg-closed",
    title="The default security group of a VPC lets nothing in or out.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP EC2.2", "CIS 5.4", "CKV2_AWS_12"),
    remedy="Add an aws.ec2.DefaultSecurityGroup for this VPC with no ingress and no egress",
)
def vpc_default_sg_closed(vpc: Resource, context: RuleContext) -> Problems:
    groups = context.whole.companions(vpc, "vpcId", DEFAULT_SECURITY_GROUP)
    if not groups:
        yield "its default security group keeps the rules that AWS gives it"
    for group in groups:
        own = context.whole.companions(group, "securityGroupId", *STANDALONE)
        if group.present("ingress") or group.present("egress"):
            yield f"its default security group {group.name} has rules"
        elif own:
            yield f"its default security group {group.name} has rules ({own[0].name})"


@rule(
    SUBNET,
    DEFAULT_SUBNET,
    name="subnet-no-auto-public-ip",
    title="No subnet assigns public addresses automatically.",
    severity=Severity.MEDIUM,
    controls=("FSBP EC2.15", "CKV_AWS_130"),
    remedy="Set map_public_ip_on_launch to false",
)
def subnet_no_auto_public_ip(subnet: Resource, context: RuleContext) -> Problems:
    # AWS's default subnets assign public addresses unless disabled.
    if subnet.flag("mapPublicIpOnLaunch", default=subnet.token == DEFAULT_SUBNET):
        yield "gives every instance a public address"


@rule(
    NETWORK_ACL,
    DEFAULT_NETWORK_ACL,
    NETWORK_ACL_RULE,
    name="nacl-no-admin-ports",
    title="No network ACL admits SSH or RDP from the internet.",
    severity=Severity.HIGH,
    controls=("FSBP EC2.21", "CIS 5.1", "CKV_AWS_231", "CKV_AWS_232"),
    remedy="Admit the address range that needs the port, or only the ports that the tier serves",
)
def nacl_no_admin_ports(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == NETWORK_ACL_RULE:
        if not resource.flag("egress"):
            yield from _admin_ports(resource, resource.text("ruleAction"))
    else:
        blocks = resource.blocks("ingress", "ingresses")
        yield from each(blocks, lambda block: _admin_ports(block, block.text("action")))


def _admin_ports(block: Block, action: str | None) -> Iterator[str]:
    if (action or "").lower() != "allow":
        return
    name = protocol(str(block.get("protocol")))
    span = ports(name, block.number("fromPort"), block.number("toPort"))
    if name not in (TCP, "-1") or (span[0] >= EPHEMERAL_START and span[1] == LAST_PORT):
        return
    reached = [service for port, service in ADMIN_PORTS.items() if span[0] <= port <= span[1]]
    cidr = next((cidr for cidr in (block.text("cidrBlock"), block.text("ipv6CidrBlock")) if cidr), "")
    if reached and is_open(cidr):
        yield f"lets {cidr} reach {' and '.join(reached)} ({describe(name, span)})"


@rule(
    SUBNET,
    name="nacl-per-tier",
    title="Every subnet has a network ACL of its own tier.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("CKV2_AWS_1",),
    remedy="Associate the subnet with an aws.ec2.NetworkAcl that only its tier (the SubnetType tag) uses",
)
def nacl_per_tier(subnet: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    acls = graph.derived(VpcNetwork).acls(subnet)
    if not acls:
        yield "is left to the VPC's default network ACL, which admits everything"
    tier = subnet.tags().get("SubnetType")
    if not isinstance(tier, str):
        return
    for acl in acls:
        if any(other.tags().get("SubnetType") != tier for other in _subnets_of(graph, acl)):
            yield f"shares the network ACL {acl.name} with another tier"


def _subnets_of(graph: Graph, acl: Resource) -> list[Resource]:
    joined = graph.companions(acl, "networkAclId", NETWORK_ACL_ASSOCIATION)
    through = [subnet for link in joined for subnet in graph.targets(link, "subnetId", SUBNET)]
    return graph.targets(acl, "subnetIds", SUBNET) + through


@rule(
    SUBNET,
    name="isolated-subnet-no-egress-route",
    title="An isolated subnet has no route out of the VPC.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP RDS.18",),
    remedy="Remove the route, or tag the subnet SubnetType Private if it is meant to reach the internet",
)
def isolated_subnet_no_egress_route(subnet: Resource, context: RuleContext) -> Problems:
    if subnet.tags().get("SubnetType") == "Isolated":
        for route in routes_out(context.whole, subnet):
            yield f"leads out of the VPC by the route {route.shown} of {route.carrier} to {route.through}"


def routes_out(graph: Graph, subnet: Resource) -> Iterator[Route]:
    """The routes by which packets leave the VPC for the internet; UndecidedError, at the end, where one may be one."""
    undecided = ""
    for route in graph.derived(VpcNetwork).routes(subnet):
        if route.doubt:
            undecided = undecided or route.doubt
        elif route.leads_out:
            yield route
    if undecided:
        raise UndecidedError(undecided)


@rule(
    *SUBNET_GROUPS,
    *PLACED,
    name="datastores-in-isolated-subnets",
    title="Databases, caches and other data stores are in subnets without a route to the internet.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP RDS.18", "FSBP RDS.46", "FSBP Opensearch.2"),
    remedy="Use the isolated subnets of the VPC",
)
def datastores_in_isolated_subnets(resource: Resource, context: RuleContext) -> Problems:
    kind = PLACED.get(resource.token)
    paths = kind.subnets if kind else ("subnetIds",)
    if kind and not _names_its_subnets(resource, kind):
        yield "names no subnets, so it is placed in the default VPC"
    yield from each(
        [subnet for path in paths for subnet in context.whole.targets(resource, path, *SUBNETS)],
        lambda subnet: (
            f"its subnet {subnet.name} has the route {route.shown} ({route.carrier}) to {route.through}"
            for route in routes_out(context.whole, subnet)
        ),
    )


def _names_its_subnets(store: Resource, kind: PlacedKind) -> bool:
    """Whether a store sets its subnets; replicas are in those of their source, and a search domain may be outside
    any VPC, which another rule covers."""
    if kind.only_with:
        return True
    paths = (kind.subnet_group[0],) if kind.subnet_group else kind.subnets
    return any(store.present(path) for path in (*paths, *_FOLLOWERS))


@rule(
    VPC,
    name="vpc-endpoints-present",
    title="Traffic to S3 and DynamoDB stays inside AWS through gateway endpoints.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("FSBP EC2.10",),
    remedy="Add the gateway endpoints to the VPC: they cost nothing and spare the NAT gateways",
)
def vpc_endpoints_present(vpc: Resource, context: RuleContext) -> Problems:
    if not context.whole.companions(vpc, "vpcId", SUBNET):
        return
    endpoints = context.whole.companions(vpc, "vpcId", VPC_ENDPOINT)
    names = [name for name in (endpoint.text("serviceName") for endpoint in endpoints) if name]
    missing = [service for service in GATEWAY_SERVICES if not any(name.endswith(f".{service}") for name in names)]
    if missing:
        yield f"has no endpoint for {' and '.join(missing)}"


RULES = (
    vpc_flow_logs,
    vpc_default_sg_closed,
    subnet_no_auto_public_ip,
    nacl_no_admin_ports,
    nacl_per_tier,
    isolated_subnet_no_egress_route,
    datastores_in_isolated_subnets,
    vpc_endpoints_present,
)
