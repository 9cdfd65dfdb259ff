"""A DynamoDB table as services use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.stores.contract import Store, Use, Value

# Scan is left out: reading a whole table is a job of its own, not part of answering a request.
_READ: Final = ("dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query")
_WRITE: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
TABLE_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "read": _READ,
    "write": _WRITE,
    "readWrite": tuple(sorted({*_READ, *_WRITE})),
}


@dataclass(frozen=True, kw_only=True)
class TableHandle(Store):
    """A table with its indexes."""

    name: str
    arn: str
    table_name: pulumi.Output[str]
    """Physical name as an output that depends on the table."""
    has_indexes: bool
    index_names: tuple[str, ...] = ()
    """Global secondary indexes, which throttle on their own."""

    @property
    def physical_name(self) -> str:
        """The same, known at preview: the ARN ends with it."""
        return self.arn.rpartition("/")[2]

    def statements(self, use: Use) -> list[iam.Statement]:
        statements = [iam.statement(iam.sid("Table", self.name), TABLE_ACTIONS[use.access], [self.arn])]
        if self.has_indexes and use.access != "write":
            indexes = [f"{self.arn}/index/{index}" for index in self.index_names or ("*",)]
            statements.append(iam.statement(iam.sid("Indexes", self.name), ["dynamodb:Query"], indexes))
        return statements

    def references(self) -> Mapping[str, Value]:
        return {"name": self.table_name}
