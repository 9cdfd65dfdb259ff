"""Waiting rooms to play: the shop's own, and what others have in its place.

`own` lets in what the proof carries and lowers it by feedback. `typed` calls a constant number that somebody has typed,
with the advice that vendors give. `closed_loop` starts from the same number and knows feedback alone, up and down.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from sale.admission.rates import schedule, unannounced
from sale.plan import Plan
from sale.simulation.gate import Admission
from sale.simulation.window import Window
from specs.admission_rules import gated_share
from specs.sale import SaleEvent

TYPED_SHARE: Final = 0.75
"""Of the opening's capacity, as Cloudflare advises for its Waiting Room ("75 % of origin capacity")."""


def own(plan: Plan, window: Window) -> Admission | None:
    """The room of the first event in a window that has one, else the edge's, which always stands; None without any."""
    met = [event for event in plan.planned if _meets(plan, event, window)]
    announced = next((event for event in met if event.admission is not None), None)
    event = announced or next(iter(met), None)
    room = announced.admission if announced else plan.shop.edge.admission
    if room is None or event is None:
        return None
    return Admission(
        schedule=schedule(plan, announced) if announced else unannounced(plan),
        start=window.start,
        visit_requests=room.visit.requests,
        visit_seconds=room.visit.minutes * 60,
        free_share=1 - gated_share(room, event, plan.shop.services),
    )


def typed(given: Admission) -> Admission:
    """The same room with a constant number that somebody has typed, and no feedback."""
    return replace(given, typed=_typed(given), feedback=False, compensates=False)


def closed_loop(given: Admission) -> Admission:
    """The same room where feedback alone moves the number, from the typed one, up and down."""
    return replace(given, typed=_typed(given), most=math.inf)


def _typed(given: Admission) -> float:
    return TYPED_SHARE * max(one.standing for one in given.schedule.steps) / given.schedule.visit


def _meets(plan: Plan, event: SaleEvent, window: Window) -> bool:
    start, end = plan.forecast.span_of(event)
    return start < window.end and end > window.start
