"""The cheapest plan that keeps an event's SLO: as little headroom, as shortly ahead, as the simulation allows.

Two settings of an event decide what its plan costs: `headroom` and `leadMinutes`. Less of either is never safer, so
both are found by halving. Maxima that stand in the way of the plan (tasks of a service, ACU of a database) are raised
first: a maximum costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aws_facts.prices import Prices
from sale import capacity, requirements
from sale.plan import Plan, compile_plan
from sale.simulation import scenarios
from sale.simulation.result import play
from sale.simulation.run_cost import Spent, spent
from sale.simulation.verdict import Verdict, judge
from sale.simulation.window import window
from specs.shop import Shop
from specs.stores.databases import Database, Serverless

MIN_HEADROOM: Final = 1.0
MAX_HEADROOM: Final = 4.0
HEADROOM_STEP: Final = 0.05
LEADS: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120)  # minutes
MAX_TASKS: Final = 5000  # of a service (ECS quota)
MAX_ACU: Final = 256.0  # of an instance (Aurora)

Told = Callable[[str], None]
Change = tuple[tuple[str, ...], float]
"""Path of a setting and its new value."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One plan that was tried."""

    headroom: float
    lead: int
    changes: tuple[Change, ...]
    """Against the settings as they are."""
    verdicts: dict[str, Verdict]
    """By scenario."""
    spent: Spent
    """Of the plan without faults."""

    @property
    def kept(self) -> bool:
        return not self.broken

    @property
    def broken(self) -> dict[str, str]:
        """By scenario: what is broken. No headroom keeps a fault's worst minutes, so that it is held to the whole."""
        found = {name: one.broken if name == "plan" else one.whole.broken for name, one in self.verdicts.items()}
        return {name: broken for name, broken in found.items() if broken}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search came to."""

    now: Candidate
    """The settings as they are."""
    best: Candidate | None
    """None where no headroom keeps the SLO."""
    tried: int
    weakest: str
    """The station that came nearest to its limit in the last try that failed; empty where none did."""


def search(
    shop: Shop, event: str, now: datetime, prices: Prices, faults: Iterable[str] = (), told: Told = lambda _: None
) -> Found:
    """The cheapest plan of one event that keeps its SLO, in the plan's own scenario and in those of `faults`."""
    searcher = _Searcher(shop, event, now, prices, ("plan", *faults), told)
    return searcher.found()


class _Searcher:
    def __init__(
        self, shop: Shop, event: str, now: datetime, prices: Prices, names: tuple[str, ...], told: Told
    ) -> None:
        self.shop, self.event, self.now, self.prices, self.names, self.told = shop, event, now, prices, names, told
        self.settings = next(one for one in shop.sale_events if one.name == event)
        self.tried: dict[tuple[float, int], Candidate] = {}
        self.weakest = ""

    def found(self) -> Found:
        own = self.settings
        at_present = self._try(self.shop, own.headroom, own.lead_minutes, ())
        lead = max(own.lead_minutes, LEADS[-1])
        best = self._least_headroom(lead)
        if best is not None:
            best = self._least_lead(best)
            if at_present.kept and at_present.spent.total <= best.spent.total:
                best = at_present
        return Found(now=at_present, best=best, tried=len(self.tried) + 1, weakest="" if best else self.weakest)

    def _least_headroom(self, lead: int) -> Candidate | None:
        low, high = 0, round((MAX_HEADROOM - MIN_HEADROOM) / HEADROOM_STEP)
        best: Candidate | None = None
        while low <= high:
            middle = (low + high) // 2
            # From the bottom up: what holds is usually near it, and a smaller plan is played sooner.
            middle = min(middle, low + 8)
            candidate = self._candidate(round(MIN_HEADROOM + middle * HEADROOM_STEP, 2), lead)
            if candidate.kept:
                best, high = candidate, middle - 1
            else:
                low = middle + 1
        return best

    def _least_lead(self, best: Candidate) -> Candidate:
        low, high = 0, len(LEADS) - 1
        while low <= high:
            middle = (low + high) // 2
            candidate = self._candidate(best.headroom, LEADS[middle])
            if candidate.kept:
                best, high = (candidate if candidate.spent.total <= best.spent.total else best), middle - 1
            else:
                low = middle + 1
        return best

    def _candidate(self, headroom: float, lead: int) -> Candidate:
        key = (headroom, lead)
        if key not in self.tried:
            event = self.settings.model_copy(update={"headroom": headroom, "lead_minutes": lead})
            events = tuple(event if one.name == event.name else one for one in self.shop.sale_events)
            shop, raised = _with_room(self.shop.model_copy(update={"sale_events": events}), self.now)
            where = ("config", "saleday:saleEvents", self.event)
            changes: list[Change] = []
            if headroom != self.settings.headroom:
                changes.append(((*where, "headroom"), headroom))
            if lead != self.settings.lead_minutes:
                changes.append(((*where, "leadMinutes"), lead))
            self.tried[key] = self._try(shop, headroom, lead, (*changes, *raised))
        return self.tried[key]

    def _try(self, shop: Shop, headroom: float, lead: int, changes: tuple[Change, ...]) -> Candidate:
        plan = compile_plan(shop, self.now)
        event, span = self.settings, window(self.settings)
        played = {name: play(one) for name, one in scenarios.models(plan, event, span, self.names).items()}
        verdicts = {name: judge(result, event, span) for name, result in played.items()}
        candidate = Candidate(
            headroom=headroom,
            lead=lead,
            changes=changes,
            verdicts=verdicts,
            spent=spent(played["plan"], plan, self.prices),
        )
        if not candidate.kept:
            self.weakest = played[next(iter(candidate.broken))].links[0].name
        said = [f"breaks it, {name}: {broken}" for name, broken in candidate.broken.items()]
        outcome = said[0] if said else "keeps the SLO"
        self.told(f"headroom {headroom:g}, {lead} min ahead: {candidate.spent.total:,.2f} USD, {outcome}")
        return candidate


def _with_room(shop: Shop, now: datetime) -> tuple[Shop, tuple[Change, ...]]:
    """The shop with maxima that leave room for the plan, and what was raised."""
    plan = compile_plan(shop, now)
    changes: list[Change] = []
    services: list[Any] = []
    for service in shop.services:
        needed = min(MAX_TASKS, requirements.tasks(service, plan.peak, plan.headroom))
        if needed > service.scaling.max:
            changes.append((("config", "saleday:services", service.name, "scaling", "max"), needed))
            service = service.model_copy(update={"scaling": service.scaling.model_copy(update={"max": needed})})
        services.append(service)
    databases: list[Any] = []
    for database in shop.data.databases:
        needed_acu = _acu(shop, database, plan)
        if isinstance(database.capacity, Serverless) and needed_acu > capacity.acu(database):
            changes.append((("config", "saleday:data", "databases", database.name, "serverless", "maxAcu"), needed_acu))
            serverless = database.capacity.model_copy(update={"max_acu": needed_acu})
            database = database.model_copy(update={"serverless": serverless})
        databases.append(database)
    data = shop.data.model_copy(update={"databases": tuple(databases)})
    return shop.model_copy(update={"services": tuple(services), "data": data}), tuple(changes)


def _acu(shop: Shop, database: Database, plan: Plan) -> float:
    instances = requirements.instances_that_serve(shop, database, database.readers)
    return min(MAX_ACU, float(math.ceil(requirements.acu(shop, database, plan.peak, plan.headroom, instances))))
