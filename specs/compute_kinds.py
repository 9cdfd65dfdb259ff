"""Kinds of compute, one strategy for each, so that nothing else tells kinds apart by name.

The counterpart that knows ECS's capacity providers is `components.service.placements`; pods have a tier of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from aws_facts import instances as facts
from specs.compute import ComputeKind, Instances
from specs.stores.contract import Standing

if TYPE_CHECKING:
    from specs.services import Capacity, Service

MIB_PER_GIB: Final = 1024
CPU_UNITS: Final = 1024  # of a vCPU


class Compute:
    """One kind of compute. What a kind does not have keeps the default here."""

    name: ComputeKind
    runs_tasks: bool = True
    """Whether services are tasks of ECS: Application Auto Scaling sets their count, and ECS moves their traffic."""
    takes_fargate: bool = False
    """Whether tasks take vCPU of Fargate, rather than of instances or nodes."""
    has_instances: bool = False
    """Whether tasks run on instances of the stack's own."""
    in_every_zone: str | None = None
    """Offer that it needs in every zone and some zones lack, by its key in `aws_facts.zones`."""

    def instance_count(self, services: Sequence[Service], instances: Instances) -> int:
        """Instances on demand that stand for `services`, all of this kind."""
        return 0

    def max_instances(self, services: Sequence[Service], instances: Instances) -> int:
        """Most instances under `services`; each takes an address beside its tasks."""
        return 0

    def instance_vcpu(self, services: Sequence[Service], instances: Instances) -> float:
        """vCPU of the instances that stand."""
        return 0.0

    def standing(self, services: Sequence[Service], instances: Instances) -> Iterator[Standing]:
        """Capacity on demand at the services' minimum, for commitments."""
        yield from ()


class Fargate(Compute):
    """Tasks of ECS on Fargate."""

    name: ComputeKind = "fargate"
    takes_fargate = True
    in_every_zone = "tasks of Fargate"

    def standing(self, services: Sequence[Service], instances: Instances) -> Iterator[Standing]:
        tasks = [(service, _on_demand_tasks(service.scaling.min, service.capacity)) for service in services]
        vcpu = sum(service.cpu * count for service, count in tasks) / CPU_UNITS
        gib = sum(service.memory * count for service, count in tasks) / MIB_PER_GIB
        if vcpu:
            yield Standing(kind="fargateVcpu", type="arm64", amount=vcpu)
            yield Standing(kind="fargateGib", type="arm64", amount=gib)


class Ec2(Compute):
    """Tasks of ECS on instances of the stack's own: one group on demand, and one with Spot where a service asks."""

    name: ComputeKind = "ec2"
    has_instances = True

    def instance_count(self, services: Sequence[Service], instances: Instances) -> int:
        return instances.min + (instances.spot_base if _with_spot(services) else 0) if services else 0

    def max_instances(self, services: Sequence[Service], instances: Instances) -> int:
        return (1 + _with_spot(services)) * instances.max if services else 0

    def instance_vcpu(self, services: Sequence[Service], instances: Instances) -> float:
        return float(self.instance_count(services, instances) * (facts.vcpu(instances.types[0]) or 0))

    def standing(self, services: Sequence[Service], instances: Instances) -> Iterator[Standing]:
        if services and instances.min:
            yield Standing(kind="ec2Instance", type=instances.types[0], amount=instances.min)


class Eks(Compute):
    """Pods of EKS, whose cluster finds its own nodes."""

    name: ComputeKind = "eks"
    runs_tasks = False
    in_every_zone = "EKS clusters"


FARGATE: Final = Fargate()
EC2: Final = Ec2()
EKS: Final = Eks()
KINDS: Final[Mapping[ComputeKind, Compute]] = {kind.name: kind for kind in (FARGATE, EC2, EKS)}


def _with_spot(services: Sequence[Service]) -> bool:
    return any(service.capacity.spot_weight for service in services)


def _on_demand_tasks(least: int, capacity: Capacity) -> int:
    """Of the fewest tasks of a service, those that surely are not on Spot."""
    beyond = max(least - capacity.base, 0)
    weight, spot = capacity.weight, capacity.spot_weight
    return min(least, capacity.base) + beyond * weight // (weight + spot)
