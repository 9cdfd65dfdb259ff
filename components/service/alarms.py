"""Alarms that roll a deployment back: what a bad release shows within minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.cloudwatch import MetricAlarmMetricQueryArgs as Query
from pulumi_aws.cloudwatch import MetricAlarmMetricQueryMetricArgs as Metric

from components.base import Tier

_PERIOD: Final = 60  # seconds
ERROR_SHARE: Final = 5  # percent of answers that are 5xx
FEWEST_REQUESTS: Final = 20  # a minute; below that a single error would be a large share
MEMORY_PERCENT: Final = 95  # ECS kills a container at 100

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One service, as its metrics know it."""

    cluster_name: str
    service_name: str
    """Physical ECS service name, and its Service Connect discovery name."""
    load_balancer_arn_suffix: pulumi.Output[str]
    target_group: aws.lb.TargetGroup | None
    """None for an internal service."""


def deployment_alarms(tier: Tier, watched: Watched, topic_arn: pulumi.Output[str]) -> list[str]:
    """The alarms of one service, by their names: 5xx answers, memory and, behind the load balancer, failing targets."""
    name, group = watched.service_name, watched.target_group
    task = {"ClusterName": watched.cluster_name, "ServiceName": name}
    memory = _one("AWS/ECS", "MemoryUtilization", "Average", task)
    alarms = [_Alarm("memory", f"{name} is about to run out of memory", memory, MEMORY_PERCENT, 3)]
    if group is None:
        # What callers got from it: Service Connect counts answers by the target, requests by the service itself.
        share = _error_share("AWS/ECS", {"TargetDiscoveryName": name}, {"DiscoveryName": name})
    else:
        behind: Dimensions = {"LoadBalancer": watched.load_balancer_arn_suffix, "TargetGroup": group.arn_suffix}
        share = _error_share("AWS/ApplicationELB", behind, behind)
        failing = _one("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", behind)
        alarms.append(_Alarm("unhealthy", f"the load balancer finds tasks of {name} unhealthy", failing, 1, 3))
    alarms.append(_Alarm("errors", f"{ERROR_SHARE} % or more of {name}'s answers are 5xx", share, ERROR_SHARE, 2))
    for alarm in alarms:
        physical = f"{name}-deploy-{alarm.what}"
        aws.cloudwatch.MetricAlarm(
            tier.child("deploy", alarm.what),
            name=physical,
            alarm_description=alarm.description,
            metric_queries=alarm.queries,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            tags=tier.tags("internal", physical),
            opts=tier.opts(),
        )
    return [f"{name}-deploy-{alarm.what}" for alarm in alarms]


@dataclass(frozen=True)
class _Alarm:
    what: str
    description: str
    queries: list[Query]
    threshold: float
    periods: int
    """Minutes in a row."""


def _one(namespace: str, metric: str, statistic: str, dimensions: Dimensions) -> list[Query]:
    return [_query(metric.lower(), namespace, metric, statistic, dimensions, return_data=True)]


def _error_share(namespace: str, errors_by: Dimensions, requests_by: Dimensions) -> list[Query]:
    return [
        _query("errors", namespace, "HTTPCode_Target_5XX_Count", "Sum", errors_by),
        _query("requests", namespace, "RequestCount", "Sum", requests_by),
        Query(
            id="share",
            expression=f"IF(requests >= {FEWEST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)",
            label="5xx answers, percent",
            return_data=True,
        ),
    ]


def _query(
    identity: str, namespace: str, metric: str, statistic: str, dimensions: Dimensions, *, return_data: bool = False
) -> Query:
    return Query(
        id=identity,
        metric=Metric(namespace=namespace, metric_name=metric, dimensions=dimensions, stat=statistic, period=_PERIOD),
        return_data=return_data,
    )
