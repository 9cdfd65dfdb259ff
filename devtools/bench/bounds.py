"""The bounds, and the medians held against them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One promise: what is measured, in which unit, and how much or how little of it there may be."""

    name: str
    unit: str
    limit: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def text(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.limit)} {self.unit}".strip()


RESOURCES = Bound(name="resources of prod", unit="", limit=250, at_least=True)
PREVIEW = Bound(name="preview of prod with policies, start-up included, a resource", unit="ms", limit=25)
MEMORY = Bound(name="memory of that preview, all processes together, at most", unit="GB", limit=1.2)
REHEARSAL = Bound(name="whole rehearsal of prod, a resource", unit="ms", limit=110)
GROWTH = Bound(name="preview with 50 services against one with 5", unit="times", limit=10)
COMPILING = Bound(name="compiling prod's sale and its proof, of that preview", unit="%", limit=5)
PREFLIGHT = Bound(name="prod held against an empty account, Moto on this machine", unit="s", limit=60)

LARGE: Final = 5000
"""Resources of the large stack that the pack judges; a quarter of it shows how the time grows."""
PACK_ADDS = Bound(name="what the policy pack adds to a preview of prod", unit="%", limit=40)
JUDGING = Bound(name="prod judged from its recorded graph, start-up included", unit="s", limit=2)
NEEDS = Bound(name="prod's needs and grants judged from its recorded graph", unit="s", limit=3)
NEEDS_LARGE = Bound(name="needs and grants of 5,000 resources judged", unit="s", limit=25)
JUDGING_LARGE = Bound(name="5,000 resources judged, start-up included", unit="s", limit=20)
JUDGING_MEMORY = Bound(name="memory of that", unit="MB", limit=700)
JUDGING_GROWTH = Bound(
    name="5,000 resources against 1,250: no faster than n log n",
    unit="times",
    limit=round(LARGE * log(LARGE) / (LARGE / 4 * log(LARGE / 4)), 2),
)
ROLES: Final = 800
"""Roles that may all assume each other by a pattern, and of which one may do more than it should."""
JUDGING_ROLES = Bound(
    name="800 roles that may assume each other by a pattern judged, start-up included", unit="s", limit=15
)
JUDGING_ROLES_GROWTH = Bound(
    name="800 such roles against 200: no faster than n log n",
    unit="times",
    limit=round(ROLES * log(ROLES) / (ROLES / 4 * log(ROLES / 4)), 2),
)
ACTION_DATA = Bound(name="all of IAM's action data read", unit="s", limit=0.5)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Measured values for one bound, one per run."""

    bound: Bound
    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def holds(self) -> bool:
        return self.bound.holds(self.median)


def number(value: float) -> str:
    """Three significant digits, without a fraction from a hundred on."""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
