"""The way of requests through the services, and whether a mix leaves enough of them for the orders."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from specs.sale import SaleEvent
from specs.services import Service

_PERCENT: Final = 100.0


def ways(services: Sequence[Service]) -> dict[str, tuple[str, ...]]:
    """By service: the shortest way of a request to it, from a public one along `calls`, itself included.

    Of several ways that are as short, the first in the order of the settings; a service that nothing leads to has none.
    """
    by_name = {service.name: service for service in services}
    found: dict[str, tuple[str, ...]] = {}
    waiting: deque[tuple[str, tuple[str, ...]]] = deque((one.name, (one.name,)) for one in services if one.is_public)
    while waiting:
        name, way = waiting.popleft()
        if name not in found:
            found[name] = way
            waiting.extend((callee, (*way, callee)) for callee in by_name[name].calls)
    return found


def shares(services: Sequence[Service], mix: Mapping[str, float]) -> dict[str, float]:
    """By service: the share (0 to 1) of the origin's requests that it receives.

    A request that ends in an internal service passes every service on the shortest way there (`ways`).
    """
    found = ways(services)
    received = dict.fromkeys((service.name for service in services), 0.0)
    for name, percent in mix.items():
        for passed in found.get(name, (name,)):
            received[passed] += percent / _PERCENT
    return received


def refuse_more_orders_than_requests(event: SaleEvent, services: Sequence[Service]) -> None:
    """Raises ValueError where an event asks for more orders than a service that announces them gets requests.

    A worker, which no request leads to and which `mix` does not name, announces none.
    """
    orders = event.demand.highest_orders
    origin = event.demand.highest_requests * (1 - event.cdn_hit_percent / _PERCENT)
    received = shares(services, event.mix)
    reached = ways(services)
    for service in services:
        if service.name not in reached and not received[service.name]:
            continue
        sends = "send" in service.uses.queues.values() or "sendReceive" in service.uses.queues.values()
        if sends and service.measured.messages_per_order > 0 and orders > received[service.name] * origin * (1 + 1e-9):
            raise ValueError(
                f"saleEvents[{event.name}].mix: each order takes a request to {service.name}, which mix and "
                f"cdnHitPercent leave {received[service.name] * origin:,.3g}/s (got {orders:,.3g} orders/s); raise "
                f"mix.{service.name}, or lower the orders"
            )
