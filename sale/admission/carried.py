"""What the stack carries in each second of an event, by the same links that prove its forecast.

    for span in carried(plan, event): span.start, span.standing, span.weakest, span.most, span.limit

`standing` is what the plan has provided by then, and what grows by itself from the opening on: load balancer, Aurora
Serverless, ElastiCache Serverless. `most` is what maxima and quotas allow once autoscaling has followed.

The proof counts tasks at their target of CPU, so that what autoscaling needs is there. A room may fill them further.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from sale import growth
from sale.capacity_check import OF_RESOURCES
from sale.check import balancer
from sale.check.names import scalable
from sale.link import Link, Load
from sale.plan import Plan
from sale.schedules import DAY, Block
from specs.sale import SaleEvent

FULL: Final = 0.85
"""Share of their CPU to which tasks are filled, where their target is below it; an estimate: from there on, waits grow
faster than what is gained."""
NOT_A_RATE: Final = frozenset({"launch", "rate-limit"})
"""Kinds of links that no number of customers loads: launches are over by the opening, and WAF's limits are each
address's own."""
TASKS: Final = frozenset({"tasks", "prescaled"})
BY_TASK: Final = frozenset({"vcpu", "connections", "addresses"})
"""Kinds that are asked for by the task: fuller tasks are fewer."""
DOUBLING: Final = {
    balancer.KIND: growth.BALANCER_DOUBLING,
    "acu-floor": growth.ACU_DOUBLING,
    "ecpu-floor": growth.ECPU_DOUBLING,
}
"""By kind of what stands: seconds in which it doubles by itself once it is loaded."""
STANDING: Final = frozenset({"prescaled", *DOUBLING})
"""Kinds of what stands by the plan: each has another link for its maximum."""
LOADED: Final = 60.0
"""Seconds from the opening until what grows is loaded."""
GROWTH_STEP: Final = 60.0
"""Seconds in which what grows is taken as it was at their begin."""
MAX_GROWTH: Final = 3600.0
"""Seconds after the opening in which anything is taken to grow."""
MIN_MULTIPLE: Final = 1e-3
MAX_MULTIPLE: Final = 1e4
"""Times a forecast, between which the limit is looked for."""
_CLOSE: Final = 1e-3


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time in which nothing changes."""

    start: float
    """Seconds since the epoch."""
    end: float
    standing: float
    """Requests/s to CloudFront that are carried by what stands, in the mix of the time."""
    weakest: Link
    """The link that sets it."""
    most: float
    """Requests/s once autoscaling has followed."""
    limit: Link
    """The link that sets that."""


def carried(plan: Plan, event: SaleEvent) -> tuple[Span, ...]:
    """What the stack carries from an event's opening until its demand is over."""
    found: list[Span] = []
    for span in _spans(plan, event):
        last = found[-1] if found else None
        if last and (last.standing, last.most, last.weakest.name) == (span.standing, span.most, span.weakest.name):
            found[-1] = replace(last, end=span.end)
        else:
            found.append(span)
    return tuple(found)


def between_events(plan: Plan) -> Span:
    """What stands between events carries, without an end."""
    start = min((line.times[0] for line in plan.forecast.lines), default=plan.now) - DAY
    block = Block(start, math.inf, plan.forecast.rates(start))
    return _span(plan, block, 0.0, _multiple(plan, block, None))


def reaction(plan: Plan) -> float:
    """Seconds from a load above target until all tasks that it asks for take requests, of the slowest service."""
    return growth.SCALE_OUT_SECONDS + max(
        (one.measured.start_seconds + growth.START_SPREAD for one in plan.shop.services), default=0.0
    )


def growth_rate(plan: Plan) -> float:
    """Exponent by the second in which load may grow ahead of the tasks, so that none is filled above `FULL`."""
    fill = min((_fill(one.scaling.cpu_percent / 100) for one in plan.shop.services), default=1.0)
    return math.log(fill) / reaction(plan)


def _fill(target: float) -> float:
    """Requests for each that a task takes at its target of CPU."""
    return max(1.0, FULL / target)


def _spans(plan: Plan, event: SaleEvent) -> Iterator[Span]:
    opening, over = event.start.timestamp(), plan.forecast.span_of(event)[1]
    for start, end in pairwise(_moments(plan, opening, over)):
        peak = plan.forecast.peak(start, end)
        most = _multiple(plan, Block(start, end, peak), None)
        while start < end:
            grown = min(max(0.0, start - opening - LOADED), MAX_GROWTH)
            span = _span(plan, Block(start, end, peak), grown, most)
            if span.weakest.kind in DOUBLING and start < opening + MAX_GROWTH:
                span = replace(span, end=min(start + GROWTH_STEP, end))
            yield span
            start = span.end


def _moments(plan: Plan, start: float, end: float) -> list[float]:
    """Both, and between them each time at which a schedule changes what stands, or another event begins or ends."""
    tracks = (plan.tasks, plan.acu, plan.readers, plan.most_reads, plan.most_writes, plan.ecpu, plan.replicas)
    every = (*(one for named in tracks for one in named.values()), plan.lcu)
    found = {moment for one in every for moment, _ in plan.as_deployed(one).changes}
    found.update(moment for event in plan.events for moment in plan.forecast.span_of(event))
    return [start, *sorted(moment for moment in found if start < moment < end), end]


def _span(plan: Plan, block: Block, grown: float, most: tuple[float, Link]) -> Span:
    standing, weakest = _multiple(plan, block, grown)
    requests = block.peak.requests
    return Span(
        start=block.start,
        end=block.end,
        standing=_rounded(standing * requests),
        weakest=weakest,
        most=_rounded(max(standing, most[0]) * requests),
        limit=most[1],
    )


def _multiple(plan: Plan, block: Block, grown: float | None) -> tuple[float, Link]:
    """How many times a block's rates are carried, and the link that falls short beyond: by what stands, where it has
    `grown` for so many seconds, or without, by maxima and quotas.

    Most needs grow in proportion, which tells the limit at once; some grow in whole units or from what is there anyway.
    """

    def short(multiple: float) -> Link | None:
        found = _links(Load(plan, multiple, block=block), grown)
        return max((one for one in found if one.falls_short), key=lambda link: link.use, default=None)

    low, high = 0.0, 4.0
    while (weakest := short(high)) is None and high < MAX_MULTIPLE:
        low, high = high, high * 4.0
    if weakest is None:
        raise ValueError("saleEvents: no link limits what a room admits; the mix asks nothing of the services")
    while high - low > _CLOSE * high and high > MIN_MULTIPLE:
        guess = high / weakest.use * (1 - _CLOSE / 2)
        middle = guess if low < guess < 0.9 * high else (low + high) / 2
        if (link := short(middle)) is not None:
            high, weakest = middle, link
        elif middle == guess:
            return middle, weakest
        else:
            low = middle
    return low, weakest


def _links(load: Load, grown: float | None) -> Iterator[Link]:
    """The links of a block: what grows by itself as it is after so many seconds, tasks as full as they may be."""
    services = load.plan.shop.services
    fills = {scalable(load.plan, one): _fill(one.scaling.cpu_percent / 100) for one in services}
    least = min(fills.values(), default=1.0)
    every = (link for tier in OF_RESOURCES for link in tier(load))
    for link in every:
        if link.required <= 0 or link.kind in NOT_A_RATE or (grown is None and link.kind in STANDING):
            continue
        factor = 1.0
        if grown is not None and link.kind in DOUBLING:
            factor = 2.0 ** (grown / DOUBLING[link.kind])
        elif link.kind in TASKS:
            factor = fills[link.on]
        elif link.kind in BY_TASK:
            factor = least
        yield replace(link, provided=link.provided * factor)


def _rounded(requests: float) -> float:
    """Four digits, downwards: more would be written, not known."""
    if requests <= 0 or not math.isfinite(requests):
        return max(0.0, requests)
    unit = 10.0 ** (math.floor(math.log10(requests)) - 3)
    return math.floor(requests / unit + 1e-9) * unit
