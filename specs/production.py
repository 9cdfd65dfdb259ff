"""What a stack with real customers cannot do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from specs.shop import Shop

MIN_ZONES: Final = 2  # one zone is one failure away from no shop


def check(shop: Shop) -> None:
    """Raises ValueError for a production stack that one failure, or one quiet minute, switches off."""
    if shop.production:
        _zones(shop)
        _always_on(shop)
        _copies(shop)


def _zones(shop: Shop) -> None:
    zones = shop.network.zones
    if len(zones) < MIN_ZONES:
        raise ValueError(
            f"network.zones: production needs at least {MIN_ZONES} zones (got {len(zones)}: {', '.join(zones)}); "
            "add a zone"
        )


def _always_on(shop: Shop) -> None:
    if (hours := shop.operating_hours) is not None:
        raise ValueError(
            f"operatingHours: production is never switched off (got {hours.start}-{hours.stop}); remove it"
        )
    if shop.delivery.approval is False:
        raise ValueError("delivery.approval: production deploys only what someone has approved (got false); remove it")
    for service in shop.services:
        if service.scaling.min < 1:
            raise ValueError(
                f"services[{service.name}].scaling.min: production has a task of each service (got "
                f"{service.scaling.min}); set it to 1 or more"
            )


def _copies(shop: Shop) -> None:
    for database in shop.data.databases:
        where = f"data.databases[{database.name}]"
        if database.readers < 1:
            raise ValueError(
                f"{where}.readers: production has one to fail over to (got {database.readers}); set it to 1 or more"
            )
        if database.serverless is not None and database.serverless.min_acu == 0:
            raise ValueError(
                f"{where}.serverless.minAcu: a paused instance takes 15 seconds to wake, which customers wait for "
                "(got 0 in production); set it to 0.5 or more"
            )
    for cache in shop.data.caches:
        if cache.nodes is not None and cache.nodes.replicas < 1:
            raise ValueError(
                f"data.caches[{cache.name}].nodes.replicas: production has one to fail over to (got "
                f"{cache.nodes.replicas}); set it to 1 or more"
            )
