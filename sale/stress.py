"""At how many times the forecast the promise breaks: what the check and the simulation each say of it.

`sale.capacity_check.stress` finds it by formulas, `sale.simulation.stress.stress` by playing the event.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

MULTIPLES: Final = (1.0, 1.2, 1.5, 2.0)
"""Of the forecast, that are always shown."""
BEYOND: Final = (3.0, 5.0, 10.0)
"""Tried in this order where the last of `MULTIPLES` holds."""
STEP: Final = 0.05
"""To which the breaking point is found."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """The event at one multiple of its forecast."""

    multiple: float
    holds: bool
    weakest: str
    """The link that falls shortest, or is nearest to its limit."""
    use: float
    """Of that link's limit: 1.2 is a fifth more than it takes. Infinite where it has nothing at all."""
    detail: str
    """What is asked of the link and what it has, or what of the promise breaks."""
    setting: str
    """What moves the limit."""


@dataclass(frozen=True, kw_only=True)
class Stress:
    """The event at growing multiples of its forecast."""

    rungs: tuple[Rung, ...]
    """One for each of `MULTIPLES`."""
    breaking: Rung | None
    """The lowest multiple, to `STEP`, at which the promise breaks; None where it holds at every multiple tried."""
    holds_to: float
    """The highest multiple found at which it holds; 0 where none was."""

    @property
    def headline(self) -> str:
        """For example `breaks at x1.55 the forecast: ui; saleEvents[diwali].headroom moves it`."""
        if self.breaking is None:
            return f"holds at x{self.holds_to:g} the forecast, the most that was tried"
        breaking = self.breaking
        if self.holds_to <= 0:
            return f"breaks at every multiple of the forecast: {breaking.weakest}; {breaking.setting} moves it"
        return f"breaks at x{breaking.multiple:g} the forecast: {breaking.weakest}; {breaking.setting} moves it"


Look = Callable[[float], Rung]
"""The rung of one multiple."""


def climb(look: Look, workers: int = 1) -> Stress:
    """Every rung, and the breaking point. More demand is taken never to keep what less breaks.

    `workers` looks are made at one time.
    """
    with ThreadPoolExecutor(workers) as pool:
        rungs = tuple(pool.map(look, MULTIPLES))
    low, broken = 0.0, None
    for rung in rungs:
        if not rung.holds:
            broken = rung
            break
        low = rung.multiple
    for multiple in BEYOND if broken is None else ():
        rung = look(multiple)
        if not rung.holds:
            broken = rung
            break
        low = multiple
    while broken is not None and broken.multiple - low > STEP * 1.5:
        middle = look(round(round((low + broken.multiple) / 2 / STEP) * STEP, 4))
        if middle.holds:
            low = middle.multiple
        else:
            broken = middle
    return Stress(rungs=rungs, breaking=broken, holds_to=low)
