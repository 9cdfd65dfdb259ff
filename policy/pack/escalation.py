"""Privilege escalation: what an identity may do itself, and which roles it can come to act as, hop by hop."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from functools import cached_property, lru_cache

from .actions import ADMIN_POLICIES
from .conditions import Condition
from .escalation_paths import WORKLOADS
from .escalation_ways import ASSUME_ROLE, PASS_ROLE, Way, Ways, startable
from .grants import Held, IdentityGrants, NamedActions
from .identities import AWS_MANAGED, Identities
from .patterns import has_wildcard, is_wildcard_resource, subsumes
from .takeovers import OF_ONE_USER, OWN_USER, TAKEOVERS, Takeover
from .tokens import ROLE
from .trust import trusts_service


class Escalations:
    """Privilege escalations that the identities of a stack have."""

    def __init__(self, identities: Identities) -> None:
        self.identities = identities
        self.ways = Ways(identities)
        self._powers: dict[str, tuple[str, ...]] = {}
        self._no_more: set[tuple[object, object]] = set()

    def found(self, identity: IdentityGrants) -> Iterator[str]:
        """Escalations of the identity: its own powers, else the path to the nearest role that has one."""
        found = self.powers(identity) or tuple(self._path(identity))
        yield from found or self._outgrowing(identity)

    def powers(self, identity: IdentityGrants) -> tuple[str, ...]:
        """The ways to more rights that the identity's own permissions hold."""
        urn = identity.resource.urn
        if urn not in self._powers:
            self._powers[urn] = (*takeovers(identity), *_passing_any(identity), *_assuming_any(identity))
        return self._powers[urn]

    def _path(self, identity: IdentityGrants) -> Iterator[str]:
        path = ""
        step = self._toward.get(identity.resource.urn) or self._first_step(identity)
        while step is not None:
            role, how = step
            path += f"{how} → role {role.name}"
            if powers := self.powers(role):
                yield f"{path}: {powers[0]}"
                return
            path += " → "
            step = self._toward.get(role.resource.urn)

    def _first_step(self, identity: IdentityGrants) -> tuple[IdentityGrants, str] | None:
        """First step of a policy that no identity of the program holds yet, which anyone may attach."""
        if identity.resource.urn in self.identities.all:
            return None
        for way in self.ways.of(identity):
            for role, how in self.ways.steps(way):
                if self.powers(role) or role.resource.urn in self._toward:
                    return role, how
        return None

    @cached_property
    def _toward(self) -> dict[str, tuple[IdentityGrants, str]]:
        """By role on a shortest path to a role with powers: the next role, and how it is reached.

        Searched backwards from those roles. Rights that name roles by the same pattern are followed together, so that
        the search takes as long as there are rights and roles, not as long as there are pairs of them.
        """
        mighty = [role for role in self.identities.of(ROLE) if self.powers(role)]
        found: dict[str, tuple[IdentityGrants, str]] = {}
        if not mighty:
            return found
        waiting: dict[object, list[Way]] = defaultdict(list)
        for identity in self.identities.all.values():
            for way in self.ways.of(identity):
                waiting[way.reach].append(way)
        leading: dict[str, list[tuple[object, str]]] = defaultdict(list)
        for reach, (way, *_) in waiting.items():
            for role, detail in self.ways.targets(way):
                leading[role.resource.urn].append((reach, detail))
        reached = {role.resource.urn for role in mighty}
        queue = deque(mighty)
        while queue:
            role = queue.popleft()
            for reach, detail in leading.get(role.resource.urn, ()):
                left = []
                for way in waiting[reach]:
                    urn = way.holder.resource.urn
                    if urn in reached:
                        continue
                    if not way.admits(role):
                        left.append(way)
                        continue
                    reached.add(urn)
                    found[urn] = (role, f"{way.how}{detail}")
                    if way.holder.resource.token == ROLE:
                        queue.append(way.holder)
                waiting[reach] = left
        return found

    def _outgrowing(self, identity: IdentityGrants) -> Iterator[str]:
        """Roles that a workload may run code of its own under, and that may do what it may not: one for each right.

        Services that start others for their living, such as EventBridge Scheduler, pass on what they were made for.
        """
        if not any(trusts_service(identity.resource, service, certain=True) for service in WORKLOADS):
            return
        for way in self.ways.of(identity):
            if way.code:
                yield from self._first_beyond(identity, way)
        for held in identity.may(PASS_ROLE):
            for _, start in startable(identity, held):
                if stranger := next(filter(self.ways.is_of_another_program, held.resources), None):
                    yield f"{held.on(stranger)}, {start}: it runs code of its own under a role of another program"
                    break

    def _first_beyond(self, identity: IdentityGrants, way: Way) -> Iterator[str]:
        for role, how in self.ways.steps(way):
            if role is not identity and (more := self._beyond(role, identity)):
                yield f"{how} → role {role.name}: {more}, which it may not itself"
                return

    def _beyond(self, role: IdentityGrants, identity: IdentityGrants) -> str | None:
        pair = (role.rights, identity.rights)
        more = None if pair in self._no_more else _beyond(role, identity)
        if more is None:
            self._no_more.add(pair)
        return more


def takeovers(identity: IdentityGrants, of_service: str = "") -> Iterator[str]:
    """Actions (of one service, if named) by which an identity grants itself permissions: a sentence per statement."""
    by_grant: dict[int, list[tuple[Takeover, Held]]] = {}
    numbers = {number for grant in identity.allowed for number in _takeovers_among(grant.actions)}
    for takeover in (TAKEOVERS[number] for number in sorted(numbers)):
        if not takeover.action.startswith(of_service):
            continue
        for held in identity.may(takeover.action):
            if _unlimited(takeover, held):
                by_grant.setdefault(id(held.grant), []).append((takeover, held))
    for found in by_grant.values():
        takeover, held = found[0]
        rest = f" and {len(found) - 1} more ways to other rights" if len(found) > 1 else ""
        yield f"{held}: it {takeover.effect}{rest}"


@lru_cache(maxsize=8192)
def _takeovers_among(actions: NamedActions) -> tuple[int, ...]:
    """Indexes of `TAKEOVERS` whose action is among these."""
    return tuple(number for number, takeover in enumerate(TAKEOVERS) if actions.cover(takeover.action.lower()))


def _beyond(role: IdentityGrants, identity: IdentityGrants) -> str | None:
    """A permission that the role has and the identity lacks, as far as both name it."""
    for grant in role.allowed:
        for action in sorted((*grant.actions.exact, *grant.actions.patterns)):
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
    """Whether all that a condition admits is harmless: no administrator policy, no safeguard turned off."""
    if condition.operator.startswith("bool"):
        wanted = "false" if "external" in condition.key else "true"
        return all(str(value).lower() == wanted for value in condition.values)
    names = [value for value in condition.values if isinstance(value, str)]
    return not any(name.split(AWS_MANAGED)[-1] in ADMIN_POLICIES or _any_of_aws(name) for name in names)


def _any_of_aws(name: str) -> bool:
    return AWS_MANAGED in name and has_wildcard(name)


def _assuming_any(identity: IdentityGrants) -> Iterator[str]:
    for held in identity.may(ASSUME_ROLE):
        statement = held.grant.statement
        wide = next(filter(is_wildcard_resource, held.resources), None)
        if wide and not statement.narrowed_by("iam:resourcetag/", "aws:resourcetag/"):
            yield f"{held.on(wide)}: it becomes any role that trusts the account"
            return


def _passing_any(identity: IdentityGrants) -> Iterator[str]:
    for held in identity.may(PASS_ROLE):
        wide = next(filter(is_wildcard_resource, held.resources), None)
        if wide and not held.grant.statement.narrowed_by("iam:resourcetag/", "aws:resourcetag/"):
            for service, start in startable(identity, held):
                yield f"{held.on(wide)}, {start}: it runs as any role that trusts {service}"
                return
