"""What a play has shown, as text for terminals: stress first, then the worst minutes, then the scenarios."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime

from aws_facts.prices import Prices
from sale.plan import Plan
from sale.simulation import scenarios
from sale.simulation.result import Result
from sale.simulation.run_cost import spent
from sale.simulation.stress import weakest_of
from sale.simulation.verdict import Span, Verdict, judge
from sale.simulation.window import window
from sale.stress import Stress
from sale.text_report import columns, deployed_line, stress_lines
from specs.sale import SaleEvent


def render(
    plan: Plan, event: SaleEvent, found: Stress, granted: str, played: Mapping[str, Result], prices: Prices
) -> Iterator[str]:
    """Everything that `make sale-play` prints of an event; `granted` is what AWS Support has to grant first."""
    verdicts = _verdicts(event, played)
    yield f"{event.name}: {event.start.isoformat()} to {event.over.isoformat()}, way back included, with all events"
    yield from deployed_line(plan)
    yield ""
    yield from stress_lines(found)
    if granted:
        yield granted
    if "plan" in verdicts:
        yield ""
        yield from _minutes(event, verdicts["plan"])
    yield ""
    yield from scenario_lines(plan, event, played, prices)
    broken = [name for name, verdict in verdicts.items() if not verdict.kept]
    if broken:
        yield ""
        yield "what to do:"
        width = max(map(len, broken))
        yield from (f"  {name:<{width}}  {scenarios.SCENARIOS[name].remedy}" for name in broken)


def _verdicts(event: SaleEvent, played: Mapping[str, Result]) -> dict[str, Verdict]:
    span = window(event)
    return {name: judge(result, event, span) for name, result in played.items()}


def _minutes(event: SaleEvent, verdict: Verdict) -> Iterator[str]:
    """The plan's own spans."""
    rows = [
        (
            one.name,
            datetime.fromtimestamp(one.start, tz=event.start.tzinfo).strftime("%Y-%m-%d %H:%M"),
            *_shares(one),
            f"{one.orders_lost:,}",
            _money(one.orders_lost, event),
            one.broken or "kept",
        )
        for one in verdict.windows
    ]
    header = ("plan as it is", "from", "answered", "placed", "p99", "orders lost", "worth", "promise")
    yield from columns(header, rows)


def _shares(one: Span) -> tuple[str, str, str]:
    return f"{one.availability:.3%}", f"{one.placed:.3%}", f"{one.latency * 1000:,.0f} ms"


def _money(orders: int, event: SaleEvent) -> str:
    return "-" if event.average_order is None else f"{orders * event.average_order:,.0f}"


def scenario_lines(plan: Plan, event: SaleEvent, played: Mapping[str, Result], prices: Prices) -> Iterator[str]:
    """Scenarios side by side, by their worst five minutes."""
    header = (
        *("scenario", "worst 5 min", "placed", "p99", "all answered", "orders lost", "worth", "cost", "weakest link"),
        "promise",
    )
    missing: dict[str, None] = {}
    rows = []
    for name, verdict in _verdicts(event, played).items():
        result = played[name]
        weakest, money = weakest_of(result), spent(result, plan, prices, played.get("plan"))
        missing |= dict.fromkeys(money.not_priced)
        load = "without capacity" if weakest.highest_load == math.inf else f"{weakest.highest_load:.0%}"
        rows.append(
            (
                name,
                *_shares(verdict.windows[0]),
                f"{verdict.whole.availability:.3%}",
                f"{verdict.orders_lost:,}",
                _money(verdict.orders_lost, event),
                f"{money.total:,.2f} USD",
                f"{weakest.name} {load}",
                f"broken in the {verdict.worst.name}" if not verdict.kept else "kept",
            )
        )
    yield from columns(header, rows)
    if missing:
        yield f"without a price in {plan.shop.region}, the largest first: {', '.join(missing)}"
