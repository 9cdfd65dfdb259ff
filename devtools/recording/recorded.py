"""Resources and calls of a program, in the order of registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Resource:
    """One registration, as the engine gets it; property names are Pulumi's (camelCase)."""

    token: str
    name: str
    urn: str
    parent: str
    """URN of the parent; the stack's for a resource without one."""
    inputs: Mapping[str, Any]
    """Plain values, those of secrets included; UNKNOWN where a preview doesn't know."""
    secrets: frozenset[str]
    """Paths of the inputs that are secret: `masterPassword`, `environment.variables.TOKEN`, `users[0].password`."""
    outputs: dict[str, Any]
    """Outputs as from AWS; for a component, those it registered, possibly none."""
    custom: bool
    provider: str
    """Reference of the provider (URN::id), "" for the default one."""
    dependencies: tuple[str, ...]
    """URNs of all resources that it waits for, explicit and through inputs."""
    property_dependencies: Mapping[str, tuple[str, ...]]
    ignore_changes: list[str]
    protect: bool
    retain_on_delete: bool = False
    """Whether it stays in the account when it leaves the stack."""
    source: str = ""
    """Source position as in a state: `project:///components/keys.py#42`."""
    of_component: bool = False
    """Whether it is a child of a remote component (awsx), not registered by the program itself."""
    registered: list[Mapping[str, Any]] = field(default_factory=list)
    """Each `register_outputs` of a component, in turn: a component ends with exactly one."""


@dataclass(frozen=True)
class RecordedInvoke:
    """One invocation of a provider's function."""

    token: str
    arguments: Mapping[str, Any]
    provider: str


@dataclass(frozen=True)
class Recorded:
    """Everything that a program did, in the order of its registration."""

    resources: list[Resource]
    """All registrations but the root stack's: the program's own and those of remote components."""
    invokes: list[RecordedInvoke]
    exports: Mapping[str, Any]

    @property
    def all(self) -> list[Resource]:
        """Resources registered by the program itself: without the children of remote components."""
        return [resource for resource in self.resources if not resource.of_component]

    def of(self, token: str, *, of_components: bool = False) -> list[Resource]:
        """Resources of a type that the program registered; with `of_components`, those of remote components too."""
        return [r for r in (self.resources if of_components else self.all) if r.token == token]

    def one(self, token: str, name: str | None = None) -> Resource:
        """The only resource of a type, or the only one of that name; AssertionError otherwise."""
        found = [resource for resource in self.of(token) if name is None or resource.name == name]
        present = [resource.name for resource in self.of(token)]
        assert len(found) == 1, f"expected exactly one {token}{f' {name!r}' if name else ''}, the program has {present}"
        return found[0]

    def component(self, token: str) -> Resource:
        """The only component of a type."""
        found = self.one(token)
        assert not found.custom, f"{token} is no component"
        return found

    def children_of(self, parent: Resource, *, deep: bool = False) -> list[Resource]:
        """Children of a resource; with `deep`, all descendants."""
        children = [resource for resource in self.resources if resource.parent == parent.urn]
        return children + ([c for child in children for c in self.children_of(child, deep=True)] if deep else [])
