"""The control law of the waiting room: how many customers are admitted in a second, and how little when the shop hurts.

What the stack publishes is the most that its proof carries (`Schedule`); feedback only ever lowers it. The controller
in Lambda and the simulation (`sale.simulation.admission`) call the same functions, which is why they take and return
numbers alone.

    law: additive increase, multiplicative decrease of a share of the published rate (Chiu and Jain, 1989)
    rate = published rate x share / part of the called customers who come
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DECREASE: Final = 0.7
"""Factor on the share when a signal hurts; an estimate, milder than TCP's half because what is lowered was proved."""
INCREASE: Final = 0.05
"""Added to the share for each datapoint without a hurt: from the floor back to all in less than twenty minutes."""
SETTLE: Final = 180.0
"""Seconds after a decrease in which none follows: a datapoint of CloudWatch's minute and its publication, 31 s until
the edge knows (median of a public measurement, AWS promises nothing), and a visit's first requests."""
MIN_SHARE: Final = 0.1
"""Share below which no signal lowers the rate: customers with a checkout in progress still get in."""
MIN_SHOW: Final = 0.2
"""Least part of the called customers who are taken to come: five are called for one at most."""
SHOW_GAIN: Final = 0.2
"""Weight of the newest datapoint in the part that comes."""
PROPAGATION: Final = 31.0
"""Seconds from a write to the key-value store until the edge reads it (median of five, 29.4 to 32.4, by
smoketurner/virtual-waiting-room, ADR-0021; AWS commits to nothing)."""


Limits = tuple[float, float, float, float]
"""Share of requests that fail; p99 in seconds; age of the oldest message in seconds; share of the tasks that are
missing."""


def hurts(error_share: float, p99: float, queue_age: float, missing_share: float, limits: Limits) -> bool:
    """Whether a datapoint is worse than what the event promises: `limits` has the same four, in the same units."""
    return error_share > limits[0] or p99 > limits[1] or queue_age > limits[2] or missing_share > limits[3]


def next_share(share: float, held_until: float, now: float, hurting: bool, most: float) -> tuple[float, float]:
    """Share of the published rate after one more datapoint, and until when (seconds) it is not lowered again.

    `most` is 1: what the proof carries is never exceeded. Only a room without a proof would look for more.
    """
    if now < held_until:
        return share, held_until
    if hurting:
        return max(MIN_SHARE, share * DECREASE), now + SETTLE
    return min(most, share + INCREASE), held_until


def next_show(show: float, called: float, came: float) -> float:
    """Part of the called customers who come, after one more datapoint: `came` of `called` did, late ones included."""
    if called <= 0.0:
        return show
    seen = min(1.0, max(MIN_SHOW, came / called))
    return show + SHOW_GAIN * (seen - show)


def calls(rate: float, share: float, show: float) -> float:
    """Customers to call in a second, so that `rate x share` come."""
    return rate * share / max(MIN_SHOW, show)


@dataclass(frozen=True)
class Step:
    """A rate that holds from a moment on."""

    since: float
    """Seconds since the epoch."""
    rate: float
    """Customers/s, at most; below 0: everybody is let in, as no event is on."""
    floor: float
    """Customers/s that get in whatever hurts, those with a checkout in progress first."""
    weakest: str
    """Link of the proof that sets the rate."""


OPEN: Final = Step(since=0.0, rate=-1.0, floor=0.0, weakest="")
"""Before the first step of a schedule."""


@dataclass(frozen=True)
class Schedule:
    """What the stack has published for one room."""

    event: str
    """Name of the sale event; empty for the unannounced room."""
    opening: float
    """Seconds since the epoch."""
    limits: Limits
    """Above which a datapoint hurts: what the event promises."""
    steps: tuple[Step, ...]
    """By their time."""

    @classmethod
    def of(cls, document: str) -> Schedule:
        """A published document. Raises ValueError or KeyError for another one."""
        told: Mapping[str, Any] = json.loads(document)
        links, since, steps = told["links"], float(told["opening"]), []
        for offset, rate, floor, link in told["steps"]:
            steps.append(Step(since + offset, float(rate), float(floor), links[link] if link >= 0 else ""))
        errors, p99, age, missing = map(float, told["limits"])
        return cls(event=told["event"], opening=since, limits=(errors, p99, age, missing), steps=tuple(steps))

    def at(self, now: float) -> Step:
        """The step in force; `OPEN` before the first."""
        index = bisect_right(self.steps, now, key=lambda step: step.since)
        return self.steps[index - 1] if index else OPEN
