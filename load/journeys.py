"""Customers of a load test: how far each goes, and what each asks for, so that together they make the event's mix.

A visit is a sequence of requests. Of `mix`, what only buyers ask for falls to the journeys that reach it:

    orders a request  x  requests a visit                  = share of visits that check out, one order each
    that share        x  1 / (1 - abandoned carts)         = share of visits with a cart
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from sale.requirements import SENDS
from specs.load_test import Journey, LoadRequest, LoadTest
from specs.order_path import ways
from specs.sale import SaleEvent
from specs.services import Service
from specs.shop import Shop

JOURNEYS: Final[tuple[Journey, ...]] = ("browse", "cart", "checkout")
CARTS: Final = ("cart", "basket", "bag")
_PERCENT: Final = 100.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """A request of a journey."""

    request: LoadRequest
    count: float
    """How often a visit makes it, on average."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A journey: the share of the visits that take it, and its requests in order."""

    name: Journey
    share: float
    steps: tuple[Step, ...]

    @property
    def requests(self) -> float:
        """Requests of a visit, on average."""
        return sum(step.count for step in self.steps)


def visits(shop: Shop, event: SaleEvent) -> tuple[Visit, ...]:
    """The journeys of an event, those that nobody takes left out."""
    asked = list(requests(shop, event))
    length = shop.load_test.requests_per_session
    reached = _reached(shop.load_test, event)
    taken = {name: reached[name] - sum(reached[later] for later in JOURNEYS[at + 1 : at + 2]) for at, name in
             enumerate(JOURNEYS)}  # fmt: skip
    return tuple(
        Visit(name=name, share=share, steps=tuple(_steps(name, asked, event.mix, reached, length)))
        for name, share in taken.items()
        if share > 0
    )


def _reached(test: LoadTest, event: SaleEvent) -> dict[Journey, float]:
    """By journey: share of the visits that go at least as far."""
    origin = event.demand.highest_requests * (1 - event.cdn_hit_percent / _PERCENT)
    buying = min(1.0, event.demand.highest_orders / origin * test.requests_per_session)
    with_cart = min(1.0, buying / (1 - test.cart_abandonment_percent / _PERCENT))
    return {"browse": 1.0, "cart": with_cart, "checkout": buying}


def _steps(
    name: Journey,
    asked: Sequence[LoadRequest],
    mix: Mapping[str, float],
    reached: Mapping[Journey, float],
    length: float,
) -> Iterator[Step]:
    """The requests of one journey: each service's share of the mix, by those who get as far as it."""
    for journey in JOURNEYS[: JOURNEYS.index(name) + 1]:
        for request in asked:
            # Without orders nobody gets as far as a cart: its requests are then everyone's.
            whose: Journey = request.journey if reached[request.journey] > 0 else "browse"
            if whose == journey:
                of_service = sum(one.service == request.service for one in asked)
                share = mix[request.service] / _PERCENT / of_service
                yield Step(request=request, count=length * share / reached[whose])


def requests(shop: Shop, event: SaleEvent) -> Iterator[LoadRequest]:
    """What stands for each service of the mix: as the settings say, else a GET on its public path."""
    given: dict[str, list[LoadRequest]] = {}
    for one in shop.load_test.requests:
        given.setdefault(one.service, []).append(one)
    by_name = {service.name: service for service in shop.services}
    leads = ways(shop.services)
    for name, share in event.mix.items():
        if share > 0:
            way = [by_name[one] for one in leads.get(name, (name,))]
            yield from given.get(name) or [
                LoadRequest(service=name, path=_path(name, way), journey=_journey(by_name[name], by_name))
            ]


def _journey(service: Service, by_name: Mapping[str, Service]) -> Journey:
    """Who asks for a service: buyers where it announces orders or calls the one that does, by its name a cart."""
    if _announces(service) or any(_announces(by_name[one]) for one in service.calls):
        return "checkout"
    return "cart" if any(word in service.name for word in CARTS) else "browse"


def _announces(service: Service) -> bool:
    return bool(SENDS & set(service.uses.queues.values())) and service.measured.messages_per_order > 0


def _path(name: str, way: Sequence[Service]) -> str:
    """The public path that is named after a service, else the first on the way to it."""
    patterns = [pattern for service in way for pattern in service.public_paths]
    wanted = f"/{name}"
    if any(fnmatchcase(wanted, pattern) for pattern in patterns):
        return wanted
    plain = (pattern for pattern in patterns if "*" not in pattern and "?" not in pattern)
    return next(plain, "/")
