"""The Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007): throughput by the number at work.

    X(n) = n / s / (1 + σ (n - 1) + κ n (n - 1))

s is the time of a request alone, σ the share of it that is serial, κ the cost of keeping workers consistent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from load.least_squares import minimum
from sale.review.regression import Z95
from sale.simulation.arrays import Floats

MIN_POINTS: Final = 4  # for three parameters


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, deviation: float, low: float = -math.inf) -> Fitted:
        return cls(value=value, low=max(low, value - Z95 * deviation), high=value + Z95 * deviation)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, kw_only=True)
class Law:
    """The law's coefficients."""

    alone: Fitted
    """Throughput of one: 1 / s."""
    contention: Fitted
    """σ."""
    coherency: Fitted
    """κ."""

    def at(self, number: float) -> float:
        """Throughput with so many at work."""
        slower = 1 + self.contention.value * (number - 1) + self.coherency.value * number * (number - 1)
        return self.alone.value * number / slower


def slowdown(number: Floats, contention: float, coherency: float) -> Floats:
    """How many times longer a request takes with so many at work than alone."""
    beside = np.maximum(number - 1, 0.0)
    return 1 + contention * beside + coherency * beside * number


def fit(number: Floats, throughput: Floats) -> Law:
    """The law through measured points. Raises ValueError for too few of them."""
    if len(number) < MIN_POINTS:
        raise ValueError(f"the law needs {MIN_POINTS} loads (got {len(number)}); measure more")

    def residuals(values: Floats) -> Floats:
        alone, contention, coherency = values
        return throughput - alone * number / slowdown(number, contention, coherency)

    first = np.array([float(np.max(throughput / number)), 0.01, 1e-4])
    found = minimum(residuals, first, np.array([1e-12, 0.0, 0.0]))
    variance = found.squares / (len(number) - 3)
    spread = np.sqrt(np.diag(found.inverse) * variance)
    alone, contention, coherency = (
        Fitted.around(float(value), float(each), 0.0) for value, each in zip(found.values, spread, strict=True)
    )
    return Law(alone=alone, contention=contention, coherency=coherency)
