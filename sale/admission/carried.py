"""What the stack carries in each second of an event, by the same links that prove its forecast.

    for span in carried(plan, event): span.start, span.requests, span.weakest

Capacity is what stands by the plan at the time, tasks counted at their target of CPU. Autoscaling, which may bring
more, is not counted: it is what the room leaves alone until it is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from sale import capacity, requirements
from sale.capacity_check import OF_RESOURCES
from sale.demand import Rates
from sale.link import Link, Load
from sale.plan import Plan
from sale.schedules import DAY, Block
from specs.sale import SaleEvent

NOT_A_RATE: Final = frozenset({"launch", "rate-limit"})
"""Kinds of links that no number of customers loads: launches are over by the opening, and WAF's limits are each
address's own."""
GROWTH_STEP: Final = 60.0
"""Seconds in which a load balancer that grows is taken as it was at their begin."""
_ROUNDS: Final = 12
_CLOSE: Final = 1e-3
BALANCER: Final = "load balancer capacity"
RESERVATION: Final = "quotas.granted.albReservedLcu"


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time in which one link sets what is carried."""

    start: float
    """Seconds since the epoch."""
    end: float
    requests: float
    """Requests/s to CloudFront, in the mix of the time."""
    weakest: str
    """Link that sets it."""
    setting: str
    """Setting that moves it."""


def carried(plan: Plan, event: SaleEvent) -> tuple[Span, ...]:
    """What the weakest link carries from an event's opening until its demand is over."""
    found: list[Span] = []
    for span in _spans(plan, event):
        last = found[-1] if found else None
        if last and (last.requests, last.weakest) == (span.requests, span.weakest):
            found[-1] = replace(last, end=span.end)
        else:
            found.append(span)
    return tuple(found)


def standing(plan: Plan) -> Span:
    """What stands between events carries, without an end."""
    start = min((line.times[0] for line in plan.forecast.lines), default=plan.now) - DAY
    peak = plan.forecast.rates(start)
    multiple, link = _multiple(plan, Block(start, start, peak))
    requests = _rounded(multiple * peak.requests)
    return Span(start=0.0, end=math.inf, requests=requests, weakest=link.name, setting=link.raised_by)


def _spans(plan: Plan, event: SaleEvent) -> Iterator[Span]:
    opening, over = event.start.timestamp(), plan.forecast.span_of(event)[1]
    for start, end in pairwise(_moments(plan, opening, over)):
        peak = plan.forecast.peak(start, end)
        multiple, link = _multiple(plan, Block(start, end, peak))
        yield from _under_the_balancer(
            plan,
            opening,
            Span(
                start=start,
                end=end,
                requests=_rounded(multiple * peak.requests),
                weakest=link.name,
                setting=link.raised_by,
            ),
            peak,
        )


def _moments(plan: Plan, start: float, end: float) -> list[float]:
    """Both, and between them each time at which a schedule changes what stands, or another event begins or ends."""
    tracks = (plan.tasks, plan.acu, plan.readers, plan.most_reads, plan.most_writes, plan.ecpu, plan.replicas)
    every = (*(one for named in tracks for one in named.values()), plan.lcu)
    found = {moment for one in every for moment, _ in plan.as_deployed(one).changes}
    found.update(moment for event in plan.events for moment in plan.forecast.span_of(event))
    return [start, *sorted(moment for moment in found if start < moment < end), end]


def _multiple(plan: Plan, block: Block) -> tuple[float, Link]:
    """How many times a block's rates its weakest link carries, and that link.

    What a link needs grows in proportion to the rates or in whole units of tasks: a few rounds find where it meets what
    is provided.
    """
    factor = 1.0
    for _ in range(_ROUNDS):
        load = Load(plan, factor, block=block)
        weakest = max(
            (link for tier in OF_RESOURCES for link in tier(load) if _counts(link)), key=lambda link: link.use
        )
        if not weakest.falls_short and weakest.use > 1 - _CLOSE:
            break
        factor /= weakest.use * (1 + _CLOSE / 4)
    return factor, weakest


def _counts(link: Link) -> bool:
    return link.required > 0 and not link.advice and link.kind not in NOT_A_RATE


def _under_the_balancer(plan: Plan, opening: float, span: Span, peak: Rates) -> Iterator[Span]:
    """A span as it is where the load balancer carries it; before that, in steps of what it has grown to."""
    shop, start = plan.shop, span.start
    usual = requirements.lcu(shop, plan.forecast.rates(opening - 1))
    reserved = plan.as_deployed(plan.lcu)
    per_unit = peak.requests / max(1, requirements.lcu(shop, peak))
    while start < span.end:
        grown = max(capacity.BALANCER_FLOOR, 2.0 * usual) * 2.0 ** ((start - opening) / capacity.BALANCER_DOUBLING)
        carries = max(grown, reserved.at(start)) * per_unit
        if carries >= span.requests:
            yield replace(span, start=start)
            return
        end = min(start + GROWTH_STEP, span.end)
        yield Span(start=start, end=end, requests=_rounded(carries), weakest=BALANCER, setting=RESERVATION)
        start = end


def _rounded(requests: float) -> float:
    """Four digits, downwards: more would be written, not known."""
    if requests <= 0 or not math.isfinite(requests):
        return max(0.0, requests)
    unit = 10.0 ** (math.floor(math.log10(requests)) - 3)
    return math.floor(requests / unit + 1e-9) * unit
