"""From a stack's settings and its plan to a model: what is played for an event.

Stations are named after what they are: a service by its name, else `database catalog`, `table carts reads`, `cache
sessions`, `queue orders`, `cloudfront`, `waf`, `load balancer`. What a task and a store can do is what the settings and
the plan say (`sale.capacity`); the rest is below, estimates marked as such.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from aws_facts import quotas
from sale import capacity, growth, requirements
from sale.check.names import quota_of
from sale.demand import Rates
from sale.plan import Plan
from sale.schedules import StepSchedule
from sale.simulation import fleets
from sale.simulation.model import Account, Action, Backlog, Call, Customers, Kind, Model, Scaling, Station, What
from sale.simulation.window import Window
from specs.services import Service
from specs.stores.caches import Cache, CacheNodes
from specs.stores.databases import Database, Serverless
from specs.stores.tables import Table

CLOUDFRONT: Final = "cloudfront"
WAF: Final = "waf"
BALANCER: Final = "load balancer"
EVENTS: Final = "events function"

THREADS: Final = 200.0  # of a task: Tomcat's default, and what the sample images run on
WAITING_ROOM: Final = 100.0  # of a task: Tomcat's default for connections that wait (acceptCount)
CUSTOMERS_PATIENCE: Final = 10.0  # seconds; an estimate
CALLS_PATIENCE: Final = 5.0  # seconds until a call between services times out; an estimate
STATEMENT_SECONDS: Final = 0.004  # of a database; an estimate
COMMAND_SECONDS: Final = 0.0005  # of a cache; an estimate
CACHE_HITS: Final = 0.8  # of a service that has a cache in front of its database or table; an estimate
STANDARD_QUEUE: Final = 1e7  # messages a second: "nearly unlimited"
FIFO_QUEUE: Final = 3000.0  # messages a second, batched (SQS quotas)
PARTITION_READS: Final = 3000.0  # units a second of one DynamoDB partition
PARTITION_WRITES: Final = 1000.0


def model_of(plan: Plan, given: Window, *, planned: bool = True) -> Model:
    """The model of a plan; without `planned`, of the settings alone, as nothing but autoscaling would have it."""
    return _Adapter(plan, given, planned).model()


@dataclass(frozen=True)
class _Adapter:
    plan: Plan
    window: Window
    planned: bool

    @cached_property
    def peak(self) -> Rates:
        return self.plan.forecast.peak(self.window.start, self.window.end)

    @cached_property
    def first(self) -> Rates:
        return self.plan.forecast.rates(self.window.start)

    @cached_property
    def received(self) -> dict[str, float]:
        """By service: requests for each that the origin receives, as they are at the peak."""
        origin = max(self.peak.origin_requests, 1e-9)
        return {name: rate / origin for name, rate in self.peak.services.items()}

    @cached_property
    def callers(self) -> dict[str, str | None]:
        """By service: who passes its requests on to it; None where customers reach it themselves."""
        by_name = {service.name: service for service in self.plan.shop.services}
        found: dict[str, str | None] = {}
        waiting: deque[tuple[str, str | None]] = deque(
            (service.name, None) for service in self.plan.shop.services if service.is_public
        )
        while waiting:  # the shortest way, as `sale.demand` has it
            name, caller = waiting.popleft()
            if name not in found:
                found[name] = caller
                waiting.extend((callee, name) for callee in by_name[name].calls)
        return {name: found.get(name) for name in by_name}

    def model(self) -> Model:
        shop = self.plan.shop
        names = [service.name for service in shop.services]
        order = sorted(names, key=lambda name: (self._depth(name), names.index(name)))
        by_name = {service.name: service for service in shop.services}
        stores = list(self._stores())
        return Model(
            customers=self._customers(),
            edge=tuple(self._edge()),
            edge_hits=1 - self.peak.origin_requests / max(self.peak.requests, 1e-9),
            edge_warm_seconds=shop.edge.cache.catalog_ttl,
            origin=(self._balancer(),),
            services=tuple(self._service(by_name[name]) for name in order),
            stores=tuple(stores),
            calls=tuple(self._calls({station.name for station in stores})),
            backlogs=tuple(self._backlogs()),
            actions=tuple(self._actions()) if self.planned else (),
            account=Account(
                launch_burst=self._quota("fargateLaunchBurst"),
                launch_rate=self._quota("fargateLaunchRate"),
                service_launches_per_minute=self._quota("serviceLaunchRate"),
                vcpu_quota=self._quota("fargateVcpu") + self._quota("fargateSpotVcpu"),
            ),
        )

    def _depth(self, name: str) -> int:
        caller = self.callers[name]
        return 0 if caller is None else 1 + self._depth(caller)

    def _quota(self, name: str) -> float:
        """What the account has, or will have: a quota that is asked for costs nothing, with or without a plan."""
        return quota_of(self.plan, name)

    def _at_start(self, track: StepSchedule) -> float:
        return self.plan.as_deployed(track).at(self.window.start) if self.planned else track.usual

    def _customers(self) -> Customers:
        times = self.window.start + np.arange(self.window.seconds)
        forecast = self.plan.forecast
        requests, orders = np.zeros(len(times)), np.zeros(len(times))
        for line in forecast.lines:
            requests += np.interp(times, line.times, line.requests, left=0.0, right=0.0)
            orders += np.interp(times, line.times, line.orders, left=0.0, right=0.0)
        shop = self.plan.shop
        senders = [service.name for service in shop.services if set(service.uses.queues.values()) & requirements.SENDS]
        path = [name for sender in senders for name in self._way(sender)]
        path += [f"database {name}" for one in shop.services if one.name in senders for name in one.uses.databases]
        messages: dict[str, float] = {}
        for service in shop.services:
            for queue, way in service.uses.queues.items():
                if way in requirements.SENDS and (each := service.measured.messages_per_order) > 0:
                    messages[f"queue {queue}"] = messages.get(f"queue {queue}", 0.0) + each
        return Customers(
            requests=np.maximum(requests, forecast.usual.requests_per_second),
            orders=np.maximum(orders, forecast.usual.orders_per_second),
            shares=self._entries(),
            order_path=tuple(dict.fromkeys((*path, *messages))),
            messages=messages,
        )

    def _entries(self) -> dict[str, float]:
        shares = {name: self.received[name] for name, caller in self.callers.items() if caller is None}
        total = sum(shares.values())
        return {name: share / total for name, share in shares.items()}

    def _way(self, name: str) -> list[str]:
        """A service and those that requests to it pass."""
        caller = self.callers[name]
        return [*(self._way(caller) if caller is not None else ()), name]

    def _edge(self) -> Iterator[Station]:
        yield Station(name=CLOUDFRONT, rate=self._quota("cloudfrontRequests"), waiting_room=0)
        yield Station(name=WAF, rate=self._quota("wafRequests"), waiting_room=0)

    def _balancer(self) -> Station:
        usual = requirements.lcu(self.plan.shop, self.first)
        floor = max(growth.BALANCER_FLOOR, self._at_start(self.plan.lcu))
        return Station(
            name=BALANCER,
            rate=self._requests_per_lcu,
            kind=Kind.GROWING,
            units=max(floor, 2.0 * usual),
            floor=floor,
            ceiling=quotas.QUOTAS["albReservedLcuEach"].value,
            doubling_seconds=growth.BALANCER_DOUBLING,
            waiting_room=0,
        )

    @property
    def _requests_per_lcu(self) -> float:
        return self.peak.origin_requests / max(1, requirements.lcu(self.plan.shop, self.peak))

    def _service(self, service: Service) -> Station:
        scaling, measured = service.scaling, service.measured
        target = scaling.cpu_percent / 100
        fewest = int(self._at_start(self.plan.tasks[service.name]))
        needed = math.ceil(self.first.services[service.name] / service.requests_per_task)
        return Station(
            name=service.name,
            rate=service.requests_per_task / target,  # measured at the target of CPU
            service_seconds=measured.service_time_ms / 1000,
            service_cv=measured.service_time_cv,
            kind=Kind.TASKS,
            units=min(scaling.max, max(fewest, needed)),
            threads=max(THREADS, service.requests_per_task / target * measured.service_time_ms / 1000),
            waiting_room=WAITING_ROOM,
            patience=CUSTOMERS_PATIENCE if self.callers[service.name] is None else CALLS_PATIENCE,
            scaling=Scaling(
                min=fewest,
                max=scaling.max,
                cpu_target=target,
                requests_target=scaling.requests_per_target,
                backlog_target=scaling.backlog.messages_per_task if scaling.backlog else None,
                out_cooldown=scaling.scale_out_cooldown,
                in_cooldown=scaling.scale_in_cooldown,
                first_start=max(10.0, measured.start_seconds - growth.START_SPREAD),
                last_start=measured.start_seconds + growth.START_SPREAD,
                vcpu=service.cpu / 1024,
                base=service.capacity.base,
                spot_share=requirements.spot_share(service),
            ),
        )

    def _stores(self) -> Iterator[Station]:
        data = self.plan.shop.data
        given = self.plan.prepared.events if self.planned else self.plan.shop.events
        if given is not None:  # batches at once, each of so many messages
            rate = given.batch_size / requirements.BATCH_SECONDS
            yield Station(name=EVENTS, rate=rate, units=given.concurrency, waiting_room=0)
        for database in data.databases:
            yield self._database(database)
        for table in data.tables:
            yield from self._table(table)
        for cache in data.caches:
            yield self._cache(cache)
        yield from fleets.stations(self.plan, CALLS_PATIENCE)
        for queue in data.queues:
            yield Station(name=f"queue {queue.name}", rate=FIFO_QUEUE if queue.fifo else STANDARD_QUEUE, waiting_room=0)

    def _instances(self, database: Database) -> int:
        readers = database.readers
        if self.planned and database.name in self.plan.readers:
            readers = int(self.plan.readers[database.name].highest)
        return requirements.instances_that_serve(self.plan.shop, database, readers)

    def _database(self, database: Database) -> Station:
        instances, most = self._instances(database), capacity.acu(database)
        serverless = isinstance(database.capacity, Serverless)
        floor = most if not serverless else max(0.5, self._at_start(self.plan.acu[database.name]))
        asked = requirements.acu(self.plan.shop, database, self.first, 1.0, instances)
        return Station(
            name=f"database {database.name}",
            rate=capacity.PEAK_STATEMENTS_PER_ACU,
            service_seconds=STATEMENT_SECONDS,
            kind=Kind.GROWING if serverless else Kind.FIXED,
            units=min(most, max(floor, asked)) * instances,
            floor=floor * instances,
            ceiling=most * instances,
            doubling_seconds=growth.ACU_DOUBLING,
            waiting_room=capacity.connections(database) / (most * instances),
            patience=CALLS_PATIENCE,
        )

    def _table(self, table: Table) -> Iterator[Station]:
        heat = self._heat(table.name)
        for kind, newest, quota, bound, partition in (
            ("reads", "newTableReads", "tableReads", table.max_reads, PARTITION_READS),
            ("writes", "newTableWrites", "tableWrites", table.max_writes, PARTITION_WRITES),
        ):
            most = self._quota(quota)
            if bound is not None:
                tracks = self.plan.most_reads if kind == "reads" else self.plan.most_writes
                most = min(most, tracks[table.name].highest if self.planned else bound)
            yield Station(
                name=f"table {table.name} {kind}",
                rate=1,
                kind=Kind.REMEMBERING,
                units=min(most, quotas.QUOTAS[newest].value),
                floor=min(most, quotas.QUOTAS[newest].value),
                ceiling=most,
                waiting_room=0,
                hot_share=heat,
                hot_limit=partition,
            )

    def _heat(self, table: str | None) -> float:
        """Share of the hottest product: of a table that has products as keys, or of the caches."""
        products = [product for event in self.plan.events for product in event.hot_products]
        return max((product.percent / 100 for product in products if product.table == table), default=0.0)

    def _cache(self, cache: Cache) -> Station:
        name = f"cache {cache.name}"
        if cache.serverless is not None:
            floor = max(quotas.QUOTAS["cacheEmptyEcpu"].value, self._at_start(self.plan.ecpu[cache.name]))
            return Station(
                name=name,
                rate=1,
                service_seconds=COMMAND_SECONDS,
                kind=Kind.GROWING,
                units=floor,
                floor=floor,
                ceiling=max(floor, cache.serverless.max_ecpu),
                doubling_seconds=growth.ECPU_DOUBLING,
                waiting_room=0,
            )
        nodes = cache.nodes or CacheNodes()
        per_node = capacity.node_commands(nodes.node_type) / capacity.CACHE_TARGET
        replicas = self._at_start(self.plan.replicas[cache.name])
        return Station(
            name=name,
            rate=per_node,
            service_seconds=COMMAND_SECONDS,
            units=nodes.shards * (1 + replicas),
            waiting_room=per_node,
            patience=1.0,
            hot_share=self._heat(None),
            hot_limit=per_node * (1 + replicas),
        )

    def _calls(self, stores: set[str]) -> Iterator[Call]:
        for name, caller in self.callers.items():
            if caller is not None and self.received[caller] > 0 and self.received[name] > 0:
                yield Call(source=caller, target=name, per_request=self.received[name] / self.received[caller])
        for service in self.plan.shop.services:
            measured, uses = service.measured, service.uses
            hits = CACHE_HITS if uses.caches else 0.0
            shielded = [(f"database {one}", measured.queries_per_request) for one in uses.databases]
            for table, access in uses.tables.items():
                if access in ("read", "readWrite"):
                    shielded.append((f"table {table} reads", measured.reads_per_request))
                if access in ("write", "readWrite"):
                    yield from _call(service.name, f"table {table} writes", measured.writes_per_request)
            for target, number in shielded:
                # What was measured is what the cache lets through.
                yield from _call(service.name, target, number / (1 - hits), hits)
            yield from fleets.calls(service)
            for cache in uses.caches:
                yield from _call(service.name, f"cache {cache}", measured.commands_per_request)
        if (events := self.plan.shop.events) is not None:
            yield from _call(EVENTS, f"table {events.table} writes", requirements.WRITES_PER_MARK)

    def _backlogs(self) -> Iterator[Backlog]:
        for service in self.plan.shop.services:
            queues = [queue for queue, way in service.uses.queues.items() if way in requirements.RECEIVES]
            if queues:
                rate = service.requests_per_task / (service.scaling.cpu_percent / 100)
                share = service.measured.messages_per_second / rate
                yield Backlog(queue=f"queue {queues[0]}", worker=service.name, share=share)
        if (events := self.plan.shop.events) is not None:
            yield Backlog(queue=f"queue {events.queue}", worker=EVENTS)

    def _actions(self) -> Iterator[Action]:
        plan, data = self.plan, self.plan.shop.data
        for name, tasks in plan.tasks.items():
            yield from self._follow(tasks, What.MIN, name)
        for database in data.databases:
            if database.name in plan.acu:
                station, instances = f"database {database.name}", self._instances(database)
                yield from self._follow(plan.acu[database.name], What.FLOOR, station, float(instances))
        for cache in data.caches:
            if cache.name in plan.ecpu:
                empty = quotas.QUOTAS["cacheEmptyEcpu"].value
                yield from self._follow(plan.ecpu[cache.name], What.FLOOR, f"cache {cache.name}", least=empty)
            if cache.name in plan.replicas:
                shards = float(capacity.shards(cache))
                track = plan.replicas[cache.name]
                yield from self._follow(track, What.FLOOR, f"cache {cache.name}", shards, shards)
        yield from self._follow(plan.lcu, What.FLOOR, BALANCER, least=growth.BALANCER_FLOOR)
        for name, warm in plan.warm.items():
            second = max(0, round(plan.calling(warm) - self.window.start))
            for kind, units in (("reads", warm.reads), ("writes", warm.writes)):
                station = f"table {name} {kind}"
                yield Action(second=second, what=What.CEILING, station=station, value=max(units, self._most(kind)))
                yield Action(second=second, what=What.FLOOR, station=station, value=float(units))

    def _most(self, kind: str) -> float:
        return self._quota("tableReads" if kind == "reads" else "tableWrites")

    def _follow(
        self,
        track: StepSchedule,
        what: What,
        station: str,
        factor: float = 1.0,
        offset: float = 0.0,
        *,
        least: float = 0.0,
    ) -> Iterator[Action]:
        """The changes of a track within the window, as actions."""
        for moment, value in self.plan.as_deployed(track).after(self.window.start):
            if moment < self.window.end:
                second = round(moment - self.window.start)
                yield Action(second=second, what=what, station=station, value=max(least, value * factor + offset))


def _call(source: str, target: str, per_request: float, hits: float = 0.0) -> Iterator[Call]:
    if per_request > 0:
        yield Call(source=source, target=target, per_request=per_request, hit_share=hits)
