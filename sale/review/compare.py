"""What was forecast and simulated, on the clock of what was measured: one row for each figure of each link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from sale import requirements
from sale.demand import Rates
from sale.plan import Plan, compile_plan
from sale.review.measured import Measured
from sale.simulation import kernel
from sale.simulation.adapter import BALANCER, CLOUDFRONT, model_of
from sale.simulation.arrays import Floats
from sale.simulation.result import Result, play
from sale.simulation.window import Window
from specs.sale import SaleEvent
from specs.shop import Shop

PREPARED: Final = timedelta(days=14)  # before the opening, a plan has all of its time
UNITS: Final = {"requests": "/s", "tasks": "", "p99": " ms", "seconds": " ms"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure of one link, step by step."""

    link: str
    figure: str
    forecast: Floats | None
    """None of what no forecast tells: tasks, answer times."""
    simulated: Floats
    measured: Floats
    """NaN where nothing was measured."""

    @property
    def unit(self) -> str:
        return UNITS[self.figure]

    @property
    def worst(self) -> int:
        """The step in which the simulation was farthest off."""
        return int(np.nanargmax(np.abs(self.measured - self.simulated)))

    @property
    def error(self) -> float:
        """Mean distance of the simulation from what was measured, as a share of its highest."""
        highest = float(np.nanmax(self.measured))
        return float(np.nanmean(np.abs(self.measured - self.simulated))) / highest if highest > 0 else 0.0


def planned(shop: Shop, event: SaleEvent) -> Plan:
    """The plan of all events, as it was deployed before this one."""
    before: datetime = event.start - PREPARED
    return compile_plan(shop, before)


def simulated(plan: Plan, measured: Measured) -> Result:
    """The plan's own scenario, on the clock of what was measured."""
    window = Window(start=measured.start, seconds=measured.steps * measured.step)
    return play(model_of(plan, window), measured.step)


def rows(plan: Plan, result: Result, measured: Measured) -> tuple[Row, ...]:
    """Every figure that was measured and simulated, in the order in which requests reach the links."""
    forecast = _forecast(plan, measured)
    return tuple(_rows(result, measured, forecast))


def _rows(result: Result, measured: Measured, forecast: Mapping[str, Floats]) -> Iterator[Row]:
    for station in result.model.stations:
        name = station.name
        for figure, told in _simulated(result, name).items():
            found = measured.get(name, figure)
            if found is not None and np.isfinite(found).any():
                factor = 1000.0 if figure in ("p99", "seconds") else 1.0
                yield Row(
                    link=name,
                    figure=figure,
                    forecast=forecast.get(name) if figure == "requests" else None,
                    simulated=told * factor,
                    measured=found * factor,
                )


def _simulated(result: Result, name: str) -> dict[str, Floats]:
    each = result.resolution
    figures = {"requests": result.of_station(name, kernel.ARRIVED) / each}
    if name in {station.name for station in result.model.services}:
        # Answers with an error are not timed.
        answered = result.of_station(name, kernel.WORKED) - result.of_station(name, kernel.FAILED)
        figures["tasks"] = result.of_station(name, kernel.UNITS) / each
        figures["seconds"] = result.of_station(name, kernel.RESPONSE) / np.maximum(answered, 1e-9)
        figures["p99"] = result.of_station(name, kernel.WORST)
    return figures


def _forecast(plan: Plan, measured: Measured) -> dict[str, Floats]:
    """By link: requests a second that the forecast has in the middle of each step."""
    found: dict[str, list[float]] = {}
    for time in measured.times + measured.step / 2:
        for link, value in _asked(plan.shop, plan.forecast.rates(float(time))):
            found.setdefault(link, []).append(value)
    return {link: np.asarray(values) for link, values in found.items()}


def _asked(shop: Shop, rates: Rates) -> Iterator[tuple[str, float]]:
    yield CLOUDFRONT, rates.requests
    yield BALANCER, rates.origin_requests
    yield from rates.services.items()
    data = shop.data
    for database in data.databases:
        yield f"database {database.name}", requirements.statements(shop, database, rates)
    for table in data.tables:
        yield f"table {table.name} reads", requirements.reads(shop, table, rates)
        yield f"table {table.name} writes", requirements.writes(shop, table, rates)
    for cache in data.caches:
        yield f"cache {cache.name}", requirements.commands(shop, cache, rates)
    for queue in data.queues:
        yield f"queue {queue.name}", requirements.messages(shop, queue.name, rates)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The promise, as measured at the load balancer."""

    availability: float
    worst_minutes: float
    """Of the worst five minutes."""
    worst_at: float
    """Seconds since the epoch at which they began."""


def promise(shop: Shop, measured: Measured, event: SaleEvent) -> Kept | None:
    """Share of the load balancer's requests that did not end in an error of its own or of a public service's tasks.

    None where errors were not measured.
    """
    requests = measured.values[f"{BALANCER} requests"]
    names = [BALANCER, *(service.name for service in shop.services if service.is_public)]
    errors = [one for name in names if (one := measured.get(name, "errors")) is not None]
    if not errors:
        return None
    total = np.nan_to_num(np.sum(errors, axis=0))
    inside = (measured.times >= event.start.timestamp()) & (measured.times < event.end.timestamp())
    asked, lost = np.nan_to_num(requests) * inside, total * inside
    width = max(1, 300 // measured.step)
    window = np.ones(width)
    several = 1 - np.convolve(lost, window, "valid") / np.maximum(np.convolve(asked, window, "valid"), 1e-9)
    at = int(np.argmin(several))
    return Kept(
        availability=float(1 - lost.sum() / max(asked.sum(), 1e-9)),
        worst_minutes=float(several[at]),
        worst_at=float(measured.times[at]),
    )
