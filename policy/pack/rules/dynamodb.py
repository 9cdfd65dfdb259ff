"""Rules for DynamoDB tables."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..resource import Resource
from ..rule import PRODUCTION_STACKS, Problems, RuleContext, Scope, Severity, rule
from ..tokens import TABLE


@rule(
    TABLE,
    name="ddb-cmk",
    title="Tables are encrypted with a key of this program.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP DynamoDB.1", "CKV_AWS_119"),
    options=(OUTSIDE_KEYS,),
    remedy="Set server_side_encryption with enabled=True and kms_key_arn of the data key",
)
def ddb_cmk(table: Resource, context: RuleContext) -> Problems:
    if not table.flag("serverSideEncryption.enabled"):
        yield "is encrypted with a key that AWS owns"
    elif problem := key_problem(table, "serverSideEncryption.kmsKeyArn", context):
        yield problem
    for replica in table.blocks("replicas"):
        if problem := key_problem(table, "replicas", context, block=replica, inner="kmsKeyArn"):
            yield f"its replica in {replica.text('regionName')} {problem}"


@rule(
    TABLE,
    name="ddb-pitr-protect",
    title="Tables can be restored to any second; in production they can't be deleted by mistake.",
    severity=Severity.HIGH,
    controls=("FSBP DynamoDB.2", "FSBP DynamoDB.6", "CKV_AWS_28"),
    options=(PRODUCTION_STACKS,),
    remedy="Set point_in_time_recovery enabled=True and, in production, deletion_protection_enabled=True",
)
def ddb_pitr_protect(table: Resource, context: RuleContext) -> Problems:
    if not table.flag("pointInTimeRecovery.enabled"):
        yield "has no point-in-time recovery"
    if context.production and not table.flag("deletionProtectionEnabled"):
        yield "has no deletion protection"


RULES = (ddb_cmk, ddb_pitr_protect)
