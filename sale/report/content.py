"""Everything that the report shows, as plain values: the JSON that is written beside the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from aws_facts.prices import Prices
from sale.capacity_check import links, takes
from sale.check.latency import every_tier
from sale.plan import Plan
from sale.report import curves
from sale.report.assumptions import assumptions, prices_used
from sale.report.curves import Cut
from sale.report.room import room
from sale.report.runbook import Entry, runbook
from sale.simulation import scenarios
from sale.simulation.crowd import Held
from sale.simulation.result import Result
from sale.simulation.run_cost import Spent
from sale.simulation.stress import setting_of, weakest_of
from sale.simulation.verdict import Span, judge
from sale.simulation.window import Window
from sale.stress import Rung, Stress
from sale.timeline import clock, timeline
from specs.sale import SaleEvent

FAR: Final = 2.0
"""Times the forecast with its headroom that a link takes which is far from its limit."""
BUSY: Final = 0.5
"""Share of its limit that a link has to come to for a chart of its own."""


def scenario(
    plan: Plan, event: SaleEvent, name: str, result: Result, span: Window, money: Spent
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One scenario, and the links' own curves."""
    cut, verdict = Cut.of(event, span), judge(result, event, span)
    weakest = weakest_of(result)
    told = {
        "name": name,
        "title": scenarios.SCENARIOS[name].title,
        "kept": verdict.kept,
        "broken": verdict.broken,
        "spans": [_span(one, event) for one in verdict.windows],
        "ordersLost": verdict.orders_lost,
        "moneyLost": verdict.money_lost,
        "requests": result.customers.arrived,
        "retries": result.retried,
        "weakest": weakest.name,
        "use": _finite(weakest.highest_load),
        "todo": _todo(plan, event, name, weakest.name, kept=verdict.kept),
        "cost": _money(money),
        "curves": curves.of_customers(result, cut),
    }
    return told, [curves.of_station(result, link, cut) for link in _charted(result)]


def _todo(plan: Plan, event: SaleEvent, name: str, weakest: str, *, kept: bool) -> list[str]:
    """What to do about a scenario; where the promise breaks, also what moves the link that gives way first."""
    moved = f"{weakest} gives way first; {setting_of(plan, event, weakest)} moves it."
    return [scenarios.SCENARIOS[name].remedy, *(() if kept else (moved,))]


def content(
    plan: Plan,
    event: SaleEvent,
    span: Window,
    stress: Stress,
    granted: str,
    searched: Mapping[str, Any] | None,
    played: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]],
    prices: Prices,
    held: Sequence[Held] = (),
) -> dict[str, Any]:
    """The report of an event; of `played`, the first is its own plan.

    `granted` says what AWS Support has to grant first, and `searched` what the search under doubt found;
    `held` is a crowd, where there is a room.
    """
    own, stations = played[0]
    opening = Cut.of(event, span).opening
    return {
        "stack": plan.shop.stack,
        "region": plan.shop.region,
        "made": datetime.fromtimestamp(plan.now, tz=event.start.tzinfo).isoformat(timespec="minutes"),
        "event": _event(plan, event),
        "others": [one.name for one in plan.events if one is not event],
        "windows": {
            "opening": {"start": opening.start, "seconds": opening.seconds},
            "whole": {"start": span.start, "seconds": span.seconds},
        },
        "stress": _stress(stress),
        "granted": granted,
        "search": searched,
        "scenarios": [told for told, _ in played],
        "stations": [one for one in stations if one["highestLoad"] is None or one["highestLoad"] >= BUSY],
        "idle": [one["name"] for one in stations if one["highestLoad"] is not None and one["highestLoad"] < BUSY],
        "room": room(event, held, span),
        "links": _links(plan, event),
        "timeline": _timeline(plan, event),
        "runbook": [_entry(plan, event, entry) for entry in runbook(plan, event)],
        "cost": own["cost"],
        "prices": prices_used(prices),
        "assumptions": assumptions(plan, event),
    }


def _event(plan: Plan, event: SaleEvent) -> dict[str, Any]:
    return {
        "name": event.name,
        "start": event.start.isoformat(),
        "end": event.end.isoformat(),
        "timeZone": event.time_zone or event.start.strftime("%z"),
        "peakRequestsPerSecond": plan.peak.requests,
        "peakOrdersPerSecond": plan.peak.orders,
        "headroom": event.headroom,
        "leadMinutes": event.lead_minutes,
        "slo": event.slo.model_dump(by_alias=True),
        "averageOrder": event.average_order,
    }


def _stress(stress: Stress) -> dict[str, Any]:
    rungs = list(stress.rungs)
    if stress.breaking is not None and stress.breaking not in rungs:
        rungs = sorted([*rungs, stress.breaking], key=lambda rung: rung.multiple)
    return {
        "headline": stress.headline,
        "holdsTo": stress.holds_to,
        "breaking": None if stress.breaking is None else stress.breaking.multiple,
        "rungs": [_rung(rung) for rung in rungs],
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "multiple": rung.multiple,
        "holds": rung.holds,
        "weakest": rung.weakest,
        "use": _finite(rung.use),
        "detail": rung.detail,
        "setting": rung.setting,
    }


def _span(span: Span, event: SaleEvent) -> dict[str, Any]:
    return {
        "name": span.name,
        "start": datetime.fromtimestamp(span.start, tz=event.start.tzinfo).isoformat(timespec="minutes"),
        "minutes": round(span.seconds / 60),
        "answered": span.availability,
        "requestsLost": span.lost,
        "placed": span.placed,
        "ordersLost": span.orders_lost,
        "p99Ms": span.latency * 1000,
        "broken": span.broken,
    }


def _charted(result: Result) -> Iterable[str]:
    """Links that something came to, in the order in which requests reach them."""
    return [one.name for one in result.model.stations if result.requests(one.name).arrived > 0]


def _links(plan: Plan, event: SaleEvent) -> list[dict[str, Any]]:
    tiers = every_tier(plan, event)
    multiples = takes(plan, event, tiers)
    return [
        {
            "name": link.name,
            "takes": multiples[link.name],
            "required": _finite(link.required),
            "provided": _finite(link.provided),
            "unit": link.unit,
            "short": link.falls_short,
            "bySupport": link.by_support,
            "far": not link.falls_short and multiples[link.name] >= FAR * plan.headroom,
            "setting": link.raised_by,
        }
        for link in links(plan, event, tiers=tiers)
    ]


def _timeline(plan: Plan, event: SaleEvent) -> list[dict[str, Any]]:
    return [
        {
            "at": clock(plan, step.at).isoformat(timespec="minutes"),
            "resource": step.resource,
            "what": step.what,
            "from": step.before,
            "to": step.after,
            "why": step.why,
            "by": step.how,
            "quota": step.quota,
            "cost": step.cost,
            "late": step.late,
        }
        for step in timeline(plan, event)
    ]


def _entry(plan: Plan, event: SaleEvent, entry: Entry) -> dict[str, Any]:
    return {
        "at": clock(plan, entry.at).isoformat(timespec="minutes"),
        "minutes": round((entry.at - event.start.timestamp()) / 60),
        "who": entry.who,
        "what": entry.what,
        "sees": entry.sees,
        "checks": list(entry.checks),
        "otherwise": entry.otherwise,
        "remedies": list(entry.remedies),
    }


def _money(money: Spent) -> dict[str, Any]:
    return {
        "usd": money.total,
        "by": dict(money.by),
        "notPriced": [
            {"what": f"{one.service}: {one.what}", "about": one.about}
            for one in money.bill.not_priced
            if one.quantity > 0
        ],
    }


def _finite(value: float) -> float | None:
    """A number as JSON can say it."""
    return value if math.isfinite(value) else None


def names(report: Mapping[str, Any]) -> Sequence[str]:
    """Scenarios of a report, in its order."""
    return [one["name"] for one in report["scenarios"]]
