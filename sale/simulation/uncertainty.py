"""What may come in place of the forecast: draws of demand, of what was measured, and of how long AWS takes.

    for draw in draws(plan, event, 1000): play(model_in(plan, event, window, draw))

A draw is the same for every plan that is tried (common random numbers), so that plans differ by themselves alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sale.growth import START_SPREAD
from sale.plan import Plan
from sale.simulation import scenarios
from sale.simulation.faults import Scene
from sale.simulation.model import Model
from sale.simulation.stress import times
from sale.simulation.window import Window
from sale.timeline import launch_seconds
from specs.sale import SaleEvent

SEED: Final = 20_301_019
WITHIN: Final = 1.959964
"""Standard deviations that an interval of the settings reaches to either side: 95 % of what may come lies in it."""
_P999: Final = 3.090232  # standard deviations above which one of a thousand lies


@dataclass(frozen=True)
class Delay:
    """A time that AWS takes, lognormal."""

    median: float
    p999: float
    """What one of a thousand exceeds."""

    def at(self, deviations: float) -> float:
        """The time so many standard deviations from the median."""
        return self.median * math.exp(math.log(self.p999 / self.median) / _P999 * deviations)


RESERVATION: Final = Delay(300.0, 10_800.0)
"""Seconds until reserved capacity of a load balancer is there: most requests within a few minutes, up to a few hours
(ELB user guide, "Request LCU reservation")."""
AURORA: Final = Delay(120.0, 1800.0)
"""Seconds until Aurora Serverless has grown to a new minimum; AWS names no time, an estimate."""
START: Final = Delay(1.0, 3.0)
"""Start of a task as a multiple of `measured.startSeconds`: an image that is pulled slowly, an estimate."""
SPOT_RECLAIMED: Final = 0.01
"""Share of the openings at which Spot takes its tasks back. AWS's Spot Instance Advisor has below 5 % of instances a
month as its lowest class; an estimate."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One way in which things may turn out, as multiples of what was foreseen."""

    demand: float = 1.0
    capacity: Mapping[str, float]
    """By service: what a task can do."""
    work: Mapping[str, float]
    """By service: what a request asks of the stores."""
    reservation: float = 0.0
    """Seconds from a reservation's time until it is there."""
    aurora: float = 0.0
    start: float = 1.0
    """Of the tasks' starts."""
    spot: bool = False
    """Whether Spot takes its tasks back at the opening."""

    @property
    def severity(self) -> float:
        """The highest load of any link, as a multiple of its forecast."""
        return self.demand * max((1.0, *(1 / one for one in self.capacity.values()), *self.work.values()))

    @property
    def ease(self) -> float:
        """The lowest load of any link, as a multiple of its forecast."""
        return self.demand * min((1.0, *(1 / one for one in self.capacity.values()), *self.work.values()))


def draws(plan: Plan, event: SaleEvent, count: int, seed: int = SEED) -> list[Draw]:
    """The same draws each time, as long as services and intervals are the same."""
    random = np.random.default_rng(seed)
    services = plan.shop.services
    spread = math.log1p(event.demand.uncertainty_percent / 100) / WITHIN
    spreads = {one.name: math.log(one.measured.capacity_factor) / WITHIN for one in services}
    asked = {one.name: math.log1p(one.measured.uncertainty_percent / 100) / WITHIN for one in services}
    found = []
    for _ in range(count):
        demand, reservation, aurora, start = (float(value) for value in random.standard_normal(4))
        apart = {one.name: random.standard_normal(2) for one in services}
        found.append(
            Draw(
                demand=math.exp(spread * demand),
                capacity={name: math.exp(spreads[name] * float(both[0])) for name, both in apart.items()},
                work={name: math.exp(asked[name] * float(both[1])) for name, both in apart.items()},
                reservation=RESERVATION.at(reservation),
                aurora=AURORA.at(aurora),
                start=START.at(start),
                spot=bool(random.random() < SPOT_RECLAIMED),
            )
        )
    return found


def bound(multiple: float, start: float) -> Draw:
    """The draw that is at least as hard as any other with at most this severity and this start, without a delay."""
    return Draw(demand=multiple, capacity={}, work={}, start=start)


def ready_seconds(plan: Plan, draw: Draw) -> float:
    """Seconds from the time of a plan's steps until tasks and databases have followed."""
    added = [plan.tasks[one.name].highest - one.scaling.min for one in plan.shop.services]
    slowest = max((one.measured.start_seconds + START_SPREAD for one in plan.shop.services), default=0.0)
    return max(launch_seconds(sum(added)) + slowest * draw.start, draw.aurora if plan.acu else 0.0)


def model_in(plan: Plan, event: SaleEvent, window: Window, draw: Draw, scenario: str = "plan") -> Model:
    """A scenario of the plan, as a draw has it."""
    late = replace(
        plan,
        lcu=plan.lcu.delayed(draw.reservation),
        acu={name: track.delayed(draw.aurora) for name, track in plan.acu.items()},
    )
    given = times(scenarios.model(late, event, window, scenarios.SCENARIOS[scenario], room=False), draw.demand)
    stores = {station.name for station in given.stores}
    services = tuple(
        replace(
            one,
            rate=one.rate * draw.capacity.get(one.name, 1.0),
            scaling=replace(
                one.scaling,
                first_start=one.scaling.first_start * draw.start,
                last_start=one.scaling.last_start * draw.start,
            ),
        )
        for one in given.services
        if one.scaling is not None
    )
    calls = tuple(
        replace(one, per_request=one.per_request * draw.work.get(one.source, 1.0)) if one.target in stores else one
        for one in given.calls
    )
    actions = given.actions
    fault = scenarios.SCENARIOS["spot-reclaimed"].fault
    if draw.spot and fault is not None:
        scene = Scene(plan=plan, opening=round(event.start.timestamp() - window.start))
        actions = (*actions, *fault(given, scene))
    return replace(given, services=services, calls=calls, actions=actions)
