"""Schedules and rules that run tasks: the run itself, the roles that they hand over, and the tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...graph import Graph
from ...resource import Resource
from ...tokens import ECS_CLUSTER
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder
from .properties import roles_at
from .tasks import EVENT_TARGET, SCHEDULE, Task, tasks

# By type: the properties of the role, of the cluster, of tags that are taken over, and of managed tags.
_PLACES = {
    SCHEDULE: ("target.roleArn", "target.arn", "target.ecsParameters"),
    EVENT_TARGET: ("roleArn", "arn", "ecsTarget"),
}


@finder("task-start")
def starts(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The run of a task, by the role of what starts it."""
    facts = graph.derived(Facts)
    for task, role, words in _starts(graph):
        made = task.definition.outputs.get("arn")
        arn = made if isinstance(made, str) else _family_arn(facts, task)
        yield Occurrence(subject=task.starter, role=role, arn=arn, words=words)


@finder("task-start-role")
def handed_over(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The roles of a task that is run."""
    for task, role, words in _starts(graph):
        for path in ("executionRoleArn", "taskRoleArn"):
            for handed in task.roles(graph, path):
                yield Occurrence(subject=task.starter, role=role, target=handed, words=words)


@finder("task-start-tags")
def tagged(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Tasks that get tags as they are started."""
    for task, role, words in _starts(graph):
        place = _PLACES[task.starter.token][2]
        managed = task.starter.raw(f"{place}.enableEcsManagedTags") is True
        propagated = task.starter.raw(f"{place}.propagateTags") == "TASK_DEFINITION" and task.definition.present("tags")
        if managed or propagated:
            yield Occurrence(subject=task.starter, role=role, words=words)


def _starts(graph: Graph) -> Iterator[tuple[Task, Resource | None, dict[str, str]]]:
    facts = graph.derived(Facts)
    for task in graph.derived(tasks):
        places = _PLACES.get(task.starter.token)
        if places is None:
            continue
        words = {"family": _text(task.definition.data.get("family"))}
        for cluster in graph.targets(task.starter, places[1], ECS_CLUSTER):
            words |= {"cluster": facts.name(cluster), "cluster.arn": facts.arn(cluster)}
        for role in roles_at(graph, task.starter, places[0]):
            yield task, role, words


def _family_arn(facts: Facts, task: Task) -> str:
    family = _text(task.definition.data.get("family"))
    where = f"{facts.region_of(task.starter)}:{facts.account_of(task.starter)}"
    return (
        f"arn:{facts.partition}:ecs:{where}:task-definition/{family}:1"
        if family and facts.account_of(task.starter)
        else ""
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
