"""From requests/s that are carried to customers inside, which is what a waiting room can count: what is published.

A customer makes `visit.requests` requests over `visit.minutes` on average. By Little's law a shop that carries C
requests/s has room for C x minutes / requests customers inside. Nobody who is inside is asked to leave: where what
stands falls, fewer are wanted for as long before as visits take to end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from functions.admission_rate import MIN_SHARE, Limits, Schedule, Step
from sale.admission.carried import Span, between_events, carried, growth_rate, reaction
from sale.plan import Plan
from specs.admission import Admission, EventAdmission
from specs.admission_rules import gated_share
from specs.sale import SaleEvent

MISSING_TASKS: Final = 0.1
"""Share of a service's fewest tasks that may be missing before it hurts, as one does that is replaced; an estimate."""
_PERCENT: Final = 100.0
_MINUTE: Final = 60.0


def schedule(plan: Plan, event: SaleEvent) -> Schedule:
    """What is published of an event's own room, from its pre-queue on. The event has one."""
    room = event.admission
    assert room is not None, f"{event.name}: no admission"
    return _schedule(plan, room, (event,), event.name, event.start.timestamp(), steps(plan, event, room))


def unannounced(plan: Plan) -> Schedule:
    """What is published of the edge's room: between events, and in those without a room of their own."""
    room = plan.shop.edge.admission
    assert room is not None, "edge.admission: not set"
    at_rest = _step(between_events(plan), room, 0.0, since=0.0)
    found: list[Step] = [at_rest]
    for event in plan.planned:
        if event.admission is None:
            during = steps(plan, event, room)
            found = [one for one in found if one.since < during[0].since] + list(during)
    return _schedule(plan, room, plan.planned, "", 0.0, tuple(found))


def steps(plan: Plan, event: SaleEvent, room: Admission) -> tuple[Step, ...]:
    """Customers inside for an event: nobody in its pre-queue, then as many as are carried, then as between events."""
    spans = carried(plan, event)
    gated = gated_share(room, event, plan.shop.services)
    found = [_step(one, room, _beside(plan, one, gated)) for one in spans]
    found.append(_step(between_events(plan), room, 0.0, since=spans[-1].end))
    early = room.pre_queue_minutes * _MINUTE if isinstance(room, EventAdmission) else 0.0
    before = [Step(since=spans[0].start - early, standing=0.0, most=0.0)] if early else []
    return (*before, *_ahead_of_falls(found, room.visit.minutes * _MINUTE))


def limits(events: Sequence[SaleEvent]) -> Limits:
    """What hurts: more than the strictest of the events' promises allow, and a tenth of the tasks missing."""
    promised = [event.slo for event in events]
    return (
        round(1 - max(one.availability_percent for one in promised) / _PERCENT, 6),
        min(one.latency_p99 for one in promised) / 1000,
        min(one.drain_minutes for one in promised) * _MINUTE,
        MISSING_TASKS,
    )


def _schedule(
    plan: Plan, room: Admission, events: Sequence[SaleEvent], name: str, opening: float, found: tuple[Step, ...]
) -> Schedule:
    return Schedule(
        event=name,
        opening=opening,
        visit=room.visit.minutes * _MINUTE,
        cap=room.max_per_second or math.inf,
        reaction=reaction(plan),
        growth=round(growth_rate(plan), 8),
        requests=_requests(room, events),
        limits=limits(events),
        steps=found,
    )


def _requests(room: Admission, events: Sequence[SaleEvent]) -> float:
    """Requests/s of a customer inside that CloudFront does not answer, where no others' are among them."""
    if not room.protects_everything:
        return 0.0
    beyond = 1 - min(one.cdn_hit_percent for one in events) / _PERCENT
    return float(f"{room.visit.requests / (room.visit.minutes * _MINUTE) * beyond:.4g}")


def _beside(plan: Plan, span: Span, gated: float) -> float:
    """Requests/s of those whom the room does not hold back: they come as forecast."""
    return plan.forecast.peak(span.start, span.end).requests * (1 - gated)


def _step(span: Span, room: Admission, beside: float, since: float | None = None) -> Step:
    def inside(requests: float) -> float:
        share = room.capacity_percent / _PERCENT * room.visit.minutes * _MINUTE / room.visit.requests
        return float(f"{max(0.0, requests - beside) * share:.4g}")

    return Step(
        since=span.start if since is None else since,
        standing=inside(span.standing),
        most=inside(span.most),
        weakest=span.weakest.name,
        limit=span.limit.name,
    )


def _ahead_of_falls(found: Sequence[Step], visit: float) -> Iterator[Step]:
    """The steps, each fall so much earlier that visits have ended by then."""
    yield found[0]
    for before, after in pairwise(found):
        since = after.since
        if after.standing < before.standing:
            floor = MIN_SHARE * after.standing  # who is let in all the same
            since -= visit * math.log((before.standing - floor) / max(after.standing - floor, 0.01 * before.standing))
        yield Step(max(float(math.floor(since)), before.since), after.standing, after.most, after.weakest, after.limit)
