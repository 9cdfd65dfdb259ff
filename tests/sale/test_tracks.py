"""Levels over time: ahead of demand, behind it, and down in steps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sale.demand import Rates
from sale.schedules import BLOCK, DAY, HOLD, SMALL, STEEPEST, Block, StepSchedule, fewer_decreases, track


def blocks(*levels: float) -> list[Block]:
    """One block of half an hour for each level, one after the other."""
    return [
        Block(number * BLOCK, (number + 1) * BLOCK, Rates(level, level, 0, {})) for number, level in enumerate(levels)
    ]


def made(*levels: float, **more: float) -> StepSchedule:
    return track(
        blocks(*levels),
        lambda rates: rates.requests,
        usual=more.get("usual", 3),
        most=more.get("most", 1000),
        lead=more.get("lead", 3600),
        levels=int(more.get("levels", 3)),
    )


def test_a_level_stands_ahead_of_its_demand_and_a_while_after_it() -> None:
    one = made(100, lead=3600)
    assert one.at(-3601) == 3
    assert one.at(-3600) == 100
    assert one.at(BLOCK + HOLD - 1) == 100
    assert one.at(BLOCK + HOLD) == 50


def test_the_way_down_is_no_cliff() -> None:
    values = [value for _, value in made(100).changes]
    assert values == [100, 50, 25, 13, 7, 3]


def test_what_is_needed_less_than_usual_changes_nothing() -> None:
    assert made(1, 2, 3).changes == ()


def test_no_more_is_planned_than_there_may_be() -> None:
    assert made(100, most=40).highest == 40


def test_neighbours_become_few_levels_and_none_below_what_they_need() -> None:
    one = made(10, 90, 100, 60, 55, 50, 70, 10, levels=2)
    assert len({value for _, value in one.changes if value > 50}) <= 2
    for number, level in enumerate((10, 90, 100, 60, 55, 50, 70, 10)):
        assert one.at(number * BLOCK) >= level


@examples(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=40), st.integers(1, 5), st.integers(0, 20))
def test_every_need_is_met_and_every_step_down_is_gentle(levels: list[int], most_levels: int, usual: int) -> None:
    one = made(*levels, levels=most_levels, usual=usual)
    for number, level in enumerate(levels):
        for time in (number * BLOCK, (number + 1) * BLOCK - 1):
            assert one.at(time) >= level, "capacity stands before its demand and stays until it has gone"
    values = [usual, *(value for _, value in one.changes)]
    for before, after in pairwise(values):
        assert after >= before * STEEPEST or before - after <= SMALL, f"from {before} to {after} is a cliff"
    assert values[-1] == usual, "the way back ends where it began"


@examples(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 80), st.integers(0, 300)), max_size=30), st.integers(1, 3))
def test_decreases_are_spread_over_days_without_ever_offering_less(given: list[tuple[int, int]], most: int) -> None:
    times = sorted({hour * 3600.0 for hour, _ in given})
    original = StepSchedule(0.0, tuple((time, float(value)) for time, (_, value) in zip(times, given, strict=False)))
    changed = fewer_decreases(original, most)
    values = [changed.usual, *(value for _, value in changed.changes)]
    falls = [time for (time, value), before in zip(changed.changes, values, strict=False) if value < before]
    assert all(last - first >= DAY for first, last in zip(falls, falls[most:], strict=False))
    for time in times:
        assert changed.at(time) >= original.at(time)


def test_the_value_in_force_is_that_of_the_last_change() -> None:
    one = StepSchedule(1, ((10.0, 5.0), (20.0, 2.0)))
    assert [one.at(time) for time in (9, 10, 19, 20, 99)] == [1, 5, 5, 2, 2]
    assert one.after(10) == ((20.0, 2.0),)
    assert one.highest == pytest.approx(5)
