"""What a fault did: the hour from its start on, by CloudWatch's metrics, beside what was expected."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from game_day.expectation import SEEN, Expectation, Hour
from sale.review.measured import Points
from sale.review.series import Series
from sale.simulation.adapter import BALANCER
from sale.simulation.answers import MINUTE
from settings.stack_file import BadInput

WORSE: Final = 2.0  # times what was expected; an estimate
SLACK: Final = {"errors, %": 0.1, "slowest minute, s": 0.1, "minutes beyond the promise": 1.0}
"""Differences that do not count, by figure: what the metrics' own minutes and rounding leave open."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure: without the fault, as expected of it, and as measured."""

    figure: str
    calm: float
    expected: float
    measured: float

    @property
    def verdict(self) -> str:
        """`as expected`, `better` or `worse`."""
        slack = SLACK[self.figure]
        if self.measured > WORSE * self.expected + slack:
            return "worse"
        return "better" if self.expected > WORSE * self.measured + slack else "as expected"


def rows(expectation: Expectation, measured: Hour) -> list[Row]:
    """The figures that an experiment is judged by."""
    calm, expected = expectation.calm, expectation.disturbed
    return [
        Row(
            figure="errors, %",
            calm=calm.error_percent,
            expected=expected.error_percent,
            measured=measured.error_percent,
        ),
        Row(figure="slowest minute, s", calm=calm.p99, expected=expected.p99, measured=measured.p99),
        Row(
            figure="minutes beyond the promise",
            calm=calm.broken_minutes,
            expected=expected.broken_minutes,
            measured=measured.broken_minutes,
        ),
    ]


def hour(expectation: Expectation, series: Sequence[Series], given: Mapping[str, Points], start: float) -> Hour:
    """The hour from `start` (seconds since the epoch) on. Raises BadInput where it has no requests."""
    known = {one.label: one for one in series}
    minutes = _summed([f"{BALANCER} requests"], known, given, start)
    if not sum(minutes.values()):
        raise BadInput("AT: the load balancer has no requests in the hour from it on (got 0); correct the time")
    wrong = [f"{name} errors" for name in (BALANCER, *expectation.reached)]
    errors = _summed(wrong, known, given, start)
    slowest: dict[int, float] = {}
    for name in expectation.reached:
        for at, value in given.get(f"{name} p99", ()):
            if start <= at < start + SEEN:
                minute = int(at - start) // MINUTE
                slowest[minute] = max(slowest.get(minute, 0.0), value)
    promise = expectation.promise
    allowed, latency = 1 - promise.availability_percent / 100, promise.latency_p99 / 1000
    broken = [
        minute
        for minute in {*minutes, *slowest}
        if errors[minute] > max(1.0, allowed * minutes[minute]) or slowest.get(minute, 0.0) > latency
    ]
    return Hour(
        error_percent=100 * sum(errors.values()) / sum(minutes.values()),
        p99=max(slowest.values(), default=math.nan),
        broken_minutes=len(broken),
        orders_lost=0,
    )


def _summed(
    labels: Sequence[str], known: Mapping[str, Series], given: Mapping[str, Points], start: float
) -> defaultdict[int, float]:
    """By minute from `start` on: the sum over the series."""
    found: defaultdict[int, float] = defaultdict(float)
    for label in labels:
        for one, _ in known[label].labels() if label in known else ():
            for at, value in given.get(one, ()):
                if start <= at < start + SEEN:
                    found[int(at - start) // MINUTE] += value
    return found
