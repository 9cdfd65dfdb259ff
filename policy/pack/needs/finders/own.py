"""Rights of this shop's own code and people, which no graph of another program has: by the names of its components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from ...graph import Graph
from ...identities import Identities
from ...places import NetworkEndpoint
from ...reach import Reach
from ...resource import Resource
from ...tokens import ECS_SERVICE, ROLE
from ...values import UndecidedError
from ..facts import Facts
from ..lines import Line
from ..truth import overlap
from .finder import Occurrence, declared, finder
from .tasks import tasks


@finder("own-role")
def own_roles(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Roles whose URN matches `where.urn`, with the program's things whose URN matches `where.on`."""
    facts = graph.derived(Facts)
    for role in graph.of(ROLE):
        if not fnmatchcase(role.urn, str(line.where.get("urn"))) or not _is_there(graph, line):
            continue
        words = _words_of(facts, role, line)
        if not line.types:
            yield Occurrence(subject=role, role=role, words=words)
        for token in line.types:
            for target in graph.of(token):
                ours = facts.account_of(target) == facts.account_of(role)
                if ours and fnmatchcase(target.urn, str(line.where.get("on", "*"))):
                    yield Occurrence(subject=role, role=role, target=target, arn="?", words=words)


@finder("preview-reads")
def preview_reads(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What the provider reads of each type in the graph, by the role of previews."""
    facts = graph.derived(Facts)
    for role in graph.of(ROLE):
        if not fnmatchcase(role.urn, str(line.where.get("urn"))):
            continue
        for token, actions in _reads().items():
            made = [it for it in graph.of(token) if facts.account_of(it) == facts.account_of(role)]
            for action in actions if bool(made) is not (line.where.get("absent") is True) else ():
                arn = (facts.arn(made[0]) if made else "") or f"arn:{facts.partition}:{action.partition(':')[0]}:*"
                tags = facts.tags(made[0]) or {} if made and made[0].tags() else {}
                words = {**_words_of(facts, role, line), "type": token.rpartition(":")[2]}
                yield Occurrence(subject=role, role=role, arn=arn, actions=(action,), context=tags, words=words)


@finder("granted")
def granted(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a policy of the program's own grants a role, action by action in full, and its boundary takes away."""
    for identity in graph.derived(Identities).of(ROLE):
        role, bounds = identity.resource, [grant for grant in identity.boundary or () if grant.statement.allows]
        for grant in identity.allowed if identity.boundary is not None else ():
            if not grant.holder or "olicyAttachment:" in grant.holder:
                continue
            for action in sorted(grant.actions.exact):
                within = [limit for limit in bounds if limit.actions.cover(action)]
                met = any(overlap(limit, arn) for it in within for limit in it.resources for arn in grant.resources)
                if not met and grant.resources:
                    words = {"action": action}
                    yield Occurrence(subject=role, role=role, arn=grant.resources[0], actions=(action,), words=words)


@cache
def _reads() -> dict[str, tuple[str, ...]]:
    """The provider's reads by type."""
    body = json.loads(_READS.read_text(encoding="utf-8"))
    return {token: tuple(entry["actions"]) for token, entry in body["types"].items()}


_READS = Path(__file__).parents[3] / "data" / "reads.json"


def _words_of(facts: Facts, role: Resource, line: Line) -> dict[str, str]:
    """The stack's prefix, the service whose name a role begins with, and the role's tags."""
    name = facts.name(role)
    words = {"prefix": _prefix(name, str(line.where.get("name", ""))), "service": name.rpartition("-")[0]}
    try:
        tags = role.tags()
    except UndecidedError:
        tags = {}
    for tag, value in tags.items():
        if isinstance(value, str):
            words[f"tag.{tag}"] = value
    if not line.where.get("name") and (project := words.get("tag.Project")) and (stack := words.get("tag.Stack")):
        words["prefix"] = f"{project}-{stack}"
    return words


def _is_there(graph: Graph, line: Line) -> bool:
    """Whether the graph has what the line is about, where it names that: a type, or a pattern of URNs."""
    wanted = line.where.get("with")
    if not isinstance(wanted, str) or graph.of(wanted):
        return True
    return "*" in wanted and any(fnmatchcase(it.urn, wanted) for it in graph.resources)


def _prefix(name: str, suffix: str) -> str:
    """`saleday-prod` of `saleday-prod-preview`."""
    return name.removesuffix(f"-{suffix}") if suffix else name


@finder("uses")
def uses(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """What a workload declares to use, by kind and access."""
    for component in graph.of(*line.of):
        for use in declared(component, "uses"):
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


@finder("endpoint-allows")
def endpoint_allows(graph: Graph, line: Line) -> Iterator[Occurrence]:
    """Endpoints of this shop's network, as what lets calls pass that its workloads may make."""
    if not any(it.token.startswith("saleday:") for it in graph.resources):
        return
    for endpoint in graph.of(*line.of):
        service = endpoint.data.get("serviceName")
        if isinstance(service, str) and service.split(".", 3)[-1] == line.where.get("service"):
            yield Occurrence(subject=endpoint, target=endpoint)
