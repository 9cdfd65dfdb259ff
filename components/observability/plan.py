"""All alarms of a stack, from what it consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.monitoring.values import Alarm, AlarmPlan
from components.observability import edge_alarms
from components.observability.monitored_service import MonitoredService
from components.observability.services import service_plan
from components.observability.slo import BURNS, INDICATORS, burn_name
from components.stores.queues import QUEUES
from components.stores.registry import KINDS, Stores
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
    plan = edge_alarms.edge_plan(web_acls.get("CLOUDFRONT"))
    plan += edge_alarms.load_balancer_plan(web_acls.get("REGIONAL"), region)
    plan += AlarmPlan(alarms=tuple(store_alarms(stores, settings)))
    for service in services:
        plan += service_plan(service, _worked_off(service, stores, settings), suppressor=edge_alarms.SHOP_ERRORS)
    joints = {composite.name for composite in plan.composites}
    burns = [
        name
        for service in services
        if service.is_public
        for indicator in INDICATORS
        if (name := burn_name(service, indicator, BURNS[0])) in joints
    ]
    return (plan + AlarmPlan(composites=tuple(edge_alarms.shop_composites(burns)))).quieted()


def store_alarms(stores: Stores, settings: Observability) -> list[Alarm]:
    """Alarms of all stores, those first that services share."""
    kinds = sorted(KINDS, key=lambda kind: not kind.is_worked_off)
    return [alarm for kind in kinds for store in stores.of(kind).values() for alarm in kind.alarms(store, settings)]


def _worked_off(service: MonitoredService, stores: Stores, settings: Observability) -> tuple[str, ...]:
    """Names of the alarms of the queue that a service works off."""
    if service.backlog_queue is None:
        return ()
    queue = stores.of(QUEUES).get(service.backlog_queue)
    return tuple(alarm.name for alarm in QUEUES.alarms(queue, settings)) if queue is not None else ()
