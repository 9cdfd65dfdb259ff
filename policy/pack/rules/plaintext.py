"""Rules for secrets in plain text. No message of them holds a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..plain_places import PLACES, told
from ..resource import Resource
from ..rule import Problems, RuleContext, Severity, rule
from ..secret_names import Claim, claim
from ..secret_text import called, in_text
from ..tokens import PARAMETER
from ..values import Block, Unknown, each, known

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@rule(
    PARAMETER,
    *PLACES,
    name="no-plaintext-secrets",
    title="No plain-text secret in an environment, a script, a command, a document or a parameter.",
    severity=Severity.CRITICAL,
    controls=("FSBP ECS.8", "FSBP CodeBuild.1", "FSBP CodeBuild.2", "CKV_AWS_45", "CKV_AWS_46"),
    remedy="Keep it in Secrets Manager or a SecureString parameter and refer to it (valueFrom, type SECRETS_MANAGER)",
)
def no_plaintext_secrets(resource: Resource, context: RuleContext) -> Problems:
    said: set[str] = set()
    for problem in each(told(resource), _exposed):
        if problem not in said:
            said.add(problem)
            yield problem


def _exposed(place: tuple[str, Any, bool]) -> Iterator[str]:
    name, value, own = place
    if isinstance(value, Unknown) and claim(name) not in (Claim.PASSWORD, Claim.SECRET):
        return  # an address or an ARN: its name claims no secret
    value = known(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return
    if called(name, value) or (own and in_text(value)):
        yield f"{name} holds what looks like a secret"
    elif in_text(value):
        yield f"{_its(name) if name[:1].islower() else name} holds what looks like a secret"


def _its(name: str) -> str:
    """A property in words: `userDataBase64` is user data."""
    words = _CAPITAL.sub(" ", name.removesuffix("Base64"))
    return f"its {words.lower()}"


# By resource type, properties that take a password or a token, and what the service takes in their place.
_GIVEN: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aws:docdb/cluster:Cluster": (("masterPassword", "masterPasswordWo"), "manage_master_user_password=True"),
    "aws:docdb/elasticCluster:ElasticCluster": (("adminUserPassword",), 'auth_type="SECRET_ARN"'),
    "aws:redshift/cluster:Cluster": (("masterPassword", "masterPasswordWo"), "manage_master_password=True"),
    "aws:redshiftserverless/namespace:Namespace": (
        ("adminUserPassword", "adminUserPasswordWo"),
        "manage_admin_password=True",
    ),
    "aws:dms/endpoint:Endpoint": (("password",), "secrets_manager_arn"),
    "aws:elasticache/user:User": (
        ("passwords", "passwordsWo", "authenticationMode.passwords"),
        'authentication_mode={"type": "iam"}',
    ),
    "aws:memorydb/user:User": (("authenticationMode.passwords",), 'authentication_mode={"type": "iam"}'),
    "aws:opensearch/domain:Domain": (
        ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
        "master_user_arn",
    ),
    "aws:elasticsearch/domain:Domain": (
        ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
        "master_user_arn",
    ),
    "aws:codebuild/sourceCredential:SourceCredential": (("token",), 'auth_type="CODECONNECTIONS" or "SECRETS_MANAGER"'),
    "aws:glue/connection:Connection": (("connectionProperties.PASSWORD",), "SECRET_ID"),
    "aws:quicksight/dataSource:DataSource": (("credentials.credentialPair.password",), "credentials.secret_arn"),
    "aws:fsx/windowsFileSystem:WindowsFileSystem": (
        ("selfManagedActiveDirectory.password",),
        "domain_join_service_account_secret",
    ),
}
_REFERRED = {"aws:codebuild/sourceCredential:SourceCredential": ("authType", ("CODECONNECTIONS", "SECRETS_MANAGER"))}


@rule(
    *_GIVEN,
    name="no-given-passwords",
    title="The program sets no password for a service that manages it or reads it from Secrets Manager.",
    severity=Severity.HIGH,
    controls=("CWE-798",),
    remedy="Drop it and let the service manage it or read it from Secrets Manager, or use none",
)
def no_given_passwords(resource: Resource, context: RuleContext) -> Problems:
    paths, instead = _GIVEN[resource.token]
    chosen, safe = _REFERRED.get(resource.token, ("", ()))
    if chosen and resource.text(chosen) in safe:
        return
    for path in paths:
        if _set(resource, path):
            yield f"is given {path.rpartition('.')[2]}, where {instead} would do"


def _set(resource: Block, path: str) -> bool:
    """Whether a literal password is set; a reference that the service resolves is none."""
    if not resource.present(path):
        return False
    value = resource.raw(path)
    return not (isinstance(value, str) and value.startswith("{{resolve:"))


RULES = (no_plaintext_secrets, no_given_passwords)
