"""The demand of an event from its minutes: peak and shape that `sale.demand` unfolds to what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sale.demand import Line, line
from sale.review.measured import Measured
from sale.review.regression import Z95, Estimate, Fit, around, fit
from sale.simulation.arrays import Floats
from specs.sale import SaleDemand, SaleEvent
from specs.shop import Shop

FIELDS: Final = ("peak", "waiting", "spike", "top", "decay", "plateau", "evening")
"""What is fitted: requests/s, percent, seconds, minutes, minutes, percent, percent."""
LOWEST: Final = np.array([1e-3, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])
HIGHEST: Final = np.array([1e9, 100.0, 3600.0, 1440.0, 1440.0, 100.0, 100.0])
STEPS: Final = np.array([0.01, 1.0, 5.0, 1.0, 2.0, 1.0, 1.0])  # of the derivatives; that of the peak is a share
MAX_ROUNDS: Final = 30
FINE: Final = 6  # values of the line for each step, whose mean is what CloudWatch adds up
FLOOR: Final = 0.05  # of the peak, below which errors don't shrink with the demand
SYSTEMATIC: Final = (
    0.01  # of a value: what the line's straight pieces are off a fall that is exponential (`sale.demand`)
)
POOR: Final = 0.10  # of the peak: mean error from which on the shape is not the measured one


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What was fitted."""

    estimates: dict[str, Estimate]
    """By field."""
    error: float
    """Mean distance between the fitted line and what was measured around the opening, as a share of the peak."""
    orders: Estimate | None
    """Orders/s at the peak."""

    @property
    def is_the_shape(self) -> bool:
        """Whether peak and shape tell what happened; else the curve does."""
        return self.error <= POOR


def fitted(shop: Shop, event: SaleEvent, measured: Measured, orders: Floats | None) -> Demand | None:
    """The demand that was measured; None of an event that is forecast by a curve, whose shape is the curve's."""
    if event.demand.curve is not None:
        return None
    requests = measured.values["cloudfront requests"]
    usual = shop.usual_demand.requests_per_second

    def told(values: Floats) -> Floats:
        return _means(_line(event, values), measured, usual, orders=False)

    first = _first(event, measured, requests)
    top = float(first[0])
    weights = 1 / np.maximum(np.nan_to_num(requests), FLOOR * top)
    weights[~np.isfinite(requests)] = 0.0
    values, found = _refined(told, first, np.nan_to_num(requests), weights)
    left = np.abs(told(values) - np.nan_to_num(requests))
    near = (weights > 0) & (np.abs(measured.times - event.start.timestamp()) < 2 * 3600)
    estimates = {
        name: around(
            float(values[number]),
            math.hypot(math.sqrt(found.covariance[number, number]), SYSTEMATIC * float(values[number])),
            found.minutes,
        )
        for number, name in enumerate(FIELDS)
        if found.covariance[number, number] > 0  # else nothing of the event tells it
    }
    return Demand(
        estimates=estimates,
        error=float(left[near].mean() / values[0]),
        orders=_orders(event, values, measured, orders, estimates.get("peak")),
    )


def _orders(
    event: SaleEvent, values: Floats, measured: Measured, orders: Floats | None, peak: Estimate | None
) -> Estimate | None:
    """Orders at the peak: as well known as they follow the demand, and as its peak is."""
    if orders is None or peak is None:
        return None
    share = _means(_line(event, values), measured, 0.0, orders=True) / event.demand.highest_orders
    found = fit(orders, [share], share > FLOOR)
    if found is None:
        return None
    value = float(found.coefficients[0])
    own, of_peak = math.sqrt(found.covariance[0, 0]), (peak.high - peak.value) / Z95 / peak.value * value
    return around(value, math.hypot(own, of_peak), found.minutes)


def _line(event: SaleEvent, values: Floats) -> Line:
    peak, waiting, spike, top, decay, plateau, evening = (float(value) for value in values)
    shape = event.shape.model_copy(
        update={
            "waiting_percent": waiting,
            "spike_seconds": spike,
            "peak_minutes": top,
            "decay_minutes": decay,
            "plateau_percent": plateau,
            "evening_percent": evening,
        }
    )
    demand = SaleDemand.model_construct(
        peak_requests_per_second=peak, peak_orders_per_second=event.demand.highest_orders, curve=None
    )
    return line(event.model_copy(update={"shape": shape, "demand": demand}))


def _means(given: Line, measured: Measured, usual: float, *, orders: bool) -> Floats:
    """The line's mean over each step."""
    times = measured.start + (np.arange(measured.steps * FINE) + 0.5) * measured.step / FINE
    values = np.interp(times, given.times, given.orders if orders else given.requests, left=0.0, right=0.0)
    return np.maximum(values, usual).reshape(-1, FINE).mean(axis=1)


def _first(event: SaleEvent, measured: Measured, requests: Floats) -> Floats:
    """Where the fit begins: what is seen at once, else the settings."""
    shape, opening = event.shape, event.start.timestamp()
    near = requests[(measured.times >= opening) & (measured.times < opening + 3600)]
    peak = float(np.nanmax(near)) if np.isfinite(near).any() else event.demand.highest_requests
    before = requests[(measured.times >= opening - 2 * measured.step) & (measured.times < opening)]
    waiting = float(np.nanmean(before)) / peak * 100 if np.isfinite(before).any() else shape.waiting_percent
    above = int(np.sum(near > 0.95 * peak)) * measured.step / 60
    later = requests[(measured.times > opening + 4 * 3600) & (measured.times < event.end.timestamp())]
    plateau = float(np.nanpercentile(later, 20)) / peak * 100 if np.isfinite(later).any() else shape.plateau_percent
    evening = float(np.nanmax(later)) / peak * 100 if np.isfinite(later).any() else shape.evening_percent
    start = [peak, waiting, max(1.0, shape.spike_seconds), above, shape.decay_minutes, plateau, evening]
    return np.clip(np.array(start), LOWEST, HIGHEST)


def _refined(told: Callable[[Floats], Floats], first: Floats, target: Floats, weights: Floats) -> tuple[Floats, Fit]:
    """Levenberg and Marquardt's least squares, and the last step's linear fit for the intervals."""
    values, damping = first, 1e-2
    residuals = (target - told(values)) * weights
    slopes = _slopes(told, values, weights)
    for _ in range(MAX_ROUNDS):
        normal = slopes.T @ slopes
        step = np.linalg.lstsq(normal + damping * np.diag(np.diag(normal) + 1e-12), slopes.T @ residuals, rcond=None)[0]
        moved = np.clip(values + step, LOWEST, HIGHEST)
        after = (target - told(moved)) * weights
        if after @ after < residuals @ residuals:
            settled = np.all(np.abs(moved - values) < 1e-3 * np.maximum(1.0, np.abs(values)))
            values, residuals, damping = moved, after, damping / 5
            if settled:
                break
            slopes = _slopes(told, values, weights)
        elif damping > 1e6:
            break
        else:
            damping *= 5
    return values, _covariance(slopes, residuals)


def _slopes(told: Callable[[Floats], Floats], values: Floats, weights: Floats) -> Floats:
    columns = []
    for number, step in enumerate(STEPS):
        width = step * values[0] if number == 0 else step
        up, down = values.copy(), values.copy()
        up[number] = min(values[number] + width, HIGHEST[number])
        down[number] = max(values[number] - width, LOWEST[number])
        columns.append((told(up) - told(down)) * weights / (up[number] - down[number]))
    return np.column_stack(columns)


def _covariance(slopes: Floats, residuals: Floats) -> Fit:
    """Of the fitted values, by the errors that are left.

    By Newey and West, and not less than errors of one size make it: of a spike, two minutes alone tell, and the fit
    takes their errors for its own.
    """
    inverse = np.linalg.pinv(slopes.T @ slopes)
    scores = slopes * residuals[:, None]
    spread = scores.T @ scores
    for lag in range(1, 11):
        products = scores[lag:].T @ scores[:-lag]
        spread += (1 - lag / 11) * (products + products.T)
    told = np.any(slopes != 0, axis=1)
    even = inverse * float(residuals[told] @ residuals[told]) / max(1, int(told.sum()) - len(STEPS))
    least = np.maximum(np.diag(inverse @ spread @ inverse), np.diag(even))
    return Fit(np.zeros(len(STEPS)), np.diag(least), int(told.sum()))
