"""Limits of values that neither the provider nor AWS's models name: a dated table with sources, `data/limits.yaml`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from devtools.conformance.client import UNKNOWN
from devtools.conformance.limits import Limits

Problem = tuple[str, str]

_FILE = Path(__file__).parent / "data" / "limits.yaml"
_TAGS = ("tags", "tagsAll")
_LIMITS = {"pattern", "longest", "shortest", "least", "most", "values"}


def problems(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """The values of a resource's inputs that the table refuses, by place."""
    table = limits().get(token)
    for place, value in _leaves(inputs) if table else ():
        found = table.get(re.sub(r"\[\d+\]", "", place)) if table else None
        if found and (reason := found[0].problem(value)):
            yield place, f"{reason} ({found[1]})"


def tags(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys and values of tags, by the rules that hold for every service."""
    (key_limits, source), (value_limits, _) = limits()["tags"]["key"], limits()["tags"]["value"]
    for name in _TAGS:
        fields = inputs.get(name)
        for key, value in fields.items() if isinstance(fields, dict) else ():
            for limit, text in ((key_limits, key), (value_limits, value)):
                if isinstance(text, str) and UNKNOWN not in text and (reason := limit.problem(text)):
                    yield name, f"{reason} ({source})"


@functools.cache
def limits() -> dict[str, dict[str, tuple[Limits, str]]]:
    """Limits and their source by property by type; tags as a type of their own."""
    found: dict[str, dict[str, tuple[Limits, str]]] = {}
    for entry in yaml.safe_load(_FILE.read_text()):
        given = {name: value for name, value in entry.items() if name in _LIMITS}
        if "values" in given:
            given["values"] = tuple(map(str, given["values"]))
        for place in entry["of"]:
            token, _, path = place.partition(".")
            found.setdefault(token, {})[path] = (Limits(**given), entry["source"])
    return found


def _leaves(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every known plain value but those in tags, and its place."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in _TAGS and not key.startswith("__"):
                yield from _leaves(value, f"{place}.{key}" if place else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{place}[{index}]")
    elif not (isinstance(node, str) and UNKNOWN in node):
        yield place, node
