"""Use of a stack in a month without an event, from the settings' forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_facts.prices import HOURS
from sale import requirements
from sale.charges import Quantities
from sale.demand import Forecast, Rates
from sale.event_cost import HOUR, idle_lcu, scaled, traffic_of, usual_rates
from sale.plan import Plan
from specs.observability import OperatingHours
from specs.shop import Shop

_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WEEKS: Final = HOURS / (24 * 7)  # of a month


@dataclass(frozen=True, kw_only=True)
class Use:
    """A month without an event."""

    quantities: Quantities
    rates: Rates
    """Mean rates."""
    hours: float
    """Hours in which tasks and databases are on."""


def usual(shop: Shop, plan: Plan) -> Use:
    """A month without an event."""
    empty = Forecast((), shop.usual_demand, shop.services)
    rates = usual_rates(plan.forecast if plan.events else empty)
    used = traffic_of(shop, scaled(rates, HOURS * HOUR), HOURS, idle_lcu_hours=idle_lcu(shop, rates) * HOURS)
    return Use(quantities=used, rates=rates, hours=on_hours(shop.operating_hours))


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
