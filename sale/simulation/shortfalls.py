"""A plan that is not done as planned: calls that are refused, quotas that are not granted, capacity that comes late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from aws_facts import quotas
from sale.plan import Plan
from sale.schedules import StepSchedule
from sale.simulation.faults import Scene, without_spot
from sale.simulation.model import Action, Model

HOUR: Final = 3600.0
LCU_LATE: Final = 4 * HOUR
"""Seconds after its call that a reservation is there at worst: "a few hours" (ELB user guide)."""
ACU_LATE: Final = 0.25 * HOUR
"""The same of a raised minimum of ACU; an estimate, AWS names no rate."""
SPOT_LATE: Final = int(HOUR)
"""Seconds after the opening until Spot has capacity; an estimate."""
SPOT_FROM: Final = 60
"""Seconds before the opening at which the tasks on Spot are counted that never came."""


def call_refused(plan: Plan) -> Plan:
    """Without the one call of EventBridge Scheduler that raises something by most."""
    rises = dict(_rises(plan))
    if not rises:
        return plan
    field, name = max(rises, key=lambda where: rises[where])
    return _without(plan, field, name)


def tasks_not_raised(plan: Plan) -> Plan:
    """Without the scheduled actions of the service that needs most tasks: autoscaling is left to it."""
    name = max(plan.tasks, key=lambda one: plan.tasks[one].highest)
    return replace(plan, tasks={**plan.tasks, name: StepSchedule(plan.tasks[name].usual)})


def quotas_refused(plan: Plan) -> Plan:
    """With what the account is known to have: nothing that was asked for is granted."""
    shop = plan.shop
    return replace(plan, shop=shop.model_copy(update={"quotas": shop.quotas.model_copy(update={"request": False})}))


def half_deployed(plan: Plan) -> Plan:
    """Services follow their scheduled actions; the deployment stopped before the calls for stores and the balancer.

    They come last: each of them waits for what it changes (`components.sale.SaleDayArgs.after`).
    """
    for field in ("acu", "ecpu", "replicas", "most_reads", "most_writes"):
        plan = replace(plan, **{field: _flat(getattr(plan, field))})
    return replace(plan, warm={}, lcu=StepSchedule(plan.lcu.usual))


def capacity_late(plan: Plan) -> Plan:
    """With reservations of the load balancer hours, and ACU minutes after their calls."""
    acu = {name: given.delayed(ACU_LATE) for name, given in plan.acu.items()}
    return replace(plan, lcu=plan.lcu.delayed(LCU_LATE), acu=acu)


def no_spot(model: Model, scene: Scene) -> Iterator[Action]:
    """No Spot at the opening and for an hour."""
    yield from without_spot(model, scene.opening - SPOT_FROM, scene.opening + SPOT_LATE)


def _rises(plan: Plan) -> Iterator[tuple[tuple[str, str], float]]:
    """By field and name: by how many times a call raises what stands anyway."""
    for field in ("acu", "ecpu", "replicas"):
        for name, given in getattr(plan, field).items():
            if given.highest > given.usual:
                yield (field, name), given.highest / max(given.usual, 1.0)
    if plan.lcu.highest > plan.lcu.usual:
        yield ("lcu", ""), plan.lcu.highest / max(plan.lcu.usual, 100.0)
    for name, warm in plan.warm.items():
        new = quotas.QUOTAS["newTableReads"].value, quotas.QUOTAS["newTableWrites"].value
        yield ("warm", name), max(warm.reads / new[0], warm.writes / new[1])


def _without(plan: Plan, field: str, name: str) -> Plan:
    if field == "lcu":
        return replace(plan, lcu=StepSchedule(plan.lcu.usual))
    if field == "warm":
        return replace(plan, warm={table: warm for table, warm in plan.warm.items() if table != name})
    tracks: Mapping[str, StepSchedule] = getattr(plan, field)
    return replace(plan, **{field: {**tracks, name: StepSchedule(tracks[name].usual)}})


def _flat(tracks: Mapping[str, StepSchedule]) -> dict[str, StepSchedule]:
    return {name: StepSchedule(given.usual) for name, given in tracks.items()}
