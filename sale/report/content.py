"""Everything that the report shows, as plain values: the JSON that is written beside the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np

from aws_facts.prices import HOURS, Prices
from sale import requirements
from sale.capacity_check import links
from sale.plan import Plan
from sale.simulation import kernel, scenarios
from sale.simulation.arrays import Floats
from sale.simulation.result import Result
from sale.simulation.run_cost import Spent, spent
from sale.simulation.verdict import Verdict, judge
from sale.simulation.window import Window
from sale.timeline import clock, timeline
from specs.sale import SaleEvent

POINTS: Final = 360
"""Points of a curve: more than a screen's width can tell apart."""
TIERS: Final = ("edge", "services", "data")


def content(
    plan: Plan,
    event: SaleEvent,
    whole: Mapping[str, Result],
    opening: Mapping[str, Result],
    span: Window,
    near: Window,
    prices: Prices,
) -> dict[str, Any]:
    """The report of an event: `whole` and `opening` are its scenarios over the windows `span` and `near`."""
    shown = whole["plan"]
    return {
        "stack": plan.shop.stack,
        "region": plan.shop.region,
        "made": datetime.fromtimestamp(plan.now, tz=event.start.tzinfo).isoformat(timespec="minutes"),
        "event": {
            "name": event.name,
            "start": event.start.isoformat(),
            "end": event.end.isoformat(),
            "timeZone": event.time_zone or event.start.strftime("%z"),
            "peakRequestsPerSecond": plan.peak.requests,
            "peakOriginRequestsPerSecond": plan.peak.origin_requests,
            "peakOrdersPerSecond": plan.peak.orders,
            "headroom": event.headroom,
            "leadMinutes": event.lead_minutes,
            "slo": event.slo.model_dump(by_alias=True),
        },
        "scenarios": [
            _scenario(name, result, spent(result, plan, prices, shown), judge(result, event, span))
            for name, result in whole.items()
        ],
        "tiers": {tier: [_station(shown, name) for name in names] for tier, names in _tiers(shown).items()},
        "whole": {"start": span.start, "seconds": span.seconds, "demand": _demand(shown)},
        "opening": {
            "start": near.start,
            "seconds": near.seconds,
            "at": event.start.timestamp() - near.start,
            "scenarios": {name: _opening(result) for name, result in opening.items()},
        },
        "links": [
            {
                "name": link.name,
                "required": link.required,
                "provided": _finite(link.provided),
                "unit": link.unit,
                "margin": _finite(link.margin),
                "setting": link.setting,
            }
            for link in links(plan)
        ],
        "timeline": [
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
            for step in timeline(plan)
        ],
        "cost": _cost(plan, shown, prices),
    }


def _scenario(name: str, result: Result, money: Spent, verdict: Verdict) -> dict[str, Any]:
    return {
        "name": name,
        "title": scenarios.SCENARIOS[name].title,
        "requests": result.customers.arrived,
        "answered": result.customers.availability,
        "errors": result.customers.lost,
        "retries": result.retried,
        "p50Ms": result.latency(0.5) * 1000,
        "p99Ms": result.latency(0.99) * 1000,
        "orders": result.orders.arrived,
        "ordersLost": result.orders.lost,
        "messagesLeft": result.messages.present,
        "usd": money.total,
        "notPriced": list(money.not_priced),
        "broken": verdict.broken,
        "links": [
            {
                "name": link.name,
                "highestLoad": _finite(link.highest_load),
                "saturatedSeconds": link.saturated_seconds,
                "refused": link.refused,
                "gaveUp": link.gave_up,
            }
            for link in result.links
        ],
    }


def _tiers(result: Result) -> dict[str, list[str]]:
    model = result.model
    return {
        "edge": [station.name for station in (*model.edge, *model.origin)],
        "services": [station.name for station in model.services],
        "data": [one.name for one in model.stores if result.requests(one.name).arrived > 0],
    }


def _station(result: Result, name: str) -> dict[str, Any]:
    """Demand against capacity of one station, a second, and its tasks or units."""
    asked = result.of_station(name, kernel.ARRIVED) / result.resolution
    offered = result.of_station(name, kernel.CAPACITY) / result.resolution
    units = result.of_station(name, kernel.UNITS) / result.resolution
    return {
        "name": name,
        "asked": _curve(asked),
        "offered": _curve(offered, lowest=True),
        "units": _curve(units, lowest=True),
        "p99Ms": _curve(result.of_station(name, kernel.WORST) * 1000),
        "highestLoad": _finite(next(link.highest_load for link in result.links if link.name == name)),
    }


def _demand(result: Result) -> dict[str, Any]:
    each = result.resolution
    return {
        "requests": _curve(result.of_customers(kernel.NEW) / each),
        "orders": _curve(result.of_customers(kernel.ORDERS) / each),
    }


def _opening(result: Result) -> dict[str, Any]:
    each = result.resolution
    entries = [name for name, share in result.model.customers.shares.items() if share]
    worst = np.max([result.of_station(name, kernel.WORST) for name in entries], axis=0)
    tasks = np.sum([result.of_station(one.name, kernel.UNITS) / each for one in result.model.services], axis=0)
    return {
        "asked": _curve(result.of_customers(kernel.NEW) / each),
        "answered": _curve(result.of_customers(kernel.SERVED) / each, lowest=True),
        "lost": _curve(result.of_customers(kernel.LOST) / each),
        "ordersLost": _curve(result.of_customers(kernel.ORDERS_LOST) / each),
        "p99Ms": _curve(worst * 1000),
        "tasks": _curve(tasks, lowest=True),
    }


def _cost(plan: Plan, shown: Result, prices: Prices) -> dict[str, Any]:
    """The event in the simulation, and what the plan adds to what stands anyway."""
    money = spent(shown, plan, prices)
    added: list[dict[str, Any]] = []
    for service in plan.shop.services:
        track, hour = plan.tasks[service.name], prices.task_hour(service.cpu, service.memory)
        changes = track.changes
        hours = sum(
            (value - track.usual) * (following - moment) / 3600 for (moment, value), (following, _) in pairwise(changes)
        )
        if hours > 0:
            added.append(
                {
                    "name": service.name,
                    "taskHours": hours,
                    "vcpuHours": requirements.vcpu(service, hours),
                    "usd": None if hour is None else hours * hour,
                }
            )
    baseline = {
        service.name: None if hour is None else service.scaling.min * hour * HOURS
        for service in plan.shop.services
        for hour in [prices.task_hour(service.cpu, service.memory)]
    }
    return {
        "window": {"usd": money.total, "by": money.by, "notPriced": list(money.not_priced)},
        "addedByPlan": added,
        "monthlyTasksAtMinimum": baseline,
        "pricesOf": prices.table["date"],
    }


def _curve(values: Floats, *, lowest: bool = False) -> list[float]:
    """At most `POINTS` values: of neighbours the highest, or the lowest where too little is what matters."""
    each = max(1, math.ceil(len(values) / POINTS))
    pick = np.min if lowest else np.max
    return [_rounded(float(pick(values[begin : begin + each]))) for begin in range(0, len(values), each)]


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _finite(value: float) -> float | None:
    """A number as JSON can say it."""
    return value if math.isfinite(value) else None


def names(report: Mapping[str, Any]) -> Sequence[str]:
    """Scenarios of a report, in its order."""
    return [scenario["name"] for scenario in report["scenarios"]]
