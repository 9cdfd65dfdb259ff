"""Behind the load balancer: a public service's target group, and the listener rules that lead to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.handles import EdgeHandle, NetworkHandle
from components.service.routing import Rule
from specs.services import Service

# The port of a target group is a default that ECS overrides with the container's for each target. A constant, as it
# cannot be changed in place.
_TARGET_PORT: Final = 80
_DEREGISTRATION_DELAY: Final = 30  # seconds to finish requests (AWS's default: 300); every rolling step waits for it
# Healthy after two checks of 10 s. The default of 5 checks of 30 s would keep new tasks idle for 150 s.
_CHECK_INTERVAL: Final = 10  # seconds
_CHECK_TIMEOUT: Final = 5  # seconds
_CHECKS_TO_CHANGE: Final = 2  # ELB's minimum
_MAX_NAME: Final = 32  # characters of a target group's name
_SECOND: Final = "-b"


def target_group(
    tier: Component,
    service: Service,
    network: NetworkHandle,
    *,
    alternate: bool = False,
    tags: Mapping[str, str] | None = None,
) -> aws.lb.TargetGroup:
    """The tasks of one service, as the load balancer sees them; `alternate`, the second set of a deployment.

    `tags` come on top of every resource's.
    """
    # 32 characters at most: the name of the first group may take all of them.
    physical = tier.site.named(service.name)
    if alternate:
        physical = f"{physical[: _MAX_NAME - len(_SECOND)]}{_SECOND}"
    return aws.lb.TargetGroup(
        tier.child("targets", "alternate") if alternate else tier.child("targets"),
        name=physical,
        target_type="ip",
        protocol="HTTP",
        port=_TARGET_PORT,
        vpc_id=network.vpc_id,
        deregistration_delay=_DEREGISTRATION_DELAY,
        # New tasks fill up first and slow ones are spared; cannot be combined with slow start.
        load_balancing_algorithm_type="least_outstanding_requests",
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            path=service.health_path,
            port="traffic-port",
            protocol="HTTP",
            matcher="200",
            interval=_CHECK_INTERVAL,
            timeout=_CHECK_TIMEOUT,
            healthy_threshold=_CHECKS_TO_CHANGE,
            unhealthy_threshold=_CHECKS_TO_CHANGE,
        ),
        tags=tier.tags("internal", physical) | dict(tags or {}),
        opts=tier.opts(),
    )


def listener_rules(
    tier: Component,
    rules: Sequence[Rule],
    group: aws.lb.TargetGroup,
    edge: EdgeHandle,
    alternate: aws.lb.TargetGroup | None = None,
) -> list[aws.lb.ListenerRule]:
    """One listener rule for each of `rules`; with `alternate`, ECS turns it from one group to the other and back."""
    return [
        aws.lb.ListenerRule(
            tier.child("rule", rule.key),
            listener_arn=edge.listener_arn,
            priority=rule.priority,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(
                        values=None if rule.regexes else list(rule.patterns),
                        regex_values=list(rule.regexes) or None,
                    )
                )
            ],
            actions=[_forward(group, alternate)],
            tags=tier.tags("internal"),
            opts=tier.opts(parent=group, ignore_changes=["actions"] if alternate else None),
        )
        for rule in rules
    ]


def _forward(group: aws.lb.TargetGroup, alternate: aws.lb.TargetGroup | None) -> aws.lb.ListenerRuleActionArgs:
    """All traffic to the first group. Of two, ECS changes the weights, and what it says last holds."""
    if alternate is None:
        return aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)
    weights = ((group, 100), (alternate, 0))
    return aws.lb.ListenerRuleActionArgs(
        type="forward",
        forward=aws.lb.ListenerRuleActionForwardArgs(
            target_groups=[
                aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=one.arn, weight=weight) for one, weight in weights
            ]
        ),
    )
