"""Values of clocks and calendars that several specs share: time zones, moments, cron expressions."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from specs.forms import Form

# Events and freezes lie within these years: the first is past, and EventBridge Scheduler knows none after the last.
_YEARS: Final = range(2025, 2200)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime", "posixrules"}  # files, not places


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


_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_FURTHEST: Final = timedelta(hours=14)  # of a zone from UTC: Kiritimati


def _moment(value: Any) -> datetime:
    """A date and a time of day, as ISO 8601 writes them: neither a date alone nor seconds since 1970."""
    if isinstance(value, datetime):
        return value
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
    except ValueError:  # the 31st of February
        time = None
    if time is None:
        raise ValueError(f"a time is written as 2030-10-19T00:00:00+05:30 (got {str(value)[:40]}); rewrite it")
    offset = time.utcoffset()
    if offset is not None and abs(offset) > _FURTHEST:
        raise ValueError(f"a time is at most 14 hours from UTC (got {value}); correct the offset")
    return within_years(time)


LocalMoment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment, or the time that clocks show where the time zone is said elsewhere."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A moment, with its offset from UTC."""
ClockTime = Annotated[str, Form("a time of day of 24 hours", "21:00", r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")]


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
        if slash and not (re.fullmatch("[0-9]{1,4}", step) and 1 <= int(step) <= self.last - self.first):
            return False
        if span == "*" or (self.special and re.fullmatch(self.special, span)):
            return True
        ends = span.split("-")
        numbers = [self._number(end) for end in ends]
        return len(ends) <= 2 and numbers == sorted(numbers) and all(self.first <= one <= self.last for one in numbers)

    def numbers(self, text: str) -> frozenset[int]:
        """What a valid text stands for; what is `special` stands for nothing."""
        found: set[int] = set()
        for span, slash, step in (item.partition("/") for item in text.split(",")):
            if self.special and re.fullmatch(self.special, span):
                continue
            first, _, last = span.partition("-")
            begin = self.first if span == "*" else self._number(first)
            end = self.last if span == "*" or (slash and not last) else self._number(last or first)
            found.update(range(begin, end + 1, int(step or 1)))
        return frozenset(found)

    def _number(self, text: str) -> int:
        if text in self.words:
            return self.first + self.words.index(text)
        return int(text) if re.fullmatch("[0-9]{1,4}", text) else self.first - 1


_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIELDS: Final = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, (), r"\?|L|LW|L-([1-9]|[12][0-9]|30)|([1-9]|[12][0-9]|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", _YEARS[0], _YEARS[-1]),
)
_OF_MONTH, _MONTH, _OF_WEEK, _YEAR = 2, 3, 4, 5
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
    _refuse_never(expression, fields)


def _refuse_never(expression: str, fields: list[str]) -> None:
    """Raises ValueError for a day that no month named has, such as the 31st of February."""
    days, months, years = (_FIELDS[index].numbers(fields[index]) for index in (_OF_MONTH, _MONTH, _YEAR))
    if days and not any(
        day <= monthrange(year, month)[1] for year in sorted(years)[:8] for month in months for day in (min(days),)
    ):
        raise ValueError(f"schedule names a day that comes (got {expression}, a date of no month); {_EXAMPLE}")


def _items(fields: list[str]) -> Iterable[tuple[_Field, str]]:
    return chain.from_iterable(
        ((field, item) for item in text.split(",")) for field, text in zip(_FIELDS, fields, strict=True)
    )


def _cron(expression: str) -> str:
    check_cron(expression)
    return expression


def _cron_call(expression: str) -> str:
    fields = expression.removeprefix("cron(").removesuffix(")")
    check_cron(fields)
    if not fields.split(" ")[0].isdecimal():
        raise ValueError(
            f"schedule comes once an hour at most (got {expression}); name one minute, as cron(0 3 * * ? *)"
        )
    return expression


Cron = Annotated[str, Field(max_length=100), AfterValidator(_cron)]
"""The six fields alone."""
CronCall = Annotated[
    str,
    Field(max_length=100),
    Form("a cron expression of EventBridge", "cron(0 3 ? * SUN *)", r"cron\([^()]*\)"),
    AfterValidator(_cron_call),
]
"""As `cron(...)`, once an hour at most."""
