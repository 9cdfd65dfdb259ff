"""Settings of a stack's services: one entry for each microservice of the shop."""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from specs.base import Count, LargePercent, Name, Spec
from specs.compute import ComputeKind
from specs.compute_kinds import FARGATE, KINDS, Compute
from specs.data import StoreLoad
from specs.deployment import REGEXES_PER_RULE, Deployment, regexes
from specs.forms import Distinct, Form, NoFraction
from specs.load_test import Calibration
from specs.workloads import Workload

REQUESTS_PER_VCPU: Final = 100.0  # a second; an estimate, for a service that nobody has measured yet
MAX_WILDCARDS: Final = 6  # of one listener rule (ELB user guide, "Quotas for your Application Load Balancers")

MAX_LATENCY: Final = 120_000  # ms: CloudFront waits no longer for an answer (CloudFront quotas, "Response timeout")
MAX_AVAILABILITY: Final = 99.999  # percent: five nines, 26 seconds a month
NO_DOT_SEGMENTS: Final = r"(?!.*/\.{1,2}(?:/|$))"
"""Clients and proxies take `/../` out of a path: no request ever has it."""

# A path of the ALB's path-pattern condition: up to 128 characters, `*` and `?` as wildcards.
PathPattern = Annotated[
    str,
    Field(max_length=128),
    Form(
        "a path of ASCII letters, digits and _-.$/~\"'@:+&, with * and ? as wildcards",
        "/catalog/*",
        rf"{NO_DOT_SEGMENTS}/[A-Za-z0-9_\-.$/~\"'@:+&*?]*",
    ),
]
# A health check may have a query, and no wildcards (ELB user guide, "Health checks for your target groups").
HealthPath = Annotated[
    str,
    Field(max_length=128),
    Form(
        "a path without wildcards, perhaps with a query",
        "/health",
        rf"{NO_DOT_SEGMENTS}/[A-Za-z0-9_\-.~/%:@!,;=&+]*(?:\?[A-Za-z0-9_\-.~/%:@!,;=&+]+)?",
    ),
]


class Backlog(Spec):
    """Scale on a queue's backlog: messages waiting for each running task."""

    queue: Name
    """Queue whose backlog counts."""
    messages_per_task: Annotated[float, Field(ge=0.1, le=1_000_000)]
    """Messages a task may have waiting: acceptable delay (s) divided by seconds per message."""


class Scaling(Spec):
    """How far and on what one service scales."""

    min: Annotated[int, Field(ge=0, le=5000)] = 1
    """Fewest tasks."""
    max: Annotated[int, Field(ge=1, le=5000)] = 2
    """Most tasks (AWS: 5,000 per service by default)."""
    cpu_percent: LargePercent = 60
    """Target for average CPU, percent of the task's reservation."""
    requests_per_target: Annotated[int, Field(gt=0, le=6_000_000)] | None = None
    """Target for ALB requests per task and minute; only for services with public paths. Default: not scaled on."""
    backlog: Backlog | None = None
    """Target for queue backlog per task. Default: not scaled on."""
    scale_out_cooldown: Annotated[int, Field(ge=0, le=3600)] = 30
    """Seconds after a scale-out before the next."""
    scale_in_cooldown: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds after a scale-in before the next."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Scaling:
        if self.min > self.max:
            raise ValueError(f"min must not exceed max (got min {self.min}, max {self.max}); lower min or raise max")
        return self


class Capacity(Spec):
    """Which capacity a service's tasks run on: on Fargate, or on the instances of `compute: ec2`."""

    base: Annotated[int, Field(ge=0, le=5000)] = 1
    """Tasks that always run on capacity that AWS does not take back, before the weights count."""
    weight: Annotated[int, Field(ge=0, le=1000)] = 1
    """Share of further tasks on the same: FARGATE, or on-demand instances."""
    spot_weight: Annotated[int, Field(ge=0, le=1000)] = 0
    """Share of further tasks on Spot: FARGATE_SPOT, or the group of instances that holds Spot above its on-demand base.
    For `stateless` services; nothing falls back from FARGATE_SPOT on its own, so keep `weight` above zero."""

    @model_validator(mode="after")
    def _some_weight(self) -> Capacity:
        if self.weight == 0:
            raise ValueError(
                "weight must be above 0: tasks on FARGATE_SPOT alone have nothing to fall back on (got 0); set it to 1"
            )
        return self


class Measured(StoreLoad):
    """What one task can do, as a load test of your own image shows it. Every default is an estimate."""

    requests_per_second: Annotated[float, Field(ge=0.001, le=1_000_000)] | None = None
    """Requests that a task answers in a second at its target of CPU. Default: what `scaling.requestsPerTarget` comes
    to, else 100 for each vCPU."""
    service_time_ms: Annotated[float, Field(ge=0.01, le=MAX_LATENCY)] = 50
    """Time that a request takes when nothing waits, in milliseconds."""
    service_time_cv: Annotated[float, Field(ge=0, le=10)] = 1
    """Coefficient of variation of that time: its standard deviation divided by its mean. The default is the exponential
    distribution's, which Erlang's formulas assume; a service whose requests are all alike has less, one with a few slow
    ones more."""
    start_seconds: Annotated[int, Field(ge=1, le=1800)] = 90
    """Seconds from a task's launch until it takes requests: image, start, health checks."""
    messages_per_second: Annotated[float, Field(ge=0.001, le=1_000_000)] = 20
    """Messages that a task works off in a second."""
    outbound_calls_per_order: Count = 1
    """Calls to the internet, through NAT gateways, for each order: payment, mail."""
    uncertainty_percent: Annotated[float, Field(ge=0, le=400), NoFraction()] = 15
    """How far all of this may be off on the day: 95 of 100 outcomes lie within so many percent. The search for a plan
    draws from it."""
    response_kb: Annotated[float, Field(ge=0.01, le=1_000_000)] = 20
    """Size of an answer, in KB: what the load balancer's capacity is counted by."""
    calibration: Calibration | None = None
    """Load test that the numbers come from, written by `make calibrate`. Default: none, they are estimates."""

    @property
    def capacity_factor(self) -> float:
        """How many times more, or fewer, requests a task may answer: 95 of 100 outcomes lie within. By the
        calibration's interval, else `uncertainty_percent`."""
        interval = None if self.calibration is None else self.calibration.requests_per_second
        if interval is not None and interval.low > 0:
            return math.sqrt(interval.high / interval.low)
        return 1 + self.uncertainty_percent / 100


class Slo(Spec):
    """What customers are promised of one service."""

    availability_percent: Annotated[float, Field(ge=90, le=MAX_AVAILABILITY)] = 99.9
    """Share of requests, over 30 days, that do not end in a 5xx answer."""
    latency_p99: Annotated[int, Field(gt=0, le=MAX_LATENCY)] = 1000
    """99th percentile of the answer time, in milliseconds."""


class Service(Workload):
    """One microservice: its image, its size, what it may touch and how it scales."""

    compute: ComputeKind | None = None
    """Where it runs: `fargate` and `ec2` are tasks of ECS, `eks` is a deployment of Kubernetes. Default: the stack's
    `compute`."""
    stateless: bool = False
    """Whether a task may be stopped at two minutes' notice without a customer losing anything: it keeps nothing in
    memory or on disk that is not in a store too. Only such a service may use Spot."""
    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    """Port that the container listens on; above 1023, as it does not run as root."""
    health_path: HealthPath = "/health"
    """Path that answers 200 within 5 seconds when the service is healthy, also while a service that it calls or a store
    hangs: where it waits for them, a slow neighbour has every task of this service replaced."""
    container_health_check: bool = True
    """Whether ECS asks `health_path` inside the container too, with the image's own curl: what makes the broken
    release of an internal service fail its deployment. Switch it off for an image without curl."""
    public_paths: Annotated[tuple[PathPattern, ...], Distinct()] = ()
    """Paths that the load balancer forwards to this service. Default: none, the service is internal."""
    calls: Annotated[tuple[Name, ...], Distinct()] = ()
    """Services that this one calls over Service Connect."""
    scaling: Scaling = Scaling()
    """How far and on what it scales."""
    deployment: Deployment = Deployment()
    """How a new release takes over."""
    capacity: Capacity = Capacity()
    """Which capacity it runs on."""
    slo: Slo = Slo()
    """What customers are promised."""
    measured: Measured = Measured()
    """What one task can do."""
    desired_at_first: Annotated[int, Field(ge=0, le=5000)] | None = None
    """Tasks at the first deployment; afterwards autoscaling decides. Default: `scaling.min`."""

    @property
    def runs_on(self) -> Compute:
        """The kind of compute; a stack gives its own to services that set none."""
        return KINDS[self.compute or FARGATE.name]

    @property
    def is_public(self) -> bool:
        return bool(self.public_paths)

    @property
    def requests_per_task(self) -> float:
        """Requests that a task answers in a second: measured, or estimated."""
        if self.measured.requests_per_second is not None:
            return self.measured.requests_per_second
        if self.scaling.requests_per_target is not None:
            return self.scaling.requests_per_target / 60
        return REQUESTS_PER_VCPU * self.cpu / 1024

    @field_validator("public_paths")
    @classmethod
    def _wildcards_fit_into_a_rule(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            wildcards = pattern.count("*") + pattern.count("?")
            if wildcards > MAX_WILDCARDS:
                raise ValueError(
                    f"a path may hold {MAX_WILDCARDS} wildcards, as many as a listener rule "
                    f"(got {pattern}, {wildcards}); use fewer"
                )
        return patterns

    @model_validator(mode="after")
    def _traffic_can_shift(self) -> Service:
        """What is known of one service of why ECS could not move its traffic."""
        if not self.deployment.shifts_traffic:
            return self
        if self.scaling.requests_per_target is not None:
            raise ValueError(
                f"scaling.requestsPerTarget counts at one target group, and with {self.deployment.strategy} there are "
                f"two (got {self.scaling.requests_per_target}); remove it, cpuPercent scales too"
            )
        if not self.runs_on.runs_tasks:
            raise ValueError(
                f"deployment.strategy is for tasks of ECS (got {self.deployment.strategy} with compute {self.compute});"
                " remove it"
            )
        if len(found := regexes(self.public_paths)) > REGEXES_PER_RULE:
            raise ValueError(
                f"publicPaths must fit into {REGEXES_PER_RULE} regular expressions with {self.deployment.strategy}, "
                f"as ECS turns one listener rule (got {len(self.public_paths)} paths, {len(found)}); use fewer"
            )
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Service:
        if self.capacity.spot_weight and not self.stateless:
            raise ValueError(
                "capacity.spotWeight is for stateless services, as Spot stops a task at two minutes' notice "
                f"(got {self.capacity.spot_weight}, stateless false); remove it, or set stateless to true once the "
                "service keeps nothing of its own"
            )
        if self.scaling.requests_per_target is not None and not self.is_public:
            raise ValueError(
                "scaling.requestsPerTarget needs public paths, as only the load balancer counts requests "
                f"(got {self.scaling.requests_per_target} without publicPaths); remove it or add publicPaths"
            )
        backlog = self.scaling.backlog
        if backlog is not None and self.uses.queues.get(backlog.queue) not in ("receive", "sendReceive"):
            raise ValueError(
                f"scaling.backlog needs a queue that this service receives from (got {backlog.queue}); "
                f"add uses.queues.{backlog.queue}: receive"
            )
        for name, value in (("capacity.base", self.capacity.base), ("desiredAtFirst", self.desired_at_first or 0)):
            if value > self.scaling.max:
                raise ValueError(
                    f"{name} must not exceed scaling.max (got {value}, max {self.scaling.max}); lower it or raise max"
                )
        if self.name in self.calls:
            raise ValueError(f"a service does not call itself (got {self.name} in calls); remove it")
        return self
