"""Placeholders in the shipped stacks for the adopter's own values: valid, but working on no account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from specs.shop import Shop

# Names that no one can own (RFC 2606), in domains, addresses and repositories.
_EXAMPLE: Final = re.compile(r"[.@-]example$|(?:^|[.@])example\.(?:com|net|org)$|^shop-example/|^Z[0-9A-Z]*EXAMPLE$")


def of(shop: Shop) -> Iterator[str]:
    """The settings that still hold one, each with its value."""
    for place, value in _texts(shop.model_dump(mode="json", by_alias=True, exclude_defaults=True)):
        if _EXAMPLE.search(value):
            yield f"{place} ({value})"


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            named = inner.get("name") if isinstance(inner, Mapping) else None
            yield from _texts(inner, f"{place}[{named if named is not None else index}]")
