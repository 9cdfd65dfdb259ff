"""The proof: every link of the chain from customers to stores, what the forecast asks of it and what it offers.

The same links are published with the stack, and the policy pack's `sale-capacity` looks for the resources behind them:
what counts in a preview is what the graph really holds, not what is computed here from the settings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aws_facts import quotas
from sale import capacity, requirements
from sale.account import UNRESERVED, vcpu_needed
from sale.compiler import MINUTE
from sale.plan import Plan
from sale.timeline import launch_seconds
from specs import addresses
from specs.edge import Edge
from specs.services import Service
from specs.stores.caches import Cache
from specs.stores.databases import Database, Serverless
from specs.stores.tables import Table

CURVE_PEAK: Final = 3600.0  # seconds that the peak of a curve is taken to last
RAMP_SECONDS: Final = 10.0  # in which a function adds the environments of the quota lambdaRamp
SHARE: Final = 0.01  # one percent
# By which the policy pack reads off a node type what it serves.
_NODES: Final = {"perVcpu": capacity.COMMANDS_PER_VCPU, "burstShare": capacity.BURSTING}


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the chain."""

    name: str
    kind: str
    """How `sale-capacity` finds what provides it; see policy/pack/rules/sale.py."""
    on: str
    """Physical name, id or code of the resource or quota that provides it."""
    required: float
    """Forecast x headroom."""
    provided: float
    """By the settings and the plan."""
    unit: str
    per_unit: float = 1.0
    """What one unit of the resource provides, in `unit`."""
    setting: str
    """What mends it."""
    advice: bool = False
    """Whether a shortfall is told and fails no preview: AWS carries the load without it, though less readily."""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def margin(self) -> float:
        """Share of the requirement that is left over: 0.25 is a quarter more than needed, below 0 it falls short."""
        return round(self.provided / self.required - 1, 6) + 0.0  # what falls short by rounding alone does not

    @property
    def short(self) -> bool:
        """Whether it falls short where it must not."""
        return self.margin < 0 and not self.advice

    def published(self) -> dict[str, Any]:
        """The link as the policy pack reads it; what is provided it finds itself."""
        return {
            "name": self.name,
            "kind": self.kind,
            "on": self.on,
            "required": round(self.required, 6),
            "perUnit": self.per_unit,
            "unit": self.unit,
            "setting": self.setting,
            **self.more,
        }


def links(plan: Plan) -> tuple[Link, ...]:
    """Every link that the events load, the weakest first, and last those that are advice."""
    if not plan.events:
        return ()
    found = [
        *_entrance(plan),
        *_services(plan),
        *_databases(plan),
        *_tables(plan),
        *_caches(plan),
        *_queues(plan),
        *_order_events(plan),
        *_network(plan),
    ]
    return tuple(sorted((one for one in found if one.required > 0), key=lambda one: (one.advice, one.margin, one.name)))


def busiest(plan: Plan, service: Service) -> float:
    """Tasks that run when a service is busiest."""
    needed = requirements.tasks(service, plan.peak_ahead, plan.headroom)
    return float(min(service.scaling.max, max(needed, service.scaling.min)))


def _named(plan: Plan, name: str) -> str:
    return f"{plan.shop.project}-{plan.shop.stack}-{name}"


def _scalable(plan: Plan, service: Service) -> str:
    return f"service/{plan.shop.project}-{plan.shop.stack}/{_named(plan, service.name)}"


def _quota(plan: Plan, name: str, required: float, link: str, setting: str = "", **more: Any) -> Link:
    """A link that a quota of the account provides: granted, or requested by this very stack."""
    quota = quotas.QUOTAS[name]
    has = quotas.value(name, plan.shop.quotas.granted)
    requested = plan.quotas.get(name, 0.0) if quota.requestable and plan.shop.quotas.request else 0.0
    return Link(
        name=link,
        kind=more.pop("kind", "quota"),
        on=quota.code or name,
        required=required,
        provided=max(has, requested),
        unit=quota.unit,
        setting=setting or f"quotas.granted.{name}",
        more={"base": has, **more},
    )


def _entrance(plan: Plan) -> Iterator[Link]:
    shop, prepared = plan.shop, plan.prepared
    asked = plan.peak_ahead.requests * plan.headroom
    yield _quota(plan, "cloudfrontRequests", asked, "CloudFront requests")
    yield _quota(plan, "wafRequests", asked, "WAF requests")
    yield from _rate_limits(plan, prepared.edge)
    lcu = requirements.lcu(shop, plan.peak_ahead) * plan.headroom
    each = quotas.QUOTAS["albReservedLcuEach"]
    yield Link(
        name="load balancer capacity",
        kind="quota",
        on=each.name,
        required=lcu,
        provided=each.value,
        unit=each.unit,
        setting="services[].measured.responseKb, saleEvents[].cdnHitPercent",
        more={"base": each.value},
    )
    if "albReservedLcu" in plan.quotas or plan.lcu.highest > 0:
        # Without one a load balancer still grows by itself, half as much again every five minutes.
        yield replace(_quota(plan, "albReservedLcu", lcu, "load balancer reservation"), advice=True)
    public = [service for service in shop.services if service.is_public]
    yield _quota(plan, "albTargets", sum(busiest(plan, one) for one in public), "load balancer targets")


def _rate_limits(plan: Plan, edge: Edge) -> Iterator[Link]:
    for limit in edge.rate_limits:
        # Of a path that no mix names, nobody knows how many requests it gets: it stays as the settings have it.
        yield Link(
            name=f"WAF rate limit {limit.name}",
            kind="rate-limit",
            on=f"rate-{limit.name}",
            required=float(plan.requests_of_an_address(limit.path, limit.window)),
            provided=float(limit.requests),
            unit=f"requests in {limit.window} s",
            setting=f"edge.rateLimits[{limit.name}].requests",
            more={"window": limit.window},
        )


def _services(plan: Plan) -> Iterator[Link]:
    shop = plan.shop
    for service in filter(requirements.on_ecs, shop.services):
        required = plan.peak_ahead.services[service.name] * plan.headroom
        per_task = service.requests_per_task
        yield Link(
            name=f"tasks of {service.name}",
            kind="tasks",
            on=_scalable(plan, service),
            required=required,
            provided=service.scaling.max * per_task,
            unit="requests/s",
            per_unit=per_task,
            setting=f"services[{service.name}].scaling.max",
        )
        yield Link(
            name=f"tasks of {service.name} at the opening",
            kind="prescaled",
            on=_scalable(plan, service),
            required=required,
            provided=plan.tasks[service.name].highest * per_task,
            unit="requests/s",
            per_unit=per_task,
            setting=f"services[{service.name}].scaling.max",
        )
        yield _quota(
            plan,
            "tasksPerService",
            float(requirements.tasks(service, plan.peak_ahead, plan.headroom)),
            f"tasks per service {service.name}",
        )
    yield _launches(plan)
    yield from _vcpu(plan)


def _launches(plan: Plan) -> Link:
    """Whether all tasks stand by the opening: launched by the account's token bucket, then started."""
    services = list(filter(requirements.on_ecs, plan.shop.services))
    launched = {one.name: max(0.0, plan.tasks[one.name].highest - one.scaling.min) for one in services}
    burst, rate = (quotas.QUOTAS[name].value for name in ("fargateLaunchBurst", "fargateLaunchRate"))
    slowest = max(map(launch_seconds, launched.values()), default=0.0)
    start = max((one.measured.start_seconds for one in services), default=0)
    together = max(0.0, sum(launched.values()) - burst) / rate
    lead = max(event.lead_minutes for event in plan.events) * MINUTE
    return Link(
        name="task launches before the opening",
        kind="launch",
        on=f"service/{plan.shop.project}-{plan.shop.stack}/",
        required=max(slowest, together) + start,
        provided=lead,
        unit="s",
        setting="saleEvents[].leadMinutes",
        more={
            "burst": burst,
            "rate": rate,
            "perService": quotas.QUOTAS["serviceLaunchRate"].value / MINUTE,
            "start": start,
            "lead": lead,
        },
    )


def _vcpu(plan: Plan) -> Iterator[Link]:
    needed = vcpu_needed(plan.shop, plan.ahead, plan.headroom)
    for name, vcpu, on_spot in (("fargateVcpu", needed[0], False), ("fargateSpotVcpu", needed[1], True)):
        tasks = {_named(plan, job.name): 1.0 for job in plan.shop.jobs if job.spot is on_spot}
        for service in filter(requirements.on_fargate, plan.shop.services):
            count = busiest(plan, service)
            spot = max(0.0, count - service.capacity.base) * requirements.spot_share(service)
            tasks[_named(plan, service.name)] = round(spot if on_spot else count - spot, 3)
        yield _quota(plan, name, vcpu, "Fargate Spot vCPU" if on_spot else "Fargate vCPU", kind="vcpu", tasks=tasks)


def _databases(plan: Plan) -> Iterator[Link]:
    shop = plan.shop
    for database in shop.data.databases:
        setting = f"data.databases[{database.name}]"
        size = "serverless.maxAcu" if isinstance(database.capacity, Serverless) else "provisioned.instanceClass"
        users = [service for service in shop.services if database.name in service.uses.databases]
        share = (database.proxy.max_connections_percent if database.proxy else 100) * SHARE
        yield Link(
            name=f"connections to {database.name}",
            kind="connections",
            on=_named(plan, database.name),
            required=sum(busiest(plan, one) * one.measured.connections for one in users),
            provided=capacity.connections(database) * share,
            unit="connections",
            setting=f"{setting}.{size}, services[].measured.connections",
            more={"sizes": capacity.connection_sizes(database.engine)},
        )
        yield from _statements(plan, database, f"{setting}.{size}")


def _statements(plan: Plan, database: Database, setting: str) -> Iterator[Link]:
    required = requirements.statements(plan.shop, database, plan.peak_ahead) * plan.headroom
    readers = database.reader_scaling.max if database.reader_scaling is not None else database.readers
    serving = requirements.instances_that_serve(plan.shop, database, readers)
    per_acu = capacity.STATEMENTS_PER_ACU
    yield Link(
        name=f"statements of {database.name}",
        kind="acu",
        on=_named(plan, database.name),
        required=required,
        provided=capacity.acu(database) * per_acu * serving,
        unit="statements/s",
        per_unit=per_acu * serving,
        setting=setting,
    )
    if database.name in plan.acu:
        serving = requirements.instances_that_serve(plan.shop, database, database.readers)
        yield Link(
            name=f"statements of {database.name} at the opening",
            kind="acu-floor",
            on=_named(plan, database.name),
            required=required,
            provided=plan.acu[database.name].highest * per_acu * serving,
            unit="statements/s",
            per_unit=per_acu * serving,
            setting=setting,
        )


def _tables(plan: Plan) -> Iterator[Link]:
    shop = plan.shop
    for table in shop.data.tables:
        for what, asked, bound in (
            ("reads", requirements.reads(shop, table, plan.peak_ahead), plan.most_reads),
            ("writes", requirements.writes(shop, table, plan.peak_ahead), plan.most_writes),
        ):
            yield _throughput(
                plan, table, what, asked * plan.headroom, bound[table.name].highest if table.name in bound else None
            )
            yield from _heat(plan, table, what, asked * plan.headroom)


def _throughput(plan: Plan, table: Table, what: str, required: float, bound: float | None) -> Link:
    new = quotas.QUOTAS[f"newTable{what.capitalize()}"].value
    quota = quotas.QUOTAS[f"table{what.capitalize()}"]
    has = quotas.value(quota.name, plan.shop.quotas.granted)
    most = max(has, plan.quotas.get(quota.name, 0.0) if plan.shop.quotas.request else 0.0)
    warm = plan.warm.get(table.name)
    opening = next((at for event in plan.events if (at := event.start.timestamp()) > plan.now), math.inf)
    # What should have been warmed up by now may have been; where no deployment can catch up, it is not counted on.
    is_ready = warm is not None and plan.calling(warm) <= opening
    ready = max(new, float(getattr(warm, what)) if is_ready else 0.0)
    return Link(
        name=f"{what} of {table.name}",
        kind=f"table-{what}",
        on=_named(plan, table.name),
        required=required,
        provided=min(ready, most, bound if bound is not None else most),
        unit=f"{what}/s",
        setting=f"quotas.granted.{quota.name}, saleEvents[].start (too late to warm the table up)",
        more={"new": new, "base": has, "code": quota.code},
    )


def _heat(plan: Plan, table: Table, what: str, required: float) -> Iterator[Link]:
    """The hottest product's share on its one partition."""
    hottest = max(
        (one for event in plan.events for one in event.hot_products if one.table == table.name),
        key=lambda one: one.percent,
        default=None,
    )
    if hottest is not None:
        partition = quotas.QUOTAS[f"partition{what.capitalize()}"].value
        yield Link(
            name=f"partition of {table.name} with {hottest.name}, {what}",
            kind="heat",
            on=_named(plan, table.name),
            required=required * hottest.percent * SHARE,
            provided=partition,
            unit=f"{what}/s",
            per_unit=partition,
            setting=f"data.tables[{table.name}].hashKey (spread the product over several keys)",
        )


def _caches(plan: Plan) -> Iterator[Link]:
    for cache in plan.shop.data.caches:
        required = requirements.commands(plan.shop, cache, plan.peak_ahead) * plan.headroom
        setting = f"data.caches[{cache.name}]"
        per_unit = _per_unit(cache)
        size = "serverless.maxEcpu" if cache.serverless is not None else "nodes.shards"
        yield Link(
            name=f"commands of {cache.name}",
            kind="cache",
            on=_named(plan, cache.name),
            required=required,
            provided=capacity.commands_per_second(cache),
            unit="commands/s",
            per_unit=per_unit,
            setting=f"{setting}.{size}",
            more=_NODES,
        )
        empty = quotas.QUOTAS["cacheEmptyEcpu"].value
        if cache.serverless is not None:
            yield Link(
                name=f"commands of {cache.name} at the opening",
                kind="ecpu-floor",
                on=_named(plan, cache.name),
                required=required,
                provided=max(empty, plan.ecpu[cache.name].highest),
                unit="commands/s",
                setting=f"{setting}.serverless.maxEcpu",
                more={"base": empty},
            )
        yield from _hot_shard(plan, cache, required, per_unit)


def _hot_shard(plan: Plan, cache: Cache, required: float, per_unit: float) -> Iterator[Link]:
    """The share of products that no table takes, on one shard."""
    hot = max(
        (one for event in plan.events for one in event.hot_products if one.table is None),
        key=lambda one: one.percent,
        default=None,
    )
    if hot is not None and cache.serverless is None:
        spread = (1 - hot.percent * SHARE) / capacity.shards(cache)
        yield Link(
            name=f"shard of {cache.name} with {hot.name}",
            kind="shard",
            on=_named(plan, cache.name),
            required=required * (hot.percent * SHARE + spread),
            provided=per_unit,
            unit="commands/s",
            per_unit=per_unit,
            setting=f"data.caches[{cache.name}].nodes.nodeType",
            more=_NODES,
        )


def _per_unit(cache: Cache) -> float:
    return 1.0 if cache.serverless is not None else capacity.commands_per_second(cache) / capacity.shards(cache)


def _queues(plan: Plan) -> Iterator[Link]:
    fifo = quotas.QUOTAS["fifoMessages"]
    for queue in plan.shop.data.queues:
        required = requirements.messages(plan.shop, queue.name, plan.peak_ahead) * plan.headroom
        if queue.fifo:
            yield Link(
                name=f"messages of {queue.name}",
                kind="queue",
                on=f"{_named(plan, queue.name)}.fifo",
                required=required,
                provided=fifo.value,
                unit=fifo.unit,
                per_unit=fifo.value,
                setting=f"data.queues[{queue.name}].fifo",
            )
        workers = requirements.receivers(plan.shop, queue.name)
        if workers:
            yield Link(
                name=f"drain of {queue.name}",
                kind="drain",
                on=_named(plan, queue.name),
                required=required * _drain_share(plan),
                provided=sum(one.scaling.max * one.measured.messages_per_second for one in workers),
                unit="messages/s",
                setting=f"services[{workers[0].name}].scaling.max",
                more={"workers": {_scalable(plan, one): one.measured.messages_per_second for one in workers}},
            )


def _order_events(plan: Plan) -> Iterator[Link]:
    events = plan.prepared.events
    if events is None:
        return
    required = float(requirements.environments(plan.shop, plan.peak_ahead, plan.headroom))
    yield Link(
        name="concurrency of order events",
        kind="lambda",
        on=_named(plan, "order-events"),
        required=required,
        provided=float(events.concurrency),
        unit="environments",
        setting="events.concurrency",
    )
    account = quotas.QUOTAS["lambdaConcurrency"]
    yield _quota(plan, account.name, required + UNRESERVED, "Lambda concurrency of the account")
    ramp = quotas.QUOTAS["lambdaRamp"]
    spike = min((one.shape.spike_seconds for one in plan.events if one.demand.curve is None), default=0.0)
    reached = ramp.value * max(1.0, spike / RAMP_SECONDS)
    yield Link(
        name="Lambda ramp of order events",
        kind="quota",
        on=ramp.name,
        required=required,
        provided=reached,
        unit="environments at the peak",
        setting="events.batchSize",
        more={"base": reached},
    )


def _drain_share(plan: Plan) -> float:
    """Share of the peak's messages to work off as they come, so that the last waits no longer than promised.

    Over a peak of T seconds p messages/s come and w are worked off; what is left, (p - w) T, takes D = (p - w) T / w.
    """
    shares = []
    for event in plan.events:
        lasts = CURVE_PEAK
        if event.demand.curve is None:
            lasts = event.shape.spike_seconds + event.shape.peak_minutes * MINUTE
        shares.append(lasts / (lasts + event.slo.drain_minutes * MINUTE))
    return max(shares)


def _network(plan: Plan) -> Iterator[Link]:
    shop = plan.shop
    tasks = sum(busiest(plan, service) for service in shop.services)
    zones = len(shop.network.zones)
    yield Link(
        name="addresses of an app subnet",
        kind="addresses",
        on="subnets of the services",
        required=float(addresses.task_addresses_needed(int(tasks), zones)),
        provided=float(min(subnet.num_addresses for subnet in shop.address_plan.app)),
        unit="addresses",
        setting="network.cidr",
    )
    gateways = {"perZone": zones, "single": 1, "none": 0}[shop.network.nat]
    if gateways:
        ports = quotas.QUOTAS["natPorts"]
        yield Link(
            name="ports of the NAT gateways",
            kind="nat",
            on="NAT gateways",
            required=requirements.outbound(shop, plan.peak_ahead) * plan.headroom,
            provided=ports.value * gateways,
            unit=ports.unit,
            per_unit=ports.value,
            setting="network.nat",
        )
