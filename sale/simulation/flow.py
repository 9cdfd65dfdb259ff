"""How requests move from station to station within a second: arriving, making calls, failing where calls fail."""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.answer_time import then
from sale.simulation.arrays import Records
from sale.simulation.compiled import compiled
from sale.simulation.station import take_as, whole, work

_FLOW_MEMORY: Final = 0.9  # how much of a call's past rate counts when failures are shared out to callers


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
            share = left * station.share + station.owed_share
            number = min(rest, whole(share))
            station.owed_share = min(max(share - number, 0.0), 1.0)
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
def serve(world: Records, stations: Records, calls: Records) -> int:
    """Every service and store works for a second. Returns the messages that stores have taken from queues."""
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
        _call(stations, calls, j)
    pulled = 0
    for j in range(w.stores, len(stations)):
        station = stations[j]
        if station.pulls >= 0:
            queue = stations[station.pulls]
            number = min(queue.messages, whole(station.units * station.rate * station.factor))
            queue.messages -= number
            station.arriving += number
            pulled += number
        work(stations, j)
        if station.is_queue == 1:
            station.messages += station.worked
        _call(stations, calls, j)
    return pulled


@compiled
def _call(stations: Records, calls: Records, j: int) -> None:
    """What a station's finished requests ask of others, this second; of stations before it, the next."""
    worked = stations[j].worked
    for number in range(stations[j].first_call, stations[j].last_call):
        call = calls[number]
        visits = call.per_request * (1.0 - call.hit_share * call.warmth)
        if visits > 1.0 and call.failing > 0.0:  # a request makes no call after one that has failed
            visits = (1.0 - (1.0 - call.failing) ** visits) / call.failing
        asked = worked * visits + call.owed
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
        law = station.base, station.variance, station.third, station.late, station.pace
        held = station.service_seconds * station.slowness
        for number in range(station.first_call, station.last_call):
            call = calls[number]
            target = stations[call.target]
            per_request = call.per_request * (1.0 - call.hit_share * call.warmth)
            held += per_request * target.mean
            asked = target.base, target.variance, target.third, target.late, target.pace
            law = then(law, asked, per_request)
            failures = target.refused + target.gave_up + target.errors
            call.failing = 0.0
            if failures > 0 and target.inflow > 0.0:
                call.failing = failures / (target.worked + target.refused + target.gave_up)
                failed = failures * call.flow / target.inflow
                intact *= 1.0 - min(1.0, failed / worked if worked > 0 else 1.0)
                overflow = max(overflow, failed - worked)
        take_as(stations, w.first + k, law)
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
