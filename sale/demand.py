"""Demand over time: what customers ask for in each second of the events and between them.

    forecast = Forecast.of(shop)
    forecast.requests_per_second(t)                     t: seconds since the epoch
    forecast.rates(t).services["catalog"]
    forecast.peak(start, end).services["catalog"]       the highest second between two times
    forecast.sample(start, 86_400).requests             one value a second, as array("d"): numpy.frombuffer takes it

Every event's demand is a line through knots, so that peaks are exact and samples are cheap. Events that overlap add up.
The usual demand is part of an event's forecast: it counts where the events ask for less. So are the customers whom an
event before it leaves behind: its decay ends with the spike of an event that begins in it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from specs.order_path import shares

if TYPE_CHECKING:
    from specs.sale import SaleEvent, UsualDemand
    from specs.services import Service
    from specs.shop import Shop

GATHERING: Final = 900.0  # seconds before the opening in which waiting customers gather
_DECAY_KNOTS: Final = 8  # straight pieces of a decay: within 1 % of the exponential that they follow
_DECAY_RATE: Final = 4.0  # time constants in a decay: e^-4, under 2 % of what falls, is left at its end
_PERCENT: Final = 100.0


@dataclass(frozen=True)
class Line:
    """Requests and orders per second by time, straight between knots, nothing outside them."""

    times: tuple[float, ...]
    """Seconds since the epoch, strictly ascending."""
    requests: tuple[float, ...]
    orders: tuple[float, ...]

    def at(self, time: float) -> tuple[float, float]:
        """Requests/s and orders/s at a time."""
        times = self.times
        if not times[0] <= time <= times[-1]:
            return 0.0, 0.0
        right = min(bisect_right(times, time), len(times) - 1)
        left = right - 1
        share = (time - times[left]) / (times[right] - times[left])
        return (
            self.requests[left] + share * (self.requests[right] - self.requests[left]),
            self.orders[left] + share * (self.orders[right] - self.orders[left]),
        )

    def between(self, start: float, end: float) -> tuple[float, ...]:
        """The knots between two times."""
        return self.times[bisect_right(self.times, start) : bisect_left(self.times, end)]

    def sampled(self, start: float, count: int, step: float) -> tuple[array[float], array[float]]:
        """Requests/s and orders/s at `start`, `start + step`, …"""
        requests, orders = array("d", bytes(8 * count)), array("d", bytes(8 * count))
        pieces = pairwise(zip(self.times, self.requests, self.orders, strict=True))
        for (left, r0, o0), (right, r1, o1) in pieces:
            first = max(0, _ceil((left - start) / step))
            last = min(count - 1, int((right - start) // step))
            if last < first:
                continue
            slope_r, slope_o = (r1 - r0) / (right - left), (o1 - o0) / (right - left)
            offset = start - left
            for index in range(first, last + 1):
                since = offset + index * step
                requests[index] = r0 + since * slope_r
                orders[index] = o0 + since * slope_o
        return requests, orders


@dataclass(frozen=True)
class Rates:
    """Per second, at one time or at most in a span."""

    requests: float
    """Customers' requests to CloudFront."""
    origin_requests: float
    """Those that go on to the load balancer."""
    orders: float
    services: Mapping[str, float]
    """Requests that each service receives, from customers and from other services."""


@dataclass(frozen=True)
class Samples:
    """Rates at equal steps: array("d") each, of one length."""

    start: float
    """Seconds since the epoch of the first value."""
    step: float
    """Seconds."""
    requests: array[float]
    origin_requests: array[float]
    orders: array[float]
    services: Mapping[str, array[float]]


def line(event: SaleEvent, successor: SaleEvent | None = None) -> Line:
    """The demand of one event, from the quarter of an hour before its opening to the end of its decay.

    A `successor`, which begins in its decay, takes its customers over within the spike.
    """
    demand, shape = event.demand, event.shape
    peak_requests, peak_orders = demand.highest_requests, demand.highest_orders
    waiting = shape.waiting_percent / _PERCENT
    if demand.curve is None:
        during = [(time, peak_requests * level, peak_orders * level) for time, level in _levels(event)]
        if during[0][1] < peak_requests:
            # Waiting customers only look: the first order is placed when the sale has opened.
            during[0] = (*during[0][:2], 0.0)
    else:
        during = list(_curve(event))
    first, last = during[0], during[-1]
    gathered = min(waiting * peak_requests, first[1])
    knots = [(-GATHERING, 0.0, 0.0)]
    if first[1] > gathered:
        knots.append((-1.0, gathered, 0.0))
    knots += during
    knots += [
        (last[0] + after, last[1] * left, last[2] * left) for after, left in _decay(shape.decay_minutes * 60, 1.0, 0.0)
    ]
    start = event.start.timestamp()
    if successor is not None:
        knots = list(_taken_over(knots, successor.start.timestamp() - start, max(successor.shape.spike_seconds, 1.0)))
    by_time: dict[float, tuple[float, float]] = {}
    for time, requests, orders in knots:
        # Spans of less than a clock's tick fall together: the higher end counts.
        before = by_time.get(start + time, (0.0, 0.0))
        by_time[start + time] = max(before[0], requests), max(before[1], orders)
    return Line(
        times=tuple(by_time),
        requests=tuple(requests for requests, _ in by_time.values()),
        orders=tuple(orders for _, orders in by_time.values()),
    )


def _taken_over(
    knots: Sequence[tuple[float, float, float]], at: float, within: float
) -> Iterator[tuple[float, float, float]]:
    """The knots until a time, and a straight fall to nothing from there."""
    yield from (knot for knot in knots if knot[0] < at)
    requests, orders = (_interpolated([(knot[0], knot[column]) for knot in knots], at) for column in (1, 2))
    yield at, requests, orders
    yield at + within, 0.0, 0.0


def _levels(event: SaleEvent) -> Iterator[tuple[float, float]]:
    """Seconds since the opening and shares of the peak: spike, plateau and evenings, whichever is highest."""
    shape, length = event.shape, event.seconds
    plateau = min(shape.plateau_percent / _PERCENT, 1.0)
    spike = [(0.0, shape.waiting_percent / _PERCENT)] if shape.spike_seconds > 0 else []
    top = shape.spike_seconds + shape.peak_minutes * 60
    spike += [(shape.spike_seconds, 1.0)]
    if shape.peak_minutes > 0:
        spike.append((top, 1.0))
    spike += [(top + after, level) for after, level in _decay(shape.decay_minutes * 60, 1.0, plateau)]
    spike.append((max(length, spike[-1][0]) + 1.0, plateau))
    evenings = list(_evenings(event))
    times = {time for time, _ in spike} | {time for one in evenings for time, _ in one} | {0.0, length}
    # Where an evening rises above the rest lies between knots: a minute's grid around it keeps the line close.
    for one in evenings:
        begin, end = one[0][0], one[-1][0]
        times |= {begin + minute * 60.0 for minute in range(0, int((end - begin) // 60) + 1, 10)}
    for time in sorted(time for time in times if 0.0 <= time <= length):
        yield time, max(_interpolated(spike, time), *(_interpolated(one, time) for one in evenings), 0.0)


def _evenings(event: SaleEvent) -> Iterator[list[tuple[float, float]]]:
    """Each day's evening as a rise and a fall around its local hour."""
    shape = event.shape
    if shape.evening_percent <= 0:
        return
    hour, minute = (int(part) for part in shape.evening_at.split(":"))
    half = shape.evening_hours * 1800
    start, level = event.start.timestamp(), shape.evening_percent / _PERCENT
    day = event.start.replace(hour=hour, minute=minute, second=0, microsecond=0) - timedelta(days=1)
    while day.timestamp() - half < event.end.timestamp():
        top = day.timestamp() - start
        yield [
            (top - half, 0.0),
            (top - half / 2, level / 2),
            (top, level),
            (top + half / 2, level / 2),
            (top + half, 0.0),
        ]
        day = day + timedelta(days=1)


def _decay(seconds: float, high: float, low: float) -> Iterator[tuple[float, float]]:
    """An exponential fall from `high` to `low` as knots, the first left out."""
    full = 1 - 2.718281828459045**-_DECAY_RATE
    for number in range(1, _DECAY_KNOTS + 1):
        share = number / _DECAY_KNOTS
        fallen = (1 - 2.718281828459045 ** (-_DECAY_RATE * share)) / full
        yield seconds * share, high - (high - low) * fallen


def _curve(event: SaleEvent) -> Iterator[tuple[float, float, float]]:
    """The rows of the event's curve up to its end, times its factor: each at the middle of its step."""
    assert event.demand.curve is not None
    points, factor, length = event.demand.curve.points, event.demand.curve.factor, event.seconds
    rows = list(zip(points.seconds, points.requests, points.orders, strict=True))
    yield 0.0, rows[0][1] * factor, rows[0][2] * factor
    requests, orders = rows[0][1:]
    for begin, requests, orders in rows:
        middle = begin + points.step / 2  # what a row holds is the average of its step
        if middle >= length:
            break
        yield middle, requests * factor, orders * factor
    yield length, requests * factor, orders * factor


def _interpolated(knots: Sequence[tuple[float, float]], time: float) -> float:
    if not knots[0][0] <= time <= knots[-1][0]:
        return 0.0
    for (left, low), (right, high) in pairwise(knots):
        if left <= time <= right:
            share = (time - left) / (right - left)  # first, so that the smallest of spans don't overshoot
            return low + (high - low) * share
    return knots[-1][1]


class Forecast:
    """The demand of a stack: its events, added up, and its usual demand where they ask for less."""

    def __init__(self, events: Sequence[SaleEvent], usual: UsualDemand, services: Sequence[Service]) -> None:
        self.events = tuple(sorted(events, key=lambda event: event.start.timestamp()))
        self.usual = usual
        self.service_names = tuple(service.name for service in services)
        self._services = tuple(services)

    @classmethod
    def of(cls, shop: Shop) -> Forecast:
        """The forecast of a stack's settings."""
        return cls(shop.sale_events, shop.usual_demand, shop.services)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Each event's own demand, in the order of `events`."""
        return tuple(line(event, self._successor(event)) for event in self.events)

    def _successor(self, event: SaleEvent) -> SaleEvent | None:
        """The first event that begins in the decay of another: whoever still looks around is among its customers."""
        end = event.end.timestamp()
        decay = end, end + event.shape.decay_minutes * 60
        return next((one for one in self.events if decay[0] <= one.start.timestamp() < decay[1]), None)

    def span_of(self, event: SaleEvent) -> tuple[float, float]:
        """First and last second since the epoch of one event's demand."""
        times = self.lines[self.events.index(event)].times
        return times[0], times[-1]

    @cached_property
    def event_shares(self) -> tuple[dict[str, float], ...]:
        """By event and service: the share of the event's requests to CloudFront that the service receives."""
        return tuple(self._shares_of(event) for event in self.events)

    @cached_property
    def usual_shares(self) -> dict[str, float]:
        """The same of the usual demand: the first event's; without one, everything goes to the public services."""
        if self.events:
            return self.event_shares[0]
        public = [service.name for service in self._services if service.is_public]
        return shares(self._services, {name: _PERCENT / len(public) for name in public})

    @property
    def usual_origin_share(self) -> float:
        return _origin_share(self.events[0]) if self.events else 1.0

    @property
    def span(self) -> tuple[float, float]:
        """First and last second since the epoch of the events' demand. Raises ValueError where there is no event."""
        if not self.lines:
            raise ValueError("there is no event to span")
        return min(one.times[0] for one in self.lines), max(one.times[-1] for one in self.lines)

    def requests_per_second(self, time: float) -> float:
        """Requests to CloudFront."""
        return max(self.usual.requests_per_second, sum(one.at(time)[0] for one in self.lines))

    def orders_per_second(self, time: float) -> float:
        return max(self.usual.orders_per_second, sum(one.at(time)[1] for one in self.lines))

    def rates(self, time: float) -> Rates:
        """Everything at one time."""
        each = [one.at(time) for one in self.lines]
        asked, ordered = sum(one[0] for one in each), sum(one[1] for one in each)
        rest = max(0.0, self.usual.requests_per_second - asked)
        origin = rest * self.usual_origin_share
        services = {name: rest * share for name, share in self.usual_shares.items()}
        for event, (requests, _), by_service in zip(self.events, each, self.event_shares, strict=True):
            origin += requests * _origin_share(event)
            for name, share in by_service.items():
                services[name] += requests * share
        return Rates(
            requests=asked + rest,
            origin_requests=origin,
            orders=max(self.usual.orders_per_second, ordered),
            services=services,
        )

    def peak(self, start: float, end: float) -> Rates:
        """The highest of each rate from `start` to `end`: exact, as demand is straight between knots."""
        inside = {time for one in self.lines for time in one.between(start, end)}
        found = [self.rates(time) for time in (start, *sorted(inside), end)]
        return Rates(
            requests=max(one.requests for one in found),
            origin_requests=max(one.origin_requests for one in found),
            orders=max(one.orders for one in found),
            services={name: max(one.services[name] for one in found) for name in self.service_names},
        )

    def sample(self, start: float, count: int, step: float = 1.0) -> Samples:
        """`count` values of each rate, at `start`, `start + step`, …"""
        lines = [one.sampled(start, count, step) for one in self.lines]
        usual_requests, usual_orders = self.usual.requests_per_second, self.usual.orders_per_second
        asked = array("d", map(sum, zip(*(one[0] for one in lines), strict=True))) if lines else _zeros(count)
        ordered = array("d", map(sum, zip(*(one[1] for one in lines), strict=True))) if lines else _zeros(count)
        rest = array("d", (max(0.0, usual_requests - value) for value in asked))

        def weighted(of_usual: float, of_events: Sequence[float]) -> array[float]:
            parts = [(rest, of_usual), *((one[0], share) for one, share in zip(lines, of_events, strict=True))]
            total = _zeros(count)
            for values, share in parts:
                if share:
                    total = array("d", (before + share * value for before, value in zip(total, values, strict=True)))
            return total

        return Samples(
            start=start,
            step=step,
            requests=array("d", (max(usual_requests, value) for value in asked)),
            origin_requests=weighted(self.usual_origin_share, [_origin_share(event) for event in self.events]),
            orders=array("d", (max(usual_orders, value) for value in ordered)),
            services={
                name: weighted(self.usual_shares[name], [one[name] for one in self.event_shares])
                for name in self.service_names
            },
        )

    def _shares_of(self, event: SaleEvent) -> dict[str, float]:
        origin = _origin_share(event)
        return {name: share * origin for name, share in shares(self._services, event.mix).items()}


def local(event: SaleEvent, time: float) -> datetime:
    """A time of the epoch as the event's clocks show it."""
    return datetime.fromtimestamp(time, tz=event.start.tzinfo)


def _origin_share(event: SaleEvent) -> float:
    return 1 - event.cdn_hit_percent / _PERCENT


def _zeros(count: int) -> array[float]:
    return array("d", bytes(8 * count))


def _ceil(value: float) -> int:
    return -int(-value // 1)
