"""Permissions of every role, user, group and permission set, from all that is attached to it, wherever it is declared.

A grant reaches an identity inline, by a policy of its own, by an attachment through a third resource, by an attachment
of several identities at once, through a group, or because a resource's own policy names the identity. A boundary and a
certain denial (one without conditions) take away again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from .actions import AWS_MANAGED_GRANTS
from .documents import Statement, statements
from .grants import IdentityGrants
from .graph import Graph, values_at
from .resource import Resource
from .resource_documents import RESOURCE_DOCUMENTS
from .tokens import (
    GROUP,
    GROUP_POLICY,
    GROUP_POLICY_ATTACHMENT,
    GROUP_POLICY_ATTACHMENTS_EXCLUSIVE,
    PERMISSION_SET,
    PERMISSION_SET_ATTACHMENT,
    PERMISSION_SET_BOUNDARY,
    PERMISSION_SET_CUSTOMER_POLICY,
    PERMISSION_SET_INLINE,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    ROLE_POLICY_ATTACHMENTS_EXCLUSIVE,
    USER,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
    USER_POLICY_ATTACHMENTS_EXCLUSIVE,
)
from .values import Block, UndecidedError, Unknown, listed

IDENTITIES = (ROLE, USER, GROUP, PERMISSION_SET)
DOCUMENTS = (POLICY, ROLE_POLICY, USER_POLICY, GROUP_POLICY, PERMISSION_SET_INLINE)

AWS_MANAGED = ":iam::aws:policy/"

# Resources with a document for an identity: the property that names the identity, and that of the document.
_OWN = {
    ROLE: ((ROLE_POLICY, "role", "policy"),),
    USER: ((USER_POLICY, "user", "policy"),),
    GROUP: ((GROUP_POLICY, "group", "policy"),),
    PERMISSION_SET: ((PERMISSION_SET_INLINE, "permissionSetArn", "inlinePolicy"),),
}
# Attachments of a policy to an identity: the property that names the identity, and that of the policy.
_ATTACHED = {
    ROLE: (
        (ROLE_POLICY_ATTACHMENT, "role", "policyArn"),
        (POLICY_ATTACHMENT, "roles", "policyArn"),
        (ROLE_POLICY_ATTACHMENTS_EXCLUSIVE, "roleName", "policyArns"),
    ),
    USER: (
        (USER_POLICY_ATTACHMENT, "user", "policyArn"),
        (POLICY_ATTACHMENT, "users", "policyArn"),
        (USER_POLICY_ATTACHMENTS_EXCLUSIVE, "userName", "policyArns"),
    ),
    GROUP: (
        (GROUP_POLICY_ATTACHMENT, "group", "policyArn"),
        (POLICY_ATTACHMENT, "groups", "policyArn"),
        (GROUP_POLICY_ATTACHMENTS_EXCLUSIVE, "groupName", "policyArns"),
    ),
    PERMISSION_SET: (
        (PERMISSION_SET_ATTACHMENT, "permissionSetArn", "managedPolicyArn"),
        (PERMISSION_SET_CUSTOMER_POLICY, "permissionSetArn", "customerManagedPolicyReference.name"),
    ),
}
_MEMBERSHIPS = (
    ("aws:iam/userGroupMembership:UserGroupMembership", "user", "groups"),
    ("aws:iam/groupMembership:GroupMembership", "users", "group"),
)


class Identities:
    """All identities of a stack, by URN."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._used: set[str] = set()
        self._bounding: set[str] = set()
        self.outside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """By identity: ARNs of attached policies that this program doesn't write, each with the attachment's URN."""
        self._by_part: dict[str, list[Resource]] = defaultdict(list)
        for policy in graph.of(POLICY):
            self._by_part[arn_part(policy) or ""].append(policy)
        self.all = {resource.urn: self._identity(resource) for resource in graph.of(*IDENTITIES)}
        for group, user in self._members():
            user.allowed += group.allowed
            user.denied += group.denied
            user.undecided = user.undecided or group.undecided
        self._add_resource_policies()

    def alone(self, resource: Resource) -> IdentityGrants | None:
        """A policy that no identity of the program has, as the only policy of an identity: others may attach it."""
        if resource.urn in self._used:
            return None
        holder = IdentityGrants(resource=resource)
        holder.take(
            resource.name, _raw(resource, "inlinePolicy" if resource.token == PERMISSION_SET_INLINE else "policy")
        )
        return holder

    @cached_property
    def only_bounding(self) -> frozenset[str]:
        """URNs of policies used only as boundaries, so that they grant nothing themselves."""
        places = {(token, path) for found in _ATTACHED.values() for token, _, path in found}
        places |= {(token, "managedPolicyArns") for token in IDENTITIES}
        attached = {
            policy.urn
            for token, path in places
            for holder in self.graph.of(token)
            for policy in self._policies(holder, path)
        }
        return frozenset(self._bounding - attached)

    @cached_property
    def role_parts(self) -> frozenset[str]:
        """The last parts of the ARNs of all roles, as far as they are known."""
        return frozenset(part for role in self.of(ROLE) if (part := arn_part(role.resource)))

    def of(self, *tokens: str) -> list[IdentityGrants]:
        return [identity for identity in self.all.values() if identity.resource.token in tokens]

    def _identity(self, resource: Resource) -> IdentityGrants:
        identity = IdentityGrants(resource=resource)
        for source, body, holder in self._documents(resource):
            identity.take(source, body, holder)
        if boundary := self._boundary(resource):
            bound = IdentityGrants(resource=resource)
            for source, body, holder in boundary:
                bound.take(source, body, holder)
            identity.unread = bound.undecided
            identity.undecided = identity.undecided or bound.undecided
            identity.boundary = None if bound.undecided else [*bound.allowed, *bound.denied]
        return identity

    def _documents(self, resource: Resource) -> Iterator[tuple[str, Any, str]]:
        """Each document of the identity, which may be `Unknown`, between the name and the URN of what holds it."""
        graph = self.graph
        yield from _inline(resource)
        for token, path, body in _OWN[resource.token]:
            found = graph.companions(resource, path, token)
            self._used.update(own.urn for own in found)
            yield from ((own.name, _raw(own, body), own.urn) for own in found)
        attachments = [(resource, "managedPolicyArns")]
        for token, path, policy_path in _ATTACHED[resource.token]:
            attachments += [(found, policy_path) for found in graph.companions(resource, path, token)]
        for attachment, path in attachments:
            policies = self._policies(attachment, path)
            self._used.update(policy.urn for policy in policies)
            yield from ((policy.name, _raw(policy, "policy"), policy.urn) for policy in policies)
            values, unknown = values_at(attachment, path)
            managed = map(_managed, values)
            yield from ((name, {"Statement": body}, attachment.urn) for name, body in managed if body)
            written = {part for policy in policies if (part := arn_part(policy))}
            written |= {str(policy.outputs.get("arn", "")).split(":", 5)[-1] for policy in policies}
            self.outside[resource.urn] += [
                (arn, attachment.urn) for arn in sorted(values) if _part_of(arn) not in written
            ]
            if unknown and not policies:
                yield attachment.name, Unknown(f"{attachment.name}.{path}"), attachment.urn

    def _policies(self, holder: Resource, path: str) -> list[Resource]:
        """The program's policies that a property refers to, including ARNs built from names before AWS returns them."""
        found = {policy.urn: policy for policy in self.graph.targets(holder, path, POLICY)}
        for value in values_at(holder, path)[0]:
            part = value.split(":", 5)[-1] if value.startswith("arn:") else ""
            found.update((policy.urn, policy) for policy in self._by_part.get(part, ()))
        return list(found.values())

    def _boundary(self, resource: Resource) -> list[tuple[str, Any, str]]:
        """The documents of the identity's boundary, as far as they are this program's."""
        holders = [(resource, "permissionsBoundary")]
        if resource.token == PERMISSION_SET:
            found = self.graph.companions(resource, "permissionSetArn", PERMISSION_SET_BOUNDARY)
            holders = [(item, "permissionsBoundary.customerManagedPolicyReference.name") for item in found]
        policies = [policy for holder, path in holders for policy in self._policies(holder, path)]
        self._used.update(policy.urn for policy in policies)
        self._bounding.update(policy.urn for policy in policies)
        return [(policy.name, _raw(policy, "policy"), policy.urn) for policy in policies]

    def _members(self) -> Iterator[tuple[IdentityGrants, IdentityGrants]]:
        """Groups with their users."""
        for token, user_path, group_path in _MEMBERSHIPS:
            for membership in self.graph.of(token):
                groups = self.graph.targets(membership, group_path, GROUP)
                users = self.graph.targets(membership, user_path, USER)
                yield from ((self.all[group.urn], self.all[user.urn]) for group in groups for user in users)

    def _add_resource_policies(self) -> None:
        """Adds grants of resource policies to the identities that they name."""
        by_part = {part: identity for identity in self.all.values() if (part := arn_part(identity.resource))}
        for token, path in RESOURCE_DOCUMENTS.items():
            for source in self.graph.of(token):
                for statement in _readable(source, path):
                    for kind, value in statement.principals:
                        part = value.split(":", 5)[-1] if kind == "aws" and isinstance(value, str) else ""
                        if part in by_part:
                            by_part[part].add(statement, source.name, on=source.name)


def arn_part(resource: Resource) -> str | None:
    """The last part of an identity's ARN, `role/app/shop-cart`: known from its name before the ARN is."""
    arn = resource.outputs.get("arn")
    if isinstance(arn, str) and arn.startswith("arn:"):
        return arn.split(":", 5)[-1]
    kind = {ROLE: "role", USER: "user", GROUP: "group", POLICY: "policy"}.get(resource.token)
    name = resource.data.get("name")
    if name is None:  # the engine, or the provider after a prefix, adds some digits
        prefix = resource.data.get("namePrefix")
        name = f"{prefix}{_DIGITS}" if isinstance(prefix, str) else f"{resource.name}-{_DIGITS}"
    path = resource.data.get("path") or "/"
    return f"{kind}{path}{name}" if kind and isinstance(name, str) and isinstance(path, str) else None


# Placeholder for the digits of a generated name: a pattern that matches the rest matches them.
_DIGITS = "0000000"


def _part_of(arn: str) -> str:
    return arn.split(":", 5)[-1]


def _inline(resource: Resource) -> Iterator[tuple[str, Any, str]]:
    entries = resource.data.get("inlinePolicies")
    for index, entry in enumerate(listed(entries)):
        body = entry if isinstance(entry, Unknown) else Block(entry).data.get("policy")
        yield f"inline policy {index}", body, resource.urn


def _raw(resource: Resource, path: str) -> Any:
    value = resource.data.get(path)
    return Unknown(f"{resource.name}.{path}") if isinstance(value, Unknown) else value


def _readable(source: Resource, path: str) -> list[Statement]:
    """The statements of a resource's policy; an unreadable one is reported by the rules on the document itself."""
    try:
        return statements(source.data.get(path))
    except UndecidedError:
        return []


def _managed(arn: str) -> tuple[str, Any]:
    """The name of a policy that AWS manages, and what it grants where that is more than a service's own role needs."""
    name = arn.split(AWS_MANAGED, 1)[1] if AWS_MANAGED in arn else ""
    return name, AWS_MANAGED_GRANTS.get(name)
