"""What is played: stations that work, calls between them, customers who come, and what happens at known seconds.

Nothing here knows the shop's settings; `sale.simulation.adapter` makes a model of them, tests write theirs by hand.
Rates are per second, times in seconds from the model's first second, shares from 0 to 1.

A request passes the edge (CloudFront, WAF), which answers some itself, and the origin's entrance (load balancer); both
refuse what exceeds them. It is then shared out to the services that take customers. A service calls others and the
stores; a call that fails there fails here.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sale.simulation.gate import Admission

Numbers = NDArray[np.float64]

NEVER: Final = math.inf


class Kind(enum.IntEnum):
    """How a station's units follow its load."""

    TASKS = 0
    """Started and stopped by ECS, as scaling and the plan ask."""
    FIXED = 1
    """As many as are given, until something happens to them."""
    GROWING = 2
    """Grows by a factor a second while it is busy, shrinks again while it is not: Aurora Serverless, ElastiCache
    Serverless, load balancers."""
    REMEMBERING = 3
    """Twice the highest load of the last half hour, and no less than the floor: DynamoDB on demand."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How a service's tasks follow its load, beside what the plan does."""

    min: int
    max: int
    cpu_target: float = 0.6
    """Share of the tasks' CPU."""
    requests_target: float | None = None
    """Requests per task and minute. Default: not scaled on."""
    backlog_target: float | None = None
    """Messages waiting per task. Default: not scaled on."""
    out_cooldown: float = 30
    in_cooldown: float = 300
    first_start: float = 30
    """Seconds from a launch to a healthy task for the fastest tasks of a batch …"""
    last_start: float = 100
    """… and for the slowest; the others lie evenly between the two."""
    vcpu: float = 1
    base: int = 0
    """Tasks that never run on Spot."""
    spot_share: float = 0
    """Share of the tasks above `base` that run on Fargate Spot."""
    enabled: bool = True
    """Whether target tracking works at all; without it only the plan moves the tasks."""


@dataclass(frozen=True, kw_only=True)
class Station:
    """What works on requests: an entrance, a service or a store."""

    name: str
    rate: float
    """Requests a second that one unit can work off."""
    service_seconds: float = 0.0
    """Mean time of its own that a request takes when nothing waits; 0 for what only counts."""
    service_cv: float = 1.0
    """Coefficient of variation of that time: 1 for the exponential distribution, 0 for the same time always."""
    kind: Kind = Kind.FIXED
    units: float = 1
    """Tasks, nodes or capacity units at the first second."""
    floor: float = 0
    ceiling: float = NEVER
    """Bounds of what grows or remembers, in units."""
    doubling_seconds: float = 60
    """Time in which what grows can double."""
    threads: float = NEVER
    """Requests that a unit can have in hand, those that wait for an answer from elsewhere included."""
    waiting_room: float = NEVER
    """Requests that may wait for each unit before more are refused; 0 where nothing waits."""
    patience: float = NEVER
    """Seconds after which whoever waits gives up."""
    hot_share: float = 0
    """Share of the requests that falls on one key or shard …"""
    hot_limit: float = NEVER
    """… and what that one can do in a second."""
    scaling: Scaling | None = None
    """For tasks."""

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"{self.name}: a station works off more than 0 requests a second (got {self.rate})")
        if (self.kind is Kind.TASKS) != (self.scaling is not None):
            raise ValueError(f"{self.name}: tasks, and only tasks, have a scaling (got {self.kind.name})")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What one station asks of another for each request that it works off."""

    source: str
    target: str
    per_request: float
    hit_share: float = 0
    """Share of these calls that a cache answers instead, once it is warm."""
    warm_seconds: float = 300
    """Time constant in which a cold cache comes to its hit share."""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """A queue of messages (`queue`, a station) and who works on them: a service, with what its requests leave over, or
    a station among the stores, with all that it can do. A service's calls are for its requests; a message makes none.
    """

    queue: str
    worker: str
    share: float = 1
    """Messages that a service works off with the capacity that a request takes."""


@dataclass(frozen=True, kw_only=True)
class Customers:
    """Who comes, one value a second."""

    requests: Numbers
    """First attempts."""
    orders: Numbers
    """Orders among them."""
    shares: dict[str, float]
    """By service that takes customers: share of what passes the entrances; together 1."""
    retry_share: float = 0.6
    """Share of the failed attempts that are made again; an estimate."""
    retry_seconds: int = 5
    """Time until then; an estimate."""
    order_path: tuple[str, ...] = ()
    """Stations that an order needs, once each. Default: those that customers enter by."""
    messages: dict[str, float] = field(default_factory=dict)
    """By queue: messages that a placed order puts into it."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """How fast target tracking sees anything.

    The delay from the end of a datapoint's period to the scaling (publication, evaluation, request) is calibrated on
    AWS's measurement of a scale-out's trigger: 363 s on one-minute metrics, 86 s on 20-second ones (2026-06), each with
    3 points.
    """

    period: int = 60
    points_out: int = 3
    points_in: int = 15
    delay: int = 183


ONE_MINUTE: Final = Alarm()
TWENTY_SECONDS: Final = Alarm(period=20, points_in=45, delay=26)


@dataclass(frozen=True, kw_only=True)
class Account:
    """What all services share: Fargate's launch quota and vCPUs in one account and region."""

    launch_burst: float = 100
    launch_rate: float = 20
    service_launches_per_minute: float = 500
    vcpu_quota: float = NEVER


class What(enum.IntEnum):
    """What can happen at a known second; the value's meaning follows each."""

    MIN = 0
    """Fewest tasks."""
    MAX = 1
    """Most tasks."""
    FLOOR = 2
    """Fewest units of what grows or remembers; units of what is fixed."""
    CEILING = 3
    CAPACITY = 4
    """Factor on what each unit works off; 1 is back to normal."""
    SLOWNESS = 5
    """Factor on the time that a request takes."""
    KILL = 6
    """Share of the units that end at once."""
    SPOT = 7
    """Share of the tasks on Spot that end at once, while no new one comes; 0 when Spot has capacity again."""
    COLD = 8
    """Caches in front of the target are empty (1): all calls reach it. Of an edge station: the edge's own caches."""
    HOT = 9
    """Share of the requests on one key."""


@dataclass(frozen=True, kw_only=True, order=True)
class Action:
    """One thing that happens: a step of the plan, or a fault."""

    second: int
    what: What
    station: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """Everything that is played."""

    customers: Customers
    edge: tuple[Station, ...] = ()
    """What every request passes, in this order."""
    edge_hits: float = 0
    """Share of what passes the edge that it answers itself, once its caches are warm."""
    edge_warm_seconds: float = 60
    """Time constant in which cold caches of the edge come to that share."""
    origin: tuple[Station, ...] = ()
    """What every request passes that the edge does not answer."""
    services: tuple[Station, ...]
    stores: tuple[Station, ...] = ()
    calls: tuple[Call, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    actions: tuple[Action, ...] = ()
    account: Account = field(default_factory=Account)
    alarm: Alarm = ONE_MINUTE
    admission: Admission | None = None
    """A waiting room before all of it. Default: everybody is let in."""

    @property
    def seconds(self) -> int:
        return len(self.customers.requests)

    @property
    def stations(self) -> tuple[Station, ...]:
        """All, in the order in which requests reach them."""
        return (*self.edge, *self.origin, *self.services, *self.stores)

    def __post_init__(self) -> None:
        names = [station.name for station in self.stations]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"stations have different names (got {name} twice); rename one")
        known = set(names)
        mentioned = [call.source for call in self.calls] + [call.target for call in self.calls]
        mentioned += [
            *self.customers.shares,
            *self.customers.order_path,
            *self.customers.messages,
            *(action.station for action in self.actions),
        ]
        mentioned += [name for backlog in self.backlogs for name in (backlog.queue, backlog.worker)]
        for name in mentioned:
            if name not in known:
                raise ValueError(f"there is no station {name}; the stations are {', '.join(names)}")
        for label, values in (("requests", self.customers.requests), ("orders", self.customers.orders)):
            if len(values) != self.seconds or not np.all(np.isfinite(values)) or np.any(values < 0):
                raise ValueError(f"{label}: one number a second that is not negative, for {self.seconds} seconds")
        total = sum(self.customers.shares.values())
        if abs(total - 1) > 1e-6 or min(self.customers.shares.values()) < 0:
            raise ValueError(f"the shares of services add up to 1 and none is negative (got {total:g})")
