"""Answer times in a steady state against exact ones, and against sums of random times where there are none."""

from __future__ import annotations

import math
import random
from statistics import mean, quantiles

import pytest

from sale.simulation.model import Call, Station
from sale.simulation.steady import Latency, Stop, steady_latencies, steady_latency
from tests.sale import queueing
from tests.sale.plays import one_service, steady, tasks

SERVICE = 0.1


def stop(servers: int, busy: float, seconds: float = SERVICE, **more: float) -> Stop:
    return Stop(rate=servers * busy / seconds, capacity=servers / seconds, service_seconds=seconds, **more)


@pytest.mark.parametrize("servers", [1, 2, 7, 50, 101, 5000, 40_000])
@pytest.mark.parametrize("busy", [0.05, 0.3, 0.5, 0.8, 0.9, 0.95, 0.98, 0.995])
def test_one_stop_is_exact(servers, busy):
    found, load = steady_latency([stop(servers, busy)]), servers * busy
    assert found.mean == pytest.approx(SERVICE * (1 + queueing.mean_wait(servers, load)), rel=1e-4)
    for share, value in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        assert value == pytest.approx(SERVICE * queueing.answer_quantile(servers, load, share), rel=1e-3), share


@pytest.mark.parametrize("cv", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("busy", [0.3, 0.8, 0.99])
def test_one_server_with_other_service_times_has_pollaczek_and_khinchines_mean(cv, busy):
    found = steady_latency([stop(1, busy, service_cv=cv)])
    assert found.mean == pytest.approx(SERVICE * (1 + busy / (1 - busy) * (1 + cv**2) / 2), rel=1e-6)


def test_constant_service_with_nobody_waiting_takes_as_long_for_everyone():
    found = steady_latency([stop(100, 0.1, service_cv=0)])
    assert (found.p50, found.p90, found.p99) == pytest.approx((SERVICE,) * 3, rel=1e-3)


def test_a_tandem_of_single_servers_is_the_sum_of_two_exponentials():
    found = steady_latency([stop(1, 0.9), stop(1, 0.8)])  # Burke: each is M/M/1; sojourns are independent
    chance = random.Random(7)
    times = [chance.expovariate(1.0) + chance.expovariate(2.0) for _ in range(200_000)]
    cuts = quantiles(times, n=100)
    assert found.mean == pytest.approx(1.5)
    assert (found.p50, found.p90, found.p99) == pytest.approx((cuts[49], cuts[89], cuts[98]), rel=0.04)


def test_calls_that_only_some_requests_make_show_in_the_tail():
    late = 0.2
    servers = next(n for n in range(1, 40) if abs(queueing.erlang_c(n, n * 0.5) - late) < 0.04)
    busy = next(b / 1000 for b in range(1, 999) if queueing.erlang_c(servers, servers * b / 1000) >= late)
    pace = servers / SERVICE * (1 - busy)
    found = steady_latency(
        [
            Stop(rate=0, capacity=100, service_seconds=0.05),
            Stop(rate=0, capacity=1000, service_seconds=0.004, visits=2),
            stop(servers, busy, visits=0.3),
        ]
    )
    chance = random.Random(3)
    times = []
    for _ in range(200_000):
        total = chance.expovariate(20) + chance.expovariate(250) + chance.expovariate(250)
        if chance.random() < 0.3:
            total += chance.expovariate(10) + (chance.expovariate(pace) if chance.random() < late else 0)
        times.append(total)
    cuts = quantiles(times, n=100)
    assert found.mean == pytest.approx(mean(times), rel=0.01)
    assert found.p99 == pytest.approx(cuts[98], rel=0.05)
    assert found.p50 == pytest.approx(cuts[49], rel=0.15), "three moments say less of the middle"


def test_more_than_a_stop_can_do_takes_for_ever():
    assert steady_latency([stop(5, 0.5), stop(5, 1.0)]) == Latency(
        mean=math.inf, p50=math.inf, p90=math.inf, p99=math.inf
    )
    assert steady_latency([]).p99 == pytest.approx(0, abs=1e-9)


def test_a_model_is_answered_by_its_calls():
    store = Station(name="store", rate=40, units=5, service_seconds=0.025)
    call = Call(source="web", target="store", per_request=2.5, hit_share=0.2)
    model = one_service(steady(0, 1), tasks(units=10), stores=(store,), calls=(call,))
    found = steady_latencies(model, 70)["web"]
    by_hand = steady_latency([stop(10, 0.7), Stop(rate=140, capacity=200, service_seconds=0.025, visits=2)])
    assert found.mean == pytest.approx(by_hand.mean)
    assert found.p99 == pytest.approx(by_hand.p99, rel=1e-3)
    assert steady_latencies(model, 70, {"store": 3})["web"].p99 == math.inf
