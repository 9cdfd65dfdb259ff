"""Roles, their documents and what is attached to them; keys and secrets."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Graph
from ..resource import Resource
from ..tokens import (
    GROUP,
    GROUP_POLICY,
    GROUP_POLICY_ATTACHMENT,
    INSTANCE_PROFILE,
    KEY,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    ROLE_POLICY_ATTACHMENTS_EXCLUSIVE,
    SECRET,
    USER,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
)
from .base import Counter, QuotaUse, amount, by_parent, document_size, each, iam_size, label, shared, total

ALIAS = "aws:kms/alias:Alias"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
GRANT = "aws:kms/grant:Grant"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"


def _document(resource: Resource) -> float:
    return iam_size(resource.get("policy"))


def _trust(resource: Resource) -> float:
    return iam_size(resource.get("assumeRolePolicy"))


def _blocks(resource: Resource) -> float:
    return sum(iam_size(block.get("policy")) for block in resource.blocks("inlinePolicies"))


def _inline(graph: Graph) -> Iterator[QuotaUse]:
    """The inline policies of each role together."""
    found = by_parent(graph, (ROLE,), (ROLE_POLICY, "role"), measure=_document)
    for role in graph.of(ROLE):
        if own := amount(_blocks, role):
            found[role.urn] = (label(role), found.get(role.urn, ("", 0.0))[1] + own)
    for holder, characters in found.values():
        yield QuotaUse("inlinePoliciesPerRole", holder, characters)


def _attached(graph: Graph) -> Iterator[QuotaUse]:
    """Managed policies of each role: attachments, or the role's own list if it is longer."""
    ways = ((ROLE_POLICY_ATTACHMENT, "role"), (POLICY_ATTACHMENT, "roles"))
    found = by_parent(graph, (ROLE,), *ways)
    for role in graph.of(ROLE):
        own = amount(lambda one: float(len(one.items("managedPolicyArns"))), role)
        if own > found.get(role.urn, ("", 0.0))[1]:
            found[role.urn] = (label(role), own)
    for holder, policies in found.values():
        yield QuotaUse("policiesPerRole", holder, policies)
    exclusive = by_parent(
        graph,
        (ROLE,),
        (ROLE_POLICY_ATTACHMENTS_EXCLUSIVE, "roleName"),
        measure=lambda one: float(len(one.items("policyArns"))),
    )
    for holder, policies in exclusive.values():
        yield QuotaUse("policiesPerRole", holder, policies)


COUNTERS: tuple[Counter, ...] = (
    total("rolesPerAccount", ROLE, regional=False),
    total("customerPolicies", POLICY, regional=False),
    total("instanceProfiles", INSTANCE_PROFILE, regional=False),
    total("identityProviders", "aws:iam/openIdConnectProvider:OpenIdConnectProvider", regional=False),
    total("samlProviders", "aws:iam/samlProvider:SamlProvider", regional=False),
    total("usersPerAccount", USER, regional=False),
    total("userGroups", GROUP, regional=False),
    each("managedPolicySize", POLICY, measure=_document),
    each("trustPolicySize", ROLE, measure=_trust),
    _inline,
    shared("inlinePoliciesPerUser", [USER], (USER_POLICY, "user"), measure=_document),
    shared("inlinePoliciesPerGroup", [GROUP], (GROUP_POLICY, "group"), measure=_document),
    _attached,
    shared("policiesPerUser", [USER], (USER_POLICY_ATTACHMENT, "user"), (POLICY_ATTACHMENT, "users")),
    shared("policiesPerGroup", [GROUP], (GROUP_POLICY_ATTACHMENT, "group"), (POLICY_ATTACHMENT, "groups")),
    total("kmsKeys", KEY),
    each("keyPolicySize", KEY, KEY_POLICY, measure=document_size("policy")),
    shared("aliasesPerKey", [KEY], (ALIAS, "targetKeyId")),
    shared("grantsPerKey", [KEY], (GRANT, "keyId")),
    total("secrets", SECRET),
    each("secretPolicySize", SECRET, SECRET_POLICY, measure=document_size("policy")),
)
