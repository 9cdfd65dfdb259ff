"""Grants that no need uses, of those that a graph can tell of, and those that are kept for a reason.

Only programs of this shop's components are judged: theirs say what each workload uses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..graph import Graph
from ..identities import Identities
from ..resource import Resource
from ..tokens import ECS_SERVICE, LAMBDA, PROJECT, ROLE, SECURITY_GROUP, TASK_DEFINITION
from ..trust import trust
from ..values import holds_unknown
from .coverage import Covered, Grant, covered
from .finders.tasks import tasks
from .judged import judged
from .lines import lines
from .need import Request
from .permissions import permissions

KEPT = Path(__file__).parents[2] / "kept.json"
# Properties that name a role under which code runs: what code calls, no graph says.
_RUN_CODE = {
    TASK_DEFINITION: "taskRoleArn",
    LAMBDA: "role",
    PROJECT: "serviceRole",
    "aws:iam/instanceProfile:InstanceProfile": "role",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "roleArn",
    "aws:glue/job:Job": "roleArn",
    "aws:glue/crawler:Crawler": "role",
    "aws:sagemaker/notebookInstance:NotebookInstance": "roleArn",
    "aws:batch/jobDefinition:JobDefinition": "containerProperties",
    "aws:apprunner/service:Service": "instanceConfiguration.instanceRoleArn",
}
_WORKLOADS = ("saleday:service:Service", "saleday:service:Job", "saleday:service:Workload")
_CONTAINERS = "containerDefinitions"
_SERVICE_GROUPS = "networkConfiguration.securityGroups"
_ENDS = ("securityGroupId", "referencedSecurityGroupId")
_NETWORK = ("group rule", "network ACL rule", "route", "endpoint", "endpoint policy")
# People's roles, by the names of this shop's components.
_PEOPLE = ("*::security-developer", "*::security-operator", "*::security-auditor", "*::security-break-glass")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A grant that is kept though no need uses it: patterns of the holder's URN and of the item, and the reason."""

    urn: str
    item: str
    reason: str

    def covers(self, grant: Grant) -> bool:
        return fnmatchcase(grant.holder.urn, self.urn) and fnmatchcase(grant.gate.item, self.item)


@dataclass(frozen=True, kw_only=True)
class Excess:
    grant: Grant
    people: bool


def kept() -> tuple[Kept, ...]:
    """The list of policy/kept.json."""
    body: list[Mapping[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return tuple(Kept(urn=entry["urn"], item=entry.get("item", "*"), reason=entry["reason"]) for entry in body)


def excess(graph: Graph) -> tuple[Excess, ...]:
    """Grants that are neither needed nor kept; once for a graph: `graph.derived(excess)`."""
    reasons = kept()
    told = _Told(graph)
    return tuple(
        Excess(grant=it.grant, people=told.of_people(it.grant))
        for it in graph.derived(covered)
        if not it.lines and told.tells(it.grant) and not any(reason.covers(it.grant) for reason in reasons)
    )


def kept_grants(graph: Graph) -> list[Covered]:
    """Grants without a need that a reason keeps."""
    reasons = kept()
    return [it for it in graph.derived(covered) if not it.lines and any(reason.covers(it.grant) for reason in reasons)]


class _Told:
    """Of which grants a graph says enough: of services' own roles, and of all that this shop's tables list."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        # Workloads of programs that don't register what they use: it isn't known.
        workloads = graph.of(*_WORKLOADS)
        self.is_own = bool(workloads) and all("uses" in it.data for it in workloads)
        # Before the first deployment, images, pipelines and definitions hold values that are not known yet: what they
        # need isn't either. What workloads declare is.
        self.is_known = not any(holds_unknown(it.data) for it in graph.resources)
        self.declared = {f"{it.name}-{end}" for it in workloads for end in ("task-role", "role")}
        self.known_groups = set(self._known_groups()) if not self.is_known else set()
        self.listed = set(self._listed())
        self.code = set(self._code())
        self.holders = dict(self._holders())
        self.services = {line.service for line in lines() if line.service and "{" not in line.service}

    def tells(self, grant: Grant) -> bool:
        if not self.is_own:
            return False  # what the code of others calls, and what others' stacks share with them, no graph says
        if grant.kind in _NETWORK:
            return self.is_known or self._tells_of_rule(grant)
        if grant.kind in ("policy", "attachment"):
            roles = self.holders.get(grant.holder.urn, [])
            return bool(roles) and all(self._tells_of(role) for role in roles)
        return self.is_known and self._tells_of_service(grant)

    def of_people(self, grant: Grant) -> bool:
        return any(fnmatchcase(role.urn, name) for role in self.holders.get(grant.holder.urn, []) for name in _PEOPLE)

    def _tells_of_rule(self, grant: Grant) -> bool:
        """A rule between groups of services alone, each of which says its containers."""
        ends = [it for path in _ENDS for it in self.graph.targets(grant.holder, path, SECURITY_GROUP)]
        return len(ends) == len(_ENDS) and all(it.urn in self.known_groups for it in ends)

    def _known_groups(self) -> Iterator[str]:
        for task in self.graph.derived(tasks):
            if task.starter.token == ECS_SERVICE and not holds_unknown(task.definition.data.get(_CONTAINERS)):
                yield from (it.urn for it in self.graph.targets(task.starter, _SERVICE_GROUPS, SECURITY_GROUP))

    def _tells_of(self, role: Resource) -> bool:
        if not self.is_known:
            return role.name in self.declared and role.urn in self.listed
        if role.urn in self.listed:
            return True
        return (
            role.urn not in self.code
            and any(
                not it.need.line.startswith("own-") and isinstance(it.need.asks, Request) and _is_of(it.need.asks, role)
                for it in self.graph.derived(judged)
            )
            and all(kind == "service" for statement in trust(role) for kind, _ in statement.principals)
        )

    def _tells_of_service(self, grant: Grant) -> bool:
        """A line of a resource's policy for services alone that the tables know; a key's for its account stays."""
        named = list(grant.principals)
        services = [value for kind, value in named if kind == "service"]
        return bool(named) and len(services) == len(named) and all(value in self.services for value in services)

    def _listed(self) -> Iterator[str]:
        for it in self.graph.derived(judged):
            asks = it.need.asks
            if it.need.line.startswith("own-") and isinstance(asks, Request) and asks.caller is not None:
                yield asks.caller.resource.urn

    def _code(self) -> Iterator[str]:
        for token, path in _RUN_CODE.items():
            for it in self.graph.of(token):
                yield from (role.urn for role in self.graph.targets(it, path, ROLE))

    def _holders(self) -> Iterator[tuple[str, list[Resource]]]:
        found: dict[str, list[Resource]] = {}
        for identity in self.graph.derived(Identities).of(ROLE):
            for it in permissions(self.graph, identity).allowed:
                roles = found.setdefault(it.holder.urn, [])
                if identity.resource not in roles:
                    roles.append(identity.resource)
        yield from found.items()


def _is_of(asks: Request, role: Resource) -> bool:
    return asks.caller is not None and asks.caller.resource is role
