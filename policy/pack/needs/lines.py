"""The tables of needs: JSON files in policy/data/needs, one need a line, each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "needs"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line. `{names}` in texts are filled in for each occurrence that the finder yields."""

    id: str
    of: tuple[str, ...]
    """Types of the resources that have the need."""
    to: str
    """The purpose: `to publish to its topic`."""
    source: str
    find: str = "property"
    """Finder that yields the need's occurrences."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Properties that the resource must have: a value, a list of values, or true for any value."""
    service: str = ""
    """Service principal that acts by itself."""
    role: str = ""
    """Property that names the role that acts; a finder may know it better."""
    trust: str = ""
    """Service principal that has to be able to take the role on; the line is about nothing else."""
    foreign: str = ""
    """Service in whose own account the caller lives."""
    actions: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Properties that name what is acted on."""
    types: tuple[str, ...] = ()
    """Types of what is acted on."""
    literal: str = ""
    """Pattern of the names that count where another program made the thing."""
    arn: str = ""
    """The resource of the call; by default the ARN of what is acted on."""
    context: Mapping[str, str | None] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    """Uses of the key that encrypts what is acted on."""
    key_context: Mapping[str, str | None] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    """Endpoint services that the call goes to."""
    port: int = 0
    """For connections."""
    optional: bool = False
    alone: bool = False
    """Whether the key alone is meant, and not the thing that it encrypts."""


_TUPLES = frozenset(item.name for item in fields(Line) if str(item.type).startswith("tuple"))


@cache
def lines() -> tuple[Line, ...]:
    """All lines of all tables, in the order of their files."""
    return tuple(line for path in sorted(FOLDER.glob("*.json")) for line in read(path))


def read(path: Path) -> list[Line]:
    body: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [line(entry) for entry in body]


def line(entry: Mapping[str, Any]) -> Line:
    """A line from its JSON object; a text stands for a list of one."""
    given: dict[str, Any] = {
        name: ((value,) if isinstance(value, str) else tuple(value)) if name in _TUPLES else value
        for name, value in entry.items()
    }
    return Line(**given)
