"""Openings that others have met, as models to play: what a shop of that size needs, and what happens to one without.

Demand is as published; what a task can do is an estimate. Sources and grades: docs/sale-day.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sale.simulation.arrays import Floats
from sale.simulation.model import Account, Customers, Kind, Model, Scaling, Station

ELEVEN_ELEVEN_ORDERS: Final = 583_000.0  # orders/s, 26 s after midnight (Alibaba, 11.11 of 2020; grade A)
ELEVEN_ELEVEN_SECONDS: Final = 26
SHOPIFY_EDGE: Final = 489e6 / 60  # requests/s at the edge (Shopify, BFCM 2025; grade S)
SHOPIFY_APP: Final = 117e6 / 60  # of these, at the applications
ORDERS_PER_TASK: Final = 400.0  # a second; an estimate
PAGES_PER_TASK: Final = 200.0  # a second; an estimate
_BEFORE: Final = 600  # seconds before the opening
_AFTER: Final = 1800
_USUAL: Final = 0.05  # of the peak; an estimate
_HEADROOM: Final = 1.3


def eleven_eleven(*, prepared: bool) -> Model:
    """11.11 of 2020: from a twentieth of it to 583,000 orders a second within 26 s.

    With `prepared`, all tasks stand before midnight; else those of a usual evening do, and autoscaling works.
    """
    seconds = np.arange(_BEFORE + _AFTER) - _BEFORE
    orders = ELEVEN_ELEVEN_ORDERS * np.interp(seconds, [0, ELEVEN_ELEVEN_SECONDS, 120, 1800], [_USUAL, 1.0, 0.9, 0.4])
    return _shop("orders", orders, orders, ORDERS_PER_TASK, 0.0, prepared=prepared)


def shopify_2025(*, prepared: bool) -> Model:
    """Shopify's busiest minute of 2025: 489 million requests at the edge, 117 million of them at the applications."""
    seconds = np.arange(_BEFORE + _AFTER) - _BEFORE
    shape = np.interp(seconds, [-_BEFORE, 0, 60, 120, 1800], [0.5, 0.6, 1.0, 1.0, 0.6])
    return _shop(
        "apps",
        SHOPIFY_EDGE * shape,
        80_000 / 60 * shape,  # checkouts of a scale test (grade S)
        PAGES_PER_TASK,
        1 - SHOPIFY_APP / SHOPIFY_EDGE,
        prepared=prepared,
    )


def _shop(service: str, requests: Floats, orders: Floats, rate: float, hits: float, *, prepared: bool) -> Model:
    at_peak = int(np.ceil(requests.max() * (1 - hits) * _HEADROOM / rate))
    at_first = int(np.ceil(requests[0] * (1 - hits) * _HEADROOM / rate))
    units = at_peak if prepared else at_first
    return Model(
        customers=Customers(requests=requests, orders=orders, shares={service: 1.0}),
        edge_hits=hits,
        edge=(Station(name="edge", rate=requests.max() * _HEADROOM, waiting_room=0),),
        services=(
            Station(
                name=service,
                rate=rate,
                service_seconds=0.02,
                kind=Kind.TASKS,
                units=units,
                threads=200,
                waiting_room=100,
                patience=10,
                scaling=Scaling(min=units, max=2 * at_peak),
            ),
        ),
        # Nobody of that size lives on the default quotas; ten services share the launches.
        account=Account(service_launches_per_minute=5000),
    )
