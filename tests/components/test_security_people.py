"""Roles for people: no way in without a second factor, no session without an end, nothing beyond the boundary."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_facts import quotas
from components.security import people
from devtools.recording.recorded import Recorded
from policy.pack.documents import matches
from specs.security import People
from tests.components.security_tier import build, statements
from tests.components.shared import site
from tests.some import some

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
NAMES = ("developer", "operator", "auditor", "break-glass")
PROVIDERS: dict[str, Any] = {
    "accounts": ["210987654321"],
    "samlProviders": ["arn:aws:iam::123456789012:saml-provider/shop"],
    "oidcProviders": [
        {
            "arn": "arn:aws:iam::123456789012:oidc-provider/id.shop.example",
            "audience": "aws",
            "subjects": ["asha", "ravi"],
        }
    ],
}


@pytest.fixture(scope="module")
def tier() -> Recorded:
    return build()


@pytest.fixture(scope="module")
def federated() -> Recorded:
    return build(people=PROVIDERS)


@pytest.mark.parametrize("name", NAMES)
def test_people_of_the_own_account_come_in_with_a_fresh_second_factor_only(tier: Recorded, name: str) -> None:
    (way_in,) = statements(tier.one(ROLE, f"security-{name}"), "assumeRolePolicy").values()
    assert way_in["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}
    assert way_in["Action"] == ["sts:AssumeRole"]
    minutes = 15 if name == "break-glass" else 60
    assert way_in["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThanEquals": {"aws:MultiFactorAuthAge": str(minutes * 60)},
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_way_into_a_role_asks_for_the_second_factor(federated: Recorded, name: str) -> None:
    ways = statements(federated.one(ROLE, f"security-{name}"), "assumeRolePolicy")
    assert set(ways) == {"PeopleWithMfa", "SamlWithMfa", "OidcWithMfa"}
    assert ways["PeopleWithMfa"]["Principal"] == {"AWS": ["arn:aws:iam::210987654321:root"]}, "not the own one beside"
    assert ways["PeopleWithMfa"]["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
    for sid in ("SamlWithMfa", "OidcWithMfa"):
        assert ways[sid]["Condition"]["StringEquals"]["aws:RequestTag/MFA"] == "true", "the provider has to vouch"
        assert "sts:TagSession" in ways[sid]["Action"], "AWS refuses a session with tags without it"
    oidc = ways["OidcWithMfa"]["Condition"]["StringEquals"]
    assert oidc["id.shop.example:aud"] == "aws"
    assert oidc["id.shop.example:sub"] == ["asha", "ravi"]


def test_where_a_provider_is_named_the_own_account_has_no_way_in() -> None:
    only_saml = People.model_validate({"samlProviders": PROVIDERS["samlProviders"]})
    document = json.loads(people.trust(site(), only_saml, only_saml.developer))
    assert [one["Sid"] for one in document["Statement"]] == ["SamlWithMfa"]


def test_sessions_end_and_the_strongest_end_first(tier: Recorded) -> None:
    hours = {name: tier.one(ROLE, f"security-{name}").inputs["maxSessionDuration"] // 3600 for name in NAMES}
    assert hours == {"developer": 8, "operator": 4, "auditor": 8, "break-glass": 1}


def test_all_roles_are_bound_by_one_boundary(tier: Recorded) -> None:
    boundary = tier.one("aws:iam/policy:Policy", "security-people-boundary").outputs["arn"]
    assert {tier.one(ROLE, f"security-{name}").inputs["permissionsBoundary"] for name in NAMES} == {boundary}


def test_documents_keep_to_what_iam_holds(tier: Recorded) -> None:
    boundary = tier.one("aws:iam/policy:Policy", "security-people-boundary").inputs["policy"]
    assert len(boundary) <= quotas.QUOTAS["managedPolicySize"].value
    for name in NAMES:
        inline = tier.one(POLICY, f"security-{name}").inputs["policy"]
        assert len(inline) <= 10_240, "characters of a role's inline policies together"


@pytest.mark.parametrize("name", NAMES)
def test_the_boundary_takes_nothing_away_that_a_role_is_for(tier: Recorded, name: str) -> None:
    allowed = statements(tier.one("aws:iam/policy:Policy", "security-people-boundary")).values()
    for sid, duty in some(statements(tier.one(POLICY, f"security-{name}")).items()):
        for action in duty["Action"]:
            for resource in duty["Resource"]:
                assert any(_covers(one, action, resource, duty.get("Condition")) for one in allowed), (sid, action)


def _covers(one: Any, action: str, resource: str, condition: Any) -> bool:
    """Whether a statement of the boundary lets a duty through: a condition of its own has to be the duty's."""
    if action not in one["Action"] or not any(matches(pattern, resource) for pattern in one["Resource"]):
        return False
    return "Condition" not in one or one["Condition"] == condition


@pytest.mark.parametrize("name", NAMES)
def test_nobody_may_give_rights_to_anyone(tier: Recorded, name: str) -> None:
    """Not even who breaks the glass: the boundary would be worth nothing."""
    giving = (
        "iam:Put",
        "iam:Attach",
        "iam:Create",
        "iam:Update",
        "iam:Pass",
        "iam:Set",
        "sts:",
        "kms:Put",
        "kms:Create",
    )
    for one in some(statements(tier.one(POLICY, f"security-{name}")).values()):
        given = [action for action in one["Action"] if action.startswith(giving)]
        if one["Sid"] == "BecomeApprover":
            assert one["Resource"] == ["arn:aws:iam::123456789012:role/saleday-dev-response-approver"]
        else:
            assert not given, one["Sid"]


def test_an_auditor_changes_nothing(tier: Recorded) -> None:
    reading = (
        "Get",
        "List",
        "Describe",
        "Lookup",
        "Filter",
        "StartQuery",
        "StopQuery",
        "Decrypt",
        "GenerateCredential",
    )
    for one in some(statements(tier.one(POLICY, "security-auditor")).values()):
        assert all(action.split(":")[1].startswith(reading) for action in one["Action"]), one["Sid"]


def test_who_breaks_the_glass_gives_revoked_sessions_back_but_cannot_touch_that_role_itself(tier: Recorded) -> None:
    restored = statements(tier.one(POLICY, "security-break-glass"))["RestoreSessions"]
    assert restored["Resource"] == [
        f"arn:aws:iam::123456789012:role/saleday-dev-{name}" for name in ("*-task", "auditor", "developer", "operator")
    ]
