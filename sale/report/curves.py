"""The curves of a play, each twice: the opening hour in detail, and the whole event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sale.simulation import kernel
from sale.simulation.arrays import Floats
from sale.simulation.result import Result
from sale.simulation.window import Window
from specs.sale import SaleEvent

BEFORE: Final = 600  # seconds before the opening from which on its hour is shown
AFTER: Final = 3600
RESOLUTION: Final = 20  # seconds of a play's rows
POINTS: Final = 210
"""Of a curve: a phone has no more columns."""

Curve = dict[str, list[float]]
"""`opening` and `whole`."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How the rows of a play are shown."""

    span: Window
    opening: Window

    @classmethod
    def of(cls, event: SaleEvent, span: Window) -> Cut:
        start = max(span.start, event.start.timestamp() - BEFORE)
        end = min(span.end, event.start.timestamp() + AFTER)
        return cls(span=span, opening=Window(start=start, seconds=round(end - start)))

    def curve(self, values: Floats, resolution: int, *, lowest: bool = False) -> Curve:
        """Of neighbours the highest, or the lowest where too little is what matters."""
        first = int((self.opening.start - self.span.start) // resolution)
        near = values[first : first + max(1, self.opening.seconds // resolution)]
        return {"opening": _thinned(near, lowest), "whole": _thinned(values, lowest)}


def of_customers(result: Result, cut: Cut) -> dict[str, Curve]:
    """What customers ask, get and wait for."""
    each = result.resolution
    entries = [name for name, share in result.model.customers.shares.items() if share]
    worst = np.max([result.of_station(name, kernel.WORST) for name in entries], axis=0)
    return {
        "asked": cut.curve(result.of_customers(kernel.NEW) / each, each),
        "answered": cut.curve(result.of_customers(kernel.SERVED) / each, each, lowest=True),
        "ordersLost": cut.curve(result.of_customers(kernel.ORDERS_LOST) / each * 60, each),
        "p99Ms": cut.curve(worst * 1000, each),
    }


def of_station(result: Result, name: str, cut: Cut) -> dict[str, Any]:
    """Demand against capacity of one link, a second."""
    each = result.resolution
    highest = next(link.highest_load for link in result.links if link.name == name)
    return {
        "name": name,
        "highestLoad": highest if math.isfinite(highest) else None,
        "asked": cut.curve(result.of_station(name, kernel.ARRIVED) / each, each),
        "offered": cut.curve(result.of_station(name, kernel.CAPACITY) / each, each, lowest=True),
    }


def _thinned(values: Floats, lowest: bool) -> list[float]:
    each = max(1, math.ceil(len(values) / POINTS))
    pick = np.min if lowest else np.max
    return [float(f"{pick(values[begin : begin + each]):.5g}") for begin in range(0, len(values), each)]
