"""The cheapest plan that keeps an event's promise in 99 of 100 ways in which it may turn out.

Two settings of an event decide what its plan costs: `headroom` and `leadMinutes`. The lead is as short as leaves tasks
and databases time to follow in all but one of a thousand draws. The headroom is found by halving, as less of it is
never safer. Draws are screened by a closed form: no link is loaded by more than a draw's severity, so that whatever is
below a multiple of the forecast that the plan is played to hold at, holds as well; only what is above is played itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aws_facts.prices import Prices
from sale.charges import Bill
from sale.compiler import MINUTE, RESERVATION_LEAD
from sale.event_cost import event_bill
from sale.plan import Plan, compile_plan
from sale.simulation import scenarios
from sale.simulation.result import play
from sale.simulation.room import Change, with_room
from sale.simulation.stress import weakest_of
from sale.simulation.uncertainty import Draw, bound, draws, model_in, ready_seconds
from sale.simulation.verdict import judge
from sale.simulation.window import Window, window
from specs.sale import SaleEvent
from specs.shop import Shop

TARGETS: Final = (0.90, 0.95, 0.99, 0.999)
"""Shares of the draws in which the promise is to be kept: what each costs is shown."""
RECOMMENDED: Final = 0.99
DRAWS: Final = 1000
"""Draws: 99 % of them are known to 0.6 points with 95 % confidence (Wilson), and one of a thousand is seen at all."""
MIN_HEADROOM: Final = 1.0
MAX_HEADROOM: Final = 4.0
HEADROOM_STEP: Final = 0.05
LEADS: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120)  # minutes
ON_TIME: Final = 0.999  # share of the draws in which tasks and databases follow within the lead
NEIGHBOURS: Final = 4  # headrooms from the least on among which the cheapest is taken
BEFORE: Final = 300.0  # seconds that are played before the opening …
AFTER: Final = 600.0  # … and after its peak, the event's highest: the worst minutes lie between
MIN_AFTER: Final = 1500.0  # seconds after the opening that are played at least
MOST_MULTIPLE: Final = 10.0
MULTIPLE_STEP: Final = 0.02

Told = Callable[[str], None]
_INTERVAL: Final = 1.959964  # standard deviations of 95 % confidence


@dataclass(frozen=True, kw_only=True)
class Share:
    """In how many draws a promise is kept."""

    kept: int
    of: int

    @property
    def value(self) -> float:
        return self.kept / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence (Wilson's score interval)."""
        n, p, z2 = self.of, self.value, _INTERVAL**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _INTERVAL * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One plan."""

    headroom: float
    lead: int
    plan: Plan
    changes: tuple[Change, ...]
    """Against the settings as they are."""
    reserved_lcu: float
    """Load balancer units that AWS Support has to grant first; 0 where enough are."""
    bill: Bill
    share: Share
    holds_to: float
    """Multiple of the forecast at which it still keeps the promise, if all else is as foreseen; 0 where none does."""

    @property
    def usd(self) -> float:
        """What the event adds, with what has no price in the region at the reference region's."""
        return _usd(self.bill)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search came to."""

    now: Candidate
    """The settings as they are."""
    granted: Candidate
    """The same once AWS has granted the load balancer's reservation and maxima leave room; `now` where they do."""
    frontier: dict[float, Candidate]
    """By target: the cheapest plan that reaches it; targets that none reaches are left out."""
    weakest: str
    """What is in the way of a target that none reaches: the station that turned most away. Empty where all are."""
    plays: int

    @property
    def best(self) -> Candidate | None:
        return self.frontier.get(RECOMMENDED)


def search(
    shop: Shop,
    event: str,
    now: datetime,
    prices: Prices,
    faults: Iterable[str] = (),
    told: Told = lambda _: None,
    count: int = DRAWS,
) -> Found:
    """The cheapest plan of an event for each target, in the plan's own scenario and in those of `faults`."""
    with ThreadPoolExecutor(scenarios.WORKERS) as pool:
        return _Searcher(shop, event, now, prices, ("plan", *faults), told, count, pool).found()


def opening(event: SaleEvent, before: float = BEFORE) -> Window:
    """The minutes that decide: around the opening, with its peak and the begin of its decay."""
    after = max(MIN_AFTER, event.shape.spike_seconds + event.shape.peak_minutes * MINUTE + AFTER)
    start = math.floor(event.start.timestamp() - before)
    return Window(start=start, seconds=math.ceil(min(before + after, event.over.timestamp() - start)))


@dataclass
class _Tried:
    """A plan, and what is known of it: one of a headroom and a lead."""

    plan: Plan
    changes: tuple[Change, ...]
    reserved_lcu: float
    outcomes: dict[int, bool] = field(default_factory=dict)
    """By number of a draw: whether the promise is kept."""
    limit: float | None = None
    broken: float | None = None
    whole: bool | None = None
    """Whether the whole event is kept as it is foreseen."""


class _Searcher:
    def __init__(
        self, shop: Shop, event: str, now: datetime, prices: Prices, names: tuple[str, ...], told: Told, count: int,
        pool: ThreadPoolExecutor,
    ) -> None:  # fmt: skip
        self.shop, self.now, self.prices, self.names, self.told, self.pool = shop, now, prices, names, told, pool
        self.event = next(one for one in shop.sale_events if one.name == event)
        self.draws = draws(compile_plan(shop, now), self.event, count)
        self.order = sorted(range(count), key=lambda number: -self.draws[number].severity)
        self.tried: dict[tuple[float, int], _Tried] = {}
        self.weakest = ""
        self.plays = 0

    def found(self) -> Found:
        own = self.event
        as_set = _Tried(compile_plan(self.shop, self.now), (), 0.0)
        at_present = granted = self._candidate(as_set, own.headroom, own.lead_minutes)
        with_grants = self._try(own.headroom, own.lead_minutes)
        if with_grants.changes or with_grants.reserved_lcu:
            granted = self._candidate(with_grants, own.headroom, own.lead_minutes)
        lead = self._lead()
        frontier: dict[float, Candidate] = {}
        low = 0
        for target in TARGETS:
            index = self._least(target, lead, low)
            if index is None:
                break
            low = index
            headroom = self._cheapest(index, lead)
            while headroom < MAX_HEADROOM and not self._keeps_all(self._try(headroom, lead)):
                headroom = round(headroom + HEADROOM_STEP, 2)
            frontier[target] = self._candidate(self._try(headroom, lead), headroom, lead)
        weakest = "" if len(frontier) == len(TARGETS) else self.weakest
        return Found(now=at_present, granted=granted, frontier=frontier, weakest=weakest, plays=self.plays)

    def _lead(self) -> int:
        """The shortest lead within which tasks and databases follow in all but one of a thousand draws."""
        plan = self._try(MAX_HEADROOM / 2, LEADS[-1]).plan
        late = sorted(ready_seconds(plan, draw) for draw in self.draws)
        needed = late[min(len(late) - 1, math.ceil(ON_TIME * len(late)) - 1)]
        return next((lead for lead in LEADS if lead * MINUTE >= needed), LEADS[-1])

    def _least(self, target: float, lead: int, low: int) -> int | None:
        """Number of the least headroom that keeps the promise in `target` of the draws."""
        high = round((MAX_HEADROOM - MIN_HEADROOM) / HEADROOM_STEP)
        last = high
        allowed = math.floor((1 - target) * len(self.draws) + 1e-9)
        step = 4
        first = low
        while first < high and not self._reaches(min(first + step, last), lead, allowed):
            first = min(first + step, last) + 1  # from the bottom up: what holds is usually near it
            step *= 2
        low, high = first, min(first + step, last)
        best = None
        while low <= high:
            middle = (low + high) // 2
            if self._reaches(middle, lead, allowed):
                best, high = middle, middle - 1
            else:
                low = middle + 1
        return best

    def _cheapest(self, index: int, lead: int) -> float:
        """The headroom of the cheapest plan from a number on: steps are joined, so that a little more may cost less."""
        headrooms = [_headroom(number) for number in range(index, index + NEIGHBOURS)]
        return min(headrooms, key=lambda headroom: _usd(event_bill(self._try(headroom, lead).plan, self.prices)))

    def _reaches(self, index: int, lead: int, allowed: int) -> bool:
        tried = self._try(_headroom(index), lead)
        failed = self._failed(tried, lead, allowed)
        said = f"{failed} or more of" if failed > allowed else f"{failed} of"
        self.told(f"headroom {_headroom(index):g}: broken in {said} {len(self.draws)} draws ({self.plays} plays)")
        return failed <= allowed

    def _try(self, headroom: float, lead: int) -> _Tried:
        key = (headroom, lead)
        if key not in self.tried:
            event = self.event.model_copy(update={"headroom": headroom, "lead_minutes": lead})
            events = tuple(event if one.name == event.name else one for one in self.shop.sale_events)
            room = with_room(self.shop.model_copy(update={"sale_events": events}), self.now)
            where = ("config", "saleday:saleEvents", self.event.name)
            own: list[Change] = []
            if headroom != self.event.headroom:
                own.append(((*where, "headroom"), headroom))
            if lead != self.event.lead_minutes:
                own.append(((*where, "leadMinutes"), lead))
            plan = compile_plan(room.shop, self.now)
            self.tried[key] = _Tried(plan, (*own, *room.changes), room.reserved_lcu)
        return self.tried[key]

    def _candidate(self, tried: _Tried, headroom: float, lead: int) -> Candidate:
        failed = self._failed(tried, lead, len(self.draws))
        return Candidate(
            headroom=headroom,
            lead=lead,
            plan=tried.plan,
            changes=tried.changes,
            reserved_lcu=tried.reserved_lcu,
            bill=event_bill(tried.plan, self.prices),
            share=Share(kept=len(self.draws) - failed, of=len(self.draws)),
            holds_to=self._limit(tried),
        )

    def _failed(self, tried: _Tried, lead: int, allowed: int) -> int:
        """Draws in which the promise is broken; counted no further than one beyond `allowed`."""
        limit, broken = self._limit(tried), self._broken_from(tried)
        unsafe = [number for number in self.order if not self._is_safe(tried, number, lead, limit)]
        tried.outcomes.update((number, False) for number in unsafe if self.draws[number].ease >= broken)
        failed = sum(not tried.outcomes.get(number, True) for number in unsafe)
        if failed > allowed:
            return failed
        unsafe = [number for number in unsafe if tried.outcomes.get(number, True)]
        for begin in range(0, len(unsafe), 8 * scenarios.WORKERS):
            batch = unsafe[begin : begin + 8 * scenarios.WORKERS]
            new = [number for number in batch if number not in tried.outcomes]
            kept = self.pool.map(lambda number: self._keeps(tried, lead, self.draws[number]), new)
            tried.outcomes.update(zip(new, kept, strict=True))
            failed += sum(not tried.outcomes[number] for number in batch)
            if failed > allowed:
                break
        return failed

    def _is_safe(self, tried: _Tried, number: int, lead: int, limit: float) -> bool:
        """Whether a draw is one that the plan was played to hold beyond: none of its links is loaded by more."""
        draw = self.draws[number]
        return draw.severity <= limit and not draw.spot and not self._is_late(tried, draw, lead)

    @staticmethod
    def _is_late(tried: _Tried, draw: Draw, lead: int) -> bool:
        return draw.reservation > RESERVATION_LEAD or ready_seconds(tried.plan, draw) > lead * MINUTE - BEFORE / 2

    def _limit(self, tried: _Tried) -> float:
        """The multiple of the forecast at which the plan still keeps its promise, to a step; 0 where it never does."""
        if tried.limit is None:
            slowest = max(draw.start for draw in self.draws)
            low, high = 0, round(MOST_MULTIPLE / MULTIPLE_STEP)
            guess = round(tried.plan.headroom / MULTIPLE_STEP)
            while low < high:
                middle = guess if low < guess <= high else (low + high + 1) // 2
                guess = 0
                if self._keeps_in_time(tried.plan, bound(middle * MULTIPLE_STEP, slowest)):
                    low = middle
                else:
                    high = middle - 1
            tried.limit = round(low * MULTIPLE_STEP, 2)
        return tried.limit

    def _broken_from(self, tried: _Tried) -> float:
        """A multiple of the forecast from which on the promise is broken, however fast tasks start."""
        if tried.broken is None:
            fastest, multiple = min(draw.start for draw in self.draws), self._limit(tried)
            while tried.broken is None:
                multiple = round(multiple + MULTIPLE_STEP, 2)
                if multiple > MOST_MULTIPLE or not self._keeps_in_time(tried.plan, bound(multiple, fastest)):
                    tried.broken = multiple
        return tried.broken

    def _keeps(self, tried: _Tried, lead: int, draw: Draw) -> bool:
        """Whether a draw keeps the promise: from before the plan's steps, where these may come too late."""
        before = lead * MINUTE + BEFORE if self._is_late(tried, draw, lead) else BEFORE
        return self._plays(tried.plan, draw, opening(self.event, before))

    def _keeps_in_time(self, plan: Plan, draw: Draw) -> bool:
        return self._plays(plan, draw, opening(self.event))

    def _keeps_all(self, tried: _Tried) -> bool:
        """Whether the whole event is kept as it is foreseen: its evenings and its second day, not the opening alone."""
        if tried.whole is None:
            tried.whole = self._plays(tried.plan, bound(1.0, 1.0), window(self.event))
        return tried.whole

    def _plays(self, plan: Plan, draw: Draw, span: Window) -> bool:
        """Whether every scenario keeps the promise; no headroom keeps a fault's worst minutes, so that one is held to
        the whole of what is played."""
        for name in self.names:
            self.plays += 1
            result = play(model_in(plan, self.event, span, draw, name))
            verdict = judge(result, self.event, span)
            if verdict.broken if name == "plan" else verdict.whole.broken:
                self.weakest = weakest_of(result).name
                return False
        return True


def _usd(bill: Bill) -> float:
    return bill.usd + bill.about


def _headroom(index: int) -> float:
    return round(MIN_HEADROOM + index * HEADROOM_STEP, 2)


def lowered(changes: Sequence[Change], shop: Shop, event: str) -> list[tuple[str, float, float]]:
    """What changes would lower: setting, value as it is set, new value."""
    own = next(one for one in shop.sale_events if one.name == event)
    now = {"headroom": own.headroom, "leadMinutes": float(own.lead_minutes)}
    return [(path[-1], now[path[-1]], value) for path, value in changes if path[-1] in now and value < now[path[-1]]]
