"""The plan not done as planned, several events at one time, and faults: what the play of them shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples

from aws_facts.prices import Prices
from devtools.paths import REPO_ROOT
from sale.plan import compile_plan
from sale.schedules import StepSchedule
from sale.simulation import scenarios, shortfalls
from sale.simulation.faults import Scene
from sale.simulation.model import What
from sale.simulation.result import play
from sale.simulation.stress import setting_of, stress
from sale.simulation.text_report import render
from sale.simulation.verdict import judge
from sale.simulation.window import window
from tests.sale.events import BEFORE
from tests.sale.test_plan import plan as small_plan
from tests.sale.test_random_events import events, tracks
from tests.sale.test_scenarios import NOW, prod

pytestmark = pytest.mark.usefixtures("compiled_once")

HOURS = 4 * 3600


@pytest.fixture(scope="module")
def plan():
    return compile_plan(prod(), NOW)


@pytest.fixture(scope="module")
def span(plan):
    return window(plan.events[0], longest=HOURS)


@pytest.fixture(scope="module")
def played(plan, span):
    return scenarios.play_all(plan, plan.events[0], span)


@pytest.fixture(scope="module")
def verdicts(plan, span, played):
    return {name: judge(result, plan.events[0], span) for name, result in played.items()}


# Not done as planned


def test_what_was_not_deployed_in_time_is_not_played(plan, span):
    event = plan.events[0]
    at = event.start - timedelta(seconds=30)
    late = compile_plan(prod(), at, at)
    model = scenarios.model(late, event, span, scenarios.SCENARIOS["plan"])
    minima = [one for one in model.actions if one.what is What.MIN]
    opening = round(event.start.timestamp() - span.start)
    assert min(one.second for one in minima) == opening - 30 + 600, "when a deployment of ten minutes has set them"
    verdict = judge(play(model), event, span)
    assert not verdict.kept
    assert verdict.orders_lost > 1000


def test_the_minute_of_the_play_does_not_matter_where_all_was_deployed_before(plan, span):
    event = plan.events[0]
    later = compile_plan(prod(), event.start - timedelta(seconds=30), NOW)
    actions = [scenarios.model(one, event, span, scenarios.SCENARIOS["plan"]).actions for one in (plan, later)]
    assert actions[0] == actions[1]


@pytest.mark.parametrize("name", ["call-refused", "tasks-not-raised", "quotas-refused", "half-deployed"])
def test_what_is_not_done_is_missed_where_it_should_have_been(name, plan, played):
    """The station that was not raised has less to offer than as planned, and works nearer to its limit."""
    raised = {"call-refused": "database catalog", "half-deployed": "load balancer"}.get(name, "ui")
    least = [next(one for one in played[which].links if one.name == raised) for which in ("plan", name)]
    assert least[1].highest_load > least[0].highest_load * 1.2
    assert least[1].unit_seconds < least[0].unit_seconds or name == "half-deployed"


def test_capacity_that_comes_late_counts_from_when_it_is_there(plan):
    late = shortfalls.capacity_late(plan)
    for name, given_ in plan.acu.items():
        rise = next((moment for moment, value in given_.changes if value > given_.usual), None)
        if rise is not None:
            assert late.acu[name].at(rise + shortfalls.ACU_LATE - 1) == given_.usual
            assert late.acu[name].at(rise + shortfalls.ACU_LATE) == given_.at(rise)
    first = plan.lcu.changes[0][0]
    assert late.lcu.at(first + shortfalls.LCU_LATE - 1) == plan.lcu.usual


def test_a_rise_that_comes_after_its_fall_never_comes():
    assert StepSchedule(1, ((0.0, 5.0), (60.0, 1.0))).delayed(120.0).changes == ()
    assert StepSchedule(1, ((0.0, 5.0), (600.0, 1.0))).delayed(60.0).changes == ((60.0, 5.0), (600.0, 1.0))


@examples(max_examples=40, deadline=None)
@given(events(2))
def test_a_plan_that_is_not_done_never_offers_more(given_):
    one = small_plan(BEFORE, *given_)
    whole = tracks(one)
    for change in (
        shortfalls.call_refused,
        shortfalls.tasks_not_raised,
        shortfalls.half_deployed,
        shortfalls.capacity_late,
        shortfalls.quotas_refused,
    ):
        for name, track in tracks(change(one)).items():
            times = [moment for moment, _ in (*whole[name].changes, *track.changes)]
            assert all(track.at(moment) <= max(whole[name].at(moment), whole[name].usual) for moment in times), name


# Together


def test_events_at_one_time_are_played_together(span):
    shop = prod()
    twin = shop.sale_events[0].model_copy(update={"name": "payday"})
    both = compile_plan(shop.model_copy(update={"sale_events": (*shop.sale_events, twin)}), NOW)
    for event in both.events:
        model = scenarios.model(both, event, span, scenarios.SCENARIOS["plan"])
        assert model.customers.requests.max() == pytest.approx(20_000, rel=1e-3), "whichever is looked at"


# Faults


def test_every_scenario_keeps_count_and_all_but_the_plan_do_harm(played, verdicts):
    for name, result in played.items():
        assert result.customers.unaccounted == 0, name
        assert result.orders.unaccounted == 0, name
        assert result.messages.unaccounted == 0, name
    assert verdicts["plan"].kept
    worst = verdicts["plan"].windows[0]
    for name in set(played) - {"plan", "capacity-late", "spot-reclaimed", "hot-product", "cdn-misses"}:
        one = verdicts[name].windows[0]
        hurt = one.lost > worst.lost or one.orders_lost > worst.orders_lost or one.latency > worst.latency
        assert hurt, f"{name} changes nothing"


def test_each_fault_strikes_what_it_is_named_after(plan, span):
    event = plan.events[0]

    def struck(name: str) -> set[str]:
        model = scenarios.model(plan, event, span, scenarios.SCENARIOS[name])
        return {one.station for one in model.actions if one.what in (What.CAPACITY, What.SLOWNESS)}

    assert struck("database-failover") == {"database orders"}
    assert struck("payment-slow") == {"orders"}
    assert struck("bad-deployment") == {"ui"}
    assert struck("retry-storm") == {"ui"}
    assert struck("key-throttled") == {"queue orders", "queue order-events"}


def test_bots_ask_and_do_not_order(plan, span):
    event = plan.events[0]
    usual, bots = (scenarios.model(plan, event, span, scenarios.SCENARIOS[name]).customers for name in ("plan", "bots"))
    assert bots.requests.max() == pytest.approx(usual.requests.max() / 0.6)
    assert (bots.orders == usual.orders).all()
    scene = Scene(plan=plan, opening=7200)
    assert bots.requests[scene.opening - 1] == usual.requests[scene.opening - 1]


def test_a_cdn_that_misses_passes_more_on(played):
    arrived = {name: played[name].requests("load balancer").arrived for name in ("plan", "cdn-misses")}
    assert arrived["cdn-misses"] > 1.5 * arrived["plan"]


def test_clients_that_retry_at_once_make_an_outage_worse(plan, span, played):
    event = plan.events[0]
    storm = scenarios.SCENARIOS["retry-storm"]
    patient = scenarios.Scenario(name="x", title="x", remedy="x", fault=storm.fault)
    calm = play(scenarios.model(plan, event, span, patient))
    assert played["retry-storm"].retried > 1.5 * calm.retried


def test_what_to_do_and_where_its_numbers_are_from_is_written_down_for_each():
    page = (REPO_ROOT / "docs" / "sale-day.md").read_text()
    for name, one in scenarios.SCENARIOS.items():
        assert f"| `{name}` |" in page, f"docs/sale-day.md does not say what {name} changes, and by which source"
        assert one.remedy.endswith(".")


# Stress, as it is printed


def test_what_moves_a_limit_is_the_headroom_until_the_grant_is_used_up(plan):
    event = plan.events[0]
    assert setting_of(plan, event, "load balancer") == "saleEvents[diwali].headroom", "400 granted, 324 reserved"
    nothing = prod().model_copy(update={"quotas": prod().quotas.model_copy(update={"granted": {}})})
    assert setting_of(compile_plan(nothing, NOW), event, "load balancer") == "quotas.granted.albReservedLcu"
    assert setting_of(plan, event, "checkout") == "services[checkout].scaling.max"


def test_a_play_opens_with_what_breaks_it_then_tells_the_worst_minutes(plan, span, played):
    event = plan.events[0].model_copy(update={"average_order": 50.0})
    found = stress(plan, event, span)
    for rung in found.rungs:
        assert rung.holds == (rung.multiple <= found.holds_to)
    assert found.breaking is not None
    assert 1 < found.breaking.multiple <= found.holds_to + 0.051
    lines = list(render(plan, event, found, "AWS Support has to grant", played, Prices(region="ap-south-1")))
    text = "\n".join(lines)
    order = [
        text.index(said)
        for said in (
            "the promise breaks at x",
            "AWS Support has to grant",
            "plan as it is",
            "\nscenario ",
            "what to do:",
        )
    ]
    assert order == sorted(order)
    assert f"{played['no-plan'].orders.lost * 50:,.0f}" in text, "lost orders are told in money"
    for name, one in scenarios.SCENARIOS.items():
        broken = not judge(played[name], event, span).kept
        assert (one.remedy in text) == broken, name
