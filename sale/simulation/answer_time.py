"""How long answers take, as a distribution: what percentiles are read from.

An answer's time is a base (the request's own work and its calls) and a wait. The wait is that of an M/M/c queue:
nothing with probability 1 - `late`, exponential with rate `pace` else. The base is known by its mean, variance and
third central moment, and is taken as a shifted gamma distribution (Pearson's type III), which the exponential is one
of: the answer time of an M/M/c queue is exact, that of a chain has the right three first moments. Times in seconds.
"""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.compiled import compiled

LARGE_SHAPE: Final = 60.0
"""Shape from where the gamma distribution is taken by Wilson and Hilferty's cube root, good to 1e-4 there."""
_SHORT: Final = 0.8
"""A wait of a mean below the base's scale over this counts to the base, whose scale it hardly changes."""
_MIN_SKEW: Final = 0.05
_TERMS: Final = 400

Law = tuple[float, float, float, float, float]
"""Of an answer time: mean, variance and third central moment of the base; probability and rate of the wait."""
Shape = tuple[float, float, float, float, float]


@compiled
def gamma_below(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function: share of a gamma distribution with scale 1 below `x`."""
    if x <= 0.0:
        return 0.0
    if shape == 1.0:
        return -math.expm1(-x)
    if shape > LARGE_SHAPE:
        cube = (x / shape) ** (1.0 / 3.0)
        return 0.5 * math.erfc(-(cube - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * math.sqrt(0.5 * shape))
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = 1.0 / shape
        total = term
        for n in range(1, _TERMS):
            term *= x / (shape + n)
            total += term
            if term < total * 1e-10:
                break
        return min(front * total, 1.0)
    b = x + 1.0 - shape  # Lentz's continued fraction of the upper one
    c = 1e300
    d = 1.0 / b
    h = d
    for n in range(1, _TERMS):
        factor = -n * (n - shape)
        b += 2.0
        d = 1.0 / (factor * d + b)
        c = b + factor / c
        h *= c * d
        if abs(c * d - 1.0) < 1e-10:
            break
    return max(0.0, 1.0 - front * h)


@compiled
def served_in(mean: float, cv: float) -> Law:
    """The law of a service time, as a gamma distribution with this coefficient of variation; nobody waits."""
    square = cv * cv
    return mean, square * mean * mean, 2.0 * square * square * mean**3, 0.0, 1.0


@compiled
def with_wait(law: Law) -> tuple[float, float, float]:
    """Mean, variance and third central moment, wait included."""
    mean, variance, third, late, pace = law
    if late <= 0.0:
        return mean, variance, third
    return (
        mean + late / pace,
        variance + late * (2.0 - late) / pace**2,
        third + late * (6.0 - 6.0 * late + 2.0 * late * late) / pace**3,
    )


@compiled
def then(before: Law, more: Law, visits: float) -> Law:
    """One after the other, the second as often as `visits`: so many whole times, and once more with the probability of
    the fraction. The wait that matters more stays one; the other counts to the base."""
    mean, variance, third, late, pace = before
    chance = min(1.0, visits)
    count = math.floor(visits)
    m1, m2, m3 = with_wait(more)
    if chance * more[3] * pace * pace > late * more[4] * more[4]:
        mean, variance, third = with_wait(before)
        late, pace = chance * more[3], more[4]
        if count > 0:
            mean, variance, third = mean + more[0] - m1, variance + more[1] - m2, third + more[2] - m3
        else:
            m1, m2, m3 = more[0], more[1], more[2]
    mean, variance, third = mean + count * m1, variance + count * m2, third + count * m3
    rest = visits - count
    if rest > 0.0:
        first, second = rest * m1, rest * (m2 + m1 * m1)
        mean += first
        variance += second - first * first
        third += rest * (m3 + 3.0 * m1 * m2 + m1**3) - 3.0 * first * second + 2.0 * first**3
    return mean, variance, third, late, pace


@compiled
def shape_of(law: Law) -> Shape:
    """What `beyond` takes: shift, scale and shape of the base's gamma distribution; `late` and `pace` of the wait that
    is left beside it. A scale of 0: the base always takes its mean."""
    mean, variance, third, late, pace = law
    if variance <= 1e-12 * mean * mean:
        return mean, 0.0, 1.0, late, pace
    skew = max(third / variance**1.5, _MIN_SKEW)
    shape = 4.0 / (skew * skew)
    if abs(shape - 1.0) < 1e-6:
        shape = 1.0
    scale = math.sqrt(variance / shape)
    if late > 0.0 and shape != 1.0 and pace * scale > _SHORT:
        mean, variance, third = with_wait(law)
        late = 0.0
        skew = max(third / variance**1.5, _MIN_SKEW)
        shape = 4.0 / (skew * skew)
        scale = math.sqrt(variance / shape)
    return mean - shape * scale, scale, shape, late, pace


@compiled
def beyond(t: float, shape_found: Shape) -> float:
    """Share of the answers that take longer than `t`."""
    shift, scale, shape, late, pace = shape_found
    y = t - shift
    if y <= 0.0:
        return 1.0
    if scale == 0.0:
        return late * math.exp(-pace * y)
    if shape == 1.0:
        own = math.exp(-y / scale)
        if late <= 0.0:
            return own
        ratio = pace * scale
        if abs(ratio - 1.0) < 1e-6:
            both = own * (1.0 + y / scale)
        else:
            both = (math.exp(-pace * y) - ratio * own) / (1.0 - ratio)
        return (1.0 - late) * own + late * both
    own = 1.0 - gamma_below(shape, y / scale)
    if late <= 0.0:
        return own
    ratio = pace * scale
    log = -pace * y - shape * math.log1p(-ratio)
    return own + late * math.exp(min(log, 0.0)) * gamma_below(shape, y * (1.0 / scale - pace))


@compiled
def quantile(share: float, law: Law) -> float:
    """The time that `share` of the answers stay below."""
    found, rest = shape_of(law), 1.0 - share
    low, high = max(found[0], 0.0), with_wait(law)[0] + 1e-9
    while beyond(high, found) > rest:
        low, high = high, 2.0 * high
    while high - low > 1e-4 * high + 1e-12:
        middle = 0.5 * (low + high)
        if beyond(middle, found) > rest:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
