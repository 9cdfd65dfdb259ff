"""Every single request of a chain of queues, by simpy: what the fluid model is held against. Shares no code with it.

A request waits at a stage in order of arrival until one of its servers is free, is worked on, and then makes its calls
to the next stage, one after the other. Whoever waits longer than the patience leaves, whoever finds the room taken is
turned away, and a call that fails fails its request; customers of the first stage then try again, perhaps.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

Levels = Sequence[tuple[float, float]]
"""Arrivals a second, and for how many seconds."""
Events = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A queue with so many servers. `seconds` is the mean service time, gamma distributed with the coefficient of
    variation `cv`; `calls` of the next stage for each request, a fraction with that probability."""

    servers: int
    seconds: float
    cv: float = 1.0
    room: float = float("inf")
    patience: float = float("inf")
    calls: float = 1.0


@dataclass
class Seen:
    """What one run has shown: answer times of attempts that went well, and customers by how they ended."""

    times: list[float] = field(default_factory=list)
    lost: int = 0
    attempts: int = 0


class Run:
    """Poisson arrivals at the rates of `levels` to a chain. Attempts that begin before `since` are not timed."""

    def __init__(
        self,
        levels: Levels,
        stages: Sequence[Stage],
        seed: int,
        retry_share: float = 0.0,
        retry_seconds: float = 1.0,
        since: float = 0.0,
    ) -> None:
        self.stages, self.retry_share, self.retry_seconds, self.since = stages, retry_share, retry_seconds, since
        self.chance, self.environment, self.seen = random.Random(seed), simpy.Environment(), Seen()
        self.desks = [simpy.Resource(self.environment, capacity=stage.servers) for stage in stages]
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
        trying = True
        while trying:
            came = self.environment.now
            self.seen.attempts += 1
            if (yield from self._visit(0)):
                if came >= self.since:
                    self.seen.times.append(self.environment.now - came)
                return
            trying = self.chance.random() < self.retry_share
            if trying:
                yield self.environment.timeout(self.retry_seconds)
        self.seen.lost += 1

    def _visit(self, number: int) -> Generator[simpy.Event, Any, bool]:
        """Whether the stage and all that it calls have done their work."""
        stage, desk = self.stages[number], self.desks[number]
        if len(desk.queue) >= stage.room:
            return False
        with desk.request() as turn:
            if stage.patience < float("inf"):
                if turn not in (yield turn | self.environment.timeout(stage.patience)):
                    return False
            else:
                yield turn
            yield self.environment.timeout(self._service(stage))
        if number + 1 < len(self.stages):
            whole = int(stage.calls)
            for _ in range(whole + (self.chance.random() < stage.calls - whole)):
                if not (yield from self._visit(number + 1)):
                    return False
        return True

    def _service(self, stage: Stage) -> float:
        square = stage.cv**2
        return self.chance.gammavariate(1 / square, stage.seconds * square) if square else stage.seconds


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Means over runs; times in seconds."""

    mean: float
    p50: float
    p90: float
    p99: float
    lost: float
    attempts: float


def observe(runs: int, levels: Levels, stages: Sequence[Stage], **options: float) -> Summary:
    """So many runs, their answer times taken together."""
    seen = [Run(levels, stages, seed, **options).seen for seed in range(runs)]
    times = np.array([time for one in seen for time in one.times])
    p50, p90, p99 = (float(np.quantile(times, share)) for share in (0.5, 0.9, 0.99))
    return Summary(
        mean=float(times.mean()),
        p50=p50,
        p90=p90,
        p99=p99,
        lost=float(np.mean([one.lost for one in seen])),
        attempts=float(np.mean([one.attempts for one in seen])),
    )
