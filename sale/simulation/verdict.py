"""Whether a play keeps an event's promise: in its worst 5 and 15 minutes, in its first hour, and over all of it.

    verdict = judge(result, event, window)
    verdict.broken                      what is broken and when; empty where everything is kept
    for one in verdict.windows: ...     the four spans, each with its requests, orders and answer times

Each span is held to the same promise. Spans begin at whole minutes of the play.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sale.simulation import kernel
from sale.simulation.answers import BIN_FACTOR, FIRST_BIN, MINUTE
from sale.simulation.arrays import Floats
from sale.simulation.result import Result
from sale.simulation.window import Window
from specs.sale import SaleEvent, SaleSlo

WORST_MINUTES: Final = (5, 15)
FIRST_MINUTES: Final = 60
ALLOWED_LOSS: Final = 1  # request or order that any span may lose: of a few dozen, one is more than 0.1 %


@dataclass(frozen=True, kw_only=True)
class Span:
    """Part of a play, held to the promise."""

    name: str
    """For example `worst 5 minutes`."""
    start: float
    """Seconds since the epoch."""
    seconds: int
    answered: int
    """Requests."""
    lost: int
    orders: int
    """Orders placed."""
    orders_lost: int
    latency: float
    """p99 of the services that customers reach, in seconds."""
    broken: str
    """What of the promise is broken; empty where it is kept."""

    @property
    def availability(self) -> float:
        """Share of the requests that were answered."""
        return _share(self.answered, self.lost)

    @property
    def placed(self) -> float:
        """Share of the orders that were placed."""
        return _share(self.orders, self.orders_lost)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a play has come to."""

    windows: tuple[Span, ...]
    """The worst minutes, the first hour, the whole event; none that was not played."""
    orders_lost: int
    """Over the whole play."""
    money_lost: float | None
    """The same in the currency of `averageOrder`; None where the event does not say what an order is worth."""

    @property
    def kept(self) -> bool:
        return not any(one.broken for one in self.windows)

    @property
    def whole(self) -> Span:
        """All that was played."""
        return self.windows[-1]

    @property
    def worst(self) -> Span:
        """The shortest span in which the promise is broken; the worst minutes where it is kept throughout."""
        return next((one for one in self.windows if one.broken), self.windows[0])

    @property
    def broken(self) -> str:
        """What is broken in the worst span, for example `worst 5 minutes: orders 99.700% < 99.900%`."""
        return f"{self.worst.name}: {self.worst.broken}" if self.worst.broken else ""

    @property
    def availability(self) -> float:
        """Share of the requests answered in the worst span."""
        return self.worst.availability

    @property
    def orders(self) -> float:
        """Share of the orders placed in the worst span."""
        return self.worst.placed

    @property
    def latency(self) -> float:
        """p99 in the worst span, in seconds."""
        return self.worst.latency


def judge(result: Result, event: SaleEvent, window: Window) -> Verdict:
    """A play of `window` against the promise of an event."""
    judged = _Judge(result, event.slo, window)
    spans = [judged.worst(minutes) for minutes in WORST_MINUTES if minutes <= judged.minutes]
    opening = int((event.start.timestamp() - window.start) // MINUTE)
    if 0 <= opening < judged.minutes:
        spans.append(judged.span("first hour", opening, min(opening + FIRST_MINUTES, judged.minutes)))
    spans.append(judged.span("whole event", 0, judged.minutes))
    lost = spans[-1].orders_lost
    money = None if event.average_order is None else lost * event.average_order
    return Verdict(windows=tuple(spans), orders_lost=lost, money_lost=money)


def minutes(result: Result, event: SaleEvent, window: Window) -> list[Span]:
    """Each minute of a play against an event's promise."""
    judged = _Judge(result, event.slo, window)
    return [judged.span("minute", minute, minute + 1) for minute in range(judged.minutes)]


class _Judge:
    """The minutes of a play as running totals, so that any span is a difference of two rows."""

    def __init__(self, result: Result, slo: SaleSlo, window: Window) -> None:
        self.slo, self.window = slo, window
        sums = result.played.sums_by_minute
        self.minutes = len(sums)
        self.seconds = result.model.seconds
        columns = [kernel.SUM_SERVED, kernel.SUM_LOST, kernel.SUM_PLACED, kernel.SUM_ORDERS_LOST]
        self.totals = np.vstack([np.zeros(len(columns), np.int64), sums[:, columns]])
        answers = np.cumsum(result.played.answers_by_minute, axis=0, dtype=np.float64)
        self.answers = np.vstack([np.zeros(answers.shape[1]), answers])

    def worst(self, minutes: int) -> Span:
        """The span of so many minutes that misses the promise by most, or comes nearest to it."""
        answered, lost, placed, orders_lost = (self.totals[minutes:] - self.totals[:-minutes]).T
        p99 = quantile(self.answers[minutes:] - self.answers[:-minutes], 0.99)
        misses = np.maximum.reduce(
            [self._missed(answered, lost), self._missed(placed, orders_lost), p99 / (self.slo.latency_p99 / 1000)]
        )
        begin = int(np.argmax(misses))
        return self.span(f"worst {minutes} minutes", begin, begin + minutes)

    def _missed(self, done: Floats, lost: Floats) -> Floats:
        """Loss as a multiple of what the promise allows."""
        allowed = np.maximum((1 - self.slo.availability_percent / 100) * (done + lost), ALLOWED_LOSS)
        return lost / allowed

    def span(self, name: str, begin: int, end: int) -> Span:
        """The minutes from `begin` to before `end`."""
        answered, lost, placed, orders_lost = (int(value) for value in self.totals[end] - self.totals[begin])
        latency = float(quantile((self.answers[end] - self.answers[begin])[None], 0.99)[0])
        promised = self.slo.availability_percent / 100
        broken = []
        for what, done, gone in (("requests", answered, lost), ("orders", placed, orders_lost)):
            if gone > max(ALLOWED_LOSS, (1 - promised) * (done + gone)):
                broken.append(f"{what} {_share(done, gone):.3%} < {promised:.3%}")
        if latency > self.slo.latency_p99 / 1000:
            broken.append(f"p99 {latency * 1000:,.0f} ms > {self.slo.latency_p99:,} ms")
        return Span(
            name=name,
            start=self.window.start + begin * MINUTE,
            seconds=min(end * MINUTE, self.seconds) - begin * MINUTE,
            answered=answered,
            lost=lost,
            orders=placed,
            orders_lost=orders_lost,
            latency=latency,
            broken="; ".join(broken),
        )


def quantile(counts: Floats, share: float) -> Floats:
    """By row of counts in bins: the seconds that `share` of them stay below; 0 where nothing was counted."""
    totals = np.cumsum(counts, axis=1)
    wanted = share * totals[:, -1]
    place = np.minimum((totals < wanted[:, None]).sum(axis=1), counts.shape[1] - 1)
    rows = np.arange(len(counts))
    inside = np.maximum(counts[rows, place], 1e-12)
    before = totals[rows, place] - counts[rows, place]
    within = np.clip((wanted - before) / inside, 0.0, 1.0)
    seconds = FIRST_BIN * BIN_FACTOR ** (place + within)
    return np.where(totals[:, -1] > 0, seconds, 0.0)


def _share(done: int, lost: int) -> float:
    return done / (done + lost) if done + lost else 1.0
