"""Placement of ECS tasks: one strategy for each kind of compute that runs tasks; pods have a tier of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi_aws as aws
from pulumi_aws.ecs import ServiceCapacityProviderStrategyArgs as Strategy

from components.service.instances import ON_DEMAND, SPOT, provider_name
from components.site import Site
from specs import compute_kinds
from specs.compute import ComputeKind
from specs.services import Service

PLATFORM_VERSION: Final = "1.4.0"  # the one that has every feature used here; LATEST would change without a deployment
FARGATE_PROVIDERS: Final = ("FARGATE", "FARGATE_SPOT")


class Placement:
    """Placement fields of a service's task definition and ECS service."""

    compatibility: str
    """Launch type that the task definition is checked for."""
    platform_version: str | None = None
    order: list[aws.ecs.ServiceOrderedPlacementStrategyArgs] | None = None
    """Order in which tasks are spread over instances."""

    def providers(self, site: Site) -> tuple[str, str]:
        """Capacity providers: of capacity that AWS does not take back, and of Spot."""
        raise NotImplementedError

    def capacity(self, site: Site, service: Service) -> list[Strategy]:
        """The base and weight on capacity that AWS does not take back, and by its weight on Spot."""
        capacity = service.capacity
        steady, spot = self.providers(site)
        strategies = [Strategy(capacity_provider=steady, base=capacity.base, weight=capacity.weight)]
        if capacity.spot_weight:
            strategies.append(Strategy(capacity_provider=spot, weight=capacity.spot_weight))
        return strategies


class OnFargate(Placement):
    compatibility = "FARGATE"
    platform_version = PLATFORM_VERSION

    def providers(self, site: Site) -> tuple[str, str]:
        return FARGATE_PROVIDERS


class OnInstances(Placement):
    compatibility = "EC2"

    def __init__(self) -> None:
        # Over the zones first, as rebalancing wants it, then onto as few instances as will do.
        self.order = [
            aws.ecs.ServiceOrderedPlacementStrategyArgs(type="spread", field="attribute:ecs.availability-zone"),
            aws.ecs.ServiceOrderedPlacementStrategyArgs(type="binpack", field="memory"),
        ]

    def providers(self, site: Site) -> tuple[str, str]:
        return provider_name(site, ON_DEMAND), provider_name(site, SPOT)


PLACEMENTS: Final[Mapping[ComputeKind, Placement]] = {
    compute_kinds.FARGATE.name: OnFargate(),
    compute_kinds.EC2.name: OnInstances(),
}


def of(service: Service) -> Placement:
    """Placement of a service's tasks. Raises KeyError for one that runs no tasks."""
    return PLACEMENTS[service.runs_on.name]
