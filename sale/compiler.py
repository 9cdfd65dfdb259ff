"""Schedule of each resource over a stack's events. Settings in, values out; no clock is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aws_facts import quotas
from sale import account, capacity, requirements
from sale.demand import Rates
from sale.nights import after_each_morning, around_nights
from sale.schedules import MINUTE, Block, StepSchedule, fewer_decreases, track
from specs.services import Service
from specs.shop import Shop
from specs.stores.caches import Cache, CacheNodes
from specs.stores.databases import Database, Serverless
from specs.stores.tables import Table

CACHE_LEAD: Final = 60 * MINUTE  # ElastiCache: raise the minimum at least 60 minutes ahead
WARM_LEAD: Final = 24 * 60 * MINUTE  # for new partitions; DynamoDB names no time, and once warm it stays so
RESERVATION_LEAD: Final = 180 * MINUTE
"""Of a load balancer's reservation: most are there within a few minutes, some after a few hours (ELB user guide,
"Request LCU reservation")."""
LCU_DECREASES: Final = 2  # a day; ELB refuses more (ELB user guide, "Capacity reservations")
MIN_ECPU: Final = 1000  # that ElastiCache takes as a minimum: what a cache without one comes down to

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
class Compiler:
    """The tracks of one plan."""

    shop: Shop
    found: tuple[Block, ...]
    headroom: float
    lead: float

    def tasks(self, service: Service) -> StepSchedule:
        scaling = service.scaling
        wanted = track(
            self.found,
            lambda rates: requirements.tasks(service, rates, self.headroom),
            usual=scaling.min,
            most=scaling.max,
            lead=self.lead,
        )
        return after_each_morning(wanted, self.shop.operating_hours)

    def acu(self, database: Database) -> StepSchedule:
        assert isinstance(database.capacity, Serverless)
        instances = requirements.instances_that_serve(self.shop, database, database.readers)
        wanted = track(
            self.found,
            lambda rates: requirements.acu(self.shop, database, rates, self.headroom, instances),
            usual=database.capacity.min_acu,
            most=database.capacity.max_acu,
            lead=self.lead,
            levels=2,
            staged=False,  # Aurora itself goes down step by step once it may
        )
        return around_nights(wanted, self.shop.operating_hours)

    def readers(self, database: Database) -> StepSchedule:
        assert database.reader_scaling is not None
        wanted = track(
            self.found,
            lambda rates: requirements.readers(self.shop, database, rates, self.headroom),
            usual=database.reader_scaling.min or max(database.readers, 1),
            most=database.reader_scaling.max,
            lead=self.lead,
            levels=2,
        )
        return around_nights(wanted, self.shop.operating_hours)

    def warm(self, table: Table, peak: Rates, first: float) -> Warm | None:
        reads = math.ceil(requirements.reads(self.shop, table, peak) * self.headroom)
        writes = math.ceil(requirements.writes(self.shop, table, peak) * self.headroom)
        new_reads, new_writes = (int(quotas.QUOTAS[name].value) for name in ("newTableReads", "newTableWrites"))
        if reads <= new_reads and writes <= new_writes:
            return None
        names = tuple(index.name for index in table.indexes)
        return Warm(first - WARM_LEAD, max(reads, new_reads), max(writes, new_writes), names)

    def bound(self, table: Table, usual: int, need: _Need) -> StepSchedule:
        return track(
            self.found,
            lambda rates: math.ceil(need(self.shop, table, rates) * self.headroom),
            usual=usual,
            most=math.inf,
            lead=self.lead,
            levels=1,
            staged=False,
        )

    def ecpu(self, cache: Cache) -> StepSchedule:
        assert cache.serverless is not None
        usual = cache.serverless.min_ecpu or 0
        empty = quotas.QUOTAS["cacheEmptyEcpu"].value

        def need(rates: Rates) -> float:
            asked = math.ceil(requirements.commands(self.shop, cache, rates) * self.headroom / 1000) * 1000
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

    def replicas(self, cache: Cache) -> StepSchedule:
        nodes = cache.nodes or CacheNodes()
        per_shard = capacity.node_commands(nodes.node_type)

        def need(rates: Rates) -> float:
            commands = requirements.commands(self.shop, cache, rates) * self.headroom / nodes.shards
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

    def lcu(self) -> StepSchedule:
        usual = self.shop.edge.reserved_lcu or 0
        each = quotas.QUOTAS["albReservedLcuEach"].value
        # ELB refuses a reservation beyond the quota as a whole, so no more is asked for than AWS has granted, and one
        # of less than its least: a smaller grant reserves nothing.
        granted = min(each, quotas.value("albReservedLcu", self.shop.quotas.granted))
        most = max(usual, granted if granted >= account.MIN_LCU else 0)

        def need(rates: Rates) -> float:
            asked = requirements.lcu(self.shop, rates) * self.headroom
            return math.ceil(asked) if asked > account.MIN_LCU else usual

        wanted = track(
            self.found, need, usual=usual, most=most, lead=max(self.lead, RESERVATION_LEAD), levels=2, staged=False
        )
        return fewer_decreases(wanted, LCU_DECREASES)
