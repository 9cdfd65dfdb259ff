"""Roles for people: trust policies, MFA, session duration and permissions boundary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.security import human_role_policies
from components.site import Site
from specs.security import People, PeopleRole

NAMES: Final = ("developer", "operator", "auditor", "break-glass")
# Session tag by which an identity provider vouches for the second factor: AWS sees none in its tokens.
MFA_TAG: Final = "MFA"
# Endpoint of SAML responses (Sign-In user guide); part of their audience.
SAML_AUDIENCE: Final = "https://signin.aws.amazon.com/saml"


@dataclass(frozen=True)
class Crew:
    """The roles, and the one boundary of all."""

    roles: dict[str, aws.iam.Role]
    boundary: aws.iam.Policy


def employ(
    tier: Component,
    people: People,
    *,
    logs_alias: str,
    queue_aliases: Sequence[str],
    revocable: Sequence[str],
    also: Sequence[iam.Statement],
) -> Crew:
    """The four roles and their boundary. `revocable`: patterns of roles whose sessions can be revoked.

    `logs_alias` and `queue_aliases` are aliases of the keys of trails and of queues.

    `also` is within the boundary as well: permissions of the stack's other roles for people.
    """
    site = tier.site
    developer, operator = (
        human_role_policies.developer(site),
        human_role_policies.operator(site, queue_aliases=queue_aliases),
    )
    auditor = human_role_policies.auditor(site, logs_alias=logs_alias)
    break_glass = human_role_policies.break_glass(site, revocable=revocable)
    may: dict[str, list[iam.Statement]] = {
        "developer": developer,
        "operator": [*developer, *operator],
        "auditor": auditor,
        "break-glass": [*developer, *operator, *break_glass],
    }
    specs: dict[str, PeopleRole] = {
        "developer": people.developer,
        "operator": people.operator,
        "auditor": people.auditor,
        "break-glass": people.break_glass,
    }
    everything = [*(statement for duty in may.values() for statement in duty), *also]
    boundary = _policy(
        tier, "people-boundary", "the most that roles for people may do", human_role_policies.boundary(site, everything)
    )
    return Crew({name: _role(tier, name, specs[name], people, may[name], boundary) for name in NAMES}, boundary)


def _policy(tier: Component, what: str, description: str, statements: Sequence[iam.Statement]) -> aws.iam.Policy:
    name = tier.site.named(what)
    return aws.iam.Policy(
        tier.child(what),
        name=name,
        description=f"{tier.site.prefix}: {description}",
        # Without white space: IAM counts characters.
        policy=compact(statements),
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )


def compact(statements: Sequence[iam.Statement]) -> str:
    return json.dumps(json.loads(iam.document(*statements)), separators=(",", ":"), sort_keys=True)


def _role(
    tier: Component,
    what: str,
    spec: PeopleRole,
    people: People,
    statements: Sequence[iam.Statement],
    boundary: aws.iam.Policy,
) -> aws.iam.Role:
    name = tier.site.named(what)
    role = aws.iam.Role(
        tier.child(what),
        name=name,
        description=f"{tier.site.prefix}: people as {what}, with a second factor",
        assume_role_policy=trust(tier.site, people, spec),
        max_session_duration=spec.session_hours * 3600,
        permissions_boundary=boundary.arn,
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
    aws.iam.RolePolicy(
        tier.child(what),
        name="duties",
        role=role.name,
        policy=compact(statements),
        opts=tier.opts(parent=role),
    )
    return role


def trust(site: Site, people: People, spec: PeopleRole) -> str:
    """Trust policy of a role: accounts, with recent MFA, or identity providers that vouch for it."""
    named = people.saml_providers or people.oidc_providers
    accounts = people.accounts or (() if named else (site.account_id,))
    statements: list[dict[str, Any]] = []
    if accounts:
        statements.append(
            _trusting(
                "PeopleWithMfa",
                {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
                ["sts:AssumeRole"],
                {
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                    "NumericLessThanEquals": {"aws:MultiFactorAuthAge": str(spec.mfa_age_minutes * 60)},
                },
            )
        )
    vouched = {f"aws:RequestTag/{MFA_TAG}": "true"}
    if people.saml_providers:
        statements.append(
            _trusting(
                "SamlWithMfa",
                {"Federated": list(people.saml_providers)},
                ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                {"StringEquals": {"SAML:aud": SAML_AUDIENCE, **vouched}},
            )
        )
    for position, provider in enumerate(people.oidc_providers):
        host = provider.arn.partition(":oidc-provider/")[2]
        statements.append(
            _trusting(
                f"OidcWithMfa{position or ''}",
                {"Federated": provider.arn},
                ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                {
                    "StringEquals": {
                        f"{host}:aud": provider.audience,
                        f"{host}:sub": list(provider.subjects),
                        **vouched,
                    }
                },
            )
        )
    return iam.document(*statements)


def _trusting(
    sid: str, principal: Mapping[str, Any], actions: Sequence[str], condition: Mapping[str, Any]
) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": list(actions), "Condition": condition}
