"""How tasks, and whatever else scales, come and go."""

from __future__ import annotations

import math
from typing import Final

from sale.growth import GROW_ABOVE
from sale.simulation.arrays import SERVICE_BURST, Floats, Ints, Records
from sale.simulation.compiled import compiled

MINUTES_REMEMBERED: Final = 31  # DynamoDB's on-demand capacity: the highest of the last half hour and of this minute
POINTS: Final = 64  # datapoints kept of a metric
METRICS: Final = 3  # CPU, requests for each target, backlog for each task; the tasks themselves come after them
_IN_BELOW: Final = 0.9  # target tracking scales in below 90 % of the target, as the alarm that AWS makes for it


@compiled
def happen(
    world: Records, stations: Records, services: Records, calls: Records, starting: Ints, action: Records
) -> None:
    """One action. The numbers are those of `model.What`."""
    what, j, value = action.what, action.station, action.value
    station = stations[j]
    if what <= 1:
        service = services[j - world[0].first]
        if what == 0:
            service.least = int(value)
            service.desired = max(service.desired, service.least)
        else:
            service.most = int(value)
            service.desired = min(service.desired, service.most)
    elif what == 2:
        station.floor = value
        station.units = value if station.kind == 1 else max(station.units, value)
    elif what == 3:
        station.ceiling = value
    elif what == 4:
        station.factor = value
    elif what == 5:
        station.slowness = value
    elif what == 8:
        _cool(world, calls, j, 1.0 - value)
    elif what == 9:
        station.hot = value
    elif station.kind != 0:
        station.units *= 1.0 - value
    else:
        _end(stations, services, starting, j, j - world[0].first, what, value)


@compiled
def _cool(world: Records, calls: Records, j: int, warmth: float) -> None:
    if j < world[0].edge:
        world[0].edge_warmth = warmth
    for call in calls:
        if call.target == j:
            call.warmth = warmth


@compiled
def _end(stations: Records, services: Records, starting: Ints, j: int, k: int, what: int, share: float) -> None:
    """Tasks that end without having been asked to: everywhere, or on Spot."""
    station, service = stations[j], services[k]
    if what == 7:
        on_spot = max(0.0, station.units - service.base) * service.spot_share
        ended = math.floor(on_spot * share + 0.5)
        station.units -= ended
        service.spot_lost = int(ended)
        return
    station.units -= math.floor(station.units * share + 0.5)
    for slot in range(starting.shape[1]):
        lost = math.floor(starting[k, slot] * share + 0.5)
        starting[k, slot] -= lost
        service.starting -= lost


@compiled
def launch(world: Records, stations: Records, services: Records, starting: Ints, second: int) -> tuple[int, int]:
    """Tasks become healthy, surplus ones end, missing ones are launched as far as the quotas allow.

    Returns launches, and tasks that are missing but could not be launched.
    """
    w = world[0]
    w.tokens = min(w.launch_burst, w.tokens + w.launch_rate)
    slot = second % starting.shape[1]
    vcpus, missing = 0.0, 0
    for k in range(len(services)):
        service, station = services[k], stations[w.first + k]
        station.units += starting[k, slot]
        service.starting -= starting[k, slot]
        starting[k, slot] = 0
        service.tokens = min(SERVICE_BURST, service.tokens + w.service_launch_rate)
        surplus = int(station.units) + service.starting - service.desired
        if surplus > 0:
            station.units = max(0.0, station.units - surplus)
        vcpus += service.vcpu * (station.units + service.starting)
        missing += max(0, _wanted(stations, services, w.first, k))
    if missing == 0:
        return 0, 0
    launched = 0
    budget = int(w.tokens)
    for attempt in range(2):  # first in proportion to what is missing, then whoever can use what is left
        for k in range(len(services)):
            service = services[k]
            wanted = _wanted(stations, services, w.first, k)
            number = min(wanted, int(service.tokens), budget - launched)
            if attempt == 0:
                number = min(number, math.ceil(budget * wanted / missing))
            if service.vcpu > 0.0 and w.vcpu_quota < math.inf:
                number = min(number, int((w.vcpu_quota - vcpus) / service.vcpu))
            if number > 0:
                # The start of a batch is spread evenly between its fastest and its slowest task.
                for one in range(number):
                    after = service.first_start + int((service.last_start - service.first_start) * (one + 0.5) / number)
                    starting[k, (second + after) % starting.shape[1]] += 1
                service.starting += number
                service.tokens -= number
                vcpus += service.vcpu * number
                launched += number
    w.tokens -= launched
    return launched, missing - launched


@compiled
def _wanted(stations: Records, services: Records, first: int, k: int) -> int:
    """Tasks that are missing. What Spot has taken back is not launched elsewhere: nothing falls back from it."""
    service = services[k]
    return service.desired - service.spot_lost - int(stations[first + k].units) - service.starting


@compiled
def grow(stations: Records, remembered: Floats, j: int, second: int) -> None:
    """The units of what follows its load by itself."""
    station = stations[j]
    if station.kind == 2:
        busy = station.worked / station.capacity if station.capacity > 0.0 else 0.0
        step = 2.0 ** (1.0 / station.doubling_seconds)
        if busy > GROW_ABOVE or station.refused + station.gave_up > 0:
            station.units *= step
        elif busy < GROW_ABOVE / 2:
            station.units /= step
        station.units = min(max(station.units, station.floor), station.ceiling)
    elif station.kind == 3:
        column = second // 60 % MINUTES_REMEMBERED
        if second % 60 == 0:
            remembered[j, column] = 0.0
        remembered[j, column] = max(remembered[j, column], float(station.worked))
        if second % 60 == 0 or station.worked * 2.0 > station.units * station.rate:
            highest = 0.0
            for minute in range(MINUTES_REMEMBERED):
                highest = max(highest, remembered[j, minute])
            station.units = min(max(station.floor, 2.0 * highest / station.rate), station.ceiling)


@compiled
def observe(world: Records, stations: Records, services: Records, sums: Floats, points: Floats, second: int) -> None:
    """Add a second to the running datapoints; close them, and scale on those that are visible by now.

    `sums` and `points` are by service and metric; points are ratios of metric and target, the last column tasks.
    """
    w = world[0]
    period, since = w.period, second + 1 - w.delay
    visible = since // period - 1 if since % period == 0 else -1
    for k in range(len(services)):
        service, station = services[k], stations[w.first + k]
        if service.enabled == 0:
            continue
        full = station.units * station.rate * station.factor
        if full > 0.0:
            messages = service.pulled / service.queue_share if service.queue_share > 0.0 else 0.0
            sums[k, 0] += min(1.0, (station.worked + messages) / full)
        sums[k, 1] += station.worked
        if service.queue >= 0:
            sums[k, 2] += stations[service.queue].messages
        sums[k, METRICS] += station.units
        if (second + 1) % period == 0:
            point = ((second + 1) // period - 1) % POINTS
            average = sums[k, METRICS] / period
            points[k, 0, point] = sums[k, 0] / period / service.cpu_target
            points[k, 1, point] = sums[k, 1] * 60.0 / period / max(average, 1.0) / service.requests_target
            points[k, 2, point] = sums[k, 2] / period / max(average, 1.0) / service.backlog_target
            points[k, METRICS, point] = average
            for metric in range(METRICS + 1):
                sums[k, metric] = 0.0
        if visible >= 0:
            _scale(world, services, points, k, visible, second)


@compiled
def _scale(world: Records, services: Records, points: Floats, k: int, visible: int, second: int) -> None:
    """Target tracking on a datapoint that has become visible: out on the metric that asks for most, in when all agree.

    The tasks that a metric asks for are those it was measured on, times metric and target's ratio.
    """
    service, column = services[k], visible % POINTS
    tasks = max(points[k, METRICS, column], 1.0)
    out, needed, quiet = 0.0, 0.0, True
    for metric in range(METRICS):
        asked = math.ceil(tasks * points[k, metric, column] - 1e-9)
        needed = max(needed, asked)
        if _run(points, k, metric, visible, world[0].points_out, True):
            out = max(out, asked)
        quiet = quiet and _run(points, k, metric, visible, world[0].points_in, False)
    if out > service.desired and second >= service.cool_out:
        service.desired = min(service.most, int(out))
        service.cool_out = second + service.out_cooldown
        service.cool_in = second + service.in_cooldown
    elif quiet and second >= service.cool_in:
        lower = max(service.least, int(needed))
        if lower < service.desired:
            service.desired = lower
            service.cool_in = second + service.in_cooldown


@compiled
def _run(points: Floats, k: int, metric: int, visible: int, length: int, above: bool) -> bool:
    """Whether the last `length` visible datapoints are all above the target, or all below what scales in."""
    if visible + 1 < length:
        return False
    for number in range(visible + 1 - length, visible + 1):
        ratio = points[k, metric, number % POINTS]
        if (above and ratio <= 1.0) or (not above and ratio >= _IN_BELOW):
            return False
    return True
