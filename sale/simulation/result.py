"""Play a model, and read what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from sale.simulation import kernel
from sale.simulation.answers import BIN_FACTOR, FIRST_BIN
from sale.simulation.arrays import Floats, pack
from sale.simulation.compiled import compile_all
from sale.simulation.gate import Gate
from sale.simulation.kernel import Played
from sale.simulation.model import Customers, Kind, Model, Scaling, Station

MAX_BUCKETS: Final = 1440
"""Rows of a series unless asked otherwise: a day by the minute."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """How near to its limit one station came."""

    name: str
    highest_load: float
    """Arrivals of the worst second as a share of what the station could work off in it; above 1 something waits or is
    refused. Infinite where there was no capacity at all."""
    saturated_seconds: int
    first_saturated: int | None
    """Second of the first saturation."""
    most_units: float
    unit_seconds: float
    """Tasks (those that start included), capacity units or nodes, summed over the seconds: what is paid for."""
    refused: int
    gave_up: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """Where a number of arrivals has gone, to the unit."""

    arrived: int
    served: int
    lost: int
    """Failed, and not tried again."""
    present: int
    """Still waiting or in work at the end, retries that are due included."""

    @property
    def unaccounted(self) -> int:
        """0 where nothing was created or lost by the arithmetic."""
        return self.arrived - self.served - self.lost - self.present

    @property
    def availability(self) -> float:
        """Share served of what was decided; 1 where nothing was."""
        decided = self.served + self.lost
        return self.served / decided if decided else 1.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a play has shown."""

    model: Model
    played: Played
    resolution: int
    """Seconds of each row of the series."""
    gate: Gate
    """The waiting room by the second; without rows where there was none."""

    @cached_property
    def index(self) -> dict[str, int]:
        """By name: number of a station."""
        return {station.name: number for number, station in enumerate(self.model.stations)}

    @cached_property
    def customers(self) -> Count:
        """Requests of customers; one that is made again counts once."""
        return Count(
            arrived=self._sum(kernel.SUM_NEW),
            served=self._sum(kernel.SUM_SERVED),
            lost=self._sum(kernel.SUM_LOST),
            present=self._sum(kernel.SUM_IN_FLIGHT) + self._sum(kernel.SUM_RETRIES_PENDING),
        )

    @cached_property
    def orders(self) -> Count:
        return Count(
            arrived=self._sum(kernel.SUM_ORDERS),
            served=self._sum(kernel.SUM_PLACED),
            lost=self._sum(kernel.SUM_ORDERS_LOST),
            present=self._sum(kernel.SUM_ORDER_RETRIES_PENDING),
        )

    @cached_property
    def messages(self) -> Count:
        """Messages in queues that somebody works on."""
        return Count(
            arrived=self._sum(kernel.SUM_SENT),
            served=self._sum(kernel.SUM_PULLED),
            lost=0,
            present=self._sum(kernel.SUM_MESSAGES),
        )

    @property
    def retried(self) -> int:
        """Attempts that were repeated ones."""
        return self._sum(kernel.SUM_RETRIED)

    @property
    def seconds_waiting_for_tasks(self) -> int:
        """Seconds in which tasks were missing that the launch quotas did not let start."""
        return self._sum(kernel.SUM_SECONDS_WAITING_FOR_TASKS)

    def requests(self, station: str) -> Count:
        """Requests at one station: served are those worked off whose calls went well."""
        row = self.played.totals[self.index[station]]
        arrived, worked, failed, refused, gave_up, present = (int(value) for value in row)
        return Count(arrived=arrived, served=worked - failed, lost=failed + refused + gave_up, present=present)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every station, the one that came nearest to its limit first."""
        links = []
        for name, number in self.index.items():
            peaks, totals = self.played.peaks[number], self.played.totals[number]
            load, first = float(peaks[kernel.MAX_LOAD]), float(peaks[kernel.FIRST_SATURATED])
            links.append(
                Link(
                    name=name,
                    highest_load=load if load < kernel.NO_CAPACITY else math.inf,
                    saturated_seconds=int(peaks[kernel.SATURATED_SECONDS]),
                    first_saturated=int(first) if first >= 0 else None,
                    most_units=float(peaks[kernel.MAX_UNITS]),
                    unit_seconds=float(peaks[kernel.UNIT_SECONDS]),
                    refused=int(totals[kernel.TOTAL_REFUSED]),
                    gave_up=int(totals[kernel.TOTAL_GAVE_UP]),
                )
            )
        return tuple(sorted(links, key=lambda link: (-link.highest_load, -link.saturated_seconds)))

    def latency(self, share: float, service: str | None = None) -> float:
        """The answer time in seconds that `share` of the answers of a service stay below, its calls included; without a
        name, that of all services which customers reach. 0 where nothing was answered."""
        names = [service] if service is not None else [name for name, of in self.model.customers.shares.items() if of]
        first = self.index[self.model.services[0].name]
        counts = np.sum([self.played.latencies[self.index[name] - first] for name in names], axis=0)
        total = np.cumsum(counts)
        if not total[-1] > 0:
            return 0.0
        wanted = share * total[-1]
        number = int(np.searchsorted(total, wanted))
        within = 1.0 - (total[number] - wanted) / counts[number]
        return FIRST_BIN * BIN_FACTOR ** (number + within)

    def mean_response(self, station: str) -> float:
        """Mean answer time of a station in seconds, its calls included."""
        rows = self.played.stations[:, self.index[station]]
        answered = rows[:, kernel.WORKED].sum() - rows[:, kernel.FAILED].sum()
        return float(rows[:, kernel.RESPONSE].sum() / answered) if answered else 0.0

    def of_station(self, name: str, column: int) -> Floats:
        """One column of a station's series (the columns of `kernel`)."""
        return self.played.stations[:, self.index[name], column]

    def of_customers(self, column: int) -> Floats:
        """One column of the customers' series."""
        return self.played.customers[:, column]

    def drained_at(self) -> int | None:
        """Second from which on no message waits any more, to the resolution; None where some are left."""
        if self.messages.present:
            return None
        queues = [self.index[backlog.queue] for backlog in self.model.backlogs]
        waiting = np.flatnonzero(self.played.stations[:, queues, kernel.PRESENT].sum(axis=1))
        return int((waiting[-1] + 1) * self.resolution) if len(waiting) else 0

    def _sum(self, number: int) -> int:
        return int(self.played.sums[number])


def play(model: Model, resolution: int | None = None) -> Result:
    """Play a model. `resolution`: seconds of each row of the series; default: so that there are at most 1,440."""
    warm_up()
    resolution = resolution or max(1, -(-model.seconds // MAX_BUCKETS))
    packed = pack(model)
    return Result(model=model, played=kernel.play(packed, resolution), resolution=resolution, gate=packed.gate)


def warm_up() -> bool:
    """Compile what is not compiled yet: seconds on the first use in a tree, less than one afterwards.

    Returns whether the machine code is kept for the next process.
    """
    return compile_all(_play_nothing)


def _play_nothing() -> None:
    nothing = np.zeros(1)
    station = Station(name="station", rate=1, kind=Kind.TASKS, scaling=Scaling(min=0, max=1))
    model = Model(customers=Customers(requests=nothing, orders=nothing, shares={"station": 1}), services=(station,))
    kernel.play(pack(model), 1)
