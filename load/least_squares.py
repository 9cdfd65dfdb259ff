"""Nonlinear least squares by Levenberg and Marquardt, with lower bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sale.simulation.arrays import Floats

MAX_ROUNDS: Final = 200
_SETTLED: Final = 1e-9  # relative change of the parameters


@dataclass(frozen=True)
class Minimum:
    """Where a sum of squares is least."""

    values: Floats
    squares: float
    """The sum of squares there."""
    inverse: Floats
    """Inverse of the slopes' product: times the residuals' variance, the covariance of the values."""


def minimum(residuals: Callable[[Floats], Floats], start: Floats, low: Floats) -> Minimum:
    """The values from `low` upwards with the least sum of squared residuals, near `start`."""
    values, damping = np.maximum(start, low), 1e-3
    left = residuals(values)
    slopes = _slopes(residuals, values)
    for _ in range(MAX_ROUNDS):
        gradient = slopes.T @ left
        free = (values > low) | (gradient < 0)  # what is at its bound, and would leave it downwards, stays
        normal = slopes[:, free].T @ slopes[:, free]
        damped = normal + damping * np.diag(np.diag(normal) + 1e-12)
        moved = values.copy()
        moved[free] -= np.linalg.lstsq(damped, gradient[free], rcond=None)[0]
        moved = np.maximum(moved, low)
        after = residuals(moved)
        if after @ after <= left @ left:
            settled = np.all(np.abs(moved - values) <= _SETTLED * (np.abs(values) + _SETTLED))
            values, left, damping = moved, after, damping / 5
            if settled:
                break
            slopes = _slopes(residuals, values)
        elif damping > 1e9:
            break
        else:
            damping *= 5
    inverse: Floats = np.linalg.pinv(slopes.T @ slopes).astype(np.float64)
    return Minimum(values, float(left @ left), inverse)


def _slopes(residuals: Callable[[Floats], Floats], values: Floats) -> Floats:
    columns = []
    for number, value in enumerate(values):
        width = max(abs(value) * 1e-5, 1e-7)
        up, down = values.copy(), values.copy()
        up[number], down[number] = value + width, value - width
        columns.append((residuals(up) - residuals(down)) / (2 * width))
    return np.column_stack(columns)
