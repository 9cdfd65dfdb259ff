"""Traffic-shifting deployments: a second target group, and ECS's permission to modify the listener rule."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.site import Site
from specs.deployment import Deployment

# AWS's own policy for this role: ECS registers targets and turns listener rules (AWS Managed Policy Reference, 2026-02;
# it has no path).
POLICY: Final = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
_STRATEGIES: Final = {"rolling": "ROLLING", "blueGreen": "BLUE_GREEN", "canary": "CANARY"}


def configuration(deployment: Deployment) -> aws.ecs.ServiceDeploymentConfigurationArgs:
    """The strategy in ECS's own terms, with ECS's own deployment controller."""
    canary = deployment.strategy == "canary"
    return aws.ecs.ServiceDeploymentConfigurationArgs(
        strategy=_STRATEGIES[deployment.strategy],
        bake_time_in_minutes=str(deployment.bake_minutes) if deployment.shifts_traffic else None,
        canary_configuration=(
            aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
                canary_percent=deployment.canary_percent,
                canary_bake_time_in_minutes=str(deployment.canary_bake_minutes),
            )
            if canary
            else None
        ),
    )


def role(tier: Component, service: str) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    """The role that ECS takes on to turn the rule, and what has to stand before it can."""
    site = tier.site
    physical = site.named(service, "shift")
    made = aws.iam.Role(
        tier.child("shift", "role"),
        name=physical,
        description=f"{site.named(service)}: how ECS moves traffic between two sets of tasks",
        assume_role_policy=iam.trust("ecs.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    attached = aws.iam.RolePolicyAttachment(
        tier.child("shift", "policy"),
        role=made.name,
        policy_arn=Site.managed_policy_arn(POLICY),
        opts=tier.opts(parent=made),
    )
    return made, attached
