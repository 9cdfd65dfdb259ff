"""Links that are answer times: p99 of each service at the peak, in closed form, against what it promises.

These are told by plan and report alone, as no resource of a stack shows them to the policy pack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from sale.capacity_check import OF_RESOURCES, Tier
from sale.link import Link, Load
from sale.plan import Plan
from sale.simulation.adapter import model_of
from sale.simulation.model import Model
from sale.simulation.steady import steady_latencies
from sale.simulation.window import Window
from specs.sale import SaleEvent

CURVE_PEAK: Final = 3600.0
"""Seconds from the opening in which the peak of a curve is looked for."""
MILLISECONDS: Final = 1000.0


def every_tier(plan: Plan, event: SaleEvent | None = None) -> tuple[Tier, ...]:
    """Resources and quotas, and answer times beside them."""
    return (*OF_RESOURCES, answer_times(plan, event)) if plan.events else OF_RESOURCES


def answer_times(plan: Plan, event: SaleEvent | None = None) -> Callable[[Load], Iterator[Link]]:
    """The links of a plan's openings, or of that of one event: with the capacity that stands there."""
    models = [_at_opening(plan, one) for one in (plan.events if event is None else (event,))]

    def links(load: Load) -> Iterator[Link]:
        found = [steady_latencies(model, float(model.customers.requests.max()) * load.factor) for model in models]
        for service in plan.prepared.services:
            if load.peak.services[service.name] > 0:
                yield Link(
                    name=f"p99 of {service.name} at the peak",
                    kind="latency",
                    on=service.name,
                    required=max(by_service[service.name].p99 for by_service in found) * MILLISECONDS,
                    provided=float(service.slo.latency_p99),
                    unit="ms",
                    setting=f"saleEvents[].headroom, services[{service.name}].measured.serviceTimeMs",
                    local=True,
                )

    return links


def _at_opening(plan: Plan, event: SaleEvent) -> Model:
    """The stack from the opening until the spike is over: its first second has what stands by then."""
    lasts = CURVE_PEAK if event.demand.curve is not None else event.shape.spike_seconds + 1
    return model_of(plan, Window(start=max(event.start.timestamp(), plan.now), seconds=int(lasts) + 1))
