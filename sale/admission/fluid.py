"""A crowd as a fluid: what is served and what waits, with customers who are let in as soon as there is room.

No-shows, feedback and the edge's delay are left to the simulation. Reckoned in steps of ten seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from functions.admission_rate import Schedule, next_grown, target

STEP: Final = 10
"""Seconds."""


def flow(
    told: Schedule, asked: Iterable[float], *, start: float, visit_requests: float, share: float = 1.0
) -> Iterator[tuple[float, float]]:
    """By step from `start` (seconds since the epoch): requests that are served, and those that wait at its end.

    `asked` are the requests that come in each step. What is published is `share` of what is carried.
    """
    each = visit_requests / told.visit * STEP
    rest, grown, waited = 0.0, 0.0, 0.0
    for number, more in enumerate(asked):
        step = told.at(start + number * STEP)
        rest += more
        inside = math.inf if step.most < 0 else target(step.standing, step.most, grown, 1.0) / share
        served = min(rest, inside * each)
        rest -= served
        waited = waited + STEP if rest > 0 else 0.0
        grown = next_grown(grown, served / each * share, waited, told.reaction, told.growth, STEP)
        grown = min(max(step.most, 0.0), grown)
        yield served, rest
