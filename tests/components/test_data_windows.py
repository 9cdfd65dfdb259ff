"""Windows of backups and maintenance: whatever the quiet hour, they keep clear of each other."""

from __future__ import annotations

import re

import pytest

from components.stores import windows

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUIET_HOURS = pytest.mark.parametrize("quiet_hour", range(24))


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def moment(text: str) -> int:
    """Minutes since Monday, midnight."""
    day, _, clock = text.partition(":")
    return DAYS.index(day) * 24 * 60 + minutes(clock)


@QUIET_HOURS
def test_windows_are_written_as_aws_reads_them(quiet_hour: int) -> None:
    clock = r"([01]\d|2[0-3]):[0-5]\d"
    day = f"({'|'.join(DAYS)})"
    assert re.fullmatch(f"{clock}-{clock}", windows.backup_window(quiet_hour))
    assert re.fullmatch(f"{day}:{clock}-{day}:{clock}", windows.maintenance_window(quiet_hour))
    assert windows.backup_window(quiet_hour).startswith(windows.backup_start(quiet_hour))


@QUIET_HOURS
def test_each_window_is_an_hour(quiet_hour: int) -> None:
    start, end = windows.backup_window(quiet_hour).split("-")
    assert (minutes(end) - minutes(start)) % (24 * 60) == 60
    start, end = windows.maintenance_window(quiet_hour).split("-")
    assert (moment(end) - moment(start)) % (7 * 24 * 60) == 60


@QUIET_HOURS
def test_aws_backup_has_its_hour_and_the_next_to_itself(quiet_hour: int) -> None:
    start = minutes(windows.backup_start(quiet_hour))
    assert (start - quiet_hour * 60) % (24 * 60) == 120, "it starts within an hour and none begins within the next"


@QUIET_HOURS
def test_maintenance_begins_after_the_backups_have_ended(quiet_hour: int) -> None:
    backup_end = minutes(windows.backup_window(quiet_hour).split("-")[1])
    maintenance = moment(windows.maintenance_window(quiet_hour).split("-")[0])
    assert (maintenance - backup_end) % (24 * 60) == 60


def test_a_late_quiet_hour_pushes_maintenance_past_midnight() -> None:
    assert windows.maintenance_window(19) == "tue:23:00-wed:00:00"
    assert windows.maintenance_window(23) == "wed:03:00-wed:04:00"
