"""Alarms on counts that stay at zero as long as all is well: messages given up on, and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component

PERIOD: Final = 300  # seconds


@dataclass(frozen=True, kw_only=True)
class Count:
    """A metric that counts trouble, and how its periods are told."""

    namespace: str
    metric: str
    dimensions: dict[str, pulumi.Input[str]]
    statistic: str = "Sum"
    period: int = PERIOD
    """Seconds."""
    tells_all_clear: bool = True
    """Whether the topic is told too when it is back at zero."""


def waiting(queue_name: pulumi.Input[str], *, tells_all_clear: bool = True) -> Count:
    """Messages in a queue that should be empty."""
    return Count(
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue_name},
        statistic="Maximum",
        tells_all_clear=tells_all_clear,
    )


def alarm(
    tier: Component,
    *parts: str,
    name: str,
    description: str,
    count: Count,
    topic_arn: pulumi.Output[str],
    parent: pulumi.Resource | None = None,
) -> aws.cloudwatch.MetricAlarm:
    """Rings while the count is above zero; `parts` end the logical name, `name` is the physical one."""
    return aws.cloudwatch.MetricAlarm(
        tier.child(*parts),
        name=name,
        alarm_description=description,
        namespace=count.namespace,
        metric_name=count.metric,
        dimensions=count.dimensions,
        statistic=count.statistic,
        period=count.period,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn] if count.tells_all_clear else None,
        tags=tier.tags("internal", name),
        opts=tier.opts(parent=parent),
    )
