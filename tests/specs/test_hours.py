"""Operating hours: when a stack is on, and how AWS's schedulers are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from specs.observability import OperatingHours

INDIA = OperatingHours()


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-11-30T08:00:00+05:30", True),
        ("2026-11-30T07:59:59+05:30", False),
        ("2026-11-30T19:59:59+05:30", True),
        ("2026-11-30T20:00:00+05:30", False),
        ("2026-11-28T12:00:00+05:30", False),
        ("2026-11-30T03:00:00+00:00", True),
    ],
)
def test_a_stack_is_on_from_start_to_stop_on_its_days(at: str, on: bool) -> None:
    assert INDIA.is_on(datetime.fromisoformat(at)) is on


def test_the_next_switch_is_told_in_local_time() -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    assert f"{INDIA.next_switch(friday):%a %H:%M}" == "Mon 08:00"


def test_a_start_that_clocks_skip_does_not_come() -> None:
    berlin = OperatingHours(start="02:30", stop="20:00", days="MON-SUN", time_zone="Europe/Berlin")
    assert not berlin.is_on(datetime(2027, 3, 28, 10, tzinfo=UTC)), "02:30 of 28 March 2027 is skipped"
    assert berlin.is_on(datetime(2027, 3, 29, 10, tzinfo=UTC))


def test_a_stop_that_clocks_show_twice_comes_once() -> None:
    berlin = OperatingHours(start="01:00", stop="02:30", days="SUN", time_zone="Europe/Berlin")
    assert berlin.is_on(datetime(2027, 10, 31, 0, 29, tzinfo=UTC))
    assert not berlin.is_on(datetime(2027, 10, 31, 1, 15, tzinfo=UTC)), "02:15 for the second time"


@pytest.mark.parametrize(
    ("days", "cron"),
    [("MON-FRI", "MON-FRI"), ("SUN", "SUN"), ("SAT-MON", "MON,SAT,SUN"), ("SAT-SUN", "SAT,SUN"), ("TUE", "TUE")],
)
def test_days_are_written_as_every_scheduler_reads_them(days: str, cron: str) -> None:
    assert OperatingHours(days=days).cron_days == cron
