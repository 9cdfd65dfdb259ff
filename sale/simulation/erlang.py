"""Erlang C in constant time, and the mean-value step of one queue: what the kernel evaluates millions of times.

The exact recursion takes a step a server, and a large service has tens of thousands of them. From
`RECURSED` servers on, the Poisson distribution function inside Erlang's formula is taken from Temme's uniform expansion
of the incomplete gamma function (SIAM J. Math. Anal. 10, 1979), to two terms: within one part in a million.
"""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.compiled import compiled

RECURSED: Final = 16  # servers up to which the recursion is as fast
FAR: Final = 7.0  # standard deviations below capacity from where fewer than one in 10^11 waits
_TOLERANCE: Final = 1e-7  # of the probability of waiting
_MAX_ROUNDS: Final = 40


@compiled
def scaled_erfc(x: float) -> float:
    """exp(x^2) erfc(x), without overflow for large x."""
    if x < 5.0:
        return math.exp(x * x) * math.erfc(x)
    inverse = 1.0 / (x * x)
    series = 1.0 - 0.5 * inverse * (1.0 - 1.5 * inverse * (1.0 - 2.5 * inverse * (1.0 - 3.5 * inverse)))
    return series / (x * 1.7724538509055159)  # sqrt(pi)


@compiled
def blocking(servers: int, load: float) -> float:
    """Erlang B."""
    if load <= 0.0:
        return 0.0
    if servers <= RECURSED:
        blocked = 1.0
        for busy in range(1, servers + 1):
            blocked = load * blocked / (busy + load * blocked)
        return blocked
    # B = a^c e^-a / c! / Q(c + 1, a); with s = c + 1 numerator and denominator share the factor exp(-s eta^2 / 2).
    s = servers + 1.0
    ratio = load / s
    away = ratio - 1.0
    half_square = away - math.log1p(away)
    eta = math.copysign(math.sqrt(2.0 * half_square), away)
    if abs(away) < 0.02:  # the closed forms of both coefficients cancel there
        first = -1.0 / 3.0 + eta * (1.0 / 12.0 - eta * (2.0 / 135.0 - eta * (1.0 / 864.0 + eta / 2835.0)))
        second = -1.0 / 540.0 - eta / 288.0 + eta * eta / 378.0
    else:
        first = 1.0 / away - 1.0 / eta
        second = 1.0 / eta**3 - 1.0 / away**3 - 1.0 / away**2 - 1.0 / (12.0 * away)
    x = eta * math.sqrt(0.5 * s)
    if x < -FAR:
        return 0.0
    root = math.sqrt(2.0 * math.pi * s)
    tail = 0.5 * scaled_erfc(x) * root + first + second / s
    gamma_star = 1.0 + 1.0 / (12.0 * s) + 1.0 / (288.0 * s * s)  # Stirling's series
    return s / load / (gamma_star * tail)


@compiled
def delay_probability(servers: int, load: float) -> float:
    """Erlang C."""
    if load >= servers:
        return 1.0
    blocked = blocking(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


@compiled
def wait_factor(servers: int, busy: float, cv: float) -> float:
    """The mean wait for service times with this coefficient of variation, as a multiple of that for exponential ones.

    A constant service time waits half as long, by Cosmetatos' correction (INFOR 13, 1975; as Liu, Pantelidis, Tam and
    Chow print it, arXiv 2102.05851, equation 2); others lie on the line by cv^2 between it and the exponential. Exact
    for one server, where it is Pollaczek and Khinchin's formula; tests hold it to a simulation for more.
    """
    if cv == 1.0:
        return 1.0
    constant = 0.5
    if 0.0 < busy < 1.0:
        root = math.sqrt(4.0 + 5.0 * servers) - 2.0
        constant *= 1.0 + min((1.0 - busy) * (servers - 1.0) * root / (16.0 * busy * servers), 1.0)
    return cv * cv + (1.0 - cv * cv) * constant


@compiled
def utilisation(servers: int, capacity: float, present: float, guess: float, factor: float) -> tuple[float, float]:
    """How busy a queue is in a second that it begins with `present` customers, arrivals of the second included.

    The pointwise stationary fluid flow: at utilisation r the queue holds what a stationary M/M/c queue holds,
    c r + f C r / (1 - r), and completes `capacity` r in the second; both together are what was present. `factor` is f
    of the service time's shape (`wait_factor`). Returns r and C, the probability of waiting; `guess` is the last
    second's C. In a steady state this is Erlang C exactly, in overload the queue grows by what exceeds the capacity.
    """
    room = servers + capacity
    free = present / room  # utilisation if nobody had to wait
    if free <= 0.0:
        return 0.0, 0.0
    if free < 1.0 and servers * (1.0 - free) > FAR * math.sqrt(servers * free):
        return free, 0.0
    low, high = 0.0, 1.0  # C lies between; the residual falls from one to the other
    low_residual, high_residual = 1.0, -1.0
    delay = min(max(guess, 0.0), 1.0)
    side = 0
    busy = free
    for _ in range(_MAX_ROUNDS):
        total = room + factor * delay + present
        busy = 2.0 * present / (total + math.sqrt(max(total * total - 4.0 * room * present, 0.0)))
        residual = delay_probability(servers, servers * busy) - delay
        if abs(residual) <= _TOLERANCE:
            break
        if residual > 0.0:  # Illinois' variant of the false position
            low, low_residual = delay, residual
            high_residual = high_residual * 0.5 if side == 1 else high_residual
            side = 1
        else:
            high, high_residual = delay, residual
            low_residual = low_residual * 0.5 if side == -1 else low_residual
            side = -1
        delay = (low * high_residual - high * low_residual) / (high_residual - low_residual)
    return busy, delay
