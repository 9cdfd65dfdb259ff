"""Chains of queues with patience, room and retries, for the fluid model and for the oracle alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sale.simulation import kernel
from sale.simulation.answers import MINUTE
from sale.simulation.model import Call, Customers, Model, Station
from sale.simulation.result import play
from sale.simulation.verdict import quantile
from tests.sale.oracle import Levels, Stage, Summary, observe
from tests.sale.plays import tasks


@dataclass(frozen=True, kw_only=True)
class Case:
    """A chain and what comes to it."""

    name: str
    levels: Levels
    stages: tuple[Stage, ...]
    runs: int
    retry_share: float = 0.0
    retry_seconds: int = 5
    since: int = 0
    """Second, a whole minute, from where answer times count."""

    def by_requests(self) -> Summary:
        """What the oracle sees."""
        return observe(
            self.runs,
            self.levels,
            self.stages,
            retry_share=self.retry_share,
            retry_seconds=self.retry_seconds,
            since=self.since,
        )

    def by_flow(self) -> Summary:
        """What the simulation says."""
        result = play(self.model(), resolution=1)
        answers = result.played.answers_by_minute[self.since // MINUTE :].sum(axis=0, dtype=float)[None]
        p50, p90, p99 = (float(quantile(answers, share)[0]) for share in (0.5, 0.9, 0.99))
        rows = result.played.stations[self.since :, 0]
        return Summary(
            mean=float(rows[:, kernel.RESPONSE].sum() / (rows[:, kernel.WORKED] - rows[:, kernel.FAILED]).sum()),
            p50=p50,
            p90=p90,
            p99=p99,
            lost=result.customers.lost,
            attempts=result.customers.arrived + result.retried,
        )

    def model(self) -> Model:
        requests = np.concatenate([np.full(int(seconds), float(rate)) for rate, seconds in self.levels])
        names = [f"s{number}" for number in range(len(self.stages))]
        last = len(names) - 1
        stations = [
            _station(name, stage, is_task=name != names[last]) for name, stage in zip(names, self.stages, strict=True)
        ]
        calls = tuple(
            Call(source=names[number], target=names[number + 1], per_request=stage.calls)
            for number, stage in enumerate(self.stages[:-1])
        )
        if len(stations) == 1:
            stations = [_station(names[0], self.stages[0], is_task=True)]
        services = tuple(one for one in stations if one.scaling is not None)
        stores = tuple(one for one in stations if one.scaling is None)
        return Model(
            customers=Customers(
                requests=requests,
                orders=requests * 0.0,
                shares={names[0]: 1},
                retry_share=self.retry_share,
                retry_seconds=self.retry_seconds,
            ),
            services=services,
            stores=stores,
            calls=calls,
        )


def _station(name: str, stage: Stage, *, is_task: bool) -> Station:
    one = tasks(
        name,
        units=stage.servers,
        rate=1 / stage.seconds,
        service_seconds=stage.seconds,
        service_cv=stage.cv,
        waiting_room=stage.room / stage.servers,
        patience=stage.patience,
    )
    if is_task:
        return one
    return Station(
        name=name,
        units=stage.servers,
        rate=one.rate,
        service_seconds=one.service_seconds,
        service_cv=one.service_cv,
        waiting_room=one.waiting_room,
        patience=one.patience,
    )


UI: Final = Stage(servers=10, seconds=0.1, patience=10, room=1000)
CATALOG: Final = Stage(servers=8, seconds=0.05, patience=5, room=800, calls=2)
STORE: Final = Stage(servers=4, seconds=0.01, patience=5)
SHOP: Final = (UI, CATALOG, STORE)


def _rush(name: str, rate: float, **changes: object) -> Case:
    given = Case(name=name, levels=[(60, 60), (rate, 60), (60, 120)], stages=SHOP, runs=8, retry_share=0.6)
    return replace(given, **changes)


SAMPLE: Final = Case(
    name="a small rush at 130 %",
    levels=[(30, 30), (65, 30), (30, 60)],
    stages=(replace(UI, servers=5, patience=5), replace(CATALOG, servers=4)),
    runs=6,
    retry_share=0.6,
)
CASES: Final = (
    Case(name="steady at 70 %", levels=[(70, 360)], stages=SHOP, runs=3, since=60),
    Case(name="steady at 90 %", levels=[(90, 600)], stages=SHOP, runs=6, since=120),
    Case(name="steady at 95 %", levels=[(95, 1200)], stages=(UI, CATALOG), runs=8, since=300),
    Case(
        name="single tasks at 90 %",
        levels=[(9, 3000)],
        stages=(
            Stage(servers=1, seconds=0.1, patience=10, room=100),
            Stage(servers=1, seconds=0.05, patience=5, room=100),
        ),
        runs=12,
        retry_share=0.6,
        since=300,
    ),
    Case(
        name="fifty servers at 95 %",
        levels=[(475, 240)],
        stages=(replace(UI, servers=50), replace(CATALOG, servers=40, calls=0.3), STORE),
        runs=2,
        since=60,
    ),
    _rush("a rush at 120 %", 120, runs=16),
    _rush("a rush at 130 %", 130),
    _rush("a rush at 200 %", 200),
    _rush(
        "a rush that the second stage can't follow", 130, stages=(replace(UI, servers=20), replace(CATALOG, servers=5))
    ),
    _rush(
        "a rush that the store can't follow",
        130,
        stages=(replace(UI, servers=20), replace(CATALOG, servers=16), replace(STORE, servers=2)),
    ),
    _rush("a rush without room", 150, stages=(replace(UI, room=30), replace(CATALOG, calls=0.3), STORE)),
    Case(
        name="service times of cv 0.5 at 90 %",
        levels=[(90, 900)],
        stages=(replace(UI, cv=0.5), replace(CATALOG, cv=0.5)),
        runs=4,
        since=120,
    ),
    Case(
        name="service times of cv 2 at 90 %",
        levels=[(90, 900)],
        stages=(replace(UI, cv=2), replace(CATALOG, cv=1.5)),
        runs=8,
        since=120,
    ),
)
