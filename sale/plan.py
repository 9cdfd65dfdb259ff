"""The plan: what each tier does for the events, and when. Settings and a time in; values out, nothing is called.

What costs money is scheduled: minima of tasks, databases, caches and the load balancer rise a while before the opening
and come back in steps, at times that AWS keeps by itself. What is only a limit (WAF's rates, cached paths, alarms,
quotas) follows with the `pulumi up` that brings the event, and goes back with the one after it.

`Plan.prepared` is the shop as it stands at `now`: a deployment in the middle of a sale finds its minima where the
schedule has put them and leaves them there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from aws_facts import quotas
from sale import capacity, needs
from sale.demand import Forecast, Rates
from sale.tracks import Block, Track, blocks, fewer_decreases, track
from specs.data import Cache, CacheNodes, Database, Serverless, Table
from specs.delivery import Freeze
from specs.edge import Edge
from specs.events import OrderEvents
from specs.sale import SaleEvent
from specs.services import Service, Slo
from specs.shop import Shop

MINUTE: Final = 60.0
CACHE_LEAD: Final = 60 * MINUTE  # ElastiCache: raise the minimum at least 60 minutes ahead
WARM_LEAD: Final = 24 * 60 * MINUTE  # for new partitions; DynamoDB names no time, and once warm it stays so
CATCH_UP: Final = 15 * MINUTE  # grid of times for what is late and cannot be set by a deployment itself
CATCH_UP_MARGIN: Final = 10 * MINUTE  # that a deployment takes until its schedules stand
LCU_DECREASES: Final = 2  # a day; ELB refuses more (ELB user guide, "Capacity reservations")
FEWEST_LCU: Final = 100  # that ELB reserves
UNRESERVED: Final = 100  # environments that AWS keeps unreserved in an account (Lambda developer guide)
QUOTA_GRAIN: Final = 10  # quotas are asked for in round numbers

_Need = Callable[[Shop, Table, Rates], float]


@dataclass(frozen=True)
class Warm:
    """Warm throughput of a table and its indexes: never lowered, so it has no way back."""

    at: float
    """Seconds since the epoch."""
    reads: int
    writes: int
    indexes: tuple[str, ...]


@dataclass(frozen=True)
class Scheduled:
    """A minimum that AWS sets by itself at a time to come."""

    label: str
    """Unique among the changes of one resource, and the same in every plan."""
    expression: str
    """`at(…)`, as Application Auto Scaling and EventBridge Scheduler read it."""
    time_zone: str
    """IANA name that the expression is local time of."""
    value: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is done for the events that are not over at `now`."""

    shop: Shop
    """The settings."""
    now: float
    """Seconds since the epoch."""
    forecast: Forecast
    headroom: float
    peak: Rates
    """The highest rates of all events."""
    found: tuple[Block, ...]
    tasks: Mapping[str, Track]
    """By service: fewest tasks."""
    acu: Mapping[str, Track]
    """By serverless database: fewest ACU of each instance."""
    readers: Mapping[str, Track]
    """By database whose readers scale: fewest readers."""
    warm: Mapping[str, Warm]
    """By table: what is warmed up; none that a new table takes anyway."""
    most_reads: Mapping[str, Track]
    """By table with a bound on reads."""
    most_writes: Mapping[str, Track]
    ecpu: Mapping[str, Track]
    """By serverless cache: fewest ECPU a second; 0 for none."""
    replicas: Mapping[str, Track]
    """By cache on nodes: replicas of each shard."""
    lcu: Track
    """Load balancer capacity units in reserve; 0 for none."""
    quotas: Mapping[str, float]
    """Quotas that the events need beyond what the account has."""

    @property
    def events(self) -> tuple[SaleEvent, ...]:
        """Those that are not over, by their start."""
        return self.forecast.events

    @property
    def ahead(self) -> tuple[Block, ...]:
        """The blocks that are not over: what is proved, so that a deployment after the spike is not held to it."""
        return tuple(block for block in self.found if block.end > self.now)

    @cached_property
    def peak_ahead(self) -> Rates:
        """The highest rates that are still to come."""
        if not self.ahead:
            return self.forecast.rates(self.now)
        return self.forecast.peak(max(self.now, self.ahead[0].start), self.ahead[-1].end)

    @cached_property
    def prepared(self) -> Shop:
        """The shop as the plan has it at `now`."""
        shop = self.shop
        if not self.events:
            return shop
        return shop.model_copy(
            update={
                "services": tuple(self._service(service) for service in shop.services),
                "data": shop.data.model_copy(
                    update={
                        "databases": tuple(self._database(database) for database in shop.data.databases),
                        "tables": tuple(self._table(table) for table in shop.data.tables),
                        "caches": tuple(self._cache(cache) for cache in shop.data.caches),
                    }
                ),
                "edge": self._edge(),
                "events": self._order_events(),
                "observability": shop.observability.model_copy(
                    update={"queue_age_seconds": min(shop.observability.queue_age_seconds, self._drain_seconds())}
                ),
            }
        )

    @property
    def freezes(self) -> tuple[Freeze, ...]:
        """When nothing is deployed for the events: before each opening until its way back is done."""
        names = {event.name for event in self.events}
        return tuple(freeze for freeze in self.shop.freezes if freeze.name in names)

    @property
    def task_minima(self) -> dict[str, tuple[Scheduled, ...]]:
        """By service: fewest tasks from times to come."""
        return {name: self.scheduled(given) for name, given in self.tasks.items()}

    @property
    def reader_minima(self) -> dict[str, tuple[Scheduled, ...]]:
        """By database: fewest readers from times to come."""
        return {name: self.scheduled(given) for name, given in self.readers.items()}

    def scheduled(self, given: Track) -> tuple[Scheduled, ...]:
        """The changes of a track that are still to come. AWS refuses a time in the past: what is past is in force."""
        return tuple(self.at(moment, value) for moment, value in given.after(self.now))

    def at(self, moment: float, value: float) -> Scheduled:
        """One change at a time of the event's clocks; of UTC, where these show a time twice or have no name."""
        event = next((one for one in self.events if one.end.timestamp() >= moment), self.events[-1])
        zone, local = event.time_zone or "UTC", datetime.fromtimestamp(moment, tz=event.start.tzinfo)
        if event.time_zone is None or local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            zone, local = "UTC", datetime.fromtimestamp(moment, tz=UTC)
        label = datetime.fromtimestamp(moment, tz=UTC).strftime("%Y%m%dt%H%M")
        return Scheduled(label, f"at({local:%Y-%m-%dT%H:%M:%S})", zone, value)

    def _service(self, service: Service) -> Service:
        fewest = int(self.tasks[service.name].at(self.now))
        update: dict[str, object] = {"scaling": service.scaling.model_copy(update={"min": fewest})}
        if service.is_public:
            update["slo"] = self._slo(service.slo)
        return service.model_copy(update=update)

    def _slo(self, usual: Slo) -> Slo:
        """What customers are promised while an event is ahead: its promise, where that is stricter."""
        promised = [usual, *(event.slo for event in self.events)]
        return usual.model_copy(
            update={
                "availability_percent": max(one.availability_percent for one in promised),
                "latency_p99": min(one.latency_p99 for one in promised),
            }
        )

    def _database(self, database: Database) -> Database:
        update: dict[str, object] = {}
        if database.name in self.acu and isinstance(database.capacity, Serverless):
            fewest = self.acu[database.name].at(self.now)
            update["serverless"] = database.capacity.model_copy(update={"min_acu": fewest})
        if database.name in self.readers and database.reader_scaling is not None:
            fewest = int(self.readers[database.name].at(self.now))
            update["reader_scaling"] = database.reader_scaling.model_copy(update={"min": fewest})
        return database.model_copy(update=update)

    def _table(self, table: Table) -> Table:
        bounds = {"max_reads": self.most_reads, "max_writes": self.most_writes}
        return table.model_copy(
            update={
                field: int(tracks[table.name].at(self.now)) for field, tracks in bounds.items() if table.name in tracks
            }
        )

    def _cache(self, cache: Cache) -> Cache:
        if cache.serverless is not None:
            fewest = int(self.ecpu[cache.name].at(self.now)) or None
            return cache.model_copy(update={"serverless": cache.serverless.model_copy(update={"min_ecpu": fewest})})
        nodes = cache.nodes or CacheNodes()
        replicas = int(self.replicas[cache.name].at(self.now))
        return cache.model_copy(update={"nodes": nodes.model_copy(update={"replicas": replicas})})

    def _edge(self) -> Edge:
        edge = self.shop.edge
        rates = tuple(
            limit.model_copy(
                update={"requests": max(limit.requests, self.requests_of_an_address(limit.path, limit.window))}
            )
            for limit in edge.rate_limits
        )
        paths = dict.fromkeys((*edge.cache.catalog, *(path for event in self.events for path in event.cached_paths)))
        known = {*edge.cache.static, *edge.cache.media}
        cache = edge.cache.model_copy(update={"catalog": tuple(path for path in paths if path not in known)})
        reserved = int(self.lcu.at(self.now)) or None
        return edge.model_copy(update={"rate_limits": rates, "cache": cache, "reserved_lcu": reserved})

    def _order_events(self) -> OrderEvents | None:
        events = self.shop.events
        if events is None:
            return None
        needed = needs.environments(self.shop, self.peak, self.headroom)
        return events.model_copy(update={"concurrency": max(events.concurrency, needed)})

    def requests_of_an_address(self, path: str, window: int) -> int:
        """Requests of the busiest address to a path in so many seconds, with headroom.

        0 for a path that is neither `/` nor named after a service of the mix: nobody knows how much of the demand it
        gets, and a limit on signing in should not be loosened on a guess.
        """
        return math.ceil(
            max(
                (
                    event.demand.highest_requests
                    * _share_of_path(event, path)
                    * event.busiest_address_percent
                    / 100
                    * window
                    * event.headroom
                    for event in self.events
                ),
                default=0.0,
            )
        )

    def _drain_seconds(self) -> int:
        return int(min(event.slo.drain_minutes for event in self.events) * MINUTE)


def upcoming(shop: Shop, now: datetime) -> tuple[SaleEvent, ...]:
    """The events that are not over at `now`, their way back included."""
    return tuple(event for event in shop.sale_events if event.over > now)


def compile_plan(shop: Shop, now: datetime, *names: str) -> Plan:
    """The plan of a stack's events that are not over at `now`; with `names`, of these alone."""
    events = [event for event in upcoming(shop, now) if not names or event.name in names]
    forecast = Forecast(events, shop.usual_demand, shop.services)
    found = blocks(forecast)
    headroom = max((event.headroom for event in events), default=1.0)
    lead = max((event.lead_minutes * MINUTE for event in events), default=0.0)
    compiler = _Compiler(shop, found, headroom, lead)
    peak = forecast.peak(found[0].start, found[-1].end) if found else forecast.rates(now.timestamp())
    first = min((event.start.timestamp() for event in events), default=0.0)
    tables = shop.data.tables
    databases = shop.data.databases
    tasks = {service.name: compiler.tasks(service) for service in shop.services}
    return Plan(
        shop=shop,
        now=now.timestamp(),
        forecast=forecast,
        headroom=headroom,
        peak=peak,
        found=found,
        tasks=tasks,
        acu={one.name: compiler.acu(one) for one in databases if isinstance(one.capacity, Serverless)},
        readers={one.name: compiler.readers(one) for one in databases if one.reader_scaling is not None},
        warm={table.name: warmed for table in tables if events and (warmed := compiler.warm(table, peak, first, now))},
        most_reads={one.name: compiler.bound(one, one.max_reads, needs.reads) for one in tables if one.max_reads},
        most_writes={one.name: compiler.bound(one, one.max_writes, needs.writes) for one in tables if one.max_writes},
        ecpu={one.name: compiler.ecpu(one) for one in shop.data.caches if one.serverless is not None},
        replicas={one.name: compiler.replicas(one) for one in shop.data.caches if one.serverless is None},
        lcu=compiler.lcu(),
        quotas=_quotas(shop, found, peak, headroom, tasks) if events else {},
    )


@dataclass(frozen=True)
class _Compiler:
    """The tracks of one plan."""

    shop: Shop
    found: tuple[Block, ...]
    headroom: float
    lead: float

    def tasks(self, service: Service) -> Track:
        scaling = service.scaling
        return track(
            self.found,
            lambda rates: needs.tasks(service, rates, self.headroom),
            usual=scaling.min,
            most=scaling.max,
            lead=self.lead,
        )

    def acu(self, database: Database) -> Track:
        assert isinstance(database.capacity, Serverless)
        instances = needs.instances_that_serve(self.shop, database, database.readers)
        return track(
            self.found,
            lambda rates: needs.acu(self.shop, database, rates, self.headroom, instances),
            usual=database.capacity.min_acu,
            most=database.capacity.max_acu,
            lead=self.lead,
            levels=2,
            staged=False,  # Aurora itself goes down step by step once it may
        )

    def readers(self, database: Database) -> Track:
        assert database.reader_scaling is not None
        return track(
            self.found,
            lambda rates: needs.readers(self.shop, database, rates, self.headroom),
            usual=database.reader_scaling.min or max(database.readers, 1),
            most=database.reader_scaling.max,
            lead=self.lead,
            levels=2,
        )

    def warm(self, table: Table, peak: Rates, first: float, now: datetime) -> Warm | None:
        reads = math.ceil(needs.reads(self.shop, table, peak) * self.headroom)
        writes = math.ceil(needs.writes(self.shop, table, peak) * self.headroom)
        new_reads, new_writes = (int(quotas.QUOTAS[name].value) for name in ("newTableReads", "newTableWrites"))
        if reads <= new_reads and writes <= new_writes:
            return None
        at, moment = first - WARM_LEAD, now.timestamp()
        if at < moment + CATCH_UP_MARGIN and moment < first:
            at = math.ceil((moment + CATCH_UP_MARGIN) / CATCH_UP) * CATCH_UP
            if at >= first:
                return None  # too late for this opening; DynamoDB adapts by itself
        names = tuple(index.name for index in table.indexes)
        return Warm(at, max(reads, new_reads), max(writes, new_writes), names)

    def bound(self, table: Table, usual: int, need: _Need) -> Track:
        return track(
            self.found,
            lambda rates: math.ceil(need(self.shop, table, rates) * self.headroom),
            usual=usual,
            most=math.inf,
            lead=self.lead,
            levels=1,
            staged=False,
        )

    def ecpu(self, cache: Cache) -> Track:
        assert cache.serverless is not None
        usual = cache.serverless.min_ecpu or 0
        empty = quotas.QUOTAS["cacheEmptyEcpu"].value

        def need(rates: Rates) -> float:
            asked = math.ceil(needs.commands(self.shop, cache, rates) * self.headroom / 1000) * 1000
            return asked if asked > empty else usual  # an empty cache takes that much at once

        return track(
            self.found,
            need,
            usual=usual,
            most=cache.serverless.max_ecpu,
            lead=max(self.lead, CACHE_LEAD),
            levels=1,
            staged=False,
        )

    def replicas(self, cache: Cache) -> Track:
        nodes = cache.nodes or CacheNodes()
        per_shard = capacity.node_commands(nodes.node_type)

        def need(rates: Rates) -> float:
            commands = needs.commands(self.shop, cache, rates) * self.headroom / nodes.shards
            return math.ceil(commands / per_shard) - 1

        return track(
            self.found,
            need,
            usual=nodes.replicas,
            most=5,  # replicas of a shard, ElastiCache's most
            lead=max(self.lead, CACHE_LEAD),
            levels=1,
            staged=False,
        )

    def lcu(self) -> Track:
        usual = self.shop.edge.reserved_lcu or 0
        each = quotas.QUOTAS["albReservedLcuEach"].value
        # ELB refuses a reservation beyond the quota as a whole, so no more is asked for than AWS has granted.
        most = max(usual, min(each, quotas.value("albReservedLcu", self.shop.quotas.granted)))

        def need(rates: Rates) -> float:
            asked = needs.lcu(self.shop, rates) * self.headroom
            return math.ceil(asked) if asked > FEWEST_LCU else usual

        wanted = track(self.found, need, usual=usual, most=most, lead=self.lead, levels=2, staged=False)
        return fewer_decreases(wanted, LCU_DECREASES)


def _quotas(
    shop: Shop, found: tuple[Block, ...], peak: Rates, headroom: float, tasks: Mapping[str, Track]
) -> dict[str, float]:
    on_demand, spot = vcpu_needed(shop, found, headroom)
    public = sum(tasks[service.name].highest for service in shop.services if service.is_public)
    needed = {
        "fargateVcpu": on_demand,
        "fargateSpotVcpu": spot,
        "albTargets": public,
        "tasksPerService": max(one.highest for one in tasks.values()),
        "lambdaConcurrency": needs.environments(shop, peak, headroom) + UNRESERVED if shop.events else 0.0,
        "cloudfrontRequests": peak.requests * headroom,
        "wafRequests": peak.requests * headroom,
        "albReservedLcu": _reserved(shop, peak, headroom),
        "tableReads": max((needs.reads(shop, one, peak) * headroom for one in shop.data.tables), default=0.0),
        "tableWrites": max((needs.writes(shop, one, peak) * headroom for one in shop.data.tables), default=0.0),
    }
    return {
        name: float(math.ceil(value / QUOTA_GRAIN) * QUOTA_GRAIN)
        for name, value in needed.items()
        if value > quotas.value(name, shop.quotas.granted)
    }


def vcpu_needed(shop: Shop, found: tuple[Block, ...], headroom: float) -> tuple[float, float]:
    """vCPU on FARGATE and on FARGATE_SPOT, at the busiest block."""
    best = (0.0, 0.0)
    for block in found:
        on_demand = spot = 0.0
        for service in filter(needs.on_fargate, shop.services):
            count = min(service.scaling.max, max(service.scaling.min, needs.tasks(service, block.peak, headroom)))
            on_spot = max(0, count - service.capacity.base) * needs.spot_share(service)
            on_demand += needs.vcpu(service, count - on_spot)
            spot += needs.vcpu(service, on_spot)
        best = max(best[0], on_demand), max(best[1], spot)
    return best


def _reserved(shop: Shop, peak: Rates, headroom: float) -> float:
    asked = needs.lcu(shop, peak) * headroom
    return asked if asked > FEWEST_LCU else 0.0


def _share_of_path(event: SaleEvent, path: str) -> float:
    """Share of an event's requests that begin with a path: all for `/`, else the mix of the service that it names."""
    service = path.strip("/").partition("/")[0]
    if not service:
        return 1.0
    return event.mix.get(service, 0.0) / 100 * (1 - event.cdn_hit_percent / 100)
