"""The control law of the waiting room: it lowers at once and once, raises slowly, and never above what was proved."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import admission_rate as law

LIMITS = (0.001, 1.0, 900.0, 0.1)


@pytest.mark.parametrize("worse", [(0.002, 0, 0, 0), (0, 1.1, 0, 0), (0, 0, 901, 0), (0, 0, 0, 0.2)])
def test_each_signal_hurts_by_itself(worse: tuple[float, float, float, float]) -> None:
    assert law.hurts(*worse, LIMITS)
    assert not law.hurts(*LIMITS, LIMITS), "what is promised is kept"


@given(st.lists(st.booleans(), max_size=60))
def test_the_share_stays_between_the_floor_and_what_was_proved(hurting: list[bool]) -> None:
    share, held = 1.0, 0.0
    for minute, hurt in enumerate(hurting):
        before = share
        share, held = law.next_share(share, held, 60.0 * minute, hurt, 1.0)
        assert law.MIN_SHARE <= share <= 1.0
        assert share <= before + law.INCREASE


def test_one_overload_lowers_once_until_the_edge_and_the_metrics_have_followed() -> None:
    share, held = 1.0, 0.0
    shares = []
    for second in range(0, 240, 60):
        share, held = law.next_share(share, held, float(second), True, 1.0)
        shares.append(round(share, 3))
    assert shares == [0.7, 0.7, 0.7, 0.49]


def test_called_customers_who_do_not_come_are_made_up_for() -> None:
    show = 1.0
    for _ in range(60):
        show = law.next_show(show, called=100, came=80)
    assert law.called(10, show) == pytest.approx(12.5, rel=1e-3)
    assert law.next_show(0.5, called=0, came=0) == 0.5, "nobody called says nothing"
    assert law.called(10, 0.0) <= 10 / law.MIN_SHOW


def test_a_shop_is_filled_within_minutes_and_then_kept_full() -> None:
    inside, visit = 0.0, 360.0
    for _ in range(40):
        inside = inside * math.exp(-10 / visit) + 10 * law.rate(9000, inside, visit, math.inf)
    assert inside == pytest.approx(9000, rel=0.02)
    assert law.rate(9000, 9000, visit, math.inf) == pytest.approx(25)
    assert law.rate(9000, 90_000, visit, math.inf) == pytest.approx(2.5), "the floor lets checkouts in"
    assert law.rate(9000, 0, visit, 7) == 7, "a cap"


def test_what_autoscaling_brings_is_counted_on_while_somebody_waits_and_not_sooner() -> None:
    grown = law.next_grown(100, 90, waited=60, reaction=500, growth=0.001, seconds=10)
    assert grown == 100, "tasks take a while to start"
    assert law.next_grown(100, 120, waited=60, reaction=500, growth=0.001, seconds=10) == 120, "full tasks stay"
    assert law.next_grown(100, 90, waited=500, reaction=500, growth=0.001, seconds=10) == pytest.approx(
        101.005, rel=1e-4
    )
    assert law.next_grown(100, 90, waited=0, reaction=500, growth=0.001, seconds=10) == 90, "what is unused goes"
    assert law.target(50, 80, 100, 1.0, 1.0) == 80
    assert law.target(50, 80, 20, 0.5, 1.0) == 25


def test_customers_who_ask_for_more_than_was_published_are_fewer_inside() -> None:
    weight = 1.0
    for _ in range(20):
        weight = law.next_weight(weight, asked=150, expected=100)
    assert weight == pytest.approx(1.5, rel=1e-3)
    assert law.target(60, 90, 0, 1.0, weight) == pytest.approx(40, rel=1e-3)
    assert law.next_weight(1.0, asked=10, expected=100) == 1.0, "never more than was proved"
    assert law.next_weight(1.3, asked=10, expected=0) == 1.3


@pytest.mark.parametrize("document", ["[]", "{}", "no JSON"])
def test_another_document_is_refused(document: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        law.Schedule.of(document)
