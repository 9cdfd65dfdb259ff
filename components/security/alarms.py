"""Alarms of the security tier: each fires once an event has happened that should not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component

PERIOD: Final = 300  # seconds


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Rings when a metric's sum over five minutes reaches one."""

    name: str
    """Ends the alarm's physical name."""
    means: str
    """The event, one sentence."""
    look: str
    """The first thing to look at, the end of a sentence."""
    runbook: str
    """Page and anchor of its runbook."""
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]

    @property
    def text(self) -> str:
        return f"{self.means} First look: {self.look} Runbook: {self.runbook}"


def alarm(tier: Component, one: Alarm, topic_arn: pulumi.Output[str]) -> aws.cloudwatch.MetricAlarm:
    """Creates the alarm, which notifies the topic."""
    physical = tier.site.named(one.name)
    return aws.cloudwatch.MetricAlarm(
        tier.child("alarm", one.name),
        name=physical,
        alarm_description=one.text,
        namespace=one.namespace,
        metric_name=one.metric,
        dimensions=dict(one.dimensions),
        statistic="Sum",
        period=PERIOD,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
