"""FIS's safety lever around freezes and sales: engaged, it ends every experiment of the account's region."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyHandle
from components.key_use import decrypt_schedules
from specs.delivery import Freeze

SCHEDULES: Final = "safety-lever"
MAX_RETRY: Final = 3600  # seconds
RETRIES: Final = 20


def make_lever(tier: Component, key: KeyHandle, freezes: Sequence[Freeze], now: datetime) -> None:
    """FIS's safety lever, engaged through each freeze: it ends what runs, and lets nothing start."""
    if not freezes:
        return
    site = tier.site
    group = aws.scheduler.ScheduleGroup(
        tier.child("lever"), name=site.named(SCHEDULES), tags=tier.tags(name=site.named(SCHEDULES)), opts=tier.opts()
    )
    role = aws.iam.Role(
        tier.child("lever"),
        name=site.named("safety-lever"),
        description="Engages and releases FIS's safety lever around freezes and sales",
        assume_role_policy=iam.trust(
            "scheduler.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("scheduler", f"schedule-group/{site.named(SCHEDULES)}"),
        ),
        tags=tier.tags(name=site.named("safety-lever")),
        opts=tier.opts(),
    )
    lever, schedules = site.arn("fis", "safety-lever/default"), site.named(SCHEDULES)
    aws.iam.RolePolicy(
        tier.child("lever"),
        name="pull-lever",
        role=role.name,
        policy=iam.document(
            iam.statement("PullLever", ["fis:UpdateSafetyLeverState"], [lever]),
            decrypt_schedules(site, key, schedules),
        ),
        opts=tier.opts(parent=role),
    )
    for moment, status in lever_times(freezes, now):
        _pull(tier, key, group, role, moment, status)


def _pull(
    tier: Component,
    key: KeyHandle,
    group: aws.scheduler.ScheduleGroup,
    role: aws.iam.Role,
    moment: datetime,
    status: str,
) -> None:
    name = f"{status}-{moment:%Y%m%d-%H%M}"
    reason = f"{tier.site.prefix}: a freeze or sale {'begins' if status == 'engaged' else 'is over'}"
    aws.scheduler.Schedule(
        tier.child("lever", name),
        name=name,
        group_name=group.name,
        description=f"FIS's safety lever: {status}",
        schedule_expression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
        schedule_expression_timezone="UTC",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        action_after_completion="NONE",
        kms_key_arn=key.arn,
        target=aws.scheduler.ScheduleTargetArgs(
            arn="arn:aws:scheduler:::aws-sdk:fis:updateSafetyLeverState",
            role_arn=role.arn,
            input=json.dumps({"Id": "default", "State": {"Status": status, "Reason": reason}}, sort_keys=True),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
            ),
        ),
        opts=tier.opts(parent=group),
    )


def lever_times(freezes: Sequence[Freeze], now: datetime) -> list[tuple[datetime, str]]:
    """When the lever is engaged and released, in UTC; freezes that overlap are one."""
    spans: list[list[datetime]] = []
    for one in sorted(freezes, key=lambda freeze: freeze.start):
        if spans and one.start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], one.end)
        else:
            spans.append([one.start, one.end])
    times = [(moment, status) for span in spans for moment, status in zip(span, ("engaged", "disengaged"), strict=True)]
    return [(moment.astimezone(UTC), status) for moment, status in times if moment > now]
