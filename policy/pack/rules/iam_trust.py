"""Rules for whom the roles of IAM trust."""

from __future__ import annotations

from collections.abc import Iterator

from ..actions import CALLER_CONDITIONS, SCOPED_TRUST
from ..documents import Condition, Statement, allowing, has_wildcard, is_anybody
from ..resource import Resource
from ..rule import Context, Problems, Severity, rule
from ..tokens import ROLE
from ..values import each, known


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
        if kind in ("*", "aws") and is_anybody(str(value)):
            if not narrowed:
                yield f"{statement.label} trusts everybody"
        elif kind == "service" and isinstance(value, str) and value in SCOPED_TRUST and not narrowed:
            yield f"{statement.label} trusts {value} on behalf of any account"
        elif kind == "federated":
            yield from _federated(statement, str(value))


def _federated(statement: Statement, provider: str) -> Iterator[str]:
    if ":saml-provider/" in provider:
        if not statement.narrowed_by("saml:aud"):
            yield f"{statement.label} trusts SAML sessions for any audience"
        return
    keys = [condition.key for condition in statement.conditions]
    # Amazon Cognito's tokens tell those who signed in from guests by another claim.
    for claim in ("aud", "amr") if provider.startswith("cognito-identity.") else ("aud", "sub"):
        names = [key for key in keys if key.endswith(f":{claim}")]
        if not statement.narrowed_by(*names) or any(_any_repository(item, claim) for item in statement.conditions):
            yield f"{statement.label} trusts tokens of {provider.rsplit('/', 1)[-1]} with any {claim}"


def _any_repository(condition: Condition, claim: str) -> bool:
    """Whether a subject like `repo:*` leaves the owner of the repository open, as all of GitHub shares one issuer."""
    subjects = [value for value in condition.values if condition.key.endswith(f":{claim}") and isinstance(value, str)]
    return any(value.startswith("repo:") and has_wildcard(value[5:].split("/", 1)[0]) for value in subjects)


RULES = (iam_trust_scoped,)
