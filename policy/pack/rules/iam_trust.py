"""Rules for trust policies of IAM roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..conditions import Condition, binds, particular, patterns_of, proving
from ..documents import Statement
from ..issuers import Issuer, issuer, tells_owner
from ..patterns import has_wildcard, matches
from ..resource import Resource
from ..rule import Problems, RuleContext, Severity, rule
from ..sources import names_source, names_source_at_times
from ..strangers import Admission, principals
from ..tokens import ROLE
from ..values import each


@rule(
    ROLE,
    name="iam-trust-scoped",
    title="A role trusts named principals, and services only when they act for this account.",
    severity=Severity.CRITICAL,
    controls=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358"),
    remedy="Name the principal and add aws:SourceAccount or aws:SourceArn (for OIDC, conditions on aud and sub)",
)
def iam_trust_scoped(role: Resource, context: RuleContext) -> Problems:
    admission = Admission(role.raw("assumeRolePolicy"))
    yield from each(admission.allowing, lambda statement: _trusting(statement, admission))


def _trusting(statement: Statement, admission: Admission) -> Iterator[str]:
    if statement.not_principals:
        yield f"{statement.label} trusts everyone except some (NotPrincipal)"
    for kind, value in principals(statement):
        if kind == "federated":
            yield from _federated(statement, value)
        elif admission.admits(statement, value, service=kind == "service"):
            if kind != "service" or has_wildcard(value):
                yield f"{statement.label} trusts everyone"
            elif names_source(value) or (names_source_at_times(value) and not _asks_where_named(statement)):
                yield f"{statement.label} trusts {value} on behalf of any account"


def _asks_where_named(statement: Statement) -> bool:
    """Whether the source is checked at least for calls that name it."""
    binding = [replace(item, operator=item.operator.removesuffix("ifexists")) for item in statement.conditions]
    return proving(binding, of_services=True) is not None


def _federated(statement: Statement, provider: str) -> Iterator[str]:
    if ":saml-provider/" in provider:
        if not statement.narrowed_by("saml:aud"):
            yield f"{statement.label} trusts SAML sessions for any audience"
        return
    if has_wildcard(provider):
        yield f"{statement.label} trusts every identity provider"
        return
    host = provider.split(":oidc-provider/", 1)[-1]
    found, shown = issuer(host), host.rsplit("/", 1)[-1]
    claims = [(_claim(item, host), item) for item in statement.conditions]
    for claim in _unproved(found, statement, claims):
        yield f"{statement.label} trusts tokens of {shown} with any {claim}"


def _claim(item: Condition, host: str) -> str:
    """The claim in a condition's key, which starts with the issuer; the issuer's path may contain colons."""
    if item.key.startswith("sts:"):
        return item.key
    start = f"{host.lower()}:"
    return item.key.removeprefix(start) if item.key.startswith(start) else item.key.rpartition(":")[2]


def _unproved(found: Issuer | None, statement: Statement, claims: list[tuple[str, Condition]]) -> Iterator[str]:
    audiences = found.audiences if found else ("aud",)
    owner = next(iter(found.owners)) if found else "sub"
    if audiences and not any(name in audiences and particular(item, statement.conditions) for name, item in claims):
        yield audiences[0]
        if owner in audiences:
            return
    if not any(_owned(found, name, item, statement) for name, item in claims):
        yield owner
    for name, value in (found.refused if found else {}).items():
        asked = [item for claim, item in claims if claim == name and binds(item, statement.conditions)]
        if not any(not any(matches(text, value) for text in patterns_of(item)) for item in asked):
            yield name


def _owned(found: Issuer | None, claim: str, item: Condition, statement: Statement) -> bool:
    """Whether every value that a condition admits is one owner's."""
    return binds(item, statement.conditions) and all(tells_owner(found, claim, text) for text in patterns_of(item))


RULES = (iam_trust_scoped,)
