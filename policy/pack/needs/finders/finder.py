"""An occurrence of a line, and the registry of finders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...graph import Graph
from ...places import NetworkEndpoint
from ...resource import Resource
from ..lines import Line


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """Where a line is meant. Without a target and an ARN it isn't known yet what is acted on."""

    subject: Resource
    role: Resource | None = None
    """Role of the program that acts; None where another program made it, or where a service acts."""
    target: Resource | None = None
    arn: str = ""
    origin: NetworkEndpoint | None = None
    destination: NetworkEndpoint | None = None
    port: int = 0
    actions: tuple[str, ...] = ()
    """Actions that only the finder knows."""
    key_of: Resource | None = None
    """Resource whose key counts, where it isn't the target."""
    context: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Condition keys that only the finder knows."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Further names for the line's texts."""


def declared(component: Resource, name: str) -> list[Any]:
    """What a component of this shop shows of its settings, `uses` or `calls`; nothing where it isn't known."""
    found = component.data.get(name)
    return found if isinstance(found, list) else []


Finder = Callable[[Graph, Line], Iterator[Occurrence]]
FINDERS: dict[str, Finder] = {}


def finder(name: str) -> Callable[[Finder], Finder]:
    def register(find: Finder) -> Finder:
        FINDERS[name] = find
        return find

    return register
