"""How much a stack is used in a month without an event, and how much its events add: from the settings' forecast."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from aws_facts.prices import HOURS
from sale import requirements
from sale.demand import Forecast, Rates
from sale.plan import Plan
from sale.schedules import StepSchedule
from specs.observability import OperatingHours
from specs.shop import Shop

AVERAGE: Final = 0.5
"""Mean demand of a month as a share of the busy hour's; an estimate."""
_HOUR: Final = 3600.0  # seconds
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WEEKS: Final = HOURS / (24 * 7)  # of a month


@dataclass(frozen=True, kw_only=True)
class Use:
    """Requests and orders of a month, and the rates that they come to on average."""

    requests: float
    origin_requests: float
    orders: float
    rates: Rates
    hours: float
    """Hours in which tasks and databases are on."""


def usual(shop: Shop, plan: Plan) -> Use:
    """A month without an event."""
    empty = Forecast((), shop.usual_demand, shop.services)
    rates = _scaled((plan.forecast if plan.events else empty).rates(0.0), AVERAGE)
    hours = on_hours(shop.operating_hours)
    return Use(
        requests=rates.requests * HOURS * _HOUR,
        origin_requests=rates.origin_requests * HOURS * _HOUR,
        orders=rates.orders * HOURS * _HOUR,
        rates=rates,
        hours=hours,
    )


def events(plan: Plan) -> Use:
    """What the events add to the usual demand, all together."""
    requests = orders = 0.0
    for line in plan.forecast.lines:
        times = np.asarray(line.times)
        requests += float(np.trapezoid(np.asarray(line.requests), times))
        orders += float(np.trapezoid(np.asarray(line.orders), times))
    seconds = sum(line.times[-1] - line.times[0] for line in plan.forecast.lines)
    requests = max(0.0, requests - plan.forecast.usual.requests_per_second * AVERAGE * seconds)
    orders = max(0.0, orders - plan.forecast.usual.orders_per_second * AVERAGE * seconds)
    peak = plan.peak
    share = peak.origin_requests / max(peak.requests, 1e-9)
    rates = _scaled(peak, requests / max(seconds, 1.0) / max(peak.requests, 1e-9))
    return Use(requests=requests, origin_requests=requests * share, orders=orders, rates=rates, hours=seconds / _HOUR)


def added_hours(track: StepSchedule) -> float:
    """Unit hours that a track has above its usual value."""
    changes = track.changes
    return sum(
        max(0.0, value - track.usual) * (following - moment) / _HOUR
        for (moment, value), (following, _) in pairwise(changes)
    )


def on_hours(hours: OperatingHours | None) -> float:
    """Hours of a month in which a stack is on."""
    if hours is None:
        return HOURS
    first, _, last = hours.days.partition("-")
    begin = _DAYS.index(first)
    days = (_DAYS.index(last or first) - begin) % 7 + 1
    (start_hour, start_minute), (stop_hour, stop_minute) = (
        (int(part) for part in text.split(":")) for text in (hours.start, hours.stop)
    )
    return days * (stop_hour - start_hour + (stop_minute - start_minute) / 60) * _WEEKS


def tasks(shop: Shop, name: str, use: Use) -> float:
    """Tasks of a service on average, at its target of CPU."""
    service = next(one for one in shop.services if one.name == name)
    return max(float(service.scaling.min), float(requirements.tasks(service, use.rates, 1.0)))


def _scaled(rates: Rates, factor: float) -> Rates:
    return Rates(
        requests=rates.requests * factor,
        origin_requests=rates.origin_requests * factor,
        orders=rates.orders * factor,
        services={name: rate * factor for name, rate in rates.services.items()},
    )
