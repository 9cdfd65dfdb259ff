"""Links of databases, tables, caches, queues and stores of other kinds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from aws_facts import quotas
from sale import capacity, requirements
from sale.check.names import named, quota_of, scalable
from sale.compiler import CACHE_LEAD, MINUTE
from sale.link import Link, Load
from specs.data import KINDS
from specs.stores.caches import Cache
from specs.stores.databases import Database, Serverless
from specs.stores.tables import Table

ACU_READY: Final = 15 * MINUTE
"""Until a raised minimum of ACU is there; an estimate, AWS names no rate."""
CURVE_PEAK: Final = 3600.0
"""Seconds that the peak of a curve is taken to last."""
SHARE: Final = 0.01
"""One percent."""
_NODES: Final = {"perVcpu": capacity.COMMANDS_PER_VCPU, "burstShare": capacity.BURSTING}
"""By which the policy pack reads off a node type what it serves."""


def databases(load: Load) -> Iterator[Link]:
    shop = load.plan.shop
    for database in shop.data.databases:
        setting = f"data.databases[{database.name}]"
        size = "serverless.maxAcu" if isinstance(database.capacity, Serverless) else "provisioned.instanceClass"
        users = [service for service in shop.services if database.name in service.uses.databases]
        share = (database.proxy.max_connections_percent if database.proxy else 100) * SHARE
        yield Link(
            name=f"connections to {database.name}",
            kind="connections",
            on=named(load.plan, database.name),
            required=sum(load.tasks(one) * one.measured.connections for one in users),
            provided=capacity.connections(database) * share,
            unit="connections",
            setting=f"{setting}.{size}, services[].measured.connections",
            more={"sizes": capacity.connection_sizes(database.engine)},
        )
        yield from _statements(load, database, f"{setting}.{size}")


def _statements(load: Load, database: Database, setting: str) -> Iterator[Link]:
    plan = load.plan
    required = requirements.statements(plan.shop, database, load.peak) * load.factor
    readers = database.reader_scaling.max if database.reader_scaling is not None else database.readers
    serving = requirements.instances_that_serve(plan.shop, database, readers)
    per_acu = capacity.STATEMENTS_PER_ACU
    yield Link(
        name=f"statements of {database.name}",
        kind="acu",
        on=named(plan, database.name),
        required=required,
        provided=capacity.acu(database) * per_acu * serving,
        unit="statements/s",
        per_unit=per_acu * serving,
        setting=setting,
    )
    track = plan.acu.get(database.name)
    if track is not None:
        serving = requirements.instances_that_serve(plan.shop, database, database.readers)
        at_limit = track.highest >= capacity.acu(database)
        yield Link(
            name=f"statements of {database.name} at the opening",
            kind="acu-floor",
            on=named(plan, database.name),
            required=required,
            provided=load.stands(track, ACU_READY) * per_acu * serving,
            unit="statements/s",
            per_unit=per_acu * serving,
            setting=setting,
            late=load.is_late(track, ACU_READY),
            planned=not at_limit and track.highest > track.usual,
        )


def tables(load: Load) -> Iterator[Link]:
    plan, shop = load.plan, load.plan.shop
    for table in shop.data.tables:
        for what, asked, bound in (
            ("reads", requirements.reads(shop, table, load.peak), plan.most_reads),
            ("writes", requirements.writes(shop, table, load.peak), plan.most_writes),
        ):
            most = load.stands(bound[table.name]) if table.name in bound else math.inf
            yield _throughput(load, table, what, asked * load.factor, most)
            yield from _heat(load, table, what, asked * load.factor)


def _throughput(load: Load, table: Table, what: str, required: float, bound: float) -> Link:
    plan = load.plan
    new = quotas.QUOTAS[f"newTable{what.capitalize()}"].value
    quota = quotas.QUOTAS[f"table{what.capitalize()}"]
    has = quotas.value(quota.name, plan.shop.quotas.granted)
    granted = quota_of(plan, quota.name)
    warm = plan.warm.get(table.name)
    opening = next((at for event in load.events if (at := event.start.timestamp()) > plan.now), math.inf)
    # What was due before the events came into the stack is called as soon as a schedule can stand.
    is_late = warm is not None and plan.deployed is not None and plan.calling(warm) > opening
    ready = new if warm is None or is_late else max(new, float(getattr(warm, what)))
    provided = min(ready, bound, granted)
    return Link(
        name=f"{what} of {table.name}",
        kind=f"table-{what}",
        on=named(plan, table.name),
        required=required,
        provided=provided,
        unit=f"{what}/s",
        setting=f"quotas.granted.{quota.name}",
        late=is_late,
        planned=new < provided < granted,
        more={"new": new, "base": has, "code": quota.code},
    )


def _heat(load: Load, table: Table, what: str, required: float) -> Iterator[Link]:
    """The hottest product's share on its one partition."""
    hottest = max(
        (one for event in load.events for one in event.hot_products if one.table == table.name),
        key=lambda one: one.percent,
        default=None,
    )
    if hottest is not None:
        partition = quotas.QUOTAS[f"partition{what.capitalize()}"].value
        yield Link(
            name=f"partition of {table.name} with {hottest.name}, {what}",
            kind="heat",
            on=named(load.plan, table.name),
            required=required * hottest.percent * SHARE,
            provided=partition,
            unit=f"{what}/s",
            per_unit=partition,
            setting=f"data.tables[{table.name}].hashKey (spread the product over several keys)",
        )


def caches(load: Load) -> Iterator[Link]:
    plan = load.plan
    for cache in plan.shop.data.caches:
        required = requirements.commands(plan.shop, cache, load.peak) * load.factor
        setting = f"data.caches[{cache.name}]"
        per_unit = _per_unit(cache)
        size = "serverless.maxEcpu" if cache.serverless is not None else "nodes.shards"
        yield Link(
            name=f"commands of {cache.name}",
            kind="cache",
            on=named(plan, cache.name),
            required=required,
            provided=capacity.commands_per_second(cache),
            unit="commands/s",
            per_unit=per_unit,
            setting=f"{setting}.{size}",
            more=_NODES,
        )
        empty = quotas.QUOTAS["cacheEmptyEcpu"].value
        if cache.serverless is not None:
            track = plan.ecpu[cache.name]
            at_limit = track.highest >= cache.serverless.max_ecpu
            yield Link(
                name=f"commands of {cache.name} at the opening",
                kind="ecpu-floor",
                on=named(plan, cache.name),
                required=required,
                provided=max(empty, load.stands(track, CACHE_LEAD)),
                unit="commands/s",
                setting=f"{setting}.serverless.maxEcpu",
                late=load.is_late(track, CACHE_LEAD),
                planned=not at_limit and track.highest > empty,
                more={"base": empty},
            )
        yield from _hot_shard(load, cache, required, per_unit)


def _hot_shard(load: Load, cache: Cache, required: float, per_unit: float) -> Iterator[Link]:
    """The share of products that no table takes, on one shard."""
    hot = max(
        (one for event in load.events for one in event.hot_products if one.table is None),
        key=lambda one: one.percent,
        default=None,
    )
    if hot is not None and cache.serverless is None:
        spread = (1 - hot.percent * SHARE) / capacity.shards(cache)
        yield Link(
            name=f"shard of {cache.name} with {hot.name}",
            kind="shard",
            on=named(load.plan, cache.name),
            required=required * (hot.percent * SHARE + spread),
            provided=per_unit,
            unit="commands/s",
            per_unit=per_unit,
            setting=f"data.caches[{cache.name}].nodes.nodeType",
            more=_NODES,
        )


def _per_unit(cache: Cache) -> float:
    return 1.0 if cache.serverless is not None else capacity.commands_per_second(cache) / capacity.shards(cache)


def fleets(load: Load) -> Iterator[Link]:
    """Stores that nodes of one type serve, of any kind that says so."""
    plan = load.plan
    for kind in KINDS:
        fleet = kind.load.fleet if kind.load is not None else None
        if kind.load is None or fleet is None:
            continue
        for store in kind.of(plan.shop.data):
            node = fleet.node_type(store)
            per_node = fleet.per_node(node)
            yield Link(
                name=f"{kind.load.what} of {store.name}",
                kind="nodes",
                on=named(plan, store.name),
                required=requirements.asked(plan.shop, kind, store.name, load.peak) * load.factor,
                provided=fleet.count(store, len(plan.shop.network.zones)) * per_node,
                unit=f"{kind.load.what}/s",
                per_unit=per_node,
                setting=f"{kind.setting(store)}.{fleet.setting}",
                more={
                    "token": fleet.token,
                    "namePath": fleet.name_path,
                    "countPath": fleet.count_path,
                    "typePath": fleet.type_path,
                    "type": node,
                },
            )


def queues(load: Load) -> Iterator[Link]:
    plan, fifo = load.plan, quotas.QUOTAS["fifoMessages"]
    for queue in plan.shop.data.queues:
        required = requirements.messages(plan.shop, queue.name, load.peak) * load.factor
        if queue.fifo:
            yield Link(
                name=f"messages of {queue.name}",
                kind="queue",
                on=f"{named(plan, queue.name)}.fifo",
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
                on=named(plan, queue.name),
                required=required * _drain_share(load),
                provided=sum(one.scaling.max * one.measured.messages_per_second for one in workers),
                unit="messages/s",
                setting=f"services[{workers[0].name}].scaling.max",
                more={"workers": {scalable(plan, one): one.measured.messages_per_second for one in workers}},
            )


def _drain_share(load: Load) -> float:
    """Share of the peak's messages to work off as they come, so that the last waits no longer than promised.

    Over a peak of T seconds p messages/s come and w are worked off; what is left, (p - w) T, takes D = (p - w) T / w.
    """
    shares = []
    for event in load.events:
        lasts = CURVE_PEAK
        if event.demand.curve is None:
            lasts = event.shape.spike_seconds + event.shape.peak_minutes * MINUTE
        shares.append(lasts / (lasts + event.slo.drain_minutes * MINUTE))
    return max(shares)
