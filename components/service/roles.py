"""What a service may do: the policies of its task role and, apart from it, of the role that starts its tasks.

Only actions on exact resources. Managed database secrets are the exception: RDS names them by an id that nobody knows
beforehand, so the statement names RDS's secrets and narrows them to the one that RDS has tagged with the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi

from aws_facts.regions import GUARDDUTY_AGENT_ACCOUNTS
from components import iam
from components.handles import DatabaseHandle, KeyHandle, KeyRing, Stores
from components.service.images import Image, repository_arn
from components.site import Site
from specs import references
from specs.workloads import Workload

# Scan is left out: reading a whole table is a job of its own, not part of answering a request.
_TABLE_READ: Final = ("dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query")
_TABLE_WRITE: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
TABLE_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "read": _TABLE_READ,
    "write": _TABLE_WRITE,
    "readWrite": tuple(sorted({*_TABLE_READ, *_TABLE_WRITE})),
}
_QUEUE_SEND: Final = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage")
_QUEUE_RECEIVE: Final = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
QUEUE_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "send": _QUEUE_SEND,
    "receive": _QUEUE_RECEIVE,
    "sendReceive": tuple(sorted({*_QUEUE_SEND, *_QUEUE_RECEIVE})),
}
OBJECT_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "read": ("s3:GetObject",),
    "readWrite": ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
}
TRACE_ACTIONS: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
_PULL: Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_DECRYPT: Final = ("kms:Decrypt",)
ENCRYPT: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def task_policy(site: Site, keys: KeyRing, service: Workload, stores: Stores) -> str:
    """What the service's own code and its collector may do."""
    # X-Ray's calls take no resource.
    return iam.document(iam.statement("Trace", TRACE_ACTIONS, ["*"]), *use_statements(site, keys, service, stores))


def use_statements(site: Site, keys: KeyRing, workload: Workload, stores: Stores) -> list[iam.Statement]:
    """What a service or job may do with its stores; nothing where it uses none that IAM guards."""
    uses = workload.uses
    statements: list[iam.Statement] = []
    for name, table_access in sorted(uses.tables.items()):
        table = stores.tables[name]
        statements.append(iam.statement(_sid("Table", name), TABLE_ACTIONS[table_access], [table.arn]))
        if table.has_indexes and table_access != "write":
            indexes = [f"{table.arn}/index/{index}" for index in table.index_names or ("*",)]
            statements.append(iam.statement(_sid("Indexes", name), ["dynamodb:Query"], indexes))
    for name, queue_access in sorted(uses.queues.items()):
        statements.append(iam.statement(_sid("Queue", name), QUEUE_ACTIONS[queue_access], [stores.queues[name].arn]))
    for name, bucket_access in sorted(uses.buckets.items()):
        bucket = stores.buckets[name]
        statements.append(iam.statement(_sid("Objects", name), OBJECT_ACTIONS[bucket_access], [f"{bucket.arn}/*"]))
        statements.append(iam.statement(_sid("Bucket", name), ["s3:ListBucket"], [bucket.arn]))
    for name in sorted(uses.caches):
        arns = stores.caches[name].connect_arns.get(workload.name)
        if arns:
            statements.append(iam.statement(_sid("Cache", name), ["elasticache:Connect"], arns))
    if uses.tables:
        statements.append(through(site, keys.data, "dynamodb", _DECRYPT))
    if uses.queues:
        sends = any(access != "receive" for access in uses.queues.values())
        statements.append(through(site, keys.data, "sqs", ENCRYPT if sends else _DECRYPT))
    if uses.buckets:
        writes = "readWrite" in uses.buckets.values()
        statements.append(through(site, keys.data, "s3", ENCRYPT if writes else _DECRYPT))
    return statements


def connect_policy(service: Workload, stores: Stores) -> pulumi.Output[str] | None:
    """Sign-in to databases by IAM; None where the service has no such database.

    A document of its own, as its resources hold the proxies' ids, which are not known before they exist.
    """
    arns = [
        stores.databases[name].connect_arn
        for name in sorted(service.uses.databases)
        if stores.databases[name].connect_arn is not None
    ]
    if not arns:
        return None
    return pulumi.Output.all(*arns).apply(
        lambda known: iam.document(iam.statement("Connect", ["rds-db:connect"], sorted(known)))
    )


def execution_policy(
    site: Site, keys: KeyRing, service: Workload, stores: Stores, images: Sequence[Image], log_group: str
) -> str:
    """What ECS may do to start the service's tasks: pull its images, write its logs, read the secrets it names."""
    own_repository = site.arn("ecr", f"repository/{site.named(service.name)}")
    statements = [
        # The token is the registry's, the call takes no resource.
        iam.statement("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"]),
        iam.statement(
            "PullImages", _PULL, sorted({own_repository, _agent(site)} | {repository_arn(site, one) for one in images})
        ),
        iam.statement(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [site.arn("logs", f"log-group:{log_group}:*")],
        ),
    ]
    return iam.document(*statements, *secret_statements(site, keys, service, stores))


def secret_statements(site: Site, keys: KeyRing, workload: Workload, stores: Stores) -> list[iam.Statement]:
    """Reading the secrets that a service or job names; nothing where it names none."""
    databases, arns = secrets(workload)
    statements = [_managed_secret(site, stores.databases[name]) for name in databases]
    own = sorted({secret_resource(arn) for arn in arns if ":secretsmanager:" in arn})
    parameters = sorted({arn for arn in arns if ":ssm:" in arn})
    if own:
        statements.append(iam.statement("ReadSecrets", ["secretsmanager:GetSecretValue"], own))
    if own or databases:
        statements.append(through(site, keys.data, "secretsmanager", _DECRYPT))
    if parameters:
        statements.append(iam.statement("ReadParameters", ["ssm:GetParameters"], parameters))
        statements.append(through(site, keys.data, "ssm", _DECRYPT))
    return statements


def _agent(site: Site) -> str:
    """The repository of GuardDuty's agent, which GuardDuty adds to Fargate tasks and ECS pulls by this role."""
    account = GUARDDUTY_AGENT_ACCOUNTS[site.region]
    return site.arn("ecr", "repository/aws-guardduty-agent-fargate").replace(site.account_id, account, 1)


def through(site: Site, key: KeyHandle, service: str, actions: Sequence[str]) -> iam.Statement:
    """Use of a key, by its alias and only by way of one AWS service."""
    return iam.statement(
        f"Key{service.capitalize()}",
        actions,
        [site.arn("kms", "key/*")],
        condition={
            "StringEquals": {"kms:ViaService": site.endpoint(service, site.region)},
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
        },
    )


def volume_statements(site: Site, key: KeyHandle) -> list[iam.Statement]:
    """Starting instances whose volumes a key encrypts: EC2 makes a data key for each and a grant to open it."""
    use = (*ENCRYPT, "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext")
    grant = through(site, key, "ec2", ["kms:CreateGrant"])
    grant["Sid"] = "GrantEc2"
    grant["Condition"] = {**grant["Condition"], "Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [through(site, key, "ec2", (*use, "kms:ReEncryptFrom", "kms:ReEncryptTo")), grant]


def decrypt_schedules(site: Site, key: KeyHandle, group_name: str) -> iam.Statement:
    """Reading the encrypted schedules of one group, which EventBridge Scheduler does with the schedule's own role."""
    schedules = site.arn("scheduler", f"schedule/{group_name}/*")
    return iam.statement(
        "DecryptSchedules",
        _DECRYPT,
        [site.arn("kms", "key/*")],
        condition={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name},
            "ArnLike": {"kms:EncryptionContext:aws:scheduler:schedule:arn": schedules},
        },
    )


def _managed_secret(site: Site, database: DatabaseHandle) -> iam.Statement:
    cluster = site.arn("rds", f"cluster:{database.cluster_identifier}")
    return iam.statement(
        _sid("Secret", database.name),
        ["secretsmanager:GetSecretValue"],
        [site.arn("secretsmanager", "secret:rds!cluster-*")],
        condition={"StringEquals": {"secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn": cluster}},
    )


def secrets(service: Workload) -> tuple[list[str], list[str]]:
    """Databases whose managed secret the service reads, and ARNs of its other secrets."""
    databases, arns = set(), []
    for value in service.secrets.values():
        found = references.references(value, references.SECRET_ATTRIBUTES)
        databases.update(reference.name for reference in found)
        if not found:
            arns.append(value)
    return sorted(databases), arns


def secret_resource(arn: str) -> str:
    """The secret's own ARN, without JSON key and version. Secrets Manager ends it with six random characters."""
    secret = ":".join(arn.split(":")[:7])
    return secret if re.search(r"-[A-Za-z0-9]{6}$", secret) else f"{secret}-??????"


def _sid(what: str, name: str) -> str:
    return what + "".join(part.capitalize() for part in name.split("-"))
