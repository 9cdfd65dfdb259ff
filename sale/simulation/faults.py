"""What goes wrong in a play: actions at known seconds, and other customers. Numbers and sources: docs/sale-day.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from sale import requirements
from sale.plan import Plan
from sale.simulation.adapter import CLOUDFRONT
from sale.simulation.model import Action, Kind, Model, What
from specs import game_days

MINUTE: Final = 60
FAILOVER: Final = 30
"""Seconds until Aurora's writer is another instance, behind a proxy (Aurora user guide: under 35 s)."""
SLOW_FAILOVER: Final = 120
"""Seconds of a failover without one, names and pools included (RDS user guide: typically 60 to 120 s)."""
ZONE_IS_BACK: Final = 1800
"""Seconds that a zone is taken to be away."""
CACHE_FAILOVER: Final = 60
"""Seconds until replicas have become primaries (ElastiCache user guide: within a minute or so)."""
SPOT_NOTICE: Final = 120
"""Seconds between notice and end (AWS Fargate user guide)."""
SPOT_IS_BACK: Final = 1800
"""Seconds; an estimate."""
SLOW: Final = 10.0
"""Times that a slow database takes; an estimate."""
SLOW_SECONDS: Final = 600
HOT: Final = 0.3
"""Share of the requests that one product nobody has foreseen draws; an estimate."""
PAYMENT_SECONDS: Final = 8.0
"""That a slow payment provider takes to answer; an estimate, below the ten seconds after which clients give up."""
MISSING: Final = 62 / 90
"""Of the hits expected of a CDN, those that a shop met with campaign parameters in its links (Fast Frontend, 8.1)."""
BOTS: Final = 0.4 / 0.6
"""Requests of bad bots for each of people: 40 % of all traffic (Thales, Bad Bot Report of 2026)."""
BOTS_SECONDS: Final = 3600
STORM_RETRIES: Final = 0.95
"""Share of the failed attempts that impatient clients make again, a second later; an estimate."""
STORM_SECONDS: Final = 30
"""Of an outage that sets it off; an estimate."""
BAD_DEPLOYMENT_AFTER: Final = 20 * MINUTE
BAD_DEPLOYMENT_SECONDS: Final = 15 * MINUTE
"""Until an alarm of five minutes has rolled back a version that works at half the speed; an estimate."""
THROTTLED: Final = 0.5
"""Share of the messages that a throttled key lets through; an estimate."""
AT_THE_PEAK: Final = 5 * MINUTE
"""After the opening, when a fault strikes that needs no opening."""

DATABASE: Final = "database "
CACHE: Final = "cache "
TABLE: Final = "table "
QUEUE: Final = "queue "


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where and when a fault strikes."""

    plan: Plan
    opening: int
    """Second of the play."""

    @property
    def peak(self) -> int:
        """Second at which the demand is at its peak."""
        return self.opening + AT_THE_PEAK


def zone_lost(model: Model, scene: Scene) -> Iterator[Action]:
    """A zone's tasks and nodes end at the opening, with the databases' writers among them."""
    share, opening = 1 / len(scene.plan.shop.network.zones), scene.opening
    for station in model.services:
        yield Action(second=opening, what=What.KILL, station=station.name, value=share)
    for station in model.stores:
        if station.name.startswith(DATABASE):
            yield from _from_to(opening, FAILOVER, What.CAPACITY, station.name, 0.0)
        elif station.name.startswith(CACHE) and station.kind is Kind.FIXED:
            yield from _from_to(opening, CACHE_FAILOVER, What.CAPACITY, station.name, 1 - share)
    for station in model.origin:
        yield from _from_to(opening, ZONE_IS_BACK, What.CAPACITY, station.name, 1 - share)


def tasks_killed(model: Model, scene: Scene) -> Iterator[Action]:
    """Half of each service's tasks end at once; of a service with one task, that."""
    for service in scene.plan.shop.services:
        if game_days.takes_tasks(service):
            share = game_days.killed_percent(service.scaling.min) / 100
            yield Action(second=scene.peak, what=What.KILL, station=service.name, value=share)


def cold_caches(model: Model, scene: Scene) -> Iterator[Action]:
    """Every cache is empty at the opening: CloudFront's, and those before databases and tables."""
    shielded = {call.target for call in model.calls if call.hit_share > 0}
    for name in (*(station.name for station in model.edge if station.name == CLOUDFRONT), *sorted(shielded)):
        yield Action(second=scene.opening, what=What.COLD, station=name, value=1.0)


def hot_product(model: Model, scene: Scene) -> Iterator[Action]:
    """One product draws far more than foreseen: one partition of each table, one shard of each cache."""
    for station in model.stores:
        if station.name.startswith((TABLE, CACHE)):
            yield Action(second=scene.opening, what=What.HOT, station=station.name, value=max(HOT, station.hot_share))


def slow_databases(model: Model, scene: Scene) -> Iterator[Action]:
    """The databases answer ten times as slowly for ten minutes, and do as much less."""
    for station in model.stores:
        if station.name.startswith(DATABASE):
            yield from _from_to(scene.opening, SLOW_SECONDS, What.SLOWNESS, station.name, SLOW)
            yield from _from_to(scene.opening, SLOW_SECONDS, What.CAPACITY, station.name, 1 / SLOW)


def spot_reclaimed(model: Model, scene: Scene) -> Iterator[Action]:
    """Spot says at the opening that it takes its tasks back, does so, and has none for half an hour."""
    yield from without_spot(model, scene.opening + SPOT_NOTICE, scene.opening + SPOT_IS_BACK)


def without_spot(model: Model, start: int, end: int) -> Iterator[Action]:
    """No task on Spot from one second to another."""
    for station in model.services:
        if station.scaling is not None and station.scaling.spot_share > 0:
            yield Action(second=max(0, start), what=What.SPOT, station=station.name, value=1.0)
            yield Action(second=end, what=What.SPOT, station=station.name, value=0.0)


def slow_payment(model: Model, scene: Scene) -> Iterator[Action]:
    """The payment provider takes seconds to answer: whoever places orders holds its threads for so long."""
    shop, peak = scene.plan.shop, scene.plan.peak
    for service in shop.services:
        announces = set(service.uses.queues.values()) & requirements.SENDS
        calls = service.measured.outbound_calls_per_order * peak.orders / max(peak.services[service.name], 1e-9)
        if announces and calls > 0:
            own = service.measured.service_time_ms / 1000
            slowness = 1 + min(calls, 1.0) * PAYMENT_SECONDS / own
            yield from _from_to(scene.peak, SLOW_SECONDS, What.SLOWNESS, service.name, slowness)


def bad_deployment(model: Model, scene: Scene) -> Iterator[Action]:
    """A version that takes twice the time reaches the busiest service, until its alarm rolls it back."""
    busiest = max(model.services, key=lambda station: scene.plan.peak.services.get(station.name, 0.0)).name
    start = scene.opening + BAD_DEPLOYMENT_AFTER
    yield from _from_to(start, BAD_DEPLOYMENT_SECONDS, What.SLOWNESS, busiest, 2.0)
    yield from _from_to(start, BAD_DEPLOYMENT_SECONDS, What.CAPACITY, busiest, 0.5)


def database_failover(model: Model, scene: Scene) -> Iterator[Action]:
    """The writer of the orders' database, or of the first, is away for two minutes."""
    names = [station.name for station in model.stores if station.name.startswith(DATABASE)]
    of_orders = [name for name in names if name in model.customers.order_path]
    for name in (of_orders or names)[:1]:
        yield from _from_to(scene.peak, SLOW_FAILOVER, What.CAPACITY, name, 0.0)


def throttled_key(model: Model, scene: Scene) -> Iterator[Action]:
    """The key that encrypts the queues is throttled: every second message is refused for ten minutes."""
    for station in model.stores:
        if station.name.startswith(QUEUE):
            messages = requirements.messages(scene.plan.shop, station.name.removeprefix(QUEUE), scene.plan.peak)
            if messages > 0:
                share = messages * THROTTLED / (station.rate * station.units)
                yield from _from_to(scene.peak, SLOW_SECONDS, What.CAPACITY, station.name, share)


def outage(model: Model, scene: Scene) -> Iterator[Action]:
    """The services that customers reach do nothing for half a minute."""
    for name, share in model.customers.shares.items():
        if share > 0:
            yield from _from_to(scene.peak, STORM_SECONDS, What.CAPACITY, name, 0.0)


def impatient(model: Model, scene: Scene) -> Model:
    """Customers whose clients try again at once, and nearly always."""
    return replace(model, customers=replace(model.customers, retry_share=STORM_RETRIES, retry_seconds=1))


def with_bots(model: Model, scene: Scene) -> Model:
    """Bots beside the customers for an hour from the opening: they ask for pages and order nothing."""
    requests = model.customers.requests.copy()
    requests[scene.opening : scene.opening + BOTS_SECONDS] *= 1 + BOTS
    return replace(model, customers=replace(model.customers, requests=requests))


def fewer_hits(model: Model, scene: Scene) -> Model:
    """A CDN that answers a third less than was expected."""
    return replace(model, edge_hits=model.edge_hits * MISSING)


def _from_to(start: int, seconds: int, what: What, station: str, value: float) -> tuple[Action, Action]:
    return (
        Action(second=start, what=what, station=station, value=value),
        Action(second=start + seconds, what=what, station=station, value=1.0),
    )
