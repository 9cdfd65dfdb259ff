"""Schedule expressions as AWS's services read them: `cron(...)` with six fields, `rate(...)` and `at(...)`.

The provider passes them on unchecked, so that a wrong one fails only at the first deployment.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)

_UNIX_FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)

_NAMED = re.compile(r"(^|\.|\])(schedule|scheduleExpression|recurrence)$")
_CALL = re.compile(r"(cron|rate|at)\((.*)\)", re.DOTALL)
_UNITS = ("minute", "hour", "day")

_ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"

# Properties called a schedule with other content: a name of one, or one of another syntax.
_OTHERWISE = {"aws:synthetics/canary:Canary", "aws:ssm/association:Association"}


def problem(token: str, place: str, value: str) -> str | None:
    """The problem with `value` at `place` of a resource, or None; None also where the value is no schedule."""
    call = _CALL.fullmatch(value.strip())
    if token == "aws:autoscaling/schedule:Schedule" and place == "recurrence":
        return _cron(value, _UNIX_FIELDS)
    if call is None:
        looks = value.startswith(("cron(", "rate(", "at("))
        if looks or (_NAMED.search(place) and token not in _OTHERWISE):
            return f"{value!r} is neither cron(...), rate(...) nor at(...)"
        return None
    kind, inside = call[1], call[2]
    if kind == "cron":
        return _cron(inside, _FIELDS) or (_of_secrets(inside) if token == _ROTATION else None)
    return _rate(inside) if kind == "rate" else _at(inside)


def _of_secrets(text: str) -> str | None:
    """Restrictions of Secrets Manager (its user guide, "Rotation schedules")."""
    minutes, *_, year = text.split()
    if (minutes, year) != ("0", "*"):
        return f"cron({text}): the rotation of a secret has 0 minutes and * years"
    return None


def _rate(text: str) -> str | None:
    match = re.fullmatch(r"(\d+) (\w+)", text)
    if match is None or match[2].removesuffix("s") not in _UNITS or int(match[1]) < 1:
        return f"rate({text}): a whole number from 1 and minutes, hours or days"
    if (int(match[1]) == 1) == match[2].endswith("s"):
        return f"rate({text}): the unit is in the singular for 1 and in the plural for more"
    return None


def _at(text: str) -> str | None:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return f"at({text}): a time as in at(2027-10-20T18:00:00), without a zone"
    return None


def _cron(text: str, fields: tuple[tuple[str, int, int, tuple[str, ...]], ...]) -> str | None:
    parts = text.split()
    if len(parts) != len(fields):
        return f"cron({text}): {len(fields)} fields ({', '.join(name for name, *_ in fields)}), got {len(parts)}"
    for part, (name, low, high, words) in zip(parts, fields, strict=True):
        if reason := _field(part, name, low, high, words):
            return f"cron({text}): {reason}"
    if fields is _FIELDS and (parts[2] == "?") == (parts[4] == "?"):
        return f"cron({text}): exactly one of day of month and day of week has to be ?"
    return None


def _field(part: str, name: str, low: int, high: int, words: tuple[str, ...]) -> str | None:
    if part == "?" and name in ("day of month", "day of week"):
        return None
    for item in part.split(","):
        span, slash, step = item.partition("/")
        if slash and not (step.isdigit() and int(step) >= 1):
            return f"{name} {item!r}: the step has to be a number from 1"
        if span in ("*", "L") or (name == "day of month" and re.fullmatch(r"L-\d{1,2}|LW|\d{1,2}W", span)):
            continue
        if name == "day of week":
            span = re.sub(r"(#[1-5]|L)$", "", span)
        first, dash, last = span.partition("-")
        ends = [_number(end, low, words) for end in ([first, last] if dash else [first])]
        if any(end is None or not low <= end <= high for end in ends):
            return f"{name} {item!r}: {low} to {high}{' or ' + words[0] + ' to ' + words[-1] if words else ''}"
    return None


def _number(text: str, low: int, words: tuple[str, ...]) -> int | None:
    if text.isdigit():
        return int(text)
    return words.index(text.upper()) + low if text.upper() in words else None
