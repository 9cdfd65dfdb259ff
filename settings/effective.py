"""What a stack's settings come to: every one with its value and where it comes from, defaults included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from pulumi_yaml import stacks
from pulumi_yaml.document import Document
from settings import NAMESPACE
from specs.shop import Shop

DEFAULT: Final = "default"
_PULUMIS: Final = ("project", "stack")
_SEPARATE: Final = {"region": "aws:region"}


@dataclass(frozen=True)
class Setting:
    """One setting."""

    name: str
    """As messages write it: `services[cart].scaling.min`."""
    value: str
    origin: str
    """`Pulumi.dev.yaml:12`, or `default`."""


def effective(shop: Shop, folder: Path) -> Iterator[Setting]:
    """Every setting of a stack that `folder` has the files of, in the order of the specs."""
    places: dict[tuple[str, ...], str] = {}
    for document in (stacks.project(folder), stacks.stack(shop.stack, folder)):
        places |= _places(document)
    for field, value in shop:
        if field in _PULUMIS:
            continue
        alias = to_camel(field)
        yield from _settings(value, (alias,), _SEPARATE.get(field, alias), places)


def _settings(value: Any, path: tuple[str, ...], name: str, places: Mapping[tuple[str, ...], str]) -> Iterator[Setting]:
    if isinstance(value, BaseModel):
        for field, inner in value:
            alias = to_camel(field)
            yield from _settings(inner, (*path, alias), f"{name}.{alias}", places)
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _settings(inner, (*path, str(key)), f"{name}.{key}", places)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for index, inner in enumerate(value):
            yield from _settings(inner, (*path, str(index)), f"{name}[{getattr(inner, 'name', index)}]", places)
    else:
        yield Setting(name, _shown(value), places.get(path, DEFAULT))


def _shown(value: Any) -> str:
    """As YAML and JSON write it, on one line."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if value is None or isinstance(value, bool | int | float | dict):
        return json.dumps(value)
    text = value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return json.dumps(text, ensure_ascii=False) if not text or text != " ".join(text.split()) else text


def _places(document: Document) -> dict[tuple[str, ...], str]:
    """File and line of each setting by its path; a dotted key (`saleday:network.cidr`) is a path itself."""
    found: dict[tuple[str, ...], str] = {}
    for (top, *path), place in document.places.items():
        if top == "config" and path:
            key, *inner = path
            namespace, _, name = key.rpartition(":")
            where = f"{document.name}:{place.line}"
            if namespace in ("", NAMESPACE, f"{NAMESPACE}:config"):
                found[*name.split("."), *inner] = where
            elif key == _SEPARATE["region"]:
                found["region",] = where
    return found
