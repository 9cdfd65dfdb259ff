"""Plays with a waiting room: nobody is lost count of, the edge learns late, and the promise holds for those inside."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.admission_rate import PROPAGATION, Schedule, Step
from sale.charges import Bill
from sale.plan import Plan, compile_plan
from sale.simulation import crowd, crowd_text, kernel, scenarios
from sale.simulation.gate import CALLED, INSIDE, SHARE, WAITING, Admission
from sale.simulation.model import Model, What
from sale.simulation.result import play
from sale.simulation.uncertainty import draws, model_in
from sale.simulation.verdict import judge
from sale.simulation.waits import waits
from sale.simulation.window import window
from settings.stack_file import read
from specs.admission import Admission as EdgeRoom
from specs.admission import EventAdmission
from specs.sale import SaleEvent
from tests.sale.plays import at, small_shop

pytestmark = pytest.mark.usefixtures("compiled_once")

NOW = datetime(2030, 9, 1, tzinfo=UTC)
VISIT = 100.0
OPENING = 300


def room(*steps: tuple[float, float, float], **changes: object) -> Admission:
    """A room of visits of ten requests; steps are seconds, standing and most inside."""
    told = Schedule(
        event="sale",
        opening=float(OPENING),
        visit=VISIT,
        cap=math.inf,
        reaction=1e9,
        growth=0.0,
        limits=(0.001, 1.0, 900.0, 0.1),
        steps=tuple(Step(*step) for step in steps),
    )
    given = Admission(schedule=told, start=0.0, visit_requests=10, visit_seconds=VISIT)
    return replace(given, **changes)


def crowded(rate: float = 1500, seconds: int = 1800, *steps: tuple[float, float, float], **changes: object) -> Model:
    """The small shop, which carries some 1,200 requests a second, with a room that is closed until the opening."""
    found = steps or ((OPENING - 120, 0.0, 0.0), (OPENING, 6000.0, 6000.0))
    requests = np.where(np.arange(seconds) < OPENING - 120, min(rate, 300.0), rate)
    return replace(small_shop(requests), admission=room(*found, **changes))


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(1, 4000),
    inside=st.floats(0, 40_000),
    no_show=st.floats(0, 1),
    returning=st.floats(0, 1),
    patience=st.floats(1, 5000),
    free=st.floats(0, 1),
)
def test_nobody_is_created_or_lost_at_the_gate(rate, inside, no_show, returning, patience, free):
    steps = (120.0, 0.0, 0.0), (240.0, inside, inside)
    result = play(
        crowded(rate, 600, *steps, no_show=no_show, returning=returning, patience=patience, free_share=free), 60
    )
    found = waits(result, 240)
    assert found.unaccounted == 0
    assert found.arrived == pytest.approx(result.gate.arrivals.sum(), abs=1)
    assert result.customers.unaccounted == result.orders.unaccounted == 0


def test_a_room_that_lets_everybody_in_changes_nothing():
    let_in = play(crowded(500, 1200, (5000.0, 0.0, 0.0)))
    free = play(replace(let_in.model, admission=None))
    assert let_in.customers.arrived == pytest.approx(free.customers.arrived, abs=2)
    assert let_in.orders.served == pytest.approx(free.orders.served, abs=2)


def test_the_shop_is_full_and_never_fuller_than_published():
    result = play(crowded(no_show=0.2, patience=1e9))
    inside = result.gate.series[:, INSIDE]
    assert inside[OPENING + 400 :].max() <= 6000 * 1.03
    assert inside[OPENING + 400 :].min() >= 6000 * 0.97, "no-shows are made up for"
    assert result.gate.series[OPENING - 1, WAITING] > 0
    assert result.gate.series[OPENING - 100 : OPENING, CALLED].sum() == 0


def test_the_edge_learns_of_less_half_a_minute_late():
    outage = (at(900, What.CAPACITY, "database", 0.05), at(1000, What.CAPACITY, "database", 1.0))
    model = crowded()
    result = play(replace(model, actions=outage), 1)
    share = result.gate.control[:, SHARE]
    assert share[:15].min() == 1.0
    assert share[15:20].min() < 1.0, "errors lower the share"
    lowered = int(np.argmax(share < 1)) * 60 + 60
    called = result.gate.series[:, CALLED]
    usual = called[lowered - 120 : lowered].mean()
    assert called[lowered : lowered + int(PROPAGATION) - 1].mean() == pytest.approx(usual, rel=0.1)
    assert called[lowered + int(PROPAGATION) + 1 : lowered + int(PROPAGATION) + 30].mean() < 0.5 * usual
    assert share[-1] > share.min(), "and comes back slowly"


def test_visits_that_ask_for_more_than_was_told_are_met_by_feedback():
    heavy = crowded(3000, 3600, visit_requests=20)
    gate = heavy.admission
    assert gate is not None

    def lost(*, feedback: bool) -> int:
        sums = play(replace(heavy, admission=replace(gate, feedback=feedback))).played.sums_by_minute
        return int(sums[-1, kernel.SUM_LOST] - sums[20, kernel.SUM_LOST])

    assert lost(feedback=True) < 0.3 * lost(feedback=False)


@functools.cache
def prod(lcu: float) -> tuple[Plan, SaleEvent]:
    shop = read("prod")
    sale = shop.sale_events[0].model_copy(update={"admission": EventAdmission(protected_paths=("/*",))})
    granted = shop.quotas.model_copy(update={"granted": {"albReservedLcu": lcu} if lcu else {}})
    shop = shop.model_copy(update={"sale_events": (sale,), "quotas": granted})
    return compile_plan(shop, NOW), sale


def test_customers_who_ask_for_twice_what_was_told_do_not_break_the_promise():
    plan, event = prod(400)
    span = window(event, before=2400, longest=2 * 3600)
    model = crowd.crowd(plan, event, span, 3.0)
    gate = model.admission
    assert gate is not None
    heavy = replace(gate, visit_requests=2 * gate.visit_requests)
    assert judge(play(replace(model, admission=heavy)), event, span).kept
    blind = replace(heavy, schedule=replace(heavy.schedule, requests=0.0))
    assert not judge(play(replace(model, admission=blind)), event, span).kept


@pytest.mark.parametrize(
    "lcu", [400, pytest.param(0, marks=pytest.mark.thorough)], ids=["reserved", "a load balancer that has to grow"]
)
def test_a_crowd_of_three_times_the_forecast_breaks_the_promise_but_for_those_inside_a_room(lcu):
    plan, event = prod(lcu)
    found = {one.name: one for one in crowd.held(plan, event, 3.0, window(event, before=2400, longest=12 * 3600))}
    own, none, typed = found["own"], found["none"], found["typed"]
    assert own.waits is not None
    assert not none.verdict.kept
    assert own.verdict.kept
    assert own.of_carried >= 0.95
    assert own.orders > 1.1 * typed.orders, "a constant knows neither what grows nor what no-shows leave"
    assert own.waits.unaccounted == 0
    assert own.waits.before.longest < own.waits.after.longest
    assert event.admission is not None
    told = "\n".join(crowd_text.render(tuple(found.values()), event.admission, 3.0, Bill(()), {}))
    assert "the shop's own room" in told
    assert "31 s until the edge knows" in told


def test_the_edges_room_stands_in_every_event_that_has_none():
    plan, event = prod(400)
    edge = plan.shop.edge.model_copy(update={"admission": EdgeRoom(protected_paths=("/*",))})
    plain = event.model_copy(update={"admission": None})
    plan = compile_plan(plan.shop.model_copy(update={"edge": edge, "sale_events": (plain,)}), NOW)
    span = window(plain, before=1200, longest=2 * 3600)
    own = next(one for one in crowd.held(plan, plain, 3.0, span) if one.name == "own")
    assert own.verdict.kept
    assert own.waits is not None
    assert own.waits.unaccounted == 0
    assert own.waits.most_waiting > 0


def test_a_plan_is_searched_for_as_if_there_were_no_room():
    plan, event = prod(400)
    span = window(event, before=600, longest=1800)
    draw = draws(plan, event, 1)[0]
    assert model_in(plan, event, span, draw, "plan").admission is None
    assert scenarios.model(plan, event, span, scenarios.SCENARIOS["plan"]).admission is not None


def test_a_fault_of_the_plan_does_not_change_what_the_deployment_published():
    plan, event = prod(400)
    span = window(event, before=600, longest=1800)
    faulty, sound = (
        scenarios.model(plan, event, span, scenarios.SCENARIOS[name]).admission for name in ("tasks-not-raised", "plan")
    )
    assert faulty is not None
    assert sound is not None
    assert faulty.schedule == sound.schedule
