"""Triggers of pipelines besides a push to GitHub: a schedule, a critical vulnerability, and other AWS events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.delivery import roles
from components.delivery.names import Names
from components.delivery.pipeline import Pipeline
from components.delivery.source import Source
from components.handles import KeyHandle, KubernetesHandle
from components.key_use import decrypt_schedules
from specs.delivery import Freeze, Rebuild

# A start that fails is tried again for a quarter of an hour only: one that a freeze refuses is not to be made up for.
MAX_RETRY: Final = 900  # seconds
RETRIES: Final = 5
FLEXIBLE: Final = 60  # minutes over which the rebuilds of a stack are spread


def by_schedule(
    tier: Component,
    rebuild: Rebuild,
    pipelines: Sequence[tuple[Names, Pipeline]],
    freezes: Sequence[Freeze],
    key: KeyHandle,
) -> None:
    """One schedule for each pipeline. While a freeze lasts, the role of the schedules is refused."""
    site = tier.site
    group_name = site.named("rebuild")
    group = aws.scheduler.ScheduleGroup(
        tier.child("rebuild"), name=group_name, tags=tier.tags(name=group_name), opts=tier.opts()
    )
    role = _role(
        tier,
        "rebuild",
        "rebuilds images by schedule",
        # Scheduler names its group as the source, never the single schedule.
        iam.trust(
            "scheduler.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("scheduler", f"schedule-group/{group_name}"),
        ),
        iam.document(
            *roles.start_statements(site, freezes),
            decrypt_schedules(site, key, group_name),
        ),
    )
    for name, pipeline in pipelines:
        aws.scheduler.Schedule(
            tier.child("rebuild", name.service),
            name=site.named("rebuild", name.service),
            group_name=group.name,
            description=f"builds the image of {name.service} anew, with the newest patches of what it is built on",
            schedule_expression=rebuild.schedule,
            schedule_expression_timezone=rebuild.time_zone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(
                mode="FLEXIBLE", maximum_window_in_minutes=FLEXIBLE
            ),
            kms_key_arn=key.arn,
            target=aws.scheduler.ScheduleTargetArgs(
                arn=pipeline.pipeline.arn,
                role_arn=role.arn,
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
                ),
            ),
            opts=tier.opts(parent=group),
        )


def on_critical_finding(tier: Component, function: aws.lambda_.Function) -> None:
    """The rule that notifies `function` of critical vulnerabilities in the services' images."""
    physical = tier.site.named("patch")
    rule = aws.cloudwatch.EventRule(
        tier.child("patch"),
        name=physical,
        description="a critical vulnerability in an image that runs",
        event_pattern=json.dumps(_critical(tier.site.prefix), sort_keys=True),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    permission = aws.lambda_.Permission(
        tier.child("patch"),
        function=function.name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_account=tier.site.account_id,
        source_arn=tier.site.arn("events", f"rule/{physical}"),
        opts=tier.opts(parent=rule),
    )
    aws.cloudwatch.EventTarget(
        tier.child("patch"),
        rule=rule.name,
        target_id="function",
        arn=function.arn,
        retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
        ),
        opts=tier.opts(parent=rule, depends_on=[permission]),
    )


def by_event(
    tier: Component,
    pipelines: Sequence[tuple[Names, Pipeline]],
    source: Source,
    *,
    kubernetes: KubernetesHandle | None = None,
) -> None:
    """Rules that start a pipeline: on a push to CodeCommit, and on new objects of a service in Kubernetes, which a
    change of settings has written.
    """
    patterns: list[tuple[str, str, Names, Pipeline, dict[str, object]]] = []
    for name, pipeline in pipelines:
        if source.repository_arn is not None:
            what = f"a push delivers {name.service}"
            patterns.append(("push", what, name, pipeline, _pushed(source)))
        if kubernetes is not None and name.service in kubernetes.manifests:
            what = f"a change of settings delivers {name.service}"
            patterns.append(("objects", what, name, pipeline, _rendered(kubernetes, name.service)))
    if not patterns:
        return
    site = tier.site
    role = _role(
        tier,
        "events",
        "starts pipelines on events",
        iam.trust(
            "events.amazonaws.com",
            account_id=site.account_id,
            source_arn=site.arn("events", f"rule/{site.prefix}-*"),
        ),
        iam.document(*roles.start_statements(site)),
    )
    for verb, what, name, pipeline, pattern in patterns:
        physical = site.named(verb, name.service)
        rule = aws.cloudwatch.EventRule(
            tier.child(verb, name.service),
            name=physical,
            description=what,
            event_pattern=json.dumps(pattern, sort_keys=True),
            tags=tier.tags("internal", physical),
            opts=tier.opts(),
        )
        aws.cloudwatch.EventTarget(
            tier.child(verb, name.service),
            rule=rule.name,
            target_id="pipeline",
            arn=pipeline.pipeline.arn,
            role_arn=role.arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
            ),
            opts=tier.opts(parent=rule),
        )


def _critical(prefix: str) -> dict[str, object]:
    """Findings in running images that a new build may fix; those without a running state are included.

    The function knows which of the matching repositories have a pipeline.
    """
    runs = [{"numeric": [">", 0]}, {"exists": False}]
    image = {"awsEcrContainerImage": {"repositoryName": [{"prefix": f"{prefix}-"}], "inUseCount": runs}}
    return {
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {
            "severity": ["CRITICAL"],
            "status": ["ACTIVE"],
            "fixAvailable": ["YES"],
            "resources": {"type": ["AWS_ECR_CONTAINER_IMAGE"], "details": image},
        },
    }


def _rendered(kubernetes: KubernetesHandle, service: str) -> dict[str, object]:
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [kubernetes.manifests_bucket]},
            "object": {"key": [kubernetes.manifests[service]]},
        },
    }


def _pushed(source: Source) -> dict[str, object]:
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [source.repository_arn],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [source.branch],
        },
    }


def _role(tier: Component, what: str, purpose: str, trust: str, policy: str) -> aws.iam.Role:
    physical = tier.site.named(what)
    role = aws.iam.Role(
        tier.child(what),
        name=physical,
        description=f"{tier.site.prefix}: {purpose}",
        assume_role_policy=trust,
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    aws.iam.RolePolicy(tier.child(what), name="start", role=role.name, policy=policy, opts=tier.opts(parent=role))
    return role
