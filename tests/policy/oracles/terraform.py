"""A stack as Terraform: each resource a block of HCL, each reference to another one an expression.

Good for reading by others' tools, not for deploying: names of nested blocks are guessed from Pulumi's plurals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from policy.pack.resource import Resource
from policy.pack.stacks import Stack
from policy.pack.values import SIGNATURE, Unknown

DATA = Path(__file__).parents[3] / "devtools" / "conformance" / "data"

# Properties that are maps of free keys, not nested blocks.
MAPS = frozenset(("tags", "tagsAll", "variables", "labels", "options", "parameters", "responseParameters"))
# By which attribute a property of another resource names this one.
_ATTRIBUTES = ("arn", "id", "name", "bucket", "url", "keyId")
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def render(stack: Stack) -> str:
    """The resources that Terraform knows, in the order of the stack."""
    labels = {it.urn: label for it in stack.resources if (label := _label(it))}
    known: dict[str, str] = {}
    for it in stack.resources:
        for name in _ATTRIBUTES:
            value = it.outputs.get(name)
            if it.urn in labels and isinstance(value, str) and len(value) > 3:
                known.setdefault(value, f"{labels[it.urn]}.{_snake(name)}")
    return "\n".join(_resource(it, labels[it.urn], known) for it in stack.inputs.values() if it.urn in labels)


def _label(it: Resource) -> str | None:
    kind = _types().get(it.token)
    return f"{kind}.{re.sub(r'[^A-Za-z0-9_]', '_', it.name)}" if kind else None


def _resource(it: Resource, label: str, known: Mapping[str, str]) -> str:
    kind, name = label.split(".")
    others = {value: expression for value, expression in known.items() if not expression.startswith(f"{label}.")}
    renamed = {field["name"]: terraform for terraform, field in _renames(kind).items() if "name" in field}
    lines = [f'resource "{kind}" "{name}" {{']
    for path, value in it.data.items():
        lines += [f"  {line}" for line in _lines(renamed.get(path), path, value, others)]
    return "\n".join([*lines, "}", ""])


def _lines(renamed: str | None, path: str, value: Any, known: Mapping[str, str]) -> Iterator[str]:
    if value is None or isinstance(value, Unknown):
        return
    name = renamed or _snake(path)
    if isinstance(value, dict) and SIGNATURE in value:
        yield f'{name} = "an archive of files"'
    elif isinstance(value, dict) and path not in MAPS:
        yield from _block(name, value, known)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for item in value:
            yield from _block(renamed or _singular(name), item, known)
    else:
        yield f"{name} = {_expression(value, known)}"


def _block(name: str, body: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    yield f"{name} {{"
    for path, value in body.items():
        yield from (f"  {line}" for line in _lines(None, path, value, known))
    yield "}"


def _expression(value: Any, known: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return known.get(value) or json.dumps(value).replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return f"[{', '.join(_expression(item, known) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_expression(item, known)}' for key, item in value.items())}}}"
    return "null" if value is None or isinstance(value, Unknown) else json.dumps(value)


def _snake(name: str) -> str:
    return _CAPITAL.sub(r"_\1", name).lower()


def _singular(name: str) -> str:
    if name.endswith("options"):
        return name
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


@cache
def _types() -> dict[str, str]:
    return json.loads((DATA / "tokens.json").read_text(encoding="utf-8"))["resources"]


@cache
def _mappings() -> dict[str, Any]:
    return json.loads((DATA / "mappings.json").read_text(encoding="utf-8"))


def _renames(kind: str) -> dict[str, Any]:
    return _mappings().get(kind, {}).get("fields", {})
