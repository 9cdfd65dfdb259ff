"""Savings by Spot, Savings Plans and reservations, and when they pay for themselves. Nothing is bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cost.bill import Context
from sale import requirements
from sale.charges import Line


@dataclass(frozen=True, kw_only=True)
class Option:
    """One way to pay less for a part of the bill."""

    name: str
    title: str
    covers: float
    """USD a month, on demand, of what it would be for."""
    saves: float
    """USD a month."""
    months: int
    """How long one would be bound."""
    upfront: float
    """USD paid at the beginning."""
    break_even_months: float
    """Months of full use after which on-demand would have cost as much as the whole commitment; 0 without one."""
    break_even_share: float
    """Share of the hours that have to be used for it not to cost more."""
    grade: str
    source: str


def options(context: Context, lines: Sequence[Line]) -> list[Option]:
    """Every known discount on what the stack pays anyway in a month."""
    covered = {
        "fargate": _steady(context, lines),
        "fargateSpot": _on_spot(context, lines),
        "aurora": _of(lines, "Aurora"),
        "cache": sum(line.usd or 0.0 for line in lines if line.item.startswith("cache.r7g.")),
    }
    found = []
    for applies, usd in covered.items():
        for one in context.prices.discounts(applies):
            if usd > 0:
                committed = usd * (1 - one.percent / 100)
                found.append(
                    Option(
                        name=one.name,
                        title=one.title,
                        covers=usd,
                        saves=usd - committed,
                        months=one.months,
                        upfront=committed * one.months if one.upfront == "all" else 0.0,
                        break_even_months=one.break_even_months,
                        break_even_share=one.break_even_share if one.months else 0.0,
                        grade=one.grade,
                        source=one.source,
                    )
                )
    return found


def spot_saves(context: Context, added: Sequence[Line]) -> float:
    """USD that Spot takes off the tasks that events add, all of them above the services' base."""
    percent = max((one.percent for one in context.prices.discounts("fargateSpot")), default=0.0)
    total = 0.0
    for service in context.shop.services:
        usd = sum(line.usd or 0.0 for line in added if line.what.startswith(f"tasks of {service.name},"))
        total += usd * requirements.spot_share(service) * percent / 100
    return total


def _of(lines: Sequence[Line], service: str) -> float:
    return sum(line.usd or 0.0 for line in lines if line.service == service)


def _steady(context: Context, lines: Sequence[Line]) -> float:
    """Fargate that runs day and night: a stack that is off at night commits to less than it would pay for."""
    return _of(lines, "Fargate") if context.shop.operating_hours is None else 0.0


def _on_spot(context: Context, lines: Sequence[Line]) -> float:
    """On-demand price of the tasks that the capacity settings put on Spot."""
    total = 0.0
    for service in context.shop.services:
        of_service = [line for line in lines if line.what.startswith(f"tasks of {service.name},")]
        for line in of_service:
            count = line.quantity / context.usual.hours if context.usual.hours else 0.0
            above = max(0.0, count - service.capacity.base) / count if count else 0.0
            total += (line.usd or 0.0) * above * requirements.spot_share(service)
    return total
