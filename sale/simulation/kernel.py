"""The second-by-second play of a model, compiled.

Every second: what is due happens; tasks start; customers arrive, first attempts and retries; each station works off
what its capacity allows; failures and answer times go back up the calls; customers whose attempt failed try again or
are lost; alarms look at the metrics that CloudWatch has by now.

Customers, messages and orders are whole numbers, fractions of rates are carried to the next second: nothing is created
or lost by rounding, so every arrival is found again as served, queued, refused or lost.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from sale.simulation.admit import admit, watch
from sale.simulation.answers import BINS, MINUTE, close, count
from sale.simulation.arrays import Floats, Ints, Packed, Records, Singles
from sale.simulation.compiled import compiled, entry, twin
from sale.simulation.flow import enter, go_back, pull, serve, split
from sale.simulation.gate import Gate
from sale.simulation.station import whole
from sale.simulation.tasks import METRICS, MINUTES_REMEMBERED, POINTS, grow, happen, launch, observe

_SATURATED: Final = 0.995  # utilisation from where a second counts as saturated

NO_CAPACITY: Final = 1e6
"""Load of a station to which something comes while it can do nothing."""

# Columns of the stations' series, one row a bucket and station: sums over the bucket, but for the highest present, load
# and p99.
ARRIVED, WORKED, FAILED, REFUSED, GAVE_UP, PRESENT, UNITS, CAPACITY, LOAD, RESPONSE, WORST = range(11)
STATION_COLUMNS: Final = 11
# Columns of the customers' series: sums over the bucket, but for the highest waiting, starting tasks and vCPUs.
NEW, RETRIED, SERVED, AT_EDGE, LOST, WAITING, ORDERS, PLACED, ORDERS_LOST, LAUNCHED, STARTING, VCPU = range(12)
CUSTOMER_COLUMNS: Final = 12
# Columns of a station's peaks.
MAX_LOAD, SATURATED_SECONDS, MAX_UNITS, UNIT_SECONDS, FIRST_SATURATED = range(5)
PEAK_COLUMNS: Final = 5
# Columns of a station's totals.
TOTAL_ARRIVED, TOTAL_WORKED, TOTAL_FAILED, TOTAL_REFUSED, TOTAL_GAVE_UP, STILL_PRESENT = range(6)
TOTAL_COLUMNS: Final = 6
# The sums of a whole play: customers, orders, messages, and seconds in which tasks could not be launched.
(
    SUM_NEW,
    SUM_RETRIED,
    SUM_SERVED,
    SUM_AT_EDGE,
    SUM_LOST,
    SUM_IN_FLIGHT,
    SUM_RETRIES_PENDING,
    SUM_ORDERS,
    SUM_PLACED,
    SUM_ORDERS_LOST,
    SUM_ORDER_RETRIES_PENDING,
    SUM_SENT,
    SUM_PULLED,
    SUM_MESSAGES,
    SUM_SECONDS_WAITING_FOR_TASKS,
) = range(15)
SUMS: Final = 15


class Played(NamedTuple):
    """What has been recorded."""

    stations: Floats
    """By bucket, station and column."""
    customers: Floats
    """By bucket and column."""
    peaks: Floats
    """By station and column."""
    latencies: Floats
    """By service and bin: requests answered."""
    totals: Ints
    """By station and column."""
    sums: Ints
    sums_by_minute: Ints
    """By minute and number of a sum: the sums as they stood at the minute's end."""
    answers_by_minute: Singles
    """By minute and bin: requests answered by the services that customers reach."""


@compiled
def _record(world: Records, stations: Records, services: Records, played: Played, bucket: int, second: int) -> None:
    """A second of all stations."""
    w = world[0]
    for j in range(len(stations)):
        station = stations[j]
        load = 0.0
        if station.arrived > 0:
            load = min(station.arrived / station.capacity, NO_CAPACITY) if station.capacity > 0.0 else NO_CAPACITY
        row = played.stations[bucket, j]
        row[ARRIVED] += station.arrived
        row[WORKED] += station.worked
        row[FAILED] += station.errors
        row[REFUSED] += station.refused
        row[GAVE_UP] += station.gave_up
        row[PRESENT] = max(row[PRESENT], station.present + station.messages)
        row[UNITS] += station.units
        row[CAPACITY] += min(station.capacity, 1e15)
        row[LOAD] = max(row[LOAD], load)
        row[RESPONSE] += (station.worked - station.errors) * station.mean
        totals = played.totals[j]
        totals[TOTAL_ARRIVED] += station.arrived
        totals[TOTAL_WORKED] += station.worked
        totals[TOTAL_FAILED] += station.errors
        totals[TOTAL_REFUSED] += station.refused
        totals[TOTAL_GAVE_UP] += station.gave_up
        peaks = played.peaks[j]
        peaks[MAX_LOAD] = max(peaks[MAX_LOAD], load)
        peaks[MAX_UNITS] = max(peaks[MAX_UNITS], station.units)
        peaks[UNIT_SECONDS] += station.units
        full = station.worked > 0 and station.worked >= _SATURATED * station.capacity
        if full or station.refused + station.gave_up > 0:
            peaks[SATURATED_SECONDS] += 1.0
            if peaks[FIRST_SATURATED] < 0.0:
                peaks[FIRST_SATURATED] = second
        worst = station.mean
        if w.first <= j < w.stores:
            k = j - w.first
            peaks[UNIT_SECONDS] += services[k].starting
            worst = count(stations, services, played.latencies, played.answers_by_minute, w.first, k, second)
        row[WORST] = max(row[WORST], worst)


@compiled
def _order(
    world: Records, stations: Records, retries: Ints, wanted: float, second: int, sums: Ints, row: Floats
) -> None:
    """Orders are placed where every station on their path did its work."""
    w = world[0]
    share = wanted + w.owed_orders
    asked = whole(share)
    w.owed_orders = max(share - asked, 0.0)
    slot = second % len(retries)
    attempts = asked + retries[slot]
    retries[slot] = 0
    intact = 1.0
    for j in range(len(stations)):
        station = stations[j]
        failures = station.refused + station.gave_up
        if failures > 0 and (j < w.first or station.on_order_path == 1):
            intact *= 1.0 - failures / (failures + station.worked)
    broken = attempts * (1.0 - intact) + w.owed_failures
    failed = min(attempts, whole(broken))
    w.owed_failures = min(max(broken - failed, 0.0), 1.0)
    again = _tries_again(failed, w.retry_share, w.owed_order_retries)
    w.owed_order_retries = min(max(failed * w.retry_share + w.owed_order_retries - again, 0.0), 1.0)
    retries[(second + w.retry_seconds) % len(retries)] += again
    for station in stations:
        if station.per_order > 0.0:  # arrive in the next second
            messages = (attempts - failed) * station.per_order + station.owed_messages
            sent = whole(messages)
            station.owed_messages = max(messages - sent, 0.0)
            station.arriving += sent
    sums[SUM_ORDERS] += asked
    sums[SUM_PLACED] += attempts - failed
    sums[SUM_ORDERS_LOST] += failed - again
    row[ORDERS] += asked
    row[PLACED] += attempts - failed
    row[ORDERS_LOST] += failed - again


@compiled
def _tries_again(failed: int, share: float, owed: float) -> int:
    return min(failed, whole(failed * share + owed))


@compiled
def _answer_customers(
    world: Records, stations: Records, retries: Ints, refused: int, hits: int, second: int, sums: Ints, row: Floats
) -> int:
    """Who was served in this second, who tries again and who is lost. Returns the failed attempts."""
    w = world[0]
    failed, served, in_flight = refused, hits, 0
    for j in range(w.first, w.stores):
        station = stations[j]
        in_flight += station.outside
        if station.outside_done + station.outside_failed > 0:
            errors = split(station.errors, station.outside_done, station.worked)
            failed += station.outside_failed + errors
            served += station.outside_done - errors
    again = _tries_again(failed, w.retry_share, w.owed_retries)
    w.owed_retries = min(max(failed * w.retry_share + w.owed_retries - again, 0.0), 1.0)
    retries[(second + w.retry_seconds) % len(retries)] += again
    sums[SUM_SERVED] += served
    sums[SUM_AT_EDGE] += hits
    sums[SUM_LOST] += failed - again
    sums[SUM_IN_FLIGHT] = in_flight
    row[SERVED] += served
    row[AT_EDGE] += hits
    row[LOST] += failed - again
    row[WAITING] = max(row[WAITING], in_flight)
    return failed


class Memory(NamedTuple):
    """What a play remembers beside the records."""

    starting: Ints
    """By service and second in which they are healthy, a ring: tasks that start."""
    remembered: Floats
    """By station and minute, a ring: the highest load."""
    running: Floats
    """By service and metric: sums of the datapoint that is being made."""
    points: Floats
    """By service, metric and datapoint, a ring."""
    retries: Ints
    """By second, a ring: attempts that will be made again."""
    order_retries: Ints


def play(packed: Packed, resolution: int) -> Played:
    """Play a model (`arrays.pack`), which is used up; series are kept for every `resolution` seconds."""
    seconds, stations, services = len(packed.requests), len(packed.stations), len(packed.services)
    buckets, minutes = -(-seconds // resolution), -(-seconds // MINUTE)
    played = Played(
        stations=np.zeros((buckets, stations, STATION_COLUMNS)),
        customers=np.zeros((buckets, CUSTOMER_COLUMNS)),
        peaks=np.zeros((stations, PEAK_COLUMNS)),
        latencies=np.zeros((services, BINS)),
        totals=np.zeros((stations, TOTAL_COLUMNS), np.int64),
        sums=np.zeros(SUMS, np.int64),
        sums_by_minute=np.zeros((minutes, SUMS), np.int64),
        answers_by_minute=np.zeros((minutes, BINS), np.float32),
    )
    played.peaks[:, FIRST_SATURATED] = -1.0
    again = int(packed.world[0]["retry_seconds"]) + 1
    memory = Memory(
        starting=np.zeros((services, int(packed.services["last_start"].max()) + 2), np.int64),
        remembered=np.zeros((stations, MINUTES_REMEMBERED)),
        running=np.zeros((services, METRICS + 1)),
        points=np.zeros((services, METRICS + 1, POINTS)),
        retries=np.zeros(again, np.int64),
        order_retries=np.zeros(again, np.int64),
    )
    twin(run)(*packed, resolution, played, memory)
    return played


@entry
def run(
    requests: Floats,
    orders: Floats,
    world: Records,
    stations: Records,
    services: Records,
    calls: Records,
    actions: Records,
    gate: Gate,
    resolution: int,
    played: Played,
    memory: Memory,
) -> None:
    """The seconds of a play, one after the other."""
    w = world[0]
    sums, starting, retries = played.sums, memory.starting, memory.retries
    due = 0
    for second in range(len(requests)):
        while due < len(actions) and actions[due].second <= second:
            happen(world, stations, services, calls, starting, actions[due])
            due += 1
        row = played.customers[second // resolution]
        launched, waiting = launch(world, stations, services, starting, second)
        sums[SUM_SECONDS_WAITING_FOR_TASKS] += 1 if waiting > 0 else 0
        asked, ordered = requests[second], orders[second]
        if gate.state[0].enabled == 1:
            asked = admit(gate, second) + requests[second] * gate.state[0].free_share
            ordered = asked * gate.order_share[second]
        share = asked + w.owed_requests
        new = whole(share)
        w.owed_requests = max(share - new, 0.0)
        again = retries[second % len(retries)]
        retries[second % len(retries)] = 0
        refused, hits = enter(world, stations, new + again)
        sums[SUM_PULLED] += serve(world, stations, calls)
        sums[SUM_PULLED] += pull(world, stations, services)
        go_back(world, stations, services, calls)
        failed = _answer_customers(world, stations, retries, refused, hits, second, sums, row)
        _order(world, stations, memory.order_retries, ordered, second, sums, row)
        _record(world, stations, services, played, second // resolution, second)
        for j in range(len(stations)):
            grow(stations, memory.remembered, j, second)
        observe(world, stations, services, memory.running, memory.points, second)
        if gate.state[0].enabled == 1:
            watch(gate, world, stations, services, new + again, new + again - hits, failed, second)
        vcpus, begun = 0.0, 0
        for k in range(len(services)):
            begun += services[k].starting
            vcpus += services[k].vcpu * (stations[w.first + k].units + services[k].starting)
        row[NEW] += new
        row[RETRIED] += again
        row[LAUNCHED] += launched
        row[STARTING] = max(row[STARTING], begun)
        row[VCPU] = max(row[VCPU], vcpus)
        sums[SUM_NEW] += new
        sums[SUM_RETRIED] += again
        for number in range(SUMS):
            played.sums_by_minute[second // MINUTE, number] = sums[number]
    for k in range(len(services)):
        close(stations, services, played.latencies, played.answers_by_minute, w.first, k)
    for slot in range(len(retries)):
        sums[SUM_RETRIES_PENDING] += retries[slot]
        sums[SUM_ORDER_RETRIES_PENDING] += memory.order_retries[slot]
    for j in range(len(stations)):
        played.totals[j, STILL_PRESENT] = stations[j].present
        sums[SUM_MESSAGES] += stations[j].messages
        if stations[j].is_queue == 1:
            sums[SUM_SENT] += played.totals[j, TOTAL_WORKED]
