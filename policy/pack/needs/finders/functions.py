"""Lambda functions: what the service does under a function's role."""

from __future__ import annotations

from collections.abc import Iterator

from ...graph import Graph
from ...resource import Resource
from ...tokens import LAMBDA, LOG_GROUP
from ..lines import Line
from .finder import Occurrence, finder
from .properties import meant, roles_at, things


@finder("function-logs")
def function_logs(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Functions with a log group of this program."""
    for subject in meant(graph, line):
        name = subject.raw("loggingConfig.logGroup") if subject.present("loggingConfig.logGroup") else None
        if not isinstance(name, str):
            name = f"/aws/lambda/{subject.data.get('name')}"
        for group in graph.named(name, LOG_GROUP):
            for role in roles_at(graph, subject, "role"):
                yield Occurrence(subject=subject, role=role, target=group, arn="?", words={"group": name})


@finder("event-source")
def event_source(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a function's event source mapping reads, by the function's role."""
    for mapping in meant(graph, line):
        for function in _functions(graph, mapping):
            for role in roles_at(graph, function, "role"):
                for target, value in things(graph, mapping, line):
                    yield Occurrence(subject=mapping, role=role, target=target, arn=value)


def _functions(graph: Graph, mapping: Resource) -> list[Resource]:
    found = graph.targets(mapping, "functionName", LAMBDA)
    value = mapping.data.get("functionName")
    if not found and isinstance(value, str):
        found = graph.named(value.split(":function:")[-1].split(":")[0], LAMBDA)
    return found


@finder("invoke-config")
def invoke_config(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Destinations of a function's results, by the function's role."""
    yield from event_source(graph, line)


@finder("function-key")
def function_key(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """A function whose variables are encrypted, as what its role decrypts."""
    for subject in meant(graph, line):
        for role in roles_at(graph, subject, line.role):
            yield Occurrence(subject=subject, role=role, key_of=subject)
