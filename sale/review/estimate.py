"""From minutes to settings: what tasks, caches and customers did, by laws that hold whatever the load.

- CPU-seconds of a request: the utilisation law, U = a·n + S·X over n tasks and X requests/s, by least squares; `a` is
  what a task takes when nothing comes. `requestsPerSecond` is what a task answers at its target of CPU: (target - a)/S.
- Calls: what a store received is the sum of its callers' requests, each times what one of them asks of it.
- Time of a request: answer time in quiet minutes, less that of what it waits for elsewhere.
- Mix, hits of the CDN and sizes: counts of the same minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sale import requirements
from sale.review.measured import Measured
from sale.review.regression import Estimate, Fit, Mask, fit, mean
from sale.review.starts import MIN_LAUNCHES, start_seconds
from sale.simulation.adapter import BALANCER, CLOUDFRONT
from sale.simulation.arrays import Floats
from sale.simulation.model import Model
from specs.order_path import ways
from specs.sale import SaleEvent
from specs.services import Service
from specs.shop import Shop

QUIET: Final = 0.5  # of the CPU; above it answers wait
FULL: Final = 0.9  # of the CPU; above it more requests take no more of it
MAX_ERRORS: Final = 0.01  # of a minute's requests; with more of them a minute tells of retries and waits
MIN_DIFFERENCE: Final = 0.01  # of a value, that a change of the settings is worth
KILOBYTE: Final = 1000.0

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One setting as it was measured."""

    path: Path
    """From the root of the stack's file."""
    now: float
    estimate: Estimate
    law: str
    """Law by which it follows from the metrics."""
    link: str = ""
    """The store that it is about, for what a request asks of one."""

    @property
    def setting(self) -> str:
        return ".".join(self.path[1:])

    @property
    def agrees(self) -> bool:
        """Whether the settings say what was measured, as far as it can be told and is worth a change."""
        near = abs(self.now - self.estimate.value) <= MIN_DIFFERENCE * abs(self.estimate.value)
        return near or self.estimate.holds(self.now)


class Estimator:
    """Settings from the minutes of one event."""

    def __init__(self, shop: Shop, event: SaleEvent, measured: Measured) -> None:
        self.shop, self.event, self.measured = shop, event, measured
        self.services = {service.name: service for service in shop.services}
        self._ways = ways(shop.services)

    def service_findings(self, model: Model) -> Iterator[Finding]:
        """What each service's tasks did; `model` says how long its stores take. What was not measured is left out."""
        asked = list(self._stores())
        elsewhere = _store_seconds(model, {(one.path[2], one.link): one.estimate.value for one in asked})
        for service in self.shop.services:
            yield from self._capacity(service)
            yield from self._time(service, elsewhere)
            yield from self._size(service)
            yield from self._start(service)
        yield from asked

    def event_findings(self) -> Iterator[Finding]:
        """Findings on the mix of customers' requests and the CDN's hits."""
        yield from self._hits()
        yield from self._mix()

    def orders(self) -> Floats | None:
        """Orders a second: what was put into the queue that announces them, at `messagesPerOrder`."""
        for service in self.shop.services:
            for queue, way in service.uses.queues.items():
                sent = self.measured.get(f"queue {queue}", "requests")
                per_order = service.measured.messages_per_order
                if way in requirements.SENDS and sent is not None and per_order > 0 and np.nansum(sent) > 0:
                    return sent / per_order
        return None

    def missing(self) -> list[str]:
        """Services of which nothing could be told, as their requests or their CPU were not measured."""
        needed = ("requests", "cpu", "tasks")
        return [
            f"{name} ({', '.join(figure for figure in needed if self.measured.get(name, figure) is None)})"
            for name in self.services
            if any(self.measured.get(name, figure) is None for figure in needed)
        ]

    def untold(self, found: Iterable[Finding]) -> list[tuple[str, str]]:
        """Settings that no metric of AWS tells, or that these minutes do not, each with the reason."""
        told = {one.path[-1] for one in found}
        rests = [
            ("messagesPerOrder", "no metric counts orders: they are told by the messages themselves"),
            ("outboundCallsPerOrder", "NAT gateways count connections, not what they are for"),
            ("serviceTimeCv", "CloudWatch has the mean and p99 of answers, calls and waits included; make calibrate"),
        ]
        if "startSeconds" not in told:
            rests.append(
                ("startSeconds", f"fewer than {MIN_LAUNCHES} rises of a service's tasks, or no count of those wanted")
            )
        return rests

    def usable(self, name: str, most_cpu: float) -> Mask:
        """Minutes in which a service was below a share of its CPU and did not fail."""
        requests, errors = self.measured.get(name, "requests"), self.measured.get(name, "errors")
        cpu = self.measured.get(name, "cpu")
        good = np.full(self.measured.steps, True) if cpu is None else np.nan_to_num(cpu, nan=100.0) / 100 < most_cpu
        if requests is not None and errors is not None:
            good = good & (np.nan_to_num(errors) <= MAX_ERRORS * np.nan_to_num(requests))
        return good

    def cpu(self, service: Service) -> Fit | None:
        """vCPU that a task takes by itself, and vCPU-seconds of a request."""
        requests, cpu = self.measured.get(service.name, "requests"), self.measured.get(service.name, "cpu")
        tasks = self.measured.get(service.name, "tasks")
        if requests is None or cpu is None or tasks is None:
            return None
        used = cpu / 100 * tasks * service.cpu / requirements.UNITS
        usable = self.usable(service.name, FULL)
        found = fit(used, [tasks, requests], usable)
        if found is None or found.coefficients[0] < 0:  # a task takes nothing by itself, or it can't be told apart
            alone = fit(used, [requests], usable)
            if alone is None:
                return None
            spread = np.zeros((2, 2))
            spread[1, 1] = alone.covariance[0, 0]
            return Fit(np.array([0.0, alone.coefficients[0]]), spread, alone.minutes)
        return found

    def _capacity(self, service: Service) -> Iterator[Finding]:
        found = self.cpu(service)
        if found is None or not found.coefficients[1] > 0:
            return
        idle, each = (float(value) for value in found.coefficients)
        target = service.scaling.cpu_percent / 100 * service.cpu / requirements.UNITS
        rate = (target - idle) / each
        if rate > 0:
            yield Finding(
                path=_measured(service, "requestsPerSecond"),
                now=service.requests_per_task,
                estimate=found.of(rate, [-1 / each, -rate / each]),
                law=f"utilisation law: {each * 1000:.3g} ms of a vCPU a request, {idle:.2g} vCPU a task by itself",
            )

    def _time(self, service: Service, elsewhere: Mapping[str, float]) -> Iterator[Finding]:
        seconds, requests = self.measured.get(service.name, "seconds"), self.measured.get(service.name, "requests")
        if seconds is None or requests is None or service.name not in elsewhere:
            return
        own, usable = seconds - elsewhere[service.name], self.usable(service.name, QUIET)
        for callee in self._callees(service.name):
            calls, waits = self.measured.get(callee, "requests"), self.measured.get(callee, "seconds")
            if calls is None or waits is None:
                return
            with np.errstate(divide="ignore", invalid="ignore"):
                own = own - np.nan_to_num(calls / requests) * np.nan_to_num(waits)
            usable = usable & self.usable(callee, QUIET)
        found = mean(own, requests, usable)
        if found is not None and found.value > 0:
            yield Finding(
                path=_measured(service, "serviceTimeMs"),
                now=service.measured.service_time_ms,
                estimate=found.times(1000),
                law="answer time in quiet minutes, less that of calls",
            )

    def _size(self, service: Service) -> Iterator[Finding]:
        """Of the answers: the load balancer's bytes, where one service alone is behind it."""
        public = [one for one in self.shop.services if one.is_public]
        sent, requests = self.measured.get(BALANCER, "bytes"), self.measured.get(BALANCER, "requests")
        if service.is_public and len(public) == 1 and sent is not None and requests is not None:
            found = fit(sent / KILOBYTE, [requests])
            if found is not None:
                yield Finding(
                    path=_measured(service, "responseKb"),
                    now=service.measured.response_kb,
                    estimate=found.estimate(0),
                    law="bytes of the load balancer a request",
                )

    def _start(self, service: Service) -> Iterator[Finding]:
        desired, running = self.measured.get(service.name, "desired"), self.measured.get(service.name, "tasks")
        if desired is None or running is None:
            return
        found = start_seconds(desired, running, self.measured.step)
        if found is not None:
            yield Finding(
                path=_measured(service, "startSeconds"),
                now=service.measured.start_seconds,
                estimate=found,
                law="Little's law: tasks wanted and not yet running; health checks come on top",
            )

    def _stores(self) -> Iterator[Finding]:
        data = self.shop.data
        for database in data.databases:
            users = [one for one in self.shop.services if database.name in one.uses.databases]
            yield from self._asked(f"database {database.name}", users, "queriesPerRequest")
        for table in data.tables:
            for kind, access in (("reads", "read"), ("writes", "write")):
                users = [one for one in self.shop.services if one.uses.tables.get(table.name) in (access, "readWrite")]
                marks = self._marks(table.name) if kind == "writes" else None
                yield from self._asked(f"table {table.name} {kind}", users, f"{kind}PerRequest", marks)
        for cache in data.caches:
            users = [one for one in self.shop.services if cache.name in one.uses.caches]
            yield from self._asked(f"cache {cache.name}", users, "commandsPerRequest")

    def _marks(self, table: str) -> Floats | None:
        """Writes of the order events' function, which no request makes."""
        events = self.shop.events
        if events is None or events.table != table:
            return None
        sent = self.measured.get(f"queue {events.queue}", "requests")
        return None if sent is None else sent * requirements.WRITES_PER_MARK

    def _asked(self, link: str, users: Sequence[Service], field: str, less: Floats | None = None) -> Iterator[Finding]:
        received = self.measured.get(link, "requests")
        causes = [(one, self.measured.get(one.name, "requests")) for one in users]
        known = [(one, requests) for one, requests in causes if requests is not None]
        if received is None or not known or len(known) < len(causes):
            return
        usable = np.all([self.usable(one.name, FULL) for one, _ in known], axis=0)
        found = fit(received if less is None else received - less, [requests for _, requests in known], usable)
        for number, (service, _) in enumerate(known):
            if found is not None and found.coefficients[number] >= 0:
                yield Finding(
                    path=_measured(service, field),
                    now=float(service.measured.model_dump(by_alias=True)[field]),
                    estimate=found.estimate(number),
                    law=f"what {link} received, by the requests of {', '.join(one.name for one in users)}",
                    link=link,
                )

    def _hits(self) -> Iterator[Finding]:
        asked, origin = self.measured.values[f"{CLOUDFRONT} requests"], self.measured.values[f"{BALANCER} requests"]
        found = fit(origin, [asked], self._of_event())
        if found is not None:
            passed = found.estimate(0)
            hits = Estimate(
                value=100 * (1 - passed.value),
                low=100 * (1 - passed.high),
                high=100 * (1 - passed.low),
                minutes=passed.minutes,
            )
            yield Finding(
                path=_event(self.event, "cdnHitPercent"),
                now=self.event.cdn_hit_percent,
                estimate=hits,
                law="requests of the load balancer by those of CloudFront",
            )

    def _mix(self) -> Iterator[Finding]:
        """What ended in each service: what it received, less what it passed on along the shortest way."""
        received = {name: self.measured.get(name, "requests") for name in self.services}
        origin = self.measured.values[f"{BALANCER} requests"]
        inside, shares = self._of_event(), {}
        for name in self.event.mix:
            own = received[name]
            passed = [received[callee] for callee in self._callees(name)]
            if own is None or any(one is None for one in passed):
                return
            ended = own - np.sum([one for one in passed if one is not None], axis=0) if passed else own
            found = fit(np.maximum(ended, 0.0), [origin], inside)
            if found is None:
                return
            shares[name] = found.estimate(0).times(100)
        total = sum(share.value for share in shares.values())
        for name, share in shares.items():
            yield Finding(
                path=_event(self.event, "mix", name),
                now=self.event.mix[name],
                estimate=share.times(100 / total),
                law="requests that ended there, by those of the load balancer",
            )

    def _of_event(self) -> Mask:
        times = self.measured.times
        return (times >= self.event.start.timestamp()) & (times < self.event.end.timestamp())

    def _callees(self, name: str) -> list[str]:
        """Services that a service passes requests on to."""
        return [other for other, way in self._ways.items() if len(way) > 1 and way[-2] == name]


def _store_seconds(model: Model, asked: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """By service: seconds of an answer that its calls to stores take, each as long as the simulation estimates.

    `asked` has what was measured, by service and store: calls of a request.
    """
    stores = {station.name: station.service_seconds for station in model.stores}
    found = dict.fromkeys((station.name for station in model.services), 0.0)
    for call in model.calls:
        if call.source in found and call.target in stores:
            number = asked.get((call.source, call.target), call.per_request * (1 - call.hit_share))
            found[call.source] += number * stores[call.target]
    return found


def _measured(service: Service, field: str) -> Path:
    return ("config", "saleday:services", service.name, "measured", field)


def _event(event: SaleEvent, *path: str) -> Path:
    return ("config", "saleday:saleEvents", event.name, *path)
