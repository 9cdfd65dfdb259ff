"""The control law of the waiting room: it lowers at once and once, raises slowly, and never above what was proved."""

from __future__ import annotations

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
    assert law.calls(10, 1.0, show) == pytest.approx(12.5, rel=1e-3)
    assert law.next_show(0.5, called=0, came=0) == 0.5, "nobody called says nothing"
    assert law.calls(10, 1.0, 0.0) <= 10 / law.MIN_SHOW


@pytest.mark.parametrize("document", ["[]", "{}", "no JSON"])
def test_another_document_is_refused(document: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        law.Schedule.of(document)
