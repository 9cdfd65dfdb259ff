"""What a play has cost, by what its tasks, units and requests are priced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_facts.prices import VALKEY, Prices
from sale.plan import Plan
from sale.simulation.adapter import BALANCER, CLOUDFRONT, WAF
from sale.simulation.result import Result
from specs.stores.caches import CacheNodes
from specs.stores.databases import Serverless

_HOUR: Final = 3600.0  # seconds
_CALLS_PER_MESSAGE: Final = 3.0  # to SQS: send, receive, delete


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Money over the whole play, on demand."""

    by: dict[str, float]
    """USD by station."""
    not_priced: tuple[str, ...]
    """What has no sourced price: not in `total`, and not free."""

    @property
    def total(self) -> float:
        return sum(self.by.values())


def spent(result: Result, plan: Plan, prices: Prices) -> Spent:
    """The cost of a play of a plan's model."""
    counter = _Counter(result, plan, prices)
    by: dict[str, float] = {}
    missing: list[str] = []
    for name in result.index:
        usd = counter.usd(name)
        if usd is None:
            missing.append(name)
        else:
            by[name] = usd
    return Spent(by=by, not_priced=tuple(missing))


class _Counter:
    def __init__(self, result: Result, plan: Plan, prices: Prices) -> None:
        self.result, self.plan, self.prices = result, plan, prices
        self.links = {link.name: link for link in result.links}
        self.services = {service.name: service for service in plan.shop.services}
        self.databases = {f"database {one.name}": one for one in plan.shop.data.databases}
        self.caches = {f"cache {one.name}": one for one in plan.shop.data.caches}
        self.queues = {f"queue {one.name}": one for one in plan.shop.data.queues}

    def usd(self, name: str) -> float | None:
        """USD of one station; None where its price is not known."""
        hours = self.links[name].unit_seconds / _HOUR
        if name in self.services:
            service = self.services[name]
            return self._times(hours, self.prices.task_hour(service.cpu, service.memory))
        if name in self.databases:
            return self._database(name, hours)
        if name in self.caches:
            cache = self.caches[name]
            node = None if cache.serverless is not None else (cache.nodes or CacheNodes()).node_type
            price = self._price(f"{node}Hour") if node is not None else None
            return self._times(hours * VALKEY, price)
        requests = float(self.result.requests(name).served)
        if name in self.queues:
            item = "sqsFifoRequest" if self.queues[name].fifo else "sqsRequest"
            return self._times(requests * _CALLS_PER_MESSAGE, self._price(item))
        if name.startswith("table "):
            return self._times(requests, self._price(f"dynamodb{'Read' if name.endswith('reads') else 'Write'}Unit"))
        if name == BALANCER:
            station = self.result.model.stations[self.result.index[name]]
            return self._times(requests / station.rate / _HOUR, self._price("lcuHour"))
        if name == CLOUDFRONT:
            return self._times(requests, self._price("cloudfrontRequest"))
        return self._times(requests, self._price("wafRequest", "us-east-1")) if name == WAF else None

    def _database(self, name: str, hours: float) -> float | None:
        database = self.databases[name]
        if isinstance(database.capacity, Serverless):
            return self._times(hours, self._price("acuHourIoOptimized" if database.io_optimized else "acuHour"))
        station = self.result.model.stations[self.result.index[name]]
        return self._times(hours / station.units, self._price(f"{database.capacity.instance_class}Hour"))

    def _price(self, item: str, region: str | None = None) -> float | None:
        try:
            found = self.prices.find(item, region)
        except KeyError:
            return None
        return None if found is None else found.value

    @staticmethod
    def _times(number: float, price: float | None) -> float | None:
        return None if price is None else number * price
