"""The event played at growing multiples of its forecast, until its promise breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aws_facts import quotas
from sale.plan import Plan
from sale.simulation import fleets, scenarios
from sale.simulation.adapter import BALANCER, CLOUDFRONT, EVENTS, WAF
from sale.simulation.model import Model
from sale.simulation.result import Link, Result, play
from sale.simulation.verdict import judge
from sale.simulation.window import Window, window
from sale.stress import Rung, Stress, climb
from specs.sale import SaleEvent


def stress(plan: Plan, event: SaleEvent, span: Window | None = None) -> Stress:
    """At how many times the forecast an event's promise breaks in the simulation, and where.

    `span` is what is played of it. Default: all of it.
    """
    span = span or window(event)
    given = scenarios.model(plan, event, span, scenarios.SCENARIOS["plan"])
    return climb(lambda multiple: _rung(plan, event, span, given, multiple), scenarios.WORKERS)


def times(model: Model, multiple: float) -> Model:
    """The model with so many times its customers and orders; where it has a waiting room, from when that is there."""
    who, since = model.customers, 0.0
    if model.admission is not None:
        since = model.admission.schedule.steps[0].since - model.admission.start
    factor = np.where(np.arange(model.seconds) < since, 1.0, multiple)
    return replace(model, customers=replace(who, requests=who.requests * factor, orders=who.orders * factor))


def rung_of(plan: Plan, event: SaleEvent, span: Window, result: Result, multiple: float) -> Rung:
    """What a play of `multiple` times the forecast says."""
    verdict, weakest = judge(result, event, span), weakest_of(result)
    return Rung(
        multiple=multiple,
        holds=verdict.kept,
        weakest=weakest.name,
        use=weakest.highest_load,
        detail=verdict.broken or f"{verdict.windows[0].name} kept",
        setting=setting_of(plan, event, weakest.name),
    )


def weakest_of(result: Result) -> Link:
    """The station that turned most requests away; the one that came nearest to its limit, where none did."""
    worst = max(result.links, key=lambda link: link.refused + link.gave_up)
    return worst if worst.refused + worst.gave_up > 0 else result.links[0]


def setting_of(plan: Plan, event: SaleEvent, station: str) -> str:
    """The setting that moves a station's limit."""
    kind, _, name = station.partition(" ")
    headroom = f"saleEvents[{event.name}].headroom"
    if station in plan.tasks:
        service = next(one for one in plan.shop.services if one.name == station)
        return headroom if plan.tasks[station].highest < service.scaling.max else f"services[{station}].scaling.max"
    if kind == "database":
        size = "serverless.maxAcu" if name in plan.acu else "provisioned.instanceClass"
        return f"{headroom}, data.databases[{name}].{size}"
    if kind == "table":
        table, _, what = name.partition(" ")
        return f"quotas.granted.table{what.capitalize()}, data.tables[{table}].hashKey"
    if kind == "cache":
        return f"data.caches[{name}].{'serverless.maxEcpu' if name in plan.ecpu else 'nodes.shards'}"
    if (own := fleets.setting(plan, station)) is not None:
        return own
    if station == EVENTS:
        return "events.concurrency"
    if kind == "queue":
        return f"data.queues[{name}].fifo"
    if station == BALANCER and 0 < plan.lcu.highest < quotas.value("albReservedLcu", plan.shop.quotas.granted):
        return headroom
    quota = {BALANCER: "albReservedLcu", CLOUDFRONT: "cloudfrontRequests", WAF: "wafRequests"}[station]
    return f"quotas.granted.{quota}"


def _rung(plan: Plan, event: SaleEvent, span: Window, given: Model, multiple: float) -> Rung:
    return rung_of(plan, event, span, play(times(given, multiple)), multiple)
