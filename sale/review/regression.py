"""Least squares over minutes, with intervals that allow for minutes that resemble their neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sale.simulation.arrays import Floats

Mask = NDArray[np.bool_]

LAGS: Final = 10  # minutes over which errors are taken to resemble each other (Newey and West, 1987)
Z95: Final = 1.959963984540054  # of the standard normal distribution: 95 % lie within
MIN_MINUTES: Final = 30  # that an estimate rests on


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float
    minutes: int
    """That it rests on."""

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def times(self, factor: float) -> Estimate:
        return Estimate(value=self.value * factor, low=self.low * factor, high=self.high * factor, minutes=self.minutes)


@dataclass(frozen=True)
class Fit:
    """Coefficients of a linear model, and their covariance."""

    coefficients: Floats
    covariance: Floats
    minutes: int

    def estimate(self, number: int) -> Estimate:
        """One coefficient."""
        return around(float(self.coefficients[number]), math.sqrt(self.covariance[number, number]), self.minutes)

    def of(self, value: float, slopes: Sequence[float]) -> Estimate:
        """A function of the coefficients, by its value and derivatives there (delta method)."""
        gradient = np.asarray(slopes)
        return around(value, math.sqrt(max(0.0, float(gradient @ self.covariance @ gradient))), self.minutes)


def around(value: float, deviation: float, minutes: int) -> Estimate:
    return Estimate(value=value, low=value - Z95 * deviation, high=value + Z95 * deviation, minutes=minutes)


def fit(measured: Floats, causes: Sequence[Floats], usable: Mask | None = None) -> Fit | None:
    """`measured` as a sum of multiples of `causes`, through the origin; None where too few minutes tell them apart.

    Minutes weigh by the inverse of the causes' size, as errors grow with it.
    """
    matrix = np.column_stack(causes)
    good = np.isfinite(measured) & np.all(np.isfinite(matrix), axis=1) & (matrix.sum(axis=1) > 0)
    if usable is not None:
        good &= usable
    rows, target = matrix[good], measured[good]
    if len(target) < MIN_MINUTES:
        return None
    weights = 1 / np.maximum(rows.sum(axis=1), 1e-3 * rows.sum(axis=1).max())
    rows, target = rows * weights[:, None], target * weights
    normal = rows.T @ rows
    if np.linalg.cond(normal) > 1e12:
        return None
    inverse = np.linalg.inv(normal)
    coefficients = inverse @ rows.T @ target
    scores = rows * (target - rows @ coefficients)[:, None]
    spread = scores.T @ scores
    for lag in range(1, min(LAGS, len(target) - 1) + 1):
        products = scores[lag:].T @ scores[:-lag]
        spread += (1 - lag / (LAGS + 1)) * (products + products.T)
    small = len(target) / max(1, len(target) - len(coefficients))
    return Fit(coefficients, inverse @ spread @ inverse * small, len(target))


def mean(values: Floats, weights: Floats, usable: Mask) -> Estimate | None:
    """The weighted mean; None of too few minutes."""
    good = np.isfinite(values) & np.isfinite(weights) & (weights > 0) & usable
    if good.sum() < MIN_MINUTES:
        return None
    found = fit(values[good] * weights[good], [weights[good]])
    return None if found is None else found.estimate(0)
