"""Rules for IAM as a whole: what everything attached to an identity adds up to."""

from __future__ import annotations

from collections.abc import Iterator

from ..actions import ADMIN_POLICIES
from ..documents import Statement, allowing
from ..escalation import Escalations, takeovers
from ..grants import IdentityGrants
from ..graph import Graph
from ..identities import AWS_MANAGED, DOCUMENTS, IDENTITIES, Identities
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import PERMISSION_SET, PERMISSION_SET_BOUNDARY, POLICY, ROLE, USER
from ..values import UndecidedError, Unknown, known


def escalations(graph: Graph) -> Escalations:
    return Escalations(Identities(graph))


@rule(
    *IDENTITIES,
    *DOCUMENTS,
    name="iam-no-escalation",
    title="No identity can escalate its privileges with the policies attached to it, taken together.",
    severity=Severity.CRITICAL,
    scope=Scope.STACK,
    controls=("CKV_AWS_286", "CKV2_AWS_40", "MITRE ATT&CK T1098", "Well-Architected SEC03-BP05"),
    remedy="Drop the action, or add a condition on iam:PermissionsBoundary or iam:PolicyARN; pass narrower roles",
)
def iam_no_escalation(resource: Resource, context: RuleContext) -> Problems:
    found = context.whole.derived(escalations)
    identity = found.identities.all.get(resource.urn) or found.identities.alone(resource)
    if identity is None:
        return  # judged with whoever holds it
    yield from found.found(identity)
    if identity.undecided:
        raise identity.undecided


@rule(
    ROLE,
    USER,
    PERMISSION_SET,
    name="iam-boundary",
    title="Identities from outside, and identities that may change IAM, have an effective permissions boundary.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected SEC03-BP05",),
    remedy="Set permissions_boundary to a policy that allows IAM changes only under the same boundary",
)
def iam_boundary(resource: Resource, context: RuleContext) -> Problems:
    identities = context.whole.derived(escalations).identities
    identity = identities.all[resource.urn]
    if not _bounded(resource, context.whole):
        why = next(_needs(identity, identities), None)
        if why:
            yield f"has no permissions boundary, though {why}"
    elif identity.unread:
        raise identity.unread
    elif identity.boundary is not None:
        bound = IdentityGrants(resource=resource, allowed=[item for item in identity.boundary if item.statement.allows])
        bound.denied = [item for item in identity.boundary if not item.statement.allows]
        yield from (f"its boundary is not effective: {power}" for power in takeovers(bound, "iam:"))
    elif name := _of_administrators(resource):
        yield f"its boundary {name} is not effective"


def _bounded(resource: Resource, graph: Graph) -> bool:
    if resource.token == PERMISSION_SET:
        return bool(graph.companions(resource, "permissionSetArn", PERMISSION_SET_BOUNDARY))
    if isinstance(resource.data.get("permissionsBoundary"), Unknown) and not graph.targets(
        resource, "permissionsBoundary", POLICY
    ):
        raise UndecidedError("permissionsBoundary")
    return resource.present("permissionsBoundary")


def _of_administrators(resource: Resource) -> str | None:
    value = resource.data.get("permissionsBoundary")
    name = value.split(AWS_MANAGED, 1)[1] if isinstance(value, str) and AWS_MANAGED in value else None
    return name if name in ADMIN_POLICIES else None


def _needs(identity: IdentityGrants, identities: Identities) -> Iterator[str]:
    """Why an identity needs a boundary."""
    resource = identity.resource
    if resource.token == USER:
        yield "it is a person's or a machine's outside AWS"
    if resource.token == ROLE:
        for statement in allowing(resource.raw("assumeRolePolicy")):
            yield from _strangers(statement, identities.role_parts)
    if held := identity.may_any(_CHANGES):
        yield str(held)
    if identity.undecided:
        raise identity.undecided


# Changes of IAM that a condition may make harmless to others, but which need a boundary on who makes them all the same.
_CHANGES = (
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:UpdateAssumeRolePolicy",
)


def _strangers(statement: Statement, own: frozenset[str]) -> Iterator[str]:
    """Principals of a trust from outside: people, and machines that are none of this program's roles."""
    for kind, value in statement.principals:
        value = known(value)
        text = str(value)
        if kind == "federated" and "oidc.eks." not in text:
            yield f"{text.rsplit('/', 1)[-1]} signs in to it from outside"
        elif kind == "aws" and not isinstance(value, Unknown) and text.split(":", 5)[-1] not in own:
            yield f"{text} may assume it"


RULES = (iam_no_escalation, iam_boundary)
