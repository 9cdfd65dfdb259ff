"""Quotas that AWS Support has to grant before an event: no deployment can bring them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aws_facts import quotas
from sale.plan import Plan, compile_plan
from sale.stress import Stress


def awaited(plan: Plan) -> dict[str, float]:
    """By quota: the value that AWS Support has to grant, in the quota's unit."""
    return {name: wanted for name, wanted in plan.quotas.items() if not quotas.QUOTAS[name].requestable}


def once_granted(plan: Plan) -> Plan:
    """The plan of the same settings with what is awaited granted, and noted there; itself where nothing is."""
    wanted = awaited(plan)
    if not wanted:
        return plan
    shop = plan.shop
    granted = shop.quotas.model_copy(update={"granted": {**shop.quotas.granted, **wanted}})
    deployed = None if plan.deployed is None else datetime.fromtimestamp(plan.deployed, tz=UTC)
    later = compile_plan(
        shop.model_copy(update={"quotas": granted}), datetime.fromtimestamp(plan.now, tz=UTC), deployed
    )
    return replace(later, now=plan.now, deployed=plan.deployed)


def asked_of_support(plan: Plan) -> str:
    """What to ask for, in one line; empty where nothing is awaited."""
    wanted = [f"{value:g} {quotas.QUOTAS[name].unit}: {name}" for name, value in awaited(plan).items()]
    return f"AWS Support has to grant first, and quotas.granted to say so: {', '.join(wanted)}" if wanted else ""


def granted_line(plan: Plan, then: Stress | None) -> str:
    """What to ask for, and the breaking point with it; empty where nothing is awaited."""
    asked = asked_of_support(plan)
    return f"{asked}; with that the promise {then.headline}" if asked and then else asked
