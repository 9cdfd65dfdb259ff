"""Values of clocks and calendars that several specs share: time zones, moments, cron expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Annotated, Final, NamedTuple
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

# Events and freezes lie within these years: beyond them Python has no room for what comes before and after.
_YEARS: Final = range(2000, 2200)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"timeZone must be an IANA name (got {name[:40]}); write one such as Asia/Kolkata")
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]


def within_years(time: datetime) -> datetime:
    """The time itself. Raises ValueError for one that nobody can have meant."""
    if time.year not in _YEARS:
        raise ValueError(
            f"a time lies in the years {_YEARS[0]} to {_YEARS[-1]} (got {time.isoformat()}); correct the year"
        )
    return time


class _Field(NamedTuple):
    """A field of a cron expression (EventBridge Scheduler user guide, "Schedule types")."""

    name: str
    first: int
    last: int
    words: tuple[str, ...] = ()
    special: str = ""
    """What it takes beside numbers, words, ranges and steps; a pattern."""

    def takes(self, item: str) -> bool:
        span, slash, step = item.partition("/")
        if slash and not (step.isdigit() and int(step) >= 1):
            return False
        if span == "*" or (self.special and re.fullmatch(self.special, span)):
            return True
        ends = span.split("-")
        return len(ends) <= 2 and all(self.first <= self._number(end) <= self.last for end in ends)

    def _number(self, text: str) -> int:
        if text in self.words:
            return self.first + self.words.index(text)
        return int(text) if text.isdecimal() else self.first - 1


_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIELDS: Final = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, (), r"\?|L|LW|L-\d{1,2}|\d{1,2}W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", 1970, 2199),
)
_OF_MONTH, _OF_WEEK = 2, 4
_EXAMPLE: Final = "write for example 0 2 * * ? *"


def check_cron(expression: str) -> None:
    """Raises ValueError for what EventBridge Scheduler takes for no cron expression; without `cron(` and `)`."""
    fields = expression.split(" ")
    if len(fields) != len(_FIELDS):
        named = ", ".join(field.name for field in _FIELDS)
        raise ValueError(f"schedule has six fields: {named} (got {expression}); {_EXAMPLE}")
    for field, text in _items(fields):
        if not field.takes(text):
            words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
            raise ValueError(
                f"schedule has {field.first} to {field.last}{words} for its {field.name} (got {text}); {_EXAMPLE}"
            )
    if (fields[_OF_MONTH] == "?") == (fields[_OF_WEEK] == "?"):
        raise ValueError(
            f"schedule names the day of the month or of the week, and `?` for the other (got {expression}); {_EXAMPLE}"
        )


def _items(fields: list[str]) -> Iterable[tuple[_Field, str]]:
    return chain.from_iterable(
        ((field, item) for item in text.split(",")) for field, text in zip(_FIELDS, fields, strict=True)
    )


def _cron(expression: str) -> str:
    check_cron(expression)
    return expression


def _cron_call(expression: str) -> str:
    check_cron(expression.removeprefix("cron(").removesuffix(")"))
    return expression


Cron = Annotated[str, Field(max_length=100), AfterValidator(_cron)]
"""The six fields alone."""
CronCall = Annotated[str, Field(pattern=r"^cron\([^()]*\)$", max_length=100), AfterValidator(_cron_call)]
"""As `cron(...)`."""
