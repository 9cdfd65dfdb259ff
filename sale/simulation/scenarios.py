"""What is played for an event: the shop's own plan, no plan at all, and the plan when something goes wrong.

for name, model in models(plan, event, window(event)).items(): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sale.plan import Plan
from sale.simulation.adapter import CLOUDFRONT, model_of
from sale.simulation.model import Action, Kind, Model, What
from sale.simulation.window import Window
from specs.sale import SaleEvent

FAILOVER: Final = (
    30  # seconds until Aurora's writer is another instance, behind a proxy (Aurora user guide: under 35 s)
)
ZONE_IS_BACK: Final = 1800  # seconds; how long a zone is taken to be away
CACHE_FAILOVER: Final = (
    60  # seconds until replicas have become primaries (ElastiCache user guide: within a minute or so)
)
SPOT_NOTICE: Final = 120  # seconds between notice and end (AWS Fargate user guide)
SPOT_IS_BACK: Final = 1800  # seconds; an estimate
SLOW: Final = 10.0  # times; an estimate
SLOW_SECONDS: Final = 600
HOT: Final = 0.3  # share of the requests that one product nobody has foreseen draws; an estimate

_DATABASE: Final = "database "
_CACHE: Final = "cache "
_TABLE: Final = "table "

Fault = Callable[[Model, int, int], Iterator[Action]]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way in which the event may go."""

    name: str
    title: str
    planned: bool = True
    fault: Fault | None = None
    """What goes wrong: the actions for a model, the opening's second and the number of zones."""


def _zone(model: Model, opening: int, zones: int) -> Iterator[Action]:
    """A zone's tasks and nodes end at the opening, with the databases' writers among them."""
    share = 1 / zones
    for station in model.services:
        yield Action(second=opening, what=What.KILL, station=station.name, value=share)
    for station in model.stores:
        if station.name.startswith(_DATABASE):
            yield from _from_to(opening, FAILOVER, What.CAPACITY, station.name, 0.0)
        elif station.name.startswith(_CACHE) and station.kind is Kind.FIXED:
            yield from _from_to(opening, CACHE_FAILOVER, What.CAPACITY, station.name, 1 - share)
    for station in model.origin:
        yield from _from_to(opening, ZONE_IS_BACK, What.CAPACITY, station.name, 1 - share)


def _cold(model: Model, opening: int, _: int) -> Iterator[Action]:
    """Every cache is empty at the opening: CloudFront's, and those before databases and tables."""
    for name in (*(station.name for station in model.edge if station.name == CLOUDFRONT), *_shielded(model)):
        yield Action(second=opening, what=What.COLD, station=name, value=1.0)


def _hot(model: Model, opening: int, _: int) -> Iterator[Action]:
    """One product draws far more than foreseen: one partition of each table, one shard of each cache."""
    for station in model.stores:
        if station.name.startswith((_TABLE, _CACHE)):
            yield Action(second=opening, what=What.HOT, station=station.name, value=max(HOT, station.hot_share))


def _slow(model: Model, opening: int, _: int) -> Iterator[Action]:
    """The databases answer ten times as slowly for ten minutes, and do as much less."""
    for station in model.stores:
        if station.name.startswith(_DATABASE):
            yield from _from_to(opening, SLOW_SECONDS, What.SLOWNESS, station.name, SLOW)
            yield from _from_to(opening, SLOW_SECONDS, What.CAPACITY, station.name, 1 / SLOW)


def _spot(model: Model, opening: int, _: int) -> Iterator[Action]:
    """Spot says at the opening that it takes its tasks back, does so, and has none for half an hour."""
    for station in model.services:
        if station.scaling is not None and station.scaling.spot_share > 0:
            yield Action(second=opening + SPOT_NOTICE, what=What.SPOT, station=station.name, value=1.0)
            yield Action(second=opening + SPOT_IS_BACK, what=What.SPOT, station=station.name, value=0.0)


SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (
        Scenario(name="plan", title="The shop's own plan"),
        Scenario(name="no-plan", title="No plan: autoscaling alone", planned=False),
        Scenario(name="az-lost", title="An Availability Zone is lost at the opening", fault=_zone),
        Scenario(name="cold-cache", title="All caches are cold at the opening", fault=_cold),
        Scenario(name="hot-product", title="One product draws far more than foreseen", fault=_hot),
        Scenario(name="slow-dependency", title="The databases are slow for ten minutes", fault=_slow),
        Scenario(name="spot-reclaimed", title="Spot takes its capacity back at the opening", fault=_spot),
    )
}


def model(plan: Plan, event: SaleEvent, window: Window, scenario: Scenario) -> Model:
    """The model of one scenario."""
    given = model_of(plan, window, planned=scenario.planned)
    if scenario.fault is None:
        return given
    opening = round(event.start.timestamp() - window.start)
    zones = len(plan.shop.network.zones)
    return replace(given, actions=(*given.actions, *scenario.fault(given, opening, zones)))


def models(plan: Plan, event: SaleEvent, window: Window, names: Iterable[str] = SCENARIOS) -> dict[str, Model]:
    """By name: the models of scenarios. Raises KeyError for an unknown one."""
    return {name: model(plan, event, window, SCENARIOS[name]) for name in names}


def _from_to(start: int, seconds: int, what: What, station: str, value: float) -> tuple[Action, Action]:
    return (
        Action(second=start, what=what, station=station, value=value),
        Action(second=start + seconds, what=what, station=station, value=1.0),
    )


def _shielded(model: Model) -> set[str]:
    return {call.target for call in model.calls if call.hit_share > 0}
