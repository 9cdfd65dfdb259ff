"""The daily run that finds unused EBS volumes and snapshots, and deletes them once it is armed."""

from __future__ import annotations

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import PARTITION
from components import iam
from components.base import Component
from components.functions import Code, python_function
from components.handles import KeyRing
from components.key_use import ENCRYPT, decrypt_schedules, through
from components.monitoring import counts
from components.site import Site
from specs.cost import Cleanup

TIMEOUT: Final = 300  # seconds
MEMORY: Final = 256  # MiB
DEAD_LETTER_RETENTION: Final = 1_209_600  # seconds: 14 days, SQS's longest
MAX_RETRY: Final = 3_600  # seconds; tomorrow's run makes up for a missed one
RETRIES: Final = 3
_WHAT: Final = "volume-cleanup"


def mark_tag(site: Site) -> str:
    """Key of the tag with the time that a thing was first seen unused."""
    return site.named("unused-since")


def build(
    tier: Component, keys: KeyRing, cleanup: Cleanup, topic_arn: pulumi.Output[str], log_retention_days: int
) -> None:
    site = tier.site
    dead = _dead_letters(tier, keys)
    scope = {"Project": site.project, "Stack": site.stack} if cleanup.scope == "stack" else {}
    function = python_function(
        tier,
        _WHAT,
        Code(
            module="volume_cleanup",
            description="Finds unused volumes and snapshots" + (", and deletes them" if cleanup.armed else ""),
            timeout=TIMEOUT,
            memory=MEMORY,
            environment={
                "ARMED": str(cleanup.armed).lower(),
                "GRACE_DAYS": str(cleanup.grace_days),
                "SNAPSHOT_DAYS": str(cleanup.snapshot_days),
                "KEEP_TAG": cleanup.keep_tag,
                "MARK_TAG": mark_tag(site),
                "SCOPE": json.dumps(scope, sort_keys=True),
            },
            dead_letters=dead.arn,
            statements=[
                *_looking(),
                *(_deleting(site, cleanup, scope) if cleanup.armed else []),
                iam.statement("SetAside", ["sqs:SendMessage"], [site.arn("sqs", site.named(_WHAT, "dlq"))]),
                through(site, keys.data, "sqs", ENCRYPT),
            ],
        ),
        keys=keys,
        log_retention_days=log_retention_days,
    )
    _schedule(tier, keys, cleanup, function, dead)
    _alarm(tier, function.name, topic_arn)


def _looking() -> list[iam.Statement]:
    # EC2's lists take no resource.
    things = ("Images", "LaunchTemplateVersions", "LaunchTemplates", "Snapshots", "Volumes")
    return [iam.statement("Look", [f"ec2:Describe{thing}" for thing in things], ["*"])]


def _deleting(site: Site, cleanup: Cleanup, scope: dict[str, str]) -> list[iam.Statement]:
    """Permissions of an armed run: mark items that are not kept, and delete marked ones."""
    things = [site.arn("ec2", "volume/*"), f"arn:{PARTITION}:ec2:{site.region}::snapshot/*"]
    mark, keep = mark_tag(site), f"aws:ResourceTag/{cleanup.keep_tag}"
    own = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in scope.items()}} if scope else {}
    only_mark = {"ForAllValues:StringEquals": {"aws:TagKeys": [mark]}, "Null": {"aws:TagKeys": "false"}}
    return [
        iam.statement(
            "Mark",
            ["ec2:CreateTags"],
            things,
            condition={**own, **only_mark, "Null": {"aws:TagKeys": "false", keep: "true"}},
        ),
        iam.statement("Unmark", ["ec2:DeleteTags"], things, condition={**own, **only_mark}),
        iam.statement(
            "DeleteMarked",
            ["ec2:DeleteSnapshot", "ec2:DeleteVolume"],
            things,
            condition={**own, "Null": {f"aws:ResourceTag/{mark}": "false", keep: "true"}},
        ),
    ]


def _dead_letters(tier: Component, keys: KeyRing) -> aws.sqs.Queue:
    site = tier.site
    physical = site.named(_WHAT, "dlq")
    arn = site.arn("sqs", physical)
    queue = aws.sqs.Queue(
        tier.child(_WHAT, "dlq"),
        name=physical,
        kms_master_key_id=keys.data.arn,
        message_retention_seconds=DEAD_LETTER_RETENTION,
        redrive_allow_policy=json.dumps({"redrivePermission": "denyAll"}),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    aws.sqs.QueuePolicy(
        tier.child(_WHAT, "dlq"),
        queue_url=queue.url,
        policy=iam.document(iam.tls_only("sqs:*", arn)),
        opts=tier.opts(parent=queue),
    )
    return queue


def _schedule(
    tier: Component, keys: KeyRing, cleanup: Cleanup, function: aws.lambda_.Function, dead: aws.sqs.Queue
) -> None:
    site = tier.site
    name = site.named("cost")
    group = aws.scheduler.ScheduleGroup(
        tier.child("schedules"), name=name, tags=tier.tags("internal", name), opts=tier.opts()
    )
    role_name = site.named(_WHAT, "schedule")
    role = aws.iam.Role(
        tier.child(_WHAT, "schedule"),
        name=role_name,
        description="Starts the cleanup of volumes every day",
        # Scheduler names its group as the source, never the single schedule.
        assume_role_policy=iam.trust(
            "scheduler.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("scheduler", f"schedule-group/{name}"),
        ),
        tags=tier.tags("internal", role_name),
        opts=tier.opts(),
    )
    permission = aws.iam.RolePolicy(
        tier.child(_WHAT, "schedule"),
        name="start",
        role=role.name,
        policy=iam.document(
            iam.statement("Start", ["lambda:InvokeFunction"], [site.arn("lambda", f"function:{site.named(_WHAT)}")]),
            iam.statement("SetAside", ["sqs:SendMessage"], [site.arn("sqs", site.named(_WHAT, "dlq"))]),
            through(site, keys.data, "sqs", ENCRYPT),
            decrypt_schedules(site, keys.data, name),
        ),
        opts=tier.opts(parent=role),
    )
    aws.scheduler.Schedule(
        tier.child(_WHAT),
        name=site.named(_WHAT),
        group_name=group.name,
        description="Unused volumes and snapshots, every day",
        schedule_expression=f"cron(0 {cleanup.hour} * * ? *)",
        schedule_expression_timezone="UTC",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        kms_key_arn=keys.data.arn,
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.arn,
            role_arn=role.arn,
            input="{}",
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead.arn),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
            ),
        ),
        opts=tier.opts(parent=group, depends_on=[permission]),
    )


def _alarm(tier: Component, function_name: pulumi.Output[str], topic_arn: pulumi.Output[str]) -> None:
    errors = counts.Count(
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions={"FunctionName": function_name},
        period=3_600,
        tells_all_clear=False,
    )
    counts.alarm(
        tier,
        _WHAT,
        "failing",
        name=tier.site.named(_WHAT, "failing"),
        description=(
            "Cost only, no customer impact: the cleanup of unused volumes and snapshots fails. "
            f"First look: the log group /aws/lambda/{tier.site.named(_WHAT)}. "
            "Runbook: docs/runbooks.md#volume-cleanup-failing"
        ),
        count=errors,
        topic_arn=topic_arn,
    )
