"""One pass of the waiting room's controller: from what it remembers and what has happened to whom it calls next.

Pure but for the table: no clock, no other service. `admission_rate` is the control law.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from functions import admission_rate as law
from functions.admission_table import GRACE, Table, shared_out
from functions.admission_token import Ticket

MAX_GAP: Final = 60.0
"""Seconds between two passes that are made up for; what a longer silence did not call is not called at once."""
MIN_CALM: Final = 300.0
"""Seconds without a hurt before a step of the ladder is taken back."""
_HISTORY: Final = 256


@dataclass(frozen=True, kw_only=True)
class Override:
    """What a person has ordered, with a reason. It only lowers what the proof carries."""

    rate: float | None = None
    """Customers/s at most; 0 lets nobody in."""
    steps: int | None = None
    """Steps of the ladder that are taken, whatever hurts."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What one pass leaves to the next."""

    at: float = 0.0
    """Seconds since the epoch; 0 before the first."""
    cohort: int = 0
    """That takes who joins now."""
    given: Sequence[int] = ()
    """By lane: places that are drawn."""
    called: Sequence[int] = ()
    """By lane: places that have been called: all below."""
    history: Sequence[Sequence[float]] = ()
    """`[time, called of each lane]`, oldest first, as far back as a place lapses."""
    came: int = 0
    due: float = 0.0
    """Fraction of a customer that is still to be called."""
    share: float = 1.0
    held: float = 0.0
    show: float = 1.0
    grown: float = 0.0
    inside: float = 0.0
    waiting_since: float = 0.0
    """0 while nobody waits."""
    level: int = 0
    """Steps of the degradation ladder that are taken."""
    hurt_at: float = 0.0
    lease: float = 0.0
    """Seconds since the epoch until which this may be relied on."""
    everybody: bool = False
    """Whether the schedule lets everybody in."""
    rate: float = field(default=0.0)
    """Customers/s that are let in now; told to those who wait."""

    def document(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, document: str, lanes: int) -> Memory:
        if not document:
            return cls(given=[0] * lanes, called=[0] * lanes)
        return cls(**json.loads(document))

    def is_called(self, lane: int, place: int) -> bool:
        return self.everybody or place < self.called[lane]

    def has_lapsed(self, lane: int, place: int, now: float) -> bool:
        """Whether a place was called more than `GRACE` ago."""
        index = bisect_right([row[0] for row in self.history], now - GRACE)
        return index > 0 and place < self.history[index - 1][1 + lane]


def lapsed(memory: Memory, table: Table, ticket: Ticket, now: float) -> bool:
    place = table.place(ticket)
    return place is not None and memory.has_lapsed(ticket.lane, place, now)


def run(
    memory: Memory,
    schedule: law.Schedule,
    table: Table,
    now: float,
    *,
    hurting: bool | None,
    seed: Callable[[int, int], bytes | None],
    ladder: int,
    override: Override,
    lease: float,
) -> Memory:
    """The memory after a pass. `hurting` is None where no new datapoint has come; `ladder` counts the steps there are.

    Cohorts are closed on the way, which a pass that comes to nothing leaves for the next one to find closed.
    """
    step, came = schedule.at(now), table.came()
    seconds = min(MAX_GAP, max(0.0, now - memory.at)) if memory.at else 0.0
    after = _drawn(memory, table, schedule.opening, now, seed)
    after = _felt(after, now, hurting, ladder, override)
    after = _counted(after, came, seconds, schedule)
    waiting = [given - called for given, called in zip(after.given, after.called, strict=True)]
    since = 0.0 if not sum(waiting) else after.waiting_since or now
    waited = now - since if since else 0.0
    grown = law.next_grown(after.grown, after.inside, waited, schedule.reaction, schedule.growth, seconds)
    if step.most < 0:
        return replace(
            after, at=now, called=list(after.given), everybody=True, grown=grown, waiting_since=0.0, lease=now + lease,
            history=_recorded(after.history, now, after.given), due=0.0,
        )  # fmt: skip
    wanted = law.target(step.standing, step.most, grown, after.share)
    # Some of those who were called have yet to come.
    expected = after.inside + max(0.0, after.show * sum(after.called) - came)
    cap = schedule.cap if override.rate is None else min(schedule.cap, override.rate)
    rate = law.rate(wanted, expected, schedule.visit, cap) if step.standing > 0 or step.most > 0 else 0.0
    due = after.due + law.called(rate, after.show) * seconds
    calls = shared_out(min(math.floor(due), sum(waiting)), waiting)
    called = [before + more for before, more in zip(after.called, calls, strict=True)]
    return replace(
        after, at=now, called=called, history=_recorded(after.history, now, called), everybody=False, grown=grown,
        # Who is not there to be called is not called later in a crowd.
        due=min(due - sum(calls), max(1.0, law.called(rate, after.show))), waiting_since=since, lease=now + lease,
        rate=rate,
    )  # fmt: skip


def _drawn(
    memory: Memory, table: Table, opening: float, now: float, seed: Callable[[int, int], bytes | None]
) -> Memory:
    """Close the cohort that takes who joins, once the sale has opened."""
    if now < opening:
        return memory
    given = []
    for lane, base in enumerate(memory.given):
        closed = table.close(lane, memory.cohort, base, seed(lane, memory.cohort), int(now))
        given.append(closed.base + closed.size)
    return replace(memory, given=given, cohort=memory.cohort + 1)


def _felt(memory: Memory, now: float, hurting: bool | None, ladder: int, override: Override) -> Memory:
    """The share and the ladder after a datapoint: a step down first, then fewer customers; back in the other order."""
    if override.steps is not None:
        memory = replace(memory, level=min(ladder, override.steps))
    if hurting is None:
        return memory
    hurt_at = now if hurting else memory.hurt_at
    if hurting and memory.level < ladder and override.steps is None and now >= memory.held:
        return replace(memory, level=memory.level + 1, held=now + law.SETTLE, hurt_at=hurt_at)
    share, held = law.next_share(memory.share, memory.held, now, hurting, 1.0)
    level = memory.level
    if not hurting and share >= 1.0 and level and override.steps is None and now - hurt_at >= MIN_CALM:
        level, hurt_at = level - 1, now
    return replace(memory, share=share, held=held, level=level, hurt_at=hurt_at)


def _counted(memory: Memory, came: int, seconds: float, schedule: law.Schedule) -> Memory:
    """Customers inside, and the part that comes of those who are called: visits end, lapsed calls were no-shows."""
    new = came - memory.came
    inside = memory.inside * math.exp(-seconds / schedule.visit) + new
    old = [row for row in memory.history if row[0] <= memory.at - GRACE]
    settled = sum(old[-1][1:]) if old else 0
    # What is called and has not lapsed may still come: the part is of those who had the whole time for it.
    show = law.next_show(memory.show, settled, came) if settled and seconds else memory.show
    return replace(memory, came=came, inside=inside, show=min(1.0, show))


def _recorded(history: Sequence[Sequence[float]], now: float, called: Sequence[int]) -> list[list[float]]:
    """The history with one more row, without what has lapsed but for the newest of it, and thinned to its length."""
    rows = [list(row) for row in history]
    lapsed_rows = bisect_right([row[0] for row in rows], now - GRACE)
    rows = [*rows[max(0, lapsed_rows - 1) :], [now, *called]]
    return rows if len(rows) <= _HISTORY else [rows[0], *rows[2:]]
