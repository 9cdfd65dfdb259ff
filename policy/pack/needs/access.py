"""Verdict on an API call: every policy between the caller and the thing, one layer after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..documents import statements
from ..graph import Graph
from ..patterns import has_wildcard
from ..resource import Resource
from ..tokens import KEY
from ..values import UndecidedError
from .facts import Facts
from .gates import Gates, GateStatement, ResourcePolicies
from .need import Gate, Hop, Request, State, Verdict
from .passage import hop
from .permissions import Permissions, permissions
from .service_way import ServiceWay
from .statements_met import Opened, Principals, closed_by, described, near, opened_by, resource_of
from .truth import Truth


@dataclass(frozen=True)
class _Layer:
    """The answer of one layer: whether it lets the call pass, by which gates, and the hop if it doesn't."""

    passes: Truth
    gates: frozenset[Gate] = frozenset()
    hop: Hop | None = None
    unknown: str = ""


class Access:
    """One for a graph: `graph.derived(Access)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.facts = graph.derived(Facts)
        self.policies = graph.derived(ResourcePolicies)

    def judge(self, request: Request) -> Verdict:
        full = replace(request, context={**self._context(request), **request.context})
        layers: list[_Layer] = []
        for layer in self._layers(full):
            if layer.passes is False:
                return Verdict(state=State.BROKEN, hop=layer.hop)
            layers.append(layer)
        ways = [layer.gates for layer in layers if layer.gates]
        unknown = next((layer.unknown or full.action for layer in layers if layer.passes is None), "")
        if full.origin is not None:
            way = self.graph.derived(ServiceWay).judge(full)
            if way.state is State.BROKEN:
                return way
            unknown = unknown or (way.unknown if way.state is State.UNKNOWN else "")
            ways += way.ways
        if unknown:
            return Verdict(state=State.UNKNOWN, ways=tuple(ways), unknown=unknown)
        return Verdict(state=State.MET, ways=tuple(ways))

    def _context(self, request: Request) -> dict[str, tuple[str, ...] | None]:
        """The condition keys that AWS fills in for every request. Source: IAM User Guide, global condition keys."""
        facts = self.facts
        context: dict[str, tuple[str, ...] | None] = {"aws:securetransport": ("true",)}
        if facts.region:
            context["aws:requestedregion"] = (facts.region,)
        if request.target is not None and (account := facts.account_of(request.target)):
            context["aws:resourceaccount"] = context["s3:resourceaccount"] = (account,)
            context.update(facts.tags(request.target) or {})
            if request.target.token == KEY:
                context["kms:calleraccount"] = (account,)
                if (aliases := facts.aliases(request.target)) is not None:
                    context["kms:resourcealiases"] = aliases or None
        if request.caller is not None:
            return context | self._of_role(request.caller.resource)
        if request.foreign:
            return context | {"aws:principalaccount": (f"the account of {request.service}",)}
        return context | {
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (request.service,),
            "aws:principalaccount": None,
            "aws:principalarn": None,
            "aws:principalorgid": None,
        }

    def _of_role(self, role: Resource) -> dict[str, tuple[str, ...] | None]:
        context: dict[str, tuple[str, ...] | None] = {
            "aws:principaltype": ("AssumedRole",),
            "aws:principalisawsservice": ("false",),
            "aws:sourceaccount": None,
            "aws:sourcearn": None,
        }
        if account := self.facts.account_of(role):
            context["aws:principalaccount"] = (account,)
        if arn := self.facts.role_arn(role):
            context["aws:principalarn"] = (arn,)
        return context

    def _layers(self, request: Request) -> Iterator[_Layer]:
        if request.trust:
            yield self._trust(request)
        elif request.foreign and request.target is not None:
            yield self._passed(request, request.target)
        elif request.caller is not None:
            yield from self._identity(request, permissions(self.graph, request.caller))
        elif not request.foreign:
            yield self._service(request)

    def _passed(self, request: Request, endpoint: Resource) -> _Layer:
        """An endpoint lets calls pass, whoever makes them."""
        try:
            found = [GateStatement(it, endpoint) for it in statements(endpoint.data.get("policy"))]
        except UndecidedError as error:
            return _Layer(None, unknown=f"{endpoint.name}.{error.path}")
        gates = [
            gate
            for it in found
            if it.statement.allows and it.covers(request.action)
            for gate in it.gates(request.action)
        ]
        return _Layer(True, frozenset((*gates, Gate(endpoint.urn, "endpoint"))))

    # A service takes a role on

    def _trust(self, request: Request) -> _Layer:
        role = request.target
        if role is None:
            return _Layer(None)
        try:
            found = [GateStatement(it, role) for it in statements(role.data.get("assumeRolePolicy"))]
        except UndecidedError as error:
            return _Layer(None, unknown=f"{role.name}.{error.path}")
        principals = Principals(("service",), self._service_names(request.service))
        says = f"role {role.name} doesn't let {request.service} take it on{near(found, request, principals)}"
        refused, _ = closed_by(found, request, principals)
        opened = Opened(False) if refused else opened_by(found, request, principals)
        return _layer(opened, role, says, f"Let {request.service} call {request.action} in its trust policy")

    # A role calls

    def _identity(self, request: Request, held: Permissions) -> Iterator[_Layer]:
        caller = held.identity.resource
        refused, denial = closed_by(held.denied, request)
        if refused and denial:
            yield _Layer(False, hop=hop(caller, f"{denial.label} denies {described(request)}", _UNDENY))
        if held.boundary is not None:
            yield self._bounded(request, held)
        yield from self._owned(request, held)
        if refused is None and denial:
            yield _Layer(None, unknown=denial.label)

    def _bounded(self, request: Request, held: Permissions) -> _Layer:
        caller, boundary = held.identity.resource, held.boundary or ()
        refused, _ = closed_by(boundary, request)
        opened = Opened(False) if refused else opened_by(boundary, request)
        says = f"the permissions boundary of role {caller.name} doesn't allow {described(request)}"
        return _layer(opened, caller, says, f"Allow {request.action} in the boundary")

    def _owned(self, request: Request, held: Permissions) -> Iterator[_Layer]:
        """The role's own policies and the resource's, of which one is enough within an account."""
        caller = held.identity.resource
        opened = opened_by(held.allowed, request)
        if opened.truth is False and held.open:
            opened = Opened(None, unknown=held.open)
        says = f"role {caller.name} may not {described(request)}{near(held.allowed, request)}"
        on = resource_of(request) or "the resource"
        own = _layer(opened, caller, says, f"Allow {request.action} on {on} in a policy of role {caller.name}")
        target = request.target
        if target is None:
            alone = own.passes is False and request.action.startswith(_ALONE) and not has_wildcard(on)
            yield _Layer(None, unknown=f"the policy of {on}") if alone else own
            return
        gates, names = self.policies.of(target), self._names(caller)
        refused, denial = closed_by(gates.found, request, Principals(("aws",), names))
        if refused and denial:
            yield _Layer(False, hop=hop(denial.holder, f"{denial.label} denies {described(request)}", _UNDENY))
        direct = opened_by(gates.found, request, Principals(("aws",), names[:1]))
        if target.token == KEY:
            yield self._key(request, own, direct, gates)
        elif gates.unknown and own.passes is not None:
            yield _Layer(None, unknown=gates.unknown)
        if own.passes is not False or direct.truth is False:
            yield own
        else:
            yield _Layer(direct.truth, direct.gates, unknown=direct.unknown)

    def _names(self, role: Resource) -> tuple[str, ...]:
        arn, facts = self.facts.role_arn(role), self.facts
        account = facts.account_of(role)
        return (arn or "unknown", f"arn:{facts.partition}:iam::{account}:root", account)

    def _service_names(self, service: str) -> tuple[str, ...]:
        """A service principal and its form with the region, which several services still go by."""
        name, _, end = service.partition(".amazonaws.com")
        base = name.removesuffix(f".{self.facts.region}") if self.facts.region else name
        return tuple(
            dict.fromkeys((service, f"{base}.amazonaws.com{end}", f"{base}.{self.facts.region}.amazonaws.com{end}"))
        )

    def _key(self, request: Request, own: _Layer, direct: Opened, gates: Gates) -> _Layer:
        """A key's policy has to let the role in itself, or to leave it to the account's own policies."""
        if gates.unknown or not gates.documents:
            return _Layer(None if gates.unknown else True, unknown=gates.unknown)
        if direct.truth and own.passes is False:
            return _Layer(True, direct.gates)
        delegated = opened_by(gates.found, request, Principals(("aws",), self._names(request_role(request))))
        target = request.target
        if target is None:
            return _Layer(None)
        says = f"the policy of key {target.name} lets neither the role nor the account {request.action}"
        return _layer(delegated, target, says, f"Allow {request.action} in the key's policy")

    # A service calls by itself

    def _service(self, request: Request) -> _Layer:
        target = request.target
        if target is None:
            return _Layer(None, unknown=request.arn or request.action)
        gates = self.policies.of(target)
        principals = Principals(("service",), self._service_names(request.service))
        refused, denial = closed_by(gates.found, request, principals)
        if refused and denial:
            return _Layer(False, hop=hop(denial.holder, f"{denial.label} denies {described(request)}", _UNDENY))
        opened = opened_by(gates.found, request, principals)
        if gates.unknown or (opened.truth and refused is None):
            return _Layer(None, unknown=gates.unknown or (denial.label if denial else ""))
        close = near(gates.found, request, principals)
        says = f"the policy of {target.name} doesn't let {request.service} call {request.action}{close}"
        return _layer(opened, target, says, f"Allow {request.service} {request.action} in the policy of {target.name}")


_UNDENY = "Except the call from the denial"
# Services whose resources' own policies customarily let roles in that have no right of their own.
_ALONE = ("s3:", "sqs:", "sns:", "lambda:", "events:", "ecr:")


def request_role(request: Request) -> Resource:
    if request.caller is None:
        raise TypeError("only a role's call has a role")
    return request.caller.resource


def _layer(opened: Opened, resource: Resource, says: str, mend: str) -> _Layer:
    if opened.truth is False:
        return _Layer(False, hop=hop(resource, says, mend))
    return _Layer(opened.truth, opened.gates, unknown=opened.unknown)
