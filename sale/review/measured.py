"""What was measured, minute by minute: the series of a review laid on one clock, and checked to be of the event."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Final

import numpy as np

from sale.review.series import MINUTE, Series
from sale.simulation.arrays import Floats
from settings.stack_file import BadInput
from specs.sale import SaleEvent

Points = tuple[tuple[float, float], ...]
"""Seconds since the epoch at which a step begins, and the value of the step."""

MAX_GAP: Final = 0.05  # of the steps of a series that there has to be
NEAR: Final = 1800.0  # seconds: zones of the clock lie half an hour apart at least
FAR: Final = 14 * 3600.0
RISE: Final = 300  # seconds over which a rise is looked at
STEEPER: Final = 3.0  # times, that a rise elsewhere is the opening's


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Series on one clock."""

    start: float
    """Seconds since the epoch of the first step."""
    step: int
    """Seconds of a step: 60, or 300 of what CloudWatch has thinned out."""
    values: Mapping[str, Floats]
    """By label: counts a second, levels as they are; NaN where nothing was measured."""

    @property
    def steps(self) -> int:
        return len(next(iter(self.values.values())))

    @property
    def times(self) -> Floats:
        """Seconds since the epoch at which each step begins."""
        return self.start + self.step * np.arange(self.steps)

    def get(self, link: str, figure: str) -> Floats | None:
        """One figure of a link; None where it was not measured."""
        return self.values.get(f"{link} {figure}")


def aligned(
    given: Mapping[str, Points], series: Iterable[Series], event: SaleEvent, start: float, end: float, source: str
) -> Measured:
    """The series from `start` to `end` (seconds since the epoch), on one clock.

    `given` has the points of each label, `source` is what a message calls where they come from. Raises BadInput where a
    series is missing or has gaps that there is no review without, and where the times are not the event's.
    """
    known = list(series)
    step = _step(given, source)
    start = math.floor(start / step) * step
    count = math.ceil((end - start) / step)
    _check_times(given, event, source)
    values: dict[str, Floats] = {}
    for one in known:
        found = [(given[label], metric.weight) for label, metric in one.labels() if given.get(label)]
        if not found:
            if one.needed:
                raise BadInput(
                    f"FROM: {source} has to hold the series {one.label} (got {_some(given)}); export it as well"
                )
            continue
        rows = [_laid(points, start, step, count, 0.0 if one.sparse else np.nan) * weight for points, weight in found]
        # Nodes and groups come and go: what is not there adds nothing, where anything is.
        total = np.nansum(rows, axis=0)
        total[np.all(np.isnan(rows), axis=0)] = np.nan
        values[one.label] = total * one.scale / (step if one.counts else 1)
    measured = Measured(start=start, step=step, values=values)
    _check_opening(given["cloudfront requests"], step, event, source)
    for one in known:
        if one.needed:
            _check_gaps(measured, one.label, event, source)
    return measured


def _step(given: Mapping[str, Points], source: str) -> int:
    """Seconds between the points: the shortest distance that any series has."""
    distances = [
        after - before
        for points in given.values()
        for (before, _), (after, _) in pairwise(points[:50])
        if after > before
    ]
    if not distances:
        raise BadInput(f"FROM: {source} has to hold minutes of the event (got {_some(given)}); export it again")
    step = round(min(distances))
    if step % MINUTE or step > 300:
        raise BadInput(
            f"FROM: a period is a minute, or five of what CloudWatch has thinned out (got {step} s in {source}); "
            "export with a period of 60"
        )
    return step


def _laid(points: Points, start: float, step: int, count: int, missing: float) -> Floats:
    row = np.full(count, missing)
    for time, value in points:
        index = int((time - start) // step)
        if 0 <= index < count:
            row[index] = value
    return row


def _check_times(given: Mapping[str, Points], event: SaleEvent, source: str) -> None:
    times = [time for points in given.values() for time, _ in points[:1] + points[-1:]]
    first, last = min(times), max(times)
    begin, end = event.start.timestamp(), event.end.timestamp()
    if last < begin or first > end:
        zone = event.start.tzinfo
        raise BadInput(
            f"FROM: {source} has to cover {event.name}, {_shown(begin, zone)} to {_shown(end, zone)} (got "
            f"{_shown(first, zone)} to {_shown(last, zone)}); export the event's own days"
        )


def _check_gaps(measured: Measured, label: str, event: SaleEvent, source: str) -> None:
    """Of the event itself: what is missing before and after it, nothing depends on."""
    values, start, step = measured.values[label], measured.start, measured.step
    first_step = math.floor((event.start.timestamp() - start) / step)
    gaps = np.isnan(values[first_step : math.floor((event.end.timestamp() - start) / step)])
    if gaps.mean() <= MAX_GAP:
        return
    first = int(np.argmax(gaps))
    rest = gaps[first:]
    length = int(np.argmin(rest)) if not rest.all() else len(rest)
    raise BadInput(
        f"FROM: {label} has to have at most {MAX_GAP:.0%} of its steps missing (got {gaps.mean():.0%} in {source}, "
        f"{length * step // MINUTE} min from {_shown(start + (first_step + first) * step, event.start.tzinfo)}); "
        "export it again"
    )


def _check_opening(points: Points, step: int, event: SaleEvent, source: str) -> None:
    """Refuses times of another zone: the steepest rise of the requests then lies whole half hours from the opening."""
    wide = max(1, RISE // step)
    if len(points) <= wide:
        return
    times, requests = np.array(points).T
    rises, at = requests[wide:] - requests[:-wide], times[wide:] - event.start.timestamp()
    near = np.abs(at) < NEAR / 2
    far = (np.abs(at) >= NEAR - 2 * RISE) & (np.abs(at) <= FAR)
    beside = rises[near].max() if near.any() else 0.0
    if not far.any() or rises[far].max() < STEEPER * max(beside, 1e-9):
        return
    off = float(at[far][np.argmax(rises[far])])
    hours = round(off / NEAR) / 2
    if hours and abs(off - hours * 3600) <= 2 * RISE:
        raise BadInput(
            f"FROM: the times in {source} have to be those of their offsets (got the steepest rise "
            f"{abs(hours):g} h {'after' if hours > 0 else 'before'} the opening); export them in UTC"
        )


def _shown(time: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(time, tz=zone or UTC).strftime("%Y-%m-%d %H:%M")


def _some(given: Mapping[str, Points]) -> str:
    names = sorted(given)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "nothing"
