"""What a service's tasks can do, from the times at which requests came and went.

At every moment `n` requests are there, of which a task works on `m = min(n, c)`, each slowed down as the Universal
Scalability Law has it; what waits is served in order, so the j-th begins with the (j - c)-th departure. The work of a
request is then an integral over its service:

    w_j = ∫ dt / (1 + σ (m - 1) + κ m (m - 1))

How many a request meets at its arrival has nothing to do with its own work (arrivals are open). So with the right σ, κ
and c the mean work is the same whatever was met: s, the service time. The fit takes the values for which it is, by
least squares over groups of requests that met as many; what is left over is chi-squared, which gives the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from load.least_squares import Minimum, minimum
from load.usl import Fitted, slowdown
from sale.review.regression import Z95, Mask
from sale.simulation.arrays import Floats

MIN_REQUESTS: Final = 200
"""Requests that an interval rests on."""
MIN_GROUP: Final = 30  # requests that have met as many
MAX_GROUPS: Final = 40
MAX_WORKERS: Final = 512
MAX_WORSE: Final = 4  # numbers of workers in a row that fit worse, from where no more are tried
FAR_OFF: Final = 30.0  # of chi-squared: once in 20 million
CHI2: Final = 3.841459  # 95 % of chi-squared with one degree of freedom
_ROUNDING: Final = 1e-5  # seconds


class TooFew(ValueError):
    """Too few requests for an interval: one line that says how many there were."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What one task can do."""

    requests: int
    """That the estimates rest on."""
    service_seconds: Fitted
    service_cv: Fitted
    concurrency: Fitted | None
    """Requests that a task works on at a time. None where the test has not reached it."""
    met: int
    """Requests that were there at a time, at most, for each task."""
    contention: Fitted | None
    """σ; None where one is worked on at a time, or too few were there for it to be told."""
    coherency: Fitted | None
    throughput: Fitted
    """Requests/s of a busy task: of as many at a time as the test has reached, where that is not all."""


def capacity(started: Floats, ended: Floats, tasks: int = 1, usable: Mask | None = None) -> Capacity:
    """The fit of one service: of the requests that `usable` names, all of which others may have met. Raises TooFew."""
    good = np.ones(len(started), dtype=np.bool_) if usable is None else usable
    if good.sum() < MIN_REQUESTS:
        raise TooFew(f"an interval needs {MIN_REQUESTS} requests (got {good.sum()}); test longer or with more load")
    timeline = _Timeline(started, ended, good, tasks)
    tried = list(_candidates(timeline))
    best = min(tried, key=lambda one: one.minimum.squares)
    near = [one for one in tried if one.minimum.squares <= best.minimum.squares + CHI2]
    return _told(timeline, best, near)


class _Timeline:
    """How many were there, from event to event."""

    def __init__(self, started: Floats, ended: Floats, usable: Mask, tasks: int) -> None:
        order = np.argsort(started, kind="stable")
        self.started, self.ended, self.usable, self.tasks = started[order], ended[order], usable[order], tasks
        times = np.concatenate([self.started, self.ended])
        change = np.concatenate([np.ones(len(started)), -np.ones(len(ended))])
        sorting = np.lexsort((change, times))  # who leaves and who comes at one time: first who leaves
        self.times = times[sorting]
        self.there = np.cumsum(change[sorting])
        at = np.empty(len(times), dtype=np.int64)
        at[sorting] = np.arange(len(times))
        self.met = self.there[at[: len(started)]]
        """With the request itself."""
        self.departures = np.sort(self.ended)
        self.most = max(1, math.ceil(self.met.max() / tasks))
        self.groups = _groups(self.met[self.usable])

    def begun(self, workers: int) -> Floats:
        """When each begins to be worked on."""
        found = self.started.copy()
        places = workers * self.tasks
        if places < len(found):
            found[places:] = np.maximum(found[places:], self.departures[: len(found) - places])
        return found


def _groups(met: Floats) -> NDArray[np.int64]:
    """By request: its group of those that have met about as many, each large enough."""
    order = np.argsort(met, kind="stable")
    size = max(MIN_GROUP, math.ceil(len(met) / MAX_GROUPS))
    found = np.empty(len(met), dtype=np.int64)
    found[order] = np.minimum(np.arange(len(met)) // size, max(0, len(met) // size - 1))
    # Equal numbers are one group: ties would be split by time.
    levels, inverse = np.unique(met, return_inverse=True)
    first = np.full(len(levels), len(met), dtype=np.int64)
    np.minimum.at(first, inverse, found)
    return np.unique(first[inverse], return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class _Candidate:
    workers: int
    minimum: Minimum
    work: Floats
    """Seconds of each request's own work, at the least squares."""


def _candidates(timeline: _Timeline) -> Iterator[_Candidate]:
    """A fit for each number of workers that the departures allow (nobody leaves before being begun), until more of
    them only fit worse."""
    least, worse = math.inf, 0
    for workers in _numbers(timeline.most):
        begun = timeline.begun(workers)
        if np.any((begun > timeline.ended + _ROUNDING)[timeline.usable]):
            continue
        fitted = _fitted(timeline, workers, begun)
        yield fitted
        squares = fitted.minimum.squares
        least, worse = min(least, squares), worse + 1 if squares > least + FAR_OFF else 0
        if worse == MAX_WORSE:
            return


def _numbers(most: int) -> list[int]:
    """Up to 32 each, then ever coarser: a service of hundreds of threads needs no exact number of them."""
    found, step = list(range(1, min(most, 32) + 1)), 2
    while found[-1] < min(most, MAX_WORKERS):
        found.append(min(found[-1] + step, most))
        step += 1
    return found


def _fitted(timeline: _Timeline, workers: int, begun: Floats) -> _Candidate:
    busy = np.minimum(timeline.there[:-1] / timeline.tasks, workers)
    lasting = np.diff(timeline.times)
    counts = np.bincount(timeline.groups).astype(float)

    def work(values: Floats) -> Floats:
        done = np.concatenate([[0.0], np.cumsum(lasting / slowdown(busy, values[1], values[2]))])
        till, since = (np.interp(times, timeline.times, done) for times in (timeline.ended, begun))
        return (till - since)[timeline.usable]

    def means(values: Floats) -> Floats:
        return np.bincount(timeline.groups, work(values)) / counts

    plain = work(np.zeros(3))
    variation = max(float(plain.std() / plain.mean()), 1e-3)
    values = np.array([plain.mean(), 0.0, 0.0])
    for _ in range(2):  # the weights follow from the fit: the second time they are those of the first

        def residuals(values: Floats, variation: float = variation) -> Floats:
            return np.sqrt(counts) * (means(values) / values[0] - 1) / variation

        found = minimum(residuals, values, np.array([1e-9, 0.0, 0.0]))
        values, own = found.values, work(found.values)
        variation = max(float(own.std() / own.mean()), 1e-3)
    return _Candidate(workers, found, own)


def _told(timeline: _Timeline, best: _Candidate, near: list[_Candidate]) -> Capacity:
    seconds, contention, coherency = (
        Fitted.around(float(value), math.sqrt(max(0.0, spread)), 0.0)
        for value, spread in zip(best.minimum.values, np.diag(best.minimum.inverse), strict=True)
    )
    reached = max(one.workers for one in near) < timeline.most
    known = best.workers > 1 and contention.high <= 1  # a share: an interval beyond 1 says nothing
    return Capacity(
        requests=int(timeline.usable.sum()),
        service_seconds=seconds,
        service_cv=_of_any([_variation(one.work) for one in (best, *near)]),
        concurrency=Fitted(
            value=best.workers, low=min(one.workers for one in near), high=max(one.workers for one in near)
        )
        if reached
        else None,
        met=timeline.most,
        contention=contention if known else None,
        coherency=coherency if known else None,
        throughput=_throughput(best, near),
    )


def _of_any(fitted: list[Fitted]) -> Fitted:
    """The first, with an interval that holds those of all."""
    return Fitted(value=fitted[0].value, low=min(one.low for one in fitted), high=max(one.high for one in fitted))


def _variation(work: Floats) -> Fitted:
    """The coefficient of variation, by the delta method on the first two moments."""
    mean, deviation = float(work.mean()), float(work.std(ddof=1))
    off = (work - mean) / deviation
    value = deviation / mean
    each = value * ((off**2 - 1) / 2 - off * value)
    return Fitted.around(value, float(each.std() / math.sqrt(len(work))), 0.0)


def _throughput(best: _Candidate, near: list[_Candidate]) -> Fitted:
    """The most that a task answers; its interval by the delta method, for each number of workers that may be."""
    found = []
    for one in (best, *near):
        value, factor = _most(one.workers, one.minimum.values), math.exp(Z95 * _spread(one))
        found.append(Fitted(value=value, low=value / factor, high=value * factor))
    return _of_any(found)


def _spread(candidate: _Candidate) -> float:
    """Standard deviation of the logarithm of the throughput."""
    values, slopes = candidate.minimum.values, []
    for number, value in enumerate(values):
        width = max(abs(value) * 1e-4, 1e-6)
        step = np.eye(len(values))[number] * width
        most = (_most(candidate.workers, values + step), _most(candidate.workers, values))
        slopes.append((math.log(most[0]) - math.log(most[1])) / width)
    gradient = np.array(slopes)
    return math.sqrt(max(0.0, float(gradient @ candidate.minimum.inverse @ gradient)))


def _most(workers: int, values: Floats) -> float:
    """Throughput at the best number of workers that a service has."""
    numbers = np.arange(1, workers + 1, dtype=float)
    seconds, contention, coherency = values
    return float(np.max(numbers / (seconds * slowdown(numbers, contention, coherency))))
