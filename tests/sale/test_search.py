"""The search for the cheapest plan under doubt: what it draws, what it screens, what it finds and what it writes."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import yaml

from devtools.paths import EXAMPLE_STACKS
from sale.charges import prices_of
from sale.compiler import RESERVATION_LEAD
from sale.plan import compile_plan
from sale.schedules import StepSchedule
from sale.simulation import search, uncertainty
from sale.simulation.result import play
from sale.simulation.room import with_room
from sale.simulation.search import Share
from sale.simulation.uncertainty import Draw, bound, draws, model_in
from sale.simulation.verdict import judge
from saleday import sale_search
from saleday.__main__ import main
from settings import stack_file
from settings.stack_file import read

pytestmark = pytest.mark.usefixtures("compiled_once")

NOW = datetime(2030, 10, 1, tzinfo=UTC)
EVENT = "diwali"
COUNT = 100
"""Draws of these tests: enough for a share of 99 %, not for a narrow interval."""


@pytest.fixture(scope="module")
def shop():
    """prod with a sale of three hours, so that the whole of it is played soon."""
    given = read("prod")
    start = next(one.start for one in given.sale_events if one.name == EVENT)
    return with_settings(given, end=start + timedelta(hours=3))


@pytest.fixture(scope="module")
def event(shop):
    return next(one for one in shop.sale_events if one.name == EVENT)


@pytest.fixture(scope="module")
def found(shop, compiled_once):
    return search.search(shop, EVENT, NOW, prices_of(shop), count=COUNT)


def keeps(plan, event, draw: Draw, before: float = search.BEFORE) -> bool:
    """Whether the opening keeps its promise in a draw, played for itself."""
    span = search.opening(event, before)
    return judge(play(model_in(plan, event, span, draw)), event, span).kept


def with_settings(shop, **changes):
    """The shop with other settings of its event."""
    events = tuple(one.model_copy(update=changes) if one.name == EVENT else one for one in shop.sale_events)
    return shop.model_copy(update={"sale_events": events})


# What is drawn


def test_draws_are_the_same_for_every_plan_and_others_with_another_seed(shop, event):
    one, other = (compile_plan(with_settings(shop, headroom=headroom), NOW) for headroom in (1.0, 3.0))
    assert draws(one, event, 20) == draws(other, event, 20)
    assert draws(one, event, 20, seed=1) != draws(one, event, 20)


def test_95_of_100_outcomes_lie_within_the_settings_interval(shop, event):
    drawn = draws(compile_plan(shop, NOW), event, 4000)
    within = np.mean([1 / 1.2 <= draw.demand <= 1.2 for draw in drawn])
    assert within == pytest.approx(0.95, abs=0.01)
    ui = np.mean([1 / 1.15 <= draw.capacity["ui"] <= 1.15 for draw in drawn])
    assert ui == pytest.approx(0.95, abs=0.01)


def test_without_doubt_all_is_as_it_was_foreseen(shop):
    services = tuple(
        one.model_copy(update={"measured": one.measured.model_copy(update={"uncertainty_percent": 0})})
        for one in shop.services
    )
    event = next(one for one in shop.sale_events if one.name == EVENT)
    demand = event.demand.model_copy(update={"uncertainty_percent": 0})
    certain = with_settings(shop.model_copy(update={"services": services}), demand=demand)
    for draw in draws(compile_plan(certain, NOW), certain.sale_events[0], 20):
        assert draw.severity == draw.ease == 1


def test_delays_have_the_median_and_the_tail_that_their_source_names():
    normal = np.random.default_rng(1).standard_normal(200_000)
    times = np.array([uncertainty.RESERVATION.at(float(one)) for one in normal[:50_000]])
    assert np.median(times) == pytest.approx(300, rel=0.03), "most within a few minutes"
    assert np.mean(times > 3 * 3600) == pytest.approx(0.001, abs=0.0006), "some after a few hours"


def test_a_step_up_comes_later_and_a_step_down_does_not():
    track = StepSchedule(2.0, ((100.0, 8.0), (200.0, 4.0), (300.0, 2.0)))
    assert track.delayed(30.0).changes == ((130.0, 8.0), (200.0, 4.0), (300.0, 2.0))
    assert track.delayed(150.0).changes == ((200.0, 4.0), (300.0, 2.0)), "it would come after its own end"
    assert StepSchedule(2.0).delayed(30.0) == StepSchedule(2.0)


def test_a_draw_moves_demand_tasks_and_stores(shop, event):
    plan, span = compile_plan(shop, NOW), search.opening(event)
    plain = model_in(plan, event, span, bound(1.0, 1.0))
    drawn = model_in(plan, event, span, Draw(demand=1.1, capacity={"ui": 0.8}, work={"catalog": 1.5}, start=2.0))
    assert drawn.customers.requests.max() == pytest.approx(1.1 * plain.customers.requests.max())
    rate = {station.name: station.rate for station in plain.services}
    assert {one.name: one.rate / rate[one.name] for one in drawn.services} == pytest.approx(
        {name: 0.8 if name == "ui" else 1.0 for name in rate}
    )
    asked = [
        (after.per_request / before.per_request, before.source)
        for before, after in zip(plain.calls, drawn.calls, strict=True)
        if before.target.startswith("database ")
    ]
    assert {source: share for share, source in asked}["catalog"] == pytest.approx(1.5)
    assert drawn.services[0].scaling is not None
    assert plain.services[0].scaling is not None
    assert drawn.services[0].scaling.last_start == 2 * plain.services[0].scaling.last_start


# What is screened


def test_screening_counts_what_playing_every_draw_counts(shop):
    with ThreadPoolExecutor(2) as pool:
        searcher = search._Searcher(shop, EVENT, NOW, prices_of(shop), ("plan",), lambda _: None, 30, pool)
        # Beside those that load one link, as most do, some that load all alike: for these the screen is exact.
        searcher.draws += [bound(0.9 + 0.02 * number, 1.0) for number in range(30)]
        searcher.order = sorted(range(60), key=lambda number: -searcher.draws[number].severity)
        tried = searcher._try(1.15, 60)
        screened = searcher._failed(tried, 60, 60)
        each = [searcher._keeps(tried, 60, draw) for draw in searcher.draws]
    assert 0 < screened < 60
    assert screened == each.count(False)
    assert searcher.plays < 60 + 45, "most of the first count are not played"


def test_a_plan_holds_at_its_multiple_and_breaks_above_it(found, event):
    best = found.best
    assert best is not None
    assert keeps(best.plan, event, bound(best.holds_to, 1.0))
    assert not keeps(best.plan, event, bound(best.holds_to + 4 * search.MULTIPLE_STEP, 1.0))


@pytest.mark.parametrize(
    ("kept", "of", "low", "high"),
    [(990, 1000, 0.98169, 0.99456), (1000, 1000, 0.99617, 1.0), (0, 1000, 0.0, 0.00383), (95, 100, 0.88825, 0.97846)],
)
def test_the_interval_of_a_share_is_wilsons(kept, of, low, high):
    assert Share(kept=kept, of=of).interval == pytest.approx((low, high), abs=2e-5)


def test_as_many_draws_as_tell_99_percent_to_six_tenths_of_a_point():
    low, high = Share(kept=round(0.99 * search.DRAWS), of=search.DRAWS).interval
    assert (high - low) / 2 < 0.0066


# What is found


def test_each_target_is_reached_by_a_plan_that_is_no_safer_than_it_has_to_be(found):
    for target, one in found.frontier.items():
        assert one.share.value >= target - 1e-9
    headrooms = [one.headroom for one in found.frontier.values()]
    assert headrooms == sorted(headrooms)
    assert found.best is found.frontier[search.RECOMMENDED]


def test_the_recommended_plan_holds_with_a_fifth_more_than_the_forecast(found, event):
    assert found.best is not None
    assert keeps(found.best.plan, event, bound(1.2, 1.0))


def test_no_headroom_at_all_does_not(shop, event):
    bare = with_room(with_settings(shop, headroom=1.0, lead_minutes=5), NOW)
    assert not keeps(compile_plan(bare.shop, NOW), event, bound(1.2, 1.0))


def test_the_recommended_plan_holds_where_the_load_balancer_is_granted_an_hour_late(found, event):
    assert found.best is not None
    late = replace(bound(1.0, 1.0), reservation=3600.0)
    assert found.best.plan.lcu.highest > 100, "there is a reservation to be late"
    assert keeps(found.best.plan, event, late, before=RESERVATION_LEAD + 600)
    never = replace(late, reservation=RESERVATION_LEAD + 3600.0)
    assert not keeps(found.best.plan, event, never, before=RESERVATION_LEAD + 600), "so the hour is no small thing"


def test_the_lead_leaves_tasks_and_databases_time_to_follow(found):
    assert found.best is not None
    plan = found.best.plan
    slow = replace(bound(1.0, uncertainty.START.at(2.0)), aurora=uncertainty.AURORA.at(2.0))
    assert uncertainty.ready_seconds(plan, slow) < found.best.lead * 60
    assert found.best.lead > 5


def test_what_aws_has_to_grant_first_is_told_apart_from_the_settings_as_they_are(found):
    assert found.now.share.value == 0, "without a reservation the load balancer turns customers away"
    assert found.granted.reserved_lcu > 100
    assert found.granted.share.value > 0.99
    assert found.granted.headroom == found.now.headroom


def test_maxima_that_stand_in_the_way_are_raised(shop):
    services = tuple(
        one.model_copy(update={"scaling": one.scaling.model_copy(update={"max": 25})}) if one.name == "ui" else one
        for one in shop.services
    )
    room = with_room(shop.model_copy(update={"services": services}), NOW)
    assert room.changes == ((("config", "saleday:services", "ui", "scaling", "max"), 90),)
    assert compile_plan(room.shop, NOW).tasks["ui"].highest == 90


@pytest.mark.thorough
def test_more_doubt_asks_for_more_headroom(shop, event, found):
    demand = event.demand.model_copy(update={"uncertainty_percent": 50})
    doubted = search.search(with_settings(shop, demand=demand), EVENT, NOW, prices_of(shop), count=COUNT)
    assert doubted.best is not None
    assert doubted.best.headroom > found.best.headroom + 0.2


@pytest.mark.thorough
def test_the_shipped_number_of_draws_tells_the_targets_apart(shop):
    whole = search.search(shop, EVENT, NOW, prices_of(shop))
    assert len(whole.frontier) == len(search.TARGETS)
    assert math.isclose(whole.now.share.of, search.DRAWS)
    shares = [one.share.value for one in whole.frontier.values()]
    assert shares == sorted(shares)
    assert shares[-1] >= 0.999


# What is written


@pytest.fixture
def stack(tmp_path, monkeypatch, found):
    """A command in a folder of its own, whose search has found something."""
    monkeypatch.setattr(search, "search", lambda *_: found)
    monkeypatch.setattr(sale_search, "make_ready", lambda: None)
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text((EXAMPLE_STACKS / name).read_text())
    monkeypatch.setattr(stack_file, "FOLDER", tmp_path)
    return tmp_path / "Pulumi.prod.yaml"


ASKED = ["sale-search", "--stack", "prod", "--now", "2030-10-01T00:00:00+05:30"]


def test_what_is_set_is_not_lowered_without_a_word_for_it(stack, capsys):
    before = stack.read_text()
    assert main([*ASKED, "--write", "1"]) == 3
    told = capsys.readouterr()
    assert stack.read_text() == before
    assert "headroom is lowered: 1.5 → 1." in told.out
    assert "that gives up: from " in told.out
    assert "WRITE=lower does it all the same" in told.err


def test_the_word_for_it_lowers_what_is_set_and_keeps_every_comment(stack):
    before = stack.read_text()
    assert main([*ASKED, "--write", "lower"]) == 0
    event = yaml.safe_load(stack.read_text())["config"]["saleday:saleEvents"][0]
    assert event["headroom"] < 1.5
    assert stack.read_text().count("#") == before.count("#")


def test_what_only_raises_is_written_at_once(stack, found, monkeypatch):
    path = ("config", "saleday:saleEvents", EVENT, "headroom")
    raising = replace(found.best, changes=((path, 1.8),))
    monkeypatch.setattr(search, "search", lambda *_: replace(found, frontier={search.RECOMMENDED: raising}))
    assert main([*ASKED, "--write", "1"]) == 0
    assert yaml.safe_load(stack.read_text())["config"]["saleday:saleEvents"][0]["headroom"] == 1.8


def test_nothing_is_written_unless_asked_for(stack, capsys):
    before = stack.read_text()
    assert main(ASKED) == 0
    told = capsys.readouterr().out
    assert stack.read_text() == before
    assert f"{COUNT} draws, seed {uncertainty.SEED}" in told
    assert "first, AWS Support has to grant" in told
    assert "WRITE=lower writes this into Pulumi.prod.yaml" in told


def test_another_word_is_refused_in_one_line(capsys):
    assert main([*ASKED, "--write", "yes"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("WRITE: 1 writes what was found, lower also where")
    assert told.count("\n") == 1
