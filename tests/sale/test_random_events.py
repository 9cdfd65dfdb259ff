"""Plans of random events: what holds whatever is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sale.capacity_check import links, stress, takes
from sale.demand import Forecast
from sale.plan import Plan
from sale.schedules import StepSchedule
from tests.sale.events import BEFORE, sale, shop
from tests.sale.test_plan import BIG, OPENING, plan

HOUR = timedelta(hours=1)
START = OPENING


@st.composite
def events(draw: st.DrawFn, most: int = 3) -> list[dict[str, object]]:
    """One to three events within three days of each other, seconds and all."""
    found = []
    for number in range(draw(st.integers(1, most))):
        start = START + timedelta(seconds=draw(st.integers(0, 259_200)))
        end = start + timedelta(seconds=draw(st.integers(60, 172_800)))
        shape = {
            "spikeSeconds": draw(st.sampled_from([0, 1, 30, 600])),
            "peakMinutes": draw(st.sampled_from([0, 0.2, 10])),
            "decayMinutes": draw(st.sampled_from([0.25, 1, 17, 60])),
            "plateauPercent": draw(st.sampled_from([0, 40, 100])),
        }
        demand = {
            "peakRequestsPerSecond": draw(st.integers(10, 40_000)),
            "peakOrdersPerSecond": draw(st.integers(0, 4)),
        }
        found.append(
            sale(name=f"event-{number}", start=start.isoformat(), end=end.isoformat(), shape=shape, demand=demand)
        )
    return found


def tracks(one: Plan) -> dict[str, StepSchedule]:
    by_kind: dict[str, Any] = {
        "tasks": one.tasks,
        "acu": one.acu,
        "readers": one.readers,
        "ecpu": one.ecpu,
        "replicas": one.replicas,
        "reads": one.most_reads,
        "writes": one.most_writes,
        "lcu": {"balancer": one.lcu},
    }
    return {f"{kind} {name}": track for kind, group in by_kind.items() for name, track in group.items()}


@examples(max_examples=15, deadline=None)
@given(events())
def test_no_two_changes_of_a_resource_have_one_name(given: list[dict[str, object]]) -> None:
    one = plan(BEFORE, *given)
    for name, track in tracks(one).items():
        labels = [when.label for when in one.ever_scheduled(track)]
        assert len(labels) == len(set(labels)), f"{name}: {labels}"
        assert all(moment % 60 == 0 for moment, _ in track.changes), name


def test_an_end_with_seconds_makes_no_two_changes_in_a_minute() -> None:
    shape = {"plateauPercent": 100, "peakMinutes": 0, "decayMinutes": 1}
    one = plan(BEFORE, sale(demand=BIG, end="2027-10-23T01:44:52", shape=shape))
    labels = [when.label for when in one.ever_scheduled(one.tasks["ui"])]
    assert len(labels) == len(set(labels))


@examples(max_examples=8, deadline=None)
@given(events(), st.integers(50, 400))
def test_a_reservation_is_nothing_or_what_elb_takes(given: list[dict[str, object]], granted: int) -> None:
    values = [value for _, value in plan(BEFORE, *given, quotas={"granted": {"albReservedLcu": granted}}).lcu.changes]
    assert all(value == 0 or 100 <= value <= granted for value in values), values


@examples(max_examples=8, deadline=None)
@given(events(), st.integers(-20, 60))
def test_a_late_deployment_has_no_more_than_one_in_time(given: list[dict[str, object]], hours: int) -> None:
    at = OPENING + hours * HOUR
    late, in_time = plan(at, *given, deployed=at), plan(at, *given)
    margins = {link.name: link.margin for link in links(in_time)}
    for link in links(late):
        assert link.margin <= margins[link.name] + 1e-6, link.name
    for track in tracks(late).values():
        assert late.as_deployed(track).at(at.timestamp()) == track.usual, "nothing due before was done"
        assert late.as_deployed(track).at(at.timestamp() + 3600) == track.at(at.timestamp() + 3600)


@examples(max_examples=4, deadline=None)
@given(events(2))
def test_more_demand_never_makes_a_link_hold(given: list[dict[str, object]]) -> None:
    one = plan(BEFORE, *given)
    found, multiples = stress(one), takes(one)
    for rung in found.rungs:
        short = [link.name for link in links(one, factor=rung.multiple) if link.short]
        assert rung.holds is not short
        assert rung.holds == (not short)
        assert all(multiples[name] < rung.multiple for name in short)
    if found.breaking is not None:
        assert found.holds_to < found.breaking.multiple


def test_events_at_one_time_load_every_link_together_and_a_view_of_one_shows_it() -> None:
    twin = sale(name="payday", demand=BIG)
    both, alone = plan(BEFORE, sale(demand=BIG), twin), plan(BEFORE, sale(demand=BIG))
    required = {link.name: link.required for link in links(both, both.events[0])}
    for link in links(alone):
        if link.name in ("tasks of ui", "reads of carts", "statements of orders", "WAF requests", "WAF rate limit all"):
            assert required[link.name] == pytest.approx(2 * link.required), link.name


def test_a_view_of_one_event_leaves_out_what_another_asks_at_another_time() -> None:
    later = sale(name="payday", demand=BIG, start="2027-12-05T00:00:00", end="2027-12-06T00:00:00")
    one = plan(BEFORE, sale(), later)
    small, large = (links(one, event) for event in one.events)
    by_name = [{link.name: link.required for link in found} for found in (small, large)]
    assert by_name[1]["tasks of ui"] == pytest.approx(10 * by_name[0]["tasks of ui"])


def test_whoever_is_left_of_one_event_is_a_customer_of_the_next() -> None:
    days = (
        sale(demand=BIG, end="2027-10-23T00:00:00"),
        sale(name="day-two", demand=BIG, start="2027-10-23T00:00:00", end="2027-10-24T00:00:00"),
    )
    forecast = Forecast.of(shop(*days))
    assert forecast.peak(*forecast.span).requests == pytest.approx(20_000), "the spike of the second is its peak"
    boundary = OPENING.timestamp() + 86_400
    just_before, just_after = (forecast.requests_per_second(boundary + after) for after in (-2, 2))
    assert just_after > 0.9 * just_before, "nobody vanishes at midnight"


def test_an_event_in_the_middle_of_a_decay_takes_over_what_is_left() -> None:
    first = sale(demand=BIG, end="2027-10-23T00:00:00", shape={"decayMinutes": 120})
    second = sale(name="day-two", demand=BIG, start="2027-10-23T01:00:00", end="2027-10-24T00:00:00")
    forecast, alone = Forecast.of(shop(first, second)), Forecast.of(shop(first))
    half_past = OPENING.timestamp() + 86_400 + 1800
    assert forecast.requests_per_second(half_past) == alone.requests_per_second(half_past), "until it opens"
    assert forecast.peak(*forecast.span).requests == pytest.approx(20_000)
