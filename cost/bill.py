"""A stack's month without an event and what its events add: from its resources, its forecast and the prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_facts.prices import Prices
from cost.graph import Node
from cost.use import Use
from sale.charges import Line, Pricer, lines, traffic
from sale.event_cost import of_event
from sale.plan import Plan
from specs.shop import Shop


@dataclass(frozen=True, kw_only=True)
class Context:
    """Inputs of pricing a graph: settings, forecast and prices."""

    shop: Shop
    plan: Plan
    usual: Use
    prices: Prices
    nodes: Sequence[Node]

    @property
    def pricer(self) -> Pricer:
        return Pricer(self.prices)

    @cached_property
    def traffic(self) -> list[Line]:
        """Cost of a month's requests."""
        return list(traffic(self.shop, self.prices, self.usual.quantities))


def of_events(context: Context) -> list[Line]:
    """Cost of all events: capacity of their plan beyond the usual, and customers' use."""
    return lines(context.shop, context.prices, of_event(context.plan))
