"""Sale events for tests, as settings write them."""

from __future__ import annotations

from datetime import UTC, datetime

import settings
from specs.sale import SaleEvent
from specs.shop import Shop
from tests.configuration import service, small_shop

BEFORE = datetime(2027, 9, 1, tzinfo=UTC)
"""A time before every event here."""


def sale(**changes: object) -> dict[str, object]:
    """A valid event of the small shop; None removes a field."""
    fields: dict[str, object] = {
        "name": "diwali",
        "timeZone": "Asia/Kolkata",
        "start": "2027-10-22T00:00:00",
        "end": "2027-10-24T00:00:00",
        "demand": {"peakRequestsPerSecond": 2000, "peakOrdersPerSecond": 20},
        "mix": {"ui": 60, "cart": 40},
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def event(**changes: object) -> SaleEvent:
    return SaleEvent.model_validate(sale(**changes), by_alias=True, by_name=False)


def shop(*events: dict[str, object], **changes: object) -> Shop:
    """The small shop with these events; `changes` replace settings."""
    configuration = small_shop(saleEvents=list(events), **changes)
    return settings.parse("saleday", "test", configuration)


CHAIN = [service("ui", publicPaths=["/"], calls=["cart", "checkout"]), service("cart")]
CHAIN += [service("checkout", calls=["orders"]), service("orders")]
