"""On-demand prices by region from the dated table in `data/prices.json`, each with source and grade.

Grades: A is AWS's own text, R a price list or bill seen in public data, S secondary, U the stack's own settings. An
item without a sourced price in a region has none here: it is listed as not priced, never counted as 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("data") / "prices.json"
HOURS: Final = 730.0
"""Hours of a month, as AWS counts them."""
REFERENCE_REGION: Final = "us-east-1"
"""Region whose prices estimate items without a price in the stack's region."""
VALKEY: Final = 0.8
"""Valkey nodes cost 20 % less than the Redis OSS nodes that the table has (AWS, ElastiCache for Valkey)."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price in one region."""

    item: str
    value: float
    """USD for one `unit`."""
    unit: str
    grade: str
    date: str
    source: str
    """Name among the table's `sources`; `settings` for the stack's own."""
    sku: str = ""
    """AWS's number of the product, where it is known."""


@dataclass(frozen=True, kw_only=True)
class Discount:
    """Discount of a commitment or of Spot."""

    name: str
    title: str
    applies: str
    """Scope: `fargate`, `fargateSpot`, `aurora` or `cache`."""
    percent: float
    months: int
    """Term in months; 0 for no commitment."""
    upfront: str
    """`none`, or `all` of it is paid at the beginning."""
    region: str
    grade: str
    source: str

    @property
    def break_even_months(self) -> float:
        """Months of full use after which on-demand would have cost as much as the whole commitment."""
        return self.months * (1 - self.percent / 100)

    @property
    def break_even_share(self) -> float:
        """Share of the hours that must be used for the commitment not to cost more than on-demand."""
        return 1 - self.percent / 100


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices of one region, with the settings' own prices on top."""

    region: str
    own: Mapping[str, float] = field(default_factory=dict)
    """By item: USD that this account pays, from the settings."""
    table: Mapping[str, Any] = field(default_factory=lambda: read())

    def find(self, item: str, region: str | None = None) -> Price | None:
        """The price of an item; None where no price could be sourced. Raises KeyError for an unknown item."""
        known = self.table["items"][item]
        if item in self.own:
            own = self.own[item]
            return Price(item=item, value=own, unit=known["unit"], grade="U", date="settings", source="settings")
        found = known["prices"].get(region or self.region)
        if found is None:
            return None
        return Price(item=item, unit=known["unit"], **found)

    def discounts(self, applies: str) -> list[Discount]:
        """Discounts that hold in the region."""
        every = [Discount(**given) for given in self.table["discounts"]]
        return [one for one in every if one.applies == applies and one.region in ("any", self.region)]

    def task_hour(self, cpu: int, memory: int, *, arm: bool = True, region: str | None = None) -> float | None:
        """USD an hour of one Fargate task; `cpu` in units, `memory` in MiB."""
        kind = "fargateArm" if arm else "fargate"
        vcpu, gigabyte = self.find(f"{kind}VcpuHour", region), self.find(f"{kind}GbHour", region)
        if vcpu is None or gigabyte is None:
            return None
        return vcpu.value * cpu / 1024 + gigabyte.value * memory / 1024


@cache
def read(path: Path = TABLE) -> Mapping[str, Any]:
    """The table."""
    return json.loads(path.read_text(encoding="utf-8"))


def items() -> tuple[str, ...]:
    """Names of all items with a price, or that can be priced in the settings."""
    return tuple(read()["items"])


def regions() -> tuple[str, ...]:
    """Regions that the table has any price for."""
    return tuple(sorted({region for item in read()["items"].values() for region in item["prices"]}))
