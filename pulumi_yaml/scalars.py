"""Unquoted scalars as the engine understands them.

Pulumi reads with yaml.v3 (`resolve.go`): booleans are `true` and `false` alone, `21:00` and `yes` are text. Text that
it would silently make something else of is refused: a date becomes `2030-10-19 00:00:00 +0000 UTC`, `014` twelve.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NOT_FINITE: Final = re.compile(r"[+-]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?)?"
)
_INTEGER: Final = re.compile(r"[+-]?(?:0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|0|[1-9][0-9]*)")
_OLD_OCTAL: Final = re.compile(r"[+-]?0[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?")
_SHOWN: Final = 40  # characters of a scalar that a message repeats

# Further integers lose digits on their way through the engine, which hands them on as JSON.
_MOST: Final = 2**53
_MAX_DIGITS: Final = 70  # of a 64-bit number in base 2, with sign and prefix


def resolve(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises ValueError (rule, value, remedy) for what does not arrive as written."""
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"a number is finite (got {text}); write its digits")
    if _TIME.fullmatch(text):
        raise ValueError(f"a date is text (got {shown(text)} without quotes); put it in quotes")
    if text[0] not in "+-.0123456789":
        return text
    plain = text.replace("_", "")
    if _OLD_OCTAL.fullmatch(plain):
        raise ValueError(
            f"a number has no leading zero, which makes it octal (got {shown(text)}); remove it, or put text in quotes"
        )
    if _INTEGER.fullmatch(plain):
        return _integer(plain, text)
    return _float(plain, text) if _FLOAT.fullmatch(plain) else text


def shown(text: str) -> str:
    """The start of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _integer(plain: str, text: str) -> int:
    number = int(plain, 0) if len(plain) <= _MAX_DIGITS else None
    if number is None or abs(number) > _MOST:
        raise ValueError(
            f"a whole number is within 2^53 (got {shown(text)}, {len(plain)} digits); correct it, or put text in quotes"
        )
    return number


def _float(plain: str, text: str) -> str | int | float:
    """Whole ones without a point, as the engine hands them on; text where it is beyond all floats."""
    number = float(plain)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"a number is below 1.8e308 (got {shown(text)}); correct it, or put text in quotes")
    return int(number) if number.is_integer() and abs(number) <= _MOST else number
