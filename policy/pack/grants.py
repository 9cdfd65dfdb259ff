"""Grants of statements, and the permissions that remain after boundaries and unconditional denials."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from .documents import Statement, statements
from .patterns import has_wildcard, matches, subsumes
from .resource import Resource
from .service_actions import find
from .values import UndecidedError


class NamedActions:
    """The actions of a statement: those that it names, or all but those that it excludes."""

    def __init__(self, named: Iterable[str], excluded: Iterable[str], *, all_but_excluded: bool) -> None:
        named = tuple(named)
        self.exact = frozenset(action.lower() for action in named if not has_wildcard(action))
        """Those named in full, lower case."""
        self.patterns = tuple(filter(has_wildcard, named))
        """Those named by pattern."""
        self._excluded = tuple(excluded) if all_but_excluded else None
        self._covered: dict[str, bool] = {}

    def cover(self, action: str) -> bool:
        """Whether an action (lower case) is one of them."""
        known = self._covered.get(action)
        if known is None:
            known = self._covered[action] = self._cover(action)
        return known

    def _cover(self, action: str) -> bool:
        if action in self.exact or any(matches(pattern, action) for pattern in self.patterns):
            return True
        return self._excluded is not None and not any(matches(name, action) for name in self._excluded)


@lru_cache(maxsize=8192)
def _named_actions(named: tuple[str, ...], excluded: tuple[str, ...], all_but_excluded: bool) -> NamedActions:
    """One object for all statements that say the same, so that a question is answered once for all of them."""
    return NamedActions(named, excluded, all_but_excluded=all_but_excluded)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One statement, and the name of what holds it."""

    statement: Statement
    source: str
    actions: NamedActions
    resources: tuple[str, ...] = ()
    """Resources that it covers; empty (all) for a statement with `NotResource`."""
    holder: str = ""
    """URN of the resource with the document."""

    @classmethod
    def of(cls, statement: Statement, source: str, holder: str = "") -> Grant:
        """UndecidedError where an action or a resource is not known yet."""
        excluded = tuple(name for name in statement.not_actions if isinstance(name, str))
        return cls(
            statement=statement,
            source=source,
            holder=holder,
            actions=_named_actions(tuple(statement.known_actions()), excluded, bool(statement.not_actions)),
            resources=("*",) if statement.not_resources else tuple(statement.known_resources()),
        )

    @property
    def scope(self) -> tuple[Hashable, ...]:
        """Coverage and certainty, equal for statements that do the same, wherever they are."""
        excluded = tuple(str(name) for name in self.statement.not_actions)
        return self.actions.exact, self.actions.patterns, excluded, self.resources, _certain(self.statement)

    def __str__(self) -> str:
        return f"{self.statement.label} of {self.source}"


@dataclass(frozen=True, kw_only=True)
class Held:
    """An action that an identity may take, by which statement and on what once boundary and denials are counted."""

    action: str
    grant: Grant
    resources: tuple[str, ...]

    def __str__(self) -> str:
        return self.on(self.resources[0])

    def on(self, resource: str) -> str:
        return f"{self.grant} allows {self.action} on {resource}"


@dataclass(kw_only=True)
class IdentityGrants:
    """One identity with all that is attached to it."""

    resource: Resource
    allowed: list[Grant] = field(default_factory=list)
    denied: list[Grant] = field(default_factory=list)
    boundary: list[Grant] | None = None
    """Grants of the boundary; None without a boundary, or with one whose document isn't in the program."""
    unread: UndecidedError | None = None
    """Why the boundary's document can't be read yet."""
    undecided: UndecidedError | None = None
    """The first unknown value that the verdict depends on."""
    _held: dict[str, tuple[Held, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.resource.name

    @cached_property
    def rights(self) -> tuple[Hashable, ...]:
        """All of its permissions, equal for identities that may do the same; read after everything has been added."""
        limits = None if self.boundary is None else frozenset((it.statement.allows, it.scope) for it in self.boundary)
        return frozenset(it.scope for it in self.allowed), frozenset(it.scope for it in self.denied), limits

    def take(self, source: str, body: Any, holder: str = "") -> None:
        """Adds a document's statements; an unreadable one is remembered as undecided and hides nothing else."""
        try:
            found = statements(body)
        except UndecidedError as error:
            self.undecided = self.undecided or error
            return
        for statement in found:
            self.add(statement, source, holder=holder)

    def add(self, statement: Statement, source: str, *, on: str | None = None, holder: str = "") -> None:
        """Adds one statement; `on` is the resource whose own policy it belongs to, which `*` means there."""
        try:
            grant = Grant.of(statement, source, holder)
        except UndecidedError as error:
            self.undecided = self.undecided or error
            return
        if on is not None:
            grant = replace(grant, resources=(on,))
        (self.allowed if statement.allows else self.denied).append(grant)

    def may(self, action: str) -> tuple[Held, ...]:
        """By which grants, and on what, the identity may take an action."""
        action = action.lower()
        if action not in self._held:
            self._held[action] = tuple(self._granted(action))
        return self._held[action]

    def may_any(self, actions: Iterable[str]) -> Held | None:
        """The grant of the first of `actions` that the identity may take."""
        return next((held for action in actions for held in self.may(action)), None)

    def _granted(self, action: str) -> Iterator[Held]:
        granting = [grant for grant in self.allowed if grant.actions.cover(action)]
        if not granting:
            return
        limits, refusals = self._limits(action)
        if limits is not None and not limits:
            return
        for grant in granting:
            resources = [arn for arn in grant.resources if not any(refusal.takes(arn) for refusal in refusals)]
            if limits is not None:
                resources = [both for arn in resources for limit in limits if (both := common(arn, limit))]
            if resources:
                yield Held(action=_spelled(grant, action), grant=grant, resources=tuple(dict.fromkeys(resources)))

    def _limits(self, action: str) -> tuple[list[str] | None, list[_Refusal]]:
        """The resources within the boundary (None: no boundary), and what is refused for certain."""
        boundary = self.boundary or []
        denials = [*self.denied, *(grant for grant in boundary if not grant.statement.allows)]
        refusals = [
            _Refusal(grant.resources) for grant in denials if _certain(grant.statement) and grant.actions.cover(action)
        ]
        if self.boundary is None:
            return None, refusals
        allowed = (grant for grant in boundary if grant.statement.allows and grant.actions.cover(action))
        return [arn for grant in allowed for arn in grant.resources], refusals


def _certain(denial: Statement) -> bool:
    """Whether a denial holds whatever the call: one under a condition, or for all but some resources, may not."""
    return not denial.conditions and not denial.not_resources


@dataclass(frozen=True)
class _Refusal:
    resources: tuple[str, ...]

    def takes(self, arn: str) -> bool:
        return any(subsumes(refused, arn) for refused in self.resources)


def common(one: str, other: str) -> str | None:
    """Intersection of two resource patterns; the wider of the two where that can't be determined."""
    if subsumes(other, one):
        return one
    if subsumes(one, other):
        return other
    return one if has_wildcard(one) and has_wildcard(other) else None


def _spelled(grant: Grant, action: str) -> str:
    """The action as the statement has it, with the pattern that it was meant by."""
    named = next((name for name in grant.statement.known_actions() if name.lower() == action), None)
    if named:
        return named
    pattern = next((pattern for pattern in grant.actions.patterns if matches(pattern, action)), None)
    return f"{_canonical(action)} ({pattern or 'NotAction'})"


def _canonical(action: str) -> str:
    found = find(action)
    return found.name if found else action
