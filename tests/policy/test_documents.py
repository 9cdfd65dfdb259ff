"""IAM documents are read as IAM reads them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.pack.documents import statements
from policy.pack.patterns import is_wildcard_resource, matches
from policy.pack.values import UndecidedError, Unknown

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize(
    "document",
    [
        json.dumps({"Statement": [STATEMENT]}),
        json.dumps({"Statement": STATEMENT}),
        {"Statement": [STATEMENT]},
        {"statement": {"effect": "allow", "ACTION": ["s3:GetObject"], "resource": ["*"]}},
    ],
)
def test_every_spelling_of_a_document_reads_the_same(document: Any) -> None:
    (statement,) = statements(document)
    assert statement.allows
    assert (statement.actions, statement.resources) == (("s3:GetObject",), ("*",))


@pytest.mark.parametrize(
    "document", ["", "{", "[]", "null", 3, None, [], {"Statement": None}, {"Statement": ["x", 1, None]}]
)
def test_what_is_no_document_grants_nothing(document: Any) -> None:
    assert statements(document) == []


def test_an_unknown_document_is_undecided() -> None:
    with pytest.raises(UndecidedError):
        statements(Unknown("policy"))


def test_an_unknown_action_is_undecided_once_it_is_looked_at() -> None:
    (statement,) = statements({"Statement": {**STATEMENT, "Action": ["s3:GetObject", Unknown("policy.Action")]}})
    with pytest.raises(UndecidedError, match=r"policy\.Action"):
        statement.known_actions()


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("s3:?utObject", "s3:PutObject", True),
        ("S3:put*", "s3:PutObject", True),
        ("s3:Put", "s3:PutObject", False),
        ("s3.PutObject", "s3:PutObject", False),
        ("iam:Pass[R]ole", "iam:PassRole", False),
        ("*", "iam:PassRole", True),
    ],
)
def test_patterns_know_the_star_and_the_question_mark_only(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


@given(st.text(alphabet="abAB:*?./-[]()+", max_size=12), st.text(alphabet="abAB:./-[]()+", max_size=12))
def test_patterns_agree_with_a_plain_translation(pattern: str, value: str) -> None:
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(character, re.escape(character)) for character in pattern.lower())
    assert matches(pattern, value) is (re.fullmatch(expression, value.lower()) is not None)


NAMELESS = (
    "*",
    "**",
    "arn:*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::*/*",
    "arn:aws:s3:::*/media/*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:dynamodb:*:1:table/*/index/*",
    "arn:aws:sqs:*:*:*",
    "arn:aws:logs:r:1:log-group:*",
    "arn:aws:logs:r:1:log-group:*:log-stream:*",
    "arn:aws:secretsmanager:r:1:secret:*",
    "arn:aws:kms:r:1:key/*",
    "arn:aws:iam::1:role/*",
    "arn:aws:*:*:*:*",
    "arn:aws:ec2:*:*:*/*",
)
NAMED = (
    "arn:aws:s3:::shop/*",
    "arn:aws:s3:::shop*",
    "arn:aws:dynamodb:ap-south-1:1:table/orders/index/*",
    "arn:aws:sqs:*:*:orders",
    "arn:aws:logs:r:1:log-group:/shop/ui:*",
    "arn:aws:iam::1:role/app-*",
    "arn:aws:rds-db:r:1:dbuser:cluster-A/*",
    "arn:aws:sns:r:1:shop-alerts",
)


@pytest.mark.parametrize("arn", NAMELESS)
def test_an_arn_that_names_nothing_in_particular_is_a_wildcard(arn: str) -> None:
    assert is_wildcard_resource(arn)


@pytest.mark.parametrize("arn", NAMED)
def test_an_arn_that_names_something_is_none(arn: str) -> None:
    assert not is_wildcard_resource(arn)


@pytest.mark.parametrize(
    ("condition", "narrows"),
    [
        ({"StringEquals": {"AWS:SourceAccount": "1"}}, True),
        ({"ForAnyValue:StringLike": {"aws:SourceAccount": ["1", "2"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:SourceAccount": ["1", "2*"]}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:1:*"}}, True),
        ({"StringLike": {"aws:SourceAccount": ["1", "*"]}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"Null": {"aws:SourceAccount": "false"}}, False),
        ({"StringEquals": {"aws:SourceAccount": []}}, False),
        ({"StringEquals": {"aws:SourceAccount": 123456789012}}, True),
        ({"StringEquals": {"aws:SourceAccount": [None]}}, False),
        ({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, False),
        ({"StringEquals": {"aws:SourceAccount": Unknown("account")}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "ap-south-1"}}, False),
        ({"StringEquals": "aws:SourceAccount"}, False),
    ],
)
def test_a_condition_counts_only_where_it_narrows(condition: Any, narrows: bool) -> None:
    (statement,) = statements({"Statement": {**STATEMENT, "Condition": condition}})
    assert statement.narrowed_by("aws:sourceaccount", "aws:sourcearn") is narrows
