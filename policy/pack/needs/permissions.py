"""All that one identity may do by its own policies, with what AWS's managed policies say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..documents import statements
from ..grants import Grant, IdentityGrants
from ..graph import Graph
from ..identities import AWS_MANAGED, Identities
from ..resource import Resource
from ..values import Unknown
from .gates import GateStatement

_MANAGED = Path(__file__).parents[2] / "data" / "managed_policies.json"


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """Statements of an identity. `open` is the place of a policy whose statements aren't known."""

    identity: IdentityGrants
    allowed: tuple[GateStatement, ...]
    denied: tuple[GateStatement, ...]
    boundary: tuple[GateStatement, ...] | None
    open: str = ""


class _All:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.identities = graph.derived(Identities)
        self.of = cache(self._of)

    def _of(self, urn: str) -> Permissions:
        identity = self.identities.all[urn]
        allowed, denied = self._written(identity.allowed, identity), self._written(identity.denied, identity)
        unread = identity.undecided.path if identity.undecided else ""
        for arn, holder in self.identities.outside.get(urn, ()):
            found = managed(arn)
            if found is None:
                unread = unread or arn
            else:
                it = self.graph.find(holder) or identity.resource
                allowed += [GateStatement(statement, it) for statement in statements(found) if statement.allows]
        boundary = identity.boundary
        bound = None if boundary is None else tuple(self._written(boundary, identity))
        if boundary is None:
            bound, doubt = self._managed_boundary(identity.resource)
            unread = unread or doubt
        return Permissions(identity=identity, allowed=tuple(allowed), denied=tuple(denied), boundary=bound, open=unread)

    def _written(self, grants: list[Grant], identity: IdentityGrants) -> list[GateStatement]:
        """Without those of resource policies, which are judged where they stand."""
        return [
            GateStatement(grant.statement, self.graph.find(grant.holder) or identity.resource)
            for grant in grants
            if grant.holder
        ]

    def _managed_boundary(self, resource: Resource) -> tuple[tuple[GateStatement, ...] | None, str]:
        value = resource.data.get("permissionsBoundary")
        if not isinstance(value, str) or not value:
            return None, f"{resource.name}.permissionsBoundary" if isinstance(value, Unknown) else ""
        found = managed(value)
        if found is None:
            return None, value
        return tuple(GateStatement(statement, resource) for statement in statements(found)), ""


def permissions(graph: Graph, identity: IdentityGrants) -> Permissions:
    """What `identity` may do by its own policies."""
    return graph.derived(_All).of(identity.resource.urn)


def managed(arn: str) -> dict[str, Any] | None:
    """The document of one of AWS's managed policies; None for others, and for those that the table doesn't have."""
    name = arn.split(AWS_MANAGED, 1)[1] if AWS_MANAGED in arn else ""
    found = _table().get(name)
    return None if found is None else {"Statement": found}


@cache
def _table() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(_MANAGED.read_text(encoding="utf-8"))
    policies: dict[str, Any] = body["policies"]
    return policies
