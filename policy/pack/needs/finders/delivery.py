"""Pipelines: what each stage's action does, by the role that it runs under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...graph import Graph
from ...resource import Resource
from ...tokens import BUCKET, PROJECT, ROLE
from ...values import Block, UndecidedError, Unknown
from ..facts import Facts
from ..lines import Line
from .finder import Occurrence, finder
from .properties import meant, roles_at


@finder("pipeline-action")
def pipeline_actions(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Actions of the line's providers, and what their configuration names."""
    for subject in meant(graph, line, ignoring=("provider", "config")):
        for action in _actions(subject):
            if action.data.get("provider") in _listed(line.where.get("provider")):
                yield from _of_action(graph, line, subject, action)


def _of_action(graph: Graph, line: Line, subject: Resource, action: Block) -> Iterator[Occurrence]:
    config = action.data.get("configuration")
    value = config.get(line.where.get("config", "")) if isinstance(config, dict) else None
    for role in _roles(graph, subject, action):
        words = {"stage": str(action.data.get("name") or "")}
        if isinstance(config, dict) and isinstance(config.get("FullRepositoryId"), str):
            words["repository"] = config["FullRepositoryId"]
        if not line.where.get("config"):
            yield Occurrence(subject=subject, role=role, words=words)
        elif isinstance(value, str):
            named = graph.named(value, *line.types)
            target = named[0] if named else None
            yield Occurrence(subject=subject, role=role, target=target, arn=value, words={**words, "value": value})


@finder("pipeline-role")
def pipeline_roles(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Roles of actions that the pipeline's own role takes on."""
    facts = graph.derived(Facts)
    for subject in meant(graph, line):
        for action in _actions(subject):
            for own in roles_at(graph, subject, "roleArn"):
                for role in _named(graph, action.data.get("roleArn")):
                    if role is not own:
                        yield Occurrence(subject=subject, role=own, target=role, arn=facts.role_arn(role))


@finder("pipeline-artifacts")
def pipeline_artifacts(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Roles that read or write artifacts, with the bucket; `where.reads` or `where.writes` tells which."""
    facts = graph.derived(Facts)
    for subject in meant(graph, line, ignoring=("reads", "writes", "provider")):
        stores = graph.targets(subject, "artifactStores.location", BUCKET)
        prefix = facts.name(subject)[:20]
        for action in _actions(subject):
            if line.where.get("provider") and action.data.get("provider") not in _listed(line.where.get("provider")):
                continue
            reads, writes = action.present("inputArtifacts"), action.present("outputArtifacts")
            if (line.where.get("reads") and not reads) or (line.where.get("writes") and not writes):
                continue
            for role in _roles(graph, subject, action):
                for bucket in stores:
                    yield Occurrence(subject=subject, role=role, target=bucket, words={"prefix": prefix})


def _roles(graph: Graph, subject: Resource, action: Block) -> list[Resource]:
    """The role of an action: its own, or else the pipeline's."""
    own = _named(graph, action.data.get("roleArn"))
    if own or action.present("roleArn"):
        return own
    return [role for role in roles_at(graph, subject, "roleArn") if role is not None]


def _named(graph: Graph, arn: object) -> list[Resource]:
    return graph.named(arn, ROLE) if isinstance(arn, str) else []


def _actions(subject: Resource) -> Iterator[Block]:
    try:
        for stage in subject.blocks("stages"):
            yield from (block for block in stage.blocks("actions"))
    except UndecidedError:
        return


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None or isinstance(value, Unknown) else [value]


@finder("build-logs")
def build_logs(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """The log group of a build project."""
    for subject in meant(graph, line):
        logs = subject.raw("logsConfig.cloudwatchLogs") if subject.present("logsConfig.cloudwatchLogs") else {}
        logs = logs[0] if isinstance(logs, list) and logs else logs
        group = logs.get("groupName") if isinstance(logs, dict) else None
        if isinstance(logs, dict) and logs.get("status") == "DISABLED":
            continue
        if not isinstance(group, str):
            group = f"/aws/codebuild/{subject.data.get('name')}"
        for role in roles_at(graph, subject, line.role):
            yield Occurrence(subject=subject, role=role, words={"group": group})


@finder("pipeline-build")
def pipeline_builds(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Build projects of a pipeline, by their own role, with the pipeline's bucket."""
    facts = graph.derived(Facts)
    for subject in meant(graph, line, ignoring=("reads", "writes")):
        stores = graph.targets(subject, "artifactStores.location", BUCKET)
        for action in _actions(subject):
            config = action.data.get("configuration")
            name = config.get("ProjectName") if isinstance(config, dict) else None
            side = "inputArtifacts" if line.where.get("reads") else "outputArtifacts"
            if action.data.get("provider") != "CodeBuild" or not isinstance(name, str) or not action.present(side):
                continue
            for project in graph.named(name, PROJECT):
                for role in roles_at(graph, project, "serviceRole"):
                    for bucket in stores:
                        words = {"prefix": facts.name(subject)[:20]}
                        yield Occurrence(subject=project, role=role, target=bucket, words=words)
