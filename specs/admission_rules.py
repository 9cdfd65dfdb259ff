"""Rules between a waiting room and the rest of the shop: its paths, its rate, its stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from specs.admission import Admission, covers
from specs.edge import Edge
from specs.sale import SaleEvent
from specs.services import Service


def rooms(edge: Edge, events: Sequence[SaleEvent]) -> Iterator[tuple[str, Admission, tuple[SaleEvent, ...]]]:
    """Each room by its setting, with the events that it may have to hold back."""
    for event in events:
        if event.admission is not None:
            yield f"saleEvents[{event.name}].admission", event.admission, (event,)
    if edge.admission is not None:
        yield "edge.admission", edge.admission, tuple(events)


def check_admission(edge: Edge, events: Sequence[SaleEvent], services: Sequence[Service]) -> None:
    """Raises ValueError for a room whose paths nothing serves, whose rate nothing gives, or that fails unsafely."""
    for setting, room, covered in rooms(edge, events):
        _check_paths(setting, room, edge, covered, services)
        if not covered:
            raise ValueError(
                f"{setting}: the rate is derived from what an event's mix asks of the services (got no saleEvents); "
                "add the event, or remove the room"
            )
        for event in covered:
            _check_rate(setting, room, event, services)
            if room.on_failure == "open" and event.is_stock_limited:
                raise ValueError(
                    f"{setting}.onFailure: a room that fails open sells a limited product to whoever is fastest (got "
                    f"open, with units of hotProducts in {event.name}); set it to closed, or remove units"
                )


def gated_share(room: Admission, event: SaleEvent, services: Sequence[Service]) -> float:
    """Share (0 to 1) of the requests beyond CloudFront that only admitted customers make.

    A public service's are on its own paths; those that end in an internal one are on the path named after it.
    """
    if room.protects_everything:
        return 1.0
    by_name = {service.name: service for service in services}
    behind = sum(percent for name, percent in event.mix.items() if _is_behind(room, by_name[name]))
    return min(1.0, behind / 100)


def gated_shares(edge: Edge, events: Sequence[SaleEvent], services: Sequence[Service]) -> Iterator[tuple[str, float]]:
    """By room's setting: the share of requests that it holds back, the most of its events'."""
    for setting, room, covered in rooms(edge, events):
        yield setting, max((gated_share(room, event, services) for event in covered), default=0.0)


def _is_behind(room: Admission, service: Service) -> bool:
    paths = service.public_paths or (f"/{service.name}",)
    return all(map(room.protects, paths))


def _check_paths(
    setting: str, room: Admission, edge: Edge, events: Sequence[SaleEvent], services: Sequence[Service]
) -> None:
    cache = edge.cache
    behaviours = {*cache.never, *cache.media, *cache.static, *cache.catalog}
    behaviours.update(path for event in events for path in event.cached_paths)
    served = [path for service in services for path in service.public_paths]
    for path in room.protected_paths:
        if path not in behaviours and path != "/*" and not any(covers(one, path) for one in served):
            known = ", ".join(sorted({*behaviours, *served}))
            raise ValueError(
                f"{setting}.protectedPaths: no behaviour or service has this path (got {path}); use /* or one of "
                f"{known}"
            )


def _check_rate(setting: str, room: Admission, event: SaleEvent, services: Sequence[Service]) -> None:
    if not gated_share(room, event, services):
        raise ValueError(
            f"{setting}.protectedPaths: no rate follows from paths that the mix of {event.name} sends nothing to (got "
            f"{', '.join(room.protected_paths)}); protect the paths of a service in the mix, or use /*"
        )
