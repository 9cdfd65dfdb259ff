"""Stores that nodes of one type serve, such as OpenSearch domains: their stations, and the services' calls to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sale.plan import Plan
from sale.simulation.model import Call, Station
from specs.data import KINDS
from specs.services import Service
from specs.stores.contract import Fleet, Load, StoreKind


def stations(plan: Plan, patience: float) -> Iterator[Station]:
    """One station for each store; callers wait `patience` seconds for it."""
    zones = len(plan.shop.network.zones)
    for kind, _, fleet in _kinds():
        for store in kind.of(plan.shop.data):
            yield Station(
                name=f"{kind.name} {store.name}",
                rate=fleet.per_node(fleet.node_type(store)) / fleet.target,
                service_seconds=fleet.seconds,
                units=fleet.count(store, zones),
                waiting_room=fleet.queue,
                patience=patience,
            )


def calls(service: Service) -> Iterator[Call]:
    """The calls of a service's requests to such stores."""
    for kind, load, _ in _kinds():
        number = getattr(service.measured, load.per_request)
        for store in kind.used_by(service.uses) if number > 0 else ():
            yield Call(source=service.name, target=f"{kind.name} {store}", per_request=number)


def setting(plan: Plan, station: str) -> str | None:
    """The setting that gives a station's store more nodes; None for other stations."""
    for kind, _, fleet in _kinds():
        for store in kind.of(plan.shop.data):
            if station == f"{kind.name} {store.name}":
                return f"{kind.setting(store)}.{fleet.setting}"
    return None


def _kinds() -> Iterator[tuple[StoreKind[Any], Load[Any], Fleet[Any]]]:
    for kind in KINDS:
        if kind.load is not None and kind.load.fleet is not None:
            yield kind, kind.load, kind.load.fleet
