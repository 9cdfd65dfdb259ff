"""Rotation of the databases' passwords, by a schedule that meets no freeze and no sale.

Secrets Manager's cron knows no minutes and no years (user guide, "Rotation schedules": minutes 0, year `*`, UTC). A
slot is therefore the nth weekday of some months at a full hour, and a month in which a freeze of any year meets it is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Annotated, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from specs.base import Spec
from specs.delivery import Freeze
from specs.observability import OperatingHours

Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
DAYS: Final[tuple[Weekday, ...]] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
USUAL_DAY: Final[Weekday] = "WED"  # stores are maintained on Tuesdays, and the team is at work
AFTER_QUIET_HOUR: Final = 5  # hours: the last window of backups and maintenance has closed (components.stores.windows)
WINDOW: Final = timedelta(hours=1)  # the shortest that Secrets Manager takes
# From the window's opening until every task has the new password, or an alarm has told that one has not.
LASTS: Final = timedelta(hours=4)
_WEEKS: Final = (2, 3, 1, 4)  # of the month, in the order in which they are tried
_MONTHS: Final = 12
_YEARS: Final = range(2026, 2038)  # in which a time zone's offsets are looked up


class Rotation(Spec):
    """When Secrets Manager rotates the passwords of the databases' master users; services that were started with one
    get new tasks right after it (docs/security.md)."""

    months: Literal[1, 2, 3, 6, 12] = 1
    """Months from one rotation to the next. Where freezes or sales meet a turn, the next free month takes it."""
    day: Weekday | None = None
    """Day of the week, in UTC. Default: `WED`, or the nearest that lies within `operatingHours`."""
    hour: Annotated[int, Field(ge=0, le=23)] | None = None
    """Hour in UTC in which it happens. Default: five hours after `backups.hour`, or the middle of `operatingHours`."""


class _Slot(NamedTuple):
    day: Weekday
    hour: int
    week: int
    """1 to 4: which such day of a month."""

    def opens(self, year: int, month: int) -> datetime:
        first = datetime(year, month, 1, self.hour, tzinfo=UTC)
        days = (DAYS.index(self.day) - first.weekday()) % len(DAYS) + (self.week - 1) * len(DAYS)
        return first + timedelta(days=days)

    def taken(self, freezes: Sequence[Freeze]) -> frozenset[int]:
        """Months in which it meets a freeze of any year."""
        return frozenset(
            opening.month
            for freeze in freezes
            for opening in self._around(freeze)
            if opening < freeze.end and opening + LASTS > freeze.start
        )

    def _around(self, freeze: Freeze) -> Iterator[datetime]:
        first, last = (freeze.start - LASTS).astimezone(UTC), freeze.end.astimezone(UTC)
        for count in range(first.year * _MONTHS + first.month - 1, last.year * _MONTHS + last.month):
            yield self.opens(count // _MONTHS, count % _MONTHS + 1)

    def expression(self, months: Sequence[int]) -> str:
        which = "*" if len(months) == _MONTHS else ",".join(map(str, months))
        return f"cron(0 {self.hour} ? {which} {self.day}#{self.week} *)"


def expression(
    rotation: Rotation, *, quiet_hour: int, freezes: Sequence[Freeze], hours: OperatingHours | None = None
) -> str:
    """Secrets Manager's cron expression. Raises ValueError where there is no hour, or no month, for it."""
    best: tuple[int, _Slot, tuple[int, ...]] | None = None
    for (day, hour), week in product(_times(rotation, quiet_hour, hours), _WEEKS):
        slot = _Slot(day, hour, week)
        taken = slot.taken(freezes)
        months = _turns(rotation.months, taken)
        lost = _MONTHS // rotation.months - len(months)
        if not taken:
            return slot.expression(months)
        if months and (best is None or (lost, len(taken)) < (best[0], len(best[1].taken(freezes)))):
            best = lost, slot, months
    if best is None:
        longest = max(freezes, key=lambda freeze: freeze.end - freeze.start)
        raise ValueError(
            f"freezes and sales leave no month in which a password could rotate (got {longest.name}, "
            f"{longest.start.isoformat()} to {longest.end.isoformat()}); shorten it"
        )
    return best[1].expression(best[2])


def _turns(every: int, taken: frozenset[int]) -> tuple[int, ...]:
    """The months of the turns: each at its own, or at the first free one before the next turn."""
    found = []
    for turn in range(1, _MONTHS + 1, every):
        free = [month for month in range(turn, turn + every) if month not in taken]
        found += free[:1]
    return tuple(found)


def _times(rotation: Rotation, quiet_hour: int, hours: OperatingHours | None) -> list[tuple[Weekday, int]]:
    """Day and hour in UTC, the best first."""
    days = (rotation.day,) if rotation.day else (USUAL_DAY, *(day for day in DAYS if day != USUAL_DAY))
    if hours is None:
        hour = rotation.hour if rotation.hour is not None else (quiet_hour + AFTER_QUIET_HOUR) % 24
        return [(day, hour) for day in days]
    wanted = range(24) if rotation.hour is None else (rotation.hour,)
    margins = {(day, hour): _margin(hours, day, hour) for day, hour in product(days, wanted)}
    inside = [time for time, margin in margins.items() if margin >= 0]
    if not inside:
        raise ValueError(
            "a password rotates while its database runs: within operatingHours, for a full hour of UTC on each side of "
            f"daylight saving (got day {rotation.day or 'any'}, hour {_told(rotation.hour)}, "
            f"operating hours {hours.start}-{hours.stop} {hours.days} {hours.time_zone}); "
            "leave day and hour out, or lengthen operatingHours"
        )
    return sorted(inside, key=lambda time: (days.index(time[0]), -margins[time]))


def _told(hour: int | None) -> str:
    return "any" if hour is None else str(hour)


def _margin(hours: OperatingHours, day: Weekday, hour: int) -> float:
    """Minutes between the window and the nearer end of the hours, at any time of the year; below 0: outside."""
    return min(_margin_at(hours, day, hour, offset) for offset in _offsets(hours.time_zone))


def _margin_at(hours: OperatingHours, day: Weekday, hour: int, offset: timedelta) -> float:
    opens = datetime(2024, 1, 1 + DAYS.index(day), hour, tzinfo=UTC) + offset  # 2024 began on a Monday
    first, _, last = hours.days.partition("-")
    span = (DAYS.index(last or first) - DAYS.index(first)) % len(DAYS)
    if (opens.weekday() - DAYS.index(first)) % len(DAYS) > span:
        return -1
    minute = opens.hour * 60 + opens.minute
    return min(minute - _minute(hours.start), _minute(hours.stop) - minute - WINDOW.total_seconds() / 60)


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@cache
def _offsets(time_zone: str) -> frozenset[timedelta]:
    zone = ZoneInfo(time_zone)
    moments = (datetime(year, month, 1, tzinfo=zone) for year in _YEARS for month in range(1, _MONTHS + 1))
    return frozenset(offset for moment in moments if (offset := moment.utcoffset()) is not None)
