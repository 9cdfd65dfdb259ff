"""Rules for what is handed to others by a grant or an entry of its own: keys, clusters."""

from __future__ import annotations

from ..encryption import KEYS
from ..graph import Graph
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import ROLE
from ..trust import trust
from ..values import UndecidedError, Unknown

GRANT = "aws:kms/grant:Grant"
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
# Access policies that give administrator access to all of their scope (EKS user guide, access policies).
_ADMINISTRATORS = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
_MASTERS = "system:masters"


@rule(
    GRANT,
    name="kms-grant-own",
    title="A KMS grant is only for principals of the key's account.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP KMS.5",),
    remedy="Name a principal of the key's account; admit another account by the key policy, action by action",
)
def kms_grant_own(grant: Resource, context: RuleContext) -> Problems:
    for path in ("granteePrincipal", "retiringPrincipal"):
        value = grant.raw(path)
        account = _account(value)
        owners = _owners(grant, context.whole) if account else set()
        if value == "*":
            yield "grants the key to everyone"
        elif account and owners and account not in owners:
            yield f"gives the key to the account {account} ({path})"


def _owners(grant: Resource, graph: Graph) -> set[str]:
    """The accounts of the key, as far as its ARN is known."""
    named = [grant.raw("keyId"), *(key.outputs.get("arn") for key in graph.targets(grant, "keyId", *KEYS))]
    owners = {account for value in named if (account := _account(value))}
    if not owners and any(isinstance(value, Unknown) for value in named):
        raise UndecidedError("keyId")
    return owners


def _account(arn: object) -> str:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""


@rule(
    ACCESS_ENTRY,
    ACCESS_POLICY,
    name="eks-access-scoped",
    title="No workload has administrator access to a whole cluster.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("EKS best practices, least privileged access",),
    remedy="Scope the access policy to the namespaces of the workload, or use a view or edit policy",
)
def eks_access_scoped(access: Resource, context: RuleContext) -> Problems:
    if access.token == ACCESS_ENTRY:
        if _MASTERS in access.texts("kubernetesGroups"):
            yield f"puts a role into {_MASTERS}, which no policy of the cluster can bound"
        return
    policy = access.raw("policyArn")
    if isinstance(policy, Unknown) or not str(policy).endswith(_ADMINISTRATORS):
        return
    if access.text("accessScope.type") == "namespace":
        return
    for role in context.whole.targets(access, "principalArn", ROLE):
        if service := _workload(role):
            yield f"makes {role.name}, which {service} takes on, the administrator of the whole cluster"


def _workload(role: Resource) -> str | None:
    """The service that may assume a role, so that a workload acts under it without a person."""
    services = (value for statement in trust(role) for kind, value in statement.principals if kind == "service")
    return next((str(value) for value in services if isinstance(value, str)), None)


RULES = (kms_grant_own, eks_access_scoped)
