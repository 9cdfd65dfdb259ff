"""The timeline and the margins as text, for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sale.capacity_check import Link, links
from sale.charges import prices_of
from sale.event_cost import event_bill
from sale.plan import Plan
from sale.timeline import Step, clock, timeline

_HEADER: Final = ("when", "what", "from → to", "why", "quota", "cost", "by")


def render(plan: Plan) -> str:
    """Timeline and margins of a plan."""
    return "\n".join([*_heading(plan), "", *_timeline(plan), "", *_margins(links(plan))])


def _heading(plan: Plan) -> Iterator[str]:
    for event in plan.events:
        when = f"{event.start.isoformat()} to {event.end.isoformat()}"
        peak = f"{event.demand.highest_requests:,.0f} requests/s, {event.demand.highest_orders:,.0f} orders/s"
        yield f"{event.name}: {when}, at most {peak}, x {event.headroom:g}"
    yield cost_of(plan)


def cost_of(plan: Plan) -> str:
    """What the plan's events add to a bill, in one line: the figure of `make cost`."""
    bill = event_bill(plan, prices_of(plan.shop))
    unknown = f", and about {bill.about:,.2f} of what has no price in {plan.shop.region}" if bill.about else ""
    return f"adds {bill.usd:,.2f} USD to the month{unknown}"


def _timeline(plan: Plan) -> Iterator[str]:
    steps = timeline(plan)
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
    yield from _columns(_HEADER, rows)
    late = [step for step in steps if step.late]
    if late:
        yield ""
        yield "too late for its time, still possible:"
        yield from (_late(step) for step in late)


def _late(step: Step) -> str:
    return f"  {step.resource}: {step.what} {step.after}: {step.late}"


def _margins(found: Sequence[Link]) -> Iterator[str]:
    rows = [
        (
            one.name,
            f"{one.required:,.0f}",
            f"{one.provided:,.0f} {one.unit}",
            margin(one),
            one.setting,
        )
        for one in found
    ]
    yield from _columns(("link", "needed", "provided", "margin", "mended by"), rows)
    short = [one for one in found if one.short]
    yield ""
    for one in found:
        if one.advice and one.margin < 0:
            yield f"advice: {one.name} has {one.provided:,.0f} of {one.required:,.0f} {one.unit}: {one.setting}"
    if not short:
        yield f"every link holds; the weakest is {found[0].name}, margin {margin(found[0])}"
    else:
        yield f"{len(short)} of {len(found)} links fall short; the weakest is {short[0].name}: {short[0].setting}"


def margin(link: Link) -> str:
    return f"{link.margin * 100:+,.0f} %"


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
