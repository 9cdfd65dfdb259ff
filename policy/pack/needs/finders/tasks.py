"""ECS tasks: every place that starts one, with its containers, roles and network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...graph import Graph
from ...places import NetworkEndpoint
from ...reach import Reach
from ...resource import Resource
from ...tokens import ECS_SERVICE, LOG_GROUP, PARAMETER, REPOSITORY, ROLE, SECRET, TASK_DEFINITION
from ...values import Block, UndecidedError, Unknown
from ..lines import Line
from ..managed_secrets import owner, tags_of
from .finder import Occurrence, finder
from .fleets import places_of

SCHEDULE = "aws:scheduler/schedule:Schedule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
_STARTERS = {
    ECS_SERVICE: "taskDefinition",
    "aws:ecs/taskSet:TaskSet": "taskDefinition",
    SCHEDULE: "target.ecsParameters.taskDefinitionArn",
    EVENT_TARGET: "ecsTarget.taskDefinitionArn",
}
_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[\w-]+)\.amazonaws\.com[\w.]*/(?P<name>[\w./-]+?)(?:[:@].*)?$"
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task definition and one place that starts tasks of it; `on_fargate` is None where that isn't known yet."""

    definition: Resource
    starter: Resource
    containers: tuple[Block, ...]
    origin: NetworkEndpoint | None
    on_fargate: bool

    def roles(self, graph: Graph, path: str) -> list[Resource]:
        return graph.targets(self.definition, path, ROLE)


def tasks(graph: Graph) -> tuple[Task, ...]:
    """All tasks of a graph that something starts; once for a graph: `graph.derived(tasks)`."""
    found: list[Task] = []
    for token, path in _STARTERS.items():
        for starter in graph.of(token):
            found += [_task(graph, definition, starter) for definition in definitions(graph, starter, path)]
    return tuple(found)


def definitions(graph: Graph, starter: Resource, path: str) -> list[Resource]:
    """The task definitions that a property names: by ARN, or by ARN without the revision."""
    found = graph.targets(starter, path, TASK_DEFINITION)
    try:
        value = starter.raw(path)
    except UndecidedError:
        return found
    if found or not isinstance(value, str):
        return found
    family = value.rpartition("/")[2].partition(":")[0]
    return [it for it in graph.of(TASK_DEFINITION) if it.data.get("family") == family]


def _task(graph: Graph, definition: Resource, starter: Resource) -> Task:
    try:
        place = graph.derived(Reach).place(starter)
    except UndecidedError:
        place = None
    return Task(
        definition=definition,
        starter=starter,
        containers=tuple(containers(definition)),
        origin=place,
        on_fargate="FARGATE" in _texts(definition, "requiresCompatibilities"),
    )


def containers(definition: Resource) -> Iterator[Block]:
    body = definition.data.get("containerDefinitions")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return
    for item in body if isinstance(body, list) else ():
        if isinstance(item, dict):
            yield Block(item)


def _texts(resource: Resource, path: str) -> list[str]:
    value = resource.data.get(path)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _occurrence(graph: Graph, task: Task, line: Line, **more: Any) -> Iterator[Occurrence]:
    """For each role that the line names. A start uses the task's own network on Fargate, and else that of its hosts."""
    origins: list[NetworkEndpoint | None] = [task.origin]
    if not task.on_fargate and line.role != "taskRoleArn":
        origins = [*places_of(graph, task.starter)] or [None]
    roles: list[Resource | None] = [*task.roles(graph, line.role)] if line.role else [None]
    for role in roles:
        for origin in origins:
            given: dict[str, Any] = {"origin": origin, **more}
            yield Occurrence(subject=task.starter, role=role, **given)


@finder("task")
def task_itself(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """One occurrence for a task's role; for trusts, where the network counts for nothing."""
    for task in graph.derived(tasks):
        if not _runs_where(task, line):
            continue
        for role in task.roles(graph, line.role):
            yield Occurrence(subject=task.starter, role=role, target=role)


@finder("task-image")
def images(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Images in ECR's private registries."""
    for task in graph.derived(tasks):
        seen: set[str] = set()
        for match in map(_IMAGE.match, _images(task)):
            if match is None or match["name"] in seen or not _runs_where(task, line):
                continue
            seen.add(match["name"])
            arn = f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{match['name']}"
            target = next(iter(graph.named(match["name"], REPOSITORY)), None)
            words = {"repository": match["name"], "registry_region": match["region"]}
            yield from _occurrence(graph, task, line, target=target, arn=arn, words=words)


def _images(task: Task) -> Iterator[str]:
    for container in task.containers:
        value = container.data.get("image")
        if isinstance(value, str):
            yield value


@finder("task-registry")
def registries(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Tasks with an image in ECR, once each."""
    for task in graph.derived(tasks):
        match = next((found for found in map(_IMAGE.match, _images(task)) if found), None)
        if match is not None and _runs_where(task, line):
            words = {"registry_region": match["region"]}
            yield from _occurrence(graph, task, line, arn="*", words=words)


@finder("task-logs")
def logs(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Log groups that the awslogs driver of a container, or of Service Connect, writes to."""
    for task in graph.derived(tasks):
        for group, region, creates in sorted(_log_groups(task)):
            if line.where.get("creates") is True and not creates:
                continue
            target = next(iter(graph.named(group, LOG_GROUP)), None)
            words = {"group": group, "log_region": region}
            yield from _occurrence(graph, task, line, target=target, words=words, arn="?")


def _log_groups(task: Task) -> set[tuple[str, str, bool]]:
    holders = [*task.containers]
    connect = task.starter.data.get("serviceConnectConfiguration")
    if isinstance(connect, dict):
        holders.append(Block(connect))
    found: set[tuple[str, str, bool]] = set()
    for holder in holders:
        config = holder.data.get("logConfiguration")
        options = config.get("options") if isinstance(config, dict) and config.get("logDriver") == "awslogs" else None
        if isinstance(options, dict) and isinstance(options.get("awslogs-group"), str):
            region = options.get("awslogs-region")
            creates = str(options.get("awslogs-create-group", "")).lower() == "true"
            found.add((options["awslogs-group"], region if isinstance(region, str) else "", creates))
    return found


@finder("task-secret")
def secrets(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Secrets and parameters that containers are started with; the line's types tell which."""
    for task in graph.derived(tasks):
        seen: set[str] = set()
        for value in _secrets(task):
            service = "ssm" if ":ssm:" in value or not value.startswith("arn:") else "secretsmanager"
            base = ":".join(value.split(":")[:7]) if service == "secretsmanager" else value
            if base in seen or service != line.actions[0].split(":", 1)[0]:
                continue
            seen.add(base)
            yield from _secret(graph, task, line, base)


def _secret(graph: Graph, task: Task, line: Line, value: str) -> Iterator[Occurrence]:
    target = next(iter(graph.named(value, SECRET, PARAMETER)), None)
    cluster = owner(graph, value)
    arn = value if value.startswith("arn:") else "?"
    words = {"parameter": value.lstrip("/")}
    more = {"key_of": cluster, "context": tags_of(graph, cluster)} if cluster is not None else {}
    yield from _occurrence(graph, task, line, target=target, arn=arn, words=words, **more)


def _secrets(task: Task) -> Iterator[str]:
    for container in task.containers:
        for item in container.data.get("secrets") or ():
            value = item.get("valueFrom") if isinstance(item, dict) else None
            if isinstance(value, str):
                yield value


def _runs_where(task: Task, line: Line) -> bool:
    wanted = line.where.get("fargate")
    return wanted is None or wanted is task.on_fargate


def environment(task: Task) -> Iterator[tuple[str, str]]:
    """Names and values of the variables of a task's containers."""
    for container in task.containers:
        for item in container.data.get("environment") or ():
            if (
                isinstance(item, dict)
                and isinstance(item.get("value"), str)
                and not isinstance(item.get("name"), Unknown)
            ):
                yield str(item.get("name")), item["value"]
