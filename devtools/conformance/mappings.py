"""Properties whose name or shape in Pulumi's SDK differs from the plain bridge's, found by comparing the two, property
by property.

pulumi-aws has such overrides in thousands of hand-written lines. Here they follow from two sources: the SDK's
classes and the provider's schema. A property that has no partner by name is matched to one
in the same object that has none either and whose name differs in the plural only; what remains is in
`data/names.yaml`, or is newer than the provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from devtools.conformance.tokens import NAMES_FILE
from devtools.sdk import Input, Module, Property, Sdk

_LISTS = {"List", "Set"}
_DEPTH = 12
"""Nesting that is followed; a web ACL's statements nest without end."""

# Pulumi adds these to every type by itself; the provider's half of them is not an input.
_PULUMIS_OWN = {"timeouts"}


@dataclass
class Comparison:
    """Mappings by the provider's name, and by token the SDK's properties without a partner: newer than the provider."""

    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)
    newer: dict[str, list[str]] = field(default_factory=dict)


def compare(sdk: Sdk, fields: Mapping[str, dict[str, Any]], names_file: Path = NAMES_FILE) -> Comparison:
    """Compare `sdk` with the plugin's `-dump-fields`, made without mappings."""
    by_hand = (yaml.safe_load(names_file.read_text()) or {}).get("properties") or {}
    result = Comparison()
    for token in sorted(fields):
        provided = dict(fields[token])
        name = provided.pop("")
        known = sdk.functions if name.startswith("data.") else sdk.resources
        if token not in known:
            continue
        wanted = sdk.function(token) if name.startswith("data.") else sdk.resource(token)
        newer: list[str] = []
        properties = wanted.properties | wanted.outputs
        mapping = _mapping(properties, provided, wanted, by_hand.get(token, {}), "", newer, _DEPTH)
        if mapping:
            result.mappings[name] = {"fields": mapping}
        if inputs := [place for place in newer if place not in wanted.outputs]:
            result.newer[token] = inputs
    return result


def _mapping(
    wanted: Mapping[str, Property],
    provided: Mapping[str, dict[str, Any]],
    owner: Input,
    by_hand: Mapping[str, str],
    roof: str,
    newer: list[str],
    depth: int,
) -> dict[str, dict[str, Any]]:
    mapping: dict[str, dict[str, Any]] = {}
    for name, facts in _partners(wanted, provided, by_hand, roof):
        place = f"{roof}{name}"
        if facts is None:
            if name not in _PULUMIS_OWN:
                newer.append(place)
            continue
        entry: dict[str, Any] = {}
        prop = wanted[name]
        is_list = facts["type"] in _LISTS and not facts["single"]
        if provided.get(name) is not facts:
            entry["name"] = name
        if facts["type"] in _LISTS and prop.many != is_list:
            entry |= {"name": name, "maxItemsOne": not prop.many}
        if place in by_hand and by_hand[place].endswith(":archive"):
            entry["archive"] = True
        nested = facts.get("properties")
        if prop.nested and nested and depth:
            classes: Module = owner.module
            inner = _mapping(classes.properties(prop.nested), nested, owner, by_hand, f"{place}.", newer, depth - 1)
            if inner:
                entry["fields"] = inner
        if entry:
            mapping[facts["name"]] = entry
    return mapping


def _partners(
    wanted: Mapping[str, Property], provided: Mapping[str, dict[str, Any]], by_hand: Mapping[str, str], roof: str
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each property of the SDK with the provider's facts of the same thing, or None."""
    by_own_name = {facts["name"]: facts for facts in provided.values()}
    spoken_for = {text.split(":")[0] for place, text in by_hand.items() if place.startswith(roof)}
    free = [facts for name, facts in provided.items() if name not in wanted and facts["name"] not in spoken_for]
    for name in wanted:
        place = f"{roof}{name}"
        if place in by_hand:
            yield name, by_own_name.get(by_hand[place].split(":")[0])
        elif name in provided:
            yield name, provided[name]
        else:
            yield name, next((facts for facts in free if _same(name, facts["name"])), None)


def _same(name: str, other: str) -> bool:
    """Whether an SDK's name and a provider's differ in case, underscores and the plural only."""
    one, two = sorted((name.lower(), other.replace("_", "").lower()), key=len)
    return two in {one, f"{one}s", f"{one}es", f"{one.removesuffix('y')}ies"}
