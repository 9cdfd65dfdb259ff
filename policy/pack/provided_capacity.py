"""Capacity that a stack's resources provide for each check of a sale's forecast, from the graph alone.

A link is a mapping that the component `saleday:sale:SaleDay` publishes: `kind` selects the function below, `on` is
the physical name or id of the resource, `required` the amount the forecast needs, `perUnit` the amount one unit of
the resource provides. Any program may publish such links; see docs/sale-day.md.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterator
from typing import Final

from .graph import Graph
from .resource import Resource
from .tokens import (
    ECS_SERVICE,
    LAMBDA,
    QUEUE,
    RDS_CLUSTER,
    RDS_CLUSTER_INSTANCE,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    SUBNET,
    TABLE,
    TASK_DEFINITION,
    WEB_ACL,
)
from .values import Block, UndecidedError, Unknown, document

SCALABLE_TARGET = "aws:appautoscaling/target:Target"
SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SCHEDULE = "aws:scheduler/schedule:Schedule"
SERVICE_QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"
PROXY_TARGET = "aws:rds/proxyTarget:ProxyTarget"
PROXY_POOL = "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"

RESERVED_ADDRESSES: Final = 5  # that AWS keeps in each subnet
GIB_PER_ACU: Final = 2
_CLASS: Final = re.compile(r"^(?:db|cache)\.([a-z])[a-z0-9]*\.(?:(\d*)xlarge|(micro|small|medium|large))$")
_UNLIMITED: Final = math.inf

Supply = Callable[[Block, Graph], tuple[float, float]]
"""(link, stack) → (required, provided), in the link's unit."""


def _plain(count: Callable[[Block, Graph], float]) -> Supply:
    """A supply counted in units worth `perUnit` each; the link has the required amount."""

    def supply(link: Block, graph: Graph) -> tuple[float, float]:
        return _number(link, "required"), count(link, graph) * _number(link, "perUnit", 1.0)

    return supply


def _number(link: Block, path: str, default: float = 0.0) -> float:
    value = link.number(path)
    return default if value is None else value


def _named(graph: Graph, link: Block, path: str, *tokens: str) -> Resource | None:
    """The resource of `tokens` whose property at `path` is the link's `on`."""
    on = link.text("on")
    return next((one for one in graph.of(*tokens) if one.text(path) == on), None)


# Tasks


def _target(graph: Graph, scalable: str) -> Resource | None:
    return next((one for one in graph.of(SCALABLE_TARGET) if one.text("resourceId") == scalable), None)


def _most_tasks(link: Block, graph: Graph) -> float:
    target = _target(graph, link.text("on") or "")
    return 0.0 if target is None else target.number("maxCapacity") or 0.0


def _scheduled_tasks(link: Block, graph: Graph) -> float:
    target = _target(graph, link.text("on") or "")
    if target is None:
        return 0.0
    return min(target.number("maxCapacity") or 0.0, _highest_minimum(graph, target))


def _highest_minimum(graph: Graph, target: Resource) -> float:
    """Highest guaranteed number of tasks: the target's own minimum, or a scheduled one."""
    scheduled = (
        one.number("scalableTargetAction.minCapacity") or 0.0
        for one in graph.of(SCHEDULED_ACTION)
        if _acts_on(one, target)
    )
    return max((target.number("minCapacity") or 0.0, *scheduled))


def _acts_on(action: Resource, target: Resource) -> bool:
    value = action.raw("resourceId")
    if isinstance(value, Unknown):
        return target.urn in action.linked("resourceId")
    return value == target.text("resourceId")


def _launches(link: Block, graph: Graph) -> tuple[float, float]:
    """Seconds until all tasks of a scheduled scale-out run, and seconds available."""
    prefix, burst, rate = link.text("on") or "", _number(link, "burst"), _number(link, "rate", 1.0)
    launched = [
        max(0.0, _highest_minimum(graph, one) - (one.number("minCapacity") or 0.0))
        for one in graph.of(SCALABLE_TARGET)
        if (one.text("resourceId") or "").startswith(prefix)
    ]
    together = max(0.0, sum(launched) - burst) / rate
    each = max(launched, default=0.0) / _number(link, "perService", 1.0)
    return max(together, each) + _number(link, "start"), _number(link, "lead")


def _vcpu(link: Block, graph: Graph) -> tuple[float, float]:
    tasks = link.get("tasks")
    cpu = {
        family: one.number("cpu") for one in graph.of(TASK_DEFINITION) if isinstance(family := one.raw("family"), str)
    }
    needed = 0.0
    for family, count in tasks.items() if isinstance(tasks, dict) else ():
        units = cpu.get(family)
        if units is not None:
            needed += float(count) * units / 1024
    return max(needed, 0.0 if cpu else _number(link, "required")), _quota(link, graph)


def _quota(link: Block, graph: Graph) -> float:
    """A quota as the account has it, or as this stack requests it."""
    code = link.text("on")
    requested = [one.number("value") or 0.0 for one in graph.of(SERVICE_QUOTA) if one.text("quotaCode") == code]
    return max((_number(link, "base"), *requested))


# Databases


def _acu_of_class(instance_class: str) -> float:
    match = _CLASS.match(instance_class)
    if match is None:
        return 1.0
    family, factor, plain = match[1], match[2], match[3]
    if family == "t":
        return {"medium": 4, "large": 8}.get(plain or "", 2) / GIB_PER_ACU
    xlarge = 64 if family == "x" else 32
    return (xlarge / 2 if plain else xlarge * int(factor or 1)) / GIB_PER_ACU


def _most_acu(link: Block, graph: Graph) -> float:
    cluster = _named(graph, link, "clusterIdentifier", RDS_CLUSTER)
    if cluster is None:
        return 0.0
    if (most := cluster.number("serverlessv2ScalingConfiguration.maxCapacity")) is not None:
        return most
    instances = [
        one.text("instanceClass") or ""
        for one in graph.of(RDS_CLUSTER_INSTANCE)
        if graph.refers(one, "clusterIdentifier", cluster)
    ]
    return max(map(_acu_of_class, instances), default=0.0)


def _fewest_acu(link: Block, graph: Graph) -> float:
    cluster = _named(graph, link, "clusterIdentifier", RDS_CLUSTER)
    if cluster is None:
        return 0.0
    scheduled = (
        call.number("ServerlessV2ScalingConfiguration.MinCapacity") or 0.0
        for call in _calls(graph, "rds:modifyDBCluster", "DbClusterIdentifier", link.text("on"))
    )
    highest = max((cluster.number("serverlessv2ScalingConfiguration.minCapacity") or 0.0, *scheduled))
    return min(highest, cluster.number("serverlessv2ScalingConfiguration.maxCapacity") or 0.0)


def _connections(link: Block, graph: Graph) -> tuple[float, float]:
    required, cluster = _number(link, "required"), _named(graph, link, "clusterIdentifier", RDS_CLUSTER)
    if cluster is None:
        return required, 0.0
    acu = _most_acu(link, graph)
    sizes = [pair for pair in link.items("sizes") if isinstance(pair, list) and len(pair) == 2]
    allowed = max((count for size, count in sizes if size <= acu), default=min((pair[1] for pair in sizes), default=0))
    return required, allowed * _pool_share(graph, cluster)


def _pool_share(graph: Graph, cluster: Resource) -> float:
    """The share of a cluster's connections that its proxy may open; all of them without a proxy."""
    for target in graph.of(PROXY_TARGET):
        if not graph.refers(target, "dbClusterIdentifier", cluster):
            continue
        for pool in graph.of(PROXY_POOL):
            same = set(pool.linked("dbProxyName")) & set(target.linked("dbProxyName"))
            if same or pool.raw("dbProxyName") == target.raw("dbProxyName"):
                return (pool.number("connectionPoolConfig.maxConnectionsPercent") or 100.0) / 100
    return 1.0


# Tables, caches, queues


def _throughput(what: str) -> Supply:
    """Reads or writes that a table takes at once: warmed up, within its bound and the account's quota."""
    units, bound = f"{what}UnitsPerSecond", f"max{what}RequestUnits"

    def supply(link: Block, graph: Graph) -> tuple[float, float]:
        required, table = _number(link, "required"), _named(graph, link, "name", TABLE)
        if table is None:
            return required, 0.0
        if table.text("billingMode") == "PROVISIONED":
            return required, table.number(f"{what.lower()}Capacity") or 0.0
        calls = list(_calls(graph, "dynamodb:updateTable", "TableName", link.text("on")))
        warm = [call.number(f"WarmThroughput.{units}") or 0.0 for call in calls]
        warm.append(table.number(f"warmThroughput.{units[0].lower()}{units[1:]}") or 0.0)
        most = [call.number(f"OnDemandThroughput.Max{what}RequestUnits") or 0.0 for call in calls]
        most.append(table.number(f"onDemandThroughput.{bound}") or 0.0)
        quota = Block({"on": link.get("code"), "base": link.get("base")})
        return required, min(max(_number(link, "new"), *warm), max(most) or _UNLIMITED, _quota(quota, graph))

    return supply


def _is_there(link: Block, graph: Graph) -> float:
    return 0.0 if _named(graph, link, "name", TABLE) is None else 1.0


def _node_commands(link: Block, node_type: str) -> float:
    """Commands of one node, by its vCPU; nodes of the t families only burst."""
    match = _CLASS.match(node_type)
    family, factor, plain = (match[1], match[2], match[3]) if match else ("t", "", "micro")
    vcpu = 2 if plain else 4 * int(factor or 1)
    return vcpu * _number(link, "perVcpu") * (_number(link, "burstShare", 1.0) if family == "t" else 1.0)


def _cache(link: Block, graph: Graph) -> tuple[float, float]:
    required = _number(link, "required")
    if (serverless := _named(graph, link, "name", SERVERLESS_CACHE)) is not None:
        return required, serverless.number("cacheUsageLimits.ecpuPerSeconds.maximum") or 0.0
    group = _named(graph, link, "replicationGroupId", REPLICATION_GROUP)
    if group is None:
        return required, 0.0
    return required, _node_commands(link, group.text("nodeType") or "") * (group.number("numNodeGroups") or 1)


def _shard(link: Block, graph: Graph) -> tuple[float, float]:
    group = _named(graph, link, "replicationGroupId", REPLICATION_GROUP)
    return _number(link, "required"), 0.0 if group is None else _node_commands(link, group.text("nodeType") or "")


def _nodes(link: Block, graph: Graph) -> tuple[float, float]:
    """Nodes of one type that share a load; the link names the resource and the property with the node count.

    The capacity of a node type other than the link's is unknown and counts as 0.
    """
    paths = [link.text(f"{what}Path") or "" for what in ("name", "count", "type")]
    store = _named(graph, link, paths[0], link.text("token") or "")
    if store is None or (store.text(paths[2]) or "") != link.text("type"):
        return _number(link, "required"), 0.0
    return _number(link, "required"), (store.number(paths[1]) or 1.0) * _number(link, "perUnit", 1.0)


def _fewest_ecpu(link: Block, graph: Graph) -> float:
    cache = _named(graph, link, "name", SERVERLESS_CACHE)
    if cache is None:
        return 0.0
    scheduled = (
        call.number("CacheUsageLimits.EcpuPerSecond.Minimum") or 0.0
        for call in _calls(graph, "elasticache:modifyServerlessCache", "ServerlessCacheName", link.text("on"))
    )
    own = cache.number("cacheUsageLimits.ecpuPerSeconds.minimum") or 0.0
    return max((_number(link, "base"), own, *scheduled))


def _queue(link: Block, graph: Graph) -> float:
    queue = _named(graph, link, "name", QUEUE)
    if queue is None:
        return 0.0
    return 1.0 if queue.flag("fifoQueue") else _UNLIMITED


def _drain(link: Block, graph: Graph) -> float:
    workers = link.get("workers")
    return sum(
        (target.number("maxCapacity") or 0.0) * float(rate)
        for scalable, rate in (workers.items() if isinstance(workers, dict) else ())
        if (target := _target(graph, scalable)) is not None
    )


def _concurrency(link: Block, graph: Graph) -> float:
    function = _named(graph, link, "name", LAMBDA)
    if function is None:
        return 0.0
    reserved = function.number("reservedConcurrentExecutions")
    if reserved is not None and reserved >= 0:
        return reserved
    polled = [
        source.number("scalingConfig.maximumConcurrency") or _UNLIMITED
        for source in graph.companions(function, "functionName", EVENT_SOURCE)
    ]
    return min(polled, default=_number(link, "base"))


# Network and edge


def _addresses(link: Block, graph: Graph) -> float:
    """Addresses of the smallest subnet that runs tasks of services."""
    subnets = {
        subnet.urn: subnet
        for service in graph.of(ECS_SERVICE)
        for subnet in graph.targets(service, "networkConfiguration.subnets", SUBNET)
    }
    sizes = [
        2.0 ** (32 - ipaddress.ip_network(cidr).prefixlen)
        for one in subnets.values()
        if (cidr := one.text("cidrBlock"))
    ]
    return min(sizes, default=0.0)


def _gateways(link: Block, graph: Graph) -> float:
    public = [one for one in graph.of(NAT_GATEWAY) if one.text("connectivityType") != "private"]
    return sum(1.0 + len(one.items("secondaryAllocationIds")) for one in public)


def _rate_limit(link: Block, graph: Graph) -> float:
    """The lowest limit of this name, for the link's window; unlimited without one."""
    window = _number(link, "window", 60.0)
    limits = [
        (rule.number("statement.rateBasedStatement.limit") or 0.0)
        * window
        / (rule.number("statement.rateBasedStatement.evaluationWindowSec") or 300.0)
        for acl in graph.of(WEB_ACL)
        for rule in acl.blocks("rules")
        if rule.text("name") == link.text("on")
    ]
    return min(limits, default=_UNLIMITED)


def _calls(graph: Graph, api: str, key: str, on: str | None) -> Iterator[Block]:
    """The parameters of scheduled calls of `api` that name `on` under `key`.

    Calls with unknown values are skipped: the ARN of a call is a constant, and names of stores are known beforehand.
    """
    for schedule in graph.of(SCHEDULE):
        try:
            if not (schedule.text("target.arn") or "").endswith(f":{api}"):
                continue
            parameters = Block(document(schedule.raw("target.input")))
        except UndecidedError:
            continue
        if parameters.text(key) == on:
            yield parameters


SUPPLIES: Final[dict[str, Supply]] = {
    "tasks": _plain(_most_tasks),
    "prescaled": _plain(_scheduled_tasks),
    "launch": _launches,
    "vcpu": _vcpu,
    "quota": _plain(_quota),
    "acu": _plain(_most_acu),
    "acu-floor": _plain(_fewest_acu),
    "connections": _connections,
    "table-reads": _throughput("Read"),
    "table-writes": _throughput("Write"),
    "heat": _plain(_is_there),
    "cache": _cache,
    "ecpu-floor": _plain(_fewest_ecpu),
    "nodes": _nodes,
    "shard": _shard,
    "queue": _plain(_queue),
    "drain": _plain(_drain),
    "lambda": _plain(_concurrency),
    "addresses": _plain(_addresses),
    "nat": _plain(_gateways),
    "rate-limit": _plain(_rate_limit),
}
"""Capacity function of each kind of link."""
