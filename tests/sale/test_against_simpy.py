"""The fluid model against simpy, which follows every single request, on cases small enough for it."""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import simpy

from sale.simulation import kernel
from sale.simulation.model import Call, Customers, Model, Station
from sale.simulation.result import play
from tests.sale.plays import one_service, steady, tasks

pytestmark = pytest.mark.usefixtures("compiled_once")

Levels = Sequence[tuple[float, float]]
Events = Generator[simpy.Event, Any, None]

CLOSE = 0.03  # of a mean over replications


@dataclass
class Seen:
    """What simpy has seen: sojourn times, and customers by how they ended."""

    times: list[float] = field(default_factory=list)
    lost: int = 0
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Queue:
    """One station as simpy has it: exponential service on so many servers."""

    servers: int
    seconds: float
    room: float = float("inf")
    patience: float = float("inf")
    retry_share: float = 0.0
    retry_seconds: float = 1.0


class Replication:
    """One run: Poisson arrivals at the rates of `levels` (rate, seconds) to the first queue, which calls the second, if
    there is one, `calls` times a request."""

    def __init__(self, levels: Levels, queues: Sequence[Queue], seed: int, calls: int = 0) -> None:
        self.queues, self.calls = queues, calls
        self.chance, self.environment, self.seen = random.Random(seed), simpy.Environment(), Seen()
        self.desks = [simpy.Resource(self.environment, capacity=queue.servers) for queue in queues]
        self.environment.process(self._arrivals(levels))
        self.environment.run(until=sum(seconds for _, seconds in levels))

    def _arrivals(self, levels: Levels) -> Events:
        for rate, seconds in levels:
            until = self.environment.now + seconds
            while (gap := self.chance.expovariate(rate)) < until - self.environment.now:
                yield self.environment.timeout(gap)
                self.environment.process(self._customer())
            yield self.environment.timeout(until - self.environment.now)

    def _customer(self) -> Events:
        queue, trying = self.queues[0], True
        while trying:
            came = self.environment.now
            self.seen.attempts += 1
            if (yield from self._visit(0)):
                for _ in range(self.calls):
                    yield from self._visit(1)
                self.seen.times.append(self.environment.now - came)
                return
            trying = self.chance.random() < queue.retry_share
            if trying:
                yield self.environment.timeout(queue.retry_seconds)
        self.seen.lost += 1

    def _visit(self, number: int) -> Generator[simpy.Event, Any, bool]:
        """Whether the station has served."""
        queue, desk = self.queues[number], self.desks[number]
        if len(desk.queue) >= queue.room:
            return False
        with desk.request() as turn:
            if queue.patience < float("inf"):
                if turn not in (yield turn | self.environment.timeout(queue.patience)):
                    return False
            else:
                yield turn
            yield self.environment.timeout(self.chance.expovariate(1 / queue.seconds))
        return True


def replicate(count: int, levels: Levels, *queues: Queue, calls: int = 0) -> list[Seen]:
    return [Replication(levels, queues, seed, calls).seen for seed in range(count)]


def mean_of(replications: Sequence[Seen]) -> float:
    return float(np.mean([time for seen in replications for time in seen.times]))


def fluid_mean(model: Model) -> float:
    result = play(model, resolution=1)
    return float(result.of_station("web", kernel.RESPONSE).sum() / result.of_station("web", kernel.WORKED).sum())


def levelled(levels: Levels) -> np.ndarray:
    return np.concatenate([steady(rate, int(seconds)) for rate, seconds in levels])


@pytest.mark.parametrize(("servers", "rate", "count"), [(4, 28.0, 4), (20, 160.0, 1)])
def test_a_steady_load_takes_as_long(servers, rate, count):
    levels = [(rate, 600.0)]
    seen = replicate(count, levels, Queue(servers=servers, seconds=0.1))
    assert fluid_mean(one_service(levelled(levels), tasks(units=servers))) == pytest.approx(mean_of(seen), rel=CLOSE)


def test_a_rush_and_its_end_take_as_long():
    levels = [(60.0, 60.0), (130.0, 60.0), (60.0, 120.0)]
    seen = replicate(6, levels, Queue(servers=10, seconds=0.1))
    assert fluid_mean(one_service(levelled(levels))) == pytest.approx(mean_of(seen), rel=CLOSE)


def test_a_chain_of_services_takes_as_long():
    levels = [(70.0, 150.0)]
    seen = replicate(2, levels, Queue(servers=10, seconds=0.1), Queue(servers=5, seconds=0.025), calls=2)
    store = Station(name="store", rate=40, units=5, service_seconds=0.025)
    model = one_service(levelled(levels), stores=(store,), calls=(Call(source="web", target="store", per_request=2),))
    assert fluid_mean(model) == pytest.approx(mean_of(seen), rel=CLOSE)


def test_as_many_customers_lose_patience():
    levels = [(150.0, 200.0)]
    seen = replicate(1, levels, Queue(servers=10, seconds=0.1, patience=2))
    result = play(one_service(levelled(levels), tasks(patience=2)))
    assert result.customers.lost == pytest.approx(np.mean([one.lost for one in seen]), rel=CLOSE)


def test_as_many_customers_are_turned_away_try_again_and_are_lost():
    levels = [(140.0, 80.0)]
    queue = Queue(servers=10, seconds=0.1, room=30, retry_share=0.6, retry_seconds=5)
    seen = replicate(2, levels, queue)
    model = one_service(levelled(levels), tasks(waiting_room=3))
    customers: Customers = replace(model.customers, retry_share=0.6, retry_seconds=5)
    result = play(replace(model, customers=customers))
    assert result.customers.lost == pytest.approx(np.mean([one.lost for one in seen]), rel=CLOSE)
    attempts = result.customers.arrived + result.retried
    assert attempts == pytest.approx(np.mean([one.attempts for one in seen]), rel=CLOSE)
