"""Constraints of CloudFormation's schemas on a value, as published by AWS and corrected by cfn-lint.

They know patterns that the API's models lack, such as the characters of a security group's description. A type is
matched to CloudFormation's by name or by `data/cloudformation.yaml`, a property to a property by name. cfn-lint's data
is read as files: its code is not needed and slow to load.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from devtools.conformance.client import UNKNOWN
from devtools.conformance.limits import Limits, parsed
from devtools.conformance.partners import pairs, partner, stem

Problem = tuple[str, str]
Schema = Mapping[str, Any]

_REGION = "us-east-1"
"""Region whose schemas are read: it has every type."""
_DEPTH = 12
_TABLE = yaml.safe_load((Path(__file__).parent / "data" / "cloudformation.yaml").read_text())
_MODULES: dict[str, list[str]] = _TABLE["modules"]
_TYPES: dict[str, str] = _TABLE["types"]


def problems(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """The values of a resource's inputs that CloudFormation's schema of the type refuses, by place."""
    for place, value, limits in values(token, inputs):
        if reason := limits.problem(value):
            yield place, f"{reason} (CloudFormation's schema of {_type_of(token)})"


def values(token: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any, Limits]]:
    """Every known plain value that the type's schema has a property for: its place, itself, and its limits."""
    if (found := schema_of(token)) is not None:
        document, schema = found
        yield from _in_object(document, schema, inputs, "", _kind(token), _DEPTH)


def types() -> dict[str, str]:
    """CloudFormation's types by token where names alone do not tell."""
    return {token: name for token, name in _TYPES.items() if name}


@functools.cache
def schema_of(token: str) -> tuple[Schema, Schema] | None:
    """The file that describes a type, and the part of it that is the type's properties; None where none is."""
    root, _, path = _type_of(token).partition("#")
    if root not in _index():
        return None
    document = _document(root)
    schema: Schema = document
    for step in filter(None, path.split("/")):
        inner = _property(document, schema, step, "")
        if inner is None:
            return None
        schema = _resolved(document, inner.get("items", inner))
    return document, schema


def _in_object(
    document: Schema, schema: Schema, fields: Mapping[str, Any], roof: str, kind: str, depth: int
) -> Iterator[tuple[str, Any, Limits]]:
    members = _resolved(document, schema).get("properties", {})
    for name, value, inner in pairs(fields, members, kind) if depth else ():
        if name not in ("tags", "tagsAll"):
            yield from _in_value(document, inner, value, f"{roof}{name}", depth - 1)


def _in_value(
    document: Schema, schema: Schema, value: Any, place: str, depth: int
) -> Iterator[tuple[str, Any, Limits]]:
    if value is None or (isinstance(value, str) and UNKNOWN in value):
        return
    schema = _resolved(document, schema)
    if isinstance(value, str) and ("properties" in schema or "items" in schema):
        value = parsed(value)  # the provider takes some objects as JSON
    if isinstance(value, dict):
        yield from _in_object(document, schema, value, f"{place}.", "", depth)
    elif isinstance(value, list):
        items = schema.get("items", schema)  # the provider lists some objects of which there may be one
        for index, item in enumerate(value):
            yield from _in_value(document, items, item, f"{place}[{index}]", depth)
    else:
        yield place, value, Limits.of_schema(schema)


def _property(document: Schema, schema: Schema, name: str, kind: str) -> Schema | None:
    return partner(name, _resolved(document, schema).get("properties", {}), kind)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """`schema` with what it refers to, and the first of several shapes where it may have several."""
    while "$ref" in schema:
        node: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        schema = node
    for word in ("oneOf", "anyOf"):
        shapes = [
            _resolved(document, shape) for shape in schema.get(word, ()) if "$ref" in shape or "properties" in shape
        ]
        if shapes and "properties" not in schema:
            merged: dict[str, Schema] = {}
            for shape in reversed(shapes):
                merged |= shape.get("properties", {})
            return {"properties": merged}
    return schema


def _kind(token: str) -> str:
    return token.rpartition(":")[2]


@functools.cache
def _type_of(token: str) -> str:
    """CloudFormation's type, after a # the property of it that the SDK has as a type of its own; "" where none is."""
    if token in _TYPES:
        return _TYPES[token] or ""
    module = token.removeprefix("aws:").partition("/")[0]
    kind = _kind(token).lower()
    for candidate in _index():
        parts = candidate.lower().split("::")
        if len(parts) == 3 and parts[1] in _MODULES.get(module, [module]) and parts[2] in (kind, f"db{kind}"):
            return candidate
    return ""


@functools.cache
def _document(name: str) -> Schema:
    return dict(json.loads((folder() / "resources" / f"{_index()[name]}.json").read_text(), object_hook=_by_stem))


def _by_stem(node: dict[str, Any]) -> dict[str, Any]:
    """A schema with its properties by stem."""
    if isinstance(properties := node.get("properties"), dict):
        node["properties"] = {stem(name): inner for name, inner in properties.items()}
    return node


@functools.cache
def _index() -> dict[str, str]:
    """The file of each type, by name."""
    return dict(json.loads((folder() / "providers" / f"{_REGION}.json").read_text()))


@functools.cache
def folder() -> Path:
    """Folder with cfn-lint's schemas."""
    found = importlib.util.find_spec("cfnlint")
    if found is None or found.origin is None:
        raise ImportError("cfn-lint is not installed: run `make setup`")
    return Path(found.origin).parent / "data" / "schemas"
