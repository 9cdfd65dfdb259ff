"""A station played event by event: c workers, the rest in order, all slowed down by the Universal Scalability Law."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sale.simulation.arrays import Floats


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a station is."""

    workers: int
    seconds: float
    cv: float
    contention: float = 0.0
    coherency: float = 0.0

    @property
    def throughput(self) -> float:
        """Requests/s, at most."""
        numbers = range(1, self.workers + 1)
        return max(number * self.speed(number) / self.seconds for number in numbers)

    def speed(self, there: int) -> float:
        return 1 / (1 + self.contention * (there - 1) + self.coherency * there * (there - 1))


def played(truth: Truth, rates: Sequence[float], step: float, seed: int) -> tuple[Floats, Floats]:
    """When each request came and went, of Poisson arrivals at each rate for `step` seconds."""
    draw = random.Random(seed)
    came = list(_arrivals(draw, rates, step))
    work = [draw.gammavariate(1 / truth.cv**2, truth.seconds * truth.cv**2) for _ in came]
    went = [0.0] * len(came)
    at_work: list[tuple[float, int]] = []
    waiting: deque[int] = deque()
    now = done = 0.0
    coming = 0
    while coming < len(came) or at_work:
        speed = truth.speed(len(at_work)) if at_work else 1.0
        next_came = came[coming] if coming < len(came) else float("inf")
        next_went = now + (at_work[0][0] - done) / speed if at_work else float("inf")
        done, now = done + (min(next_came, next_went) - now) * speed, min(next_came, next_went)
        if next_came <= next_went:
            waiting.append(coming)
            coming += 1
        else:
            done, over = heapq.heappop(at_work)
            went[over] = now
        while waiting and len(at_work) < truth.workers:
            begun = waiting.popleft()
            heapq.heappush(at_work, (done + work[begun], begun))
    return np.array(came), np.array(went)


def _arrivals(draw: random.Random, rates: Sequence[float], step: float):
    for number, rate in enumerate(rates):
        time = number * step + draw.expovariate(rate)
        while time < (number + 1) * step:
            yield time
            time += draw.expovariate(rate)
