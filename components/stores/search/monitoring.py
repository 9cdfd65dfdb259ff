"""Alarms and graphs of OpenSearch domains.

Metrics, periods and thresholds are those of the OpenSearch Service developer guide, "Recommended CloudWatch alarms for
Amazon OpenSearch Service".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.monitoring.values import MINUTE, Alarm, Math, Metric, Notice, Operator, sum_of
from components.monitoring.widgets import Graph, Row
from components.stores.search.domain import SearchHandle

CPU_PERCENT: Final = 80.0  # for three quarters of an hour
MANAGER_CPU_PERCENT: Final = 50.0
MEMORY_PERCENT: Final = 95.0  # of the Java heap; beyond it the node collects garbage instead of searching
FREE_SHARE: Final = 0.25  # of each node's volume
QUEUED_SEARCHES: Final = 500.0  # of a node, on average; at 1000 it turns searches away
MIB_PER_GIB: Final = 1024
DAY: Final = 86_400  # seconds


def metric(domain: SearchHandle, name: str, stat: str = "Maximum", *, period: int = MINUTE) -> Metric:
    return Metric(
        namespace="AWS/ES",
        name=name,
        dimensions=(("DomainName", domain.physical_name), ("ClientId", domain.account_id)),
        stat=stat,
        period=period,
    )


def search_alarms(domain: SearchHandle) -> list[Alarm]:
    """All alarms that AWS recommends for a domain of this shape."""
    name = domain.name
    alarms = [
        _alarm(
            domain,
            "red",
            Notice(
                means=f"Searches miss results or fail: a primary shard of {name} is on no node.",
                look="free storage, then nodes that left the cluster.",
                runbook="search-cluster",
            ),
            metric(domain, "ClusterStatus.red"),
            1,
        ),
        _alarm(
            domain,
            "yellow",
            Notice(
                means=f"One more failure would lose data: a replica shard of {name} is on no node.",
                look="whether a node is being replaced, then indices with more replicas than nodes.",
                runbook="search-cluster",
            ),
            metric(domain, "ClusterStatus.yellow"),
            1,
            periods=5,
        ),
        _alarm(
            domain,
            "nodes",
            Notice(
                means=f"{name} has run on fewer nodes than {domain.nodes} for a day.",
                look="the domain's health and AWS Health.",
                runbook="search-cluster",
            ),
            metric(domain, "Nodes", "Minimum", period=DAY),
            domain.nodes,
            operator="LessThanThreshold",
        ),
        _alarm(
            domain,
            "storage",
            Notice(
                means=f"{name} will soon take no changes: a node has under {FREE_SHARE:.0%} of its volume left.",
                look="the largest indices, then storageGb.",
                runbook="search-storage",
            ),
            metric(domain, "FreeStorageSpace", "Minimum"),
            domain.storage_gb * MIB_PER_GIB * FREE_SHARE,
            operator="LessThanOrEqualToThreshold",
        ),
        _alarm(
            domain,
            "refuses-writes",
            Notice(
                means=f"Customers see old results: {name} takes no changes.",
                look="free storage and memory pressure.",
                runbook="search-storage",
            ),
            metric(domain, "ClusterIndexWritesBlocked", period=5 * MINUTE),
            1,
        ),
        _alarm(
            domain,
            "snapshot",
            Notice(
                means=f"{name} has no backup of the last hour: an automated snapshot failed.",
                look="whether the cluster is red.",
                runbook="search-snapshot",
            ),
            metric(domain, "AutomatedSnapshotFailure"),
            1,
        ),
        _alarm(
            domain,
            "key",
            Notice(
                means=f"{name} will stop: it cannot use its encryption key.",
                look="whether the data key is disabled or its grant was revoked.",
                runbook="search-key",
            ),
            sum_of(
                {"error": metric(domain, "KMSKeyError"), "inaccessible": metric(domain, "KMSKeyInaccessible")},
                f"{name}: key errors",
            ),
            1,
        ),
        _alarm(
            domain,
            "queue",
            Notice(
                means=f"Customers wait: searches queue at the nodes of {name}.",
                look="slow searches in its log, then nodesPerZone.",
                runbook="search-load",
            ),
            metric(domain, "ThreadpoolSearchQueue", "Average"),
            QUEUED_SEARCHES,
        ),
        *_load(domain, "", CPU_PERCENT),
    ]
    return alarms + (_load(domain, "manager-", MANAGER_CPU_PERCENT) if domain.has_managers else [])


def _load(domain: SearchHandle, part: str, cpu_percent: float) -> list[Alarm]:
    """CPU and memory of the data nodes, or with `part` of the managers."""
    prefix, who = ("Master", "a manager") if part else ("", "a node")
    return [
        _alarm(
            domain,
            f"{part}cpu",
            Notice(
                means=f"Customers wait: {who} of {domain.name} is out of CPU.",
                look="search and index rates, then slow searches in its log.",
                runbook="search-load",
            ),
            metric(domain, f"{prefix}CPUUtilization", period=15 * MINUTE),
            cpu_percent,
            periods=3,
        ),
        _alarm(
            domain,
            f"{part}memory",
            Notice(
                means=f"Customers wait: {who} of {domain.name} is out of memory.",
                look="aggregations and field data, then the node type.",
                runbook="search-load",
            ),
            metric(domain, f"{prefix}JVMMemoryPressure"),
            MEMORY_PERCENT,
            periods=3,
        ),
    ]


def _alarm(
    domain: SearchHandle,
    what: str,
    notice: Notice,
    measure: Metric | Math,
    threshold: float,
    *,
    operator: Operator = "GreaterThanOrEqualToThreshold",
    periods: int = 1,
) -> Alarm:
    return Alarm(
        name=f"search-{domain.name}-{what}",
        notice=notice,
        measure=measure,
        operator=operator,
        threshold=threshold,
        periods=periods,
        breaching=periods,
    )


def row(domains: Sequence[SearchHandle]) -> Row:
    def of(name: str, stat: str = "Maximum") -> tuple[Metric, ...]:
        return tuple(metric(one, name, stat).labelled(one.name) for one in domains)

    return [
        Graph(title="Searches, a minute and node", series=of("SearchRate", "Average"), axis="searches"),
        Graph(title="Time of a search", series=of("SearchLatency", "Average"), axis="ms"),
        Graph(title="CPU of the busiest node", series=of("CPUUtilization"), axis="percent"),
        Graph(title="Memory pressure", series=of("JVMMemoryPressure"), axis="percent"),
        Graph(title="Free storage of the fullest node", series=of("FreeStorageSpace", "Minimum"), axis="MiB"),
    ]
