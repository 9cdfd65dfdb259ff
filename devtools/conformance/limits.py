"""Constraints on a scalar value: characters, length, range, allowed values."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of a value; empty where a model names none."""

    values: tuple[str, ...] = ()
    pattern: str | None = None
    shortest: int | None = None
    longest: int | None = None
    least: float | None = None
    most: float | None = None

    @classmethod
    def of_schema(cls, schema: Mapping[str, Any]) -> Limits:
        """The limits in a JSON schema."""
        constant = [schema["const"]] if "const" in schema else []
        return cls(
            values=tuple(str(value) for value in schema.get("enum", constant)),
            pattern=schema.get("pattern"),
            shortest=schema.get("minLength"),
            longest=schema.get("maxLength"),
            least=schema.get("minimum"),
            most=schema.get("maximum"),
        )

    def __bool__(self) -> bool:
        return self != Limits()

    def problem(self, value: Any) -> str | None:
        """The problem with a value, long values cut; None when it is valid."""
        if isinstance(value, bool) or value is None or value == "":
            return None
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if self.values:
            return None if text in self.values else f"{text[:60]!r} is none of: {', '.join(self.values)}"[:400]
        if isinstance(value, str):
            if not between(len(value), self.shortest, self.longest):
                return f"{value[:60]!r} has {len(value)} characters, not {words(self.shortest, self.longest)}"
            pattern = compiled(self.pattern)
            if pattern is not None and not pattern.search(value):
                return f"{value[:60]!r} does not match {pattern.pattern[:100]}"
        ranged = (self.least is not None or self.most is not None) and is_number(value)
        if ranged and not between(float(value), self.least, self.most):
            return f"{text} is not {words(self.least, self.most)}"
        return None


def between(value: float, low: float | None, high: float | None) -> bool:
    """Whether a value is in a range that may be open."""
    return (low is None or value >= low) and (high is None or value <= high)


def words(low: float | None, high: float | None) -> str:
    """A range in words."""
    if low is None or high is None:
        return f"at least {low}" if high is None else f"at most {high}"
    return f"{low} to {high}"


@functools.cache
def compiled(text: str | None) -> Any:
    """A pattern; None where there is none, or it is in a dialect that has no equal here."""
    if not text:
        return None
    try:
        return regex.compile(text)
    except regex.error:
        return None


def is_number(value: Any) -> bool:
    """Whether a value is a number or the text of one."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (isinstance(value, str) and bool(re.fullmatch(r"-?\d+(\.\d+)?", value)))


def parsed(text: str) -> Any:
    """The JSON value of a text; the text itself if it isn't JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
