"""Stops the databases outside operating hours. Aurora starts a cluster again by itself after seven days.

What has no off switch stays on: tables, queues and buckets cost nothing idle, caches cannot be stopped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.key_use import decrypt_schedules
from components.site import Site
from components.stores.args import DataTierArgs
from components.stores.databases.aurora import Cluster
from specs.observability import OperatingHours

# The call of the AWS SDK that each schedule makes (EventBridge Scheduler, "universal targets").
_CALLS: Final = {"start": "startDBCluster", "stop": "stopDBCluster"}
_ACTIONS: Final = ("rds:StartDBCluster", "rds:StopDBCluster")
# A call that fails is tried again for a quarter of an hour only: within Scheduler's own 24 hours it would stop a
# database that someone has started by hand in the evening.
MAX_RETRY: Final = 900  # seconds
RETRIES: Final = 5


def build(tier: Component, args: DataTierArgs, clusters: Sequence[Cluster]) -> None:
    if args.operating_hours is None or not clusters:
        return
    site = args.site
    group_name = site.named("hours")
    group = aws.scheduler.ScheduleGroup(
        tier.child("hours"),
        name=group_name,
        tags=tier.tags(name=group_name),
        opts=tier.opts(),
    )
    role = _role(tier, args, group_name, clusters)
    for cluster in clusters:
        for verb, call in _CALLS.items():
            aws.scheduler.Schedule(
                tier.child("hours", cluster.database.name, verb),
                name=site.named(cluster.database.name, verb),
                group_name=group.name,
                description=f"{verb} {cluster.identifier}",
                schedule_expression=_cron(args.operating_hours, verb),
                schedule_expression_timezone=args.operating_hours.time_zone,
                flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                kms_key_arn=args.keys.data.arn,
                target=aws.scheduler.ScheduleTargetArgs(
                    arn=f"arn:aws:scheduler:::aws-sdk:rds:{call}",
                    role_arn=role.arn,
                    input=json.dumps({"DbClusterIdentifier": cluster.identifier}),
                    retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
                    ),
                ),
                opts=tier.opts(parent=group, depends_on=cluster.instances),
            )


def _cron(hours: OperatingHours, verb: str) -> str:
    hour, minute = (hours.start if verb == "start" else hours.stop).split(":")
    return f"cron({int(minute)} {int(hour)} ? * {hours.cron_days} *)"


def _role(tier: Component, args: DataTierArgs, group_name: str, clusters: Sequence[Cluster]) -> aws.iam.Role:
    """The role of the schedules: it starts and stops these clusters, and reads its own encrypted input."""
    site: Site = args.site
    physical = site.named("hours")
    role = aws.iam.Role(
        tier.child("hours"),
        name=physical,
        description="Starts and stops the databases by the hours of the settings",
        # Scheduler names its group as the source, never the single schedule.
        assume_role_policy=iam.trust(
            "scheduler.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("scheduler", f"schedule-group/{group_name}"),
        ),
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    aws.iam.RolePolicy(
        tier.child("hours"),
        name="start-and-stop",
        role=role.name,
        policy=iam.document(
            iam.statement(
                "StartAndStopDatabases",
                _ACTIONS,
                [site.arn("rds", f"cluster:{cluster.identifier}") for cluster in clusters],
            ),
            decrypt_schedules(site, args.keys.data, group_name),
        ),
        opts=tier.opts(parent=role),
    )
    return role
