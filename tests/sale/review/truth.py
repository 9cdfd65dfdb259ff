"""Metrics of a sale that went as told here: made by formulas of their own, without the forecast or the simulation.

Requests follow a shape written down anew, tasks are set by hand, CPU is idle + work, answers wait as an M/M/1 would a
little; everything has noise of its own. Labels are those of an export.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one service's tasks do."""

    milliseconds: float
    """Of a vCPU a request."""
    idle: float
    """vCPU that a task takes by itself."""
    own: float
    """Seconds of its own that an answer takes."""
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What happened to the shop of the stack prod."""

    start: float
    """Opening, seconds since the epoch."""
    hours: int = 48
    peak: float = 12_500.0
    orders: float = 55.0
    usual: float = 400.0
    waiting: float = 0.25
    spike: float = 90.0
    top: float = 18.0
    decay: float = 80.0
    plateau: float = 0.3
    evening: float = 0.6
    hits: float = 0.62
    noise: float = 0.02
    work: dict[str, Work] = field(
        default_factory=lambda: {
            "ui": Work(milliseconds=7.0, idle=0.02, own=0.020, tasks=180),
            "catalog": Work(milliseconds=5.5, idle=0.03, own=0.008, tasks=75),
            "cart": Work(milliseconds=9.0, idle=0.02, own=0.012, tasks=60),
            "checkout": Work(milliseconds=4.0, idle=0.01, own=0.015, tasks=1),
            "orders": Work(milliseconds=12.0, idle=0.05, own=0.030, tasks=12),
        }
    )
    mix: dict[str, float] = field(
        default_factory=lambda: {"ui": 30.0, "catalog": 45.0, "cart": 22.0, "checkout": 0.8, "orders": 2.2}
    )
    queries: dict[str, float] = field(default_factory=lambda: {"catalog": 1.6, "orders": 3.2})
    reads: float = 1.4
    writes: float = 0.7
    kilobytes: float = 34.0

    def demand(self, seconds: np.ndarray) -> np.ndarray:
        """Requests/s, `seconds` from the opening."""
        top_end, length = self.spike + self.top * 60, self.hours * 3600
        rest = 1 - math.exp(-4)
        level = np.zeros_like(seconds)
        gathering = (seconds >= -900) & (seconds < 0)
        level[gathering] = self.waiting * (seconds[gathering] + 900) / 900
        rising = (seconds >= 0) & (seconds < self.spike)
        level[rising] = self.waiting + (1 - self.waiting) * seconds[rising] / self.spike
        level[(seconds >= self.spike) & (seconds < top_end)] = 1.0
        after = (seconds >= top_end) & (seconds < length)
        fallen = np.minimum(1.0, (1 - np.exp(-4 * (seconds[after] - top_end) / (self.decay * 60))) / rest)
        fallen[seconds[after] > top_end + self.decay * 60] = 1.0
        level[after] = 1 - (1 - self.plateau) * fallen
        for day in range(self.hours // 24 + 1):
            off = np.abs(seconds - (day * 24 + 21) * 3600)  # opens at midnight: evenings are at 21:00
            evening = np.where(off < 7200, self.evening * (1 - off / 7200), 0.0)
            level[after] = np.maximum(level[after], evening[after])
        gone = seconds >= length
        level[gone] = self.plateau * (1 - (1 - np.exp(-4 * (seconds[gone] - length) / (self.decay * 60))) / rest)
        return np.maximum(self.usual, self.peak * np.maximum(level, 0.0))

    def metrics(self, seed: int = 1) -> dict[str, tuple[tuple[float, float], ...]]:
        """By label: minutes from two hours before the opening to the end of the demand."""
        random = np.random.default_rng(seed)
        first = self.start - 7200
        minutes = round((7200 + self.hours * 3600 + self.decay * 60) / MINUTE)
        fine = -7200 + np.arange(minutes * MINUTE) + 0.5
        level = self.demand(fine).reshape(-1, MINUTE).mean(axis=1)
        ordering = np.where(fine >= 0, self.demand(fine) / self.peak, 0.0).reshape(-1, MINUTE).mean(axis=1)

        def noisy(values: np.ndarray) -> np.ndarray:
            return values * (1 + self.noise * random.standard_normal(len(values)))

        asked = noisy(level)
        origin = noisy(asked * (1 - self.hits))
        ways = {"ui": ("ui",), "catalog": ("ui", "catalog"), "cart": ("ui", "cart"), "checkout": ("ui", "checkout")}
        ways["orders"] = ("ui", "checkout", "orders")
        received = {name: np.zeros(minutes) for name in self.work}
        for name, way in ways.items():
            ended = noisy(origin * self.mix[name] / 100)
            for passed in way:
                received[passed] = received[passed] + ended
        orders = noisy(self.orders * ordering)
        series: dict[str, np.ndarray] = {
            "cloudfront requests": asked * MINUTE,
            "load balancer requests": origin * MINUTE,
            "load balancer bytes": noisy(origin * self.kilobytes * 1000) * MINUTE,
            "queue order-events requests": orders * MINUTE,
        }
        seconds = self._answers(received, noisy)
        for name, work in self.work.items():
            used = work.idle * work.tasks + work.milliseconds / 1000 * received[name]
            series[f"{name} requests"] = received[name] * MINUTE
            series[f"{name} errors"] = np.zeros(minutes)
            series[f"{name} tasks"] = np.full(minutes, float(work.tasks))
            series[f"{name} cpu"] = np.minimum(100.0, noisy(100 * used / work.tasks))
            series[f"{name} seconds"] = seconds[name] * (1 if name == "ui" else 1000)
        for name, queries in self.queries.items():
            series[f"database {name} requests"] = noisy(received[name] * queries) * MINUTE
        series["table carts reads requests"] = noisy(received["cart"] * self.reads) * MINUTE
        series["table carts writes requests"] = noisy(received["cart"] * self.writes) * MINUTE
        times = first + MINUTE * np.arange(minutes)
        return {label: tuple(zip(times.tolist(), values.tolist(), strict=True)) for label, values in series.items()}

    def _answers(self, received, noisy) -> dict[str, np.ndarray]:
        """Seconds of each service's answers: its own, its waits, its calls; 4 ms a statement, .5 a command."""
        seconds: dict[str, np.ndarray] = {}
        for name in ("catalog", "cart", "orders", "checkout", "ui"):
            work = self.work[name]
            busy = np.minimum(0.95, (work.idle * work.tasks + work.milliseconds / 1000 * received[name]) / work.tasks)
            own = work.own * (1 + busy**8 / (1 - busy))
            own = own + 0.004 * self.queries.get(name, 0.0) + (0.0005 * 2 if name == "checkout" else 0.0)
            callees = {"checkout": ("orders",), "ui": ("catalog", "cart", "checkout")}.get(name, ())
            for callee in callees:
                own = own + seconds[callee] * received[callee] / received[name]
            seconds[name] = noisy(own)
        return seconds
