"""The part of a stack that always runs, and what could be committed to for it.

Quantities only: prices change, and AWS's offerings carry theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from specs.data import KINDS
from specs.observability import OperatingHours
from specs.shop import Shop
from specs.stores.contract import CommitmentKind

HOURS_A_WEEK: Final = 168
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

# What the cheapest commitment without upfront payment takes off the on-demand price, in percent: running less than the
# rest of the hours, on demand is cheaper. Fargate: 3-year Compute Savings Plan in Mumbai (bills seen 2026-11), taken
# for instances too, as for those only "up to 66 %" could be sourced;
# databases: Database Savings Plans (AWS, "up to"); cache nodes: 1-year reservation of cache.r7g.large in Mumbai (price
# list 2026-11).
DISCOUNT_PERCENT: Final[dict[CommitmentKind, float]] = {
    "fargateVcpu": 45,
    "fargateGib": 45,
    "ec2Instance": 45,
    "databaseInstance": 35,
    "databaseAcu": 35,
    "cacheNode": 32,
}


@dataclass(frozen=True, kw_only=True)
class Usage:
    """So much of one thing, whenever the stack is on."""

    kind: CommitmentKind
    type: str
    """Instance class or node type and engine; `arm64` on Fargate, the engine for ACUs."""
    amount: float
    """vCPU, GiB, ACU, instances or nodes."""
    share: float
    """Part of all hours in which it runs, above 0 to 1."""


def baseline(shop: Shop) -> tuple[Usage, ...]:
    """Use of the stack at its minimum, on demand: Spot capacity takes no commitment."""
    return tuple(_usages(shop))


def advice(shop: Shop) -> tuple[str, ...]:
    """One line for each thing that could be committed to and is not, and one for each that should not be."""
    bought = _bought(shop)
    lines: list[str] = []
    covered = {_COVERS.get(plan.type) for plan in shop.cost.purchases.savings_plans}
    for usage in baseline(shop):
        if _HELD_BY[usage.kind] in covered:
            continue
        worth = 1 - DISCOUNT_PERCENT[usage.kind] / 100
        if usage.share < worth:
            lines.append(
                f"{_what(usage)}: no commitment, as it runs {usage.share:.0%} of the hours and pays from {worth:.0%} on"
            )
            continue
        open_amount = usage.amount - bought[usage.kind, usage.type]
        if open_amount > 0:
            lines.append(f"{_what(usage, open_amount)}: {_HOW[usage.kind]}")
    return tuple(lines)


_HOW: Final[dict[CommitmentKind, str]] = {
    "fargateVcpu": "a Compute Savings Plan (cost.purchases.savingsPlans)",
    "fargateGib": "the same Compute Savings Plan",
    "ec2Instance": "the same Compute Savings Plan, or one of the type EC2Instance for their family",
    "databaseInstance": "reserved instances (cost.purchases.databases) or a Database Savings Plan",
    "databaseAcu": "a Database Savings Plan (cost.purchases.savingsPlans)",
    "cacheNode": "reserved nodes (cost.purchases.caches)",
}
_HELD_BY: Final[dict[CommitmentKind, str]] = {
    "fargateVcpu": "tasks",
    "fargateGib": "tasks",
    "ec2Instance": "tasks",
    "databaseInstance": "databases",
    "databaseAcu": "databases",
    "cacheNode": "nodes",
}
# What a Savings Plan of a type takes on. How much of it the amount covers, AWS alone can say.
_COVERS: Final = {"Compute": "tasks", "Database": "databases"}
_UNIT: Final[dict[CommitmentKind, str]] = {
    "fargateVcpu": "vCPU of Fargate",
    "fargateGib": "GiB of Fargate",
    "ec2Instance": "instances of EC2",
    "databaseInstance": "instances",
    "databaseAcu": "ACU of Aurora",
    "cacheNode": "nodes",
}


def _what(usage: Usage, amount: float | None = None) -> str:
    return f"{usage.amount if amount is None else amount:g} {_UNIT[usage.kind]} ({usage.type})"


def _usages(shop: Shop) -> Iterator[Usage]:
    share = _share(shop.operating_hours)
    found = [one for kind, services in shop.by_compute.items() for one in kind.standing(services, shop.instances)]
    found += [one for kind in KINDS for one in kind.standing(kind.of(shop.data))]
    for one in found:
        yield Usage(kind=one.kind, type=one.type, amount=one.amount, share=share if one.stops else 1)


def _share(hours: OperatingHours | None) -> float:
    """The part of a week in which the stack is on."""
    if hours is None:
        return 1
    first, _, last = hours.days.partition("-")
    days = (_DAYS.index(last or first) - _DAYS.index(first)) % len(_DAYS) + 1
    return days * (_minutes(hours.stop) - _minutes(hours.start)) / 60 / HOURS_A_WEEK


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _bought(shop: Shop) -> Counter[tuple[CommitmentKind, str]]:
    """Instances and nodes that the settings name already."""
    bought: Counter[tuple[CommitmentKind, str]] = Counter()
    for instance in shop.cost.purchases.databases:
        bought["databaseInstance", f"{instance.instance_class} {instance.engine}"] += instance.count
    for node in shop.cost.purchases.caches:
        bought["cacheNode", f"{node.node_type} {node.engine}"] += node.count
    return bought
