"""The plan: what each tier does for the events, and when. Settings and a time in; values out, nothing is called.

What costs money is scheduled: minima of tasks, databases, caches and the load balancer rise a while before the opening
and come back in steps, at times that AWS keeps by itself. What is only a limit (WAF's rates, cached paths, alarms,
quotas) follows with the `pulumi up` that brings the event, and goes back with the one after it.

`Plan.prepared` is the shop as it stands at `now`: a deployment in the middle of a sale finds its minima where the
schedule has put them and leaves them there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from sale import account, requirements
from sale.compiler import MIN_ECPU, MINUTE, Compiler, Warm
from sale.demand import Forecast, Rates
from sale.schedules import Block, StepSchedule, blocks
from specs.delivery import Freeze
from specs.edge import Edge
from specs.events import OrderEvents
from specs.sale import SaleEvent
from specs.services import Service, Slo
from specs.shop import Shop
from specs.stores.caches import Cache
from specs.stores.databases import Database, Serverless
from specs.stores.tables import Table

# After so long what is late is called that no deployment can set: its schedule stands by then.
CATCH_UP: Final = 30 * MINUTE
# Until a deployment that begins has set the minima that it sets itself; an estimate: preview, and some thirty updates.
DEPLOYING: Final = 10 * MINUTE


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
    is_past: bool = False
    """Whether its time has come already."""


@dataclass(frozen=True)
class Bounds:
    """Fewest and most tasks."""

    fewest: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is done for the events of the settings, and what of it is in force at `now`.

    An event that is over stays part of it until it leaves the settings: what AWS keeps of it stays declared.
    """

    shop: Shop
    """The settings."""
    now: float
    """Seconds since the epoch."""
    deployed: float | None
    """When the events first came into the stack, in seconds since the epoch: nothing that was due before has been done.
    None where they came in time."""
    forecast: Forecast
    headroom: float
    peak: Rates
    """The highest rates of all events."""
    found: tuple[Block, ...]
    tasks: Mapping[str, StepSchedule]
    """By service: fewest tasks."""
    acu: Mapping[str, StepSchedule]
    """By serverless database: fewest ACU of each instance."""
    readers: Mapping[str, StepSchedule]
    """By database whose readers scale: fewest readers."""
    warm: Mapping[str, Warm]
    """By table: what is warmed up; none that a new table takes anyway."""
    most_reads: Mapping[str, StepSchedule]
    """By table with a bound on reads."""
    most_writes: Mapping[str, StepSchedule]
    ecpu: Mapping[str, StepSchedule]
    """By serverless cache: fewest ECPU a second; 0 for none."""
    replicas: Mapping[str, StepSchedule]
    """By cache on nodes: replicas of each shard."""
    lcu: StepSchedule
    """Load balancer capacity units in reserve; 0 for none."""
    quotas: Mapping[str, float]
    """Quotas that base load and events need beyond what the account is known to have."""

    @property
    def planned(self) -> tuple[SaleEvent, ...]:
        """All events, by their start."""
        return self.forecast.events

    @property
    def events(self) -> tuple[SaleEvent, ...]:
        """Those that are not over."""
        return tuple(event for event in self.planned if event.over.timestamp() > self.now)

    @property
    def is_off(self) -> bool:
        """Whether operating hours have switched the stack off."""
        hours = self.shop.operating_hours
        return hours is not None and not hours.is_on(datetime.fromtimestamp(self.now, tz=UTC))

    @property
    def task_bounds(self) -> dict[str, Bounds]:
        """By service: what schedules have set its fewest and most tasks to."""
        return {
            service.name: Bounds(0, 0)
            if self.is_off
            else Bounds(int(self.tasks[service.name].at(self.now)), service.scaling.max)
            for service in self.shop.services
        }

    @property
    def replicas_now(self) -> dict[str, int]:
        """By cache on nodes: replicas of each shard that schedules have set."""
        return {name: int(given.at(self.now)) for name, given in self.replicas.items()}

    @property
    def services(self) -> tuple[Service, ...]:
        """The services as they are deployed: the settings' scaling, between whose bounds schedules move them."""
        deployed = zip(self.prepared.services, self.shop.services, strict=True)
        return tuple(one.model_copy(update={"scaling": usual.scaling}) for one, usual in deployed)

    @property
    def ahead(self) -> tuple[Block, ...]:
        """The blocks that are not over: what is proved, so that a deployment after the spike is not held to it."""
        return tuple(block for block in self.found if block.end > self.now)

    def highest(self, found: tuple[Block, ...]) -> Rates:
        """The highest rates of some blocks that are still to come."""
        if not found:
            return self.forecast.rates(self.now)
        return self.forecast.peak(max(self.now, found[0].start), found[-1].end)

    def as_deployed(self, given: StepSchedule) -> StepSchedule:
        """A track as it comes to be: late, where the events came late into the stack."""
        return given if self.deployed is None else given.set_late(self.deployed + DEPLOYING)

    @cached_property
    def prepared(self) -> Shop:
        """The shop as the plan has it at `now`."""
        shop = self.shop
        if not self.planned:
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
        names = {event.name for event in self.planned}
        return tuple(freeze for freeze in self.shop.freezes if freeze.name in names)

    @property
    def task_minima(self) -> dict[str, tuple[Scheduled, ...]]:
        """By service: fewest tasks from times to come."""
        return {name: self.scheduled(given) for name, given in self.tasks.items()}

    @property
    def reader_minima(self) -> dict[str, tuple[Scheduled, ...]]:
        """By database: fewest readers from times to come."""
        return {name: self.scheduled(given) for name, given in self.readers.items()}

    def next_change(self) -> datetime | None:
        """When a schedule next changes something; None where nothing is to come."""
        tracks = (self.tasks, self.acu, self.readers, self.most_reads, self.most_writes, self.ecpu, self.replicas)
        every = (*(given for tracked in tracks for given in tracked.values()), self.lcu)
        coming = min((moment for given in every for moment, _ in given.after(self.now)), default=None)
        return None if coming is None else datetime.fromtimestamp(coming, tz=self.planned[0].start.tzinfo)

    def scheduled(self, given: StepSchedule) -> tuple[Scheduled, ...]:
        """The changes of a track that are still to come. AWS refuses a time in the past: what is past is in force."""
        return tuple(self.at(moment, value) for moment, value in given.after(self.now))

    def ever_scheduled(self, given: StepSchedule) -> tuple[Scheduled, ...]:
        """All changes of a track: EventBridge Scheduler keeps what it has done, and takes a time in the past."""
        return tuple(self.at(moment, value) for moment, value in given.changes)

    def calling(self, warm: Warm) -> float:
        """When a table is warmed up that is not yet: at its time, or soon, where that is past and an event ahead."""
        since = self.now if self.deployed is None else self.deployed
        late = warm.at <= since and bool(self.events)
        return math.ceil((since + CATCH_UP) / MINUTE) * MINUTE if late else warm.at

    def at(self, moment: float, value: float) -> Scheduled:
        """One change at a time of the event's clocks; of UTC, where these show a time twice or have no name."""
        event = next((one for one in self.planned if one.end.timestamp() >= moment), self.planned[-1])
        zone, local = event.time_zone or "UTC", datetime.fromtimestamp(moment, tz=event.start.tzinfo)
        if event.time_zone is None or local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            zone, local = "UTC", datetime.fromtimestamp(moment, tz=UTC)
        label = datetime.fromtimestamp(moment, tz=UTC).strftime("%Y%m%dt%H%M")
        return Scheduled(label, f"at({local:%Y-%m-%dT%H:%M:%S})", zone, value, is_past=moment <= self.now)

    def _service(self, service: Service) -> Service:
        fewest = int(self.tasks[service.name].at(self.now))
        update: dict[str, object] = {"scaling": service.scaling.model_copy(update={"min": fewest})}
        if service.is_public:
            update["slo"] = self._slo(service.slo)
        return service.model_copy(update=update)

    def _slo(self, usual: Slo) -> Slo:
        """What customers are promised while an event is ahead: its promise, where that is stricter."""
        promised = [usual, *(event.slo for event in self.planned)]
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
            fewest = self.fewest_ecpu(cache.name)
            return cache.model_copy(update={"serverless": cache.serverless.model_copy(update={"min_ecpu": fewest})})
        return cache

    def fewest_ecpu(self, name: str) -> int | None:
        """The minimum that a serverless cache has: none until a schedule has set one, which ElastiCache keeps."""
        given = self.ecpu[name]
        fewest = int(given.at(self.now))
        return max(fewest, MIN_ECPU) if given.changes and given.changes[0][0] <= self.now else fewest or None

    def _edge(self) -> Edge:
        edge = self.shop.edge
        rates = tuple(
            limit.model_copy(
                update={"requests": max(limit.requests, self.requests_of_an_address(limit.path, limit.window))}
            )
            for limit in edge.rate_limits
        )
        paths = dict.fromkeys((*edge.cache.catalog, *(path for event in self.planned for path in event.cached_paths)))
        known = {*edge.cache.static, *edge.cache.media}
        cache = edge.cache.model_copy(update={"catalog": tuple(path for path in paths if path not in known)})
        reserved = int(self.lcu.at(self.now)) or None
        return edge.model_copy(update={"rate_limits": rates, "cache": cache, "reserved_lcu": reserved})

    def _order_events(self) -> OrderEvents | None:
        events = self.shop.events
        if events is None:
            return None
        needed = requirements.environments(self.shop, self.peak, self.headroom)
        return events.model_copy(update={"concurrency": max(events.concurrency, needed)})

    def requests_of_an_address(self, path: str, window: int) -> int:
        """Requests of the busiest address to a path in so many seconds, with headroom.

        0 for a path that is neither `/` nor named after a service of the mix: nobody knows how much of the demand it
        gets, and a limit on signing in should not be loosened on a guess. Events at one time add up.
        """
        spans = {event.name: self.forecast.span_of(event) for event in self.planned}

        def together(event: SaleEvent) -> float:
            start, end = spans[event.name]
            beside = (one for one in self.planned if spans[one.name][0] < end and start < spans[one.name][1])
            return sum(_requests_of_an_address(one, path) * one.headroom for one in beside)

        return math.ceil(max((together(event) * window for event in self.planned), default=0.0))

    def _drain_seconds(self) -> int:
        return int(min(event.slo.drain_minutes for event in self.planned) * MINUTE)


def upcoming(shop: Shop, now: datetime) -> tuple[SaleEvent, ...]:
    """The events that are not over at `now`, their way back included."""
    return tuple(event for event in shop.sale_events if event.over > now)


def compile_plan(shop: Shop, now: datetime, deployed: datetime | None = None) -> Plan:
    """The plan of all of a stack's events, as they are deployed: those that overlap add up.

    `deployed` is when the events first came into the stack. Default: in time for everything that is due.
    """
    events = shop.sale_events
    forecast = Forecast.of(shop)
    found = blocks(forecast)
    headroom = max((event.headroom for event in events), default=1.0)
    lead = max((event.lead_minutes * MINUTE for event in events), default=0.0)
    compiler = Compiler(shop, found, headroom, lead)
    peak = forecast.peak(found[0].start, found[-1].end) if found else forecast.rates(now.timestamp())
    first = min((event.start.timestamp() for event in events), default=0.0)
    tables = shop.data.tables
    databases = shop.data.databases
    tasks = {service.name: compiler.tasks(service) for service in shop.services}
    asked = account.base(shop)
    if events:
        for name, needed in account.for_events(shop, found, peak, headroom, tasks).items():
            asked[name] = max(needed, asked.get(name, 0.0))
    return Plan(
        shop=shop,
        now=now.timestamp(),
        deployed=None if deployed is None else deployed.timestamp(),
        forecast=forecast,
        headroom=headroom,
        peak=peak,
        found=found,
        tasks=tasks,
        acu={one.name: compiler.acu(one) for one in databases if isinstance(one.capacity, Serverless)},
        readers={one.name: compiler.readers(one) for one in databases if one.reader_scaling is not None},
        warm={table.name: warmed for table in tables if events and (warmed := compiler.warm(table, peak, first))},
        most_reads={
            one.name: compiler.bound(one, one.max_reads, requirements.reads) for one in tables if one.max_reads
        },
        most_writes={
            one.name: compiler.bound(one, one.max_writes, requirements.writes) for one in tables if one.max_writes
        },
        ecpu={one.name: compiler.ecpu(one) for one in shop.data.caches if one.serverless is not None},
        replicas={one.name: compiler.replicas(one) for one in shop.data.caches if one.serverless is None},
        lcu=compiler.lcu(),
        quotas=account.beyond(shop, asked),
    )


def _requests_of_an_address(event: SaleEvent, path: str) -> float:
    """A second, of the busiest address of an event to a path."""
    return event.demand.highest_requests * _share_of_path(event, path) * event.busiest_address_percent / 100


def _share_of_path(event: SaleEvent, path: str) -> float:
    """Share of an event's requests that begin with a path: all for `/`, else the mix of the service that it names."""
    service = path.strip("/").partition("/")[0]
    if not service:
        return 1.0
    return event.mix.get(service, 0.0) / 100 * (1 - event.cdn_hit_percent / 100)
