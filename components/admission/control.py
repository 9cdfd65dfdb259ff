"""The waiting room's controller: a function that EventBridge Scheduler calls each minute, and a person's orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.admission.front import PACKAGE, Front, statements
from components.base import Component
from components.functions import Code, python_function
from components.handles import BucketHandle, KeyRing
from components.key_use import ENCRYPT, decrypt_schedules, through
from components.monitoring import counts

TIMEOUT: Final = 59  # seconds: six passes, and done before the next call
MEMORY: Final = 512  # MiB
_WHAT: Final = "room-controller"
_PERIOD: Final = 60  # seconds
_RUNBOOK: Final = "docs/waiting-room.md#when-the-controller-fails"


@dataclass(frozen=True, kw_only=True)
class ControlArgs:
    keys: KeyRing
    front: Front
    balancer: pulumi.Output[str]
    """ARN suffix of the load balancer, whose errors and p99 lower the rate."""
    media: BucketHandle
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int


def build(tier: Component, args: ControlArgs) -> None:
    site = tier.site
    override = aws.ssm.Parameter(
        tier.child("room", "override"),
        name=f"/{site.prefix}/room/override",
        description="What a person orders of the waiting room: rate, steps, reason. Runbook: docs/waiting-room.md",
        type="String",
        value="{}",
        tags=tier.tags("internal"),
        opts=tier.opts(ignore_changes=["value"]),
    )
    function = python_function(
        tier, _WHAT, _code(tier, args, override), keys=args.keys, log_retention_days=args.log_retention_days
    )
    aws.iam.RolePolicy(
        tier.child("room-controller", "gate"),
        name="tell-gate",
        role=site.named(_WHAT),
        policy=args.front.store_arn.apply(lambda arn: iam.document(_telling_gate(arn))),
        opts=tier.opts(parent=function),
    )
    _schedule(tier, args, function)
    failed = counts.Count(
        namespace="AWS/Lambda", metric="Errors", dimensions={"FunctionName": site.named(_WHAT)}, period=_PERIOD
    )
    counts.alarm(
        tier, "room-controller", "failing", name=site.named(_WHAT, "failing"),
        description=f"The waiting room is not steered; its last rate holds for five minutes. Runbook: {_RUNBOOK}",
        count=failed, topic_arn=args.alert_topic_arn,
    )  # fmt: skip


def _code(tier: Component, args: ControlArgs, override: aws.ssm.Parameter) -> Code:
    site, front = tier.site, args.front
    return Code(
        module="admission_controller",
        package=(*PACKAGE, "admission_state", "sigv4a"),
        files=front.files,
        description="Calls customers from the waiting room by what the shop carries",
        timeout=TIMEOUT,
        memory=MEMORY,
        environment={
            "TABLE": front.table_name,
            "KEY": front.key_arn,
            "STORE": front.store_arn,
            "BUCKET": args.media.name,
            "BALANCER": args.balancer,
            "QUEUES": "",
            "OVERRIDE": override.name,
        },
        statements=[
            *statements(tier, args.keys, front.key_arn, ("GetItem", "PutItem", "UpdateItem")),
            iam.statement("TellWaiting", ["s3:PutObject"], [f"{args.media.arn}/_room/status.json"]),
            through(site, args.keys.data, "s3", ENCRYPT),
            # CloudWatch's metrics take no resource.
            iam.statement("Feel", ["cloudwatch:GetMetricData"], ["*"]),
            iam.statement("Obey", ["ssm:GetParameter"], [site.arn("ssm", f"parameter/{site.prefix}/room/override")]),
        ],
    )


def _telling_gate(store_arn: str) -> iam.Statement:
    """A store's ARN has an id that nobody knows beforehand."""
    actions = ("cloudfront-keyvaluestore:DescribeKeyValueStore", "cloudfront-keyvaluestore:PutKey")
    return iam.statement("TellGate", actions, [store_arn])


def _schedule(tier: Component, args: ControlArgs, function: aws.lambda_.Function) -> None:
    site, name = tier.site, tier.site.named("room")
    group = aws.scheduler.ScheduleGroup(tier.child("room"), name=name, tags=tier.tags(name=name), opts=tier.opts())
    role = aws.iam.Role(
        tier.child("room", "schedule"),
        name=site.named("room-schedule"),
        description="Calls the waiting room's controller",
        assume_role_policy=iam.trust(
            "scheduler.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("scheduler", f"schedule-group/{name}"),
        ),
        tags=tier.tags("internal"),
        opts=tier.opts(),
    )
    aws.iam.RolePolicy(
        tier.child("room", "schedule"),
        name="call",
        role=role.name,
        policy=iam.document(
            iam.statement("Call", ["lambda:InvokeFunction"], [site.arn("lambda", f"function:{site.named(_WHAT)}")]),
            decrypt_schedules(site, args.keys.data, name),
        ),
        opts=tier.opts(parent=role),
    )
    aws.scheduler.Schedule(
        tier.child("room"),
        name=name,
        group_name=group.name,
        description="A minute of the waiting room",
        schedule_expression="rate(1 minute)",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        kms_key_arn=args.keys.data.arn,
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.arn,
            role_arn=role.arn,
            # The next minute makes up for a missed one.
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=60, maximum_retry_attempts=0
            ),
        ),
        opts=tier.opts(parent=group),
    )
