"""Requirements of a demand on each resource: tasks, statements, units and connections."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from sale import capacity
from sale.demand import Rates
from specs.services import Service
from specs.shop import Shop
from specs.stores.caches import CACHES, Cache
from specs.stores.contract import StoreKind
from specs.stores.databases import DATABASES, Database
from specs.stores.queues import QueueAccess
from specs.stores.tables import Table

UNITS: Final = 1024  # CPU units of a vCPU
LCU_NEW_CONNECTIONS: Final = 25.0  # a second, of one load balancer capacity unit (ELB pricing)
LCU_BYTES: Final = 1e9 / 3600  # a second
LCU_RULES: Final = 1000.0  # evaluations a second; the first ten rules of a request are free
FREE_RULES: Final = 10
# CloudFront keeps connections to its origin open; one in ten requests opens one (estimate).
NEW_CONNECTIONS_PER_REQUEST: Final = 0.1
OUTBOUND_SECONDS: Final = (
    62.0  # that a call to the internet holds a port: two seconds of work, a minute until it is free
)
BATCH_SECONDS: Final = 1.0  # that the function of order events takes for a batch (estimate)
WRITES_PER_MARK: Final = 2.0  # units: an order is marked before and after it is published
SENDS: Final[frozenset[QueueAccess]] = frozenset({"send", "sendReceive"})
RECEIVES: Final[frozenset[QueueAccess]] = frozenset({"receive", "sendReceive"})


def tasks(service: Service, rates: Rates, headroom: float) -> int:
    """Tasks that serve the requests to a service, with headroom."""
    return math.ceil(rates.services[service.name] * headroom / service.requests_per_task - 1e-9)


def asked(shop: Shop, kind: StoreKind[Any], store: str, rates: Rates) -> float:
    """Load of the services on a store in a second, in the units of its kind."""
    assert kind.load is not None, f"{kind.name}: its load is not counted alike for all services"
    return sum(
        rates.services[service.name] * getattr(service.measured, kind.load.per_request)
        for service in shop.services
        if store in kind.used_by(service.uses)
    )


def statements(shop: Shop, database: Database, rates: Rates) -> float:
    """Statements a second to a database."""
    return asked(shop, DATABASES, database.name, rates)


def uses_readers(shop: Shop, database: Database) -> bool:
    """Whether a service reads from the readers: only then do more of them take load off the writer."""
    reference = f"${{database.{database.name}.readerEndpoint}}"
    return any(reference in value for service in shop.services for value in service.environment.values())


def instances_that_serve(shop: Shop, database: Database, readers: int) -> int:
    return 1 + readers if uses_readers(shop, database) else 1


def acu(shop: Shop, database: Database, rates: Rates, headroom: float, instances: int) -> float:
    """ACU of each instance that serves, in Aurora's half steps."""
    needed = statements(shop, database, rates) * headroom / capacity.STATEMENTS_PER_ACU / instances
    return math.ceil(needed * 2 - 1e-9) / 2


def readers(shop: Shop, database: Database, rates: Rates, headroom: float) -> int:
    """Readers beside the writer, each as large as it may get."""
    if not uses_readers(shop, database):
        return 0
    per_instance = capacity.STATEMENTS_PER_ACU * capacity.acu(database)
    return max(0, math.ceil(statements(shop, database, rates) * headroom / per_instance) - 1)


def reads(shop: Shop, table: Table, rates: Rates) -> float:
    """Read units a second of a table."""
    return sum(
        rates.services[service.name] * service.measured.reads_per_request
        for service in shop.services
        if service.uses.tables.get(table.name) in ("read", "readWrite")
    )


def writes(shop: Shop, table: Table, rates: Rates) -> float:
    """Write units a second of a table."""
    marks = 0.0
    if shop.events is not None and shop.events.table == table.name:
        marks = messages(shop, shop.events.queue, rates) * WRITES_PER_MARK
    return marks + sum(
        rates.services[service.name] * service.measured.writes_per_request
        for service in shop.services
        if service.uses.tables.get(table.name) in ("write", "readWrite")
    )


def units_per_write(table: Table) -> int:
    """Write units for each KB written: the table's, and one in each of its indexes (DynamoDB developer guide, "Write
    capacity units" of global secondary indexes; an update that changes the index's own key takes two there)."""
    return 1 + len(table.indexes)


def commands(shop: Shop, cache: Cache, rates: Rates) -> float:
    """Commands a second to a cache."""
    return asked(shop, CACHES, cache.name, rates)


def messages(shop: Shop, queue: str, rates: Rates) -> float:
    """Messages a second into a queue."""
    senders = _users(shop.services, queue, SENDS)
    return sum(rates.orders * service.measured.messages_per_order for service in senders)


def receivers(shop: Shop, queue: str) -> list[Service]:
    return _users(shop.services, queue, RECEIVES)


def environments(shop: Shop, rates: Rates, headroom: float) -> int:
    """Lambda environments that publish order events at once."""
    if shop.events is None:
        return 0
    batches = messages(shop, shop.events.queue, rates) * headroom / shop.events.batch_size
    return math.ceil(batches * BATCH_SECONDS - 1e-9)


def response_kb(shop: Shop) -> float:
    """KB of an answer to customers: the largest of the public services'."""
    return max((service.measured.response_kb for service in shop.services if service.is_public), default=0.0)


def consumed_lcu(shop: Shop, rates: Rates) -> float:
    """Load balancer capacity units that are billed (ConsumedLCUs): the highest of the billing dimensions."""
    rules = sum(len(service.public_paths) for service in shop.services)
    each = max(
        NEW_CONNECTIONS_PER_REQUEST / LCU_NEW_CONNECTIONS,
        response_kb(shop) * 1000 / LCU_BYTES,
        max(0, rules - FREE_RULES) / LCU_RULES,
    )
    return rates.origin_requests * each


def lcu(shop: Shop, rates: Rates) -> int:
    """Load balancer capacity units to reserve: what PeakLCUs would show, which AWS sizes a reservation by.

    PeakLCUs counts all dimensions that the load balancer scales on, ConsumedLCUs only those that bill (ELB user guide,
    "Capacity reservations"): without a measured figure the latter stand for it, as the least that it can be.
    """
    measured = shop.edge.peak_lcu_per_thousand_requests or 0.0
    return math.ceil(max(rates.origin_requests * measured / 1000, consumed_lcu(shop, rates)) - 1e-9)


def outbound(shop: Shop, rates: Rates) -> float:
    """Connections to the internet at once, of the services that orders pass."""
    calls = max((one.measured.outbound_calls_per_order for one in shop.services), default=0.0)
    return rates.orders * calls * OUTBOUND_SECONDS


def vcpu(service: Service, count: float) -> float:
    """vCPU of so many tasks."""
    return count * service.cpu / UNITS


def split(service: Service, count: float) -> tuple[float, float]:
    """vCPU of so many tasks of a service on FARGATE and on FARGATE_SPOT."""
    on_spot = max(0.0, count - service.capacity.base) * spot_share(service)
    return vcpu(service, count - on_spot), vcpu(service, on_spot)


def spot_share(service: Service) -> float:
    """Share of a service's tasks, beyond its base, that run on FARGATE_SPOT."""
    one = service.capacity
    return one.spot_weight / (one.weight + one.spot_weight)


def _users(services: Iterable[Service], queue: str, access: frozenset[QueueAccess]) -> list[Service]:
    return [service for service in services if service.uses.queues.get(queue) in access]
