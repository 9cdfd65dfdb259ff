"""Linked roles and the support plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from account.preflight.checks import linked_roles, support
from account.preflight.look import Subject
from account.preflight.verdict import Outcome
from tests.account.preflight.world import DENIED, THROTTLED, Refused, lines, outcomes, resource, subject, world
from tests.some import some

ROLES, SUFFIXED = linked_roles.checks()
(SUPPORT,) = support.checks()
ECS = resource("aws:ecs/cluster:Cluster", name="saleday-test")
LINKED = resource("aws:iam/serviceLinkedRole:ServiceLinkedRole", customSuffix="saleday-test")


def roles(*names: str) -> dict[str, Any]:
    fixed = {"Path": "/", "RoleId": "x", "Arn": "x" * 20, "CreateDate": 0}
    return {"iam.list_roles": {"Roles": [{"RoleName": name, **fixed} for name in names]}}


def test_linked_roles_are_there_or_made_by_aws() -> None:
    (there,) = lines(ROLES, subject(ECS), world(roles("AWSServiceRoleForECS")))
    (made,) = lines(ROLES, subject(ECS), world(roles()))
    assert there.text == "1 are there"
    assert made.text.startswith("AWS makes AWSServiceRoleForECS at the first use")


@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_roles_that_nobody_may_list_are_not_known(refused: Refused) -> None:
    answers = {"iam.list_roles": refused}
    assert outcomes(ROLES, subject(ECS), world(answers)) == [Outcome.NOT_KNOWN]
    assert outcomes(SUFFIXED, subject(LINKED), world(answers)) == [Outcome.NOT_KNOWN]


@pytest.mark.parametrize(("tags", "expected"), [([], Outcome.FAILS), ([{"ResourceARN": "arn:of:own"}], Outcome.HOLDS)])
def test_a_linked_role_of_ones_own_is_refused_where_it_is_there(tags: list[Any], expected: Outcome) -> None:
    found = roles("AWSServiceRoleForAutoScaling_saleday-test")
    answers = found | {"resourcegroupstaggingapi.get_resources": {"ResourceTagMappingList": tags}}
    assert outcomes(SUFFIXED, subject(LINKED), world(answers)) == [expected]
    assert outcomes(SUFFIXED, subject(LINKED), world(roles("AWSServiceRoleForAutoScaling"))) == [Outcome.HOLDS]


def test_linked_roles_are_called_what_aws_calls_them() -> None:
    for name in some(linked_roles.LINKED_ROLES.values()):
        assert f"/{name}" in str(aws_managed_policies_data), name


def needing(name: str, need: float) -> Subject:
    one = subject()
    return replace(one, plan=replace(one.plan, quotas={name: need}))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"severityLevels": [{"code": "low", "name": "x"}]}, Outcome.HOLDS),
        (Refused("SubscriptionRequiredException"), Outcome.FAILS),
        (DENIED, Outcome.NOT_KNOWN),
        (THROTTLED, Outcome.NOT_KNOWN),
    ],
)
def test_reserved_capacity_asks_for_a_support_plan(answer: Any, outcome: Outcome) -> None:
    answers = {"support.describe_severity_levels": answer}
    assert outcomes(SUPPORT, needing("albReservedLcu", 400), world(answers)) == [outcome]


def test_nothing_else_asks_for_one() -> None:
    assert not SUPPORT.concerns(subject())
    assert not SUPPORT.concerns(needing("fargateVcpu", 400))
