"""Physical names of what links are looked up by, and links that a quota of the account provides."""

from __future__ import annotations

from typing import Any

from aws_facts import quotas
from sale.link import Link, Load
from sale.plan import Plan
from sale.timeline import QUOTA_LEAD
from specs.services import Service


def named(plan: Plan, name: str) -> str:
    return f"{plan.shop.project}-{plan.shop.stack}-{name}"


def scalable(plan: Plan, service: Service) -> str:
    """The resource id of a service's scalable target."""
    return f"service/{plan.shop.project}-{plan.shop.stack}/{named(plan, service.name)}"


def quota_link(load: Load, name: str, required: float, link: str, kind: str = "quota", **more: Any) -> Link:
    """A link that a quota of the account provides."""
    quota = quotas.QUOTAS[name]
    has, provided = quotas.value(name, load.plan.shop.quotas.granted), quota_of(load.plan, name)
    return Link(
        name=link,
        kind=kind,
        on=quota.code or name,
        required=required,
        provided=provided,
        unit=quota.unit,
        setting=f"quotas.granted.{name}",
        planned=provided > has,
        more={"base": has, **more},
    )


def quota_of(plan: Plan, name: str) -> float:
    """A quota as the account has it for the events: granted, or requested by the stack and in time."""
    quota, has = quotas.QUOTAS[name], quotas.value(name, plan.shop.quotas.granted)
    openings = [start for event in plan.events if (start := event.start.timestamp()) > plan.now]
    in_time = plan.deployed is None or not openings or plan.deployed + QUOTA_LEAD <= min(openings)
    requested = quota.requestable and plan.shop.quotas.request and in_time
    return max(has, plan.quotas.get(name, 0.0) if requested else 0.0)
