"""The fit against stations whose law is known, played event by event."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from load import usl
from load.fit import TooFew, capacity
from load.results import Log, served
from tests.load.queue import Truth, played

STATIONS = [
    Truth(workers=4, seconds=0.05, cv=0.5, contention=0.05, coherency=0.004),
    Truth(workers=1, seconds=0.02, cv=1.0),
    Truth(workers=8, seconds=0.05, cv=0.3, contention=0.02, coherency=0.001),
    Truth(workers=6, seconds=0.1, cv=1.0),
]


def stairs(truth: Truth, top: float = 1.1) -> list[float]:
    return [truth.throughput * top * number / 10 for number in range(1, 11)]


def recovered(truth: Truth, seed: int, requests: int = 3000) -> dict[str, bool]:
    rates = stairs(truth)
    found = capacity(*played(truth, rates, requests / sum(rates), seed))
    assert found.concurrency is not None, "the test has shown where a task ends"
    return {
        "seconds": found.service_seconds.holds(truth.seconds),
        "variation": found.service_cv.holds(truth.cv),
        "workers": found.concurrency.holds(truth.workers),
        "contention": found.contention is None or found.contention.holds(truth.contention),
        "coherency": found.coherency is None or found.coherency.holds(truth.coherency),
        "throughput": found.throughput.holds(truth.throughput),
    }


@pytest.mark.parametrize("truth", STATIONS, ids=str)
def test_what_a_station_is_lies_within_the_intervals(truth):
    assert all(recovered(truth, seed=3).values())


@pytest.mark.thorough
@pytest.mark.parametrize("truth", STATIONS, ids=str)
def test_intervals_hold_the_truth_as_often_as_they_say(truth):
    held = Counter()
    plays = 40
    for seed in range(plays):
        held.update(name for name, holds in recovered(truth, seed).items() if holds)
    # 95 % of 40 are 38; below 33 comes once in 3,000 where an interval is right.
    assert all(held[name] >= 33 for name in recovered(truth, 0)), held


def test_a_station_that_is_not_taken_to_its_limit_is_said_to_do_at_least_so_much():
    truth = Truth(workers=64, seconds=0.05, cv=0.5)
    found = capacity(*played(truth, [40.0] * 5, 10.0, 1))
    assert found.concurrency is None
    assert found.throughput.value < truth.throughput / 3


def test_two_tasks_share_what_comes():
    truth = Truth(workers=8, seconds=0.05, cv=0.5)
    found = capacity(*played(truth, stairs(truth), 4.0, 1), tasks=2)
    assert found.concurrency is not None
    assert found.concurrency.holds(4)
    assert found.throughput.value == pytest.approx(truth.throughput / 2, rel=0.06)


def test_too_few_requests_make_no_interval():
    came, went = played(STATIONS[0], [10.0], 10.0, 1)
    with pytest.raises(TooFew, match=r"200 requests \(got \d+\); test longer"):
        capacity(came, went)


def test_a_generator_that_sleeps_is_not_taken_for_the_service():
    truth = STATIONS[0]
    came, went = played(truth, stairs(truth), 8.0, 2)
    naps = [(float(came[at]), float(came[at]) + 0.4) for at in (400, 900, 1400, 1900)]
    seen, started = went.copy(), came.copy()
    for begin, end in naps:
        seen[(went > begin) & (went < end)] = end  # an answer is seen when the generator wakes up
        started[(came > begin) & (came < end)] = end
    log = Log(
        intended=came,
        started=started,
        ended=np.maximum(seen, started),
        service=np.full(len(came), "ui"),
        ok=np.ones(len(came), dtype=bool),
        held=0,
        timing=("",) * len(came),
        run={},
    )
    ui = served(log)["ui"]
    assert capacity(ui.started, ui.ended, usable=ui.usable).service_cv.holds(truth.cv)
    assert not capacity(ui.started, ui.ended).service_cv.holds(truth.cv)


def test_the_law_fits_a_published_benchmark_as_published():
    # SPEC SDM91 on a Sun SPARCcenter 2000 (spec.org/osg/sdm91/results), as R's package usl has it, with the
    # coefficients and standard errors of its README (github.com/smoeding/usl).
    load = np.array([1, 18, 36, 72, 108, 144, 216], dtype=float)
    throughput = np.array([64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2])
    law = usl.fit(load, throughput)
    published = (
        (law.contention, 0.0277285, 0.0091217),
        (law.coherency, 0.0001044, 0.0000199),
        (law.alone, 89.9952330, 14.2134894),
    )
    for fitted, value, error in published:
        assert fitted.value == pytest.approx(value, rel=1e-3)
        assert (fitted.high - fitted.value) / 1.959964 == pytest.approx(error, rel=1e-2)


def test_the_law_wants_more_loads_than_it_has_parameters():
    with pytest.raises(ValueError, match="needs 4 loads"):
        usl.fit(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.9, 2.7]))
