"""Autoscaling of a service's tasks by load and by its stack's operating hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationArgs as Tracking,
)
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs as CustomMetric,
)
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs as Query,
)
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs as Stat,
)
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs as Metric,
)
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs as Predefined,
)

from components.base import Component
from sale.plan import Bounds, Scheduled
from specs.observability import OperatingHours
from specs.services import Scaling

_NAMESPACE: Final = "ecs"
_DIMENSION: Final = "ecs:service:DesiredCount"


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    cluster_name: str
    service_name: str
    """Physical ECS service name."""
    service: aws.ecs.Service
    scaling: Scaling
    queue_name: str | None
    """Physical name of the queue whose backlog counts."""
    load_balancer_arn_suffix: pulumi.Output[str]
    target_group: aws.lb.TargetGroup | None
    operating_hours: OperatingHours | None
    bounds: Bounds
    """What schedules have set fewest and most tasks to at this time."""
    minima: Sequence[Scheduled] = ()
    """Fewest tasks from times to come: up before a sale opens, down in steps after it."""


def scale(tier: Component, args: ScalingArgs) -> None:
    """Target tracking on whatever the settings name; of several targets, the one that asks for most tasks wins."""
    scaling = args.scaling
    target = aws.appautoscaling.Target(
        tier.child("scaling"),
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        resource_id=f"service/{args.cluster_name}/{args.service_name}",
        min_capacity=args.bounds.fewest,
        max_capacity=args.bounds.most,
        tags=tier.tags("internal"),
        opts=tier.opts(depends_on=[args.service]),
    )

    # Each waits for the one before: Application Auto Scaling refuses two changes of a target at a time.
    made: list[pulumi.Resource] = []

    def policy(name: str, configuration: Tracking) -> None:
        one = aws.appautoscaling.Policy(
            tier.child("scaling", name),
            name=f"{args.service_name}-{name}",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=configuration,
            opts=tier.opts(parent=target, depends_on=made[-1:]),
        )
        made.append(one)

    def tracking(value: float, predefined: Predefined | None = None, custom: CustomMetric | None = None) -> Tracking:
        return Tracking(
            target_value=value,
            scale_out_cooldown=scaling.scale_out_cooldown,
            scale_in_cooldown=scaling.scale_in_cooldown,
            predefined_metric_specification=predefined,
            customized_metric_specification=custom,
        )

    policy("cpu", tracking(scaling.cpu_percent, Predefined(predefined_metric_type="ECSServiceAverageCPUUtilization")))
    if scaling.requests_per_target is not None and args.target_group is not None:
        label = pulumi.Output.concat(args.load_balancer_arn_suffix, "/", args.target_group.arn_suffix)
        requests = Predefined(predefined_metric_type="ALBRequestCountPerTarget", resource_label=label)
        policy("requests", tracking(scaling.requests_per_target, requests))
    if scaling.backlog is not None and args.queue_name is not None:
        policy("backlog", tracking(scaling.backlog.messages_per_task, custom=_backlog(args, args.queue_name)))
    if args.operating_hours is not None:
        made += _switch(tier, args, target, args.operating_hours, made[-1])
    for minimum in args.minima:
        made.append(_raise(tier, args, target, minimum, made[-1]))


def _backlog(args: ScalingArgs, queue_name: str) -> CustomMetric:
    """Messages waiting for each running task; with no task running, all of them."""

    def query(identity: str, namespace: str, metric: str, dimensions: dict[str, str]) -> Query:
        by: list[Any] = [{"name": name, "value": value} for name, value in dimensions.items()]
        return Query(
            id=identity,
            metric_stat=Stat(
                metric=Metric(namespace=namespace, metric_name=metric, dimensions=by),
                stat="Average",
            ),
            return_data=False,
        )

    task_dimensions = {"ClusterName": args.cluster_name, "ServiceName": args.service_name}
    return CustomMetric(
        metrics=[
            query("visible", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue_name}),
            query("tasks", "ECS/ContainerInsights", "RunningTaskCount", task_dimensions),
            Query(
                id="backlog",
                expression="visible / IF(tasks > 0, tasks, 1)",
                label="Messages for each task",
                return_data=True,
            ),
        ]
    )


def _raise(
    tier: Component,
    args: ScalingArgs,
    target: aws.appautoscaling.Target,
    minimum: Scheduled,
    before: pulumi.Resource,
) -> aws.appautoscaling.ScheduledAction:
    """A minimum at a time: between two of them autoscaling works as ever, above the first."""
    return aws.appautoscaling.ScheduledAction(
        tier.child("scaling", "sale", minimum.label),
        name=f"{args.service_name}-sale-{minimum.label}",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        schedule=minimum.expression,
        timezone=minimum.time_zone,
        scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
            min_capacity=int(minimum.value)
        ),
        opts=tier.opts(parent=target, depends_on=[before]),
    )


def _switch(
    tier: Component,
    args: ScalingArgs,
    target: aws.appautoscaling.Target,
    hours: OperatingHours,
    before: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Off: no task at all; on: back to the settings' bounds. Between the two, autoscaling works as ever."""
    made = [before]
    for name, time, fewest, most in (
        ("on", hours.start, args.scaling.min, args.scaling.max),
        ("off", hours.stop, 0, 0),
    ):
        hour, minute = (int(part) for part in time.split(":"))
        one = aws.appautoscaling.ScheduledAction(
            tier.child("scaling", name),
            name=f"{args.service_name}-{name}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=f"cron({minute} {hour} ? * {hours.cron_days} *)",
            timezone=hours.time_zone,
            scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=fewest, max_capacity=most
            ),
            opts=tier.opts(parent=target, depends_on=made[-1:]),
        )
        made.append(one)
    return made[1:]
