"""A link of the chain from customers to stores, and the load that it is held against."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sale import requirements
from sale.demand import Rates
from sale.plan import Plan
from sale.schedules import Block, StepSchedule
from specs.sale import SaleEvent
from specs.services import Service

HEADROOM: Final = "saleEvents[].headroom"
TOO_LATE: Final = "saleEvents[].start (deployed too late)"


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the chain."""

    name: str
    kind: str
    """How `sale-capacity` finds what provides it; see policy/pack/rules/sale.py."""
    on: str
    """Physical name, id or code of the resource or quota that provides it."""
    required: float
    """Forecast x headroom."""
    provided: float
    """By the settings and the plan."""
    unit: str
    per_unit: float = 1.0
    """What one unit of the resource provides, in `unit`."""
    setting: str
    """The setting behind the resource or quota."""
    planned: bool = False
    """Whether the plan itself provides it, as forecast x headroom asks: what is left over is no more than rounding."""
    late: bool = False
    """Whether the events came too late into the stack for all of it to stand."""
    by_support: bool = False
    """Whether AWS Support has to grant what is missing: the promise is not kept without, and no preview fails for it,
    as a deployment can't bring it."""
    local: bool = False
    """Whether it is computed here alone: no resource of the stack shows it to the policy pack."""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def raised_by(self) -> str:
        """Setting that raises it: the headroom where the plan provides it, else the link's own."""
        return TOO_LATE if self.late else HEADROOM if self.planned else self.setting

    @property
    def needed(self) -> str:
        """Requirement as text."""
        return f"{self.required:,.0f}" if math.isfinite(self.required) else "no end"

    @property
    def use(self) -> float:
        """Share of what is provided that is required: above 1 it falls short."""
        return self.required / self.provided if self.provided > 0 else float("inf")

    @property
    def margin(self) -> float:
        """Share of the requirement that is left over: 0.25 is a quarter more than needed, below 0 it falls short."""
        return round(self.provided / self.required - 1, 6) + 0.0  # what falls short by rounding alone does not

    @property
    def falls_short(self) -> bool:
        return self.margin < 0

    @property
    def short(self) -> bool:
        """Whether it falls short of what a deployment can bring."""
        return self.falls_short and not self.by_support

    def published(self) -> dict[str, Any]:
        """The link as the policy pack reads it; what is provided it finds itself."""
        return {
            "name": self.name,
            "kind": self.kind,
            "on": self.on,
            "required": round(self.required, 6),
            "perUnit": self.per_unit,
            "unit": self.unit,
            "setting": self.setting,
            **self.more,
        }


@dataclass(frozen=True)
class Load:
    """Load on the links: so many times the forecast, of all events to come or of one of them.

    The plan stays as it is compiled, whatever the factor.
    """

    plan: Plan
    factor: float
    event: SaleEvent | None = None
    """The event whose span is looked at, with the demand of all events in it. Default: all that is to come."""
    block: Block | None = None
    """A span alone, with what stands at its begin and its own rates. Default: all that the event spans."""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The half hours that are not over."""
        if self.block is not None:
            return (self.block,)
        ahead = self.plan.ahead
        if self.event is None:
            return ahead
        start, end = self.plan.forecast.span_of(self.event)
        return tuple(block for block in ahead if block.start < end and block.end > start)

    @cached_property
    def peak(self) -> Rates:
        """The highest rates, without the factor."""
        return self.block.peak if self.block is not None else self.plan.highest(self.blocks)

    @property
    def events(self) -> tuple[SaleEvent, ...]:
        return self.plan.events if self.event is None else (self.event,)

    def tasks(self, service: Service) -> float:
        """Tasks that run when a service is busiest."""
        needed = requirements.tasks(service, self.peak, self.factor)
        return float(min(service.scaling.max, max(needed, service.scaling.min)))

    def stands(self, track: StepSchedule, ready: float = 0.0) -> float:
        """The most of a resource that stands when the demand comes.

        `ready` is the time in seconds from a change until it serves: it counts where the events come late into the
        stack, since what is deployed in time is scheduled that long ahead.
        """
        if self.block is not None:
            return self.plan.as_deployed(track).at(self.block.start)
        if not self.blocks:
            return track.highest
        planned = track.highest_between(self.blocks[0].start, self.blocks[-1].end)
        return planned * self._standing(track, ready)

    def is_late(self, track: StepSchedule, ready: float = 0.0) -> bool:
        """Whether a deployment has come too late for all of a resource to stand when the demand comes."""
        return self._standing(track, ready) < 1

    def _standing(self, track: StepSchedule, ready: float) -> float:
        """Share of what is planned that stands at the openings."""
        if self.plan.deployed is None:
            return 1.0
        moments = [max(event.start.timestamp(), self.plan.now) for event in self.events]
        late = self.plan.as_deployed(track)
        return min((late.at(moment - ready) / (track.at(moment) or 1.0) for moment in moments), default=1.0)
