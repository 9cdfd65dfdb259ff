"""A load test as text: what is to be played, what was, and what it says of the services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from load.calibrate import Calibrated
from load.plan import LoadPlan, mean_requests
from load.run import Played
from load.usl import Fitted
from sale.text_report import columns

MAX_LAG: Final = 0.1
"""Seconds that a generator may come late before its own limits are what is measured."""
_HEADER: Final = (
    "service",
    "requests",
    "service time",
    "variation",
    "at a time",
    "contention",
    "coherency",
    "a task answers",
)


def plan(plan: LoadPlan) -> Iterator[str]:
    """The plan in some lines."""
    yield (
        f"{plan.event} on {plan.stack}, from {plan.source}: {plan.seconds:,.0f} s, "
        f"{plan.speed:.3g} times as fast, {plan.scale:.3%} of {plan.peak:,.0f} requests/s beyond CloudFront"
    )
    yield (
        f"at most {plan.requests.max():,.1f} requests/s by about {plan.sessions.max():,.2f} sessions/s of "
        f"{mean_requests(plan.visits):.1f} requests, never more than {plan.limit:g} in a second; "
        f"think time {plan.think_seconds:g} s, {plan.products:,} products"
    )
    rows = [
        (
            visit.name,
            f"{visit.share:.2%}",
            ", ".join(f"{one.request.method} {one.request.path} x{one.count:.2f}" for one in visit.steps),
        )
        for visit in plan.visits
    ]
    yield from columns(("journey", "of sessions", "requests of a session"), rows)


def played(figures: Played) -> Iterator[str]:
    """What a play came to."""
    yield (
        f"sent {figures.sent:,} requests, {figures.failed:,} failed; from the intended start p50 "
        f"{figures.p50 * 1000:,.0f} ms, p99 {figures.p99 * 1000:,.0f} ms; {figures.off:.1%} off the curve"
    )
    if figures.held:
        yield f"held back by loadTest.maxRequestsPerSecond: {figures.held:,} requests"
    if figures.lag_p99 > MAX_LAG:
        yield (
            f"the generator came {figures.lag_p99 * 1000:,.0f} ms late (p99): its own limits are in these figures; "
            "lower loadTest.maxRequestsPerSecond"
        )


def calibrated(found: Sequence[Calibrated], missing: Sequence[str]) -> Iterator[str]:
    """What was found, with 95 % intervals."""
    rows = [
        (
            one.service.name,
            f"{one.capacity.requests:,}",
            _shown(one.capacity.service_seconds, 1000, " ms"),
            _shown(one.capacity.service_cv),
            "not reached" if one.capacity.concurrency is None else _shown(one.capacity.concurrency),
            "-" if one.capacity.contention is None else _shown(one.capacity.contention),
            "-" if one.capacity.coherency is None else _shown(one.capacity.coherency),
            f"{'' if one.is_full else 'at least '}{_shown(one.requests_per_second)}/s",
        )
        for one in found
    ]
    yield from columns(_HEADER, rows)
    yield from (f"nothing said of {line}" for line in missing)
    if any(not one.is_full for one in found):
        names = ", ".join(one.service.name for one in found if not one.is_full)
        yield f"not taken to their limit: {names}; SHAPE=stairs with more of loadTest.maxRequestsPerSecond shows it"


def _shown(fitted: Fitted, factor: float = 1.0, unit: str = "") -> str:
    value, low, high = (one * factor for one in (fitted.value, fitted.low, fitted.high))
    return f"{value:.3g}{unit} ({low:.3g} to {high:.3g})"
