"""Content of a picture: cards in layers, and arrows between cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Flow = Literal["request", "data", "event"]
"""Kind of arrow: a customer's request, data that is read or written, an event."""


@dataclass(frozen=True)
class Card:
    """An icon with a name and, below it, what it is."""

    key: str
    """Unique in the picture."""
    icon: str
    """File of AWS's icons, without its ending: `compute/fargate`."""
    name: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Arrow:
    """From a card's key to another's."""

    source: str
    target: str
    flow: Flow
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A stack from the customers down to the stores, and the layers outside the request path."""

    network: str
    """Title of the VPC."""
    compute: str
    """Title of the app subnets."""
    customers: Card
    edge: tuple[Card, ...]
    zones: tuple[Card, ...]
    app: tuple[Card, ...]
    """In the app subnets: the load balancer, services and jobs."""
    data: tuple[Card, ...]
    """In the data subnets."""
    regional: tuple[Card, ...]
    """Stores, queues and functions outside of the VPC."""
    beside: Mapping[str, tuple[Card, ...]]
    """Layers that no request passes, by title; none is empty."""
    arrows: tuple[Arrow, ...]

    def cards(self) -> tuple[Card, ...]:
        """All cards."""
        beside = (card for layer in self.beside.values() for card in layer)
        return (self.customers, *self.edge, *self.zones, *self.app, *self.data, *self.regional, *beside)
