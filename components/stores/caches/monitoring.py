"""Alarms and graphs of Valkey caches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.monitoring.values import MAX_MATH_METRICS, MINUTE, Alarm, Metric, Notice, numbered, worst_of
from components.monitoring.widgets import Graph, Row
from components.stores.caches.handle import CacheHandle

ENGINE_CPU_PERCENT: Final = 80.0  # Valkey runs commands on one thread; AWS advises 90 %, which leaves no time to act
CACHE_MEMORY_PERCENT: Final = 80.0  # snapshots and failover need room beside the data
CACHE_LAG_SECONDS: Final = 5.0  # what a failover would lose; under 1 s is usual
SERVERLESS_PERCENT: Final = 80.0  # of a serverless cache's limits; beyond 100 % it evicts or throttles
BYTES_PER_GB: Final = 1000**3  # ElastiCache's storage limit counts in GB


def node_metric(node: str, name: str, stat: str = "Average", *, period: int = MINUTE) -> Metric:
    return Metric(
        namespace="AWS/ElastiCache", name=name, dimensions=(("CacheClusterId", node),), stat=stat, period=period
    )


def serverless_metric(handle: CacheHandle, name: str, stat: str = "Average", *, period: int = MINUTE) -> Metric:
    """Of a serverless cache; its dimension is spelt `clusterId`, unlike that of nodes."""
    return Metric(
        namespace="AWS/ElastiCache",
        name=name,
        dimensions=(("clusterId", handle.physical_name),),
        stat=stat,
        period=period,
    )


def cache_alarms(cache: CacheHandle) -> list[Alarm]:
    return _serverless(cache) if cache.serverless else _nodes(cache)


def _nodes(cache: CacheHandle) -> list[Alarm]:
    name = cache.name
    alarms = [
        *_over_nodes(
            cache,
            "cpu",
            Notice(
                means=f"Customers wait: a node of {name} is out of CPU, and Valkey runs commands one by one.",
                look="the slow log, then which keys are asked for most.",
                runbook="cache-cpu",
            ),
            metric="EngineCPUUtilization",
            threshold=ENGINE_CPU_PERCENT,
        ),
        *_over_nodes(
            cache,
            "memory",
            Notice(
                means=f"Customers will soon lose sessions: {name} is nearly full.",
                look="keys without expiry, then the node type.",
                runbook="cache-memory",
            ),
            metric="DatabaseMemoryUsagePercentage",
            threshold=CACHE_MEMORY_PERCENT,
        ),
        *_over_nodes(cache, "evictions", _evictions(name), metric="Evictions", stat="Sum", threshold=0, periods=1),
    ]
    if len(cache.node_ids) > 1:
        alarms += _over_nodes(
            cache,
            "replication-lag",
            Notice(
                means=f"A failover of {name} would lose over {CACHE_LAG_SECONDS:g} s of customers' sessions.",
                look="write load, then network limits of the node type.",
                runbook="cache-replication-lag",
            ),
            metric="ReplicationLag",
            threshold=CACHE_LAG_SECONDS,
        )
    return alarms


def _over_nodes(
    cache: CacheHandle,
    what: str,
    notice: Notice,
    *,
    metric: str,
    stat: str = "Maximum",
    threshold: float,
    periods: int = 5,
) -> list[Alarm]:
    """An alarm on the worst node; caches of more nodes than an expression takes have one for each so many of them."""
    groups = [
        cache.node_ids[start : start + MAX_MATH_METRICS] for start in range(0, len(cache.node_ids), MAX_MATH_METRICS)
    ]
    return [
        Alarm(
            name=f"cache-{cache.name}-{what}" if len(groups) == 1 else f"cache-{cache.name}.{number}-{what}",
            notice=notice,
            measure=worst_of(numbered(node_metric(node, metric, stat) for node in nodes), f"{cache.name}: {what}"),
            threshold=threshold,
            periods=periods,
            breaching=periods,
        )
        for number, nodes in enumerate(groups, start=1)
    ]


def _serverless(cache: CacheHandle) -> list[Alarm]:
    name = cache.name
    alarms = [
        Alarm(
            name=f"cache-{name}-throttles",
            notice=Notice(
                means=f"Customers wait or fail: {name} turns commands away, as load grew faster than it scales.",
                look="ECPU against the limit; a minimum reserved ahead of a sale prevents it.",
                runbook="cache-throttles",
            ),
            measure=serverless_metric(cache, "ThrottledCmds", "Sum"),
            threshold=0,
            periods=5,
            breaching=3,
        ),
        Alarm(
            name=f"cache-{name}-evictions",
            notice=_evictions(name),
            measure=serverless_metric(cache, "Evictions", "Sum"),
            threshold=0,
        ),
    ]
    if cache.max_storage_gb is not None:
        alarms.append(
            Alarm(
                name=f"cache-{name}-memory",
                notice=Notice(
                    means=f"Customers will soon lose sessions: {name} is close to its storage limit.",
                    look="keys without expiry, then maxStorageGb.",
                    runbook="cache-memory",
                ),
                measure=serverless_metric(cache, "BytesUsedForCache", "Maximum"),
                threshold=cache.max_storage_gb * BYTES_PER_GB * SERVERLESS_PERCENT / 100,
                periods=5,
                breaching=5,
            )
        )
    if cache.max_ecpu is not None:
        alarms.append(
            Alarm(
                name=f"cache-{name}-cpu",
                notice=Notice(
                    means=f"Customers will soon wait: {name} is close to its limit of processing units.",
                    look="which commands cost most, then maxEcpu.",
                    runbook="cache-cpu",
                ),
                measure=serverless_metric(cache, "ElastiCacheProcessingUnits", "Sum"),
                threshold=cache.max_ecpu * MINUTE * SERVERLESS_PERCENT / 100,
                periods=5,
                breaching=5,
            )
        )
    return alarms


def _evictions(name: str) -> Notice:
    return Notice(
        means=f"Customers lose sessions: {name} is full and throws keys away.",
        look="memory and keys without expiry.",
        runbook="cache-evictions",
    )


def row(caches: Sequence[CacheHandle]) -> Row:
    serverless = [one for one in caches if one.serverless]
    nodes = [node for one in caches if not one.serverless for node in one.node_ids]

    def of_nodes(name: str, stat: str = "Average") -> tuple[Metric, ...]:
        return tuple(node_metric(node, name, stat).labelled(node) for node in nodes)

    def of_serverless(name: str, stat: str) -> tuple[Metric, ...]:
        return tuple(serverless_metric(one, name, stat).labelled(one.name) for one in serverless)

    return [
        Graph(title="CPU of the nodes", series=of_nodes("EngineCPUUtilization"), axis="percent"),
        Graph(title="Memory of the nodes", series=of_nodes("DatabaseMemoryUsagePercentage"), axis="percent"),
        Graph(
            title="Processing units, a minute", series=of_serverless("ElastiCacheProcessingUnits", "Sum"), axis="ECPU"
        ),
        Graph(title="Stored", series=of_serverless("BytesUsedForCache", "Maximum"), axis="bytes"),
        Graph(
            title="Evictions, a minute",
            series=of_nodes("Evictions", "Sum") + of_serverless("Evictions", "Sum"),
            axis="keys",
        ),
        Graph(
            title="Connections",
            series=of_nodes("CurrConnections") + of_serverless("CurrConnections", "Average"),
            axis="connections",
        ),
    ]
