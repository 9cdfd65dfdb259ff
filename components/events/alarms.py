"""Alarms of order events: a failing function, and undelivered events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.base import Component
from components.monitoring import counts

_RUNBOOK: Final = "docs/runbooks.md"


def build(tier: Component, *, function_name: str, dead: Mapping[str, str], topic_arn: pulumi.Output[str]) -> None:
    """`dead` are the physical names of the dead-letter queues, by their source."""
    counts.alarm(
        tier,
        "failing",
        name=tier.site.named("order-events", "failing"),
        description="Orders are announced late: the function that publishes them fails as a whole. "
        f"First look: its log group /aws/lambda/{function_name}. Runbook: {_RUNBOOK}#order-events-failing",
        count=counts.Count(namespace="AWS/Lambda", metric="Errors", dimensions={"FunctionName": function_name}),
        topic_arn=topic_arn,
    )
    for what, queue in dead.items():
        counts.alarm(
            tier,
            f"{what}-undelivered",
            name=tier.site.named("order-events", f"{what}-undelivered"),
            description=f"Order events did not reach {what}: {queue} keeps them for 14 days. "
            f"First look: the attribute ERROR_MESSAGE of one. Runbook: {_RUNBOOK}#order-events-undelivered",
            count=counts.waiting(queue),
            topic_arn=topic_arn,
        )
