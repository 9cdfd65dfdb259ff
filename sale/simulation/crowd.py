"""A crowd of several times the forecast, with and without a waiting room.

Four plays of the same demand, with bots among it: nobody is held back; a constant rate that somebody has typed; a loop
that knows feedback alone; the shop's own room. What each places is held against what the stack can carry.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sale.admission.fluid import STEP, flow
from sale.plan import Plan
from sale.simulation import rooms, scenarios
from sale.simulation.gate import BOTS, IDENTITIES, Admission
from sale.simulation.model import Model, Numbers
from sale.simulation.result import Result, play
from sale.simulation.stress import times
from sale.simulation.verdict import Verdict, judge
from sale.simulation.waits import Waits, waits
from sale.simulation.window import Window, window
from specs import admission as settings
from specs.sale import SaleEvent

MULTIPLE: Final = 3.0
"""Times the forecast that come to the event, and not before it."""

_Room = Callable[[Admission], Admission | None]
ROOMS: Final[dict[str, tuple[str, _Room]]] = {
    "none": ("nobody is held back", lambda _: None),
    "typed": ("a typed rate, 75 % of the opening's", rooms.typed),
    "loop": ("feedback alone", rooms.closed_loop),
    "own": ("the shop's own room", lambda own: own),
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """What came of the crowd with one room, or with none."""

    name: str
    title: str
    result: Result
    verdict: Verdict
    """For those inside."""
    orders: int
    """Placed over the whole event."""
    of_carried: float
    """Those as a share of what the stack can carry of the demand."""
    waits: Waits | None


def held(plan: Plan, event: SaleEvent, multiple: float = MULTIPLE, span: Window | None = None) -> tuple[Held, ...]:
    """The crowd with each of `ROOMS`. The event has a room."""
    span = span or window(event)
    given = crowd(plan, event, span, multiple)
    own = given.admission
    room = room_of(plan, event)
    assert own is not None, f"{event.name}: no admission"
    assert room is not None
    most = carried(given, own, room.capacity_percent / 100)
    opening = round(event.start.timestamp() - span.start)

    def one(name: str) -> Held:
        title, room = ROOMS[name]
        result = play(replace(given, admission=room(own)))
        orders = result.orders.served
        return Held(
            name=name,
            title=title,
            result=result,
            verdict=judge(result, event, span),
            orders=orders,
            of_carried=orders / most,
            waits=None if name == "none" else waits(result, opening),
        )

    with ThreadPoolExecutor(scenarios.WORKERS) as pool:
        return tuple(pool.map(one, ROOMS))


def room_of(plan: Plan, event: SaleEvent) -> settings.Admission | None:
    """The room that the crowd of an event meets: its own, or the edge's."""
    return event.admission or plan.shop.edge.admission


def crowd(plan: Plan, event: SaleEvent, span: Window, multiple: float) -> Model:
    """The plan's model with so many times its customers once the room is there, and bots beside them: with each of
    their identities these wait and ask for pages as customers do, and order nothing."""
    given = times(scenarios.model(plan, event, span, scenarios.SCENARIOS["plan"]), multiple)
    requests = given.customers.requests * (1.0 + BOTS * IDENTITIES)
    return replace(given, customers=replace(given.customers, requests=requests))


def carried(model: Model, room: Admission, share: float) -> float:
    """Orders that the stack can carry of a model's demand, by its proof: with customers who are let in as soon as there
    is room, and who never turn away. What is published is `share` of that."""
    asked, ordered = _summed(model.customers.requests), _summed(model.customers.orders)
    found = flow(room.schedule, asked, start=room.start, visit_requests=room.visit_requests, share=share)
    ratio = np.divide(ordered, asked, out=np.zeros(len(asked)), where=asked > 0)
    return float(np.dot([served for served, _ in found], ratio))


def _summed(values: Numbers) -> Numbers:
    whole = len(values) // STEP * STEP
    return values[:whole].reshape(-1, STEP).sum(axis=1)
