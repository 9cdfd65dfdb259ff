"""One station's second: what is worked off, refused or gives up of what is there, and how long it takes.

Between steady states a queue is followed by the pointwise stationary fluid flow: it works off what a steady queue does
that holds as many. Such a queue is idle now and then, however many wait on average; one that has just grown is not,
as its number is known better than that. `spread` is that knowledge: the variance of the number, which grows by arrivals
and departures and is at most a steady queue's (the second moment of Rothkopf and Oren's closure, A closure
approximation for the nonstationary M/M/s queue, 1979).
"""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.answer_time import Law, served_in, with_wait
from sale.simulation.arrays import Records
from sale.simulation.compiled import compiled
from sale.simulation.erlang import utilisation, wait_factor
from sale.simulation.waiting import limited

_ROUNDING: Final = 1e-9  # of sums of fractions
_RARE: Final = 1e-7  # share of customers who wait as long as they may that is not looked at
_CALM: Final = 0.6
"""How fast idleness goes with the excess of a steady queue's variance over the known one: for a queue that has grown
from nothing at full load, 0.75, and it idles 2 / pi of what a steady one does (reflected Brownian motion)."""
_NOISE: Final = 0.1  # excess that whole arrivals of a second make of a steady rate
_SETTLED: Final = 0.8  # share of a steady queue's variance from where its wait is one's own
_CLEAR: Final = 6.0  # mean waits within the limit from where the limit does not show in the wait's distribution


@compiled
def whole(value: float) -> int:
    """The whole part, of a number that may be a rounding error short of one."""
    return math.floor(value + _ROUNDING)


@compiled
def take_as(stations: Records, j: int, law: Law) -> None:
    """Set the distribution of a station's answer time."""
    station = stations[j]
    station.base, station.variance, station.third, station.late, station.pace = law
    station.mean = with_wait(law)[0]


@compiled
def work(stations: Records, j: int) -> None:
    """One station's second, its calls apart."""
    station = stations[j]
    arrived = station.arriving
    station.arriving = 0
    station.arrived = arrived
    station.gave_up = 0
    station.errors = 0
    own = station.service_seconds * station.slowness
    capacity = station.units * station.rate * station.factor
    if station.threads < math.inf:
        capacity = min(capacity, station.units * station.threads / max(station.holding, own, 1e-6))
    station.capacity = capacity
    refused = 0
    if station.hot > 0.0:
        refused = max(0, math.ceil(arrived * station.hot - station.hot_limit - _ROUNDING))
    present = station.present + arrived - refused
    station.refused = refused
    take_as(stations, j, served_in(own, station.service_cv))
    if station.waiting_room == 0.0:
        station.worked = min(present, whole(min(capacity, 1e15)))
        station.refused = refused + present - station.worked
    elif present == 0:
        station.worked = 0
        station.present = 0
        station.owed = 0.0
        station.delay = 0.0
    elif capacity <= 0.0:
        _stand_still(stations, j, present)
    else:
        _queue(stations, j, present, own)


@compiled
def _stand_still(stations: Records, j: int, present: int) -> None:
    """A second of a station that can do nothing: those who wait lose patience, or find no room."""
    station = stations[j]
    station.worked = 0
    station.delay = 0.0
    if station.patience < math.inf:
        station.gave_up = math.ceil(present / max(station.patience, 1.0))
        station.mean += station.patience
        station.base += station.patience
    present -= station.gave_up
    over = 0
    if station.waiting_room < math.inf:
        over = max(0, present - whole(station.waiting_room * station.units))
    station.refused += over
    station.present = present - over


@compiled
def _queue(stations: Records, j: int, present: int, own: float) -> None:
    """A second of a station where requests may wait: `present` are here or have come."""
    station = stations[j]
    capacity = station.capacity
    servers = max(1, math.floor(min(capacity * own, 1e12) + 0.5))
    number = max(0.0, present - station.owed - station.owed_lost)
    factor = wait_factor(servers, min(station.arrived / capacity, 1.0), station.service_cv)
    busy, delay = utilisation(servers, capacity, number, station.delay, factor)
    station.delay = delay
    lost, refuses = 0.0, False
    if delay > 0.0:
        room = station.waiting_room * station.units / capacity
        refuses = room < station.patience
        busy, lost = _wait(stations, j, number, servers, busy, factor, min(room, station.patience), refuses)
    done = capacity * busy + station.owed
    station.worked = min(present, whole(done))
    station.owed = min(max(done - station.worked, 0.0), 1.0)
    gone = lost + station.owed_lost
    number_gone = min(present - station.worked, whole(gone))
    station.owed_lost = min(max(gone - number_gone, 0.0), 1.0)
    if refuses:
        station.refused += number_gone
    else:
        station.gave_up = number_gone
    present -= station.worked + number_gone
    over = max(0, present - whole(min(station.waiting_room * station.units + servers, 1e15)))
    station.refused += over
    station.present = present - over


@compiled
def _wait(
    stations: Records, j: int, number: float, servers: int, busy: float, factor: float, limit: float, refuses: bool
) -> tuple[float, float]:
    """Set how long those wait who come in a second that begins with `number` customers. Returns the utilisation, and
    customers who leave unserved."""
    station = stations[j]
    capacity, delay = station.capacity, station.delay
    pace = capacity * (1.0 - busy) / factor
    late, lost = delay, 0.0
    waiting = delay * capacity * busy / pace
    wait = delay / pace
    second = 2.0 * wait / pace
    third = 3.0 * second / pace
    is_limited = limit < math.inf and delay * math.exp(-pace * limit) > _RARE
    if is_limited:
        rate, (lost, busy, waiting, wait, second, third) = limited(number, servers, capacity, limit, factor, refuses)
        pace = (capacity - rate) / factor
        late = min(1.0, wait * pace)
    steady = servers * busy + waiting * servers * (1.0 - busy)
    steady += capacity * capacity * (second - wait * wait) + capacity * wait
    station.spread = _spread(station.spread, station.arrived, capacity * busy, steady)
    idle = _idle(steady, station.spread)
    busy = 1.0 - (1.0 - busy) * idle
    base, variance, lopsided = station.base, station.variance, station.third
    if idle < 1.0:
        left = number - capacity * busy - lost - servers * busy
        wait = min(max(left, 1e-9) / (capacity * busy), limit)
    if station.spread < _SETTLED * steady:
        square = min(station.spread / (capacity * capacity), wait * wait, (0.4 * (limit - wait)) ** 2)
        take_as(stations, j, (base + wait, variance + square, lopsided + 2.0 * square * square / wait, 0.0, 1.0))
    elif is_limited and pace * limit < _CLEAR:
        variance += second - wait * wait
        lopsided += third - 3.0 * wait * second + 2.0 * wait**3
        take_as(stations, j, (base + wait, variance, lopsided, 0.0, 1.0))
    else:
        take_as(stations, j, (base, variance, lopsided, late, late / wait))
    return busy, lost


@compiled
def _idle(steady: float, spread: float) -> float:
    """Idleness of a queue whose number has this variance, as a share of a steady one's."""
    excess = steady / spread - 1.0 - _NOISE
    return math.exp(-_CALM * excess) if excess > 0.0 else 1.0


@compiled
def _spread(before: float, arrived: float, worked: float, steady: float) -> float:
    """The variance of the number after a second."""
    if before + arrived - worked >= steady:
        return steady
    low, high = 0.0, steady
    for _ in range(30):
        middle = 0.5 * (low + high)
        if middle - before - arrived - worked + 2.0 * worked * _idle(steady, middle) < 0.0:
            low = middle
        else:
            high = middle
        if high - low < 1e-3 * steady:
            break
    return high
