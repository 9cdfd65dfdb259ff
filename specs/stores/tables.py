"""Settings of DynamoDB tables, and what the rest of the program asks of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from specs.base import Name, Spec
from specs.forms import Form
from specs.stores.contract import StoreKind

TableAccess = Literal["read", "write", "readWrite"]


MAX_INDEXES: Final = 20  # global secondary indexes of a table (DynamoDB quotas)
MAX_UNITS: Final = 4_000_000  # read or write units a second; the quota of a table is 40,000 until AWS raises it
AttributeName = Annotated[
    str,
    Field(max_length=255),
    Form("an attribute's name in ASCII without spaces at its ends", "customerId", r"[!-~](?:[ -~]*[!-~])?"),
]


class Key(Spec):
    """One attribute of a table's key."""

    name: AttributeName
    """Name of the attribute."""
    type: Literal["S", "N", "B"] = "S"
    """String, number or binary."""


class Index(Spec):
    """A global secondary index; all attributes are projected."""

    name: Annotated[str, Form("a name of 3 to 255 letters, digits and _ . -", "by-customer", r"[A-Za-z0-9_.-]{3,255}")]
    """Name of the index."""
    hash_key: Key
    """Partition key of the index."""
    range_key: Key | None = None
    """Sort key of the index. Default: none."""


class Table(Spec):
    """One DynamoDB table, billed on demand."""

    name: Name
    """Name in services' `uses` and in the physical name."""
    hash_key: Key
    """Partition key."""
    range_key: Key | None = None
    """Sort key. Default: none."""
    indexes: Annotated[tuple[Index, ...], Field(max_length=MAX_INDEXES)] = ()
    """Global secondary indexes."""
    ttl_attribute: AttributeName | None = None
    """Attribute with the expiry time in epoch seconds. Default: items do not expire."""
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = "NEW_AND_OLD_IMAGES"
    """What DynamoDB Streams shows of a change; `null` for no stream."""
    recovery_days: Annotated[int, Field(ge=1, le=35)] = 35
    """Days of point-in-time recovery."""
    max_reads: Annotated[int, Field(ge=1, le=MAX_UNITS)] | None = None
    """Read units a second beyond which requests are throttled, to bound cost; events raise it. Default: no bound."""
    max_writes: Annotated[int, Field(ge=1, le=MAX_UNITS)] | None = None
    """Write units a second beyond which requests are throttled; events raise it. Default: no bound."""

    @property
    def attributes(self) -> dict[str, str]:
        """Type of every attribute that is part of a key, the table's or an index's."""
        return {key.name: key.type for key in self._keys()}

    def _keys(self) -> Iterator[Key]:
        for item in (self, *self.indexes):
            yield item.hash_key
            if item.range_key is not None:
                yield item.range_key

    @model_validator(mode="after")
    def _keys_fit_together(self) -> Table:
        for key in self._keys():
            if key.type != self.attributes[key.name]:
                raise ValueError(
                    "an attribute has one type in all keys of a table "
                    f"(got {key.name} as {key.type} and {self.attributes[key.name]}); use one of the two"
                )
        if self.attributes.get(self.ttl_attribute or "", "N") != "N":
            raise ValueError(
                f"ttlAttribute is a number of seconds (got {self.ttl_attribute}, a key of another type); name another"
            )
        for item in (self, *self.indexes):
            if item.range_key is not None and item.range_key.name == item.hash_key.name:
                raise ValueError(
                    f"hashKey and rangeKey must be different attributes (got {item.hash_key.name} twice); "
                    "remove rangeKey"
                )
        for name, count in Counter(index.name for index in self.indexes).items():
            if count > 1:
                raise ValueError(f"indexes must have different names (got {name} {count} times); rename or remove one")
        return self


TABLES: Final = StoreKind[Table](name="table", field="tables", attributes=frozenset({"name"}))
