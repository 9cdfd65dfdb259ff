"""Principals that a role's trust policy admits: services, the account, identities by name."""

from __future__ import annotations

from .conditions import Condition, binds
from .documents import Statement, allowing
from .grants import IdentityGrants
from .identities import arn_part
from .patterns import matches
from .resource import Resource
from .tokens import ROLE
from .values import UndecidedError, Unknown


def trust(role: Resource) -> list[Statement]:
    """The allow statements of a role's trust policy; none while they are not known yet."""
    try:
        return list(allowing(role.data.get("assumeRolePolicy")))
    except UndecidedError:
        return []


def trusts_service(role: Resource, service: str, *, certain: bool = False) -> bool:
    """Whether a service may assume the role; what isn't known yet may, unless it has to be certain."""
    if isinstance(role.data.get("assumeRolePolicy"), Unknown):
        return not certain
    return any(
        value == "*" or (kind == "service" and (value == service or (isinstance(value, Unknown) and not certain)))
        for statement in trust(role)
        for kind, value in statement.principals
    )


def trusts_account(role: Resource, identity: IdentityGrants) -> bool:
    """Whether an identity of the account may assume the role once its own permissions let it."""
    return any(
        _of_account(value) and _conditions_admit(statement, identity)
        for statement in trust(role)
        for kind, value in statement.principals
        if kind in ("aws", "*")
    )


def _of_account(value: object) -> bool:
    return isinstance(value, str) and (value == "*" or value.endswith(":root") or value.isdigit())


def _conditions_admit(statement: Statement, identity: IdentityGrants) -> bool:
    """Whether a trust policy's conditions can hold for an identity: its name, and no MFA."""
    return not any(_names_another(item, identity) or _asks_factor(item, identity) for item in statement.conditions)


def _names_another(condition: Condition, identity: IdentityGrants) -> bool:
    if condition.key != "aws:principalarn" or not binds(condition, ()):
        return False
    part = arn_part(identity.resource)
    names = [value.split(":", 5)[-1] for value in condition.values if isinstance(value, str)]
    return part is not None and bool(names) and not any(matches(name, part) for name in names)


def _asks_factor(condition: Condition, identity: IdentityGrants) -> bool:
    """Whether MFA is required, which sessions of services and roles never have."""
    if condition.key != "aws:multifactorauthpresent" or condition.operator != "bool":
        return False
    return identity.resource.token == ROLE and [str(value).lower() for value in condition.values] == ["true"]
