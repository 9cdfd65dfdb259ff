"""Start of tasks, told from the counts of a minute."""

from __future__ import annotations

import numpy as np
import pytest

from sale.review.starts import start_seconds


def counted(start: int, rises: list[tuple[int, int]], seconds: int = 7200) -> tuple[np.ndarray, np.ndarray]:
    """Averages of a minute of the tasks wanted and running; each rise is a second and a number of tasks."""
    desired, running = np.full(seconds, 3.0), np.full(seconds, 3.0)
    for second, number in rises:
        desired[second:] += number
        running[second + start :] += number
    return desired.reshape(-1, 60).mean(axis=1), running.reshape(-1, 60).mean(axis=1)


@pytest.mark.parametrize("start", [45, 90, 200])
def test_the_time_of_a_start_is_told_to_the_second_whatever_the_minute(start: int) -> None:
    found = start_seconds(*counted(start, [(610, 40), (1930, 7), (3333, 90), (5000, 1)]))
    assert found is not None
    assert found.value == pytest.approx(start, rel=0.02)


def test_few_rises_tell_nothing() -> None:
    assert start_seconds(*counted(90, [(610, 40), (1930, 7)])) is None
    assert start_seconds(*counted(90, [])) is None
