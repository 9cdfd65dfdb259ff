"""From a curve of requests to the arrivals of sessions that make it.

A session's requests spread over its think times, so sessions have to begin before their requests are wanted. With `h`
the requests of a session by the time since its begin, requests are the convolution of arrivals with `h`; arrivals are
its inverse, step by step, and never below nothing: customers who are there stay until they are done.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from load.journeys import Visit
from sale.simulation.arrays import Floats

_WITHIN = 20  # times within a step at which sessions are taken to begin
_TAIL = 12.0  # think times after the last request on average, from where no more is expected


def kernel(visits: Iterable[Visit], think_seconds: float, step: float) -> Floats:
    """Requests of an average session in each step since the one in which it begins, at any time of it; the first
    request is made at once."""
    given = list(visits)
    longest = max(math.ceil(sum(math.ceil(visit_step.count) for visit_step in visit.steps)) for visit in given)
    count = max(1, math.ceil((longest + _TAIL) * think_seconds / step))
    edges, begins = np.arange(count + 1), (np.arange(_WITHIN) + 0.5) / _WITHIN
    times = np.maximum(0.0, (edges[:, None] - begins[None, :]) * (step / think_seconds))
    found = np.zeros(count)
    for visit in given:
        left = visit.requests
        for number in range(math.ceil(left)):
            weight = min(1.0, left - number)
            found += visit.share * weight * np.diff(_erlang(times, number).mean(axis=1))
    return found


def _erlang(times: Floats, stages: int) -> Floats:
    """Distribution function of a sum of so many standard exponential times; 0 of them are over at once."""
    if stages == 0:
        return (times > 0).astype(float)
    term, total = np.ones_like(times), np.ones_like(times)
    for number in range(1, stages):
        term = term * times / number
        total = total + term
    return 1 - np.exp(-times) * total


def sessions(requests: Floats, kernel: Floats, step: float) -> Floats:
    """Sessions a second in each step whose requests follow a curve (requests a second in each step)."""
    wanted, found = requests * step, np.zeros(len(requests))
    for at in range(len(wanted)):
        reach = min(at, len(kernel) - 1)
        there = float(found[at - reach : at] @ kernel[reach:0:-1]) if reach else 0.0
        found[at] = max(0.0, (wanted[at] - there) / kernel[0])
    return found / step


def followed(sessions: Floats, kernel: Floats) -> Floats:
    """Requests a second that sessions make."""
    return np.convolve(sessions, kernel)[: len(sessions)]
