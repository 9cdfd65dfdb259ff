"""Stress, links and timeline of a plan as text, for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sale.capacity_check import links, stress, takes
from sale.charges import prices_of
from sale.check.latency import every_tier
from sale.event_cost import event_bill
from sale.grants import granted_line, once_granted
from sale.link import Link
from sale.measurements import doubts
from sale.plan import Plan
from sale.stress import Stress
from sale.timeline import Step, clock, timeline
from specs.sale import SaleEvent

FAR: Final = 2.0
"""Times the forecast with its headroom that a link takes which is far from its limit."""
_STEPS: Final = ("when", "what", "from → to", "why", "quota", "cost", "by")
_LINKS: Final = ("link", "takes", "needed", "provided", "raised by")
_RUNGS: Final = ("forecast", "", "weakest link", "use", "what", "moved by")


def render(plan: Plan, event: SaleEvent | None = None) -> str:
    """Stress, links and timeline of a plan; with `event`, what concerns its span, of the demand of all events."""
    tiers = every_tier(plan, event)
    found = links(plan, event, tiers=tiers)
    parts = [
        _heading(plan, event),
        deployed_line(plan),
        ["", "By formulas, make sale-play plays it second by second:", *stress_lines(stress(plan, event, tiers))],
        _granted(plan, event),
        ["", *_links(plan, found, takes(plan, event, tiers))],
        ["", *_timeline(plan, event)],
        ["", *_outcome(found)],
    ]
    return "\n".join(line for part in parts for line in part)


def _granted(plan: Plan, event: SaleEvent | None) -> Iterator[str]:
    """The breaking point once AWS Support has granted what is awaited."""
    then = once_granted(plan)
    if then is not plan:
        yield granted_line(plan, stress(then, event, every_tier(then, event)))


def _heading(plan: Plan, event: SaleEvent | None) -> Iterator[str]:
    for one in plan.events:
        when = f"{one.start.isoformat()} to {one.end.isoformat()}"
        peak = f"{one.demand.highest_requests:,.0f} requests/s, {one.demand.highest_orders:,.0f} orders/s"
        beside = "" if event in (None, one) else ", loads the same stack"
        yield f"{one.name}: {when}, at most {peak}, planned for x{plan.headroom:g}{beside}"
        doubt = doubts(plan.shop, one, plan.now) if event in (None, one) else None
        if doubt is not None:
            yield doubt
    yield cost_of(plan)


def cost_of(plan: Plan) -> str:
    """What the plan's events add to a bill, in one line: the figure of `make cost`."""
    bill = event_bill(plan, prices_of(plan.shop))
    unknown = f", and about {bill.about:,.2f} of what has no price in {plan.shop.region}" if bill.about else ""
    return f"adds {bill.usd:,.2f} USD to the month{unknown}"


def deployed_line(plan: Plan) -> Iterator[str]:
    """What is taken as done, where that makes a difference."""
    if plan.deployed is None:
        yield "taken as deployed in time; DEPLOYED=<time> says when the events first came into the stack"
    elif any(step.late for step in timeline(plan)):
        since = datetime.fromtimestamp(plan.deployed, tz=plan.events[0].start.tzinfo).isoformat(timespec="seconds")
        yield (
            f"taken as first deployed at {since}: nothing due before has been done; "
            "DEPLOYED=<time> says when it came into the stack"
        )


def stress_lines(found: Stress) -> Iterator[str]:
    """The breaking point, and every multiple with its weakest link."""
    yield f"the promise {found.headline}"
    rungs = list(found.rungs)
    if found.breaking is not None and found.holds_to > 0 and found.breaking not in rungs:
        rungs = sorted([*rungs, found.breaking], key=lambda one: one.multiple)
    rows = [
        (
            f"x{one.multiple:g}",
            "holds" if one.holds else "breaks",
            one.weakest,
            f"{one.use:.0%}" if one.use < float("inf") else "nothing there",
            one.detail,
            one.setting,
        )
        for one in rungs
    ]
    yield from columns(_RUNGS, rows)


def _links(plan: Plan, found: Sequence[Link], multiples: dict[str, float]) -> Iterator[str]:
    near = [one for one in found if one.falls_short or multiples[one.name] < FAR * plan.headroom]
    far = [one for one in found if one not in near]
    rows = [
        (
            one.name,
            _takes(one, multiples[one.name]),
            one.needed,
            f"{one.provided:,.0f} {one.unit}",
            one.raised_by,
        )
        for one in near
    ]
    yield from columns(_LINKS, rows)
    if far:
        nearest = min(far, key=lambda one: multiples[one.name])
        yield f"{len(far)} more take at least x{multiples[nearest.name]:g} the forecast; of these {nearest.name} least"


def _takes(link: Link, multiple: float) -> str:
    """How many times the forecast a link takes: what the plan itself provides is its headroom, rounded."""
    if multiple <= 0:
        return "nothing" if link.provided <= 0 else f"below x{link.provided / link.required:.2g}"
    return f"x{multiple:g}, as planned" if link.planned and not link.falls_short else f"x{multiple:g}"


def _timeline(plan: Plan, event: SaleEvent | None) -> Iterator[str]:
    steps = timeline(plan, event)
    rows = [
        (
            clock(plan, step.at).strftime("%Y-%m-%d %H:%M %z"),
            f"{step.resource}: {step.what}",
            f"{step.before} → {step.after}",
            step.why,
            step.quota or "-",
            step.cost,
            step.how,
        )
        for step in steps
    ]
    yield from columns(_STEPS, rows)
    late = [step for step in steps if step.late]
    if late:
        yield ""
        yield "too late for its time, still possible:"
        yield from (_late(step) for step in late)


def _late(step: Step) -> str:
    return f"  {step.resource}: {step.what} {step.after}: {step.late}"


def _outcome(found: Sequence[Link]) -> Iterator[str]:
    short = [one for one in found if one.falls_short]
    if short:
        yield f"{len(short)} of {len(found)} links fall short; the weakest is {short[0].name}: {short[0].raised_by}"
    else:
        yield "every link carries the forecast with its headroom"


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows under a header, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
