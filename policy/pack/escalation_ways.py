"""By which of its rights an identity comes to act as which roles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from .documents import Statement
from .escalation_paths import LAUNCHES, RUNNING, AnyOf, Running
from .grants import Held, IdentityGrants
from .graph import Graph
from .identities import Identities, arn_part
from .patterns import matches
from .resource import Resource
from .tokens import INSTANCE_PROFILE, ROLE
from .trust import trust, trusts_account, trusts_service
from .values import UndecidedError, Unknown, document, known

PASS_ROLE = "iam:passrole"
ASSUME_ROLE = "sts:assumerole"
PASSED_TO = "iam:passedtoservice"

Target = tuple[IdentityGrants, str]
"""A role, and the note on how it is reached besides the permission itself."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Way:
    """A right by which an identity comes to act as the roles that it reaches and that admit it."""

    holder: IdentityGrants
    how: str
    reach: tuple[str, object]
    """Target of the permission, equal for permissions that reach the same: `("role", pattern)`."""
    admits: Callable[[IdentityGrants], bool]
    code: bool = False
    """Whether it runs code of its own under the role."""


class Ways:
    """The ways of all identities of a stack."""

    def __init__(self, identities: Identities) -> None:
        self.identities = identities
        roles = [identity for identity in identities.of(ROLE) if arn_part(identity.resource)]
        self._roles = sorted(((arn_part(role.resource) or "", role) for role in roles), key=lambda pair: pair[0])
        self._parts = [part for part, _ in self._roles]
        self._ways: dict[str, tuple[Way, ...]] = {}
        self._named = cache(self._find_named)
        self._steered = cache(self._find_steered)

    def of(self, identity: IdentityGrants) -> tuple[Way, ...]:
        urn = identity.resource.urn
        if urn not in self._ways:
            self._ways[urn] = (*self._passing(identity), *self._assuming(identity), *self._taking_over(identity))
        return self._ways[urn]

    def targets(self, way: Way) -> tuple[Target, ...]:
        """All that a way's right reaches, admitted or not."""
        kind, what = way.reach
        if kind == "role":
            return self._named(str(what))
        if kind == "trust":
            return tuple((role, f"the trust of {role.name} names it") for role in self._trusting.get(str(what), ()))
        return self._steered(what)

    def steps(self, way: Way) -> Iterator[Target]:
        """The roles that a way leads to, and how."""
        return ((role, f"{way.how}{detail}") for role, detail in self.targets(way) if way.admits(role))

    def is_of_another_program(self, pattern: str) -> bool:
        """Whether a resource pattern names a role, and none of this program."""
        return ":role/" in pattern and not self._named(pattern)

    def _passing(self, identity: IdentityGrants) -> Iterator[Way]:
        """Roles that it may pass to a service that it may start."""
        for held in identity.may(PASS_ROLE):
            for service, start in startable(identity, held):
                admits = _admitting(service, held.grant.statement)
                for pattern in held.resources:
                    reach = ("role", pattern)
                    yield Way(holder=identity, how=f"{held}, {start}", reach=reach, admits=admits, code=True)

    def _assuming(self, identity: IdentityGrants) -> Iterator[Way]:
        """Roles that it may assume: they trust it by name, or trust the account and it may ask."""
        part = arn_part(identity.resource) or ""
        if part in self._trusting:
            yield Way(holder=identity, how="", reach=("trust", part), admits=lambda role: role is not identity)
        for held in identity.may(ASSUME_ROLE):
            for pattern in held.resources:
                yield Way(holder=identity, how=str(held), reach=("role", pattern), admits=_trusting_account(identity))

    def _taking_over(self, identity: IdentityGrants) -> Iterator[Way]:
        """Roles of resources whose code it may change or steer."""
        for index, kind in enumerate(RUNNING):
            if not self._running[index]:
                continue
            held = [identity.may_any(group) for group in kind.needs]
            if all(held):
                patterns = tuple(_patterns(identity, group) for group in kind.needs)
                reach = ("running", (index, patterns))
                admits = _another_than(identity)
                yield Way(holder=identity, how=f"{held[0]}", reach=reach, admits=admits, code=True)

    @cached_property
    def _trusting(self) -> dict[str, list[IdentityGrants]]:
        """Roles by the last part of the ARN of each principal that their trust names."""
        found: dict[str, list[IdentityGrants]] = {}
        for _, role in self._roles:
            for statement in trust(role.resource):
                for kind, value in statement.principals:
                    if kind == "aws" and isinstance(value, str) and ":" in value and not value.endswith(":root"):
                        found.setdefault(value.split(":", 5)[-1], []).append(role)
        return found

    @cached_property
    def _running(self) -> list[list[tuple[Resource, IdentityGrants]]]:
        """Resources that run under a role, with the role, for each kind."""
        graph, identities = self.identities.graph, self.identities.all
        return [
            [(it, identities[role.urn]) for it in graph.of(kind.token) for role in _roles_of(graph, it, kind)]
            for kind in RUNNING
        ]

    def _find_named(self, pattern: str) -> tuple[Target, ...]:
        """The roles of this stack that a resource pattern matches; found by the literal start of the pattern."""
        part = pattern.split(":", 5)[-1] if pattern.startswith("arn:") and pattern.count(":") >= 5 else "*"
        start = part.replace("?", "*").split("*", 1)[0]
        found: list[Target] = []
        for index in range(bisect_left(self._parts, start), len(self._parts)):
            name, role = self._roles[index]
            if not name.startswith(start):
                break
            if matches(part, name):
                found.append((role, ""))
        return tuple(found)

    def _find_steered(self, what: tuple[int, tuple[tuple[str, ...], ...]]) -> tuple[Target, ...]:
        """The roles of what may be steered by rights on these resources, one tuple of patterns for each right."""
        index, patterns = what
        kind = RUNNING[index]
        return tuple(
            (role, f", which changes what {it.name} runs")
            for it, role in self._running[index]
            if all(_reaches(group, it, kind) for group in patterns)
        )


def _admitting(service: str, statement: Statement) -> Callable[[IdentityGrants], bool]:
    return lambda role: trusts_service(role.resource, service) and _tags_allow(statement, role.resource)


def _trusting_account(identity: IdentityGrants) -> Callable[[IdentityGrants], bool]:
    return lambda role: role is not identity and trusts_account(role.resource, identity)


def _another_than(identity: IdentityGrants) -> Callable[[IdentityGrants], bool]:
    return lambda role: role is not identity


def _roles_of(graph: Graph, resource: Resource, kind: Running) -> list[Resource]:
    path, _, inner = kind.role.partition("|")
    holder = resource
    if inner:
        holder = Resource(resource.token, resource.name, {path: _inside(resource, path, inner)}, links=resource.links)
    roles = graph.targets(holder, path, ROLE)
    for profile in graph.targets(holder, path, INSTANCE_PROFILE):
        roles += graph.targets(profile, "role", ROLE)
    return roles


def _inside(resource: Resource, path: str, inner: str) -> object:
    """A key of a property that is JSON text; the property itself while it isn't known."""
    value = resource.data.get(path)
    body = None if isinstance(value, Unknown) else document(value)
    return body.get(inner) if isinstance(body, dict) else value


def _patterns(identity: IdentityGrants, actions: AnyOf) -> tuple[str, ...]:
    return tuple(dict.fromkeys(arn for action in actions for held in identity.may(action) for arn in held.resources))


def _reaches(patterns: tuple[str, ...], resource: Resource, kind: Running) -> bool:
    """Whether one of the patterns names this very resource."""
    if not kind.arn or "*" in patterns:
        return bool(patterns)
    arn, part = resource.outputs.get("arn"), _part(resource, kind)
    if isinstance(arn, str) and kind.by_arn:
        return any(matches(pattern, arn) for pattern in patterns)
    return bool(part) and any(matches(pattern.split(":", 5)[-1], part) for pattern in patterns)


def startable(identity: IdentityGrants, passing: Held) -> Iterator[tuple[str, str]]:
    """The services that a role may be passed to and that the identity may start, and by which actions."""
    for launch in LAUNCHES:
        if not _passed_to(passing.grant.statement, launch.service):
            continue
        starts = [identity.may_any(group) for group in launch.needs]
        if all(starts):
            yield launch.service, " and ".join(dict.fromkeys(f"{held}" for held in starts if held))


def _passed_to(statement: Statement, service: str) -> bool:
    """Whether a PassRole statement admits a service."""
    for condition in statement.conditions:
        if condition.key == PASSED_TO and condition.operator.removesuffix("ifexists") in ("stringequals", "stringlike"):
            values = [value for value in condition.values if isinstance(value, str)]
            if len(values) == len(condition.values) and not any(matches(value, service) for value in values):
                return False
    return True


def _tags_allow(statement: Statement, target: Resource) -> bool:
    """Whether the tags that a statement's conditions ask for are on the resource, as far as both are known."""
    for condition in statement.conditions:
        prefix, _, tag = condition.key.partition("resourcetag/")
        if not tag or prefix not in ("aws:", "iam:") or condition.operator not in ("stringequals", "stringlike"):
            continue
        try:
            tags = {key.lower(): value for key, value in target.tags().items()}
        except UndecidedError:
            continue
        wanted = [value for value in map(known, condition.values) if isinstance(value, str)]
        value = tags.get(tag)
        if not isinstance(value, Unknown) and not any(matches(text, str(value)) for text in wanted):
            return False
    return True


def _part(resource: Resource, kind: Running) -> str:
    names = {key: value for key in ("name", "id") if isinstance(value := resource.outputs.get(key), str)}
    try:
        return kind.arn.format(**names)
    except KeyError:
        return ""
