"""Start of tasks from minutes: how long those that were wanted were not yet there, by Little's law."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sale.review.regression import Estimate
from sale.simulation.arrays import Floats

MIN_LAUNCHES: Final = 3
"""Rises of the count that an estimate needs."""
MINUTE: Final = 60.0
_INTERVAL: Final = 1.959964  # standard deviations of 95 % confidence


def start_seconds(desired: Floats, running: Floats, step: float = MINUTE) -> Estimate | None:
    """Seconds from a task's launch until it runs; None where too few rises tell it.

    Little's law for each rise: the tasks that are missing, added up over time, are the tasks launched times the time
    that each took. `desired` and `running` are averages over `step` seconds each.
    """
    missing = np.maximum(desired - running, 0.0)
    found: list[tuple[float, float, int]] = []
    for first, last in _runs(missing > 0):
        before = running[first - 1] if first else running[0]
        launched = running[min(last, len(running) - 1)] - before
        if np.isfinite(launched) and launched >= 1:
            found.append((float(missing[first:last].sum() * step / launched), float(launched), last - first))
    if len(found) < MIN_LAUNCHES:
        return None
    values, weights = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    mean = float(np.average(values, weights=weights))
    spread = math.sqrt(float(np.average((values - mean) ** 2, weights=weights)) / (len(found) - 1))
    half = _INTERVAL * spread
    return Estimate(value=mean, low=max(0.0, mean - half), high=mean + half, minutes=sum(one[2] for one in found))


def _runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """First index, and the one after the last, of each run that is marked."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
