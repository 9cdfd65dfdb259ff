"""DynamoDB tables."""

from __future__ import annotations

from typing import Final

from components.stores.contract import Kind
from components.stores.tables import monitoring, resources
from components.stores.tables.handle import TABLE_ACTIONS, TableHandle
from specs.stores import tables

TABLES: Final = Kind[TableHandle](
    spec=tables.TABLES,
    build=resources.build,
    actions=frozenset(TABLE_ACTIONS["readWrite"]),
    key_service="dynamodb",
    gateway=("dynamodb", lambda network: network.dynamodb_prefix_list_id),
    alarms=lambda table, _: monitoring.table_alarms(table),
    title="Tables",
    row=monitoring.row,
    physical_names={
        "aws:dynamodb/table:Table": ("name", "table"),
    },
)
