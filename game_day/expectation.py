"""What the simulation expects of a fault: the shop as it runs between sales, at a load of so many requests a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sale.plan import compile_plan
from sale.simulation import scenarios
from sale.simulation.answers import MINUTE
from sale.simulation.result import play
from sale.simulation.verdict import Span, minutes
from sale.simulation.window import Window
from settings.stack_file import BadInput
from specs import game_days
from specs.game_days import Fault
from specs.sale import SaleDemand, SaleEvent, SaleSlo, Shape
from specs.shop import Shop

SETTLES: Final = 1800  # seconds before the fault in which scaling and caches settle
SEEN: Final = 3600  # seconds that are looked at, from the fault on
FLAT: Final = Shape(
    waiting_percent=100, spike_seconds=0, peak_minutes=SEEN / MINUTE, plateau_percent=100, evening_percent=100
)
"""The same load throughout."""


@dataclass(frozen=True, kw_only=True)
class Hour:
    """What customers meet in an hour."""

    error_percent: float
    """Of all requests to the origin and the edge, those without an answer."""
    p99: float
    """Of the slowest minute, in seconds."""
    broken_minutes: int
    """Minutes in which the promise does not hold."""
    orders_lost: int


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """An hour from the fault on, and the same without it."""

    fault: Fault
    requests_per_second: float
    promise: SaleSlo
    disturbed: Hour
    calm: Hour
    reached: tuple[str, ...]
    """Services that customers reach."""


def refuse_unknown(shop: Shop, fault: str) -> Fault:
    """The fault. Raises BadInput where the stack has no such experiment."""
    if shop.game_day is None:
        raise BadInput("gameDay: the stack has no game days (got nothing); set gameDay.stack and gameDay.approver")
    known = game_days.faults(shop.game_day, shop.network.zones, shop.services, shop.data)
    for one in known:
        if one == fault:
            return one
    raise BadInput(f"FAULT: has to be an experiment of {shop.stack} (got {fault or 'nothing'}); use {', '.join(known)}")


def expect(shop: Shop, fault: Fault, rate: float, now: datetime) -> Expectation:
    """Play the fault at `rate` requests a second. Raises BadInput for a rate that no day has."""
    event = _ordinary_day(shop, rate, now)
    plan = compile_plan(shop.model_copy(update={"sale_events": (event,)}), now)
    start = int(event.start.timestamp()) - SETTLES
    span = Window(start=start, seconds=SETTLES + SEEN)
    disturbed, calm = (
        play(scenarios.model(plan, event, span, replace(scenarios.SCENARIOS[name], planned=False)))
        for name in (fault, "no-plan")
    )
    undisturbed = _hour(minutes(calm, event, span))
    if undisturbed.broken_minutes:
        raise BadInput(
            f"RATE: {shop.stack} does not keep its promise at this load without any fault (got {rate:g} requests/s, "
            f"{undisturbed.broken_minutes} minutes beyond it, {calm.links[0].name} is the narrowest); lower it"
        )
    return Expectation(
        fault=fault,
        requests_per_second=rate,
        promise=event.slo,
        disturbed=_hour(minutes(disturbed, event, span)),
        calm=undisturbed,
        reached=tuple(name for name, share in calm.model.customers.shares.items() if share > 0),
    )


def _hour(spans: Sequence[Span]) -> Hour:
    seen = spans[SETTLES // MINUTE :]
    lost = sum(one.lost for one in seen)
    return Hour(
        error_percent=100 * lost / max(1, lost + sum(one.answered for one in seen)),
        p99=max(one.latency for one in seen),
        broken_minutes=sum(bool(one.broken) for one in seen),
        orders_lost=sum(one.orders_lost for one in seen),
    )


def _ordinary_day(shop: Shop, rate: float, now: datetime) -> SaleEvent:
    usual = shop.usual_demand
    if not rate > 0:
        raise BadInput(f"RATE: has to be requests a second above 0 (got {rate:g}); leave it out for usualDemand")
    orders = usual.orders_per_second * rate / usual.requests_per_second
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    return SaleEvent(
        name="game-day",
        start=start,
        end=start + timedelta(seconds=SEEN),
        demand=SaleDemand(peak_requests_per_second=rate, peak_orders_per_second=orders),
        shape=FLAT,
        mix=_mix(shop),
        cdn_hit_percent=shop.sale_events[0].cdn_hit_percent if shop.sale_events else 0,
    )


def _mix(shop: Shop) -> dict[str, float]:
    """Where customers' requests go: as in the first sale, or evenly to the public services."""
    if shop.sale_events:
        return dict(shop.sale_events[0].mix)
    public = [service.name for service in shop.services if service.is_public]
    return {name: 100 / len(public) for name in public}
