"""The calls that change stores and the load balancer at their times, as EventBridge Scheduler makes them. Pure values.

Names of parameters are those of the AWS SDK for Java, as Scheduler's universal targets want them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from components.site import Site
from sale.compiler import MIN_ECPU
from sale.plan import Plan, Scheduled
from sale.schedules import StepSchedule
from specs.stores.caches import Cache, CacheServerless
from specs.stores.databases import Serverless

TURN: Final = 300  # seconds between two changes of one table


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call at one time."""

    name: str
    """Unique in the stack and the same in every plan: resource, and time."""
    when: Scheduled
    api: str
    """Service and operation, for example `rds:modifyDBCluster`."""
    action: str
    """The IAM action."""
    resource: str
    """ARN, or pattern of one, that the action is allowed on."""
    parameters: dict[str, Any]
    """Input of the call; `LOAD_BALANCER` stands for the load balancer's ARN."""
    moves: bool = False
    """Whether its time is another in a later plan, and that of the first stays."""


LOAD_BALANCER: Final = "LoadBalancerArn"


def calls(plan: Plan, site: Site, load_balancer_name: str) -> list[Call]:
    """All calls of a plan, those that are done included."""
    return [
        *_databases(plan, site),
        *_warmed(plan, site),
        *_bounds(plan, site),
        *_caches(plan, site),
        *_balancer(plan, site, load_balancer_name),
    ]


def _databases(plan: Plan, site: Site) -> Iterator[Call]:
    for database in plan.shop.data.databases:
        capacity = database.capacity
        if database.name not in plan.acu or not isinstance(capacity, Serverless):
            continue
        identifier = site.named(database.name)
        for when in plan.ever_scheduled(plan.acu[database.name]):
            yield Call(
                name=f"{database.name}-acu-{when.label}",
                when=when,
                api="rds:modifyDBCluster",
                action="rds:ModifyDBCluster",
                resource=site.arn("rds", f"cluster:{identifier}"),
                parameters={
                    "DbClusterIdentifier": identifier,
                    "ServerlessV2ScalingConfiguration": {"MinCapacity": when.value, "MaxCapacity": capacity.max_acu},
                    "ApplyImmediately": True,
                },
            )


def _warmed(plan: Plan, site: Site) -> Iterator[Call]:
    for name, warm in plan.warm.items():
        due, turns = plan.at(warm.at, 0.0), (plan.most_reads.get(name), plan.most_writes.get(name))
        when = plan.at(_turn(plan.calling(warm), turns), 0.0)
        throughput = {"ReadUnitsPerSecond": warm.reads, "WriteUnitsPerSecond": warm.writes}
        indexes = [{"Update": {"IndexName": index, "WarmThroughput": throughput}} for index in warm.indexes]
        yield _table(
            site,
            # More than before is another call, as one that is done is not made again.
            f"{name}-warm-{due.label}-{warm.reads}-{warm.writes}",
            when,
            name,
            {"WarmThroughput": throughput} | ({"GlobalSecondaryIndexUpdates": indexes} if indexes else {}),
            moves=True,
        )


def _turn(at: float, tracks: Iterable[StepSchedule | None]) -> float:
    """The first time from `at` on when none of these changes: a table that is being changed refuses another change."""
    taken = {moment for given in tracks if given is not None for moment, _ in given.changes}
    while at in taken:
        at += TURN
    return at


def _bounds(plan: Plan, site: Site) -> Iterator[Call]:
    """Reads and writes of one table that change at one time are one call."""
    bounds = {"reads": ("MaxReadRequestUnits", plan.most_reads), "writes": ("MaxWriteRequestUnits", plan.most_writes)}
    for table in plan.shop.data.tables:
        changes: dict[str, dict[str, tuple[str, Scheduled]]] = {}
        for short, (field, tracks) in bounds.items():
            for when in plan.ever_scheduled(tracks.get(table.name, StepSchedule(0))):
                changes.setdefault(when.label, {})[short] = field, when
        for label, change in sorted(changes.items()):
            (_, when), *_ = change.values()
            throughput = {field: int(at.value) for field, at in change.values()}
            # No other call's name ends so, whatever a table is called.
            what = "bounds" if len(change) > 1 else next(iter(change))
            name = f"{table.name}-{what}-{label}"
            yield _table(site, name, when, table.name, {"OnDemandThroughput": throughput})


def _table(site: Site, name: str, when: Scheduled, table: str, change: dict[str, Any], *, moves: bool = False) -> Call:
    physical = site.named(table)
    return Call(
        name=name,
        when=when,
        api="dynamodb:updateTable",
        action="dynamodb:UpdateTable",
        resource=site.arn("dynamodb", f"table/{physical}"),
        parameters={"TableName": physical, **change},
        moves=moves,
    )


def _caches(plan: Plan, site: Site) -> Iterator[Call]:
    for cache in plan.shop.data.caches:
        if cache.serverless is not None:
            for when in plan.ever_scheduled(plan.ecpu[cache.name]):
                yield _ecpu(site, cache, cache.serverless, when)
        else:
            yield from _replicas(plan, site, cache)


def _ecpu(site: Site, cache: Cache, limits: CacheServerless, when: Scheduled) -> Call:
    physical = site.named(cache.name)
    fewest = max(MIN_ECPU, int(when.value))
    return Call(
        name=f"{cache.name}-ecpu-{when.label}",
        when=when,
        api="elasticache:modifyServerlessCache",
        action="elasticache:ModifyServerlessCache",
        resource=site.arn("elasticache", f"serverlesscache:{physical}"),
        parameters={
            "ServerlessCacheName": physical,
            "CacheUsageLimits": {
                "DataStorage": {"Maximum": limits.max_storage_gb, "Unit": "GB"},
                "EcpuPerSecond": {"Maximum": limits.max_ecpu, "Minimum": fewest},
            },
        },
    )


def _replicas(plan: Plan, site: Site, cache: Cache) -> Iterator[Call]:
    physical, given = site.named(cache.name), plan.replicas[cache.name]
    before = given.usual
    for when in plan.ever_scheduled(given):
        verb = "increase" if when.value > before else "decrease"
        before = when.value
        yield Call(
            name=f"{cache.name}-replicas-{when.label}",
            when=when,
            api=f"elasticache:{verb}ReplicaCount",
            action=f"elasticache:{verb.capitalize()}ReplicaCount",
            resource=site.arn("elasticache", f"replicationgroup:{physical}"),
            parameters={"ReplicationGroupId": physical, "NewReplicaCount": int(when.value), "ApplyImmediately": True},
        )


def _balancer(plan: Plan, site: Site, name: str) -> Iterator[Call]:
    given: StepSchedule = plan.lcu
    for when in plan.ever_scheduled(given):
        reserved: dict[str, Any] = (
            {"MinimumLoadBalancerCapacity": {"CapacityUnits": int(when.value)}}
            if when.value
            else {"ResetCapacityReservation": True}
        )
        yield Call(
            name=f"balancer-lcu-{when.label}",
            when=when,
            api="elasticloadbalancingv2:modifyCapacityReservation",
            action="elasticloadbalancing:ModifyCapacityReservation",
            resource=site.arn("elasticloadbalancing", f"loadbalancer/app/{name}/*"),
            parameters={LOAD_BALANCER: LOAD_BALANCER, **reserved},
        )
