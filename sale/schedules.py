"""Levels over time: what a resource has to offer, as a few steps up before demand comes and down after it has gone."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from sale.demand import Forecast, Rates

BLOCK: Final = 1800.0  # seconds that a level is looked at as one: shorter ones are what autoscaling is for
CLUSTER_GAP: Final = 86_400.0  # seconds between events that are planned together
HOLD: Final = 900.0  # seconds that a level stays after its demand has gone: the forecast may be late
STAGE: Final = 900.0  # seconds of each stage of a way down
STEEPEST: Final = 0.5  # a step down keeps at least this share: customers come back, and a cliff would turn them away
SMALL: Final = 5.0  # units: a step down of so many is no cliff
DAY: Final = 86_400.0
MINUTE: Final = 60.0


@dataclass(frozen=True)
class Block:
    """A span of an event and the highest rates in it."""

    start: float
    end: float
    peak: Rates


@dataclass(frozen=True, order=True)
class Interval:
    """A span in which at least `level` is needed."""

    start: float
    end: float
    level: float


@dataclass(frozen=True)
class StepSchedule:
    """One value over time: `usual` until the first change, and `usual` again after the last."""

    usual: float
    changes: tuple[tuple[float, float], ...] = ()
    """Seconds since the epoch, and the value from then on; ascending."""

    def at(self, time: float) -> float:
        """The value in force at a time."""
        return next((value for moment, value in reversed(self.changes) if moment <= time), self.usual)

    def after(self, time: float) -> tuple[tuple[float, float], ...]:
        """The changes still to come."""
        return tuple(change for change in self.changes if change[0] > time)

    @property
    def highest(self) -> float:
        return max((self.usual, *(value for _, value in self.changes)))

    def highest_between(self, start: float, end: float) -> float:
        """The highest value in force from one time to before another."""
        return max((self.at(start), *(value for moment, value in self.changes if start <= moment < end)))

    def delayed(self, seconds: float) -> StepSchedule:
        """The same where each rise takes effect so many seconds late; one that is over by then never does."""
        moved: list[tuple[float, float]] = []
        before = self.usual
        for moment, value in self.changes:
            moved.append((moment + seconds if value > before else moment, value))
            before = value
        kept = [change for number, change in enumerate(moved) if all(change[0] < one[0] for one in moved[number + 1 :])]
        return StepSchedule(self.usual, without_repetitions(kept, self.usual))

    def set_late(self, time: float) -> StepSchedule:
        """The same where nothing was changed before a time: what should be in force then is set at once."""
        return StepSchedule(self.usual, without_repetitions(((time, self.at(time)), *self.after(time)), self.usual))


def blocks(forecast: Forecast) -> tuple[Block, ...]:
    """The events' spans in blocks; spans less than a day apart are one."""
    spans = sorted((line.times[0], line.times[-1]) for line in forecast.lines)
    clusters: list[tuple[float, float]] = []
    for start, end in spans:
        if clusters and start <= clusters[-1][1] + CLUSTER_GAP:
            clusters[-1] = (clusters[-1][0], max(clusters[-1][1], end))
        else:
            clusters.append((start, end))
    found: list[Block] = []
    for start, end in clusters:
        begin = start
        while begin < end:
            stop = min(begin + BLOCK, end)
            found.append(Block(begin, stop, forecast.peak(begin, stop)))
            begin = stop
    return tuple(found)


def track(
    found: Sequence[Block],
    need: Callable[[Rates], float],
    *,
    usual: float,
    most: float,
    lead: float,
    levels: int = 3,
    staged: bool = True,
) -> StepSchedule:
    """The steps of a resource that needs `need(rates)` and offers `usual` in between, `most` at most.

    Each level stands `lead` seconds ahead of its demand and `HOLD` after it. `levels` is the most levels above the
    usual one; with `staged`, no step down is below half of what was there.
    """
    needed = [Interval(one.start, one.end, min(most, need(one.peak))) for one in found]
    above = [one for one in needed if one.level > usual]
    spans = [Interval(one.start - lead, one.end + HOLD, one.level) for one in _merged(above, levels)]
    changes = _changes(spans, usual)
    while staged and (stages := _stages(changes, usual)):
        spans += stages
        changes = _changes(spans, usual)
    return StepSchedule(usual, by_the_minute(changes, usual))


def _merged(intervals: Sequence[Interval], levels: int) -> list[Interval]:
    """Neighbours joined, those first whose joining wastes least, until each run of them has `levels` left."""
    merged: list[Interval] = []
    run: list[Interval] = []
    for one in intervals:
        if run and one.start - run[-1].end > BLOCK:
            merged += _joined(run, levels)
            run = []
        run.append(one)
    return merged + _joined(run, levels)


def _joined(run: Sequence[Interval], levels: int) -> list[Interval]:
    """The same of intervals without a gap; a heap of joinings, so that a long sale takes no longer than it should."""
    alive: dict[int, Interval] = dict(enumerate(run))
    after = {index: index + 1 for index in range(len(run) - 1)}
    before = {index + 1: index for index in range(len(run) - 1)}
    counts = Counter(one.level for one in run)
    waiting = [(_waste(left, right), index, left, right) for index, (left, right) in enumerate(pairwise(run))]
    heapq.heapify(waiting)
    while waiting:
        waste, index, left, right = heapq.heappop(waiting)
        if alive.get(index) is not left or index not in after or alive[after[index]] is not right:
            continue  # one of the two has been joined with another meanwhile
        if len(counts) <= levels and waste > 0:
            break
        counts -= Counter((left.level, right.level))
        alive[index] = joined = Interval(left.start, right.end, max(left.level, right.level))
        counts[joined.level] += 1
        gone = after.pop(index)
        del alive[gone], before[gone]
        if gone in after:
            beyond = after.pop(gone)
            after[index], before[beyond] = beyond, index
            heapq.heappush(waiting, (_waste(joined, alive[beyond]), index, joined, alive[beyond]))
        if index in before:
            ahead = before[index]
            heapq.heappush(waiting, (_waste(alive[ahead], joined), ahead, alive[ahead], joined))
    return list(alive.values())


def _waste(left: Interval, right: Interval) -> float:
    """What is provided for nothing when two neighbours share the higher level: units x seconds."""
    level = max(left.level, right.level)
    return (level - left.level) * (left.end - left.start) + (level - right.level) * (right.end - right.start)


def _changes(intervals: Sequence[Interval], usual: float) -> tuple[tuple[float, float], ...]:
    """Where the highest level of the intervals changes."""
    moments = sorted({moment for one in intervals for moment in (one.start, one.end)})
    changes: list[tuple[float, float]] = []
    level = usual
    for moment in moments:
        now = max((one.level for one in intervals if one.start <= moment < one.end), default=usual)
        if now != level:
            changes.append((moment, now))
            level = now
    return tuple(changes)


def _falls(changes: Sequence[tuple[float, float]], usual: float) -> list[tuple[float, float, float]]:
    values = [usual, *(value for _, value in changes)]
    return [(moment, before, value) for (moment, value), before in zip(changes, values, strict=False) if value < before]


def _stages(changes: Sequence[tuple[float, float]], usual: float) -> list[Interval]:
    """A stage at half of what was there, wherever a step down would be a cliff."""
    return [
        Interval(moment, moment + STAGE, float(math.ceil(before * STEEPEST)))
        for moment, before, after in _falls(changes, usual)
        if after < before * STEEPEST and before - after > SMALL
    ]


def fewer_decreases(given: StepSchedule, most: int) -> StepSchedule:
    """The same track with at most `most` decreases in 24 hours: decreases beyond that are left out, the earliest first,
    so that more is there for longer, never less."""
    changes = list(given.changes)
    while True:
        falls = [moment for moment, _, _ in _falls(changes, given.usual)]
        crowded = next((first for first, last in zip(falls, falls[most:], strict=False) if last - first < DAY), None)
        if crowded is None:
            return StepSchedule(given.usual, tuple(changes))
        changes = [change for change in changes if change[0] != crowded]
        changes = list(without_repetitions(changes, given.usual))


def by_the_minute(changes: Sequence[tuple[float, float]], usual: float) -> tuple[tuple[float, float], ...]:
    """The changes at whole minutes, which is what EventBridge Scheduler tells apart.

    In each minute the highest value of it, so that nothing comes later or goes earlier.
    """
    moved: dict[float, float] = {}
    level = usual
    for minute, group in groupby(changes, key=lambda change: change[0] // MINUTE * MINUTE):
        found = list(group)
        before = () if found[0][0] == minute else (level,)
        level = found[-1][1]
        moved[minute] = max((*before, *(value for _, value in found)))
        moved[minute + MINUTE] = level
    return without_repetitions(sorted(moved.items()), usual)


def without_repetitions(changes: Sequence[tuple[float, float]], usual: float) -> tuple[tuple[float, float], ...]:
    """The changes without those that change nothing."""
    kept: list[tuple[float, float]] = []
    for moment, value in changes:
        if value != (kept[-1][1] if kept else usual):
            kept.append((moment, value))
    return tuple(kept)
