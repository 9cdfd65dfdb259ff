"""Patches of instances: which are approved, when they are installed, and who hears of an instance that lacks some.

An instance belongs to it by the tag `PatchGroup` with the stack's prefix as its value. Containers are not patched but
rebuilt: their pipelines start again on a schedule and when Inspector finds a critical vulnerability.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyRing
from components.security.alarms import Alarm, alarm
from specs.security import Patching

PATCH_GROUP_TAG: Final = "PatchGroup"
"""Key of the tag that Systems Manager reads; the spelling without a space works where tags are in instance metadata."""
OPERATING_SYSTEM: Final = "AMAZON_LINUX_2023"
AT_ONCE: Final = "25%"  # of the instances, at the same time: services run on in the others
MAX_ERRORS: Final = "1"  # instances that may fail before no further one is begun
CUTOFF: Final = 1  # hours before the window's end in which nothing new is begun
SCAN_EVERY: Final = "rate(1 day)"
INVENTORY_EVERY: Final = "rate(12 hours)"
AGENT_EVERY: Final = "rate(14 days)"  # AWS's own advice
PATCH_TIMEOUT: Final = 3600  # seconds until a command that has not begun is given up


@dataclass(frozen=True, kw_only=True)
class PatchArgs:
    patching: Patching
    keys: KeyRing
    topic_arn: pulumi.Output[str]
    log_retention_days: int


def patch(tier: Component, args: PatchArgs) -> None:
    """Baseline, window, associations and the alarm on what lacks patches."""
    group = tier.site.prefix
    baseline = _baseline(tier, args.patching)
    aws.ssm.PatchGroup(tier.child("patch"), baseline_id=baseline.id, patch_group=group, opts=tier.opts(parent=baseline))
    log_group = _log_group(tier, args, "patching", f"/{tier.site.project}/{tier.site.stack}/patching")
    _window(tier, args, log_group)
    _associations(tier)
    _compliance(tier, args)


def _baseline(tier: Component, patching: Patching) -> aws.ssm.PatchBaseline:
    name = tier.site.named("patches")
    rule = aws.ssm.PatchBaselineApprovalRuleArgs
    only = aws.ssm.PatchBaselineApprovalRulePatchFilterArgs
    return aws.ssm.PatchBaseline(
        tier.child("patch"),
        name=name,
        description=f"{tier.site.prefix}: security patches soon, others later",
        operating_system=OPERATING_SYSTEM,
        approval_rules=[
            rule(
                approve_after_days=patching.security_after_days,
                compliance_level="CRITICAL",
                patch_filters=[
                    only(key="CLASSIFICATION", values=["Security"]),
                    only(key="SEVERITY", values=["Critical", "Important"]),
                ],
            ),
            rule(
                approve_after_days=patching.others_after_days,
                compliance_level="MEDIUM",
                patch_filters=[only(key="CLASSIFICATION", values=["Bugfix"])],
            ),
        ],
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )


def _window(tier: Component, args: PatchArgs, log_group: aws.cloudwatch.LogGroup) -> None:
    when, name = args.patching.window, tier.site.named("patch-window")
    hour, minute = when.start.split(":")
    window = aws.ssm.MaintenanceWindow(
        tier.child("patch", "window"),
        name=name,
        description=f"{tier.site.prefix}: patches are installed",
        schedule=f"cron({int(minute)} {int(hour)} ? * {when.day} *)",
        schedule_timezone=when.time_zone,
        duration=when.hours,
        cutoff=CUTOFF,
        allow_unassociated_targets=False,
        enabled=when.enabled,
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    target = aws.ssm.MaintenanceWindowTarget(
        tier.child("patch", "window"),
        window_id=window.id,
        name=tier.site.named("patch-group"),
        description=f"Instances of the patch group {tier.site.prefix}",
        resource_type="INSTANCE",
        targets=[aws.ssm.MaintenanceWindowTargetTargetArgs(key=f"tag:{PATCH_GROUP_TAG}", values=[tier.site.prefix])],
        opts=tier.opts(parent=window),
    )
    role, may = _role(tier, log_group)
    parameter = aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersParameterArgs
    run = aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgs(
        comment=f"{tier.site.prefix}: install approved patches",
        timeout_seconds=PATCH_TIMEOUT,
        parameters=[
            parameter(name="Operation", values=["Install"]),
            parameter(name="RebootOption", values=["RebootIfNeeded"]),
        ],
        cloudwatch_config=aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersCloudwatchConfigArgs(
            cloudwatch_log_group_name=log_group.name, cloudwatch_output_enabled=True
        ),
    )
    aws.ssm.MaintenanceWindowTask(
        tier.child("patch", "install"),
        window_id=window.id,
        name=tier.site.named("install-patches"),
        description=f"{tier.site.prefix}: install approved patches, a quarter of the instances at a time",
        task_type="RUN_COMMAND",
        task_arn="AWS-RunPatchBaseline",
        service_role_arn=role.arn,
        priority=1,
        max_concurrency=AT_ONCE,
        max_errors=MAX_ERRORS,
        cutoff_behavior="CANCEL_TASK",
        targets=[aws.ssm.MaintenanceWindowTaskTargetArgs(key="WindowTargetIds", values=[target.id])],
        task_invocation_parameters=aws.ssm.MaintenanceWindowTaskTaskInvocationParametersArgs(
            run_command_parameters=run
        ),
        opts=tier.opts(parent=window, depends_on=[may]),
    )


def _role(tier: Component, log_group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The window's own role: it sends one document to the instances of one patch group."""
    site = tier.site
    name = site.named("patching")
    role = aws.iam.Role(
        tier.child("patch"),
        name=name,
        description="Lets the maintenance window install patches",
        assume_role_policy=iam.trust("ssm.amazonaws.com", account_id=site.account_id),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    policy = aws.iam.RolePolicy(
        tier.child("patch"),
        name="install-patches",
        role=role.name,
        policy=iam.document(
            iam.statement(
                "SendPatchDocument",
                ["ssm:SendCommand"],
                [f"arn:aws:ssm:{site.region}::document/AWS-RunPatchBaseline"],
            ),
            iam.statement(
                "ToPatchGroup",
                ["ssm:SendCommand"],
                [site.arn("ec2", "instance/*")],
                condition={"StringEquals": {f"aws:ResourceTag/{PATCH_GROUP_TAG}": site.prefix}},
            ),
            iam.statement("FollowCommands", ["ssm:ListCommandInvocations", "ssm:ListCommands"], ["*"]),
            iam.statement("FindInstances", ["ec2:DescribeInstances", "tag:GetResources"], ["*"]),
        ),
        opts=tier.opts(parent=role),
    )
    return role, policy


def _associations(tier: Component) -> None:
    """State Manager associations: an inventory, a current agent, and a scan for missing patches."""
    wanted: dict[str, tuple[str, str, dict[str, str]]] = {
        "inventory": ("AWS-GatherSoftwareInventory", INVENTORY_EVERY, {}),
        "agent": ("AWS-UpdateSSMAgent", AGENT_EVERY, {}),
        "scan": ("AWS-RunPatchBaseline", SCAN_EVERY, {"Operation": "Scan"}),
    }
    for what, (document, schedule, parameters) in wanted.items():
        aws.ssm.Association(
            tier.child("patch", what),
            name=document,
            association_name=tier.site.named("patch", what),
            schedule_expression=schedule,
            parameters=parameters or None,
            compliance_severity="HIGH" if what == "scan" else "MEDIUM",
            max_concurrency=AT_ONCE,
            max_errors=MAX_ERRORS,
            targets=[aws.ssm.AssociationTargetArgs(key=f"tag:{PATCH_GROUP_TAG}", values=[tier.site.prefix])],
            tags=tier.tags(name=tier.site.named("patch", what)),
            opts=tier.opts(),
        )


def _compliance(tier: Component, args: PatchArgs) -> None:
    """Each instance that turns out to lack patches becomes an OpsItem, which names it, and rings."""
    site = tier.site
    name = site.named("patches-missing")
    rule = aws.cloudwatch.EventRule(
        tier.child("patch", "missing"),
        name=name,
        description="An instance lacks patches that are approved",
        event_pattern=json.dumps(
            {
                "source": ["aws.ssm"],
                "detail-type": ["Configuration Compliance State Change"],
                "detail": {"compliance-status": ["non_compliant"], "compliance-type": ["Patch"]},
            },
            sort_keys=True,
        ),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child("patch", "missing"),
        name=name,
        description="Lets EventBridge open an OpsItem for an instance that lacks patches",
        assume_role_policy=iam.trust("events.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    may = aws.iam.RolePolicy(
        tier.child("patch", "missing"),
        name="open-ops-items",
        role=role.name,
        policy=iam.document(iam.statement("OpenOpsItems", ["ssm:CreateOpsItem"], ["*"])),
        opts=tier.opts(parent=role),
    )
    aws.cloudwatch.EventTarget(
        tier.child("patch", "missing"),
        rule=rule.name,
        target_id="ops-item",
        arn=site.arn("ssm", "opsitem"),
        role_arn=role.arn,
        opts=tier.opts(parent=rule, depends_on=[may]),
    )
    alarm(
        tier,
        Alarm(
            name="patches-missing",
            means="An instance lacks approved patches.",
            look="the OpsItem, which names the instance.",
            runbook="docs/security.md#patches-missing",
            namespace="AWS/Events",
            metric="TriggeredRules",
            dimensions={"RuleName": name},
        ),
        args.topic_arn,
    )


def _log_group(tier: Component, args: PatchArgs, what: str, name: str) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(
        tier.child(what),
        name=name,
        retention_in_days=args.log_retention_days,
        kms_key_id=args.keys.logs.arn,
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
