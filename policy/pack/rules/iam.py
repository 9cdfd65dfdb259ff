"""Rules for IAM identities: what each of their documents allows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from itertools import filterfalse

from ..actions import (
    ADMIN_POLICIES,
    DECRYPTION,
    EXFILTRATION,
    KEY_CONDITIONS,
    MANAGED_POLICIES,
    RESOURCE_CONDITIONS,
    STAR_ALLOWED,
    STAR_WITH_CONDITION,
)
from ..documents import Statement, allowing, statements
from ..graph import values_at
from ..identities import AWS_MANAGED, DOCUMENTS
from ..patterns import has_wildcard, is_wildcard_resource, matches
from ..resource import Resource
from ..resource_documents import RESOURCE_DOCUMENTS
from ..rule import Level, Problems, RuleContext, RuleOption, Scope, Severity, rule
from ..service_actions import ServiceAction, expand, of_service
from ..tokens import (
    GROUP_POLICY_ATTACHMENT,
    GROUP_POLICY_ATTACHMENTS_EXCLUSIVE,
    PERMISSION_SET_ATTACHMENT,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY_ATTACHMENT,
    ROLE_POLICY_ATTACHMENTS_EXCLUSIVE,
    USER,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
    USER_POLICY_ATTACHMENTS_EXCLUSIVE,
)
from ..values import UndecidedError, each
from .iam_union import escalations

# Every type that carries what an identity may do, in `policy` or in inline blocks.
CARRIERS = (*DOCUMENTS, ROLE)
ATTACHMENTS = (
    ROLE_POLICY_ATTACHMENT,
    ROLE_POLICY_ATTACHMENTS_EXCLUSIVE,
    USER_POLICY_ATTACHMENT,
    USER_POLICY_ATTACHMENTS_EXCLUSIVE,
    GROUP_POLICY_ATTACHMENT,
    GROUP_POLICY_ATTACHMENTS_EXCLUSIVE,
    POLICY_ATTACHMENT,
    PERMISSION_SET_ATTACHMENT,
)
LASTING_CREDENTIALS = (
    USER,
    "aws:iam/accessKey:AccessKey",
    "aws:iam/userLoginProfile:UserLoginProfile",
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    "aws:iam/signingCertificate:SigningCertificate",
    "aws:iam/sshKey:SshKey",
)
# Properties that may name an AWS-managed policy.
MANAGED_PATHS = ("policyArn", "managedPolicyArn", "managedPolicyArns", "policyArns")
READING = ("List", "Read")
"""Access levels of actions that change nothing."""
# Actions so far apart that a pattern which matches all of them is no choice.
FAR_APART = ("iam:CreatePolicyVersion", "s3:DeleteBucket", "kms:Decrypt")


def _documents(resource: Resource) -> Iterator[object]:
    if resource.token == ROLE:
        for block in resource.blocks("inlinePolicies"):
            yield block.raw("policy")
    else:
        yield resource.raw("inlinePolicy" if "ssoadmin" in resource.token else "policy")


def _judged(resource: Resource, judge: Callable[[Statement], Iterator[str]]) -> Iterator[str]:
    """Problems that `judge` finds in each statement with effect Allow."""
    yield from each(_documents(resource), lambda body: each(allowing(body), judge))


@rule(
    *CARRIERS,
    *ATTACHMENTS,
    name="iam-no-admin",
    title="No identity has administrator access.",
    severity=Severity.CRITICAL,
    controls=("FSBP IAM.1", "CIS 1.16", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274", "CKV2_AWS_56"),
    remedy="List the actions that the code calls",
)
def iam_no_admin(resource: Resource, context: RuleContext) -> Problems:
    for name in _managed_names(resource):
        if name in ADMIN_POLICIES:
            yield f"attaches the AWS-managed policy {name}"
    if resource.token in CARRIERS:
        yield from _judged(resource, _everything)


def _managed_names(resource: Resource) -> Iterator[str]:
    for path in MANAGED_PATHS:
        for value in resource.items(path):
            if isinstance(value, str) and AWS_MANAGED in value:
                yield value.split(AWS_MANAGED, 1)[1]


def _everything(statement: Statement) -> Iterator[str]:
    if statement.not_actions and any(arn.strip() == "*" for arn in statement.known_resources()):
        yield f"{statement.label} allows all but some actions on everything (NotAction)"
    for action in statement.known_actions():
        if all(matches(action, name) for name in FAR_APART):
            yield f"{statement.label} allows every action ({action})"


@rule(
    *CARRIERS,
    name="iam-no-wildcard-action",
    title="Identities are allowed actions by name, not by pattern or exclusion; a boundary may read by pattern.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP IAM.21", "CKV_AWS_286", "CKV_AWS_289", "CKV2_AWS_40"),
    remedy="List the actions that the code calls",
)
def iam_no_wildcard_action(resource: Resource, context: RuleContext) -> Problems:
    if not _told_by_the_stack(resource, context):
        judge = _patterned_writes if _only_bounds(resource, context) else _patterned
        yield from _judged(resource, judge)


def _patterned(statement: Statement, spared: Callable[[str], bool] = lambda action: False) -> Iterator[str]:
    if statement.not_actions:
        yield f"{statement.label} allows all but some actions (NotAction)"
    for action in statement.known_actions():
        if has_wildcard(action) and not spared(action):
            yield f"{statement.label} allows {action}"


def _patterned_writes(statement: Statement) -> Iterator[str]:
    yield from _patterned(statement, _reads)


@rule(
    *CARRIERS,
    name="iam-no-wildcard-resource",
    title="Identities act on named resources; `*` only where an action has no resource-level permissions.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("CKV_AWS_288", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356"),
    remedy="Name the ARNs, or narrow by a condition on the resource (aws:ResourceTag, ecs:cluster; aws:RequestTag for "
    "what is made)",
)
def iam_no_wildcard_resource(resource: Resource, context: RuleContext) -> Problems:
    if not _told_by_the_stack(resource, context):
        yield from _judged(resource, _written_anywhere if _only_bounds(resource, context) else _anywhere)


def _told_by_the_stack(resource: Resource, context: RuleContext) -> bool:
    """Whether the purpose of a policy is known only from the whole stack."""
    return context.alone and resource.token == POLICY


def _only_bounds(resource: Resource, context: RuleContext) -> bool:
    """Whether a policy is used only as a boundary, which grants nothing itself: `iam-boundary` judges its bounds."""
    if resource.token != POLICY:
        return False
    return resource.urn in context.whole.derived(escalations).identities.only_bounding


def _reads(pattern: str) -> bool:
    found = expand(pattern)
    return bool(found) and all(action.levels in READING for action in found)


def _written_anywhere(statement: Statement) -> Iterator[str]:
    yield from _anywhere(statement, _reads)


def _anywhere(statement: Statement, spared: Callable[[str], bool] = lambda action: False) -> Iterator[str]:
    if statement.not_resources:
        yield f"{statement.label} allows all but some resources (NotResource)"
    wide = [arn for arn in statement.known_resources() if is_wildcard_resource(arn)]
    if not wide or statement.narrowed_by(*RESOURCE_CONDITIONS):
        return
    for action in filterfalse(spared, statement.known_actions()):
        if action.lower() in _OF_OTHER_RULES or (_makes(action) and statement.narrowed_by("aws:requesttag/")):
            continue
        key = STAR_WITH_CONDITION.get(action.lower())
        if key is not None:
            if not statement.narrowed_by(key):
                yield f"{statement.label} allows {action} without a condition on {key}"
        elif (takers := _take_a_resource(action)) is not None:
            yield f"{statement.label} allows {action}{takers} on {wide[0]}"


def _makes(action: str) -> bool:
    """Whether the resource is made by the action: it has no ARN yet, and is told by the tags that it will carry."""
    name = action.partition(":")[2].lower()
    return name.startswith(("create", "start")) and not name.endswith("tags")


# Actions for which another rule requires a resource: one fault is reported once.
_OF_OTHER_RULES = frozenset(action.lower() for action in ("iam:PassRole", *DECRYPTION, *EXFILTRATION))


def _take_a_resource(action: str) -> str | None:
    """None if no action of the pattern has resource-level permissions; else those that have, for the message."""
    actions = expand(action)
    named = [item.name for item in actions if not _may_be_anywhere(item)]
    named.sort(key=_familiar)
    if actions and not named:
        return None
    if not named or not has_wildcard(action):
        return ""
    rest = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f" ({', '.join(named[:_SHOWN])}{rest})"


# Actions that a message lists; the others are counted. Well-known ones come first.
_SHOWN = 3
_KNOWN = ("iam:", "s3:", "kms:", "secretsmanager:", "ec2:", "dynamodb:", "rds:", "lambda:")


def _familiar(name: str) -> int:
    return next((place for place, prefix in enumerate(_KNOWN) if name.startswith(prefix)), len(_KNOWN))


def _may_be_anywhere(action: ServiceAction) -> bool:
    return action.star_only or action.name.lower() in STAR_ALLOWED


@rule(
    *CARRIERS,
    name="iam-passrole-scoped",
    title="iam:PassRole is allowed for named roles and a named service.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_286",),
    remedy="Name the role's ARN and add a condition StringEquals iam:PassedToService",
)
def iam_passrole_scoped(resource: Resource, context: RuleContext) -> Problems:
    yield from _judged(resource, _passing)


def _passing(statement: Statement) -> Iterator[str]:
    if not statement.matching(("iam:PassRole",)):
        return
    if loose := [arn for arn in statement.reached() if has_wildcard(arn)]:
        yield f"{statement.label} allows iam:PassRole on {loose[0]}"
    if not statement.narrowed_by("iam:passedtoservice"):
        yield f"{statement.label} allows iam:PassRole to any service"


@rule(
    *CARRIERS,
    name="iam-kms-decrypt-scoped",
    title="Identities may decrypt only with named keys.",
    severity=Severity.HIGH,
    controls=("FSBP KMS.1", "FSBP KMS.2"),
    remedy="Name the key's ARN; an alias is not one, and kms:ViaService alone leaves every key open",
)
def iam_kms_decrypt_scoped(resource: Resource, context: RuleContext) -> Problems:
    yield from _judged(resource, _decrypting)


def _decrypting(statement: Statement) -> Iterator[str]:
    found = statement.matching(DECRYPTION)
    if not found or statement.narrowed_by(*KEY_CONDITIONS):
        return
    for arn in statement.reached():
        if has_wildcard(arn):
            yield f"{statement.label} allows {found[0]} on {arn}"


@rule(
    *CARRIERS,
    name="iam-no-exfil",
    title="No identity may read all data or all secrets.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_288",),
    remedy="Name the tables, buckets, queues, parameters or secrets that the code reads",
)
def iam_no_exfil(resource: Resource, context: RuleContext) -> Problems:
    yield from _judged(resource, _reading)


def _reading(statement: Statement) -> Iterator[str]:
    found = statement.matching(EXFILTRATION)
    if found and not statement.narrowed_by(*RESOURCE_CONDITIONS):
        for arn in statement.reached():
            if is_wildcard_resource(arn):
                yield f"{statement.label} allows {found[0]} on {arn}"


@rule(
    *CARRIERS,
    *RESOURCE_DOCUMENTS,
    name="iam-actions-exist",
    title="Policy documents name existing IAM actions.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    controls=("Well-Architected SEC03-BP02",),
    remedy="Correct the name; a statement has no effect on an action that doesn't exist",
)
def iam_actions_exist(resource: Resource, context: RuleContext) -> Problems:
    bodies = list(_documents(resource)) if resource.token in CARRIERS else []
    if resource.token == ROLE:
        bodies.append(resource.raw("assumeRolePolicy"))
    if path := RESOURCE_DOCUMENTS.get(resource.token):
        bodies.append(resource.raw(path))
    yield from each(bodies, lambda body: each(statements(body), _nameless))


def _nameless(statement: Statement) -> Iterator[str]:
    for action in (*statement.actions, *statement.not_actions):
        if isinstance(action, str) and action != "*" and not expand(action):
            yield f"{statement.label} names {action}, {_instead(action)}"
    statement.known_actions()  # undecided where one is not known yet


def _instead(action: str) -> str:
    """Suggestion for an action that doesn't exist."""
    prefix, _, name = action.partition(":")
    known_names = of_service(prefix)
    if not known_names:
        return f"but AWS has no service {prefix}"
    if has_wildcard(name):
        return "which matches no action"
    meant = difflib.get_close_matches(action.lower(), known_names, n=1)
    return f"which AWS doesn't have: {known_names[meant[0]].name} may be meant" if meant else "which AWS doesn't have"


@rule(
    *LASTING_CREDENTIALS,
    name="iam-no-users-keys",
    title="No IAM users and no long-lived access keys.",
    severity=Severity.HIGH,
    controls=("FSBP IAM.2", "FSBP IAM.3", "CIS 1.11", "CKV_AWS_273"),
    remedy="Use a role: tasks have task roles, pipelines OIDC, people IAM Identity Center",
)
def iam_no_users_keys(resource: Resource, context: RuleContext) -> Problems:
    yield f"is a lasting credential ({resource.token.rsplit(':', 1)[-1]})"


@rule(
    *ATTACHMENTS,
    ROLE,
    name="iam-managed-allowlist",
    title="Only narrow AWS-managed policies for service roles are attached.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP IAM.1", "CKV_AWS_275"),
    options=(
        RuleOption(
            name="alsoAllowed",
            schema={"type": "array", "items": {"type": "string"}},
            default=[],
            meaning="further names after arn:aws:iam::aws:policy/ that may be attached",
        ),
    ),
    remedy="Write a policy with the actions that are needed, or allow the policy's name in the rule's alsoAllowed",
)
def iam_managed_allowlist(resource: Resource, context: RuleContext) -> Problems:
    allowed = MANAGED_POLICIES.union(map(str, context.options["alsoAllowed"]))
    for name in _managed_names(resource):
        if name not in allowed:
            yield f"attaches the AWS-managed policy {name}"
    for path in MANAGED_PATHS:
        if values_at(resource, path)[1] and not context.whole.targets(resource, path, POLICY):
            raise UndecidedError(path)


RULES = (
    iam_no_admin,
    iam_no_wildcard_action,
    iam_no_wildcard_resource,
    iam_passrole_scoped,
    iam_kms_decrypt_scoped,
    iam_no_exfil,
    iam_actions_exist,
    iam_no_users_keys,
    iam_managed_allowlist,
)
