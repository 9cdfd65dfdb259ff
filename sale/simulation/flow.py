"""How requests move through the stations within a second: arriving, worked off, refused, giving up, failing."""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.arrays import Records
from sale.simulation.compiled import compiled
from sale.simulation.erlang import utilisation

_FLOW_MEMORY: Final = 0.9  # how much of a call's past rate counts when failures are shared out to callers
_CERTAIN: Final = 3.0  # standard deviations of a second's work
_ROUNDING: Final = 1e-9  # of sums of fractions


@compiled
def whole(value: float) -> int:
    """The whole part, of a number that may be a rounding error short of one."""
    return math.floor(value + _ROUNDING)


@compiled
def split(part: int, of_outside: int, of_all: int) -> int:
    """How many of `part` came from outside, where `of_outside` of `of_all` did: never more than there are of a kind."""
    if part == 0 or of_outside == of_all:
        return part
    share = math.floor(part * (of_outside / of_all) + 0.5)
    return min(max(share, part - (of_all - of_outside)), min(part, of_outside))


@compiled
def enter(world: Records, stations: Records, offered: int) -> tuple[int, int]:
    """Take a second's attempts through the entrances to the services: refused on the way, answered by the edge."""
    w = world[0]
    refused, hits, left = 0, 0, offered
    for j in range(w.first):
        if j == w.edge:
            hits = _hits(world, left)
            left -= hits
        stations[j].arriving = left
        work(stations, j)
        refused += stations[j].refused
        left = stations[j].worked
    if w.edge == w.first:
        hits = _hits(world, left)
        left -= hits
    last = w.first
    rest = left
    for j in range(w.first, w.stores):
        station = stations[j]
        station.arriving_outside = 0
        if station.share > 0.0:
            share = left * station.share + station.share_owed
            number = min(rest, whole(share))
            station.share_owed = min(max(share - number, 0.0), 1.0)
            station.arriving_outside = number
            rest -= number
            last = j
    stations[last].arriving_outside += rest
    for j in range(w.first, w.stores):
        stations[j].arriving += stations[j].arriving_outside
    return refused, hits


@compiled
def _hits(world: Records, passing: int) -> int:
    w = world[0]
    share = passing * w.edge_hits * w.edge_warmth + w.owed_hits
    w.edge_warmth += (1.0 - w.edge_warmth) / w.edge_warm_seconds
    hits = min(passing, whole(share))
    w.owed_hits = min(max(share - hits, 0.0), 1.0)
    return hits


@compiled
def serve(world: Records, stations: Records, services: Records, calls: Records) -> None:
    """Every service and store works for a second."""
    w = world[0]
    for j in range(w.first, w.stores):
        station = stations[j]
        present, outside = station.present, station.outside + station.arriving_outside
        work(stations, j)
        everything = present + station.arrived
        failed = station.refused + station.gave_up
        if outside > 0:
            station.outside_done = split(station.worked, outside, everything)
            left = outside - station.outside_done
            station.outside_failed = split(failed, left, everything - station.worked)
            station.outside = left - station.outside_failed
        else:
            station.outside_done = 0
            station.outside_failed = 0
        _call(stations, calls, j, station.worked + services[j - w.first].pulled)
    for j in range(w.stores, len(stations)):
        work(stations, j)
        if stations[j].is_queue == 1:
            stations[j].messages += stations[j].worked


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
    if station.waiting_room == 0.0:
        worked = min(present, whole(min(capacity, 1e15)))
        station.worked = worked
        station.refused = refused + present - worked
        station.mean = own
        station.variance = own * own
        return
    if present == 0:
        station.worked = 0
        station.refused = refused
        station.present = 0
        station.owed = 0.0
        station.delay = 0.0
        station.mean = own
        station.variance = own * own
        return
    station.refused = refused
    _queue(stations, j, present, own)


@compiled
def _queue(stations: Records, j: int, present: int, own: float) -> None:
    """A second of a station where requests may wait: `present` are here or have come."""
    station = stations[j]
    capacity, patience = station.capacity, station.patience
    servers = max(1, math.floor(min(capacity * own, 1e12) + 0.5))
    busy, delay, worked = 0.0, 0.0, 0
    if capacity > 0.0:
        if station.arrived >= capacity and present - servers - capacity > _CERTAIN * math.sqrt(capacity):
            busy, delay = 1.0, 1.0  # a queue that grows leaves nobody idle, however short it is kept
        else:
            busy, delay = utilisation(servers, capacity, max(0.0, present - station.owed), station.delay)
        done = capacity * busy + station.owed
        worked = min(present, whole(done))
        station.owed = min(max(done - worked, 0.0), 1.0)
    station.worked = worked
    station.delay = delay
    present -= worked
    waiting = max(0.0, present - servers * busy)
    gave_up = 0
    if waiting > 0.0 and patience < math.inf:
        if capacity > 0.0:
            gave_up = max(0, int(waiting - patience * capacity))
        else:
            gave_up = min(math.ceil(waiting / max(patience, 1.0)), int(waiting))
        present -= gave_up
    most = station.waiting_room * station.units + (servers if capacity > 0.0 else 0)
    over = present - int(most) if present > most else 0
    present -= over
    station.refused += over
    station.gave_up = gave_up
    station.present = present
    if capacity <= 0.0:
        station.mean = own + (patience if patience < math.inf else 0.0)
        station.variance = own * own
        return
    wait = max(0.0, present - servers * busy) / capacity
    if busy < 1.0 and gave_up + over == 0:  # else the queue has been cut short since
        wait = delay / (capacity * (1.0 - busy))
    wait = min(wait, patience)
    station.mean = own + wait
    station.variance = own * own + _spread(wait, delay, capacity - station.arrived, capacity)


@compiled
def _spread(wait: float, delay: float, spare: float, capacity: float) -> float:
    """Variance of the wait. In a steady state those who wait do so for an exponential time with rate `spare`; what is
    left of an earlier rush is waited for by everyone, for about as long."""
    if delay <= 0.0:
        return 0.0
    if spare <= 0.0:
        return min(wait * wait, 2.0 * wait / capacity)
    return delay * (2.0 - delay) * min(1.0 / spare, wait / delay) ** 2


@compiled
def _call(stations: Records, calls: Records, j: int, worked: int) -> None:
    """What a station's finished requests ask of others, this second; of stations before it, the next."""
    for number in range(stations[j].first_call, stations[j].last_call):
        call = calls[number]
        asked = worked * call.per_request * (1.0 - call.hit_share * call.warmth) + call.owed
        made = whole(asked)
        call.owed = max(asked - made, 0.0)
        call.warmth += (1.0 - call.warmth) / call.warm_seconds
        call.flow = _FLOW_MEMORY * call.flow + (1.0 - _FLOW_MEMORY) * made
        stations[call.target].arriving += made


@compiled
def go_back(world: Records, stations: Records, services: Records, calls: Records) -> None:
    """Failures and answer times, from the stores up to the services that customers reach."""
    w = world[0]
    for j in range(w.first, len(stations)):
        stations[j].inflow = 0.0
    for call in calls:
        stations[call.target].inflow += call.flow
    for k in range(len(services) - 1, -1, -1):
        station = stations[w.first + k]
        worked = station.worked
        intact, overflow = 1.0, 0.0
        held = station.service_seconds * station.slowness
        for number in range(station.first_call, station.last_call):
            call = calls[number]
            target = stations[call.target]
            per_request = call.per_request * (1.0 - call.hit_share * call.warmth)
            held += per_request * target.mean
            station.mean += per_request * target.mean
            station.variance += per_request * target.variance
            failures = target.refused + target.gave_up + target.errors
            if failures > 0 and target.inflow > 0.0:
                failed = failures * call.flow / target.inflow
                failed *= worked / max(1, worked + services[k].pulled)  # the rest are messages, which come again
                if per_request > 1.0:  # several calls of one request that fail are one failed request
                    ratio = failures / (target.worked + target.refused + target.gave_up)
                    failed *= (1.0 - (1.0 - min(1.0, ratio)) ** per_request) / (per_request * ratio)
                intact *= 1.0 - min(1.0, failed / worked if worked > 0 else 1.0)
                overflow = max(overflow, failed - worked)
        station.holding = held
        debt = station.error_debt + worked * (1.0 - intact)
        station.errors = min(worked, whole(debt))
        station.error_debt = max(0.0, debt - station.errors) + max(0.0, overflow)


@compiled
def pull(world: Records, stations: Records, services: Records) -> int:
    """Services work on messages with what their requests leave over. Returns how many were worked off."""
    first = world[0].first
    total = 0
    for k in range(len(services)):
        service = services[k]
        if service.queue >= 0:
            station, queue = stations[first + k], stations[service.queue]
            spare = max(0.0, station.capacity - station.worked) * service.queue_share
            number = min(queue.messages, int(min(spare, 1e15)))
            queue.messages -= number
            service.pulled = number
            total += number
    return total
