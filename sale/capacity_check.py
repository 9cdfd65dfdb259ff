"""The check: every link of the chain from customers to stores, what the forecast asks of it and what it offers.

The same links are published with the stack, and the policy pack's `sale-capacity` looks for the resources behind them:
what counts in a preview is what the graph really holds, not what is computed here from the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sale.check import data, edge, services
from sale.link import Link, Load
from sale.plan import Plan
from sale.stress import Rung, Stress, climb
from specs.sale import SaleEvent

TRIED: Final = (*(round(0.05 * step, 2) for step in range(1, 61)), 4.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0)
"""Multiples of the forecast."""


Tier = Callable[[Load], Iterable[Link]]
"""Links of one part of the stack."""
OF_RESOURCES: Final[tuple[Tier, ...]] = (
    edge.entrance,
    services.services,
    data.databases,
    data.tables,
    data.caches,
    data.fleets,
    data.queues,
    services.order_events,
    edge.network,
)
"""What resources and quotas provide; `sale.check.latency` has answer times beside them."""


def links(
    plan: Plan, event: SaleEvent | None = None, factor: float | None = None, tiers: Sequence[Tier] = OF_RESOURCES
) -> tuple[Link, ...]:
    """Every link that the events load, the weakest first.

    Held against `factor` times the forecast, by default the headroom; of the demand of all events, within the span of
    `event` where one is given.
    """
    if not plan.events:
        return ()
    load = Load(plan, plan.headroom if factor is None else factor, event)
    found = [link for tier in tiers for link in tier(load)]
    return tuple(sorted((one for one in found if one.required > 0), key=lambda one: (one.margin, one.local, one.name)))


def stress(plan: Plan, event: SaleEvent | None = None, tiers: Sequence[Tier] = OF_RESOURCES) -> Stress:
    """At how many times the forecast a link falls short, by formulas alone."""
    multiples = takes(plan, event, tiers)
    return climb(lambda multiple: _rung(links(plan, event, multiple, tiers), multiples, multiple))


def takes(plan: Plan, event: SaleEvent | None = None, tiers: Sequence[Tier] = OF_RESOURCES) -> dict[str, float]:
    """By link: the most times the forecast that it takes, to the next lower of `TRIED`; 0 for none of them."""
    found: dict[str, float] = {}
    short: set[str] = set()
    for multiple in TRIED:
        for link in links(plan, event, multiple, tiers):
            if link.falls_short:
                short.add(link.name)
            if link.name not in short:
                found[link.name] = multiple
            found.setdefault(link.name, 0.0)
    return found


def _rung(found: Sequence[Link], multiples: Mapping[str, float], multiple: float) -> Rung:
    """The link that falls shortest; where none does, the one that the fewest times the forecast break.

    Resources first: an answer time without an end is that of one of them.
    """
    short = [one for one in found if one.falls_short]
    weakest = (
        max(short, key=lambda one: (not one.local or one.by_support, one.use))
        if short
        else min(found, key=lambda one: multiples[one.name])
    )
    return Rung(
        multiple=multiple,
        holds=not weakest.falls_short,
        weakest=weakest.name,
        use=weakest.use,
        detail=f"{weakest.needed} of {weakest.provided:,.0f} {weakest.unit}",
        setting=weakest.raised_by,
    )
