"""The span of time that is played for an event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from specs.sale import SaleEvent

BEFORE: Final = 7200.0  # seconds before the opening in which scaling and caches settle


@dataclass(frozen=True, kw_only=True)
class Window:
    """What is played: from `start`, seconds since the epoch."""

    start: float
    seconds: int

    @property
    def end(self) -> float:
        return self.start + self.seconds


def window(event: SaleEvent, before: float = BEFORE, longest: float = math.inf) -> Window:
    """All of an event: from a while before its opening until its way back is done, `longest` seconds at most."""
    start = math.floor(event.start.timestamp() - before)
    return Window(start=start, seconds=math.ceil(min(event.over.timestamp() - start, longest)))
