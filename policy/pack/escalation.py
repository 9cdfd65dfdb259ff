"""How far an identity gets: by what it may do itself, and by the roles that it can come to act as, hop by hop."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .actions import ADMIN_POLICIES
from .documents import Condition, Statement, has_wildcard, is_wildcard_resource, matches
from .escalation_paths import LAUNCHES, OF_ONE_USER, OWN_USER, RUNNING, TAKEOVERS, WORKLOADS, AnyOf, Running, Takeover
from .grants import Held, Identity, subsumes
from .identities import AWS_MANAGED, Identities, arn_part
from .resource import Resource
from .tokens import INSTANCE_PROFILE, ROLE
from .trust import trust, trusts_account, trusts_service
from .values import UndecidedError, Unknown, known

PASS_ROLE = "iam:passrole"
ASSUME_ROLE = "sts:assumerole"
PASSED_TO = "iam:passedtoservice"


@dataclass(frozen=True)
class Step:
    """How one identity comes to act as a role."""

    role: Identity
    how: str
    launched: bool = False
    """Whether it is by running something of its own under the role."""


class Escalations:
    """What the identities of a stack can turn their rights into."""

    def __init__(self, identities: Identities) -> None:
        self.identities = identities
        roles = [identity for identity in identities.of(ROLE) if arn_part(identity.resource)]
        self._roles = sorted(((arn_part(role.resource) or "", role) for role in roles), key=lambda pair: pair[0])
        self._parts = [part for part, _ in self._roles]
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._powers: dict[str, tuple[str, ...]] = {}
        self._trusted: dict[str, list[Identity]] | None = None
        self._running = [
            (kind, resource, role)
            for kind in RUNNING
            for resource in identities.graph.of(kind.token)
            for role in self._roles_of(resource, kind)
        ]

    def found(self, identity: Identity) -> Iterator[str]:
        """What the identity can turn its rights into: its own powers, else the nearest role that has one."""
        found = self.powers(identity) or tuple(self._path(identity))
        yield from found or self._outgrowing(identity)

    def powers(self, identity: Identity) -> tuple[str, ...]:
        """The ways to more rights that the identity's own permissions hold."""
        urn = identity.resource.urn
        if urn not in self._powers:
            self._powers[urn] = (*takeovers(identity), *self._passing_any(identity), *_assuming_any(identity))
        return self._powers[urn]

    def _path(self, identity: Identity) -> Iterator[str]:
        seen = {identity.resource.urn}
        queue: deque[tuple[Identity, str]] = deque([(identity, "")])
        while queue:
            current, path = queue.popleft()
            for step in self.steps(current):
                if step.role.resource.urn in seen:
                    continue
                seen.add(step.role.resource.urn)
                so_far = f"{path}{step.how} → role {step.role.name}"
                if powers := self.powers(step.role):
                    yield f"{so_far}: {powers[0]}"
                    return
                queue.append((step.role, f"{so_far} → "))

    def _outgrowing(self, identity: Identity) -> Iterator[str]:
        """Roles that a workload may run something under, and that may do what it may not.

        Services that start others for their living, such as EventBridge Scheduler, pass on what they were made for.
        """
        if any(trusts_service(identity.resource, service, certain=True) for service in WORKLOADS):
            for step in self.steps(identity):
                if step.launched and (more := _beyond(step.role, identity)):
                    yield f"{step.how} → role {step.role.name}: {more}, which it may not itself"

    def steps(self, identity: Identity) -> tuple[Step, ...]:
        """The roles that the identity can come to act as at once, and how."""
        urn = identity.resource.urn
        if urn not in self._steps:
            found = (*self._passing(identity), *self._assuming(identity), *self._taking_over(identity))
            self._steps[urn] = tuple({step.role.resource.urn: step for step in reversed(found)}.values())
        return self._steps[urn]

    def _passing(self, identity: Identity) -> Iterator[Step]:
        """Roles that it may pass to a service that it may start."""
        for held in identity.may(PASS_ROLE):
            for service, start in _startable(identity, held):
                for role in self._named(held.resources):
                    if trusts_service(role.resource, service) and _tags_allow(held.grant.statement, role.resource):
                        yield Step(role, f"{held}, {start}", launched=True)

    def _passing_any(self, identity: Identity) -> Iterator[str]:
        for held in identity.may(PASS_ROLE):
            wide = next(filter(is_wildcard_resource, held.resources), None)
            if wide and not held.grant.statement.narrowed_by("iam:resourcetag/", "aws:resourcetag/"):
                for service, start in _startable(identity, held):
                    yield f"{held.on(wide)}, {start}: it runs as any role that trusts {service}"
                    return

    def _assuming(self, identity: Identity) -> Iterator[Step]:
        """Roles that it may assume: they trust it by name, or trust the account and it may ask."""
        for role in self._trusting().get(arn_part(identity.resource) or "", ()):
            yield Step(role, f"the trust of {role.name} names it")
        for held in identity.may(ASSUME_ROLE):
            for role in self._named(held.resources):
                if role is not identity and trusts_account(role.resource, identity):
                    yield Step(role, str(held))

    def _taking_over(self, identity: Identity) -> Iterator[Step]:
        """Roles of things whose code it may change or steer."""
        for kind in RUNNING:
            held = [identity.may_any(group) for group in kind.needs]
            if not all(held):
                continue
            for running, resource, role in self._running:
                if running is kind and all(_reaches(identity, group, resource, kind) for group in kind.needs):
                    yield Step(role, f"{held[0]}, which changes what {resource.name} runs")

    def _trusting(self) -> dict[str, list[Identity]]:
        """By the last part of an ARN, the roles whose trust names it."""
        if self._trusted is None:
            self._trusted = {}
            for _, role in self._roles:
                for statement in trust(role.resource):
                    for kind, value in statement.principals:
                        if kind == "aws" and isinstance(value, str) and ":" in value and not value.endswith(":root"):
                            self._trusted.setdefault(value.split(":", 5)[-1], []).append(role)
        return self._trusted

    def _named(self, patterns: Iterable[str]) -> Iterator[Identity]:
        """The roles of this stack that the resource patterns match; found by the literal start of the pattern."""
        for pattern in patterns:
            part = pattern.split(":", 5)[-1] if pattern.startswith("arn:") and pattern.count(":") >= 5 else "*"
            start = part.replace("?", "*").split("*", 1)[0]
            for index in range(bisect_left(self._parts, start), len(self._parts)):
                name, role = self._roles[index]
                if not name.startswith(start):
                    break
                if matches(part, name):
                    yield role

    def _roles_of(self, resource: Resource, kind: Running) -> list[Identity]:
        graph = self.identities.graph
        roles = graph.targets(resource, kind.role, ROLE)
        for profile in graph.targets(resource, kind.role, INSTANCE_PROFILE):
            roles += graph.targets(profile, "role", ROLE)
        return [self.identities.all[role.urn] for role in roles]


def takeovers(identity: Identity, of_service: str = "") -> Iterator[str]:
    """The actions, of one service or of any, by which an identity gives itself other rights: a sentence a statement."""
    by_grant: dict[int, list[tuple[Takeover, Held]]] = {}
    for takeover in TAKEOVERS:
        if not takeover.action.startswith(of_service):
            continue
        for held in identity.may(takeover.action):
            if _unlimited(takeover, held):
                by_grant.setdefault(id(held.grant), []).append((takeover, held))
    for found in by_grant.values():
        takeover, held = found[0]
        rest = f" and {len(found) - 1} more ways to other rights" if len(found) > 1 else ""
        yield f"{held}: it {takeover.effect}{rest}"


def _beyond(role: Identity, identity: Identity) -> str | None:
    """Something that a role may do and an identity may not, as far as both name it."""
    for grant in role.allowed:
        for action in sorted((*grant.exact, *grant.patterns)):
            held = [arn for item in identity.may(action) for arn in item.resources]
            for allowed in role.may(action):
                for arn in allowed.resources:
                    if not any(subsumes(own, arn) for own in held):
                        return allowed.on(arn)
    return None


def _unlimited(takeover: Takeover, held: Held) -> bool:
    if takeover.action in OF_ONE_USER and all(arn.endswith(OWN_USER) for arn in held.resources):
        return False
    statement = held.grant.statement
    keys = {key for key in takeover.narrowed_by if statement.narrowed_by(key)}
    return not any(condition.key in keys and _harmless(condition) for condition in statement.conditions)


def _harmless(condition: Condition) -> bool:
    """Whether the policies that a condition names hold none for administrators."""
    names = [value for value in condition.values if isinstance(value, str)]
    return not any(name.split(AWS_MANAGED)[-1] in ADMIN_POLICIES or _any_of_aws(name) for name in names)


def _any_of_aws(name: str) -> bool:
    return AWS_MANAGED in name and has_wildcard(name)


def _assuming_any(identity: Identity) -> Iterator[str]:
    for held in identity.may(ASSUME_ROLE):
        statement = held.grant.statement
        wide = next(filter(is_wildcard_resource, held.resources), None)
        if wide and not statement.narrowed_by("iam:resourcetag/", "aws:resourcetag/"):
            yield f"{held.on(wide)}: it becomes any role that trusts the account"
            return


def _startable(identity: Identity, passing: Held) -> Iterator[tuple[str, str]]:
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


def _reaches(identity: Identity, actions: AnyOf, resource: Resource, kind: Running) -> bool:
    """Whether one of the actions may be taken on this very resource."""
    arn, part = resource.outputs.get("arn"), _part(resource, kind)
    for action in actions:
        for held in identity.may(action):
            for pattern in held.resources:
                if not kind.arn or pattern == "*" or (isinstance(arn, str) and matches(pattern, arn)):
                    return True
                if not isinstance(arn, str) and part and matches(pattern.split(":", 5)[-1], part):
                    return True
    return False


def _part(resource: Resource, kind: Running) -> str:
    names = {key: value for key in ("name", "id") if isinstance(value := resource.outputs.get(key), str)}
    try:
        return kind.arn.format(**names)
    except KeyError:
        return ""
