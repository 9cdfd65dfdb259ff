"""Alarms of order events: a failing function, and undelivered events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component

_PERIOD: Final = 300  # seconds
_RUNBOOK: Final = "docs/runbooks.md"


def build(tier: Component, *, function_name: str, dead: Mapping[str, str], topic_arn: pulumi.Output[str]) -> None:
    """`dead` are the physical names of the dead-letter queues, by their source."""
    _alarm(
        tier,
        "failing",
        "Orders are announced late: the function that publishes them fails as a whole. "
        f"First look: its log group /aws/lambda/{function_name}. Runbook: {_RUNBOOK}#order-events-failing",
        namespace="AWS/Lambda",
        metric="Errors",
        statistic="Sum",
        dimensions={"FunctionName": function_name},
        topic_arn=topic_arn,
    )
    for what, queue in dead.items():
        _alarm(
            tier,
            f"{what}-undelivered",
            f"Order events did not reach {what}: {queue} keeps them for 14 days. "
            f"First look: the attribute ERROR_MESSAGE of one. Runbook: {_RUNBOOK}#order-events-undelivered",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            statistic="Maximum",
            dimensions={"QueueName": queue},
            topic_arn=topic_arn,
        )


def _alarm(
    tier: Component,
    what: str,
    description: str,
    *,
    namespace: str,
    metric: str,
    statistic: str,
    dimensions: dict[str, str],
    topic_arn: pulumi.Output[str],
) -> None:
    physical = tier.site.named("order-events", what)
    aws.cloudwatch.MetricAlarm(
        tier.child(what),
        name=physical,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=_PERIOD,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
