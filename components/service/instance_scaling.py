"""Scaling of the instance groups by load, beside ECS's own, which adds what waiting tasks need.

ECS's managed scaling looks at reservations. These policies look at what instances really do, and only ever add: taking
away stays with ECS, which knows where tasks run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.autoscaling import PolicyTargetTrackingConfigurationArgs as Tracking
from pulumi_aws.autoscaling import PolicyTargetTrackingConfigurationCustomizedMetricSpecificationArgs as CustomMetric
from pulumi_aws.autoscaling import (
    PolicyTargetTrackingConfigurationCustomizedMetricSpecificationMetricDimensionArgs as Dimension,
)
from pulumi_aws.autoscaling import PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs as Predefined

from components.base import Component
from specs import compute
from specs.observability import OperatingHours

GROUP_METRICS: Final = (
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_MAX_SIZE,
    aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
    aws.autoscaling.Metric.WARM_POOL_WARMED_CAPACITY,
)
_BYTES_PER_MB: Final = 1_000_000
_UNCHANGED: Final = -1  # Auto Scaling: a scheduled action leaves this size as it is
# Properties of a schedule that AWS reckons its next start from, and `minSize`, which is sent with it.
_RECKONED: Final = ("recurrence", "time_zone", "min_size")
_FULL_MINUTES: Final = 10  # at the maximum for so long, it is not a short peak


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    kind: str
    """Name of the group, part of physical names."""
    group: aws.autoscaling.Group
    instances: compute.Instances
    fewest: int
    """Least size of the group."""
    cluster_name: str
    alert_topic_arn: pulumi.Output[str]
    operating_hours: OperatingHours | None


def scale(tier: Component, args: ScalingArgs) -> None:
    """Target tracking on CPU, on network traffic both ways and on a custom metric; an alarm where it can't follow."""
    instances = args.instances
    network = instances.network_mb_per_minute * _BYTES_PER_MB
    policies = {
        "cpu": _predefined("ASGAverageCPUUtilization", instances.cpu_percent),
        "network-in": _predefined("ASGAverageNetworkIn", network),
        "network-out": _predefined("ASGAverageNetworkOut", network),
    }
    if instances.custom_metric is not None:
        policies["custom"] = _custom(instances.custom_metric, args.cluster_name)
    # Each waits for the one before: Auto Scaling refuses two changes of a group at a time.
    made: list[pulumi.Resource] = []
    for name, configuration in policies.items():
        made.append(_policy(tier, args, name, configuration, made[-1:]))
    _alarm(tier, args)
    if args.operating_hours is not None:
        _switch(tier, args, args.operating_hours, made[-1:])


def _policy(
    tier: Component, args: ScalingArgs, name: str, configuration: Tracking, before: Sequence[pulumi.Resource]
) -> aws.autoscaling.Policy:
    return aws.autoscaling.Policy(
        tier.child(args.kind, name),
        name=tier.site.named(args.kind, name),
        autoscaling_group_name=args.group.name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=configuration,
        opts=tier.opts(parent=args.group, depends_on=before),
    )


def _predefined(metric: str, target: float) -> Tracking:
    return Tracking(
        target_value=target,
        disable_scale_in=True,
        predefined_metric_specification=Predefined(predefined_metric_type=metric),
    )


def _custom(metric: compute.CustomMetric, cluster_name: str) -> Tracking:
    dimensions = metric.dimensions or {"ClusterName": cluster_name}
    return Tracking(
        target_value=metric.target,
        disable_scale_in=True,
        customized_metric_specification=CustomMetric(
            namespace=metric.namespace,
            metric_name=metric.name,
            statistic=metric.statistic,
            metric_dimensions=[Dimension(name=name, value=value) for name, value in sorted(dimensions.items())],
        ),
    )


def _alarm(tier: Component, args: ScalingArgs) -> None:
    physical = tier.site.named(args.kind, "instances-at-maximum")
    aws.cloudwatch.MetricAlarm(
        tier.child(args.kind, "at-maximum"),
        name=physical,
        alarm_description=f"{tier.site.named(args.kind)} cannot grow any more, so further tasks wait. First look: the "
        "cluster's reserved CPU and memory. Runbook: docs/runbooks.md#instances-at-maximum",
        namespace="AWS/AutoScaling",
        metric_name="GroupDesiredCapacity",
        dimensions={"AutoScalingGroupName": args.group.name},
        statistic="Maximum",
        period=60,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=args.instances.max,
        evaluation_periods=_FULL_MINUTES,
        treat_missing_data="notBreaching",
        alarm_actions=[args.alert_topic_arn],
        tags=tier.tags("internal", physical),
        opts=tier.opts(parent=args.group),
    )


def _switch(tier: Component, args: ScalingArgs, hours: OperatingHours, before: Sequence[pulumi.Resource]) -> None:
    """Outside operating hours the group may go down to nothing, and does once its tasks have gone."""
    for name, time, fewest in (("on", hours.start, args.fewest), ("off", hours.stop, 0)):
        hour, minute = (int(part) for part in time.split(":"))
        made = aws.autoscaling.Schedule(
            tier.child(args.kind, name),
            scheduled_action_name=tier.site.named(args.kind, name),
            autoscaling_group_name=args.group.name,
            recurrence=f"{minute} {hour} * * {hours.cron_days}",
            time_zone=hours.time_zone,
            min_size=fewest,
            max_size=_UNCHANGED,
            desired_capacity=_UNCHANGED,
            # The provider sends a change with the first start that AWS has reckoned, which is past by then and refused.
            opts=tier.opts(
                parent=args.group,
                depends_on=before,
                replace_on_changes=list(_RECKONED),
                delete_before_replace=True,
            ),
        )
        before = [made]
