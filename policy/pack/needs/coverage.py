"""The other direction: everything that a graph lets through, and the needs that pass there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..documents import statements
from ..graph import Graph
from ..groups import GROUPS
from ..identities import Identities
from ..resource import Resource
from ..tokens import KEY, NETWORK_ACL_RULE, ROLE, ROUTE
from ..topology import VpcNetwork
from ..values import UndecidedError, Unknown
from .gates import LOG_POLICY, POLICIES_ON, GateStatement, ResourcePolicies, gate_of
from .judged import judged
from .need import Gate
from .passage import VPC_ENDPOINT
from .permissions import permissions


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One thing that lets something through."""

    gate: Gate
    holder: Resource
    kind: str
    says: str
    principals: tuple[tuple[str, object], ...] = ()
    """Whom a statement of a resource's policy lets in."""


@dataclass(frozen=True, kw_only=True)
class Covered:
    """`lines` are the needs that pass a grant; `alone` tells whether one of them has no other way."""

    grant: Grant
    lines: frozenset[str]
    alone: bool


def covered(graph: Graph) -> tuple[Covered, ...]:
    """Every grant of a graph with what uses it; once for a graph: `graph.derived(covered)`."""
    used: dict[Gate, set[str]] = {}
    alone: set[Gate] = set()
    for it in graph.derived(judged):
        for way in it.verdict.ways:
            for gate in way:
                used.setdefault(gate, set()).add(it.need.line)
            if len(way) == 1 and not it.need.optional:
                alone |= way
    return tuple(
        Covered(grant=grant, lines=frozenset(used.get(grant.gate, ())), alone=grant.gate in alone)
        for grant in _unique(grants(graph))
    )


def _unique(found: Iterator[Grant]) -> list[Grant]:
    return list({grant.gate: grant for grant in found}.values())


def grants(graph: Graph) -> Iterator[Grant]:
    """Every grant that a graph writes down."""
    yield from _of_identities(graph)
    yield from _of_resources(graph)
    yield from _of_groups(graph)
    yield from _of_networks(graph)


def _of_identities(graph: Graph) -> Iterator[Grant]:
    for identity in graph.derived(Identities).of(ROLE):
        held = permissions(graph, identity)
        for it in held.allowed:
            if it.is_attached:
                gate = Gate(it.holder.urn, "attachment")
                yield Grant(gate=gate, holder=it.holder, kind="attachment", says=f"{it.holder.name} attaches a policy")
            else:
                yield from _actions(it, "policy")


def _of_resources(graph: Graph) -> Iterator[Grant]:
    policies = graph.derived(ResourcePolicies)
    for token in (*POLICIES_ON, "aws:lambda/function:Function"):
        for resource in graph.of(token):
            kind = "key policy" if token == KEY else "resource policy"
            for it in policies.of(resource).found if policies.of(resource).documents else ():
                yield from _actions(it, kind)
    for holder in graph.of(LOG_POLICY):
        yield from _document(holder, "policyDocument", "resource policy")
    for endpoint in graph.of(VPC_ENDPOINT):
        yield Grant(
            gate=Gate(endpoint.urn, "endpoint"), holder=endpoint, kind="endpoint", says=f"endpoint {endpoint.name}"
        )
        yield from _document(endpoint, "policy", "endpoint policy")


def _document(holder: Resource, path: str, kind: str) -> Iterator[Grant]:

    try:
        found = statements(holder.data.get(path))
    except UndecidedError:
        return
    for statement in found:
        yield from _actions(GateStatement(statement, holder), kind)


def _actions(it: GateStatement, kind: str) -> Iterator[Grant]:
    if not it.statement.allows:
        return
    names = [name for name in it.statement.actions if not isinstance(name, Unknown)]
    if it.statement.not_actions:
        names = ["NotAction"]
    for name in names:
        yield Grant(
            gate=gate_of(it.holder.urn, it.statement, str(name)),
            holder=it.holder,
            kind=kind,
            says=f"{it.label} allows {name}",
            principals=it.statement.principals,
        )


def _of_groups(graph: Graph) -> Iterator[Grant]:
    network = graph.derived(VpcNetwork)
    for group in graph.of(*GROUPS):
        for gap in (*network.gaps(group), *network.gaps_out(group)):
            holder = graph.find(gap.carrier) or group
            item = gap.label if gap.carrier == group.urn else ""
            yield Grant(gate=Gate(gap.carrier, item), holder=holder, kind="group rule", says=gap.label)


def _of_networks(graph: Graph) -> Iterator[Grant]:
    for rule in graph.of(NETWORK_ACL_RULE):
        if rule.data.get("ruleAction") == "allow":
            yield Grant(gate=Gate(rule.urn), holder=rule, kind="network ACL rule", says=f"network ACL rule {rule.name}")
    for route in graph.of(ROUTE):
        yield Grant(gate=Gate(route.urn), holder=route, kind="route", says=f"route {route.name}")
