"""Alarms and graphs of DynamoDB tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.monitoring.values import MINUTE, Alarm, Measure, Metric, Notice, numbered, sum_of
from components.monitoring.widgets import Graph, Row
from components.stores.tables.handle import TableHandle

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


def metric(
    handle: TableHandle,
    name: str,
    stat: str = "Sum",
    *,
    index: str | None = None,
    operation: str | None = None,
    period: int = MINUTE,
) -> Metric:
    dimensions: tuple[tuple[str, str], ...] = (("TableName", handle.physical_name),)
    if index is not None:
        dimensions += (("GlobalSecondaryIndexName", index),)
    if operation is not None:
        dimensions += (("Operation", operation),)
    return Metric(namespace="AWS/DynamoDB", name=name, dimensions=dimensions, stat=stat, period=period)


def table_alarms(table: TableHandle) -> list[Alarm]:
    """Throttles of the table and of each index, and DynamoDB's own errors."""
    alarms = [_throttles(table, None), *(_throttles(table, index) for index in table.index_names)]
    errors = numbered(metric(table, "SystemErrors", operation=operation, period=5 * MINUTE) for operation in OPERATIONS)
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
            "reads": metric(table, "ReadThrottleEvents", index=index),
            "writes": metric(table, "WriteThrottleEvents", index=index),
        },
        f"{table.name}: throttles" if index is None else f"{table.name}, {index}: throttles",
    )


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


def row(tables: Sequence[TableHandle]) -> Row:
    return [
        Graph(
            title=title,
            series=tuple(metric(one, name).labelled(one.name) for one in tables),
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
