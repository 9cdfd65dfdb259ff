"""What a stack may say of its services: one entry for each microservice of the shop."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from specs import fargate, references
from specs.base import Name, Percent, Spec

# Names of variables that carry a credential; their values belong in Secrets Manager.
_CREDENTIAL_NAME: Final = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY(?:_ID)?|CREDENTIALS?)(?:_|$)",
    re.IGNORECASE,
)
# Values that are a credential whatever their variable is called: AWS access keys, private keys, well-known forms of
# tokens, URLs with a password.
_CREDENTIAL_VALUE: Final = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk_live_\w+|\bxox[abprs]-\w+"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|://[^/\s:@]+:[^/\s:@$]+@"
)
_SECRET_ARN: Final = re.compile(
    r"^arn:aws:(?:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(?::[\w.-]*:[\w.-]*:[\w.-]*)?|ssm:[a-z0-9-]+:\d{12}:parameter/[\w/.-]+)$"
)

MOST_WILDCARDS: Final = 6  # of one listener rule (ELB user guide, "Quotas for your Application Load Balancers")
_REACHABLE_IMAGE: Final = re.compile(r"^(?:public\.ecr\.aws|\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/")

TableAccess = Literal["read", "write", "readWrite"]
QueueAccess = Literal["send", "receive", "sendReceive"]
BucketAccess = Literal["read", "readWrite"]

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# A path of the ALB's path-pattern condition: up to 128 characters, `*` and `?` as wildcards.
PathPattern = Annotated[str, Field(pattern=r"^/[A-Za-z0-9_\-.$/~\"'@:+&*?]*$", max_length=128)]


class Uses(Spec):
    """The stores that a service works with; each grants just the actions named here, on just this store."""

    tables: dict[Name, TableAccess] = Field(default_factory=dict)
    """DynamoDB tables, each with the access it grants."""
    queues: dict[Name, QueueAccess] = Field(default_factory=dict)
    """SQS queues, each with the access it grants."""
    buckets: dict[Name, BucketAccess] = Field(default_factory=dict)
    """S3 buckets, each with the access it grants."""
    databases: tuple[Name, ...] = ()
    """Aurora databases that it may connect to."""
    caches: tuple[Name, ...] = ()
    """Valkey caches that it may connect to."""


class Backlog(Spec):
    """Scale on a queue's backlog: messages waiting for each running task."""

    queue: Name
    """Queue whose backlog counts."""
    messages_per_task: Annotated[float, Field(gt=0)]
    """Messages a task may have waiting: acceptable delay (s) divided by seconds per message."""


class Scaling(Spec):
    """How far and on what one service scales."""

    min: Annotated[int, Field(ge=0)] = 1
    """Fewest tasks."""
    max: Annotated[int, Field(ge=1, le=5000)] = 2
    """Most tasks (AWS: 5,000 per service by default)."""
    cpu_percent: Percent = 60
    """Target for average CPU, percent of the task's reservation."""
    requests_per_target: Annotated[int, Field(gt=0)] | None = None
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
    """Which Fargate capacity a service's tasks run on."""

    base: Annotated[int, Field(ge=0)] = 1
    """Tasks that always run on FARGATE, before the weights count."""
    weight: Annotated[int, Field(ge=0, le=1000)] = 1
    """Share of further tasks on FARGATE."""
    spot_weight: Annotated[int, Field(ge=0, le=1000)] = 0
    """Share of further tasks on FARGATE_SPOT; nothing falls back from Spot on its own, so keep `weight` above zero."""

    @model_validator(mode="after")
    def _some_weight(self) -> Capacity:
        if self.weight == 0:
            raise ValueError(
                "weight must be above 0: tasks on FARGATE_SPOT alone have nothing to fall back on (got 0); set it to 1"
            )
        return self


class Slo(Spec):
    """What customers are promised of one service."""

    availability_percent: Annotated[float, Field(ge=90, lt=100)] = 99.9
    """Share of requests, over 30 days, that do not end in a 5xx answer."""
    latency_p99: Annotated[int, Field(gt=0)] = 1000
    """99th percentile of the answer time, in milliseconds."""


class Service(Spec):
    """One microservice: its image, its size, what it may touch and how it scales."""

    name: Name
    """Name in DNS, in other services' `calls` and in every physical name."""
    image: Annotated[str, Field(pattern=r"^[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w.-]+|@sha256:[0-9a-f]{64})$")]
    """Image with a registry, and a tag or digest: of `public.ecr.aws`, or of a private Amazon ECR registry."""
    port: Annotated[int, Field(ge=1024, le=65535)] = 8080
    """Port that the container listens on; above 1023, as it does not run as root."""
    health_path: PathPattern = "/health"
    """Path that answers 200 when the service is healthy."""
    container_health_check: bool = True
    """Whether ECS asks `health_path` inside the container too, with the image's own curl: what makes the broken
    release of an internal service fail its deployment. Switch it off for an image without curl."""
    cpu: int = 512
    """CPU units of a task (1024 = 1 vCPU), the sidecar's share included."""
    memory: int = 1024
    """MiB of a task, the sidecar's share included."""
    user: Annotated[str, Field(pattern=r"^\d+(?::\d+)?$")] = "1000"
    """Numeric user (and group) of the container; not 0."""
    writable_paths: tuple[Annotated[str, Field(pattern=r"^/[\w./-]+$")], ...] = ("/tmp",)
    """Paths that may be written: small file systems in memory over the read-only root."""
    command: tuple[str, ...] = ()
    """Command in place of the image's own. Default: the image's."""
    public_paths: tuple[PathPattern, ...] = ()
    """Paths that the load balancer forwards to this service. Default: none, the service is internal."""
    calls: tuple[Name, ...] = ()
    """Services that this one calls over Service Connect."""
    uses: Uses = Uses()
    """Stores it works with."""
    environment: dict[VariableName, str] = Field(default_factory=dict)
    """Plain variables; may hold references (`specs.references`)."""
    secrets: dict[VariableName, str] = Field(default_factory=dict)
    """Secret variables: `${database.<name>.password}` or the ARN of a Secrets Manager secret or SSM parameter."""
    scaling: Scaling = Scaling()
    """How far and on what it scales."""
    capacity: Capacity = Capacity()
    """Which Fargate capacity it runs on."""
    slo: Slo = Slo()
    """What customers are promised."""
    desired_at_first: Annotated[int, Field(ge=0)] | None = None
    """Tasks at the first deployment; afterwards autoscaling decides. Default: `scaling.min`."""

    @property
    def is_public(self) -> bool:
        return bool(self.public_paths)

    @field_validator("image")
    @classmethod
    def _image_is_pinned_and_reachable(cls, image: str) -> str:
        if image.endswith(":latest"):
            raise ValueError(f"an image is pinned to a version or digest (got {image}); replace latest")
        if not _REACHABLE_IMAGE.match(image):
            raise ValueError(
                "an image comes from public.ecr.aws or a private Amazon ECR registry, as tasks have no way to the "
                f"internet (got {image}); push it to the service's own repository"
            )
        return image

    @field_validator("public_paths")
    @classmethod
    def _wildcards_fit_into_a_rule(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            wildcards = pattern.count("*") + pattern.count("?")
            if wildcards > MOST_WILDCARDS:
                raise ValueError(
                    f"a path may hold {MOST_WILDCARDS} wildcards, as many as a listener rule "
                    f"(got {pattern}, {wildcards}); use fewer"
                )
        return patterns

    @field_validator("user")
    @classmethod
    def _not_root(cls, user: str) -> str:
        if int(user.partition(":")[0]) == 0:
            raise ValueError(
                f"a container must not run as root (got {user}); use the image's own user, for example 1000"
            )
        return user

    @field_validator("environment")
    @classmethod
    def _no_plain_credentials(cls, environment: dict[str, str]) -> dict[str, str]:
        for variable, value in environment.items():
            is_reference = value.startswith("${") and value.endswith("}")
            if _CREDENTIAL_VALUE.search(value) or (_CREDENTIAL_NAME.search(variable) and not is_reference):
                raise ValueError(
                    f"{variable} looks like a credential in plain text (got {len(value)} characters, not shown); "
                    "store it in Secrets Manager and name its ARN under secrets"
                )
            references.references(value)
        return environment

    @field_validator("command")
    @classmethod
    def _no_plain_credentials_in_command(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        for argument in command:
            if _CREDENTIAL_VALUE.search(argument):
                raise ValueError(
                    f"an argument looks like a credential in plain text (got {len(argument)} characters, not shown); "
                    "store it in Secrets Manager and name its ARN under secrets"
                )
        return command

    @field_validator("secrets")
    @classmethod
    def _secrets_by_reference(cls, secrets: dict[str, str]) -> dict[str, str]:
        for variable, value in secrets.items():
            if _SECRET_ARN.match(value):
                continue
            if value.startswith("${") and value.endswith("}"):
                references.references(value, references.SECRET_ATTRIBUTES)
                continue
            raise ValueError(
                f"{variable} must be a reference, never the secret itself (got {len(value)} characters, not shown); "
                "name the ARN of a Secrets Manager secret or SSM parameter, or ${database.<name>.password}"
            )
        return secrets

    @model_validator(mode="after")
    def _fits_together(self) -> Service:
        fargate.check_pair(self.cpu, self.memory)
        both = sorted(self.environment.keys() & self.secrets.keys())
        if both:
            raise ValueError(f"a variable is plain or secret, not both (got {both[0]} in both); remove one")
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
        if self.name in self.calls:
            raise ValueError(f"a service does not call itself (got {self.name} in calls); remove it")
        return self
