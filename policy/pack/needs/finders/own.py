"""Rights of this shop's own code and people, which no graph of another program has: by the names of its components."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ...graph import Graph
from ...places import NetworkEndpoint
from ...reach import Reach
from ...resource import Resource
from ...tokens import ECS_SERVICE, ROLE
from ...values import UndecidedError
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder
from .tasks import tasks


@finder("own-role")
def own_roles(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Roles whose URN matches `where.urn`, with the program's things whose URN matches `where.on`."""
    facts = graph.derived(Facts)
    for role in graph.of(ROLE):
        if not fnmatchcase(role.urn, str(line.where.get("urn"))) or not _is_there(graph, line):
            continue
        words = {"prefix": _prefix(facts.name(role), str(line.where.get("name", "")))}
        if not line.types:
            yield Occurrence(subject=role, role=role, words=words)
        for token in line.types:
            for target in graph.of(token):
                if fnmatchcase(target.urn, str(line.where.get("on", "*"))):
                    yield Occurrence(subject=role, role=role, target=target, arn="?", words=words)


def _is_there(graph: Graph, line: Line) -> bool:
    """Whether the graph has what the line is about, where it names that by type."""
    token = line.where.get("with")
    return not isinstance(token, str) or bool(graph.of(token))


def _prefix(name: str, suffix: str) -> str:
    """`saleday-prod` of `saleday-prod-preview`."""
    return name.removesuffix(f"-{suffix}") if suffix else name


@finder("uses")
def uses(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a workload declares to use, by kind and access."""
    for component in graph.of(*line.of):
        for use in component.data.get("uses") or ():
            if not isinstance(use, dict) or use.get("kind") != line.where.get("kind"):
                continue
            if line.where.get("access") and use.get("access") not in line.where["access"]:
                continue
            wanted = f"data-{line.where.get('as')}-{use.get('store')}" if line.where.get("as") else None
            for target in (it for it in graph.of(*line.types) if it.name == wanted):
                yield from _of_workload(graph, component, target)


@finder("task-itself")
def task_itself(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The own code of a workload, by its role and from its network."""
    for component in graph.of(*line.of):
        yield from _of_workload(graph, component, None)


def _of_workload(graph: Graph, component: Resource, target: Resource | None) -> Iterator[Occurrence]:
    names = (f"{component.name}-task-role", f"{component.name}-role")
    starter = _starter(graph, component)
    for role in (it for it in graph.of(ROLE) if it.name in names):
        yield Occurrence(subject=starter or component, role=role, target=target, origin=_place(graph, starter))


def _starter(graph: Graph, component: Resource) -> Resource | None:
    named = [it for it in graph.of(ECS_SERVICE) if it.name == f"{component.name}-service"]
    started = [task.starter for task in graph.derived(tasks) if task.definition.name == f"{component.name}-task"]
    return next(iter((*named, *started)), None)


def _place(graph: Graph, starter: Resource | None) -> NetworkEndpoint | None:
    try:
        return graph.derived(Reach).place(starter) if starter is not None else None
    except UndecidedError:
        return None
