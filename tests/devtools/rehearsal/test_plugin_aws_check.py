"""What the AWS plugin takes of inputs: checks, and the names that it makes up."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue
from tests.devtools.rehearsal.asked_plugin import CLUSTER, QUEUE, TABLE, Asked

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
INSIDE = "rules[0].applyServerSideEncryptionByDefault"

# --- check


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        ("aws:sqs/queu:Queu", {}, "unknown resource type 'aws:sqs/queu:Queu'; did you mean aws:sqs/queue:Queue?"),
        (QUEUE, {"nam": "q"}, "nam aws:sqs/queue:Queue has no property 'nam'; did you mean name?"),
        (QUEUE, {"url": "u"}, "url is an output of aws:sqs/queue:Queue: the provider computes it, it can't be set"),
        (QUEUE, {"delaySeconds": "soon"}, "delaySeconds must be an integer, got the string 'soon'"),
        (QUEUE, {"delaySeconds": 2.5}, "delaySeconds must be an integer, got the number 2.5"),
        (QUEUE, {"fifoQueue": "yes"}, "fifoQueue must be a boolean, got the string 'yes'"),
        (QUEUE, {"tags": ["a"]}, "tags must be a map, got a list"),
        (QUEUE, {"tags": {"a": ["b"]}}, "tags.a must be a string, got a list"),
        (QUEUE, {"name": {"a": "b"}}, "name must be a string, got an object"),
        (QUEUE, {"name": "q", "namePrefix": "q-"}, "namePrefix conflicts with name: give only one of them"),
        (QUEUE, {"redrivePolicy": "{not json"}, "redrivePolicy must be a JSON document, got the string '{not json'"),
        ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, "vpcId is required, but has no value"),
        (
            TABLE,
            {"hashKey": "id", "attributes": [{"nme": "id", "type": "S"}]},
            "attributes[0].nme aws:dynamodb/table:Table has no property 'nme' in attributes[0]; did you mean name?",
        ),
        (TABLE, {"attributes": {"name": "id", "type": "S"}}, "attributes must be a list, got an object"),
        (
            ENCRYPTION,
            {"bucket": "b", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgoritm": "AES256"}}]},
            f"{INSIDE}.sseAlgoritm {ENCRYPTION} has no property 'sseAlgoritm' in {INSIDE}; did you mean sseAlgorithm?",
        ),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"securityGroupId": "sg-1", "ipProtocol": "tcp"},
            "cidrIpv4 exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId is needed, none is",
        ),
        (
            CLUSTER,
            {"engine": "aurora-mysql", "manageMasterUserPassword": True, "masterPassword": "p"},
            "masterPassword conflicts with manageMasterUserPassword: give only one of them",
        ),
        (
            "aws:lambda/function:Function",
            {"role": "r", "code": "a.zip"},
            "code must be an asset, got the string 'a.zip'",
        ),
    ],
)
def test_what_the_provider_would_not_take_is_one_line_that_says_what(
    aws: Asked, token: str, inputs: dict[str, Any], reason: str
) -> None:
    reasons = aws.reasons(token, inputs)
    assert reason in reasons
    assert all("\n" not in line for line in reasons)


def test_a_deep_mistake_is_found_beyond_the_dumps_three_levels(aws: Asked) -> None:
    metric = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
    scope = {"byteMatchStatement": {"positionalConstraint": "EXACTLY", "searchString": "/", "fieldTomatch": {}}}
    rule = {
        "name": "r",
        "priority": 1,
        "visibilityConfig": metric,
        "statement": {"rateBasedStatement": {"aggregateKeyType": "IP", "limit": 100, "scopeDownStatement": scope}},
    }
    acl = {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": metric, "rules": [rule]}
    assert any("fieldTomatch" in reason and "did you mean fieldToMatch" in reason for reason in aws.reasons(
        "aws:wafv2/webAcl:WebAcl", acl
    ))  # fmt: skip


def test_unknown_values_and_spelt_out_numbers_and_booleans_pass(aws: Asked) -> None:
    news = {"name": UNKNOWN, "delaySeconds": "30", "fifoQueue": "true", "tags": UNKNOWN, "policy": UNKNOWN}
    assert aws.checked(QUEUE, news)["name"] is UNKNOWN


def test_no_reason_shows_a_secret(aws: Asked) -> None:
    wrong = {
        "masterPassword": SecretValue(["hunter2hunter2"]),
        "port": SecretValue("hunter2hunter2"),
        "engine": "aurora-mysql",
    }
    answer = aws.check(CLUSTER, wrong)
    assert len(answer.failures) == 2
    for failure in answer.failures:
        assert "hunter2" not in failure.reason
        assert not failure.property, "beside the property's name the engine prints its value"


def test_a_policy_given_as_an_object_becomes_the_document_that_is_kept(aws: Asked) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    checked = aws.checked("aws:iam/rolePolicy:RolePolicy", {"role": "r", "name": "n", "policy": document})
    assert checked["policy"] == '{"Statement":[],"Version":"2012-10-17"}'


def test_a_made_up_name_stays_and_is_noted_as_made_up(aws: Asked) -> None:
    first = aws.checked(QUEUE, {}, name="orders")
    assert first["name"].startswith("orders-")
    assert len(first["name"]) == len("orders-") + 7
    assert first["__defaults"] == ["name"]
    assert aws.checked(QUEUE, {"delaySeconds": 1}, first, name="orders")["name"] == first["name"]
    assert aws.checked(QUEUE, {"name": "own"}, name="orders")["__defaults"] == []


def test_a_successor_gets_a_made_up_name_of_its_own(aws: Asked) -> None:
    first = aws.checked(TABLE, {"hashKey": "a", "attributes": [{"name": "a", "type": "S"}]})
    changed = {"hashKey": "b", "attributes": [{"name": "b", "type": "S"}]}
    second = aws.checked(TABLE, changed, first)
    assert aws.diff(TABLE, first, second).replaces
    assert aws.checked(TABLE, changed)["name"] != first["name"], "it is made while the old one still holds its name"


def test_every_object_carries_the_bridges_note(aws: Asked) -> None:
    checked = aws.checked(TABLE, {"name": "t", "ttl": {"enabled": True}, "attributes": [{"name": "a", "type": "S"}]})
    assert checked["ttl"]["__defaults"] == checked["attributes"][0]["__defaults"] == []
