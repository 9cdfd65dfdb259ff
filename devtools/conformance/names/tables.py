"""The tables that the names are held against, each read once."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import yaml

from devtools.conformance.client import UNKNOWN

Problem = tuple[str, str]
"""The place in a resource, and the reason."""
Resources = Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]]
"""Type, inputs and known outputs of each resource, by URN."""

_DATA = Path(__file__).parents[1] / "data"


@functools.cache
def published() -> Mapping[str, Any]:
    """Names from AWS's CDK: `devtools/conformance/published.py`."""
    return dict(json.loads((_DATA / "published.json").read_text()))


@functools.cache
def table(name: str) -> Any:
    """A dated table of `devtools/conformance/data`, each line with its source."""
    return yaml.load((_DATA / f"{name}.yaml").read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def given() -> Mapping[str, Any]:
    """The dated table of names that no package holds."""
    return dict(table("given"))


def texts(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every known text in a resource's inputs and its place, those inside of JSON texts too; not in tags or secrets."""
    if isinstance(node, dict):
        if not any(key.startswith("4dabf18193072939515e22adb298388d") for key in node):
            for key, value in node.items():
                if key not in ("tags", "tagsAll") and not key.startswith("__"):
                    yield from texts(value, f"{place}.{key}" if place else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{place}[{index}]")
    elif isinstance(node, str) and UNKNOWN not in node:
        inside = document(node)
        if inside is None:
            yield place, node
        else:
            yield from texts(inside, place)


def objects(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a resource's inputs and its place, those inside of JSON texts too."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from objects(value, f"{place}.{key}" if place else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from objects(value, f"{place}[{index}]")
    elif isinstance(node, str) and (inside := document(node)) is not None:
        yield from objects(inside, place)


@functools.lru_cache(maxsize=4096)
def document(text: str) -> Any:
    """The object or list that a text holds as JSON; None for other texts."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def listed(value: Any) -> list[Any]:
    """A value of which there may be one or a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def known(value: Any) -> TypeGuard[str]:
    """Whether a value is a text that is known."""
    return isinstance(value, str) and UNKNOWN not in value
