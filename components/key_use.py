"""Statements that let a role use a KMS key: by its alias, and only by way of one AWS service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components import iam
from components.handles import KeyHandle
from components.site import Site

DECRYPT: Final = ("kms:Decrypt",)
ENCRYPT: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def through(site: Site, key: KeyHandle, service: str, actions: Sequence[str]) -> iam.Statement:
    """Use of a key by way of one AWS service, for example `sqs`."""
    return iam.statement(
        f"Key{service.capitalize()}",
        actions,
        [site.arn("kms", "key/*")],
        condition={
            "StringEquals": {"kms:ViaService": site.endpoint(service, site.region)},
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
        },
    )


def decrypt_schedules(site: Site, key: KeyHandle, group_name: str) -> iam.Statement:
    """Reading the encrypted schedules of one group, which EventBridge Scheduler does with the schedule's own role."""
    schedules = site.arn("scheduler", f"schedule/{group_name}/*")
    return iam.statement(
        "DecryptSchedules",
        DECRYPT,
        [site.arn("kms", "key/*")],
        condition={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
            "ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules},
        },
    )
