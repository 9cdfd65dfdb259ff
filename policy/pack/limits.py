"""Compares a stack's use of AWS quotas with the account's values: granted, requested by the stack, or default."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .counts import capacity, compute, edge, identity, monitoring, network, stores
from .counts.base import Counter, QuotaUse, known_or
from .graph import Graph
from .quotas import Quota, table
from .values import Block

COUNTERS: tuple[Counter, ...] = (
    *capacity.COUNTERS,
    *compute.COUNTERS,
    *edge.COUNTERS,
    *identity.COUNTERS,
    *network.COUNTERS,
    *stores.COUNTERS,
    *monitoring.COUNTERS,
)
WAITS = frozenset(("fargateVcpu", "fargateSpotVcpu", "ec2Vcpu", "ec2SpotVcpu"))
"""Quotas that AWS enforces only when tasks or instances start; launches wait until an increase is granted."""
SALE_DAY = "saleday:sale:SaleDay"
SERVICE_QUOTA = "aws:servicequotas/serviceQuota:ServiceQuota"


@dataclass(frozen=True, kw_only=True)
class Need:
    """A stack's use of one account quota in one region, or in the account as a whole."""

    quota: str
    place: str
    base: float
    sale: float


def needs(graph: Graph) -> list[Need]:
    """The stack's use of each quota that it shares with the other stacks of the account."""
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for use in _uses(graph):
        if use.of_account:
            taken = found[use.quota, use.holder]
            taken[0] += use.base
            taken[1] += use.most
    return [Need(quota=quota, place=place, base=base, sale=sale) for (quota, place), (base, sale) in found.items()]


@dataclass(frozen=True, kw_only=True)
class Excess:
    """A quota that does not hold what the stack takes of it."""

    quota: Quota
    uses: tuple[QuotaUse, ...]
    """Those that are too much, the worst first."""
    limit: float

    def __str__(self) -> str:
        worst, *others = self.uses
        when = " at the most that is scheduled" if worst.base <= self.limit else ""
        more = f" (and {len(others)} more)" if others else ""
        return (
            f"{self.quota.title}: {worst.holder} takes {_number(worst.most)} {self.quota.unit}{when}{more}, "
            f"{_number(self.limit)} at most; {self.quota.remedy}"
        )


def exceeded(graph: Graph, granted: Mapping[str, Any]) -> Iterator[Excess]:
    """Quotas that the stack exceeds; `granted` are those that AWS has raised, by name."""
    known = {**_published(graph), **_numbers(granted)}
    requested = _requested(graph)
    by_quota: dict[str, list[QuotaUse]] = defaultdict(list)
    for use in _uses(graph):
        by_quota[use.quota].append(use)
    for name, uses in by_quota.items():
        quota = table()[name]
        limit = known.get(name, quota.least)
        if name in WAITS:
            limit = max(limit, requested.get((quota.service, quota.code), 0.0))
        if over := [use for use in uses if use.most > limit]:
            yield Excess(quota=quota, uses=tuple(sorted(over, key=lambda use: (-use.most, use.holder))), limit=limit)


def _uses(graph: Graph) -> list[QuotaUse]:
    return graph.derived(_counted)


def _counted(graph: Graph) -> list[QuotaUse]:
    return [use for counter in COUNTERS for use in counter(graph)]


def _published(graph: Graph) -> dict[str, float]:
    """Quotas granted according to the stack's settings, as published by the sale-day component."""
    days = graph.of(SALE_DAY)
    return _numbers(known_or({}, lambda: Block(days[0].outputs).get("granted"))) if days else {}


def _numbers(granted: Any) -> dict[str, float]:
    names = granted.items() if isinstance(granted, Mapping) else ()
    return {name: float(value) for name, value in names if isinstance(value, (int, float))}


def _requested(graph: Graph) -> dict[tuple[str | None, str | None], float]:
    """Values requested by the stack itself, by service and quota code."""
    found: dict[tuple[str | None, str | None], float] = {}
    for request in graph.of(SERVICE_QUOTA):
        key = known_or((None, None), lambda request=request: (request.text("serviceCode"), request.text("quotaCode")))
        value = known_or(0.0, lambda request=request: request.number("value") or 0.0)
        if None not in key:
            found[key] = max(found.get(key, 0.0), value)
    return found


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
