"""Resources with an address in the network, by type: load balancers, tasks and instances, data stores."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from .graph import Graph
from .groups import GROUPS
from .networks import ALL_PORTS, Range
from .resource import Resource
from .tokens import (
    CACHE_CLUSTER,
    DEFAULT_SECURITY_GROUP,
    ECS_SERVICE,
    INSTANCE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    LISTENER,
    LOAD_BALANCER,
    RDS_CLUSTER,
    RDS_CLUSTER_INSTANCE,
    RDS_INSTANCE,
    RDS_PROXY,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    VPC,
)
from .topology import SUBNETS
from .values import Block, UndecidedError, known

CLASSIC_BALANCER = "aws:elb/loadBalancer:LoadBalancer"
SCALING_GROUP = "aws:autoscaling/group:Group"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
INTERFACE_ATTACHMENT = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"


class Layer(enum.Enum):
    """Layer of a resource by its type, whatever its tags are."""

    EDGE = "edge"
    APP = "app"
    DATA = "data"


@dataclass(frozen=True, kw_only=True)
class NetworkEndpoint:
    """A resource that accepts connections in a network."""

    resource: Resource
    tier: Layer
    subnets: tuple[Resource, ...]
    """Subnets of this program; empty when others made them."""
    groups: tuple[Resource, ...]
    spans: tuple[Range, ...] = (ALL_PORTS,)
    """Ports that it listens on."""
    has_groups: bool = True
    """Network load balancers may go without any, and then admit everybody."""

    @property
    def label(self) -> str:
        module, kind = self.resource.token.split("/")[0], self.resource.token.rsplit(":", 1)[-1]
        return f"{module.replace(':', '.')}.{kind} {self.resource.name}"


@dataclass(frozen=True, kw_only=True)
class PlacedKind:
    """Properties that give a resource type's subnets and security groups."""

    tier: Layer
    groups: tuple[str, ...]
    subnets: tuple[str, ...] = ()
    subnet_group: tuple[str, str] | None = None
    """The property that names a subnet group, and the group's type."""
    port: Range = ALL_PORTS
    engines: tuple[tuple[str, Range], ...] = field(default=())
    """Ports by a substring of the engine's name, where they differ."""
    only_with: str = ""
    """The block without which it has no address in a VPC."""


_SQL = (
    ("postgres", (5432, 5432)),
    ("mysql", (3306, 3306)),
    ("mariadb", (3306, 3306)),
    ("oracle", (1521, 1521)),
    ("sqlserver", (1433, 1433)),
    ("aurora", (3306, 3306)),
)
_RDS_GROUP = ("dbSubnetGroupName", "aws:rds/subnetGroup:SubnetGroup")
_CACHE_GROUP = ("subnetGroupName", "aws:elasticache/subnetGroup:SubnetGroup")
_TASKS = ("networkConfiguration.securityGroups",), ("networkConfiguration.subnets",)

KINDS: dict[str, PlacedKind] = {
    RDS_CLUSTER: PlacedKind(tier=Layer.DATA, groups=("vpcSecurityGroupIds",), subnet_group=_RDS_GROUP, engines=_SQL),
    RDS_INSTANCE: PlacedKind(tier=Layer.DATA, groups=("vpcSecurityGroupIds",), subnet_group=_RDS_GROUP, engines=_SQL),
    RDS_PROXY: PlacedKind(tier=Layer.DATA, groups=("vpcSecurityGroupIds",), subnets=("vpcSubnetIds",), engines=_SQL),
    "aws:rds/proxyEndpoint:ProxyEndpoint": PlacedKind(
        tier=Layer.DATA, groups=("vpcSecurityGroupIds",), subnets=("vpcSubnetIds",), port=(3306, 5432)
    ),
    REPLICATION_GROUP: PlacedKind(
        tier=Layer.DATA, groups=("securityGroupIds",), subnet_group=_CACHE_GROUP, port=(6379, 6379)
    ),
    CACHE_CLUSTER: PlacedKind(
        tier=Layer.DATA,
        groups=("securityGroupIds",),
        subnet_group=_CACHE_GROUP,
        port=(6379, 6379),
        engines=(("memcached", (11211, 11211)),),
    ),
    SERVERLESS_CACHE: PlacedKind(
        tier=Layer.DATA,
        groups=("securityGroupIds",),
        subnets=("subnetIds",),
        port=(6379, 6380),
        engines=(("memcached", (11211, 11212)),),
    ),
    "aws:memorydb/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("securityGroupIds",),
        subnet_group=("subnetGroupName", "aws:memorydb/subnetGroup:SubnetGroup"),
        port=(6379, 6379),
    ),
    "aws:docdb/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("vpcSecurityGroupIds",),
        subnet_group=("dbSubnetGroupName", "aws:docdb/subnetGroup:SubnetGroup"),
        port=(27017, 27017),
    ),
    "aws:neptune/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("vpcSecurityGroupIds",),
        subnet_group=("neptuneSubnetGroupName", "aws:neptune/subnetGroup:SubnetGroup"),
        port=(8182, 8182),
    ),
    "aws:redshift/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("vpcSecurityGroupIds",),
        subnet_group=("clusterSubnetGroupName", "aws:redshift/subnetGroup:SubnetGroup"),
        port=(5439, 5439),
    ),
    "aws:redshiftserverless/workgroup:Workgroup": PlacedKind(
        tier=Layer.DATA, groups=("securityGroupIds",), subnets=("subnetIds",), port=(5439, 5439)
    ),
    "aws:opensearch/domain:Domain": PlacedKind(
        tier=Layer.DATA,
        groups=("vpcOptions.securityGroupIds",),
        subnets=("vpcOptions.subnetIds",),
        port=(443, 443),
        only_with="vpcOptions",
    ),
    "aws:elasticsearch/domain:Domain": PlacedKind(
        tier=Layer.DATA,
        groups=("vpcOptions.securityGroupIds",),
        subnets=("vpcOptions.subnetIds",),
        port=(443, 443),
        only_with="vpcOptions",
    ),
    "aws:msk/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("brokerNodeGroupInfo.securityGroups",),
        subnets=("brokerNodeGroupInfo.clientSubnets",),
    ),
    "aws:mq/broker:Broker": PlacedKind(tier=Layer.DATA, groups=("securityGroups",), subnets=("subnetIds",)),
    "aws:dax/cluster:Cluster": PlacedKind(
        tier=Layer.DATA,
        groups=("securityGroupIds",),
        subnet_group=("subnetGroupName", "aws:dax/subnetGroup:SubnetGroup"),
        port=(8111, 9111),
    ),
    "aws:efs/mountTarget:MountTarget": PlacedKind(
        tier=Layer.DATA, groups=("securityGroups",), subnets=("subnetId",), port=(2049, 2049)
    ),
    ECS_SERVICE: PlacedKind(tier=Layer.APP, groups=_TASKS[0], subnets=_TASKS[1], only_with="networkConfiguration"),
    "aws:ecs/taskSet:TaskSet": PlacedKind(
        tier=Layer.APP, groups=_TASKS[0], subnets=_TASKS[1], only_with="networkConfiguration"
    ),
    "aws:scheduler/schedule:Schedule": PlacedKind(
        tier=Layer.APP,
        groups=("target.ecsParameters.networkConfiguration.securityGroups",),
        subnets=("target.ecsParameters.networkConfiguration.subnets",),
        only_with="target.ecsParameters.networkConfiguration",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": PlacedKind(
        tier=Layer.APP,
        groups=("ecsTarget.networkConfiguration.securityGroups",),
        subnets=("ecsTarget.networkConfiguration.subnets",),
        only_with="ecsTarget.networkConfiguration",
    ),
    INSTANCE: PlacedKind(tier=Layer.APP, groups=("vpcSecurityGroupIds", "securityGroups"), subnets=("subnetId",)),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": PlacedKind(
        tier=Layer.APP, groups=("vpcSecurityGroupIds", "securityGroups"), subnets=("subnetId",)
    ),
    "aws:ec2/networkInterface:NetworkInterface": PlacedKind(
        tier=Layer.APP, groups=("securityGroups",), subnets=("subnetId",)
    ),
    SCALING_GROUP: PlacedKind(tier=Layer.APP, groups=(), subnets=("vpcZoneIdentifiers",)),
    NODE_GROUP: PlacedKind(tier=Layer.APP, groups=(), subnets=("subnetIds",)),
    LOAD_BALANCER: PlacedKind(
        tier=Layer.EDGE, groups=("securityGroups",), subnets=("subnets", "subnetMappings.subnetId")
    ),
    CLASSIC_BALANCER: PlacedKind(tier=Layer.EDGE, groups=("securityGroups",), subnets=("subnets",)),
}
# Properties that give a resource a public address, besides the rules of its groups.
PUBLIC_SWITCHES = {
    RDS_INSTANCE: "publiclyAccessible",
    RDS_CLUSTER_INSTANCE: "publiclyAccessible",
    "aws:redshift/cluster:Cluster": "publiclyAccessible",
    "aws:redshiftserverless/workgroup:Workgroup": "publiclyAccessible",
    "aws:mq/broker:Broker": "publiclyAccessible",
}
_LAUNCH_TEMPLATES = (
    "launchTemplate.id",
    "launchTemplate.name",
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
    "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateName",
)


def place(graph: Graph, resource: Resource) -> NetworkEndpoint | None:
    """The network endpoint of a resource; None without an address in a VPC."""
    kind = KINDS.get(resource.token)
    if kind is None or (kind.only_with and not resource.present(kind.only_with)):
        return None
    return NetworkEndpoint(
        resource=resource,
        tier=kind.tier,
        subnets=tuple(_subnets(graph, resource, kind)),
        groups=tuple({group.urn: group for group in _groups(graph, resource, kind)}.values()),
        spans=_spans(graph, resource, kind),
        has_groups=not (_is_network_balancer(resource) and not resource.present("securityGroups")),
    )


def _subnets(graph: Graph, resource: Resource, kind: PlacedKind) -> Iterator[Resource]:
    for path in kind.subnets:
        yield from graph.targets(resource, path, *SUBNETS)
    if kind.subnet_group:
        path, token = kind.subnet_group
        for group in graph.targets(resource, path, token):
            yield from graph.targets(group, "subnetIds", *SUBNETS)
    if resource.token == INSTANCE:
        yield from graph.targets(resource, "networkInterfaces.subnetId", *SUBNETS)


def _groups(graph: Graph, resource: Resource, kind: PlacedKind) -> Iterator[Resource]:
    if kind.groups and not any(resource.present(path) for path in kind.groups) and not _is_network_balancer(resource):
        for subnet in _subnets(graph, resource, kind):  # AWS falls back to the VPC's default group
            for vpc in graph.targets(subnet, "vpcId", VPC):
                yield from graph.companions(vpc, "vpcId", DEFAULT_SECURITY_GROUP)
    for path in kind.groups:
        yield from graph.targets(resource, path, *GROUPS)
    for launcher in _launchers(graph, resource):
        for path in ("vpcSecurityGroupIds", "securityGroupNames", "securityGroups", "networkInterfaces.securityGroups"):
            yield from graph.targets(launcher, path, *GROUPS)
    for attachment in graph.of(INTERFACE_ATTACHMENT):
        interface = attachment.data.get("networkInterfaceId")
        own = (resource.outputs.get("primaryNetworkInterfaceId"), resource.outputs.get("id"))
        if (isinstance(interface, str) and interface in own) or resource.urn in attachment.linked("networkInterfaceId"):
            yield from graph.targets(attachment, "securityGroupId", *GROUPS)


def _launchers(graph: Graph, resource: Resource) -> Iterator[Resource]:
    """Launch templates and configurations with the network settings of a fleet or an instance."""
    if resource.token in (SCALING_GROUP, NODE_GROUP, INSTANCE):
        for path in _LAUNCH_TEMPLATES:
            yield from graph.targets(resource, path, LAUNCH_TEMPLATE)
        yield from graph.targets(resource, "launchConfiguration", LAUNCH_CONFIGURATION)


def _is_network_balancer(resource: Resource) -> bool:
    return resource.token == LOAD_BALANCER and resource.data.get("loadBalancerType") in ("network", "gateway")


def spans(graph: Graph, resource: Resource) -> tuple[Range, ...]:
    """The ports that a resource listens on; none where it has no address."""
    kind = KINDS.get(resource.token)
    return _spans(graph, resource, kind) if kind else ()


def _spans(graph: Graph, resource: Resource, kind: PlacedKind) -> tuple[Range, ...]:
    if kind.tier is Layer.APP:
        return (ALL_PORTS,)
    if kind.tier is Layer.EDGE:
        blocks: list[Block] = [*graph.companions(resource, "loadBalancerArn", LISTENER)]
        path = "port"
        if resource.token == CLASSIC_BALANCER:
            blocks, path = [Block(item) for item in resource.items("listeners") if isinstance(item, dict)], "lbPort"
        return tuple(_port(block, path, ALL_PORTS) for block in blocks) or (ALL_PORTS,)
    default = kind.port
    engine = next((value for value in map(resource.data.get, ("engine", "engineFamily")) if isinstance(value, str)), "")
    default = next((span for part, span in kind.engines if part in engine.lower()), default)
    return (_port(resource, "port", default),)


def _port(block: Block, path: str, default: Range) -> Range:
    try:
        number = block.number(path)
    except UndecidedError:
        return ALL_PORTS
    return (int(number), int(number)) if number else default


def is_public(balancer: Resource) -> bool:
    """Whether a load balancer has addresses on the internet; UndecidedError where that isn't known yet."""
    return not balancer.flag("internal") and known(balancer.data.get("loadBalancerType")) != "gateway"
