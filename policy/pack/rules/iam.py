"""Rules for IAM identities: what their documents allow, and whom their trust admits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..actions import (
    ADMIN_POLICIES,
    CALLER_CONDITIONS,
    DECRYPTION,
    EXFILTRATION,
    KEY_CONDITIONS,
    MANAGED_POLICIES,
    RESOURCE_CONDITIONS,
    SCOPED_TRUST,
    STAR_ONLY,
    STAR_WITH_CONDITION,
)
from ..documents import Statement, allowing, has_wildcard, is_wildcard_resource
from ..resource import Resource
from ..rule import Context, Option, Problems, Scope, Severity, rule
from ..tokens import POLICY, ROLE, ROLE_POLICY
from ..values import each, known

USER = "aws:iam/user:User"
# Every type that carries what an identity may do, in `policy` or in inline blocks.
CARRIERS = (
    POLICY,
    ROLE_POLICY,
    ROLE,
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
)
ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
)
EXCLUSIVE_ATTACHMENTS = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
LASTING_CREDENTIALS = (
    USER,
    "aws:iam/accessKey:AccessKey",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
)
AWS_MANAGED = ":iam::aws:policy/"


def _documents(resource: Resource) -> Iterator[object]:
    if resource.token == ROLE:
        for block in resource.blocks("inlinePolicies"):
            yield block.raw("policy")
    else:
        yield resource.raw("inlinePolicy" if "ssoadmin" in resource.token else "policy")


def _judged(resource: Resource, judge: Callable[[Statement], Iterator[str]]) -> Iterator[str]:
    """What `judge` says of every statement that allows something."""
    yield from each(_documents(resource), lambda body: each(allowing(body), judge))


@rule(
    *CARRIERS,
    *ATTACHMENTS,
    name="iam-no-admin",
    title="No identity may do everything.",
    severity=Severity.CRITICAL,
    controls=("FSBP IAM.1", "CIS 1.16", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274"),
    remedy="List the actions that the code calls",
)
def iam_no_admin(resource: Resource, context: Context) -> Problems:
    for name in _managed_names(resource):
        if name in ADMIN_POLICIES:
            yield f"attaches the AWS-managed policy {name}"
    if resource.token in CARRIERS:
        yield from _judged(resource, _everything)


def _managed_names(resource: Resource) -> Iterator[str]:
    for path in ("policyArn", "managedPolicyArn", "managedPolicyArns", "policyArns"):
        for value in resource.items(path):
            if isinstance(value, str) and AWS_MANAGED in value:
                yield value.split(AWS_MANAGED, 1)[1]


def _everything(statement: Statement) -> Iterator[str]:
    if statement.not_actions and any(arn.strip() == "*" for arn in statement.known_resources()):
        yield f"{statement.label} allows all but some actions on everything (NotAction)"
    for action in statement.known_actions():
        if not action.replace("*", "").replace(":", "").strip():
            yield f"{statement.label} allows every action ({action})"


@rule(
    *CARRIERS,
    name="iam-no-wildcard-action",
    title="Identities are allowed actions by name, never by pattern or by exclusion.",
    severity=Severity.HIGH,
    controls=("FSBP IAM.21", "CKV_AWS_286", "CKV_AWS_289", "CKV2_AWS_40"),
    remedy="List the actions that the code calls",
)
def iam_no_wildcard_action(resource: Resource, context: Context) -> Problems:
    yield from _judged(resource, _patterned)


def _patterned(statement: Statement) -> Iterator[str]:
    if statement.not_actions:
        yield f"{statement.label} allows all but some actions (NotAction)"
    for action in statement.known_actions():
        if has_wildcard(action):
            yield f"{statement.label} allows {action}"


@rule(
    *CARRIERS,
    name="iam-no-wildcard-resource",
    title="Identities act on named resources; on all of them only where an action knows no resource.",
    severity=Severity.HIGH,
    controls=("CKV_AWS_288", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356"),
    remedy="Name the ARNs, or narrow by a condition on the resource (aws:ResourceTag, ecs:cluster)",
)
def iam_no_wildcard_resource(resource: Resource, context: Context) -> Problems:
    yield from _judged(resource, _anywhere)


def _anywhere(statement: Statement) -> Iterator[str]:
    if statement.not_resources:
        yield f"{statement.label} allows all but some resources (NotResource)"
    wide = [arn for arn in statement.known_resources() if is_wildcard_resource(arn)]
    if not wide or statement.narrowed_by(*RESOURCE_CONDITIONS):
        return
    for action in statement.known_actions():
        name = action.lower()
        if name in STAR_ONLY:
            continue
        key = STAR_WITH_CONDITION.get(name)
        if key is None:
            yield f"{statement.label} allows {action} on {wide[0]}"
        elif not statement.narrowed_by(key):
            yield f"{statement.label} allows {action} without a condition on {key}"


@rule(
    *CARRIERS,
    name="iam-passrole-scoped",
    title="Whoever may pass a role may pass one named role to one named service.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_287", "CKV2_AWS_56"),
    remedy="Name the role's ARN and add a condition StringEquals iam:PassedToService",
)
def iam_passrole_scoped(resource: Resource, context: Context) -> Problems:
    yield from _judged(resource, _passing)


def _passing(statement: Statement) -> Iterator[str]:
    if not statement.matching(("iam:PassRole",)):
        return
    if loose := [arn for arn in statement.known_resources() if has_wildcard(arn)]:
        yield f"{statement.label} allows iam:PassRole on {loose[0]}"
    if not statement.narrowed_by("iam:passedtoservice"):
        yield f"{statement.label} allows iam:PassRole to any service"


@rule(
    *CARRIERS,
    name="iam-kms-decrypt-scoped",
    title="Identities decrypt with named keys.",
    severity=Severity.HIGH,
    controls=("FSBP KMS.1", "FSBP KMS.2"),
    remedy="Name the key's ARN; an alias is not one, and kms:ViaService alone leaves every key open",
)
def iam_kms_decrypt_scoped(resource: Resource, context: Context) -> Problems:
    yield from _judged(resource, _decrypting)


def _decrypting(statement: Statement) -> Iterator[str]:
    found = statement.matching(DECRYPTION)
    if not found or statement.narrowed_by(*KEY_CONDITIONS):
        return
    for arn in statement.known_resources():
        if has_wildcard(arn):
            yield f"{statement.label} allows {found[0]} on {arn}"


@rule(
    *CARRIERS,
    name="iam-no-exfil",
    title="No identity may read the data or the secrets of everything.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_288",),
    remedy="Name the tables, buckets, queues, parameters or secrets that the code reads",
)
def iam_no_exfil(resource: Resource, context: Context) -> Problems:
    yield from _judged(resource, _reading)


def _reading(statement: Statement) -> Iterator[str]:
    found = statement.matching(EXFILTRATION)
    if found and not statement.narrowed_by(*RESOURCE_CONDITIONS):
        for arn in statement.known_resources():
            if is_wildcard_resource(arn):
                yield f"{statement.label} allows {found[0]} on {arn}"


@rule(
    ROLE,
    name="iam-trust-scoped",
    title="A role trusts named principals, and services only on behalf of this account.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358"),
    remedy="Name the principal and add aws:SourceAccount or aws:SourceArn (for OIDC, conditions on aud and sub)",
)
def iam_trust_scoped(role: Resource, context: Context) -> Problems:
    yield from each(allowing(role.raw("assumeRolePolicy")), _trusting)


def _trusting(statement: Statement) -> Iterator[str]:
    if statement.not_principals:
        yield f"{statement.label} trusts everybody but some (NotPrincipal)"
    narrowed = statement.narrowed_by(*CALLER_CONDITIONS)
    for kind, value in statement.principals:
        value = known(value)
        if value == "*":
            if not narrowed:
                yield f"{statement.label} trusts everybody"
        elif kind == "service" and value in SCOPED_TRUST and not narrowed:
            yield f"{statement.label} trusts {value} on behalf of any account"
        elif kind == "federated":
            yield from _federated(statement, str(value))


def _federated(statement: Statement, provider: str) -> Iterator[str]:
    if ":saml-provider/" in provider:
        if not statement.narrowed_by("saml:aud"):
            yield f"{statement.label} trusts SAML sessions for any audience"
        return
    keys = [condition.key for condition in statement.conditions]
    for claim in ("aud", "sub"):
        names = [key for key in keys if key.endswith(f":{claim}")]
        if not statement.narrowed_by(*names):
            yield f"{statement.label} trusts tokens of {provider.rsplit('/', 1)[-1]} with any {claim}"


@rule(
    *LASTING_CREDENTIALS,
    name="iam-no-users-keys",
    title="There are no IAM users and no long-lived keys.",
    severity=Severity.HIGH,
    controls=("FSBP IAM.2", "FSBP IAM.3", "CIS 1.11", "CKV_AWS_273"),
    remedy="Use a role: tasks have task roles, pipelines OIDC, people IAM Identity Center",
)
def iam_no_users_keys(resource: Resource, context: Context) -> Problems:
    yield f"is a lasting credential ({resource.token.rsplit(':', 1)[-1]})"


@rule(
    *ATTACHMENTS,
    EXCLUSIVE_ATTACHMENTS,
    ROLE,
    name="iam-managed-allowlist",
    title="Of AWS's managed policies only narrow ones for a service's own roles are attached.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP IAM.1", "CKV_AWS_275"),
    options=(
        Option(
            name="alsoAllowed",
            schema={"type": "array", "items": {"type": "string"}},
            default=[],
            meaning="further names after arn:aws:iam::aws:policy/ that may be attached",
        ),
    ),
    remedy="Write a policy with the actions that are needed, or allow the policy's name in the rule's alsoAllowed",
)
def iam_managed_allowlist(resource: Resource, context: Context) -> Problems:
    allowed = MANAGED_POLICIES.union(map(str, context.options["alsoAllowed"]))
    for name in _managed_names(resource):
        if name not in allowed:
            yield f"attaches the AWS-managed policy {name}"


RULES = (
    iam_no_admin,
    iam_no_wildcard_action,
    iam_no_wildcard_resource,
    iam_passrole_scoped,
    iam_kms_decrypt_scoped,
    iam_no_exfil,
    iam_trust_scoped,
    iam_no_users_keys,
    iam_managed_allowlist,
)
