"""Effect of a change on a resource, from the real provider, for every property that the program sets.

The table in `data/replacements.json` holds, by type, samples of inputs and for each property one change of it with the
provider's verdict: `replace`, `update`, or `same` where it takes the two for equal. The offline plugin is held to it
by a test. Where the verdict differs from what the provider's schema alone says, its code decides case by case: such
entries are marked `conditional`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc

from devtools.conformance.client import UNKNOWN, Client, Inputs, reason_of
from devtools.conformance.program import path_of, with_value
from devtools.rehearsal import schema

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks what is no plain value on the wire: a secret, an asset, an archive."""

_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_DEFAULTS = "__defaults"
STAND_IN = "known-after-deployment"
_STAND_INS = (f"arn:aws:iam::123456789012:role/{STAND_IN}", "{}")
"""Alternative values for a property whose stand-in the provider rejects: another ARN, and a document."""


@dataclass
class ReplacementTable:
    """Samples and verdicts by type token, and the properties without a verdict, with the reason."""

    types: dict[str, dict[str, Any]] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"types": self.types, "unasked": self.unasked}


def make_table(client: Client, resources: Mapping[str, Mapping[str, Any]]) -> ReplacementTable:
    """Ask about every property of `resources` (inputs by URN) once per type and place. Takes about 20 ms a change."""
    table = ReplacementTable()
    for urn in sorted(resources):
        token = urn.split("::")[2].rpartition("$")[2]
        given = known(resources[urn], schema.resource_type(token).properties)
        verdicts = table.types.get(token, {"paths": {}})["paths"]
        fresh = [path for path in leaves(given) if general(path) not in verdicts]
        if not fresh:
            continue
        answer = client.judge(token, given)
        for stand_in in _STAND_INS:
            refused = [name for name in given if any(f"judged.{name}" in problem for problem in answer.problems)]
            if refused:
                given = {name: _instead(given[name], stand_in) if name in refused else given[name] for name in given}
                answer = client.judge(token, given)
        if answer.problems:
            table.unasked[token] = f"{urn.rpartition('::')[2]}: {answer.problems[0][:200]}"
            continue
        _ask(client, token, answer.inputs, answer.state, fresh, table)
    for token in table.types:
        table.unasked.pop(token, None)  # another resource of the type could be asked
    return table


def _ask(client: Client, token: str, before: Inputs, state: Inputs, paths: list[str], table: ReplacementTable) -> None:
    plain = without_unknowns(state)
    base = client.change(token, plain, before, before)
    entry = table.types.setdefault(token, {"samples": [], "paths": {}})
    sample = {key: value for key, value in before.items() if not key.startswith("__")}
    entry["samples"].append(sample)
    for path in paths:
        if general(path) in entry["paths"]:
            continue  # asked of another element of the list; the provider takes seconds for a web ACL's
        steps = path_of(path)
        value = other(_at(before, steps))
        if value is None:
            continue
        try:
            change = client.change(token, plain, before, with_value(before, steps, value))
        except grpc.RpcError as error:
            table.unasked[f"{token}.{general(path)}"] = reason_of(error)[:200]
            continue
        replaces = bool(change.replaces - base.replaces)
        touched = change.differs and (not base.differs or bool(set(change.detail) - set(base.detail)))
        verdict = "replace" if replaces else "update" if touched else "same"
        if verdict == "same" and base.differs:
            table.unasked[f"{token}.{general(path)}"] = "a plan without any change differs already"
            continue
        facts: dict[str, Any] = {"sample": len(entry["samples"]) - 1, "path": path, "value": value, "verdict": verdict}
        if verdict != "same" and replaces != statically(token, steps):
            facts["conditional"] = True
        entry["paths"][general(path)] = facts


def statically(token: str, steps: list[str | int]) -> bool:
    """Whether a change at the place replaces the resource by the provider's schema."""
    properties: Mapping[str, schema.SchemaProperty] | None = schema.resource_type(token).properties
    for step in steps:
        if isinstance(step, int):
            continue
        found = properties.get(step) if properties else None
        if found is None:
            return False
        if found.replaces:
            return True
        while found.kind in ("list", "map"):
            found = found.element
        properties = found.fields
    return False


def known(inputs: Mapping[str, Any], properties: Mapping[str, schema.SchemaProperty] | None) -> Inputs:
    """`inputs` with plain stand-ins, by kind of property, for unknown and secret values."""
    plain: Inputs = {}
    for name, value in inputs.items():
        if name.startswith("__"):
            continue
        plain[name] = _known(value, (properties or {}).get(name), name)
    return plain


def _known(value: Any, prop: schema.SchemaProperty | None, name: str) -> Any:
    if isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET:
        value = value.get("value")
    if value == UNKNOWN:
        return _stand_in(prop, name)
    element = prop.element if prop is not None and prop.kind in ("list", "map") else None
    if isinstance(value, list):
        return [_known(item, element, name) for item in value]
    if isinstance(value, dict) and _SIGNATURE not in value:
        if element is not None:
            return {key: _known(item, element, key) for key, item in value.items()}
        return known(value, prop.fields if prop is not None else None)
    return value


def _stand_in(prop: schema.SchemaProperty | None, name: str) -> Any:
    kind = prop.kind if prop is not None else "string"
    if kind == "list":
        return [_stand_in(prop.element if prop is not None else None, name)]
    plain = {"integer": 1, "number": 1, "boolean": True, "map": {}, "object": {}}
    if kind in plain:
        return plain[kind]
    if re.search("arn", name, re.IGNORECASE):
        return f"arn:aws:service:ap-south-1:123456789012:{STAND_IN}"
    return STAND_IN


def _instead(value: Any, stand_in: str) -> Any:
    if isinstance(value, list):
        return [_instead(item, stand_in) for item in value]
    if isinstance(value, dict):
        return {key: _instead(item, stand_in) for key, item in value.items()}
    return stand_in if isinstance(value, str) and STAND_IN in value else value


def without_unknowns(value: Any) -> Any:
    """A planned state without its unknown values, which read as not set yet."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return without_unknowns(value.get("value"))
        return {key: without_unknowns(item) for key, item in value.items() if item != UNKNOWN}
    if isinstance(value, list):
        return [without_unknowns(item) for item in value if item != UNKNOWN]
    return value


def leaves(node: Any, path: str = "") -> Iterator[str]:
    """The path of every plain value in `node`; of a list of plain values, that of its first."""
    if isinstance(node, dict) and _SIGNATURE not in node:
        for key, item in node.items():
            if not key.startswith("__") and re.fullmatch(r"[\w-]+", key):
                yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            if index == 0 or isinstance(item, dict):
                yield from leaves(item, f"{path}[{index}]")
    elif isinstance(node, str | int | float | bool):
        yield path


def general(path: str) -> str:
    """A path that is the same for every element of a list and every tag."""
    return re.sub(r"^(tags)\..*", r"\1.*", re.sub(r"\[\d+\]", "[*]", path))


def other(value: Any) -> Any:
    """Another value of the same kind as `value`; None if there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return None
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    if re.fullmatch(r"\d+", value):
        return str(int(value) + 1)
    try:
        document = json.loads(value)
    except ValueError:
        return f"{value}-x"
    if isinstance(document, dict):
        return json.dumps(
            document | {"Version": "2008-10-17"} if "Statement" in document else document | {"changed": "x"}
        )
    return json.dumps([*document, "x"]) if isinstance(document, list) else f"{value}-x"


def _at(node: Any, steps: list[str | int]) -> Any:
    for step in steps:
        node = node[step]
    return node
