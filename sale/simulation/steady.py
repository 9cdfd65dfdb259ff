"""Answer times in a steady state, in closed form: of a way through stations at given rates, without a play.

steady_latency([Stop(rate=900, capacity=1000, service_seconds=0.05)]).p99
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sale.simulation.answer_time import Law, quantile, served_in, then, with_wait
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


_ENDLESS: Final = Latency(mean=math.inf, p50=math.inf, p90=math.inf, p99=math.inf)


def steady_latency(way: Iterable[Stop]) -> Latency:
    """The answer time of requests that make these stops one after the other.

    Stations with Poisson arrivals: exact for one stop with exponential service (M/M/c); by Cosmetatos' correction for
    other coefficients of variation; for several stops, exact in the mean and in the first three moments.
    """
    total: Law | None = served_in(0.0, 1.0)
    for stop in way:
        total = _then(total, _at(stop), stop.visits)
    return _latency(total)


def _latency(law: Law | None) -> Latency:
    if law is None:
        return _ENDLESS
    p50, p90, p99 = (quantile(share, law) for share in (0.5, 0.9, 0.99))
    return Latency(mean=with_wait(law)[0], p50=p50, p90=p90, p99=p99)


def _at(stop: Stop) -> Law | None:
    """One stop by itself; None where more comes than it can work off."""
    own = served_in(stop.service_seconds, stop.service_cv)
    if stop.service_seconds <= 0 or stop.rate <= 0:
        return own if stop.rate <= stop.capacity else None
    if stop.rate >= stop.capacity:
        return None
    servers = max(1, round(min(stop.capacity * stop.service_seconds, 1e12)))
    busy = stop.rate / stop.capacity
    pace = (stop.capacity - stop.rate) / wait_factor(servers, busy, stop.service_cv)
    return (*own[:3], delay_probability(servers, servers * busy), pace)


def _then(before: Law | None, more: Law | None, visits: float) -> Law | None:
    if visits <= 0:
        return before
    return None if before is None or more is None else then(before, more, visits)


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
    found: dict[str, Law | None] = {}
    for name in reversed([station.name for station in (*model.services, *model.stores)]):
        station = stations[name]
        total = _at(_stop(station, rates[name], given.get(name, station.units)))
        for call in model.calls:
            if call.source == name and call.target in found:
                total = _then(total, found[call.target], call.per_request * (1 - call.hit_share))
        found[name] = total
    return {service.name: _latency(found[service.name]) for service in model.services}


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
