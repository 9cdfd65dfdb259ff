"""Answer times in a steady state, in closed form: of a way through stations at given rates, without a play.

steady_latency([Stop(rate=900, capacity=1000, service_seconds=0.05)]).p99
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sale.simulation.answer_time import quantile
from sale.simulation.erlang import delay_probability, wait_factor
from sale.simulation.model import Model, Station


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A station on the way of a request."""

    rate: float
    """Requests a second that arrive there, from everywhere."""
    capacity: float
    """Requests a second that all its units work off."""
    service_seconds: float
    """Mean time of its own that a request takes when nothing waits; 0 for what only counts."""
    service_cv: float = 1.0
    """Coefficient of variation of that time; 1 for the exponential distribution."""
    visits: float = 1.0
    """Requests there for each request of the way; 0.3: three in ten make one."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """An answer time in seconds; infinite where a station on the way gets more than it can work off."""

    mean: float
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True)
class Moments:
    """An answer time: mean, variance and third central moment of the base; probability and rate of a wait."""

    mean: float = 0.0
    variance: float = 0.0
    third: float = 0.0
    late: float = 0.0
    pace: float = math.inf

    @property
    def wait(self) -> float:
        return self.late / self.pace if self.late > 0 else 0.0

    @property
    def latency(self) -> Latency:
        if math.isinf(self.mean + self.wait):
            return _ENDLESS
        p50, p90, p99 = (
            quantile(share, self.mean, self.variance, self.third, self.late, self.pace) for share in (0.5, 0.9, 0.99)
        )
        return Latency(mean=self.mean + self.wait, p50=p50, p90=p90, p99=p99)


_ENDLESS: Final = Latency(mean=math.inf, p50=math.inf, p90=math.inf, p99=math.inf)


def steady_latency(way: Iterable[Stop]) -> Latency:
    """The answer time of requests that make these stops one after the other.

    Stations with Poisson arrivals: exact for one stop with exponential service (M/M/c); by Allen and Cunneen's wait for
    other coefficients of variation; for several stops, exact in the mean and in the first three moments.
    """
    total = Moments()
    for stop in way:
        total = _then(total, _at(stop), stop.visits)
    return total.latency


def _at(stop: Stop) -> Moments:
    """One stop by itself."""
    own, square = stop.service_seconds, stop.service_cv**2
    base = Moments(own, square * own**2, 2 * square**2 * own**3)
    if stop.rate <= 0 or own <= 0:
        return base if stop.rate <= stop.capacity else Moments(math.inf)
    if stop.rate >= stop.capacity:
        return Moments(math.inf)
    servers = max(1, round(min(stop.capacity * own, 1e12)))
    load = servers * stop.rate / stop.capacity
    late = delay_probability(servers, load)
    pace = (stop.capacity - stop.rate) / wait_factor(servers, load / servers, stop.service_cv)
    return Moments(base.mean, base.variance, base.third, late, pace)


def _then(before: Moments, more: Moments, visits: float) -> Moments:
    """One after the other: the wait of more weight stays one, the other counts to the base."""
    if visits <= 0:
        return before
    if math.isinf(before.mean + more.mean):
        return Moments(math.inf)
    late = min(1.0, visits) * more.late
    keeps = late / more.pace**2 > (before.late / before.pace**2)
    base = _summed(_based(before) if keeps else before, _visited(more, visits, whole_wait=not keeps))
    kept = (late, more.pace) if keeps else (before.late, before.pace)
    return Moments(base.mean, base.variance, base.third, *kept)


def _summed(one: Moments, other: Moments) -> Moments:
    return Moments(one.mean + other.mean, one.variance + other.variance, one.third + other.third)


def _based(one: Moments) -> Moments:
    """The same with its wait counted to the base."""
    if one.late <= 0:
        return one
    late, mean = one.late, 1 / one.pace
    return Moments(
        one.mean + late * mean,
        one.variance + late * (2 - late) * mean**2,
        one.third + late * (6 - 6 * late + 2 * late**2) * mean**3,
    )


def _visited(one: Moments, visits: float, *, whole_wait: bool) -> Moments:
    """So many visits: as many as are whole, and one more with the probability of the fraction."""
    everything, base = _based(one), Moments(one.mean, one.variance, one.third)
    first = everything if whole_wait else base
    count, fraction = math.floor(visits), visits - math.floor(visits)
    total = Moments()
    for number in range(count):
        total = _summed(total, first if number == 0 else everything)
    if fraction > 0:
        total = _summed(total, _perhaps(everything if count or whole_wait else base, fraction))
    return total


def _perhaps(one: Moments, chance: float) -> Moments:
    """What takes time with a probability only."""
    m1 = chance * one.mean
    m2 = chance * (one.variance + one.mean**2)
    m3 = chance * (one.third + 3 * one.mean * one.variance + one.mean**3)
    return Moments(m1, m2 - m1**2, m3 - 3 * m1 * m2 + 2 * m1**3)


def steady_latencies(
    model: Model, requests_per_second: float, units: Mapping[str, float] | None = None
) -> dict[str, Latency]:
    """By service: answer times, calls included, when customers make so many requests a second and nothing changes.

    `units` are those of each station; default: the model's own of its first second. Requests that are refused by an
    entrance are not taken off.
    """
    given = dict(units or {})
    stations = {station.name: station for station in model.stations}
    rates = _rates(model, requests_per_second)
    found: dict[str, Moments] = {}
    for name in reversed([station.name for station in (*model.services, *model.stores)]):
        station = stations[name]
        total = _at(_stop(station, rates[name], given.get(name, station.units)))
        for call in model.calls:
            if call.source == name and call.target in found:
                total = _then(total, found[call.target], call.per_request * (1 - call.hit_share))
        found[name] = total
    return {service.name: found[service.name].latency for service in model.services}


def _stop(station: Station, rate: float, units: float) -> Stop:
    return Stop(
        rate=rate, capacity=station.rate * units, service_seconds=station.service_seconds, service_cv=station.service_cv
    )


def _rates(model: Model, requests_per_second: float) -> dict[str, float]:
    """By station: requests a second, retries and refusals apart."""
    rates = {station.name: 0.0 for station in model.stations}
    left = requests_per_second
    for station in model.edge:
        rates[station.name] = left
    left *= 1 - model.edge_hits
    for station in model.origin:
        rates[station.name] = left
    for name, share in model.customers.shares.items():
        rates[name] += left * share
    for service in model.services:  # in the order in which requests reach them
        for call in model.calls:
            if call.source == service.name:
                rates[call.target] += rates[service.name] * call.per_request * (1 - call.hit_share)
    return rates
