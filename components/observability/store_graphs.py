"""What the dashboards show of the stores: a row of graphs for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from components.handles import CacheHandle, DatabaseHandle, QueueHandle, TableHandle
from components.observability import metrics
from components.observability.stores import throttles_of
from components.observability.values import Metric
from components.observability.widgets import Graph, Row


def databases_row(databases: Sequence[DatabaseHandle]) -> Row:
    proxies = [(one.name, one.proxy_name) for one in databases if one.proxy_name is not None]
    return [
        Graph(
            title="CPU of the writers",
            series=tuple(
                metrics.database(one, "CPUUtilization", role="WRITER").labelled(one.name) for one in databases
            ),
            axis="percent",
        ),
        Graph(
            title="Capacity of serverless clusters",
            series=tuple(
                metrics.database(one, "ServerlessDatabaseCapacity", "Maximum").labelled(f"{one.name}, ACU")
                for one in databases
                if one.instance_class is None
            ),
            axis="ACU",
        ),
        Graph(
            title="Connections of the proxies",
            series=tuple(
                chain.from_iterable(
                    (
                        metrics.proxy(proxy, "ClientConnections").labelled(f"{name}: clients"),
                        metrics.proxy(proxy, "DatabaseConnections").labelled(f"{name}: to the database"),
                        metrics.proxy(proxy, "MaxDatabaseConnectionsAllowed").labelled(f"{name}: allowed"),
                    )
                    for name, proxy in proxies
                )
            ),
            axis="connections",
        ),
        Graph(
            title="Commit time and replica lag",
            series=tuple(
                chain.from_iterable(
                    (
                        metrics.database(one, "CommitLatency", role="WRITER").labelled(f"{one.name}: commit"),
                        *(
                            [
                                metrics.database(one, "AuroraReplicaLag", "Maximum", role="READER").labelled(
                                    f"{one.name}: lag"
                                )
                            ]
                            if one.has_readers
                            else []
                        ),
                    )
                    for one in databases
                )
            ),
            axis="ms",
        ),
    ]


def tables_row(tables: Sequence[TableHandle]) -> Row:
    return [
        Graph(
            title=title,
            series=tuple(metrics.table(one, name).labelled(one.name) for one in tables),
            axis="units a minute",
        )
        for title, name in (("Reads", "ConsumedReadCapacityUnits"), ("Writes", "ConsumedWriteCapacityUnits"))
    ] + [
        Graph(
            title="Throttled requests",
            series=tuple(throttles_of(one, index) for one in tables for index in (None, *one.index_names)),
            axis="requests a minute",
        )
    ]


def caches_row(caches: Sequence[CacheHandle]) -> Row:
    serverless = [one for one in caches if one.serverless]
    nodes = [node for one in caches if not one.serverless for node in one.node_ids]

    def of_nodes(name: str, stat: str = "Average") -> tuple[Metric, ...]:
        return tuple(metrics.cache_node(node, name, stat).labelled(node) for node in nodes)

    def of_serverless(name: str, stat: str) -> tuple[Metric, ...]:
        return tuple(metrics.cache_serverless(one, name, stat).labelled(one.name) for one in serverless)

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


def queues_row(queues: Sequence[QueueHandle]) -> Row:
    def of(name: str) -> tuple[Metric, ...]:
        return tuple(metrics.queue(one.queue_name, name).labelled(one.name) for one in queues)

    return [
        Graph(title="Age of the oldest message", series=of("ApproximateAgeOfOldestMessage"), axis="seconds"),
        Graph(title="Messages waiting", series=of("ApproximateNumberOfMessagesVisible"), axis="messages"),
        Graph(
            title="Messages given up",
            series=tuple(metrics.dead_letters(one).labelled(one.name) for one in queues),
            axis="messages",
        ),
    ]
