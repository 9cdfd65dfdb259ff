"""The JSON that `aws.iam.get_policy_document` renders, as AWS's provider writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

_VERSION: Final = "2012-10-17"


class DuplicateSidError(ValueError):
    """Two statements of one document carry the same statement id."""


def render(arguments: Mapping[str, Any]) -> str:
    """The policy document for the data source's arguments (camelCase), indented by two spaces.

    Sources are merged first, then the statements given, then the overrides, which replace statements of the same sid.
    DuplicateSidError when a statement repeats the sid of another source or statement.
    """
    merged: list[dict[str, Any]] = []
    version = str(arguments.get("version") or _VERSION)
    identifier = arguments.get("policyId")
    for source in _documents(arguments, "sourceJson", "sourcePolicyDocuments"):
        merged = _append(merged, source["Statement"])
        identifier = identifier or source.get("Id")
    merged = _append(merged, [_statement(item) for item in arguments.get("statements") or []])
    for override in _documents(arguments, "overrideJson", "overridePolicyDocuments"):
        merged = _override(merged, override["Statement"])
    document = {"Version": version} | ({"Id": identifier} if identifier else {}) | {"Statement": merged}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _documents(arguments: Mapping[str, Any], single: str, several: str) -> Iterable[dict[str, Any]]:
    for text in [arguments.get(single), *(arguments.get(several) or [])]:
        if text:
            document = json.loads(text)
            statements = document.get("Statement", [])
            yield document | {"Statement": statements if isinstance(statements, list) else [statements]}


def _append(present: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sids = [statement["Sid"] for statement in present + added if statement.get("Sid")]
    repeated = sorted({sid for sid in sids if sids.count(sid) > 1})
    if repeated:
        raise DuplicateSidError(f"duplicate Sid ({repeated[0]}): give each statement of the document a Sid of its own")
    return present + added


def _override(present: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_sid = {statement["Sid"]: statement for statement in added if statement.get("Sid")}
    kept = [by_sid.pop(statement.get("Sid", ""), statement) for statement in present]
    return kept + [statement for statement in added if not statement.get("Sid") or statement["Sid"] in by_sid]


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    """One statement, its keys in the provider's order and lists of one as plain strings."""
    rendered: dict[str, Any] = {}
    if given.get("sid"):
        rendered["Sid"] = given["sid"]
    rendered["Effect"] = given.get("effect") or "Allow"
    for key, name in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if given.get(key):
            rendered[name] = _plain(sorted((str(item).replace("&{", "${") for item in given[key]), reverse=True))
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(key):
            rendered[name] = _principals(given[key])
    if given.get("conditions"):
        rendered["Condition"] = _conditions(given["conditions"])
    return rendered


def _principals(given: Iterable[Mapping[str, Any]]) -> Any:
    principals: dict[str, list[str]] = {}
    for principal in given:
        principals.setdefault(str(principal["type"]), []).extend(principal["identifiers"])
    if principals == {"*": ["*"]}:
        return "*"
    return {kind: _plain(sorted(identifiers, reverse=True)) for kind, identifiers in principals.items()}


def _conditions(given: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    conditions: dict[str, dict[str, Any]] = {}
    for condition in given:
        values = [str(value).replace("&{", "${") for value in condition["values"]]
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _plain(values)
    return conditions


def _plain(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
