"""Properties that name the KMS key of a resource, by type (`data/keys.json`).

A step that ends in `[]` means every element of a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from .resource import Resource
from .values import Block, Unknown, known, listed

_DATA = Path(__file__).parents[1] / "data" / "keys.json"


@cache
def required_keys() -> Mapping[str, tuple[str, ...]]:
    """Places that require a key, as the type's purpose is to hold data."""
    return _places("required")


@cache
def named_keys() -> Mapping[str, tuple[str, ...]]:
    """Places with an optional key; one that is set has to be the program's."""
    return _places("named")


def _places(kind: str) -> Mapping[str, tuple[str, ...]]:
    body = json.loads(_DATA.read_text(encoding="utf-8"))[kind]
    return {token: tuple(paths) for token, paths in body.items()}


def places_of(resource: Resource, path: str) -> Iterator[tuple[str, Block, str]]:
    """Targets of a path: its top-level property or list, each block of it, and the remaining path inside the block."""
    head, many, rest = path.partition("[].")
    if many:
        yield from ((head, block, inner) for block, inner in _inside(resource, head, rest))
    else:
        yield path, resource, path


def _inside(block: Block, head: str, rest: str) -> Iterator[tuple[Block, str]]:
    value = block.raw(head)
    for item in (value,) if isinstance(value, Unknown) else listed(value):
        inner = Block({"it": item}) if isinstance(item, Unknown) else Block(known(item))
        deeper, many, last = rest.partition("[].")
        if isinstance(item, Unknown):
            yield inner, "it"
        elif many:
            yield from _inside(inner, deeper, last)
        else:
            yield inner, rest
