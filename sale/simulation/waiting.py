"""Queues that customers leave, or that have no room for all: what of a second's work is done, and what is lost.

A queue holds customers for at most `limit` seconds: longer, and they give up, or there was no room for them. In a
steady state the wait that an arrival finds is nothing with Erlang's probability, and has a density proportional to
exp(-(capacity - rate) w) up to the limit: the wait of the same queue without a limit, cut off, which is exact for
exponential service (Boots and Tijms, A multiserver queueing system with impatient customers, 1999, abstract). M/M/c/K
with K places to wait is the same with the limit K / capacity, but for whole numbers. Unlike a queue without a limit it
has a steady state at any rate.
"""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.compiled import compiled
from sale.simulation.erlang import blocking

_MAX_ROUNDS: Final = 60
_TOLERANCE: Final = 1e-7  # of the customers present

Limited = tuple[float, float, float, float, float, float]
"""Customers a second that leave without having been served, utilisation, customers that wait; first three moments of
the wait of those who are served."""


@compiled
def powers(slope: float, limit: float) -> tuple[float, float, float, float]:
    """Integrals from 0 to `limit` of w^n exp(-slope w), n = 0..3, times exp(min(slope, 0) limit): none overflows."""
    x = slope * limit
    start, end = (1.0, math.exp(-x)) if x > 0.0 else (math.exp(x), 1.0)
    if abs(x) < 0.5:  # the closed forms cancel there
        scale = start
        total0, total1, total2, total3, term = 0.0, 0.0, 0.0, 0.0, 1.0
        for n in range(14):
            total0 += term / (n + 1.0)
            total1 += term / (n + 2.0)
            total2 += term / (n + 3.0)
            total3 += term / (n + 4.0)
            term *= -x / (n + 1.0)
        return scale * limit * total0, scale * limit**2 * total1, scale * limit**3 * total2, scale * limit**4 * total3
    p0 = (start - end) / slope
    p1 = (p0 - limit * end) / slope
    p2 = (2.0 * p1 - limit**2 * end) / slope
    p3 = (3.0 * p2 - limit**3 * end) / slope
    return p0, p1, p2, p3


@compiled
def steady_limited(rate: float, servers: int, capacity: float, limit: float, factor: float, refuses: bool) -> Limited:
    """A queue with a limit in its steady state. `refuses`: whoever finds no room leaves at once, and does not wait."""
    blocked = blocking(servers, servers * rate / capacity)
    if blocked < 1e-12:
        return 0.0, rate / capacity, 0.0, 0.0, 0.0, 0.0
    spare = capacity - rate
    slope, rise = spare / factor, capacity / factor
    if refuses and abs(spare) > 1e-6 * capacity:  # places are whole: what the density falls to is (rate / capacity)^K
        slope = capacity * math.log(capacity / rate) / factor
        rise *= slope * factor / spare
    p0, p1, p2, p3 = powers(slope, limit)
    start, end = (1.0, math.exp(-slope * limit)) if slope > 0.0 else (math.exp(slope * limit), 1.0)
    if refuses:  # in the middle of a place, on average; those ahead take a random time each
        p1 += 0.5 * p0 / capacity
        p2, p3 = p2 + p1 / capacity, p3 + 3.0 * p2 / capacity
    at_once = start * (1.0 - blocked) / blocked
    total = at_once + rise * p0 + end
    lost = rate * end / total
    waiting = rate * (rise * p1 + (0.0 if refuses else limit * end)) / total
    served = at_once + rise * p0
    return (
        lost,
        min((rate - lost) / capacity, 1.0),
        waiting,
        rise * p1 / served,
        rise * p2 / served,
        rise * p3 / served,
    )


@compiled
def limited(
    present: float, servers: int, capacity: float, limit: float, factor: float, refuses: bool
) -> tuple[float, Limited]:
    """The rate at which a steady queue with a limit would hold what a second leaves of `present` customers, and that
    queue: in the second as many come as are served and lost."""
    low, high = 0.0, present
    low_residual, high_residual = -present, float(servers)
    rate, side = min(present, capacity), 0
    found = steady_limited(rate, servers, capacity, limit, factor, refuses)
    for _ in range(_MAX_ROUNDS):
        residual = servers * found[1] + found[2] + rate - present
        if abs(residual) <= _TOLERANCE * present:
            break
        if residual < 0.0:  # Illinois' variant of the false position
            low, low_residual = rate, residual
            high_residual = high_residual * 0.5 if side == 1 else high_residual
            side = 1
        else:
            high, high_residual = rate, residual
            low_residual = low_residual * 0.5 if side == -1 else low_residual
            side = -1
        rate = (low * high_residual - high * low_residual) / (high_residual - low_residual)
        if not low < rate < high:
            rate = 0.5 * (low + high)
        found = steady_limited(rate, servers, capacity, limit, factor, refuses)
    return rate, found
