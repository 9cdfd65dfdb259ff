"""Rules for KMS keys, and for resources that should be encrypted with one."""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Statement
from ..encryption import OUTSIDE_KEYS, key_problem
from ..key_places import named_keys, places_of, required_keys
from ..patterns import matches
from ..resource import Resource
from ..resource_documents import KEY_POLICIES
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..strangers import Admission, principals
from ..switches import AT_REST, by_token, wrongly_set
from ..tokens import KEY, PARAMETER, RDS_CLUSTER, RDS_CLUSTER_INSTANCE, RDS_INSTANCE, REPOSITORY
from ..values import Block, each

# A stream that reads from another is encrypted by that one; Firehose's own switch is for what is put into it directly.
_PULLED = ("kinesisSourceConfiguration", "mskSourceConfiguration")
# Properties of additional keys: wrong if the key is AWS's own, or unset while the feature is on.
OPTIONAL_KEYS = {
    RDS_CLUSTER: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    RDS_INSTANCE: (
        ("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        ("manageMasterUserPassword", "masterUserSecretKmsKeyId"),
    ),
    RDS_CLUSTER_INSTANCE: (("performanceInsightsEnabled", "performanceInsightsKmsKeyId"),),
}
# Conditions on a named account's use of a key: its own principals, services, data.
_USES = ("aws:principalarn", "kms:viaservice", "kms:encryptioncontext:")
# Switch on which the use of the named key depends.
_SWITCHES = by_token(AT_REST)
ASYMMETRIC = ("RSA_", "ECC_", "HMAC_", "SM2", "ML_DSA")


@rule(
    KEY,
    name="kms-rotation",
    title="Keys rotate their material.",
    severity=Severity.MEDIUM,
    controls=("FSBP KMS.4", "CIS 3.6", "CKV_AWS_7"),
    remedy="Set enable_key_rotation=True",
)
def kms_rotation(key: Resource, context: RuleContext) -> Problems:
    spec = key.text("customerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    if spec.startswith(ASYMMETRIC) or key.present("customKeyStoreId"):
        return  # KMS rotates neither asymmetric keys nor those of a key store of one's own
    if not key.flag("enableKeyRotation"):
        yield "has no key rotation"


@rule(
    *KEY_POLICIES,
    name="kms-policy-scoped",
    title="A key policy grants full use only to its own account, and use by services only under conditions.",
    severity=Severity.HIGH,
    controls=("FSBP KMS.5", "CKV_AWS_33", "CKV2_AWS_64"),
    remedy="Keep kms:* for the account's root principal; give services named actions under aws:SourceAccount "
    "or their kms:EncryptionContext",
)
def kms_policy_scoped(key: Resource, context: RuleContext) -> Problems:
    if key.flag("bypassPolicyLockoutSafetyCheck"):
        yield "skips the lockout safety check"
    admission = Admission(key.raw("policy"))
    owners = {account for statement in admission.allowing for account in _owners(statement)}
    if len(owners) > 1:
        yield f"gives itself away to the accounts {' and '.join(sorted(owners))}"
    yield from each(admission.allowing, lambda statement: _generous(statement, owners, admission))


def _owners(statement: Statement) -> Iterator[str]:
    """The accounts that a statement hands the key over to as a whole."""
    if any(isinstance(action, str) and matches(action, "kms:PutKeyPolicy") for action in statement.actions):
        for kind, value in statement.principals:
            if isinstance(value, str) and _is_account(kind, value):
                yield _account(value)


def _account(principal: str) -> str:
    return principal.split(":")[4] if principal.count(":") > 4 else principal


def _generous(statement: Statement, owners: set[str], admission: Admission) -> Iterator[str]:
    if statement.not_principals:
        yield f"{statement.label} allows everyone except some (NotPrincipal)"
    if statement.not_actions:
        yield f"{statement.label} allows all but some actions (NotAction)"
    narrowed = statement.narrowed_by(*_USES)
    whole = [action for action in statement.known_actions() if matches(action, "kms:PutKeyPolicy")]
    for kind, value in principals(statement):
        if admission.admits(statement, value, service=kind == "service"):
            whom = f"{value} use the key for any account" if kind == "service" else "everyone use the key"
            yield f"{statement.label} lets {whom}"
        elif whole and not _is_account(kind, value):
            yield f"{statement.label} gives {whole[0]} to {value}"
        elif _is_account(kind, value) and owners and _account(value) not in owners and not narrowed:
            yield f"{statement.label} lets all of another account, {_account(value)}, use the key"


def _is_account(kind: str, value: str) -> bool:
    return kind == "aws" and (value.endswith(":root") or (value.isdigit() and len(value) == 12))


@rule(
    *required_keys(),
    *named_keys(),
    *OPTIONAL_KEYS,
    *_SWITCHES,
    REPOSITORY,
    PARAMETER,
    name="cmk-everywhere",
    title="Everything that KMS can encrypt is encrypted with a key of this program, never with an AWS-managed one.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP Backup.1", "CKV_AWS_136", "CKV_AWS_158", "CKV_AWS_166", "CKV_AWS_337", "CKV_AWS_354"),
    options=(OUTSIDE_KEYS,),
    remedy="Pass the ARN of the domain's key",
)
def cmk_everywhere(resource: Resource, context: RuleContext) -> Problems:
    off = list(wrongly_set(resource, _SWITCHES.get(resource.token, ())))
    yield from off
    if off:
        return  # a key that nothing is encrypted with is no second fault
    if resource.token == REPOSITORY:
        yield from _of_images(resource, context)
    elif resource.token != PARAMETER or resource.text("type") == "SecureString":
        yield from each(_places(resource), lambda place: _named(resource, *place, context))
    for switch, path in OPTIONAL_KEYS.get(resource.token, ()):
        if resource.flag(switch):
            yield from _named(resource, path, resource, path, context)


def _places(resource: Resource) -> Iterator[tuple[str, Block, str]]:
    """Places of a required key, and of an optional one that is set: property, block of it, path inside the block."""
    for path in required_keys().get(resource.token, ()):
        if path == "serverSideEncryption.keyArn" and any(map(resource.present, _PULLED)):
            continue  # the stream that Firehose reads keeps the data, under a key of its own
        yield from places_of(resource, path)
    for path in named_keys().get(resource.token, ()):
        for place in places_of(resource, path):
            _, block, inner = place
            if block.present(inner):
                yield place


def _of_images(repository: Resource, context: RuleContext) -> Iterator[str]:
    for store in repository.blocks("encryptionConfigurations") or [Block({})]:
        if store.present("kmsKey") and not (store.text("encryptionType") or "AES256").startswith("KMS"):
            yield "is encrypted with a key that AWS owns, whatever key it names"
        else:
            yield from _named(repository, "encryptionConfigurations", store, "kmsKey", context)


def _named(resource: Resource, path: str, block: Block, inner: str, context: RuleContext) -> Iterator[str]:
    if problem := key_problem(resource, path, context, block=block, inner=inner):
        yield problem


RULES = (kms_rotation, kms_policy_scoped, cmk_everywhere)
