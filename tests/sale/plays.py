"""Small models to play: one service, one service before a store, a whole shop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sale.simulation.model import Action, Call, Customers, Kind, Model, Scaling, Station, What


def tasks(name: str = "web", *, units: int = 10, scaling: Scaling | None = None, **changes: Any) -> Station:
    """A service of tasks that work on one request at a time, ten a second each, and never scale by themselves."""
    given = Station(
        name=name,
        rate=10,
        service_seconds=0.1,
        kind=Kind.TASKS,
        units=units,
        scaling=scaling or Scaling(min=units, max=units, enabled=False),
    )
    return replace(given, **changes)


def steady(rate: float, seconds: int) -> np.ndarray:
    return np.full(seconds, float(rate))


def one_service(requests: np.ndarray, service: Station | None = None, **changes: Any) -> Model:
    """Customers and one service."""
    service = service or tasks()
    given = Model(
        customers=Customers(requests=requests, orders=requests * 0.0, shares={service.name: 1}, retry_share=0),
        services=(service,),
    )
    return replace(given, **changes)


def small_shop(requests: np.ndarray, *, orders_share: float = 0.1, actions: tuple[Action, ...] = ()) -> Model:
    """An edge, a front service that calls one behind it, and that one's database and queue."""
    return Model(
        customers=Customers(
            requests=requests,
            orders=requests * orders_share,
            shares={"ui": 1},
            order_path=("ui", "orders", "database"),
        ),
        edge=(Station(name="waf", rate=2000, waiting_room=0),),
        edge_hits=0.3,
        origin=(Station(name="alb", rate=1500, waiting_room=0),),
        services=(
            tasks("ui", units=60, rate=20, service_seconds=0.05, waiting_room=50, patience=8),
            tasks("orders", units=20, rate=20, service_seconds=0.05, waiting_room=50, patience=4),
        ),
        stores=(Station(name="database", rate=300, service_seconds=0.005, waiting_room=200, patience=3),),
        calls=(
            Call(source="ui", target="orders", per_request=0.25),
            Call(source="orders", target="database", per_request=2),
        ),
        actions=actions,
    )


def at(second: int, what: What, station: str, value: float) -> Action:
    return Action(second=second, what=what, station=station, value=value)
