"""Quotas: what the stack takes, what the account has, what others in it take, and what the settings say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from account.preflight.checks import quotas
from account.preflight.look import Check, Subject
from account.preflight.verdict import Outcome, ReportLine
from aws_facts.quotas import QUOTAS
from policy.pack.limits import Need
from tests.account.preflight.world import DENIED, REGION, THROTTLED, Refused, lines, subject, whole, world

APPLIED = "service-quotas.list_service_quotas"
DEFAULTS = "service-quotas.list_aws_default_service_quotas"
TAGS = "resourcegroupstaggingapi.get_resources"
NO_TAGS: dict[str, Any] = {TAGS: {"ResourceTagMappingList": []}}


def check_of(name: str) -> Check:
    services = sorted({quota.service or "" for quota in QUOTAS.values()})
    return list(quotas.checks())[services.index(QUOTAS[name].service or "")]


def taking(name: str, base: float, sale: float = 0, place: str = REGION, **changes: object) -> Subject:
    return replace(subject(**changes), needs=(Need(quota=name, place=place, base=base, sale=sale),))


def applied(name: str, value: float, call: str = APPLIED) -> dict[str, Any]:
    return {call: {"Quotas": [{"QuotaCode": QUOTAS[name].code, "Value": value}]}}


def said(name: str, of: Subject, answers: Any) -> list[ReportLine]:
    return lines(check_of(name), of, world(answers))


def test_a_new_account_does_not_hold_the_base_load() -> None:
    (line,) = said("fargateVcpu", taking("fargateVcpu", 13), applied("fargateVcpu", 6))
    assert line.outcome is Outcome.FAILS
    assert line.text == "Fargate On-Demand vCPU resource count: the stack takes 13, and the account has 6"
    assert "--service-code fargate --quota-code L-3032A538 --desired-value 13" in line.remedy


def test_a_grown_account_holds_it_and_the_settings_are_told() -> None:
    (line,) = said("fargateVcpu", taking("fargateVcpu", 13), applied("fargateVcpu", 500))
    assert line.outcome is Outcome.HOLDS
    assert [(change.setting, change.value) for change in line.changes] == [("saleday:quotas.granted.fargateVcpu", 500)]


@pytest.mark.parametrize(
    ("granted", "has", "written"),
    [(400, 500, [500]), (500, 500, []), (500, 100, [100]), (None, 6, []), (None, 500, [])],
)
def test_what_the_settings_say_is_put_right(granted: float | None, has: float, written: list[float]) -> None:
    quota = {"granted": {"fargateVcpu": granted}} if granted else {}
    found = said("fargateVcpu", taking("fargateVcpu", 3, quotas=quota), applied("fargateVcpu", has))
    assert [change.value for line in found for change in line.changes] == written


@pytest.mark.parametrize(
    ("request_more", "outcome"), [(True, Outcome.NOT_KNOWN), (False, Outcome.FAILS)], ids=["requested", "not requested"]
)
def test_what_a_sale_takes_is_asked_for_in_time_or_fails(request_more: bool, outcome: Outcome) -> None:
    of = taking("fargateVcpu", 3, 100, quotas={"request": request_more})
    (line,) = said("fargateVcpu", of, applied("fargateVcpu", 6))
    assert line.outcome is outcome
    assert "a sale takes 100, and the account has 6" in line.text
    assert line.remedy
    assert not line.changes, "the settings take the default for granted as it is"


def test_a_default_counts_where_nothing_is_applied() -> None:
    answers = {APPLIED: {"Quotas": []}, **applied("fargateVcpu", 6, DEFAULTS)}
    assert said("fargateVcpu", taking("fargateVcpu", 13), answers)[0].outcome is Outcome.FAILS
    nowhere = {APPLIED: {"Quotas": []}, DEFAULTS: {"Quotas": []}}
    assert said("fargateVcpu", taking("fargateVcpu", 1), nowhere)[0].outcome is Outcome.NOT_KNOWN


@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
@pytest.mark.parametrize("name", ["fargateVcpu", "lambdaConcurrency", "vpcs"])
def test_what_is_refused_is_not_known(name: str, refused: Refused) -> None:
    answers = {APPLIED: refused, "lambda.get_account_settings": refused}
    assert [line.outcome for line in said(name, taking(name, 1), answers)] == [Outcome.NOT_KNOWN]


def concurrency(limit: int, unreserved: int) -> dict[str, Any]:
    used = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
    return {"lambda.get_account_settings": {"AccountLimit": used}, **NO_TAGS}


@pytest.mark.parametrize(
    ("limit", "unreserved", "outcome"),
    [(10, 10, Outcome.FAILS), (1000, 1000, Outcome.HOLDS), (1000, 900, Outcome.HOLDS), (100, 60, Outcome.FAILS)],
)
def test_lambda_says_itself_how_much_a_new_account_has(limit: int, unreserved: int, outcome: Outcome) -> None:
    found = said("lambdaConcurrency", taking("lambdaConcurrency", 70), concurrency(limit, unreserved))
    assert found[0].outcome is outcome


def vpcs(*ids: str, owned: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "ec2.describe_vpcs": {"Vpcs": [{"VpcId": one} for one in ids]},
        TAGS: {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in owned]},
        **applied("vpcs", 5),
    }


def test_what_others_have_counts_and_what_the_stack_has_does_not() -> None:
    full = ("vpc-1", "vpc-2", "vpc-3", "vpc-4", "vpc-5")
    (line,) = said("vpcs", taking("vpcs", 1), vpcs(*full))
    assert (line.outcome, line.text) == (
        Outcome.FAILS,
        "VPCs per Region: the stack takes 1, others 5, and the account has 5",
    )
    own = "arn:aws:ec2:ap-south-1:123456789012:vpc/vpc-5"
    assert [one.outcome for one in said("vpcs", taking("vpcs", 1), vpcs(*full, owned=(own,)))] == [Outcome.HOLDS]


def test_policies_of_others_count_too() -> None:
    policies = [{"policyName": f"of-others-{number}"} for number in range(9)]
    there = {"logs.describe_resource_policies": {"resourcePolicies": policies}, **applied("logResourcePolicies", 10)}
    (line,) = said("logResourcePolicies", taking("logResourcePolicies", 2), there | NO_TAGS)
    assert line.outcome is Outcome.FAILS
    assert "others 9, and the account has 10" in line.text
    assert line.remedy == "AWS doesn't raise it: take less of it"


def test_a_quota_that_nobody_lists_is_the_default_or_what_was_granted() -> None:
    name = "cloudfrontRequests"
    assert QUOTAS[name].service is None
    assert said(name, taking(name, 1, 200_000), {})[0].outcome is Outcome.HOLDS
    (line,) = said(name, taking(name, 1, 300_000), {})
    assert (line.outcome, line.remedy) == (Outcome.FAILS, "ask AWS Support for 300,000, then WRITE=1")
    granted = taking(name, 1, 300_000, quotas={"granted": {name: 400_000}})
    assert said(name, granted, {})[0].outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ("the account", "us-east-1"),
        ("us-east-1", "us-east-1"),
        ("us-west-2b", "us-west-2"),
        ("event bus default", REGION),
    ],
)
def test_a_quota_is_asked_for_where_it_is(place: str, region: str) -> None:
    (one,) = quotas.taken_of("vpc", taking("natGatewaysPerZone", 1, place=place))
    assert one.region == region


@pytest.mark.parametrize("stack", ["prod", "eks", "ec2"])
def test_every_need_of_a_stack_is_held(stack: str) -> None:
    services = {quota.service or "" for quota in QUOTAS.values()}
    asked = {taken.quota.name for service in services for taken in quotas.taken_of(service, whole(stack))}
    needs = {need.quota for need in whole(stack).needs if need.base + need.sale}
    assert asked >= needs | whole(stack).plan.quotas.keys()
    assert len(asked) > 20
