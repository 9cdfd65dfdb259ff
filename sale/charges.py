"""Quantities in, lines of a bill out: what AWS charges, by one computation for plan, play, report and `make cost`.

    lines(shop, prices, of_event(plan))          what the plan's events add
    Bill(lines(…)).usd

A line without a price in its region is not in the total: it carries what it would cost at the prices of
`REFERENCE_REGION`, so that it can be listed by its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final

from aws_facts.prices import REFERENCE_REGION, VALKEY, Prices
from aws_facts.regions import EDGE_REGION
from sale import requirements
from sale.admission.polls import CALL_SECONDS, CALLS_PER_PLACE, PASS_SECONDS, POLL_KB, WRITES_PER_PLACE
from specs.admission_rules import gated_shares
from specs.services import Service
from specs.shop import Shop
from specs.stores.caches import CacheNodes
from specs.stores.databases import Database, Serverless

KILOBYTES_OF_GB: Final = 1e6
CALLS_OF_A_MESSAGE: Final = 3.0  # to SQS: send, receive, delete (SQS developer guide, "Amazon SQS billing")
NODE_ITEM: Final = "ec2.m7g.largeHour"
NODE_CPU: Final = 2048  # units of a node: m7g.large, the smallest that EKS Auto Mode's and the groups' families have
NODE_MEMORY: Final = 8192  # MiB
FUNCTION_GB: Final = 0.25  # memory of the function of order events


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a bill."""

    tier: str
    service: str
    """The AWS service, as its bill names it."""
    what: str
    quantity: float
    unit: str
    usd: float | None
    """None: no sourced price in the region."""
    item: str
    """What its price is called in `aws_facts/data/prices.json`; empty where the table has no such item."""
    grade: str = ""
    about: float | None = None
    """USD at the reference region's price, where the region itself has none."""


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """What is used: over an event, a play or a month."""

    hours: float = 0.0
    """Of the whole span."""
    requests: float = 0.0
    """Of customers, to CloudFront."""
    origin_requests: float = 0.0
    """Those that go on to the load balancer."""
    orders: float = 0.0
    task_hours: Mapping[str, float] = field(default_factory=dict)
    """By service."""
    acu_hours: Mapping[str, float] = field(default_factory=dict)
    """By serverless database, of all its instances together."""
    instance_hours: Mapping[str, float] = field(default_factory=dict)
    """By provisioned database."""
    node_hours: Mapping[str, float] = field(default_factory=dict)
    """By cache on nodes."""
    ecpu: Mapping[str, float] = field(default_factory=dict)
    """By serverless cache: processing units."""
    lcu_hours: float = 0.0
    """Load balancer capacity units that traffic uses."""
    idle_lcu_hours: float = 0.0
    """Those that are reserved and not used. AWS bills these beside the used ones, not the whole reservation (ELB user
    guide, "Understand codes for ELB in billing and usage reports": LCUUsage and IdleProvisionedLBCapacity)."""
    reads: Mapping[str, float] = field(default_factory=dict)
    """By table: read request units."""
    writes: Mapping[str, float] = field(default_factory=dict)
    messages: Mapping[str, float] = field(default_factory=dict)
    """By queue."""
    places: float = 0.0
    """Given in waiting rooms."""
    polls: float = 0.0
    """Of those who wait there."""
    passes: float = 0.0
    """Of the waiting room's controller."""

    def less(self, other: Quantities) -> Quantities:
        """The difference to another, item by item."""
        changed: dict[str, Any] = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, float):
                changed[one.name] = mine - theirs
            else:
                changed[one.name] = {name: mine.get(name, 0.0) - theirs.get(name, 0.0) for name in {**mine, **theirs}}
        return Quantities(**changed)


@dataclass(frozen=True)
class Bill:
    """Lines and what they come to."""

    lines: Sequence[Line]

    @property
    def usd(self) -> float:
        """What is priced."""
        return sum(line.usd or 0.0 for line in self.lines)

    @cached_property
    def not_priced(self) -> tuple[Line, ...]:
        """Lines without a price, the largest first: by their size at the reference region's prices."""
        missing = [line for line in self.lines if line.usd is None]
        return tuple(sorted(missing, key=lambda line: (-(line.about or 0.0), line.tier, line.service, line.what)))

    @property
    def about(self) -> float:
        """USD of what is not priced, at the reference region's prices."""
        return sum(line.about or 0.0 for line in self.not_priced)


@dataclass(frozen=True)
class Pricer:
    """Lines of one region's prices."""

    prices: Prices

    def line(
        self, tier: str, service: str, what: str, quantity: float, item: str, *, unit: str = "", times: float = 1.0,
        region: str | None = None,
    ) -> Line:  # fmt: skip
        """A line of the item's price, `times` it."""
        known = self.prices.table["items"].get(item)
        found = self.prices.find(item, region) if known is not None else None
        reference = self.prices.find(item, REFERENCE_REGION) if known is not None and found is None else None
        return Line(
            tier=tier,
            service=service,
            what=what,
            quantity=quantity,
            unit=unit or (known["unit"] if known is not None else ""),
            usd=None if found is None else found.value * times * quantity,
            item=item if known is not None else "",
            grade=found.grade if found is not None else "",
            about=None if reference is None else reference.value * times * quantity,
        )

    def tasks(self, what: str, hours: float, cpu: int, memory: int, *, arm: bool = True) -> Line:
        """A line of Fargate tasks; `cpu` in units, `memory` in MiB."""
        hourly = self.prices.task_hour(cpu, memory, arm=arm)
        reference = self.prices.task_hour(cpu, memory, arm=arm, region=REFERENCE_REGION)
        return Line(
            tier="service",
            service="Fargate",
            what=f"{what}, {cpu / 1024:g} vCPU and {memory / 1024:g} GB",
            quantity=hours,
            unit="task-hour",
            usd=None if hourly is None else hours * hourly,
            item="fargateArmVcpuHour" if arm else "fargateVcpuHour",
            grade="" if hourly is None else "R",
            about=hours * reference if hourly is None and reference is not None else None,
        )

    def workload(self, service: Service, hours: float) -> Line:
        """A line of a service's tasks: of Fargate, or of the share of nodes that its tasks or pods take."""
        if service.runs_on.takes_fargate:
            return self.tasks(f"tasks of {service.name}", hours, service.cpu, service.memory)
        return self.line("service", "EC2", f"nodes for {service.name}", hours * _nodes(service), NODE_ITEM)


def _nodes(service: Service) -> float:
    """Nodes that one task takes: by vCPU or memory, whichever is more."""
    return max(service.cpu / NODE_CPU, service.memory / NODE_MEMORY)


def prices_of(shop: Shop) -> Prices:
    """The prices of a shop: its region's, with what its settings say instead."""
    return Prices(region=shop.region, own=shop.prices)


def acu_item(database: Database) -> str:
    return "acuHourIoOptimized" if database.io_optimized else "acuHour"


def task_hour(prices: Prices, service: Service) -> float | None:
    """USD an hour of one task of a service; None where that is not known."""
    return Pricer(prices).workload(service, 1.0).usd


def lines(shop: Shop, prices: Prices, used: Quantities) -> list[Line]:
    """The bill of some quantities: what is nothing is left out."""
    every = (*_capacity(shop, Pricer(prices), used), *traffic(shop, prices, used))
    return [line for line in every if line.quantity]


def _capacity(shop: Shop, pricer: Pricer, used: Quantities) -> Iterator[Line]:
    for service in shop.services:
        yield pricer.workload(service, used.task_hours.get(service.name, 0.0))
    for database in shop.data.databases:
        what, name = f"capacity of {database.name}", database.name
        if isinstance(database.capacity, Serverless):
            yield pricer.line("data", "Aurora", what, used.acu_hours.get(name, 0.0), acu_item(database))
        else:
            item = f"{database.capacity.instance_class}Hour"
            yield pricer.line("data", "Aurora", what, used.instance_hours.get(name, 0.0), item, unit="hour")
    for cache in shop.data.caches:
        if cache.serverless is not None:
            ecpu = used.ecpu.get(cache.name, 0.0)
            yield pricer.line("data", "ElastiCache", f"processing units of {cache.name}", ecpu, "ecpu")
        else:
            node, hours = (cache.nodes or CacheNodes()).node_type, used.node_hours.get(cache.name, 0.0)
            yield pricer.line("data", "ElastiCache", f"nodes of {cache.name}", hours, f"{node}Hour", times=VALKEY,
                              unit="hour")  # fmt: skip


def traffic(shop: Shop, prices: Prices, used: Quantities) -> Iterator[Line]:
    """What customers' requests and orders cost, wherever they go."""
    pricer = Pricer(prices)
    gigabytes = used.requests * requirements.response_kb(shop) / KILOBYTES_OF_GB
    yield pricer.line("edge", "CloudFront", "requests", used.requests, "cloudfrontRequest")
    yield pricer.line("edge", "CloudFront", "data to customers", gigabytes, "cloudfrontGb")
    yield pricer.line("edge", "CloudFront", "function at the edge", used.requests, "cloudfrontFunction")
    yield pricer.line("edge", "WAF", "requests at CloudFront", used.requests, "wafRequest", region=EDGE_REGION)
    yield pricer.line("edge", "WAF", "requests at the load balancer", used.origin_requests, "wafRequest")
    yield pricer.line("edge", "Load balancing", "capacity units used", used.lcu_hours, "lcuHour")
    yield pricer.line("edge", "Load balancing", "capacity units reserved, not used", used.idle_lcu_hours, "lcuHour")
    for table in shop.data.tables:
        for kind, units, item in (
            ("reads", used.reads, "dynamodbReadUnit"),
            ("writes", used.writes, "dynamodbWriteUnit"),
        ):
            yield pricer.line("data", "DynamoDB", f"{kind} of {table.name}", units.get(table.name, 0.0), item)
    for queue in shop.data.queues:
        calls = used.messages.get(queue.name, 0.0) * CALLS_OF_A_MESSAGE
        item = "sqsFifoRequest" if queue.fifo else "sqsRequest"
        yield pricer.line("data", "SQS", f"requests of {queue.name}", calls, item)
    yield from _order_events(shop, pricer, used)
    yield from _rooms(shop, pricer, used)


def _order_events(shop: Shop, pricer: Pricer, used: Quantities) -> Iterator[Line]:
    if shop.events is None:
        return
    published = used.messages.get(shop.events.queue, 0.0)
    batches = published / shop.events.batch_size
    seconds = batches * requirements.BATCH_SECONDS * FUNCTION_GB
    yield pricer.line("events", "EventBridge", "order events", published, "eventBridgeEvent")
    yield pricer.line("events", "Lambda", "batches of order events", batches, "lambdaRequest")
    yield pricer.line("events", "Lambda", "time of order events", seconds, "lambdaArmGbSecond")


def _rooms(shop: Shop, pricer: Pricer, used: Quantities) -> Iterator[Line]:
    """Waiting rooms: the gate reads the key-value store for each request that it looks at."""
    gated = max((one for _, one in gated_shares(shop.edge, shop.sale_events, shop.services)), default=0.0)
    seconds = used.places * CALLS_PER_PLACE * CALL_SECONDS + used.passes * PASS_SECONDS
    for service, what, quantity, item in (
        ("CloudFront", "the gate's reads of the key-value store", used.requests * gated, "keyValueRead"),
        ("CloudFront", "the controller's writes of the key-value store", used.passes, "keyValueOperation"),
        ("CloudFront", "polls of those who wait", used.polls, "cloudfrontRequest"),
        ("CloudFront", "function at the edge, for polls", used.polls, "cloudfrontFunction"),
        ("CloudFront", "data of polls", used.polls * POLL_KB / KILOBYTES_OF_GB, "cloudfrontGb"),
        ("DynamoDB", "writes of places", used.places * WRITES_PER_PLACE, "dynamodbWriteUnit"),
        ("Lambda", "calls to join and to come in", used.places * CALLS_PER_PLACE, "lambdaRequest"),
        ("Lambda", "time of the room and its controller", seconds * FUNCTION_GB, "lambdaArmGbSecond"),
    ):
        yield pricer.line("admission", service, what, quantity, item)
    yield pricer.line("admission", "WAF", "polls of those who wait", used.polls, "wafRequest", region=EDGE_REGION)


def joined(every: Iterable[Line]) -> list[Line]:
    """Lines of the same thing added up, in the order of their first; lines of nothing are left out."""
    found: dict[tuple[str, ...], Line] = {}
    for line in every:
        key = (line.tier, line.service, line.what, line.unit, line.item)
        before = found.get(key)
        found[key] = line if before is None else _sum(before, line)
    return [line for line in found.values() if line.quantity]


def _sum(one: Line, other: Line) -> Line:
    return Line(
        tier=one.tier,
        service=one.service,
        what=one.what,
        quantity=one.quantity + other.quantity,
        unit=one.unit,
        usd=None if one.usd is None or other.usd is None else one.usd + other.usd,
        item=one.item,
        grade=one.grade,
        about=None if one.about is None or other.about is None else one.about + other.about,
    )


def totals(every: Iterable[Line], by: str) -> dict[str, float]:
    """USD of what is priced, by `tier` or `service`, the most first."""
    counted: dict[str, float] = {}
    for line in every:
        name = str(getattr(line, by))
        counted[name] = counted.get(name, 0.0) + (line.usd or 0.0)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
