"""Alarms and graphs of Aurora clusters and their proxies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final, Literal

from components.monitoring.values import MINUTE, Alarm, Math, Metric, Notice
from components.monitoring.widgets import Graph, Row
from components.stores.databases.handle import DatabaseHandle

CPU_PERCENT: Final = 85.0  # of the writer; above it queries queue
ACU_PERCENT: Final = 90.0  # of the largest capacity; above it Serverless v2 has nothing left to add
FREE_MEMORY_SHARE: Final = 0.05  # of the instance; the buffer pool takes 75 % and leaves more than this free
DEADLOCKS_PER_SECOND: Final = 0.1  # six orders a minute that are rolled back
CONNECTIONS_PERCENT: Final = 80.0  # of what the pool may open; beyond it requests begin to wait for a connection
BORROW_MICROSECONDS: Final = 100_000  # a tenth of a second of waiting, before the first query has begun
FAILED_SIGN_INS: Final = 10.0  # in five minutes; one or two happen whenever a secret rotates
# AWS's advice is to alarm at a billion: at 2,146,483,648 PostgreSQL refuses every write until it has been vacuumed.
TRANSACTION_IDS: Final = 1_000_000_000.0

BYTES_PER_GIB: Final = 1024**3
# Memory of Aurora's instance sizes, GiB (RDS user guide, "Hardware specifications"): t by size, r by xlarges.
_BURSTABLE_GIB: Final = {"medium": 4, "large": 8}
_R_XLARGE_GIB: Final = 32


def metric(
    handle: DatabaseHandle,
    name: str,
    stat: str = "Average",
    *,
    role: Literal["WRITER", "READER"] | None = None,
    period: int = MINUTE,
) -> Metric:
    """Of all instances of an Aurora cluster, or of its writer or readers."""
    dimensions: tuple[tuple[str, str], ...] = (("DBClusterIdentifier", handle.cluster_identifier),)
    if role is not None:
        dimensions += (("Role", role),)
    return Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, stat=stat, period=period)


def proxy_metric(proxy_name: str, name: str, stat: str = "Sum", *, period: int = MINUTE) -> Metric:
    """Of an RDS Proxy; it publishes by underlying host, so counts are sums. Times are in microseconds."""
    return Metric(namespace="AWS/RDS", name=name, dimensions=(("ProxyName", proxy_name),), stat=stat, period=period)


def database_alarms(database: DatabaseHandle, *, replica_lag_ms: int) -> list[Alarm]:
    """All alarms of one cluster; `replica_lag_ms` is the lag of a reader, in milliseconds, at which it rings."""
    alarms = [_cpu(database), _deadlocks(database)]
    alarms.append(
        _capacity(database) if database.instance_class is None else _memory(database, database.instance_class)
    )
    if database.has_readers:
        alarms.append(_lag(database, replica_lag_ms))
    if database.engine == "aurora-postgresql":
        alarms.append(_wraparound(database))
    if database.proxy_name is not None:
        alarms += _proxy(database, database.proxy_name)
    return alarms


def memory_gib(instance_class: str) -> float | None:
    """Memory of an Aurora instance class, GiB; None for a class that the table does not know.

    >>> memory_gib("db.r7g.large"), memory_gib("db.r7g.4xlarge"), memory_gib("db.t4g.medium")
    (16.0, 128.0, 4.0)
    """
    _, family, size = instance_class.split(".")
    if family.startswith("t"):
        return float(_BURSTABLE_GIB[size]) if size in _BURSTABLE_GIB else None
    if not family.startswith("r"):
        return None
    if size == "large":
        return _R_XLARGE_GIB / 2
    multiple = size.removesuffix("xlarge")
    return float(_R_XLARGE_GIB * int(multiple or 1)) if multiple.isdigit() or not multiple else None


def _name(database: DatabaseHandle, what: str) -> str:
    return f"database-{database.name}-{what}"


def _cpu(database: DatabaseHandle) -> Alarm:
    return Alarm(
        name=_name(database, "cpu"),
        notice=Notice(
            means=f"Customers wait: the writer of {database.name} is out of CPU.",
            look="the top queries in Database Insights.",
            runbook="database-cpu",
        ),
        measure=metric(database, "CPUUtilization", role="WRITER"),
        threshold=CPU_PERCENT,
        periods=10,
        breaching=10,
    )


def _deadlocks(database: DatabaseHandle) -> Alarm:
    return Alarm(
        name=_name(database, "deadlocks"),
        notice=Notice(
            means=f"Customers' changes are rolled back: transactions of {database.name} lock each other out.",
            look="the engine's error log for the statements that wait for each other.",
            runbook="database-deadlocks",
        ),
        measure=metric(database, "Deadlocks", role="WRITER", period=5 * MINUTE),
        threshold=DEADLOCKS_PER_SECOND,
        periods=3,
        breaching=2,
    )


def _capacity(database: DatabaseHandle) -> Alarm:
    return Alarm(
        name=_name(database, "capacity"),
        notice=Notice(
            means=f"Customers will soon wait: {database.name} is close to the largest capacity it may take.",
            look="which instance is at its limit; raise maxAcu if the demand is real.",
            runbook="database-capacity",
        ),
        measure=metric(database, "ACUUtilization", "Maximum"),
        threshold=ACU_PERCENT,
        periods=10,
        breaching=10,
    )


def _memory(database: DatabaseHandle, instance_class: str) -> Alarm:
    gib = memory_gib(instance_class)
    # Of an unknown class the smallest memory that Aurora offers is assumed: the alarm may ring late, never for nothing.
    limit = (gib or min(_BURSTABLE_GIB.values())) * BYTES_PER_GIB * FREE_MEMORY_SHARE
    return Alarm(
        name=_name(database, "memory"),
        notice=Notice(
            means=f"{database.name} may restart and drop every connection: its writer is running out of memory.",
            look="connections and the largest queries in Database Insights.",
            runbook="database-memory",
        ),
        measure=metric(database, "FreeableMemory", "Minimum", role="WRITER"),
        operator="LessThanThreshold",
        threshold=limit,
        periods=5,
        breaching=5,
    )


def _lag(database: DatabaseHandle, milliseconds: int) -> Alarm:
    return Alarm(
        name=_name(database, "replica-lag"),
        notice=Notice(
            means=f"Customers read old data: a reader of {database.name} is over {milliseconds} ms behind.",
            look="write load on the writer and CPU of the readers.",
            runbook="database-replica-lag",
        ),
        measure=metric(database, "AuroraReplicaLag", "Maximum", role="READER"),
        threshold=milliseconds,
        periods=5,
        breaching=5,
    )


def _wraparound(database: DatabaseHandle) -> Alarm:
    return Alarm(
        name=_name(database, "transaction-ids"),
        notice=Notice(
            means=f"In days {database.name} will refuse every write: its transaction ids are running out.",
            look="transactions that have been open for long, and which tables autovacuum has not finished.",
            runbook="database-transaction-ids",
        ),
        measure=metric(database, "MaximumUsedTransactionIDs", "Maximum", role="WRITER", period=5 * MINUTE),
        threshold=TRANSACTION_IDS,
    )


def _proxy(database: DatabaseHandle, proxy: str) -> list[Alarm]:
    return [
        Alarm(
            name=_name(database, "connections"),
            notice=Notice(
                means=f"Requests will soon wait for a connection to {database.name}: its proxy's pool is nearly full.",
                look="connections that are pinned or idle in a transaction, and how many tasks are connected.",
                runbook="database-connections",
            ),
            measure=Math(
                formula="100 * {open} / {allowed}",
                terms={
                    "open": proxy_metric(proxy, "DatabaseConnections"),
                    "allowed": proxy_metric(proxy, "MaxDatabaseConnectionsAllowed"),
                },
                label="connections, percent of the pool",
            ),
            threshold=CONNECTIONS_PERCENT,
            periods=5,
            breaching=3,
        ),
        Alarm(
            name=_name(database, "borrow-latency"),
            notice=Notice(
                means=f"Customers wait: requests queue at the proxy of {database.name} for a free connection.",
                look="connections in use against the pool's maximum, then long transactions.",
                runbook="database-borrow-latency",
            ),
            measure=proxy_metric(proxy, "DatabaseConnectionsBorrowLatency", "Average"),
            threshold=BORROW_MICROSECONDS,
            periods=5,
            breaching=3,
        ),
        Alarm(
            name=_name(database, "sign-in"),
            notice=Notice(
                means=f"Requests fail: services or the proxy cannot sign in to {database.name}.",
                look="whether its secret has just rotated, then the proxy's log.",
                runbook="database-sign-in",
            ),
            measure=Math(
                formula="SUM([{clients}, {backends}])",
                terms={
                    "clients": proxy_metric(proxy, "ClientConnectionsSetupFailedAuth", period=5 * MINUTE),
                    "backends": proxy_metric(proxy, "DatabaseConnectionsSetupFailed", period=5 * MINUTE),
                },
                label="failed sign-ins",
            ),
            operator="GreaterThanOrEqualToThreshold",
            threshold=FAILED_SIGN_INS,
        ),
    ]


def row(databases: Sequence[DatabaseHandle]) -> Row:
    proxies = [(one.name, one.proxy_name) for one in databases if one.proxy_name is not None]
    return [
        Graph(
            title="CPU of the writers",
            series=tuple(metric(one, "CPUUtilization", role="WRITER").labelled(one.name) for one in databases),
            axis="percent",
        ),
        Graph(
            title="Capacity of serverless clusters",
            series=tuple(
                metric(one, "ServerlessDatabaseCapacity", "Maximum").labelled(f"{one.name}, ACU")
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
                        proxy_metric(proxy, "ClientConnections").labelled(f"{name}: clients"),
                        proxy_metric(proxy, "DatabaseConnections").labelled(f"{name}: to the database"),
                        proxy_metric(proxy, "MaxDatabaseConnectionsAllowed").labelled(f"{name}: allowed"),
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
                        metric(one, "CommitLatency", role="WRITER").labelled(f"{one.name}: commit"),
                        *(
                            [metric(one, "AuroraReplicaLag", "Maximum", role="READER").labelled(f"{one.name}: lag")]
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
