"""Histograms of answer times, filled from the distributions of the seconds.

Seconds whose answers take about as long are counted together: a distribution costs some hundred evaluations.
"""

from __future__ import annotations

import math
from typing import Final

from sale.simulation.answer_time import beyond, quantile, shape_of
from sale.simulation.arrays import Floats, Records, Singles
from sale.simulation.compiled import compiled

MINUTE: Final = 60  # seconds
# Answer times are counted in bins that grow by 3 %, from 0.1 ms on: to more than 1,000 s.
BINS: Final = 560
BIN_FACTOR: Final = 1.03
FIRST_BIN: Final = 1e-4

_STEP: Final = 3  # bins between which a distribution is taken as even, where few of the answers are
_MANY: Final = 0.02  # share of the answers
_SAME_MEAN: Final = 0.02  # difference up to which seconds are counted together
_SAME_SPREAD: Final = 0.04
_NOBODY: Final = 1e-7  # share of the answers from which on the tail is left out


@compiled
def count(
    stations: Records, services: Records, latencies: Floats, by_minute: Singles, first: int, k: int, second: int
) -> float:
    """Count a second's answers of a service, by the minute too where customers reach it. Returns p99."""
    station, service = stations[first + k], services[k]
    wait = station.late / station.pace
    variance = station.variance + station.late * (2.0 - station.late) / station.pace**2
    spread = math.sqrt(variance)
    is_other = (
        abs(station.mean - service.group_mean) > _SAME_MEAN * service.group_mean
        or abs(spread - service.group_spread) > _SAME_SPREAD * service.group_spread
    )
    if is_other or (station.share > 0.0 and second // MINUTE != service.group_minute):
        close(stations, services, latencies, by_minute, first, k)
        service.group_minute = second // MINUTE
        service.group_mean, service.group_spread = station.mean, spread
        law = station.base, station.variance, station.third, station.late, station.pace
        service.group_p99 = quantile(0.99, law) if station.mean > 0.0 else 0.0
    number = station.worked - station.errors
    service.answered += number
    service.sum_base += number * station.base
    service.sum_variance += number * station.variance
    service.sum_third += number * station.third
    service.sum_late += number * station.late
    service.sum_wait += number * wait
    return service.group_p99


@compiled
def close(stations: Records, services: Records, latencies: Floats, by_minute: Singles, first: int, k: int) -> None:
    """Put the seconds that were counted together into the histograms."""
    service = services[k]
    number = service.answered
    if number > 0.0:
        late, wait = service.sum_late / number, service.sum_wait / number
        pace = late / wait if wait > 0.0 else 1.0
        base, variance, third = service.sum_base / number, service.sum_variance / number, service.sum_third / number
        is_entry = stations[first + k].share > 0.0
        found = shape_of((base, variance, third, late, pace))
        edge, before, place = FIRST_BIN, 1.0, 0
        while place < BINS and before >= _NOBODY:
            end = min(place + _STEP, BINS)
            after = beyond(edge * BIN_FACTOR ** (end - place), found) if end < BINS else 0.0
            is_steep = before - after > _MANY
            part = (before - after) / (end - place)
            while place < end:
                edge *= BIN_FACTOR
                if is_steep:
                    later = beyond(edge, found) if place + 1 < end else after
                    part = before - later
                    before = later
                latencies[k, place] += number * part
                if is_entry:
                    by_minute[service.group_minute, place] += number * part
                place += 1
            before = after
    service.answered = 0.0
    service.sum_base = 0.0
    service.sum_variance = 0.0
    service.sum_third = 0.0
    service.sum_late = 0.0
    service.sum_wait = 0.0
