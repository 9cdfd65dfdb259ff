"""Settings of the machines under its services: instances of EC2 and a cluster of EKS."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from aws_facts.instance_types import TYPES
from aws_facts.instances import vcpu
from specs.base import LargePercent, Spec
from specs.forms import Distinct, Form, OneOf

ComputeKind = Literal["fargate", "ec2", "eks"]
"""Where a service runs: tasks of ECS on Fargate or on instances of one's own, or pods of EKS."""

# The images are built for ARM64: Graviton families only (EC2 user guide, "Instance types": a `g` after the generation).
GravitonType = Annotated[str, OneOf("a Graviton type of EC2", TYPES["graviton"])]
MAX_DIMENSIONS: Final = 30  # of a CloudWatch metric
_ABOUT_ONE_SIZE: Final = 4  # times the vCPU of the smallest: the group counts instances, whatever their size

# What EKS is known to offer in November 2026 and manifests are tested for (EKS user guide, "Kubernetes version
# lifecycle").
EKS_VERSIONS: Final = ("1.33", "1.34", "1.35")
# Past standard support: at a higher price by the hour, and only where a cluster asks for it.
EXTENDED_VERSIONS: Final = frozenset({"1.33"})  # since 2026-07-29

# Start of the path and name of Auto Scaling's own role for one stack, which the stack's prefix ends: the stack's key
# admits this one alone, and not the role that all groups of an account share.
AUTO_SCALING_ROLE: Final = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_"


# CloudWatch API, `Dimension`.
DimensionName = Annotated[
    str, Field(max_length=255), Form("a dimension's name in ASCII, no colon first", "ClusterName", r"[!-9;-~][!-~]*")
]
DimensionValue = Annotated[
    str, Field(max_length=1024), Form("a dimension's value in ASCII", "shop", r"[!-~](?:[ -~]*[!-~])?")
]


class CustomMetric(Spec):
    """A CloudWatch metric that instances scale on, beside CPU and network; scaling keeps its average at the target."""

    namespace: Annotated[
        str, Field(max_length=255), Form("a namespace without a colon", "Shop/Carts", r"[!-9;-~](?:[ -9;-~]*[!-9;-~])?")
    ] = "AWS/ECS"
    """For example a namespace that your own application publishes to."""
    name: Annotated[
        str, Field(max_length=255), Form("a metric's name in ASCII", "MemoryReservation", r"[!-~](?:[ -~]*[!-~])?")
    ] = "MemoryReservation"
    """Name of the metric; it has to fall when instances are added."""
    statistic: Literal["Average", "Maximum", "Minimum", "SampleCount", "Sum"] = "Average"
    """How the values of a minute become one."""
    dimensions: Annotated[dict[DimensionName, DimensionValue], Field(max_length=MAX_DIMENSIONS)] = Field(
        default_factory=dict
    )
    """Its dimensions. Default: the cluster's name, as metrics of ECS have it."""
    target: Annotated[float, Field(ge=1e-6, le=1e12)] = 75
    """Value to keep, in the metric's own unit; for `MemoryReservation` percent of the instances' memory."""


class Instances(Spec):
    """The instances of services with `compute: ec2`: one Auto Scaling group on demand with a warm pool, and one that
    adds Spot above an on-demand base."""

    types: Annotated[tuple[GravitonType, ...], Field(min_length=2, max_length=40)] = (
        "c7g.xlarge",
        "m7g.xlarge",
        "c6g.xlarge",
        "m6g.xlarge",
    )
    """Graviton types of about one size, the preferred first; the more, the rarer Spot is taken back. A task takes one
    network interface, of which an xlarge has four, the first its own: three tasks."""
    min: Annotated[int, Field(ge=0, le=2000)] = 2
    """Fewest instances on demand; ECS adds what tasks need."""
    max: Annotated[int, Field(ge=1, le=2000)] = 20
    """Most instances of each group."""
    warm: Annotated[int, Field(ge=0, le=2000)] = 2
    """Instances that wait stopped, so that only their volumes cost; 0 for none."""
    spot_base: Annotated[int, Field(ge=0, le=2000)] = 1
    """Instances on demand in the Spot group before Spot is added. The group is there where a service has a
    `spotWeight`."""
    spot_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """Share of Spot above `spotBase`, percent."""
    cpu_percent: LargePercent = 60
    """Target for the average CPU of the instances."""
    network_mb_per_minute: Annotated[float, Field(ge=1, le=1_500_000)] = 6000
    """Target for what an instance receives in a minute on average, in MB, and the same for what it sends. An xlarge of
    the seventh generation keeps up about 1.9 Gbit/s, which is 14,000 MB."""
    custom_metric: CustomMetric | None = CustomMetric()
    """A further metric to scale on; null for none."""
    volume_gb: Annotated[int, Field(ge=30, le=16384)] = 50
    """Root volume (gp3, encrypted) in GB: system and images; at least 30, as the AMI's own."""
    max_age_days: Annotated[int, Field(ge=1, le=365)] = 14
    """Days after which an instance is replaced by one of the newest AMI."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        for name, value in (("min", self.min), ("warm", self.warm), ("spotBase", self.spot_base)):
            if value > self.max:
                raise ValueError(
                    f"{name} must not exceed max (got {name} {value}, max {self.max}); lower it or raise max"
                )
        return self

    @field_validator("types")
    @classmethod
    def _types_are_distinct(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        for name in types:
            if types.count(name) > 1:
                raise ValueError(f"types must be distinct (got {name} {types.count(name)} times); name each once")
        smallest, largest = (pick(types, key=lambda name: vcpu(name) or 0) for pick in (min, max))
        if (vcpu(largest) or 0) > _ABOUT_ONE_SIZE * (vcpu(smallest) or 1):
            raise ValueError(
                f"types must be of about one size, within {_ABOUT_ONE_SIZE} times the vCPU, as the group counts "
                f"instances (got {smallest} and {largest}); remove one"
            )
        return types


RoleArn = Annotated[
    str,
    Form(
        "the ARN of an IAM role",
        "arn:aws:iam::123456789012:role/platform",
        r"arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+",
    ),
]


class Kubernetes(Spec):
    """The EKS cluster of services with `compute: eks`."""

    version: str = "1.35"
    """Kubernetes version, in quotes; EKS updates a cluster one minor version at a time, and never back."""
    admin_role_arns: Annotated[tuple[RoleArn, ...], Distinct()] = ()
    """IAM roles of people who administer the cluster. Default: none; the pipeline is let into the shop's namespace."""
    max_cpu: Annotated[int, Field(ge=1, le=100_000)] = 400
    """vCPU that the nodes may have together; beyond it pods wait."""
    node_types: Annotated[tuple[Literal["c", "m", "r"], ...], Field(min_length=1), Distinct()] = ("c", "m", "r")
    """Graviton instance categories that nodes are chosen from."""

    @field_validator("version", mode="before")
    @classmethod
    def _number_is_text(cls, version: Any) -> Any:
        return str(version) if isinstance(version, float | int) else version  # 1.35 without quotes

    @field_validator("version")
    @classmethod
    def _is_offered(cls, version: str) -> str:
        if version not in EKS_VERSIONS:
            raise ValueError(
                f"EKS offers {EKS_VERSIONS[0]} to {EKS_VERSIONS[-1]} (got {version}); "
                f"use one of {', '.join(EKS_VERSIONS)}, in quotes"
            )
        return version
