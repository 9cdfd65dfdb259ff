"""A waiting room before the shop: what it is given, and its state as arrays that compiled code reads and writes.

Customers come as the demand has it: as many as keep its requests coming, each making `visit_requests` over
`visit_seconds` (Little's law). With a room they wait in the order of their arrival until they are called; some do not
come, of whom some come later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.admission_rate import OPEN, PROPAGATION, Schedule

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

NO_SHOW: Final = 0.1
"""Share of called customers who waited and do not come at once, however short the wait; an estimate."""
RETURNING: Final = 0.3
"""Share of those who do not come who do so later; an estimate."""
RETURN_SECONDS: Final = 300
"""Until then; an estimate."""
PATIENCE: Final = 1800.0
"""Seconds after which all but one in e of those who wait have turned away; an estimate, for a page that tells how long
it takes and that one may leave and come back."""
BOTS: Final = 0.01
"""Bots for each customer; an estimate."""
IDENTITIES: Final = 5
"""Places that a bot takes where one customer has one place by device alone; an estimate."""

PASS: Final = 10
"""Seconds between two passes of the controller: EventBridge Scheduler starts it every minute, for six of them."""

# Columns of the series, one row a second: customers who arrived, were called, came at once, came later, were inside
# and waited.
ARRIVED, CALLED, CAME, LATE, INSIDE, WAITING = range(6)
COLUMNS: Final = 6
# Columns of the controller's series, one row a minute: its share, the part of the called who come, those inside for
# whom autoscaling has made room.
SHARE, SHOW, GROWN = range(3)
CONTROL_COLUMNS: Final = 3

_F, _I = np.float64, np.int64
GATE: Final = np.dtype(
    [
        ("enabled", _I),
        ("typed", _F),  # customers/s called for whatever stands; below 0: as the schedule has it
        ("visit_requests", _F),
        ("visit_seconds", _F),
        ("visit", _F),  # seconds that the controller takes a visit to last
        ("cap", _F),
        ("reaction", _F),
        ("growth", _F),
        ("requests", _F),  # a second, of one customer inside, beyond the edge, as published
        ("free_share", _F),
        ("no_show", _F),
        ("returning", _F),
        ("return_seconds", _I),
        ("patience", _F),
        ("most", _F),  # share that feedback may raise to; below 0: no feedback
        ("compensates", _I),
        ("max_errors", _F),
        ("max_p99", _F),
        ("max_age", _F),
        ("max_missing", _F),
        # Customers.
        ("waiting", _I),
        ("head", _I),  # second in which the first of those who wait arrived
        ("inside", _I),
        ("gone", _I),
        ("left", _I),
        # The controller.
        ("share", _F),
        ("show", _F),
        ("grown", _F),
        ("weight", _F),
        ("held_until", _F),
        ("waited", _F),
        ("estimate", _F),  # of those inside
        # Of the running pass and minute, and whether the minute before hurt.
        ("passed", _I),
        ("asked", _I),
        ("beyond", _I),
        ("inside_seconds", _F),
        ("failed", _I),
        ("p99", _F),
        ("called", _I),
        ("came", _I),
        ("hurting", _I),
        ("beyond_before", _F),
        ("expected_before", _F),
        # Fractions that are carried to the next second.
        ("owed_arrivals", _F),
        ("owed_calls", _F),
        ("owed_came", _F),
        ("owed_late", _F),
        ("owed_left", _F),
    ]
)


@dataclass(frozen=True, kw_only=True)
class Admission:
    """A waiting room that is played."""

    schedule: Schedule
    """What the stack has published."""
    start: float
    """Seconds since the epoch of the play's first second."""
    visit_requests: float
    """Requests of a visit."""
    visit_seconds: float
    """How long it really lasts; the controller knows the schedule's."""
    free_share: float = 0.0
    """Share of the requests that the room does not hold back."""
    typed: float | None = None
    """Customers/s that somebody has typed, in place of what stands."""
    feedback: bool = True
    """Whether signals move anything."""
    most: float = 1.0
    """Share to which feedback may raise; infinite for a loop that has no proof to stop at."""
    compensates: bool = True
    """Whether more are called for those who do not come."""
    no_show: float = NO_SHOW
    returning: float = RETURNING
    return_seconds: int = RETURN_SECONDS
    patience: float = PATIENCE


class Gate(NamedTuple):
    """Arguments of a play, one record and rows by second; rows are none without a room."""

    state: Any
    standing: Numbers
    """Customers inside by what stands."""
    most: Numbers
    """By maxima and quotas; below 0: everybody is let in."""
    arrivals: Numbers
    """Customers, fractions included."""
    order_share: Numbers
    """Orders for each request of those inside."""
    places: Counts
    """By second of arrival: those who still wait."""
    late: Counts
    """By second, a ring: those who will come later than called."""
    calls: Numbers
    """By second, a ring: customers/s to call, as far as the controller has written and the edge will know."""
    series: Counts
    """By second and column."""
    control: Numbers
    """By minute and column."""


def packed(given: Admission | None, requests: Numbers, orders: Numbers) -> Gate:
    """Arrays of a room, fresh for one play."""
    state: Any = np.zeros(1, GATE)
    seconds = 0 if given is None else len(requests)
    standing, most = np.zeros(seconds), np.zeros(seconds)
    if given is not None:
        for name, value in _fields(given).items():
            state[name] = value
        since = np.array([one.since for one in given.schedule.steps])
        steps = [OPEN, *given.schedule.steps]
        places = np.searchsorted(since, given.start + np.arange(seconds), side="right")
        standing = np.array([one.standing for one in steps])[places]
        most = np.array([one.most for one in steps])[places]
    ratio = np.divide(orders, requests, out=np.zeros(len(requests)), where=requests > 0)
    return Gate(
        state=state,
        standing=standing,
        most=most,
        arrivals=np.zeros(0) if given is None else arrivals(given, requests),
        order_share=ratio,
        places=np.zeros(seconds, np.int64),
        late=np.zeros(1 if given is None else given.return_seconds + 1, np.int64),
        calls=np.zeros(int(PROPAGATION) + PASS),
        series=np.zeros((seconds, COLUMNS), np.int64),
        control=np.zeros((-(-seconds // 60), CONTROL_COLUMNS)),
    )


def _fields(given: Admission) -> dict[str, float]:
    told = given.schedule
    errors, p99, age, missing = told.limits
    same = ("visit_requests", "visit_seconds", "free_share", "no_show", "returning", "return_seconds", "patience")
    return {
        **{name: getattr(given, name) for name in (*same, "compensates")},
        **{name: getattr(told, name) for name in ("visit", "cap", "reaction", "growth", "requests")},
        "enabled": 1,
        "typed": -1.0 if given.typed is None else given.typed,
        "most": given.most if given.feedback else -1.0,
        "max_errors": errors,
        "max_p99": p99,
        "max_age": age,
        "max_missing": missing,
        "share": 1.0,
        "show": 1.0,
        "weight": 1.0,
    }


def arrivals(given: Admission, requests: Numbers) -> Numbers:
    """Customers who come in each second, so that without a room they would make these requests.

    Where demand falls faster than visits end, nobody comes, and somewhat more is asked for than the demand has.
    """
    stay = 1.0 - 1.0 / given.visit_seconds
    gated = requests * (1.0 - given.free_share)
    with np.errstate(divide="ignore"):
        wanted = np.log(gated * given.visit_seconds / given.visit_requests) - np.arange(len(requests)) * math.log(stay)
    inside = np.exp(np.maximum.accumulate(wanted) + np.arange(len(requests)) * math.log(stay))
    come = inside - stay * np.concatenate([[0.0], inside[:-1]])
    return np.maximum(come, 0.0)
