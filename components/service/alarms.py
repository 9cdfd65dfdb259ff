"""Alarms that roll a deployment back: what a bad release shows within minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.cloudwatch import MetricAlarmMetricQueryArgs as Query
from pulumi_aws.cloudwatch import MetricAlarmMetricQueryMetricArgs as Metric

from components.base import Component

_PERIOD: Final = 60  # seconds
ERROR_SHARE: Final = 5  # percent of answers that are 5xx
MIN_REQUESTS: Final = 20  # a minute; below that a single error would be a large share
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
    alternate: aws.lb.TargetGroup | None = None
    """The second target group where deployments move traffic: which of the two has it changes each time."""


def deployment_alarms(
    tier: Component, watched: Watched, topic_arn: pulumi.Output[str]
) -> dict[str, aws.cloudwatch.MetricAlarm]:
    """The alarms of one service, by their names: 5xx answers, memory and, behind the load balancer, failing targets."""
    name, group = watched.service_name, watched.target_group
    task = {"ClusterName": watched.cluster_name, "ServiceName": name}
    memory = _one("AWS/ECS", "MemoryUtilization", "Average", task)
    alarms = [_Alarm("memory", f"{name} is about to run out of memory", memory, MEMORY_PERCENT, 3)]
    if group is None:
        # What callers got from it: Service Connect counts answers by the target, requests by the service itself.
        share = _error_share("AWS/ECS", [{"TargetDiscoveryName": name}], [{"DiscoveryName": name}])
    else:
        groups = [group, *([watched.alternate] if watched.alternate else [])]
        behind: list[Dimensions] = [
            {"LoadBalancer": watched.load_balancer_arn_suffix, "TargetGroup": one.arn_suffix} for one in groups
        ]
        share = _error_share("AWS/ApplicationELB", behind, behind)
        failing = _highest("AWS/ApplicationELB", "UnHealthyHostCount", behind)
        alarms.append(_Alarm("unhealthy", f"the load balancer finds tasks of {name} unhealthy", failing, 1, 3))
    alarms.append(_Alarm("errors", f"{ERROR_SHARE} % or more of {name}'s answers are 5xx", share, ERROR_SHARE, 2))
    made: dict[str, aws.cloudwatch.MetricAlarm] = {}
    for alarm in alarms:
        physical = f"{name}-deploy-{alarm.what}"
        made[physical] = aws.cloudwatch.MetricAlarm(
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
    return made


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


def _highest(namespace: str, metric: str, by: Sequence[Dimensions]) -> list[Query]:
    """The highest of a metric over these dimensions; a group without targets has no data."""
    if len(by) == 1:
        return _one(namespace, metric, "Maximum", by[0])
    parts = [_query(f"part{n}", namespace, metric, "Maximum", one) for n, one in enumerate(by)]
    filled = ", ".join(f"FILL({part.id}, 0)" for part in parts)
    return [*parts, Query(id="highest", expression=f"MAX([{filled}])", label=metric, return_data=True)]


def _error_share(namespace: str, errors_by: Sequence[Dimensions], requests_by: Sequence[Dimensions]) -> list[Query]:
    """5xx answers as percent of all, added up over these dimensions."""
    errors = _parts("errors", namespace, "HTTPCode_Target_5XX_Count", errors_by)
    requests = _parts("requests", namespace, "RequestCount", requests_by)
    failed, asked = "FILL(errors, 0)", "requests"
    if len(requests) > 1:
        failed, asked = (
            "(" + " + ".join(f"FILL({part.id}, 0)" for part in parts) + ")" for parts in (errors, requests)
        )
    return [
        *errors,
        *requests,
        Query(
            id="share",
            expression=f"IF({asked} >= {MIN_REQUESTS}, 100 * {failed} / {asked}, 0)",
            label="5xx answers, percent",
            return_data=True,
        ),
    ]


def _parts(identity: str, namespace: str, metric: str, by: Sequence[Dimensions]) -> list[Query]:
    return [_query(identity if n == 0 else f"{identity}{n}", namespace, metric, "Sum", one) for n, one in enumerate(by)]


def _query(
    identity: str, namespace: str, metric: str, statistic: str, dimensions: Dimensions, *, return_data: bool = False
) -> Query:
    return Query(
        id=identity,
        metric=Metric(namespace=namespace, metric_name=metric, dimensions=dimensions, stat=statistic, period=_PERIOD),
        return_data=return_data,
    )
