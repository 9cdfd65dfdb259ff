"""Cost of a plan's events: capacity and customers' use beyond the usual.

bill = event_bill(plan, prices_of(plan.shop))
bill.usd, bill.not_priced
"""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np

from aws_facts.prices import Prices
from sale import requirements
from sale.admission.polls import POLL_SECONDS
from sale.admission.use import RoomUse, use_of
from sale.charges import Bill, Quantities, lines
from sale.demand import Forecast, Rates
from sale.plan import Plan, compile_plan
from sale.schedules import StepSchedule
from specs.shop import Shop
from specs.stores.caches import CacheNodes
from specs.stores.databases import Serverless

AVERAGE: Final = 0.5
"""Mean demand of a month as a share of the busy hour's; an estimate."""
HOUR: Final = 3600.0  # seconds
STEP: Final = 60.0  # seconds: PeakLCUs and ReservedLCUs are metrics of a minute


def event_bill(plan: Plan, prices: Prices) -> Bill:
    """The bill of all events of a plan, together."""
    return Bill(lines(plan.shop, prices, of_event(plan)))


def of_event(plan: Plan) -> Quantities:
    """Bill that the events to come add to a month without them."""
    if not plan.events:
        return Quantities()
    if len(plan.events) < len(plan.planned):  # those that are over cost nothing more
        shop = plan.shop.model_copy(update={"sale_events": plan.events})
        plan = compile_plan(shop, datetime.fromtimestamp(plan.now, tz=UTC))
    shop, (start, end) = plan.shop, plan.forecast.span
    added = _added(plan.forecast, start, end)
    used = traffic_of(shop, added, hours=(end - start) / HOUR)
    databases = {one.name: one for one in shop.data.databases}
    caches = {one.name: one for one in shop.data.caches}
    rooms = sum((use_of(plan, event) for event in plan.events), start=RoomUse())
    shards = {name: (one.nodes or CacheNodes()).shards for name, one in caches.items()}
    return Quantities(
        hours=used.hours,
        requests=used.requests,
        origin_requests=used.origin_requests,
        orders=used.orders,
        task_hours={name: added_hours(track) for name, track in plan.tasks.items()},
        acu_hours={name: added_hours(track) * (1 + databases[name].readers) for name, track in plan.acu.items()},
        instance_hours={
            name: added_hours(track)
            for name, track in plan.readers.items()
            if not isinstance(databases[name].capacity, Serverless)
        },
        node_hours={name: added_hours(track) * shards[name] for name, track in plan.replicas.items()},
        ecpu={name: added_hours(track) * HOUR for name, track in plan.ecpu.items()},
        lcu_hours=used.lcu_hours,
        idle_lcu_hours=_idle_lcu_hours(plan, start, end),
        reads=used.reads,
        writes=used.writes,
        messages=used.messages,
        places=rooms.places,
        polls=rooms.polls,
        passes=rooms.passes,
    )


def waiting_bill(shop: Shop, prices: Prices, customers: float, minutes: float) -> Bill:
    """What it costs that so many customers join a waiting room and wait so long."""
    polls = customers * minutes * 60 / POLL_SECONDS
    return Bill(lines(shop, prices, Quantities(places=customers, polls=polls)))


def traffic_of(shop: Shop, total: Rates, hours: float, idle_lcu_hours: float = 0.0) -> Quantities:
    """What requests and orders use, from how many there are in all: `total` holds numbers, not rates."""
    tables, queues = shop.data.tables, shop.data.queues
    return Quantities(
        hours=hours,
        requests=total.requests,
        origin_requests=total.origin_requests,
        orders=total.orders,
        lcu_hours=requirements.consumed_lcu(shop, total) / HOUR,
        idle_lcu_hours=idle_lcu_hours,
        reads={table.name: requirements.reads(shop, table, total) for table in tables},
        writes={
            table.name: requirements.writes(shop, table, total) * requirements.units_per_write(table)
            for table in tables
        },
        messages={queue.name: requirements.messages(shop, queue.name, total) for queue in queues},
    )


def idle_lcu(shop: Shop, rates: Rates) -> float:
    """Units of the usual reservation that traffic at these rates leaves unused."""
    return max(0.0, (shop.edge.reserved_lcu or 0) - requirements.consumed_lcu(shop, rates))


def scaled(rates: Rates, factor: float) -> Rates:
    """Rates times a factor; times seconds, they are numbers."""
    return Rates(
        requests=rates.requests * factor,
        origin_requests=rates.origin_requests * factor,
        orders=rates.orders * factor,
        services={name: rate * factor for name, rate in rates.services.items()},
    )


def usual_rates(forecast: Forecast) -> Rates:
    """Mean rates of a month without an event."""
    return scaled(forecast.rates(0.0), AVERAGE)


def added_hours(track: StepSchedule) -> float:
    """Unit hours that a track has above its usual value."""
    return sum(
        max(0.0, value - track.usual) * (following - moment) / HOUR
        for (moment, value), (following, _) in pairwise(track.changes)
    )


def _added(forecast: Forecast, start: float, end: float) -> Rates:
    """Requests and orders from `start` to `end` beyond what a month without an event has in that time."""
    count = math.ceil((end - start) / STEP)
    found = forecast.sample(start + STEP / 2, count, STEP)
    usual = scaled(usual_rates(forecast), count * STEP)

    def beyond(values: array[float], mean: float) -> float:
        return max(0.0, math.fsum(values) * STEP - mean)

    return Rates(
        requests=beyond(found.requests, usual.requests),
        origin_requests=beyond(found.origin_requests, usual.origin_requests),
        orders=beyond(found.orders, usual.orders),
        services={name: beyond(values, usual.services[name]) for name, values in found.services.items()},
    )


def _idle_lcu_hours(plan: Plan, start: float, end: float) -> float:
    """Reserved units that traffic leaves unused, beyond those of the usual reservation."""
    track = plan.lcu
    if not track.changes:
        return 0.0
    first, last = min(start, track.changes[0][0]), max(end, track.changes[-1][0])
    times = np.arange(first + STEP / 2, last, STEP)
    found = plan.forecast.sample(first + STEP / 2, len(times), STEP)
    each = requirements.consumed_lcu(plan.shop, Rates(0.0, 1.0, 0.0, {}))
    used = np.frombuffer(found.origin_requests) * each
    moments = np.array([moment for moment, _ in track.changes])
    values = np.array([track.usual, *(value for _, value in track.changes)])
    reserved = values[np.searchsorted(moments, times, side="right")]
    usual = idle_lcu(plan.shop, usual_rates(plan.forecast))
    return float((np.maximum(0.0, reserved - used) - usual).clip(min=0.0).sum() * STEP / HOUR)
