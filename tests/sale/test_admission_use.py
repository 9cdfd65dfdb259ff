"""What a waiting room uses and costs: places, polls and writes, by the forecast and by a play."""

from __future__ import annotations

import math

import pytest

from functions.admission_rate import Schedule, Step
from sale.admission.fluid import STEP, flow
from sale.admission.use import use_of
from sale.charges import prices_of
from sale.event_cost import event_bill, waiting_bill
from tests.sale.test_admission_rates import planned

HOUR = 3600


def told(*steps: tuple[float, float, float]) -> Schedule:
    return Schedule(
        event="sale", opening=0.0, visit=100.0, cap=math.inf, reaction=60.0, growth=0.001, limits=(0.0, 1.0, 1.0, 1.0),
        steps=tuple(Step(*step) for step in steps),
    )  # fmt: skip


def test_who_comes_before_the_opening_waits_for_it_and_who_comes_beyond_what_stands_waits_for_room() -> None:
    closed_then_open = told((0, 0, 0), (600, 1000, 1000))
    found = list(flow(closed_then_open, [500.0] * 120, start=0.0, visit_requests=10))
    assert [served for served, _ in found[:60]] == [0.0] * 60
    assert found[59][1] == 60 * 500
    assert found[60][0] == pytest.approx(1000 * 10 / 100 * STEP), "Little's law"
    assert sum(served for served, _ in found) + found[-1][1] == 120 * 500, "nobody is lost"


def test_what_autoscaling_brings_shortens_the_queue() -> None:
    asked = [2000.0] * 360
    stays, grows = (list(flow(told((0, 1000, most)), asked, start=0, visit_requests=10)) for most in (1000, 4000))
    assert grows[-1][1] < 0.5 * stays[-1][1]


def test_a_room_costs_what_it_uses_and_nothing_where_there_is_none() -> None:
    plan = planned()
    (event,) = plan.events
    use = use_of(plan, event)
    assert use.polls > 0, "who comes before the opening waits for it"
    assert use_of(planned(preQueueMinutes=60), event.model_copy(update={"admission": None})).places == 0
    with_room = event_bill(plan, prices_of(plan.shop))
    told_of = {line.what: line.quantity for line in with_room.lines if line.tier == "admission"}
    assert told_of["polls of those who wait"] == pytest.approx(use.polls)
    assert told_of["writes of places"] == pytest.approx(2 * use.places)
    assert all(line.usd is not None for line in with_room.lines if line.tier == "admission"), "each has its price"


def test_a_million_who_wait_half_an_hour_cost_what_their_polls_do() -> None:
    shop = planned().shop
    bill = waiting_bill(shop, prices_of(shop), 1e6, 30)
    polls = 1e6 * 30 * 60 / 20
    request, function, waf = 1.2e-6, 1e-7, 6e-7  # USD in ap-south-1, and WAF's at the edge
    assert bill.usd == pytest.approx(polls * (request + function + waf), rel=0.05)
    assert bill.usd == pytest.approx(waiting_bill(shop, prices_of(shop), 2e6, 30).usd / 2)
