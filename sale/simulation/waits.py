"""What the customers of a waiting room met: how long they waited, who came, and who had which chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sale.simulation.gate import ARRIVED, BOTS, CALLED, CAME, IDENTITIES, INSIDE, LATE, WAITING, Counts, Gate
from sale.simulation.result import Result

FIRST_SHARE: Final = 0.1
"""Of those who come before the opening: who comes first, and the places that are called first."""
HOUR: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Seconds that called customers have waited; 0 where none was called."""

    median: float
    p90: float
    longest: float


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """Share that one group holds of the first tenth of the places, by how these are given."""

    fifo: float
    """By arrival."""
    lottery: float
    """By the draw, among all who came before the opening."""


@dataclass(frozen=True, kw_only=True)
class Waits:
    """A waiting room's customers, bots among them. All come to: still waiting, inside, left, gone or yet to come."""

    arrived: int
    came: int
    """At once when they were called."""
    late: int
    """Later than called."""
    coming: int
    """Called, and yet to come later."""
    gone: int
    """Called, and never came."""
    waiting: int
    """At the end."""
    inside: int
    """At the end."""
    left: int
    """After their visit."""
    most_waiting: int
    before: Wait
    """Of those who came before the opening, from the opening on: a draw or their arrival decides who of them waits how
    long, not how long they all do."""
    after: Wait
    """Of those who came in the first hour after it, from their arrival on."""
    early: Fairness
    """Of the first tenth who came."""
    bots: Fairness
    """Of bots who come first of all, where each takes several places."""
    lonely_bots: float
    """The same by the draw where each has one place: signed in, or past a challenge."""

    @property
    def unaccounted(self) -> int:
        """0 where nobody was created or lost by the arithmetic."""
        called = self.came + self.late + self.coming + self.gone
        passed = self.came + self.late
        return abs(self.arrived - called - self.waiting) + abs(passed - self.inside - self.left)


def waits(result: Result, opening: int) -> Waits:
    """The waits of a play with a room; `opening` is the second of the play in which the sale opens."""
    gate = result.gate
    assert len(gate.series) > opening, "a play with a waiting room"
    state, series = gate.state[0], gate.series
    arrived, called = np.cumsum(series[:, ARRIVED]), np.cumsum(series[:, CALLED])
    closed = int(np.argmax(gate.most >= 0)) if (gate.most >= 0).any() else opening
    before = int(arrived[closed - 1]) if closed else 0
    present = int(arrived[opening])
    end = int(called[-1])
    hour = min(int(arrived[min(opening + HOUR, len(arrived) - 1)]), end)
    return Waits(
        arrived=int(arrived[-1]),
        came=int(series[:, CAME].sum()),
        late=int(series[:, LATE].sum()),
        coming=int(gate.late.sum()),
        gone=int(state["gone"]),
        waiting=int(state["waiting"]),
        inside=int(state["inside"]),
        left=int(state["left"]),
        most_waiting=int(series[:, WAITING].max()),
        before=_wait(arrived, called, before, min(present, end), opening),
        after=_wait(arrived, called, present, hour, 0),
        early=_fairness(FIRST_SHARE),
        bots=_fairness(BOTS * IDENTITIES / (1 + BOTS * IDENTITIES)),
        lonely_bots=BOTS / (1 + BOTS),
    )


def _wait(arrived: Counts, called: Counts, first: int, last: int, since: int) -> Wait:
    """Of the places from `first` to before `last`, in the order in which they are called."""
    if last <= first:
        return Wait(median=0.0, p90=0.0, longest=0.0)
    places = np.linspace(first + 1, last, min(last - first, 5000)).astype(np.int64)
    waited = np.searchsorted(called, places) - np.maximum(np.searchsorted(arrived, places), since)
    median, p90 = np.quantile(waited, (0.5, 0.9))
    return Wait(median=float(median), p90=float(p90), longest=float(waited.max()))


def _fairness(share: float) -> Fairness:
    """Of a group that comes before all others."""
    return Fairness(fifo=min(1.0, share / FIRST_SHARE), lottery=share)


def minutes_of(gate: Gate) -> tuple[Counts, Counts]:
    """Customers who wait and who are inside, at the end of each minute."""
    return gate.series[59::60, WAITING], gate.series[59::60, INSIDE]
