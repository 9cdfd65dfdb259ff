"""All alarms of a stack, from what it consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.handles import QueueHandle, Stores
from components.observability import edge_alarms
from components.observability.databases import database_alarms
from components.observability.monitored_service import MonitoredService
from components.observability.services import service_plan
from components.observability.slo import BURNS, INDICATORS, burn_name
from components.observability.stores import cache_alarms, queue_alarms, table_alarms
from components.observability.values import Alarm, AlarmPlan
from specs.observability import Observability


def alarm_plan(
    *,
    services: Sequence[MonitoredService],
    stores: Stores,
    web_acls: Mapping[str, str],
    region: str,
    settings: Observability,
) -> AlarmPlan:
    """Alarms and composites in an order in which each follows what it depends on.

    `web_acls` are the web ACLs' names by scope, `region` is the stack's.
    """
    queues = {name: _queue(handle, settings) for name, handle in stores.queues.items()}
    plan = edge_alarms.edge_plan(web_acls.get("CLOUDFRONT"))
    plan += edge_alarms.load_balancer_plan(web_acls.get("REGIONAL"), region)
    plan += AlarmPlan(alarms=(*(alarm for alarms in queues.values() for alarm in alarms), *_stores(stores, settings)))
    for service in services:
        worked_off = queues.get(service.backlog_queue or "", [])
        plan += service_plan(service, tuple(alarm.name for alarm in worked_off), suppressor=edge_alarms.SHOP_ERRORS)
    joints = {composite.name for composite in plan.composites}
    burns = [
        name
        for service in services
        if service.is_public
        for indicator in INDICATORS
        if (name := burn_name(service, indicator, BURNS[0])) in joints
    ]
    return (plan + AlarmPlan(composites=tuple(edge_alarms.shop_composites(burns)))).quieted()


def _queue(handle: QueueHandle, settings: Observability) -> list[Alarm]:
    return queue_alarms(handle, age_seconds=settings.queue_age_seconds)


def _stores(stores: Stores, settings: Observability) -> list[Alarm]:
    return [
        *(
            alarm
            for database in stores.databases.values()
            for alarm in database_alarms(database, replica_lag_ms=settings.replica_lag_ms)
        ),
        *(alarm for table in stores.tables.values() for alarm in table_alarms(table)),
        *(alarm for cache in stores.caches.values() for alarm in cache_alarms(cache)),
    ]
