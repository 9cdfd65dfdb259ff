"""The common finder: a resource names, in a property, what it acts on and by which role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...graph import Graph, values_at
from ...patterns import matches
from ...reach import Reach
from ...resource import Resource
from ...tokens import INSTANCE_PROFILE, ROLE
from ...values import UndecidedError
from ..lines import Line
from .finder import Occurrence, finder


@finder("property")
def by_property(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """One occurrence for each thing that a resource names; one in all for a line without properties."""
    for subject in meant(graph, line):
        roles = roles_at(graph, subject, line.role) if line.role else [None]
        for role in roles:
            if not line.paths:
                yield Occurrence(subject=subject, role=role)
            for target, value in things(graph, subject, line):
                yield Occurrence(subject=subject, role=role, target=target, arn=value)


@finder("itself")
def itself(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A service acts on the resource itself."""
    for subject in meant(graph, line):
        yield Occurrence(subject=subject, target=subject)


def meant(graph: Graph, line: Line, ignoring: tuple[str, ...] = ()) -> Iterator[Resource]:
    """The resources of a line's types that have the properties it asks for, those left out that a finder reads."""
    for subject in graph.of(*line.of):
        if all(_has(subject, path, wanted) for path, wanted in line.where.items() if path not in ignoring):
            yield subject


def _has(subject: Resource, path: str, wanted: Any) -> bool:
    try:
        if isinstance(wanted, bool):
            return subject.present(path) is wanted if wanted else not subject.flag(path)
        value = subject.get(path)
    except UndecidedError:
        return False
    options = wanted if isinstance(wanted, list) else [wanted]
    return any((isinstance(value, str) and matches(str(option), value)) or value == option for option in options)


def things(graph: Graph, subject: Resource, line: Line) -> Iterator[tuple[Resource | None, str]]:
    """What the line's properties name: resources of the program, or names that others' things have."""
    for path in line.paths:
        found = graph.targets(subject, path, *line.types)
        yield from ((target, "") for target in found)
        values, unknown = values_at(subject, path)
        for value in sorted(values):
            if line.literal and matches(line.literal, value) and not graph.named(value, *line.types):
                yield None, value
        if unknown and not found and not _is_of_another_kind(graph, subject, path):
            yield None, ""


def _is_of_another_kind(graph: Graph, subject: Resource, path: str) -> bool:
    """Whether what isn't known yet comes from resources of this program, and so from none of the line's types."""
    return any(graph.find(urn) is not None for urn in subject.linked(path))


def roles_at(graph: Graph, subject: Resource, path: str) -> list[Resource | None]:
    """The roles that a property names, directly or by an instance profile."""
    roles: list[Resource | None] = [*graph.targets(subject, path, ROLE)]
    for profile in graph.targets(subject, path, INSTANCE_PROFILE):
        roles += graph.targets(profile, "role", ROLE)
    return roles


def origin(graph: Graph, subject: Resource) -> Any:
    return graph.derived(Reach).place(subject)
