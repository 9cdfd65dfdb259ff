"""Statements of one layer against a request: which let it pass, which refuse it, and which nearly let it pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..documents import Statement
from ..service_actions import find
from ..tokens import KEY
from .gates import GateStatement
from .need import Gate, Request
from .truth import Truth, covers_resource, every, holds, names_principal


@dataclass(frozen=True)
class Principals:
    """The kinds and names of a caller in policies of resources; without one, the policy is the caller's own."""

    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def named_in(self, statement: Statement) -> Truth:
        return names_principal(statement, self.kinds, self.names) if self.kinds else True


OWN = Principals()
"""Of an identity's own policies, which name no principal."""


@dataclass(frozen=True)
class Opened:
    """`truth` is whether a statement allows the call; `unknown` names one of which that isn't known yet."""

    truth: Truth
    gates: frozenset[Gate] = frozenset()
    unknown: str = ""


def opened_by(found: Iterable[GateStatement], request: Request, principals: Principals = OWN) -> Opened:
    gates: set[Gate] = set()
    maybe: set[Gate] = set()
    unknown = ""
    for it in found:
        if not it.statement.allows:
            continue
        truth = _applies(it, request, principals)
        if truth:
            gates.update(it.gates(request.action))
        elif truth is None:
            unknown = unknown or it.label
            maybe.update(it.gates(request.action))
    if gates:
        return Opened(True, frozenset(gates))
    return Opened(None, frozenset(maybe), unknown) if unknown else Opened(False)


def closed_by(
    found: Iterable[GateStatement], request: Request, principals: Principals = OWN
) -> tuple[Truth, GateStatement | None]:
    """Whether a statement denies the call, and which."""
    maybe: tuple[Truth, GateStatement | None] = (False, None)
    for it in found:
        if it.statement.effect != "deny":
            continue
        truth = _applies(it, request, principals)
        if truth:
            return True, it
        if truth is None:
            maybe = None, it
    return maybe


def near(found: Iterable[GateStatement], request: Request, principals: Principals = OWN) -> str:
    """The statement that would let the call pass but for one thing, and that thing."""
    for it in found:
        statement = it.statement
        if not statement.allows or not principals.named_in(statement) or not it.covers(request.action):
            continue
        if not request.trust and covers_resource(statement, _arn_of(it, request), request.context) is False:
            shown = ", ".join(str(name) for name in statement.resources[:2])
            return f": {it.label} allows it on {shown} only"
        for condition in statement.conditions:
            if holds(Statement(label="", effect="allow", conditions=(condition,)), request.context) is False:
                carried = request.context.get(condition.key)
                values = ", ".join(carried) if carried else "nothing"
                asked = ", ".join(condition.texts)
                return f": {it.label} asks for {condition.key} {asked}, and the call carries {values}"
    return ""


def resource_of(request: Request) -> str:
    """What a statement has to name: `*` for actions that know no resource."""
    known = find(request.action)
    return "*" if known is not None and known.star_only and known.name not in _BY_PATTERN else request.arn


# Actions that the reference lists without a resource, and that are authorised on a pattern of it all the same. Source:
# the message `not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:…:log-group::log-stream:`.
_BY_PATTERN = frozenset(("logs:DescribeLogGroups",))


def _applies(it: GateStatement, request: Request, principals: Principals) -> Truth:
    statement = it.statement
    action = it.covers(request.action)
    if action is False:
        return False
    truths = [action, principals.named_in(statement)]
    if not request.trust:
        truths.append(covers_resource(statement, _arn_of(it, request), request.context))
    if False in truths:
        return False
    return every((*truths, holds(statement, request.context)))


def _arn_of(it: GateStatement, request: Request) -> str:
    """A key's own policy means the key by any resource."""
    return "*" if it.holder.token == KEY and request.target is it.holder else resource_of(request)


def described(request: Request) -> str:
    """`s3:GetObject on arn:…`."""
    arn = resource_of(request)
    return request.action if arn in ("*", "") else f"{request.action} on {arn}"
