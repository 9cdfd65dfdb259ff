"""Account quotas that a stack needs, at base load and for its events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from aws_facts import quotas
from sale import requirements
from sale.admission import registration
from sale.demand import Rates
from sale.schedules import Block, StepSchedule
from specs.shop import Shop

MIN_LCU: Final = 100  # that ELB reserves
UNRESERVED: Final = int(quotas.QUOTAS["lambdaUnreserved"].value)
GRAIN: Final = 10  # quotas are asked for in round numbers


def beyond(shop: Shop, needed: Mapping[str, float]) -> dict[str, float]:
    """Of what is needed, that which the account is not known to have, in round numbers."""
    return {
        name: float(math.ceil(value / GRAIN) * GRAIN)
        for name, value in needed.items()
        if value > quotas.value(name, shop.quotas.granted)
    }


def base(shop: Shop) -> dict[str, float]:
    """vCPU of tasks and instances at their minimum."""
    on_demand, spot = _jobs(shop)
    for service in (one for one in shop.services if one.runs_on.takes_fargate):
        mine, its = requirements.split(service, service.scaling.min)
        on_demand, spot = on_demand + mine, spot + its
    return {"fargateVcpu": on_demand, "fargateSpotVcpu": spot, "ec2Vcpu": _instances(shop)}


def _jobs(shop: Shop) -> tuple[float, float]:
    """vCPU on FARGATE and on FARGATE_SPOT of one run of every job, as they may all run at one time."""
    on_spot = sum(job.cpu / requirements.UNITS for job in shop.jobs if job.spot)
    return sum(job.cpu / requirements.UNITS for job in shop.jobs) - on_spot, on_spot


def _instances(shop: Shop) -> float:
    """vCPU of the instances that stand: all of them are on demand."""
    return sum(kind.instance_vcpu(services, shop.instances) for kind, services in shop.by_compute.items())


def for_events(
    shop: Shop, found: tuple[Block, ...], peak: Rates, headroom: float, tasks: Mapping[str, StepSchedule]
) -> dict[str, float]:
    """Quotas needed at the events' peak."""
    on_demand, spot = vcpu_needed(shop, found, headroom)
    public = sum(tasks[service.name].highest for service in shop.services if service.is_public)
    tables = shop.data.tables
    return {
        "fargateVcpu": on_demand,
        "fargateSpotVcpu": spot,
        "albTargets": public,
        "tasksPerService": max(one.highest for one in tasks.values()),
        "lambdaConcurrency": _environments(shop, peak, headroom),
        "cloudfrontRequests": peak.requests * headroom,
        "wafRequests": peak.requests * headroom,
        "albReservedLcu": _reserved(shop, peak, headroom),
        "tableReads": max((requirements.reads(shop, one, peak) * headroom for one in tables), default=0.0),
        "tableWrites": max((requirements.writes(shop, one, peak) * headroom for one in tables), default=0.0),
    }


def room_environments(shop: Shop) -> float:
    """Lambda environments that give a crowd its places; 0 without a waiting room."""
    rooms = [shop.edge.admission, *(event.admission for event in shop.sale_events)]
    return registration.needed().environments if any(rooms) else 0.0


def _environments(shop: Shop, peak: Rates, headroom: float) -> float:
    rooms = room_environments(shop)
    return requirements.environments(shop, peak, headroom) + rooms + UNRESERVED if shop.events or rooms else 0.0


def vcpu_needed(shop: Shop, found: tuple[Block, ...], headroom: float) -> tuple[float, float]:
    """vCPU on FARGATE and on FARGATE_SPOT, at the busiest block, with every job beside the services."""
    best = (0.0, 0.0)
    for block in found:
        on_demand, spot = _jobs(shop)
        for service in (one for one in shop.services if one.runs_on.takes_fargate):
            count = min(
                service.scaling.max, max(service.scaling.min, requirements.tasks(service, block.peak, headroom))
            )
            mine, its = requirements.split(service, count)
            on_demand, spot = on_demand + mine, spot + its
        best = max(best[0], on_demand), max(best[1], spot)
    return best


def _reserved(shop: Shop, peak: Rates, headroom: float) -> float:
    asked = requirements.lcu(shop, peak) * headroom
    return asked if asked > MIN_LCU else 0.0
