"""The timeline: every step of a plan with its reason, its quota, its cost and what is left to do when it is late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_facts import quotas
from aws_facts.prices import VALKEY, Prices
from sale import requirements
from sale.charges import acu_item, prices_of, task_hour
from sale.compiler import CACHE_LEAD, MINUTE, RESERVATION_LEAD, WARM_LEAD
from sale.demand import local
from sale.plan import Plan
from sale.schedules import StepSchedule
from specs.sale import SaleEvent
from specs.services import Slo
from specs.stores.caches import CacheNodes
from specs.stores.databases import Database, Provisioned

QUOTA_LEAD: Final = 14 * 24 * 60 * MINUTE  # AWS decides within days; large increases take up to two weeks
WITH_A_DEPLOYMENT: Final = "pulumi up"
NOT_PRICED: Final = "not priced"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the timeline."""

    at: float
    """Seconds since the epoch."""
    resource: str
    what: str
    before: str
    after: str
    why: str
    how: str
    """Who does it: a scheduled action, a schedule, a deployment, a request to AWS."""
    quota: str = ""
    """The quota that it counts against, and what is used of it."""
    cost: str = ""
    lead: float = 0.0
    """Seconds that it takes until it counts."""
    late: str = ""
    """What is still possible, where its time is past."""


def timeline(plan: Plan, event: SaleEvent | None = None) -> tuple[Step, ...]:
    """All steps, in the order of their times; with `event`, those of it and those of no event alone."""
    if not plan.events:
        return ()
    found = [*_quotas(plan), *_freezes(plan), *_limits(plan), *_tasks(plan), *_databases(plan), *_tables(plan)]
    found += [*_caches(plan), *_balancer(plan)]
    if event is not None:
        found = [step for step in found if step.at <= plan.now or event_at(plan, step.at) is event]
    return tuple(sorted(found, key=lambda step: (step.at, step.resource, step.what)))


def event_at(plan: Plan, time: float) -> SaleEvent:
    """The event that a time belongs to: the next to end."""
    return next((one for one in plan.events if one.end.timestamp() >= time), plan.events[-1])


def clock(plan: Plan, time: float) -> datetime:
    """A time as the clocks of its event show it."""
    return local(event_at(plan, time), time)


def _quotas(plan: Plan) -> Iterator[Step]:
    first = plan.events[0].start.timestamp()
    for name, wanted in plan.quotas.items():
        quota = quotas.QUOTAS[name]
        has = quotas.value(name, plan.shop.quotas.granted)
        by_program = quota.requestable and plan.shop.quotas.request
        late = f"ask AWS Support for an urgent increase; until then {has:g} {quota.unit} is all there is"
        yield Step(
            at=min(plan.now, first - QUOTA_LEAD),
            resource=f"quota {name}",
            what=quota.title.partition(";")[0],
            before=f"{has:g} {quota.unit}",
            after=f"{wanted:g} {quota.unit}",
            why=f"forecast x {plan.headroom:g}",
            how="quota request by pulumi up" if by_program else "a case with AWS Support",
            quota=f"{quota.service} {quota.code}" if quota.code else "no code",
            cost="none",
            lead=QUOTA_LEAD,
            late=late if first - QUOTA_LEAD < plan.now else "",
        )


def _freezes(plan: Plan) -> Iterator[Step]:
    for freeze in plan.freezes:
        for moment, before, after in ((freeze.start, "open", "frozen"), (freeze.end, "frozen", "open")):
            yield Step(
                at=moment.timestamp(),
                resource="deployments",
                what=f"freeze {freeze.name}",
                before=before,
                after=after,
                why="nothing new meets the sale" if after == "frozen" else "the way back is done",
                how="pipeline",
                cost="none",
            )


def _limits(plan: Plan) -> Iterator[Step]:
    """What a deployment sets and takes back."""
    shop, prepared, last = plan.shop, plan.prepared, plan.freezes[-1].end.timestamp()
    changes: list[tuple[str, str, str, str, str]] = [
        (
            f"WAF rate limit {one.name}",
            "requests of an address",
            f"{one.requests:g}",
            f"{other.requests:g}",
            "customers behind one address",
        )
        for one, other in zip(shop.edge.rate_limits, prepared.edge.rate_limits, strict=True)
        if one.requests != other.requests
    ]
    more = [path for path in prepared.edge.cache.catalog if path not in shop.edge.cache.catalog]
    if more:
        changes.append(("CloudFront", "cached paths", "not kept", ", ".join(more), "the sale's pages"))
    if shop.events is not None and prepared.events is not None and shop.events != prepared.events:
        places = f"{shop.events.concurrency}", f"{prepared.events.concurrency}"
        changes.append(("order events", "batches at once", *places, f"forecast x {plan.headroom:g}"))
    for service, promised in zip(shop.services, prepared.services, strict=True):
        if service.slo != promised.slo:
            levels = _level(service.slo), _level(promised.slo)
            changes.append((f"alarms of {service.name}", "service level", *levels, "the event's promise"))
    ages = shop.observability.queue_age_seconds, prepared.observability.queue_age_seconds
    if ages[0] != ages[1]:
        changes.append(
            ("alarms", "age of the oldest message", f"{ages[0]} s", f"{ages[1]} s", "the event's drain time")
        )
    for resource, what, before, after, why in changes:
        yield _by_deployment(plan.now, resource, what, before, after, why)
        yield _by_deployment(last, resource, what, after, before, "the way back: the first deployment after the event")


def _level(slo: Slo) -> str:
    return f"{slo.availability_percent:g} %, p99 {slo.latency_p99} ms"


def _by_deployment(at: float, resource: str, what: str, before: str, after: str, why: str) -> Step:
    return Step(
        at=at, resource=resource, what=what, before=before, after=after, why=why, how=WITH_A_DEPLOYMENT, cost="none"
    )


def _tasks(plan: Plan) -> Iterator[Step]:
    for service in plan.shop.services:
        given = plan.tasks[service.name]
        per_hour = task_hour(prices_of(plan.shop), service)
        for at, before, after in _moves(given):
            launched = max(0.0, after - before)
            ready = launch_seconds(launched) + service.measured.start_seconds
            yield _step(
                plan,
                at,
                f"service {service.name}",
                "fewest tasks",
                before,
                after,
                unit="tasks",
                how="scheduled action",
                quota=f"fargateVcpu: {requirements.vcpu(service, after):g} vCPU of this service",
                cost=_an_hour(per_hour, after - before),
                lead=ready,
                late=f"the next deployment sets it at once; {launched:g} tasks take {ready / MINUTE:.0f} min to serve",
            )


def _databases(plan: Plan) -> Iterator[Step]:
    prices = prices_of(plan.shop)
    for database in plan.shop.data.databases:
        instances, per_acu = 1 + database.readers, _price(prices, acu_item(database))
        for at, before, after in _moves(plan.acu.get(database.name, StepSchedule(0))):
            yield _step(
                plan,
                at,
                f"database {database.name}",
                "fewest ACU",
                before,
                after,
                unit="ACU",
                how="schedule, rds:ModifyDBCluster",
                cost=_an_hour(per_acu, (after - before) * instances),
                lead=15 * MINUTE,
                late="the next deployment sets it at once; Aurora grows to it within minutes, faster the larger it is",
            )
        for at, before, after in _moves(plan.readers.get(database.name, StepSchedule(0))):
            yield _step(
                plan,
                at,
                f"database {database.name}",
                "fewest readers",
                before,
                after,
                unit="readers",
                how="scheduled action",
                quota="15 readers of a cluster",
                cost=_an_hour(_instance_price(prices, database), after - before),
                lead=10 * MINUTE,
                late="the next deployment sets it at once; a reader takes about ten minutes to serve",
            )


def _tables(plan: Plan) -> Iterator[Step]:
    reads, writes = (quotas.QUOTAS[name].value for name in ("newTableReads", "newTableWrites"))
    for name, warm in plan.warm.items():
        yield Step(
            at=plan.calling(warm),
            resource=f"table {name}",
            what="warm throughput",
            before=f"{reads:g} reads/s, {writes:g} writes/s",
            after=f"{warm.reads} reads/s, {warm.writes} writes/s",
            why=f"{_names(plan)}: forecast x {plan.headroom:g}; it can't be lowered, so there is no way back",
            how="schedule, dynamodb:UpdateTable",
            quota=f"tableReads, tableWrites: {quotas.value('tableWrites', plan.shop.quotas.granted):g}/s",
            cost="not priced: charged once for what is added",
            lead=WARM_LEAD,
            late="it starts now; until it is done, a table doubles by itself each 30 min"
            if warm.at <= plan.now
            else "",
        )
    for what, tracks in (("most reads", plan.most_reads), ("most writes", plan.most_writes)):
        for name, given in tracks.items():
            for at, before, after in _moves(given):
                yield _step(
                    plan,
                    at,
                    f"table {name}",
                    what,
                    before,
                    after,
                    unit="units/s",
                    how="schedule, dynamodb:UpdateTable",
                    cost="none: requests are charged, the bound is not",
                    late="the next deployment sets it at once",
                )


def _caches(plan: Plan) -> Iterator[Step]:
    prices = prices_of(plan.shop)
    nodes = {cache.name: cache.nodes or CacheNodes() for cache in plan.shop.data.caches}
    for name, given in plan.ecpu.items():
        for at, before, after in _moves(given):
            yield _step(
                plan,
                at,
                f"cache {name}",
                "fewest ECPU",
                before,
                after,
                unit="ECPU/s",
                how="schedule, elasticache:ModifyServerlessCache",
                cost=_an_hour(_price(prices, "ecpu"), (after - before) * 3600),
                lead=CACHE_LEAD,
                late=_late_cache(plan, after),
            )
    for name, given in plan.replicas.items():
        for at, before, after in _moves(given):
            yield _step(
                plan,
                at,
                f"cache {name}",
                "replicas of a shard",
                before,
                after,
                unit="replicas",
                how="schedule, elasticache:IncreaseReplicaCount or DecreaseReplicaCount",
                quota="5 replicas of a shard",
                cost=_an_hour(_node_price(prices, nodes[name]), (after - before) * nodes[name].shards),
                lead=CACHE_LEAD,
                late="the next deployment adds them; they copy the data for up to an hour",
            )


def _late_cache(plan: Plan, wanted: float) -> str:
    """What a serverless cache reaches by the opening when it begins now: it doubles every three minutes at best."""
    left = plan.events[0].start.timestamp() - plan.now
    start = quotas.QUOTAS["cacheEmptyEcpu"].value
    doublings = min(20.0, max(0.0, left / (3 * MINUTE)))  # a thousand thousand times: more than any cache takes
    reached = min(wanted, start * 2**doublings)
    return f"the next deployment sets it at once; by the opening it reaches {reached:,.0f} ECPU/s at best"


def _balancer(plan: Plan) -> Iterator[Step]:
    per_hour = _price(prices_of(plan.shop), "lcuHour")
    for at, before, after in _moves(plan.lcu):
        yield _step(
            plan,
            at,
            "load balancer",
            "reserved capacity",
            before,
            after,
            unit="LCU",
            how="schedule, elasticloadbalancingv2:ModifyCapacityReservation",
            quota=f"albReservedLcu: {after:g} of {quotas.value('albReservedLcu', plan.shop.quotas.granted):g} LCU",
            cost=_an_hour(per_hour, after - before),
            lead=RESERVATION_LEAD,
            late="the next deployment reserves it; ELB takes minutes to hours",
        )


def _step(
    plan: Plan,
    at: float,
    resource: str,
    what: str,
    before: float,
    after: float,
    *,
    unit: str,
    how: str,
    quota: str = "",
    cost: str,
    lead: float = 0.0,
    late: str,
) -> Step:
    """A step of a track: up ahead of an event's demand, down after it."""
    event = event_at(plan, at)
    up = after > before
    why = f"{event.name}: forecast x {plan.headroom:g}" if up else f"{event.name}: demand has gone; the way back"
    return Step(
        at=at,
        resource=resource,
        what=what,
        before=f"{before:,g} {unit}",
        after=f"{after:,g} {unit}",
        why=why,
        how=how,
        quota=quota,
        cost=cost,
        lead=lead,
        late=late if up and at <= plan.now else "",
    )


def _price(prices: Prices, item: str) -> float | None:
    found = prices.find(item) if item in prices.table["items"] else None
    return None if found is None else found.value


def _instance_price(prices: Prices, database: Database) -> float | None:
    kind = database.capacity.instance_class if isinstance(database.capacity, Provisioned) else ""
    return _price(prices, f"{kind}Hour")


def _node_price(prices: Prices, nodes: CacheNodes) -> float | None:
    price = _price(prices, f"{nodes.node_type}Hour")
    return None if price is None else price * VALKEY


def _an_hour(price: float | None, units: float) -> str:
    """A change of cost as the timeline shows it."""
    return NOT_PRICED if price is None else f"{price * units:+,.2f} USD/h"


def launch_seconds(tasks: float) -> float:
    """Seconds in which Fargate launches so many tasks of one service, of an idle account."""
    burst, rate = (quotas.QUOTAS[name].value for name in ("fargateLaunchBurst", "fargateLaunchRate"))
    per_service = quotas.QUOTAS["serviceLaunchRate"].value / MINUTE
    return max(max(0.0, tasks - burst) / rate, tasks / per_service)


def _moves(given: StepSchedule) -> Sequence[tuple[float, float, float]]:
    before = [given.usual, *(value for _, value in given.changes)]
    return [(at, was, value) for (at, value), was in zip(given.changes, before, strict=False)]


def _names(plan: Plan) -> str:
    return ", ".join(event.name for event in plan.events)
