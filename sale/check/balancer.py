"""Link of the load balancer as it stands: reserved, and grown by itself, by the rule that the simulation plays."""

from __future__ import annotations

from functools import lru_cache

from aws_facts import quotas
from sale import growth, requirements
from sale.compiler import RESERVATION_LEAD
from sale.demand import GATHERING, Forecast
from sale.link import Link, Load
from sale.schedules import DAY

STEP = 30.0
"""Seconds between two looks at the demand."""
KIND = "balancer"


def balancer(load: Load) -> Link:
    """The load balancer when it has least for what is asked of it.

    ELB scales by the load that it sees, and no API tells how far it has: the reservation is what stands for certain.
    """
    plan = load.plan
    required, provided = _grown(load) if load.block is None else _standing(load)
    return Link(
        name="load balancer as it stands",
        kind=KIND,
        on="",
        required=required,
        provided=provided,
        unit="LCU",
        setting="quotas.granted.albReservedLcu",
        planned=0 < plan.lcu.highest < quotas.value("albReservedLcu", plan.shop.quotas.granted),
        late=load.block is None and _is_late(load),
        local=True,
        by_support=plan.lcu.highest <= 0,
    )


def _standing(load: Load) -> tuple[float, float]:
    """LCU that a block needs, and those that stand at its begin, without growth."""
    required = max(1, requirements.lcu(load.plan.shop, load.peak)) * load.factor
    return required, max(growth.BALANCER_FLOOR, _usual(load), load.stands(load.plan.lcu))


def _grown(load: Load) -> tuple[float, float]:
    """LCU needed and there in the moment of all events' spans when the latter are the smallest share of the former."""
    plan, peak = load.plan, load.peak
    if not load.blocks:
        return 0.0, growth.BALANCER_FLOOR
    per_lcu = max(peak.origin_requests, 1e-9) / max(1, requirements.lcu(plan.shop, peak)) / load.factor
    reserved = plan.as_deployed(plan.lcu)
    if _is_late(load):
        reserved = reserved.delayed(RESERVATION_LEAD)
    start, end = load.blocks[0].start - GATHERING, load.blocks[-1].end
    ceiling, step = quotas.QUOTAS["albReservedLcuEach"].value, 2.0 ** (STEP / growth.BALANCER_DOUBLING)
    units, worst = max(growth.BALANCER_FLOOR, _usual(load), reserved.at(start)), (0.0, growth.BALANCER_FLOOR)
    for number, requests in enumerate(_origin_requests(plan.forecast, start, int((end - start) // STEP))):
        needed, moment = requests / per_lcu, start + number * STEP
        units = max(units, growth.BALANCER_FLOOR, reserved.at(moment))
        if needed * worst[1] > worst[0] * units:
            worst = needed, units
        if needed > growth.GROW_ABOVE * units:
            units = min(units * step, max(ceiling, units))
        elif needed < growth.GROW_ABOVE / 2 * units:
            units /= step
    return worst


def _is_late(load: Load) -> bool:
    return load.plan.lcu.highest > 0 and load.is_late(load.plan.lcu, RESERVATION_LEAD)


def _usual(load: Load) -> float:
    """LCU that the demand before the events has made: twice its own (ELB keeps room; an estimate)."""
    forecast = load.plan.forecast
    first = min((line.times[0] for line in forecast.lines), default=load.plan.now)
    return 2.0 * requirements.lcu(load.plan.shop, forecast.rates(first - DAY))


@lru_cache(maxsize=8)
def _origin_requests(forecast: Forecast, start: float, count: int) -> tuple[float, ...]:
    return tuple(forecast.sample(start, count, STEP).origin_requests)
