"""The rooms of a stack, as their deployment published them: `rooms.json` beside the function's code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = "rooms.json"


@dataclass(frozen=True, kw_only=True)
class Room:
    name: str
    """Of the sale event; empty for the unannounced room."""
    first: Sequence[str]
    """Who goes first, in this order; everybody else comes after them."""
    session: int
    """Seconds."""
    fails_open: bool
    draws: bool
    """Whether the first cohort is drawn by lot."""
    start: int
    """Seconds since the epoch: the beginning of the pre-queue."""
    until: int
    steps: Sequence[str]
    """The degradation ladder."""
    schedule: str
    """The document of `admission_rate.Schedule`."""


def document(rooms: Sequence[Room]) -> str:
    return json.dumps([asdict(room) for room in rooms], separators=(",", ":"))


def chosen(rooms: Sequence[Room], now: float) -> Room | None:
    """The room in force: that of an event, the unannounced one between events, or none."""
    due = [room for room in rooms if room.start <= now < room.until]
    return max(due, key=lambda room: room.start, default=None)


def active(now: float) -> Room | None:
    """The room in force by what was deployed."""
    return chosen(_rooms(), now)


@cache
def _rooms() -> tuple[Room, ...]:
    text = (Path(__file__).parent.parent / FILE).read_text(encoding="utf-8")
    return tuple(Room(**one) for one in json.loads(text))
