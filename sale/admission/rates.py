"""From what is carried to how many customers are admitted: steps of a constant rate, and the document they are told by.

A customer makes `visit.requests` requests over `visit.minutes` on average. By Little's law a shop that carries C
requests/s has room for N = C x minutes / requests customers inside, of whom N / minutes leave in a minute and are
replaced. What is admitted beyond that fills the shop after the opening, or after capacity has risen; and as nobody is
asked to leave, admission falls before capacity does, for as long as visits take to end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from functions.admission_rate import MIN_SHARE, Limits, Schedule, Step
from sale.admission.carried import Span, carried, standing
from sale.plan import Plan
from specs.admission import Admission
from specs.admission_rules import gated_share
from specs.sale import SaleEvent

FILL: Final = 60.0
"""Seconds in which the shop is filled after the opening: pages that all load in one second are no steady load."""
MISSING_TASKS: Final = 0.1
"""Share of a service's wanted tasks that may be missing before it hurts, as one does that is replaced; an estimate."""
_CLOSE: Final = 0.01  # share of those inside that is neither filled up nor waited for
_PERCENT: Final = 100.0
_MINUTE: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """How many customers may be inside in a span."""

    start: float
    """Seconds since the epoch."""
    end: float
    inside: float
    """Customers."""
    weakest: str


def steps(plan: Plan, event: SaleEvent, room: Admission) -> tuple[Step, ...]:
    """Customers/s that may be admitted for an event, from its pre-queue until its demand is over."""
    places = _places(plan, event, room)
    early = getattr(room, "pre_queue_minutes", 0) * _MINUTE
    found = [Step(since=places[0].start - early, rate=0.0, floor=0.0, weakest="")] if early else []
    for step in _admitted(places, room):
        last = found[-1] if found else None
        if last is None or (last.rate, last.floor, last.weakest) != (step.rate, step.floor, step.weakest):
            found.append(step)
    return (*found, Step(since=places[-1].end, rate=-1.0, floor=0.0, weakest=""))


def schedule(plan: Plan, event: SaleEvent) -> Schedule:
    """What is published of an event's own room. The event has one."""
    assert event.admission is not None, f"{event.name}: no admission"
    opening = event.start.timestamp()
    return Schedule(
        event=event.name, opening=opening, limits=limits((event,)), steps=steps(plan, event, event.admission)
    )


def unannounced(plan: Plan) -> Schedule:
    """What is published of the edge's room: what stands between events, and in events without a room of their own."""
    room = plan.shop.edge.admission
    assert room is not None, "edge.admission: not set"
    usual = standing(plan)
    rate = _steady(usual.requests, room)
    at_rest = Step(since=0.0, rate=rate, floor=_digits(rate * MIN_SHARE), weakest=usual.weakest)
    found: list[Step] = [at_rest]
    for event in plan.events:
        if event.admission is None:
            during = steps(plan, event, room)
            found = [one for one in found if one.since < during[0].since]
            found += [*during[:-1], Step(during[-1].since, at_rest.rate, at_rest.floor, at_rest.weakest)]
    return Schedule(event="", opening=0.0, limits=limits(plan.events or plan.planned), steps=tuple(found))


def limits(events: Sequence[SaleEvent]) -> Limits:
    """What hurts: more than the strictest of the events' promises allow, and a tenth of the tasks missing."""
    promised = [event.slo for event in events]
    return (
        round(1 - max(one.availability_percent for one in promised) / _PERCENT, 6),
        min(one.latency_p99 for one in promised) / 1000,
        min(one.drain_minutes for one in promised) * _MINUTE,
        MISSING_TASKS,
    )


def document(told: Schedule) -> str:
    """A schedule as compact JSON: `steps` are `[seconds since the opening, customers/s, floor, number of the link]`.

    A rate of -1 lets everybody in; the link -1 is none. `functions.admission_rate.Schedule.of` reads it.
    """
    links = list(dict.fromkeys(one.weakest for one in told.steps if one.weakest))
    rows: list[list[Any]] = [
        [round(one.since - told.opening), one.rate, one.floor, links.index(one.weakest) if one.weakest else -1]
        for one in told.steps
    ]
    written = {
        "event": told.event,
        "opening": told.opening,
        "unit": "customers/s",
        "limits": told.limits,
        "links": links,
        "steps": rows,
    }
    return json.dumps(written, separators=(",", ":"))


def _places(plan: Plan, event: SaleEvent, room: Admission) -> tuple[Place, ...]:
    """Room inside, beside the requests of those whom the room does not hold back: they come as forecast."""
    gated = gated_share(room, event, plan.shop.services)
    return tuple(
        Place(start=one.start, end=one.end, inside=_inside(one, plan, room, gated), weakest=one.weakest)
        for one in carried(plan, event)
    )


def _inside(span: Span, plan: Plan, room: Admission, gated: float) -> float:
    free = plan.forecast.peak(span.start, span.end).requests * (1 - gated)
    return _steady(max(0.0, span.requests - free), room) * room.visit.minutes * _MINUTE


def _steady(requests: float, room: Admission) -> float:
    """Customers/s that keep so many requests/s coming."""
    rate = requests * room.capacity_percent / _PERCENT / room.visit.requests
    return _digits(min(rate, room.max_per_second or math.inf))


def _admitted(places: Sequence[Place], room: Admission) -> Iterator[Step]:
    """The steps that keep as many inside as there is room for: filling, holding, and falling ahead of capacity."""
    lasts, most = room.visit.minutes * _MINUTE, room.max_per_second or math.inf
    inside = 0.0
    for number, place in enumerate(places):
        start, weakest = place.start, place.weakest
        steady = place.inside / lasts
        after = places[number + 1].inside if number + 1 < len(places) else place.inside
        floor = MIN_SHARE * min(steady, after / lasts)
        falls = _falling(max(inside, place.inside), after, floor, lasts) if after < place.inside else 0.0
        until = max(start, float(math.floor(place.end - falls)))
        if inside < place.inside * (1 - _CLOSE) and until > start:
            fill = min(FILL, until - start)
            stay = math.exp(-fill / lasts)
            rate = min(most, (place.inside - inside * stay) / (lasts * (1 - stay)))
            yield Step(start, _digits(rate), _digits(floor), weakest)
            start, inside = start + fill, place.inside
        elif inside > place.inside * (1 + _CLOSE):
            wait = float(math.ceil(min(_falling(inside, place.inside, floor, lasts), place.end - start)))
            yield Step(start, _digits(floor), _digits(floor), weakest)
            start, inside = start + wait, _after(inside, floor, wait, lasts)
        if until > start:
            yield Step(start, _digits(min(most, steady)), _digits(floor), weakest)
            start = until
        if place.end > start:
            yield Step(start, _digits(floor), _digits(floor), weakest)
            inside = _after(inside, floor, place.end - start, lasts)


def _falling(inside: float, to: float, floor: float, lasts: float) -> float:
    """Seconds until no more than `to` of `inside` are left while `floor` customers/s come."""
    rest = floor * lasts
    if inside <= to:
        return 0.0
    return lasts * math.log((inside - rest) / max(to - rest, 0.01 * inside))


def _after(inside: float, rate: float, seconds: float, lasts: float) -> float:
    """Customers inside after some seconds of a constant rate."""
    stay = math.exp(-seconds / lasts)
    return inside * stay + rate * lasts * (1 - stay)


def _digits(rate: float) -> float:
    """Four digits."""
    return float(f"{rate:.4g}")
