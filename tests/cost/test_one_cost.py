"""An event costs the same wherever one looks: in the plan, in the play, in the report and in `make cost`."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from cost.report import as_json
from devtools.paths import REPO_ROOT
from sale import requirements
from sale.charges import Bill, Line, Quantities, lines, prices_of
from sale.demand import Rates
from sale.event_cost import event_bill, of_event
from sale.plan import compile_plan
from sale.report.content import scenario
from sale.schedules import StepSchedule
from sale.simulation import scenarios
from sale.simulation.result import play
from sale.simulation.run_cost import spent
from sale.simulation.text_report import scenario_lines
from sale.simulation.window import Window
from sale.text_report import render
from sale.timeline import timeline
from tests.cost.stacks import NOW, context

OWN = {"acuHour": 0.2, "fargateArmVcpuHour": 9.0}
"""Prices of the settings, far enough from the list's to show wherever they are ignored."""


@pytest.fixture(scope="module")
def stack():
    return context("prod", **OWN)


@pytest.fixture(scope="module")
def played(stack, compiled_once):
    event = stack.plan.events[0]
    near = Window(start=event.start.timestamp() - 300, seconds=1500)
    models = scenarios.models(stack.plan, event, near, ("plan", "no-plan"))
    return near, {name: play(one) for name, one in models.items()}


def cents(text: str, before: str) -> float:
    """The figure before some words."""
    found = re.search(rf"([\d,]+\.\d\d)\s+{before}", text)
    assert found is not None, text
    return float(found[1].replace(",", ""))


def test_plan_play_report_and_bill_agree_to_the_cent(stack, played):
    near, results = played
    prices, event = prices_of(stack.plan.shop), stack.plan.events[0]
    in_cost = as_json(stack)["events"]["usd"]
    in_plan = cents(render(stack.plan), "USD to the month")
    in_play = cents("\n".join(scenario_lines(stack.plan, event, results, prices)), "USD")
    money = spent(results["plan"], stack.plan, prices, results["plan"])
    in_report = scenario(stack.plan, event, "plan", results["plan"], near, money)[0]["cost"]["usd"]
    assert in_cost > 1000
    assert {in_plan, in_play, round(in_report, 2), round(in_cost, 2)} == {in_plan}


def test_a_scenario_costs_what_it_uses_more_or_less_than_the_plan(stack, played):
    _, results = played
    prices = prices_of(stack.plan.shop)
    as_planned = spent(results["plan"], stack.plan, prices, results["plan"])
    without = spent(results["no-plan"], stack.plan, prices, results["plan"])
    assert as_planned.total == pytest.approx(event_bill(stack.plan, prices).usd)
    assert without.by["Fargate: tasks of ui, 1 vCPU and 2 GB"] < as_planned.by["Fargate: tasks of ui, 1 vCPU and 2 GB"]


def test_a_price_of_the_settings_moves_every_step_of_the_plan(stack):
    listed = {(step.at, step.resource): step.cost for step in timeline(context("prod").plan)}
    moved = {(step.at, step.resource): step.cost for step in timeline(stack.plan)}
    steps = [key for key in moved if key[1].startswith("service ")]
    assert steps
    for key in steps:
        assert moved[key] != listed[key]
    assert all(cost != "not priced" for (_, name), cost in moved.items() if name.startswith("database "))


def test_the_data_that_cloudfront_delivers_is_on_the_bill(stack):
    line = next(one for one in event_bill(stack.plan, stack.prices).lines if one.what == "data to customers")
    requests = of_event(stack.plan).requests
    assert line.usd == pytest.approx(requests * 20 / 1e6 * 0.109)


def test_of_a_reservation_only_what_is_not_used_is_charged_beside_what_is_used(stack):
    plan = stack.plan
    start = plan.events[0].start.timestamp()
    reserved = StepSchedule(0, ((start - 3600, 400.0), (start + 7200, 0.0)))
    used = of_event(replace(plan, lcu=reserved))
    each = requirements.consumed_lcu(plan.shop, Rates(0.0, 1.0, 0.0, {}))
    by_the_second = math.fsum(
        max(0.0, 400 - plan.forecast.rates(start - 3600 + second).origin_requests * each)
        for second in range(0, 10_800, 20)
    ) * 20  # fmt: skip
    assert used.idle_lcu_hours == pytest.approx(by_the_second / 3600, rel=0.01)
    assert used.idle_lcu_hours < 3 * 400
    assert used.lcu_hours == of_event(plan).lcu_hours


def test_a_reservation_below_what_is_used_leaves_nothing_idle(stack):
    start = stack.plan.events[0].start.timestamp()
    small = StepSchedule(0, ((start, 1.0), (start + 600, 0.0)))
    assert of_event(replace(stack.plan, lcu=small)).idle_lcu_hours == 0


def test_quantities_and_their_difference_price_alike(stack):
    one = Quantities(task_hours={"ui": 10.0}, requests=1e6, messages={"orders": 100.0})
    other = Quantities(task_hours={"ui": 4.0, "cart": 1.0}, requests=2e5)
    difference = Bill(lines(stack.shop, stack.prices, one.less(other))).usd
    apart = [Bill(lines(stack.shop, stack.prices, each)).usd for each in (one, other)]
    assert difference == pytest.approx(apart[0] - apart[1])


def test_what_has_no_price_is_listed_the_largest_first():
    def line(what: str, usd: float | None, about: float | None) -> Line:
        return Line(tier="data", service="x", what=what, quantity=1, unit="", usd=usd, item="", about=about)

    bill = Bill([line("small", None, 1.0), line("priced", 5.0, None), line("large", None, 9.0), line("x", None, None)])
    assert [one.what for one in bill.not_priced] == ["large", "small", "x"]
    assert (bill.usd, bill.about) == (5.0, 10.0)


def test_pods_cost_the_share_of_nodes_that_they_take():
    shop = context("eks").shop
    service = shop.services[0]
    assert service.compute == "eks"
    (line,) = lines(shop, prices_of(shop), Quantities(task_hours={service.name: 10.0}))
    assert line.usd == pytest.approx(10 * max(service.cpu / 2048, service.memory / 8192) * 0.0583)


def test_two_events_cost_what_is_provided_for_both(stack):
    event = stack.shop.sale_events[0]
    twin = event.model_copy(update={"name": "twin"})
    shop = stack.shop.model_copy(update={"sale_events": (event, twin)})
    both = of_event(compile_plan(shop, NOW))
    assert both.requests == pytest.approx(2 * of_event(stack.plan).requests, rel=0.05)


@pytest.mark.parametrize("name", ["dev", "prod", "eks"])
def test_the_page_on_costs_has_the_figures_of_the_bill(name):
    bill = as_json(context(name))
    page = (REPO_ROOT / "docs" / "costs.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` "))
    figures = [
        f"{bill['month']['usd']:,.0f}",
        f"{bill['month']['usdOfUnpriced']:,.0f}",
        f"{bill['events']['usd']:,.0f}",
    ]
    assert [cell.strip() for cell in row.split("|")[2:5]] == figures
