"""One thing to do before a stack is destroyed, and doing it to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devtools.console import Heartbeat

POLL: Final = 10.0  # seconds between two looks
LONGEST: Final = 3600.0  # seconds: a stopped cluster is up within half an hour


class Stuck(Exception):
    """A step that does not end: one line."""


@dataclass(frozen=True, kw_only=True)
class TeardownStep:
    what: str
    """Action and resource."""
    why: str
    """Reason why `pulumi destroy` would fail without it."""
    advance: Callable[[], bool]
    """Does the next part; returns True when finished. Called again until then."""


def carry_out(
    step: TeardownStep, tell: Callable[[str], None], *, poll: float | None = None, longest: float = LONGEST
) -> None:
    """Does a step and waits for its end. Raises Stuck."""
    deadline = time.monotonic() + longest
    with Heartbeat(step.what, lambda: "AWS is at it", tell=tell):
        while not step.advance():
            if time.monotonic() >= deadline:
                raise Stuck(f"{step.what}: not done after {longest / 60:g} minutes; look at it in the console")
            time.sleep(POLL if poll is None else poll)
