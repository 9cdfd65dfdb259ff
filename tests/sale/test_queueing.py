"""Erlang's formulas against published values, and the fast ones against the exact ones."""

from __future__ import annotations

import math

import pytest

from sale.simulation import erlang
from tests.sale import queueing

# Published tables of Erlang B (c, a, B) and the M/M/c textbook values that follow from them.
BLOCKING = [(1, 1.0, 0.5), (2, 1.0, 0.2), (5, 3.0, 0.110054), (10, 5.0, 0.018385), (10, 8.0, 0.121661)]


@pytest.mark.parametrize(("servers", "load", "expected"), BLOCKING)
def test_erlang_b_is_the_published_one(servers, load, expected):
    assert queueing.erlang_b(servers, load) == pytest.approx(expected, abs=1e-6)


def test_fifty_servers_at_ninety_percent_wait_as_published():
    assert queueing.erlang_c(50, 45) == pytest.approx(0.364, abs=5e-4)
    assert queueing.mean_wait(50, 45) == pytest.approx(0.0728, abs=5e-5)


@pytest.mark.parametrize("load", [0.1, 0.5, 0.9])
def test_one_server_is_the_closed_form(load):
    assert queueing.erlang_c(1, load) == pytest.approx(load)
    assert queueing.mean_wait(1, load) == pytest.approx(load / (1 - load))
    assert queueing.mean_waiting(1, load) == pytest.approx(load * load / (1 - load))


def test_two_servers_are_the_closed_form():
    rho = 0.75  # C = 2 rho^2 / (1 + rho)
    assert queueing.erlang_c(2, 2 * rho) == pytest.approx(2 * rho**2 / (1 + rho))


def test_quantiles_of_the_wait_are_exponential_behind_those_who_do_not_wait():
    assert queueing.wait_quantile(1, 0.5, 0.4) == 0, "half of the arrivals find the server free"
    assert queueing.wait_quantile(1, 0.5, 0.99) == pytest.approx(math.log(0.5 / 0.01) / 0.5)


def test_a_load_beyond_the_servers_waits_for_ever():
    assert queueing.erlang_c(3, 3) == 1
    assert queueing.mean_wait(3, 4) == math.inf


@pytest.mark.parametrize("load", [0.5, 10, 450.5])
def test_as_few_servers_as_keep_the_wait(load):
    servers = queueing.servers_for(load, 0.05)
    assert queueing.mean_wait(servers, load) <= 0.05
    assert servers - 1 <= load or queueing.mean_wait(servers - 1, load) > 0.05, "one fewer would not do"


def test_negative_servers_and_loads_are_refused():
    for servers, load in ((-1, 1.0), (1, -1.0), (1, math.inf)):
        with pytest.raises(ValueError, match="must not be negative"):
            queueing.erlang_b(servers, load)
    with pytest.raises(ValueError, match="a quantile lies"):
        queueing.wait_quantile(1, 0.5, 1)


@pytest.mark.parametrize("servers", [1, 2, 16, 17, 20, 50, 300, 5000, 40_000])
@pytest.mark.parametrize("busy", [0.3, 0.8, 0.9, 0.95, 0.98, 0.999])
def test_constant_time_erlang_c_agrees_with_the_recursion(servers, busy):
    exact = queueing.erlang_c(servers, servers * busy)
    assert erlang.delay_probability(servers, servers * busy) == pytest.approx(exact, rel=2e-6, abs=1e-10)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (5, 0.8), (50, 0.9), (50, 0.99), (2000, 0.98)])
def test_a_steady_state_is_a_fixed_point_of_the_fluid_step(servers, busy):
    capacity = servers / 0.2
    present = servers * busy + queueing.mean_waiting(servers, servers * busy) + capacity * busy
    found, delay = erlang.utilisation(servers, capacity, present, 0.5, 1.0)
    assert found == pytest.approx(busy, rel=1e-6)
    assert delay == pytest.approx(queueing.erlang_c(servers, servers * busy), rel=1e-4)
