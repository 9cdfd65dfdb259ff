"""Rotates the passwords of the databases' master users by the stack's own schedule, in place of every seven days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.stores.args import DataTierArgs
from components.stores.databases.aurora import Cluster
from specs.rotation import WINDOW

_WINDOW: Final = f"{int(WINDOW.total_seconds()) // 3600}h"


def build(tier: Component, args: DataTierArgs, clusters: Sequence[Cluster]) -> None:
    """RDS rotates the secrets that it manages, without a function; only the schedule is anybody else's to set (Secrets
    Manager user guide, "Managed rotation")."""
    for cluster in clusters:
        aws.secretsmanager.SecretRotation(
            tier.child("db", cluster.database.name, "password"),
            secret_id=cluster.secret_arn,
            # The provider's default would rotate at each change of the schedule: in the middle of an update.
            rotate_immediately=False,
            rotation_rules=aws.secretsmanager.SecretRotationRotationRulesArgs(
                schedule_expression=args.rotation_schedule, duration=_WINDOW
            ),
            opts=tier.opts(parent=cluster.cluster, depends_on=cluster.instances),
        )
