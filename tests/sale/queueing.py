"""Exact results for queues with Poisson arrivals and exponential service: what the simulation is checked against.

`servers` is c, `load` is a = arrival rate x mean service time, in erlangs. Sources: Erlang 1917; Cooper, Introduction
to Queueing Theory, chapter 3.
"""

from __future__ import annotations

import math


def erlang_b(servers: int, load: float) -> float:
    """Probability that an arrival finds all servers busy and is refused (M/M/c/c).

    Raises ValueError for fewer than no servers or a negative load.
    """
    _check(servers, load)
    blocked = 1.0
    for busy in range(1, servers + 1):  # Jagerman's recursion: every step stays between 0 and 1
        blocked = load * blocked / (busy + load * blocked)
    return blocked if load > 0 or servers == 0 else 0.0


def erlang_c(servers: int, load: float) -> float:
    """Probability that an arrival has to wait (M/M/c); 1 where the load is as much as the servers or more."""
    _check(servers, load)
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(servers: int, load: float) -> float:
    """Mean time before service starts, in mean service times; infinite where the load is as much as the servers."""
    return erlang_c(servers, load) / (servers - load) if load < servers else math.inf


def mean_waiting(servers: int, load: float) -> float:
    """Mean number that waits (Little's law on `mean_wait`)."""
    return load * mean_wait(servers, load)


def wait_quantile(servers: int, load: float, share: float) -> float:
    """The wait that `share` of the arrivals stay below, in mean service times.

    Those who wait at all wait exponentially long, with rate c - a.
    """
    if not 0 <= share < 1:
        raise ValueError(f"a quantile lies from 0 to below 1 (got {share}); 0.99 is the 99th percentile")
    late = erlang_c(servers, load)
    if late <= 1 - share:
        return 0.0
    return math.log(late / (1 - share)) / (servers - load) if load < servers else math.inf


def answer_quantile(servers: int, load: float, share: float) -> float:
    """The answer time, wait and service, that `share` of the requests stay below, in mean service times.

    P(T > t) = (1 - C) e^-t + C (e^-rt - r e^-t) / (1 - r), where r = c - a is the rate of the wait of the C who wait.
    """
    late, rate = erlang_c(servers, load), servers - load

    def beyond(t: float) -> float:
        if abs(rate - 1) < 1e-9:
            return math.exp(-t) * (1 + late * t)
        return (1 - late) * math.exp(-t) + late * (math.exp(-rate * t) - rate * math.exp(-t)) / (1 - rate)

    low, high = 0.0, 1.0
    while beyond(high) > 1 - share:
        high *= 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle) > 1 - share else (low, middle)
    return low


def servers_for(load: float, longest_mean_wait: float) -> int:
    """Fewest servers that keep the mean wait at or below `longest_mean_wait` service times."""
    if longest_mean_wait <= 0:
        raise ValueError(f"no number of servers brings the mean wait to {longest_mean_wait}; allow more than 0")
    low = math.floor(load)  # too few: nothing is stable there
    high = low + 1
    while mean_wait(high, load) > longest_mean_wait:
        low, high = high, high + max(1, high - math.floor(load))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if mean_wait(middle, load) <= longest_mean_wait else (middle, high)
    return high


def _check(servers: int, load: float) -> None:
    if servers < 0 or load < 0 or not math.isfinite(load):
        raise ValueError(f"servers and load must not be negative (got {servers} servers, load {load})")
