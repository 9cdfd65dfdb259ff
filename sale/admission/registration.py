"""How fast customers get places: by what the table, its hottest items and the function's environments take.

A place takes two writes: the customer's own item, whose condition gives one place to each, and the next number of one
of the counters. A counter is one item, and so on one partition; there are as many as the crowd needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_facts import quotas
from sale.admission.polls import CALL_SECONDS, WRITES_PER_PLACE

CROWD: Final = 1_000_000
"""Customers who come at once."""
WITHIN: Final = 50.0
"""Seconds in which the limits give them their places; with clients that are refused and try again it takes a minute."""
SPREAD: Final = 1.2
"""By how much the fullest counter may be fuller than the mean, as customers draw theirs; an estimate."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What registrations are limited by."""

    writes: float
    """Units a second that the table takes at once: warm, and within the account's quota."""
    counters: int
    """Items that numbers are drawn from."""
    environments: float
    """Of the function, at once."""

    @property
    def per_second(self) -> float:
        """Places, by the scarcest of the three."""
        each = quotas.QUOTAS["partitionWrites"].value
        return min(self.writes / WRITES_PER_PLACE, self.counters * each / SPREAD, self.environments / CALL_SECONDS)

    def seconds(self, customers: float) -> float:
        """Until so many who come at once all have a place."""
        return customers / self.per_second


def needed(customers: float = CROWD, within: float = WITHIN) -> Limits:
    """What gives so many their places within so many seconds: the table's warm throughput, counters, and the function's
    concurrency. More of that than the table takes would only waste its writes."""
    rate = customers / within
    return Limits(
        writes=float(math.ceil(rate * WRITES_PER_PLACE)),
        counters=math.ceil(rate * SPREAD / quotas.QUOTAS["partitionWrites"].value),
        environments=float(math.ceil(rate * CALL_SECONDS)),
    )


def granted(wanted: Limits, given: Mapping[str, float]) -> Limits:
    """The same within an account's quotas, of which `given` are those that AWS has raised."""
    return Limits(
        writes=min(wanted.writes, quotas.value("tableWrites", given)),
        counters=wanted.counters,
        environments=min(wanted.environments, quotas.value("lambdaConcurrency", given)),
    )
