"""State of an event's measurements: services measured, on which image, and how long ago."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from specs.order_path import shares
from specs.sale import SaleEvent
from specs.services import Service
from specs.shop import Shop

Standing = Literal["measured", "by hand", "old", "another image", "estimates"]
DOUBTFUL: Final[tuple[Standing, ...]] = ("estimates", "another image", "old")
NUMBERS: Final = frozenset({"requests_per_second", "service_time_ms"})
"""Fields of `measured` that a plan stands on most."""


@dataclass(frozen=True, kw_only=True)
class Footing:
    """Reliability of the numbers of one service."""

    service: Service
    standing: Standing
    detail: str

    @property
    def is_doubtful(self) -> bool:
        return self.standing in DOUBTFUL


def footings(shop: Shop, event: SaleEvent, now: float) -> Iterator[Footing]:
    """Of every service that gets requests of an event; `now` in seconds since the epoch."""
    received = shares(shop.services, event.mix)
    for service in shop.services:
        if received[service.name] > 0:
            standing, detail = _standing(service, shop.load_test.max_age_days, now)
            yield Footing(service=service, standing=standing, detail=detail)


def _standing(service: Service, max_age_days: int, now: float) -> tuple[Standing, str]:
    found = service.measured.calibration
    if found is None:
        known = sorted(NUMBERS & service.measured.model_fields_set)
        return ("by hand", "in the settings, without a test") if known else ("estimates", "nobody has measured it")
    if found.image != service.image:
        return "another image", f"measured on {found.image}"
    days = (datetime.fromtimestamp(now, tz=UTC).date() - found.date).days
    told = f"measured on {found.date.isoformat()}, {found.requests:,} requests"
    return ("old", f"{told}, more than {max_age_days} days ago") if days > max_age_days else ("measured", told)


def doubts(shop: Shop, event: SaleEvent, now: float) -> str | None:
    """One line on what an event stands on that nobody can vouch for; None where there is nothing."""
    found = [one for one in footings(shop, event, now) if one.is_doubtful]
    if not found:
        return None
    parts = []
    for standing in DOUBTFUL:
        names = [one.service.name for one in found if one.standing == standing]
        if names:
            parts.append(f"{_WORDS[standing]} {', '.join(names)}")
    return f"{event.name} stands on {'; '.join(parts)}: make load and make calibrate measure them"


_WORDS: Final = {
    "estimates": "estimates of",
    "another image": "another image's numbers of",
    "old": "old numbers of",
}
