"""What a stack may say of its game days: faults that AWS Fault Injection Service (FIS) makes on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from specs.base import Spec
from specs.data import Data
from specs.delivery import Freeze
from specs.forms import Distinct
from specs.security import PrincipalArn
from specs.services import Service

Fault = Literal["az-lost", "tasks-killed", "spot-reclaimed", "database-failover"]
KILLED_PERCENT: Final = 50
MIN_TASKS_TO_HALVE: Final = 2
"""Tasks of which FIS can select a half: it rounds down, and a selection of none fails (FIS user guide, "Targets")."""
MAX_BLOCKED_DATES: Final = 15
"""Dates on which ARC can be told to practise nothing (botocore 1.40, arc-zonal-shift, BlockedDates)."""


class GameDay(Spec):
    """Experiments of FIS on this stack, none of which starts by itself."""

    stack: Annotated[str, Field(max_length=100)]
    """Name of this stack, written out: a copied file then starts nothing elsewhere."""
    approver: PrincipalArn
    """ARN of the IAM role or user that may take on the role which starts experiments."""
    faults: Annotated[tuple[Fault, ...], Field(min_length=1), Distinct()] | None = None
    """Faults that have an experiment. Default: all that find a target in the stack."""
    zone: Annotated[str, Field(pattern=r"^[a-z]$")] | None = None
    """Letter of the Availability Zone that `az-lost` takes. Default: the last of `network.zones`."""
    minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """Minutes that a fault with an end lasts."""
    practice: bool = False
    """Whether ARC shifts the load balancer out of a zone when AWS sees it fail (zonal autoshift), and practises that
    for half an hour each week, outside freezes and sales. Capacity for a zone less has to stand at all times."""


def faults(game_day: GameDay, zones: Sequence[str], services: Sequence[Service], data: Data) -> tuple[Fault, ...]:
    """The faults that have an experiment, in the order of the table."""
    found = {fault: not missing for fault, missing in _missing(zones, services, data).items()}
    wanted = found if game_day.faults is None else game_day.faults
    return tuple(fault for fault in found if fault in wanted and found[fault])


def takes_tasks(service: Service) -> bool:
    """Whether FIS can stop its tasks: those that ECS runs."""
    return service.runs_on.runs_tasks


def takes_spot_tasks(service: Service) -> bool:
    """Whether a share of its tasks is on Fargate Spot."""
    return takes_tasks(service) and not service.runs_on.has_instances and service.capacity.spot_weight > 0


def orders_database(services: Sequence[Service], data: Data) -> str | None:
    """The database of a service that sends messages, as whoever takes orders does; else the first, or None."""
    names = [database.name for database in data.databases]
    used = {
        name
        for service in services
        if {"send", "sendReceive"} & set(service.uses.queues.values())
        for name in service.uses.databases
    }
    return next((name for name in names if name in used), names[0] if names else None)


def killed_percent(min_tasks: int) -> int:
    """Percent of a service's tasks that `tasks-killed` stops."""
    return KILLED_PERCENT if min_tasks >= MIN_TASKS_TO_HALVE else 100


def check(game_day: GameDay | None, stack: str, zones: Sequence[str], services: Sequence[Service], data: Data) -> None:
    """Raises ValueError where the settings name another stack, an unknown zone, or a fault without a target."""
    if game_day is None:
        return
    if game_day.stack != stack:
        raise ValueError(f"gameDay.stack: must name the stack itself, {stack} (got {game_day.stack}); correct it")
    if game_day.zone is not None and game_day.zone not in zones:
        raise ValueError(
            f"gameDay.zone: must be one of network.zones, {', '.join(zones)} (got {game_day.zone}); correct it"
        )
    missing = _missing(zones, services, data)
    for fault in game_day.faults or ():
        if missing[fault]:
            raise ValueError(f"gameDay.faults: the stack lacks {missing[fault]} (got {fault}); remove the fault")


def blocked_dates(freezes: Iterable[Freeze], now: datetime) -> list[str]:
    """Dates in UTC, from today on, that a freeze or sale meets, in order: `2026-11-27`."""
    days = set()
    for freeze in freezes:
        day = max(freeze.start.astimezone(UTC), now.astimezone(UTC)).date()
        while datetime(day.year, day.month, day.day, tzinfo=UTC) < freeze.end:
            days.add(day)
            day += timedelta(days=1)
    return [day.isoformat() for day in sorted(days)]


def _missing(zones: Sequence[str], services: Sequence[Service], data: Data) -> dict[Fault, str]:
    """By fault: what the stack lacks for a target; empty where it has one."""
    return {
        "az-lost": "" if len(zones) > 1 else "a second zone in network.zones",
        "tasks-killed": "" if any(map(takes_tasks, services)) else "a service with compute fargate or ec2",
        "spot-reclaimed": "" if any(map(takes_spot_tasks, services)) else "a Fargate service with capacity.spotWeight",
        "database-failover": "" if data.databases else "a database in data.databases",
    }
