"""Room for a plan: maxima that stand in its way are raised, as a maximum costs nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aws_facts import quotas
from sale import capacity, requirements
from sale.plan import Plan, compile_plan
from specs.shop import Shop
from specs.stores.databases import Database, Serverless

MAX_TASKS: Final = 5000  # of a service (ECS quota)
MAX_ACU: Final = 256.0  # of an instance (Aurora)
RESERVED_LCU: Final = "albReservedLcu"

Change = tuple[tuple[str, ...], float]
"""Path of a setting and its new value."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """A shop with room for its plan."""

    shop: Shop
    changes: tuple[Change, ...]
    """Maxima that were raised."""
    reserved_lcu: float
    """Load balancer units that AWS Support has to grant first; 0 where enough are, or none is needed."""


def with_room(shop: Shop, now: datetime) -> Room:
    """The shop with maxima that leave room for the plan, and what was raised."""
    plan = compile_plan(shop, now)
    changes: list[Change] = []
    services: list[Any] = []
    for service in shop.services:
        needed = min(MAX_TASKS, requirements.tasks(service, plan.peak, plan.headroom))
        if needed > service.scaling.max:
            changes.append((("config", "saleday:services", service.name, "scaling", "max"), needed))
            service = service.model_copy(update={"scaling": service.scaling.model_copy(update={"max": needed})})
        services.append(service)
    databases: list[Any] = []
    for database in shop.data.databases:
        needed_acu = _acu(shop, database, plan)
        if isinstance(database.capacity, Serverless) and needed_acu > capacity.acu(database):
            changes.append((("config", "saleday:data", "databases", database.name, "serverless", "maxAcu"), needed_acu))
            serverless = database.capacity.model_copy(update={"max_acu": needed_acu})
            database = database.model_copy(update={"serverless": serverless})
        databases.append(database)
    units = _reserved_lcu(shop, plan)
    granted = {**shop.quotas.granted, RESERVED_LCU: max(units, quotas.value(RESERVED_LCU, shop.quotas.granted))}
    update: dict[str, Any] = {
        "services": tuple(services),
        "data": shop.data.model_copy(update={"databases": tuple(databases)}),
        "quotas": shop.quotas.model_copy(update={"granted": granted}),
    }
    return Room(shop=shop.model_copy(update=update), changes=tuple(changes), reserved_lcu=units)


def _acu(shop: Shop, database: Database, plan: Plan) -> float:
    instances = requirements.instances_that_serve(shop, database, database.readers)
    return min(MAX_ACU, float(math.ceil(requirements.acu(shop, database, plan.peak, plan.headroom, instances))))


def _reserved_lcu(shop: Shop, plan: Plan) -> float:
    """Units that a reservation needs beyond what is granted."""
    most = min(plan.quotas.get(RESERVED_LCU, 0.0), quotas.QUOTAS["albReservedLcuEach"].value)
    return most if most > quotas.value(RESERVED_LCU, shop.quotas.granted) else 0.0
