"""What an account does not say is not known, whatever the reason."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, ParamValidationError

from account.preflight.account import AwsAccount
from account.preflight.reads import read
from account.preflight.verdict import NotKnown
from tests.account.preflight.world import DENIED, REGION, THROTTLED, Refused, Stubbed

TABLES = read("dynamodb", "list_tables", "dynamodb:ListTables", "TableNames", "ResourceNotFoundException")
ACLS = read("wafv2", "list_web_acls", "wafv2:ListWebACLs", "WebACLs[].Name", more=("NextMarker", "NextMarker"))


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        (DENIED, "dynamodb:ListTables is not allowed (AccessDeniedException)"),
        (Refused("UnrecognizedClientException"), "dynamodb:ListTables is not allowed (UnrecognizedClientException)"),
        (THROTTLED, "dynamodb:ListTables is throttled (ThrottlingException)"),
        (Refused("InternalServerError"), "dynamodb:ListTables was refused (InternalServerError)"),
    ],
)
def test_what_is_refused_is_not_known(refused: Refused, says: str) -> None:
    account = Stubbed({"dynamodb.list_tables": refused}).account()
    with pytest.raises(NotKnown) as caught:
        account.ask(TABLES)
    assert str(caught.value) == says
    assert caught.value.code == str(refused)


def test_an_error_that_means_none_is_an_empty_answer() -> None:
    assert Stubbed({"dynamodb.list_tables": Refused("ResourceNotFoundException")}).account().ask(TABLES) == []


def test_no_answer_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(NotKnown, match=r"dynamodb:ListTables has no answer in ap-south-1 \(EndpointConnectionError\)"):
        AwsAccount(session, "123456789012", REGION).ask(TABLES)


def test_an_endpoint_that_nothing_reaches_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def unreachable(*_: object, **__: object) -> None:
        tries.append(1)
        raise ConnectTimeoutError(endpoint_url="https://example.com")

    account = Stubbed({}).account()
    monkeypatch.setattr(AwsAccount, "_pages", unreachable)
    for name in ("one", "two"):
        with pytest.raises(NotKnown, match=r"dynamodb:ListTables has no answer in ap-south-1 \(ConnectTimeoutError\)"):
            account.ask(TABLES, ExclusiveStartTableName=name)
    assert len(tries) == 1


def test_all_pages_are_read_also_where_botocore_has_no_paginator() -> None:
    def page(Scope: str, NextMarker: str = "") -> dict[str, object]:  # noqa: N803 - AWS's own names
        if NextMarker == "":
            return {"WebACLs": [{"Name": "one"}], "NextMarker": "more"}
        return {"WebACLs": [{"Name": "two"}]}

    assert Stubbed({"wafv2.list_web_acls": page}).account().ask(ACLS, Scope="REGIONAL") == ["one", "two"]


def test_the_same_question_is_asked_once_also_where_it_is_refused() -> None:
    stubbed = Stubbed({"dynamodb.list_tables": {"TableNames": ["carts"]}})
    account = stubbed.account()
    assert account.ask(TABLES) == account.ask(TABLES) == ["carts"]
    account.ask(TABLES, "us-east-1")
    assert [region for *_, region in stubbed.asked] == [REGION, "us-east-1"]
    denied = Stubbed({})
    account = denied.account()
    for _ in range(2):
        with pytest.raises(NotKnown):
            account.ask(TABLES)
    assert len(denied.asked) == 1


def test_a_wrong_question_is_nobodys_answer() -> None:
    with pytest.raises(ParamValidationError):
        Stubbed({}).account().ask(TABLES, Nothing="x")
