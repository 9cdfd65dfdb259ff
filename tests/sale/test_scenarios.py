"""From the settings of prod to scenarios, and how settings are written."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from aws_facts.prices import Prices
from devtools.paths import EXAMPLE_STACKS
from sale.plan import compile_plan
from sale.simulation import adapter, history, kernel, scenarios
from sale.simulation.model import What
from sale.simulation.result import play
from sale.simulation.run_cost import spent
from sale.simulation.verdict import judge
from sale.simulation.window import window
from saleday.__main__ import main
from settings import edit
from settings.stack_file import read

pytestmark = pytest.mark.usefixtures("compiled_once")

NOW = datetime(2030, 10, 1, tzinfo=UTC)
EVENT = "diwali"
GRANTED = {"albReservedLcu": 400}
"""What AWS Support grants an account that asks: with nothing reserved, the load balancer grows too late."""


def prod():
    """prod's settings once AWS has granted the load balancer's reservation."""
    shop = read("prod")
    return shop.model_copy(update={"quotas": shop.quotas.model_copy(update={"granted": GRANTED})})


@pytest.fixture(scope="module")
def plan():
    return compile_plan(prod(), NOW)


@pytest.fixture(scope="module")
def played(plan):
    event = plan.events[0]
    span = window(event, longest=4 * 3600)
    return {name: play(model) for name, model in scenarios.models(plan, event, span).items()}


def test_the_forecast_is_what_arrives(plan):
    span = window(plan.events[0])
    model = adapter.model_of(plan, span)
    assert model.customers.requests.max() == pytest.approx(plan.peak.requests, rel=1e-3)
    result = play(model)
    opening = round(plan.events[0].start.timestamp() - span.start)
    buckets = slice((opening + 60) // result.resolution, (opening + 300) // result.resolution)
    for service in plan.shop.services:
        arrived = result.of_station(service.name, kernel.ARRIVED)[buckets].mean() / result.resolution
        assert arrived == pytest.approx(plan.peak.services[service.name], rel=0.03), service.name


def test_a_service_is_followed_by_what_the_plan_sets(plan):
    span = window(plan.events[0])
    units = play(adapter.model_of(plan, span), resolution=60).of_station("ui", kernel.UNITS) / 60
    opening = round(plan.events[0].start.timestamp() - span.start) // 60
    assert units[opening] >= plan.tasks["ui"].highest, "the minimum stands before the opening"
    assert units[0] < units[opening]


def test_every_scenario_keeps_count(played):
    for name, result in played.items():
        assert result.customers.unaccounted == 0, name
        assert result.orders.unaccounted == 0, name
        assert result.messages.unaccounted == 0, name


def test_the_plan_keeps_what_autoscaling_alone_does_not(played, plan):
    event = plan.events[0]
    assert judge(played["plan"], event, window(event)).kept
    assert not judge(played["no-plan"], event, window(event)).kept
    assert played["no-plan"].orders.lost > 1000
    assert played["plan"].orders.lost == 0


def test_each_fault_shows_where_it_strikes(played):
    def load(scenario: str, station: str) -> float:
        return next(link.highest_load for link in played[scenario].links if link.name == station)

    assert load("az-lost", "database catalog") == math.inf, "no writer for a while"
    assert load("slow-dependency", "database catalog") > 3 * load("plan", "database catalog")
    assert load("cold-cache", "load balancer") > 2 * load("plan", "load balancer"), "CloudFront passes everything on"
    assert load("spot-reclaimed", "ui") > load("plan", "ui")
    assert played["az-lost"].customers.lost > played["plan"].customers.lost


def test_a_hot_product_strikes_the_tables_and_caches(plan):
    given = scenarios.model(plan, plan.events[0], window(plan.events[0]), scenarios.SCENARIOS["hot-product"])
    hot = {action.station for action in given.actions if action.what is What.HOT}
    assert {"cache sessions", "table carts reads", "table carts writes"} <= hot


def test_what_has_no_price_is_named_and_not_counted(played, plan):
    money = spent(played["plan"], plan, Prices(region="eu-north-1"))
    assert "Aurora: capacity of catalog" in money.not_priced
    assert "Aurora: capacity of catalog" not in money.by
    own = Prices(region="eu-north-1", own={"acuHour": 0.2})
    assert spent(played["plan"], plan, own).by["Aurora: capacity of catalog"] > 0


def test_eleven_eleven_is_answered_by_those_who_stand_ready_and_by_nobody_else():
    ready, reactive = (play(history.eleven_eleven(prepared=prepared)) for prepared in (True, False))
    at_peak = ready.model.customers.orders
    assert at_peak.max() == 583_000
    assert int(at_peak.argmax()) - 600 == 26, "26 s after the opening"
    assert ready.orders.lost == 0
    assert reactive.orders.availability < 0.6, "nothing scales within 26 s"
    assert reactive.customers.unaccounted == ready.customers.unaccounted == 0


def test_shopifys_minute_is_a_million_and_more_a_second():
    model = history.shopify_2025(prepared=True)
    assert model.customers.requests.max() * 60 == pytest.approx(489e6)
    result = play(model, resolution=60)
    passed = result.of_station("apps", kernel.ARRIVED)
    assert passed.max() == pytest.approx(117e6, rel=0.01)
    assert result.customers.availability == 1


# What it writes


def test_a_value_is_changed_and_every_comment_stays():
    text = (EXAMPLE_STACKS / "Pulumi.prod.yaml").read_text()
    path = ("config", "saleday:saleEvents", EVENT, "headroom")
    new = edit.changed(text, path, 1.05)
    differing = [(a, b) for a, b in zip(text.splitlines(), new.splitlines(), strict=True) if a != b]
    assert differing == [("      headroom: 1.5", "      headroom: 1.05")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a:\n  - name: x # first\n    b: 1 # one\nc: 2\n",
            "a:\n  - name: x # first\n    b: 1 # one\n    new: 3\nc: 2\n",
        ),
        ("a:\n  - {name: x, b: 1} # flow\nc: 2\n", "a:\n  - {name: x, b: 1, new: 3} # flow\nc: 2\n"),
        ("a:\n  - name: x\n    b: 1", "a:\n  - name: x\n    b: 1\n    new: 3\n"),
        ("a:\n  - name: x\n    b: {d: 1}\n  - name: y\n", "a:\n  - name: x\n    b: {d: 1}\n    new: 3\n  - name: y\n"),
        ("a:\n  - name: x\n    b:\n      d: 1\n# c\n", "a:\n  - name: x\n    b:\n      d: 1\n    new: 3\n# c\n"),
    ],
)
def test_what_is_not_there_is_inserted_at_the_end_of_its_map(text, expected):
    new = edit.changed(text, ("a", "x", "new"), 3)
    assert new == expected
    assert yaml.safe_load(new)["a"][0]["new"] == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  x: 1 # one\n", "a:\n  x: 1 # one\n  y: {b: {c: 3}}\n"),
        ("a: {x: 1} # flow\n", "a: {x: 1, y: {b: {c: 3}}} # flow\n"),
        ("a:\n  y:\n    d: 1\nz: 2\n", "a:\n  y:\n    d: 1\n    b: {c: 3}\nz: 2\n"),
    ],
)
def test_maps_that_are_not_there_are_inserted_too(text, expected):
    assert edit.changed(text, ("a", "y", "b", "c"), 3) == expected


def test_a_place_that_is_not_there_is_named():
    with pytest.raises(edit.NotThere, match="a: has no y; add it by hand"):
        edit.changed("a:\n  - name: x\n", ("a", "y", "b"), 1)


# Bad input


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--stack", "nix"], "STACK: there is no Pulumi.nix.yaml (got nix); use one of "),
        (["--stack", "prod", "--event", "easter"], "EVENT: no event has this name (got easter); use one of diwali"),
        (["--stack", "dev"], "EVENT: the stack has no event to come (got dev); add one under saleday:saleEvents"),
        (
            ["--stack", "prod", "--scenario", "flood"],
            "SCENARIO: there is no such scenario (got flood); use any of plan, ",
        ),
        (["--stack", "prod", "--now", "soon"], "NOW: a time is written as "),
        (["--stack", "prod", "--now", "2030-10-01T00:00:00"], "NOW: a time needs a time zone "),
    ],
)
def test_bad_input_is_told_in_one_line(arguments, line, capsys):
    assert main(["sale-play", *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1


def test_a_story_of_others_needs_no_stack(capsys):
    assert main(["sale-play", "--scenario", "eleven-eleven-2020"]) == 0
    assert "583,000 orders/s at most" in capsys.readouterr().out


def test_prices_of_unknown_things_are_refused(tmp_path: Path):
    from settings.stack_file import BadInput

    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text((EXAMPLE_STACKS / name).read_text())
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(file.read_text() + "  saleday:prices: {acuHours: 0.1}\n")
    with pytest.raises(
        BadInput, match=r"saleday:prices: nothing is priced by this name \(got acuHours\); did you mean acuHour"
    ):
        read("prod", tmp_path)
