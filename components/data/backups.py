"""AWS Backup over every store that it can copy: databases, tables and the media bucket.

Not covered, on purpose: caches have their own snapshots, queues hold what is under way, and logs expire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.site import Site
from components.stores.args import DataTierArgs
from specs.data import Backups
from specs.observability import OperatingHours

START_WINDOW: Final = 60  # minutes in which a job has to start (AWS Backup: at least 60)
COMPLETION_WINDOW: Final = 360  # minutes in which it has to end; later it would run into the shop's busy hours
COLD_AFTER: Final = 30  # days before a monthly copy moves to cold storage, where the store allows
MIN_COLD: Final = 90  # days that AWS Backup keeps, and charges, a copy in cold storage at least
# AWS Backup's managed policies to copy and to restore; S3 has policies of its own.
_POLICIES: Final = {
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup",
    "restore": "service-role/AWSBackupServiceRolePolicyForRestores",
    "backup-s3": "AWSBackupServiceRolePolicyForS3Backup",
    "restore-s3": "AWSBackupServiceRolePolicyForS3Restore",
}


def build(tier: Component, args: DataTierArgs, stores: Sequence[pulumi.Input[str]]) -> None:
    """Backs up `stores`, ARNs, by the plan of the settings."""
    site = args.site
    vault = _vault(tier, args)
    role = _role(tier, site)
    physical = site.named("stores")
    plan = aws.backup.Plan(
        tier.child("backup"),
        name=physical,
        rules=_rules(vault, args.data.backups, args.operating_hours),
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    aws.backup.Selection(
        tier.child("backup"),
        name=physical,
        plan_id=plan.id,
        iam_role_arn=role.arn,
        resources=list(stores),
        opts=tier.opts(parent=plan),
    )


def _rules(vault: aws.backup.Vault, backups: Backups, hours: OperatingHours | None) -> list[aws.backup.PlanRuleArgs]:
    if hours is None:
        daily_cron, monthly_cron, zone = f"cron(0 {backups.hour} ? * * *)", f"cron(0 {backups.hour} 1 * ? *)", "Etc/UTC"
    else:
        # A stopped cluster cannot be copied, so the copies are made while it runs.
        minute, hour = _an_hour_after(hours.start)
        daily_cron, monthly_cron = f"cron({minute} {hour} ? * {hours.cron_days} *)", f"cron({minute} {hour} 1W * ? *)"
        zone = hours.time_zone
    daily = _rule(
        vault,
        "daily",
        daily_cron,
        zone,
        aws.backup.PlanRuleLifecycleArgs(delete_after=backups.daily_retention_days),
    )
    kept = backups.monthly_retention_days
    if kept is None:
        return [daily]
    lifecycle = aws.backup.PlanRuleLifecycleArgs(
        cold_storage_after=COLD_AFTER if kept >= COLD_AFTER + MIN_COLD else None, delete_after=kept
    )
    return [daily, _rule(vault, "monthly", monthly_cron, zone, lifecycle)]


def _an_hour_after(clock: str) -> tuple[int, int]:
    """Minute and hour, when a database that starts at `clock` (`HH:MM`) is sure to run."""
    hour, minute = map(int, clock.split(":"))
    return minute, (hour + 1) % 24


def _rule(
    vault: aws.backup.Vault, name: str, schedule: str, zone: str, lifecycle: aws.backup.PlanRuleLifecycleArgs
) -> aws.backup.PlanRuleArgs:
    return aws.backup.PlanRuleArgs(
        rule_name=name,
        target_vault_name=vault.name,
        schedule=schedule,
        schedule_expression_timezone=zone,
        start_window=START_WINDOW,
        completion_window=COMPLETION_WINDOW,
        lifecycle=lifecycle,
    )


def _vault(tier: Component, args: DataTierArgs) -> aws.backup.Vault:
    site = args.site
    physical = site.named("stores")
    vault = aws.backup.Vault(
        tier.child("backup"),
        name=physical,
        kms_key_arn=args.keys.data.arn,
        force_destroy=not site.production,
        tags=tier.tags("restricted", physical),
        opts=tier.opts(),
    )
    if site.production:
        # Denies early deletion of copies, even by mistake. Unlike a vault lock it can be removed.
        aws.backup.VaultPolicy(
            tier.child("backup"),
            backup_vault_name=vault.name,
            policy=iam.document(
                iam.statement(
                    "KeepRecoveryPoints",
                    ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
                    ["*"],  # of this vault: recovery points have ARNs of their stores
                    effect="Deny",
                    principal="*",
                )
            ),
            opts=tier.opts(parent=vault),
        )
    return vault


def _role(tier: Component, site: Site) -> aws.iam.Role:
    physical = site.named("backup")
    role = aws.iam.Role(
        tier.child("backup"),
        name=physical,
        description="Lets AWS Backup copy and restore the stores",
        assume_role_policy=iam.trust("backup.amazonaws.com", account_id=site.account_id),
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    for what, policy in _POLICIES.items():
        aws.iam.RolePolicyAttachment(
            tier.child("backup", what),
            role=role.name,
            policy_arn=site.managed_policy_arn(policy),
            opts=tier.opts(parent=role),
        )
    return role
