"""Tracks of a stack with operating hours: what a switched-off resource cannot take, and what each morning undoes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sale.schedules import StepSchedule, without_repetitions
from specs.observability import OperatingHours

STARTING: Final = 1800.0  # seconds from the morning's switch until a stopped database takes changes
AFTER_SWITCH: Final = 60.0  # seconds: scheduled actions of one target run in an order that only their times give
_AROUND: Final = timedelta(days=15)  # within which any hours switch


def around_nights(given: StepSchedule, hours: OperatingHours | None) -> StepSchedule:
    """The track of a value that the switch leaves alone: what falls into a night waits until the database is up."""
    if hours is None:
        return given
    moved: dict[float, float] = {}
    for moment, value in given.changes:
        morning = _awaited(hours, moment, STARTING)
        moved[moment if morning is None else morning + STARTING] = value
    return StepSchedule(given.usual, without_repetitions(sorted(moved.items()), given.usual))


def after_each_morning(given: StepSchedule, hours: OperatingHours | None) -> StepSchedule:
    """The track of a value that each morning's switch sets to the usual one: it is set again right after it."""
    if hours is None or not given.changes:
        return given
    first, last = (datetime.fromtimestamp(given.changes[place][0], tz=UTC) for place in (0, -1))
    switches = hours.switches((first - _AROUND).date(), (last + _AROUND).date())
    mornings = [moment.timestamp() for moment, on in switches if on]
    changes = {moment: value for moment, value in given.changes if _awaited(hours, moment, AFTER_SWITCH) is None}
    changes |= dict.fromkeys(mornings, given.usual)
    changes |= {moment + AFTER_SWITCH: given.at(moment + AFTER_SWITCH) for moment in mornings}
    return StepSchedule(given.usual, without_repetitions(sorted(changes.items()), given.usual))


def _awaited(hours: OperatingHours, moment: float, starting: float) -> float | None:
    """The morning that a change at `moment` has to wait for; None where all is up."""
    at = datetime.fromtimestamp(moment, tz=UTC)
    day = at.astimezone(ZoneInfo(hours.time_zone)).date()
    switches = list(hours.switches(day - _AROUND, day + _AROUND))
    past = [switch for switch in switches if switch[0] <= at]
    if past and past[-1][1]:
        begun = past[-1][0].timestamp()
        return begun if moment < begun + starting else None
    return next(begun.timestamp() for begun, on in switches if on and begun > at)
