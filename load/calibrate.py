"""From a load test's log to `services[].measured`: what each service's tasks can do, with intervals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from load.fit import Capacity, TooFew, capacity
from load.results import Log, served
from load.usl import Fitted
from sale.review.proposal import rounded
from settings.stack_file import BadInput
from specs.services import Service
from specs.shop import Shop

_PERCENT: Final = 100.0
Changes = Mapping[tuple[str, ...], float | str]


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """What one service was found to be."""

    service: Service
    capacity: Capacity
    image: str
    date: str

    @property
    def requests_per_second(self) -> Fitted:
        """Of a task at its target of CPU: by the utilisation law, that share of what a busy task answers."""
        return _times(self.capacity.throughput, self.service.scaling.cpu_percent / _PERCENT)

    @property
    def is_full(self) -> bool:
        """Whether the test has shown where a task ends; else it can do at least what was found."""
        return self.capacity.concurrency is not None

    def changes(self) -> Iterator[tuple[tuple[str, ...], float | str]]:
        """By path in the stack's file: the values."""
        root = ("config", "saleday:services", self.service.name, "measured")
        found = self.capacity
        yield (*root, "requestsPerSecond"), rounded(self.requests_per_second.value)
        yield (*root, "serviceTimeMs"), rounded(found.service_seconds.value * 1000)
        yield (*root, "serviceTimeCv"), rounded(found.service_cv.value)
        if found.concurrency is not None and self.service.uses.databases:
            yield (*root, "connections"), found.concurrency.high
        here = (*root, "calibration")
        yield (*here, "date"), json.dumps(self.date)
        yield (*here, "image"), json.dumps(self.image)
        yield (*here, "requests"), found.requests
        for name, interval in self._intervals():
            yield (*here, name, "low"), _small(interval.low)
            yield (*here, name, "high"), _small(interval.high)

    def _intervals(self) -> Iterator[tuple[str, Fitted]]:
        found = self.capacity
        yield "requestsPerSecond", self.requests_per_second
        yield "serviceTimeMs", _times(found.service_seconds, 1000)
        yield "serviceTimeCv", found.service_cv
        optional = (
            ("concurrency", found.concurrency),
            ("contention", found.contention),
            ("coherency", found.coherency),
        )
        yield from ((name, interval) for name, interval in optional if interval is not None)


def calibrated(shop: Shop, log: Log) -> tuple[list[Calibrated], list[str]]:
    """What each service was found to be, and a line for each that the log says too little of."""
    found, missing, work = [], [], served(log)
    for service in shop.services:
        if service.name not in work:
            missing.append(f"{service.name}: the log has none of its requests")
            continue
        one = work[service.name]
        try:
            fitted = capacity(one.started, one.ended, log.run.get("tasks", {}).get(service.name, 1), one.usable)
        except TooFew as error:
            missing.append(f"{service.name}: {error}")
            continue
        image = log.run.get("images", {}).get(service.name, service.image)
        found.append(Calibrated(service=service, capacity=fitted, image=image, date=log.run.get("date", _day(log))))
    return found, missing


def some_calibrated(shop: Shop, log: Log) -> tuple[list[Calibrated], list[str]]:
    """The same. Raises BadInput where the log says too little of all services."""
    found, missing = calibrated(shop, log)
    if not found:
        raise BadInput(f"FROM: no service can be calibrated from these results (got {'; '.join(missing)})")
    return found, missing


def changes(found: Iterable[Calibrated]) -> Changes:
    """By path in the stack's file: the values of all services."""
    return dict(change for one in found for change in one.changes())


def _day(log: Log) -> str:
    return datetime.fromtimestamp(float(log.started[0]), tz=UTC).date().isoformat()


def _times(fitted: Fitted, factor: float) -> Fitted:
    return Fitted(value=fitted.value * factor, low=fitted.low * factor, high=fitted.high * factor)


def _small(value: float) -> float:
    """With digits enough for an interval's end."""
    return round(value, 6) if abs(value) < 1 else round(value, 2)
