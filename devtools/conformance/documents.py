"""IAM documents in a resource's properties, by the grammar of their language.

The provider makes sure that they are JSON. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.conformance.client import UNKNOWN

Problem = tuple[str, str]

_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT_KEYS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:(aws[\w-]*|\*|\$\{[^}]+\}):[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_SERVICE = re.compile(r"\*|[a-z0-9.-]+\.(amazonaws|amazon)\.com(\.cn)?")
_PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}
_ACCOUNT_OR_ARN = re.compile(r"\*|\d{12}|arn:aws[\w-]*:(iam|sts)::(\d{12}|cloudfront):.+")
_OPERATOR = re.compile(
    r"(ForAllValues:|ForAnyValue:)?(String|Numeric|Date|Bool|Binary|IpAddress|NotIpAddress|Arn|Null)\w*"
)


def problems(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Problems of the IAM documents among a resource's properties."""
    for name, value in inputs.items():
        if not isinstance(value, str) or UNKNOWN in value or '"Statement"' not in value:
            continue
        try:
            document = json.loads(value)
        except ValueError as error:
            yield name, f"is no JSON: {error}"
            continue
        if isinstance(document, dict) and "Statement" in document:
            yield from ((name, reason) for reason in _document(document))


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        yield f"Version {document['Version']!r} is none of {', '.join(_VERSIONS)}"
    seen: set[str] = set()
    for statement in _listed(document["Statement"]):
        if not isinstance(statement, dict):
            yield f"Statement holds {type(statement).__name__}, not an object"
            continue
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid:
            if sid in seen:
                yield f"Sid {sid!r} is given twice"
            seen.add(sid)
        yield from (f"statement {sid or '?'}: {reason}" for reason in _statement(statement))


def _statement(statement: Mapping[str, Any]) -> Iterator[str]:
    if unknown := sorted(set(statement) - _STATEMENT_KEYS):
        yield f"{unknown[0]!r} is no part of a statement"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect is Allow or Deny, not {statement.get('Effect')!r}"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "exactly one of Action and NotAction"
    for action in _listed(statement.get("Action", statement.get("NotAction"))):
        if not _ACTION.fullmatch(str(action)):
            yield f"{action!r} is not an action (service:Action)"
    for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
        if not _RESOURCE.fullmatch(str(resource)):
            yield f"{resource!r} is not an ARN"
    yield from _principal(statement.get("Principal", statement.get("NotPrincipal")))
    for operator in statement.get("Condition") or ():
        if not _OPERATOR.fullmatch(operator):
            yield f"{operator!r} is no condition operator"


def _principal(principal: Any) -> Iterator[str]:
    if principal in (None, "*"):
        return
    if not isinstance(principal, dict):
        yield f"Principal is * or an object, not {principal!r}"
        return
    for kind, values in principal.items():
        if kind not in _PRINCIPAL_KINDS:
            yield f"{kind!r} is no kind of principal"
        for value in _listed(values):
            if kind == "Service" and not _SERVICE.fullmatch(str(value)):
                yield f"{value!r} is not a service (NAME.amazonaws.com)"
            if kind == "AWS" and not _ACCOUNT_OR_ARN.fullmatch(str(value)):
                yield f"{value!r} is neither an account nor an ARN"


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
