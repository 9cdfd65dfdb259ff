"""IAM policies of a service: of its task role, and of the execution role that starts its tasks.

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
from components.handles import KeyHandle, KeyRing
from components.key_use import DECRYPT, ENCRYPT, through
from components.service.images import Image, repository_arn
from components.site import Site
from components.stores.registry import KINDS, Stores
from specs import references
from specs.workloads import Workload

TRACE_ACTIONS: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
_PULL: Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def task_policy(site: Site, keys: KeyRing, service: Workload, stores: Stores) -> str:
    """Policy of the task role: the service's own code and its collector."""
    # X-Ray's calls take no resource.
    return iam.document(iam.statement("Trace", TRACE_ACTIONS, ["*"]), *use_statements(site, keys, service, stores))


def use_statements(site: Site, keys: KeyRing, workload: Workload, stores: Stores) -> list[iam.Statement]:
    """Permissions of a service or job on its stores; none where it uses no store that IAM guards."""
    statements: list[iam.Statement] = []
    key_uses: list[iam.Statement] = []
    for kind in KINDS:
        used = list(stores.used_by(workload, kind))
        statements += [statement for use, store in used for statement in store.statements(use)]
        if used and kind.key_service:
            encrypts = any(store.encrypts(use) for use, store in used)
            key_uses.append(through(site, keys.data, kind.key_service, ENCRYPT if encrypts else DECRYPT))
    return statements + key_uses


def connect_policy(service: Workload, stores: Stores) -> pulumi.Output[str] | None:
    """Sign-in to stores by IAM; None where the service has no such store.

    A document of its own, as its resources hold ids that are not known before the stores exist.
    """
    arns: list[pulumi.Output[str]] = []
    actions: list[str] = []
    for kind in KINDS:
        found = [store.connect_arn for _, store in stores.used_by(service, kind) if store.connect_arn is not None]
        if kind.connect is not None and found:
            arns += found
            actions.append(kind.connect.action)
    if not arns:
        return None
    return pulumi.Output.all(*arns).apply(lambda known: iam.document(iam.statement("Connect", actions, sorted(known))))


def execution_policy(
    site: Site, keys: KeyRing, service: Workload, stores: Stores, images: Sequence[Image], log_group: str
) -> str:
    """Policy of the execution role: pull images, write logs, read the secrets that the service names."""
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
    managed, arns = secrets(workload)
    statements = [stores.named(kind, name).secret_statement(site) for kind, name in managed]
    own = sorted({secret_resource(arn) for arn in arns if ":secretsmanager:" in arn})
    parameters = sorted({arn for arn in arns if ":ssm:" in arn})
    if own:
        statements.append(iam.statement("ReadSecrets", ["secretsmanager:GetSecretValue"], own))
    if own or managed:
        statements.append(through(site, keys.data, "secretsmanager", DECRYPT))
    if parameters:
        statements.append(iam.statement("ReadParameters", ["ssm:GetParameters"], parameters))
        statements.append(through(site, keys.data, "ssm", DECRYPT))
    return statements


def _agent(site: Site) -> str:
    """The repository of GuardDuty's agent, which GuardDuty adds to Fargate tasks and ECS pulls by this role."""
    account = GUARDDUTY_AGENT_ACCOUNTS[site.region]
    return site.arn("ecr", "repository/aws-guardduty-agent-fargate").replace(site.account_id, account, 1)


def volume_statements(site: Site, key: KeyHandle) -> list[iam.Statement]:
    """Starting instances whose volumes a key encrypts: EC2 makes a data key for each and a grant to open it."""
    use = (*ENCRYPT, "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext")
    grant = through(site, key, "ec2", ["kms:CreateGrant"])
    grant["Sid"] = "GrantEc2"
    grant["Condition"] = {**grant["Condition"], "Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [through(site, key, "ec2", (*use, "kms:ReEncryptFrom", "kms:ReEncryptTo")), grant]


def secrets(service: Workload) -> tuple[list[tuple[str, str]], list[str]]:
    """Kind and name of stores whose managed secret the service reads, and ARNs of its other secrets."""
    managed, arns = set(), []
    for value in service.secrets.values():
        found = references.references(value, references.SECRET_ATTRIBUTES)
        managed.update((reference.kind, reference.name) for reference in found)
        if not found:
            arns.append(value)
    return sorted(managed), arns


def secret_resource(arn: str) -> str:
    """The secret's own ARN, without JSON key and version. Secrets Manager ends it with six random characters."""
    secret = ":".join(arn.split(":")[:7])
    return secret if re.search(r"-[A-Za-z0-9]{6}$", secret) else f"{secret}-??????"
