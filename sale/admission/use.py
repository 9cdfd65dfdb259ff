"""Use of a waiting room: places given, polls of those who wait, writes of the controller."""

from __future__ import annotations

from dataclasses import dataclass

from sale.admission.fluid import STEP, flow
from sale.admission.polls import PASS_SECONDS, POLL_SECONDS
from sale.admission.rates import schedule
from sale.plan import Plan
from specs.admission_rules import gated_share
from specs.sale import SaleEvent


@dataclass(frozen=True, kw_only=True)
class RoomUse:
    """Use of one room, in numbers."""

    places: float = 0.0
    polls: float = 0.0
    passes: float = 0.0
    """Of the controller."""

    def __add__(self, other: RoomUse) -> RoomUse:
        return RoomUse(
            places=self.places + other.places, polls=self.polls + other.polls, passes=self.passes + other.passes
        )


def use_of(plan: Plan, event: SaleEvent) -> RoomUse:
    """What the event's room uses when its forecast comes, from its pre-queue on; nothing where it has none."""
    room = event.admission
    if room is None:
        return RoomUse()
    told, gated = schedule(plan, event), gated_share(room, event, plan.shop.services)
    start, end = told.steps[0].since, event.over.timestamp()
    count = int((end - start) // STEP)
    asked = [one * STEP * gated for one in plan.forecast.sample(start, count, STEP).requests]
    visit = room.visit.requests
    waiting = sum(rest for _, rest in flow(told, asked, start=start, visit_requests=visit)) * STEP / visit
    return RoomUse(places=sum(asked) / visit, polls=waiting / POLL_SECONDS, passes=count * STEP / PASS_SECONDS)
