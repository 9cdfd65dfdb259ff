"""The fluid model against simpy, which follows every single request, on cases small enough for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sale.simulation.model import Customers, Model
from sale.simulation.result import play
from tests.sale.chains import CASES, SAMPLE
from tests.sale.oracle import Levels, Stage, observe
from tests.sale.plays import one_service, steady, tasks

pytestmark = pytest.mark.usefixtures("compiled_once")

CLOSE = 0.03  # of a mean over runs
CLOSE_CHAIN = 0.05


def fluid_mean(model: Model) -> float:
    result = play(model, resolution=1)
    return result.mean_response("web")


def levelled(levels: Levels) -> np.ndarray:
    return np.concatenate([steady(rate, int(seconds)) for rate, seconds in levels])


@pytest.mark.parametrize(
    ("servers", "rate", "count"), [(4, 28.0, 4), pytest.param(20, 160.0, 1, marks=pytest.mark.thorough)]
)
def test_a_steady_load_takes_as_long(servers, rate, count):
    levels = [(rate, 600.0)]
    seen = observe(count, levels, [Stage(servers=servers, seconds=0.1)])
    assert fluid_mean(one_service(levelled(levels), tasks(units=servers))) == pytest.approx(seen.mean, rel=CLOSE)


def test_a_rush_and_its_end_take_as_long():
    levels = [(60.0, 60.0), (130.0, 60.0), (60.0, 120.0)]
    seen = observe(6, levels, [Stage(servers=10, seconds=0.1)])
    assert fluid_mean(one_service(levelled(levels))) == pytest.approx(seen.mean, rel=CLOSE)


def test_as_many_customers_lose_patience():
    levels = [(150.0, 200.0)]
    seen = observe(1, levels, [Stage(servers=10, seconds=0.1, patience=2)])
    result = play(one_service(levelled(levels), tasks(patience=2)))
    assert result.customers.lost == pytest.approx(seen.lost, rel=CLOSE)


def test_as_many_customers_are_turned_away_try_again_and_are_lost():
    levels = [(140.0, 80.0)]
    seen = observe(2, levels, [Stage(servers=10, seconds=0.1, room=30)], retry_share=0.6, retry_seconds=5)
    model = one_service(levelled(levels), tasks(waiting_room=3))
    customers: Customers = replace(model.customers, retry_share=0.6, retry_seconds=5)
    result = play(replace(model, customers=customers))
    assert result.customers.lost == pytest.approx(seen.lost, rel=CLOSE)
    assert result.customers.arrived + result.retried == pytest.approx(seen.attempts, rel=CLOSE)


CHAINS = [SAMPLE, *(pytest.param(case, marks=pytest.mark.thorough) for case in CASES)]


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: case.name)
def test_a_chain_with_patience_and_retries_takes_as_long(case):
    seen, found = case.by_requests(), case.by_flow()
    told = ", ".join(
        f"{name} {getattr(found, name) / getattr(seen, name) - 1:+.1%}" for name in ("mean", "p50", "p90", "p99")
    )
    print(f"{case.name}: {told}; lost {found.lost:.0f} of {seen.lost:.0f}")
    assert found.mean == pytest.approx(seen.mean, rel=CLOSE_CHAIN), told
    assert found.p99 == pytest.approx(seen.p99, rel=CLOSE_CHAIN), told
    assert found.attempts == pytest.approx(seen.attempts, rel=CLOSE_CHAIN)
