"""Alarms of tables, queues and caches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.handles import CacheHandle, QueueHandle, TableHandle
from components.observability import metrics
from components.observability.values import (
    MAX_MATH_METRICS,
    MINUTE,
    Alarm,
    Measure,
    Metric,
    Notice,
    sum_of,
    worst_of,
)

THROTTLES: Final = 10.0  # requests in a minute; the SDKs' retries hide single ones
SYSTEM_ERRORS: Final = 10.0  # answers 500 of DynamoDB in five minutes; the SDKs' retries hide single ones
# What services do to single tables; DynamoDB publishes its own errors by operation only.
OPERATIONS: Final = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)
ENGINE_CPU_PERCENT: Final = 80.0  # Valkey runs commands on one thread; AWS advises 90 %, which leaves no time to act
CACHE_MEMORY_PERCENT: Final = 80.0  # snapshots and failover need room beside the data
CACHE_LAG_SECONDS: Final = 5.0  # what a failover would lose; under 1 s is usual
SERVERLESS_PERCENT: Final = 80.0  # of a serverless cache's limits; beyond 100 % it evicts or throttles
BYTES_PER_GB: Final = 1000**3  # ElastiCache's storage limit counts in GB


def table_alarms(table: TableHandle) -> list[Alarm]:
    """Throttles of the table and of each index, and DynamoDB's own errors."""
    alarms = [_throttles(table, None), *(_throttles(table, index) for index in table.index_names)]
    errors = _numbered(
        metrics.table(table, "SystemErrors", operation=operation, period=5 * MINUTE) for operation in OPERATIONS
    )
    alarms.append(
        Alarm(
            name=f"table-{table.name}-errors",
            notice=Notice(
                means=f"Requests fail or wait for retries: DynamoDB itself answers {table.name} with errors.",
                look="the AWS Health dashboard of the region.",
                runbook="table-errors",
            ),
            measure=sum_of(errors, f"{table.name}: errors"),
            operator="GreaterThanOrEqualToThreshold",
            threshold=SYSTEM_ERRORS,
        )
    )
    return alarms


def throttles_of(table: TableHandle, index: str | None = None) -> Measure:
    """Throttled reads and writes of a table, or of one of its indexes.

    Filled with zeros, as alarms on DynamoDB's metrics keep their state while data is missing, whatever they are told.
    """
    return sum_of(
        {
            "reads": metrics.table(table, "ReadThrottleEvents", index=index),
            "writes": metrics.table(table, "WriteThrottleEvents", index=index),
        },
        f"{table.name}: throttles" if index is None else f"{table.name}, {index}: throttles",
    )


def queue_alarms(queue: QueueHandle, *, age_seconds: int) -> list[Alarm]:
    """`age_seconds` is the age of the oldest message at which the queue rings."""
    return [
        Alarm(
            name=f"queue-{queue.name}-age",
            notice=Notice(
                means=f"Customers wait for what they ordered: a message in {queue.name} is over {age_seconds} s old.",
                look="whether the service that works it off runs, fails or is at its maximum.",
                runbook="queue-age",
            ),
            measure=metrics.queue(queue.queue_name, "ApproximateAgeOfOldestMessage"),
            threshold=age_seconds,
            periods=3,
            breaching=3,
        ),
        Alarm(
            name=f"queue-{queue.name}-dead-letters",
            notice=Notice(
                means=f"A customer's order is stuck: {queue.name} gave up on a message.",
                look="the message in the dead-letter queue, then the log lines of its trace.",
                runbook="queue-dead-letters",
            ),
            measure=metrics.dead_letters(queue),
            threshold=0,
        ),
    ]


def cache_alarms(cache: CacheHandle) -> list[Alarm]:
    return _serverless(cache) if cache.serverless else _nodes(cache)


def _throttles(table: TableHandle, index: str | None) -> Alarm:
    where = table.name if index is None else f"index {index} of {table.name}"
    return Alarm(
        # No store's own name holds a dot, so no index is taken for another table.
        name=f"table-{table.name}-throttles" if index is None else f"table-{table.name}.{index}-throttles",
        notice=Notice(
            means=f"Customers wait or fail: DynamoDB turns requests to {where} away.",
            look="Contributor Insights for a hot key, then whether the load doubled within half an hour.",
            runbook="table-throttles",
        ),
        measure=throttles_of(table, index),
        operator="GreaterThanOrEqualToThreshold",
        threshold=THROTTLES,
        periods=5,
        breaching=3,
    )


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
            measure=worst_of(
                _numbered(metrics.cache_node(node, metric, stat) for node in nodes), f"{cache.name}: {what}"
            ),
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
            measure=metrics.cache_serverless(cache, "ThrottledCmds", "Sum"),
            threshold=0,
            periods=5,
            breaching=3,
        ),
        Alarm(
            name=f"cache-{name}-evictions",
            notice=_evictions(name),
            measure=metrics.cache_serverless(cache, "Evictions", "Sum"),
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
                measure=metrics.cache_serverless(cache, "BytesUsedForCache", "Maximum"),
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
                    look="which commands are dear, then maxEcpu.",
                    runbook="cache-cpu",
                ),
                measure=metrics.cache_serverless(cache, "ElastiCacheProcessingUnits", "Sum"),
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


def _numbered(series: Iterable[Metric]) -> dict[str, Metric]:
    """Metrics under ids that an expression accepts."""
    return {f"m{number}": metric for number, metric in enumerate(series, start=1)}
