"""The waiting room's seconds, compiled: who comes, who is called and is inside, and what the controller does."""

from __future__ import annotations

import math
from typing import Final

from functions import admission_rate
from sale.simulation.arrays import Records
from sale.simulation.compiled import compiled
from sale.simulation.gate import ARRIVED, CALLED, CAME, GROWN, INSIDE, LATE, PASS, SHARE, SHOW, WAITING, Gate
from sale.simulation.station import whole

MINUTE: Final = 60
_PATIENT: Final = 30  # seconds of waiting in which everybody who is called comes

# The controller's own law (functions/), for compiled code.
hurts = compiled(admission_rate.hurts)
next_share = compiled(admission_rate.next_share)
next_show = compiled(admission_rate.next_show)
next_weight = compiled(admission_rate.next_weight)
next_grown = compiled(admission_rate.next_grown)
inside_after = compiled(admission_rate.inside_after)
target = compiled(admission_rate.target)
rate = compiled(admission_rate.rate)
to_call = compiled(admission_rate.called)


@compiled
def admit(gate: Gate, second: int) -> float:
    """A second at the gate. Returns the requests of those inside, in which nobody is counted twice."""
    g = gate.state[0]
    share = gate.arrivals[second] + g.owed_arrivals
    arrived = whole(share)
    g.owed_arrivals = max(share - arrived, 0.0)
    gate.places[second] = arrived
    g.waiting += arrived
    called = g.waiting
    if gate.most[second] >= 0.0:
        wanted = gate.calls[second % len(gate.calls)] + g.owed_calls
        called = min(g.waiting, whole(wanted))
        g.owed_calls = min(max(wanted - called, 0.0), 1.0)
    came = _called(gate, second, called)
    absent = called - came
    share = absent * g.returning + g.owed_late
    returning = min(absent, whole(share))
    g.owed_late = min(max(share - returning, 0.0), 1.0)
    g.gone += absent - returning
    due = second % len(gate.late)
    late = gate.late[due]
    gate.late[due] = 0
    gate.late[(second + g.return_seconds) % len(gate.late)] += returning
    g.inside += came + late
    requests = g.inside * g.visit_requests / g.visit_seconds
    row = gate.series[second]
    row[ARRIVED], row[CALLED], row[CAME], row[LATE] = arrived, called, came, late
    row[INSIDE], row[WAITING] = g.inside, g.waiting
    share = g.inside / g.visit_seconds + g.owed_left
    leaving = min(g.inside, whole(share))
    g.owed_left = min(max(share - leaving, 0.0), 1.0)
    g.inside -= leaving
    g.left += leaving
    g.called += called
    g.came += came + late
    g.passed += came + late
    return requests


@compiled
def _called(gate: Gate, second: int, called: int) -> int:
    """Take the customers who have waited longest. Returns how many of them come at once."""
    g = gate.state[0]
    came, rest = 0, called
    g.waiting -= called
    while rest > 0:
        here = gate.places[g.head]
        if here == 0:
            g.head += 1
            continue
        number, waited = min(here, rest), second - g.head
        gate.places[g.head] -= number
        rest -= number
        stay = 1.0 if waited <= _PATIENT else (1.0 - g.no_show) * math.exp(-waited / g.patience)
        share = number * stay + g.owed_came
        part = min(number, whole(share))
        g.owed_came = min(max(share - part, 0.0), 1.0)
        came += part
    return came


@compiled
def watch(
    gate: Gate, world: Records, stations: Records, services: Records, asked: int, beyond: int, failed: int, second: int
) -> None:
    """Add a second to the minute's metrics; at its end, act on the minute before, which CloudWatch shows by then."""
    g, w = gate.state[0], world[0]
    g.asked += asked
    g.failed += failed
    g.beyond += beyond
    for j in range(w.first, w.stores):
        if stations[j].share > 0.0:
            g.p99 = max(g.p99, services[j - w.first].group_p99)
    if (second + 1) % MINUTE == 0:
        if gate.most[second] >= 0.0:
            if g.most >= 0.0:
                g.share, g.held_until = next_share(g.share, g.held_until, float(second), g.hurting == 1, g.most)
                g.weight = next_weight(g.weight, g.beyond_before, g.expected_before)
            if g.compensates == 1:
                g.show = next_show(g.show, float(g.called), float(g.came))
        errors = g.failed / g.asked if g.asked > 0 else 0.0
        limits = g.max_errors, g.max_p99, g.max_age, g.max_missing
        worse = hurts(errors, g.p99, _age(stations), _missing(stations, services, w.first), limits)
        g.hurting = 1 if worse else 0
        row = gate.control[second // MINUTE]
        row[SHARE], row[SHOW], row[GROWN] = g.share, g.show, g.grown
        g.beyond_before, g.expected_before = float(g.beyond), g.inside_seconds * g.requests
        g.beyond, g.inside_seconds = 0, 0.0
        g.asked, g.failed, g.p99, g.called, g.came = 0, 0, 0.0, 0, 0
    if (second + 1) % PASS == 0:
        _decide(gate, second)


@compiled
def _decide(gate: Gate, second: int) -> None:
    """A pass of the controller: how many are called in the seconds that the edge does not know of yet."""
    g, size = gate.state[0], len(gate.calls)
    lag = size - PASS
    g.estimate = inside_after(g.estimate, float(g.passed), float(PASS), g.visit)
    g.passed = 0
    g.inside_seconds += g.estimate * PASS if gate.most[second] >= 0.0 else 0.0
    at = min(second + lag, len(gate.most) - 1)
    g.waited = g.waited + PASS if g.waiting > 0 and gate.most[second] >= 0.0 else 0.0
    g.grown = next_grown(g.grown, g.estimate, g.waited, g.reaction, g.growth, float(PASS))
    g.grown = max(0.0, min(g.grown, gate.most[at]))
    calls = g.typed * g.share
    if g.typed < 0.0:
        coming = 0.0
        for ahead in range(1, lag + 1):
            coming += gate.calls[(second + ahead) % size]
        expected = inside_after(g.estimate, coming * g.show, float(lag), g.visit)
        calls = rate(target(gate.standing[at], gate.most[at], g.grown, g.share, g.weight), expected, g.visit, g.cap)
    if gate.most[at] <= 0.0:
        calls = 0.0
    for ahead in range(1, PASS + 1):
        gate.calls[(second + lag + ahead) % size] = to_call(calls, g.show)


@compiled
def _age(stations: Records) -> float:
    """Seconds that the oldest message of any queue waits, at the speed of its worker among the stores."""
    age = 0.0
    for station in stations:
        if station.pulls >= 0 and stations[station.pulls].messages > 0:
            speed = station.units * station.rate * station.factor
            age = max(age, stations[station.pulls].messages / max(speed, 1e-9))
    return age


@compiled
def _missing(stations: Records, services: Records, first: int) -> float:
    """Share of the plan's fewest tasks that are not there, of the service that lacks most: tasks that autoscaling has
    just asked for are not missed."""
    share = 0.0
    for k in range(len(services)):
        wanted = services[k].least
        if wanted > 0:
            share = max(share, 1.0 - stations[first + k].units / wanted)
    return share
