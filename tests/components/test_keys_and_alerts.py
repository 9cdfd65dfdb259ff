"""Keys by domain and the topics of alarms: who may use what, and where it lives."""

from __future__ import annotations

import json

import pulumi_aws as aws
import pytest

from components.alerts import Alerts, AlertsArgs
from components.keys import Keys, KeysArgs
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from tests.components.shared import site, statements
from tests.some import some


def build(*, production: bool = False, emails: tuple[str, ...] = ()) -> Recorded:
    given = site(stack="test", production=production, zones="a")

    def program() -> None:
        us_east_1 = aws.Provider("us-east-1", region="us-east-1")
        ring = Keys("keys", KeysArgs(site=given, edge_provider=us_east_1)).ring
        Alerts("alerts", AlertsArgs(site=given, keys=ring, emails=emails, edge_provider=us_east_1))

    return record(program)


@pytest.fixture(scope="module")
def built() -> Recorded:
    return build()


def test_there_is_one_rotated_key_for_each_domain(built: Recorded) -> None:
    keys = built.of("aws:kms/key:Key")
    assert {key.name for key in keys} == {"keys-data", "keys-logs", "keys-edge", "keys-delivery"}
    assert all(key.inputs["enableKeyRotation"] for key in keys)
    aliases = {alias.inputs["name"] for alias in built.of("aws:kms/alias:Alias")}
    assert aliases == {f"alias/saleday-test-{domain}" for domain in ("data", "logs", "edge", "delivery")}


def test_only_the_edges_key_and_topic_live_in_us_east_1(built: Recorded) -> None:
    regions = {
        resource.name: resource.outputs["arn"].split(":")[3]
        for token in ("aws:kms/key:Key", "aws:sns/topic:Topic")
        for resource in built.of(token)
    }
    assert {name for name, region in regions.items() if region == "us-east-1"} == {"keys-edge", "alerts-edge-alerts"}


def test_every_statement_for_a_service_is_bound_to_this_account(built: Recorded) -> None:
    for key in some(built.of("aws:kms/key:Key")):
        for sid, statement in statements(key.inputs["policy"]).items():
            if "Service" in statement["Principal"]:
                assert "123456789012" in json.dumps(statement["Condition"]), f"{key.name} {sid}"
                assert "kms:*" not in statement["Action"]


def test_each_domain_admits_only_its_own_services(built: Recorded) -> None:
    admitted = {
        key.name: {
            statement["Principal"]["Service"]
            for statement in statements(key.inputs["policy"]).values()
            if "Service" in statement["Principal"]
        }
        for key in built.of("aws:kms/key:Key")
    }
    assert admitted["keys-delivery"] == set()
    assert admitted["keys-edge"] == {"logs.us-east-1.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert "cloudtrail.amazonaws.com" in admitted["keys-logs"]
    assert "logs.ap-south-1.amazonaws.com" not in admitted["keys-data"]


@pytest.mark.parametrize(("production", "days"), [(True, 30), (False, 7)])
def test_a_deleted_key_can_be_saved_for_longer_in_production(production: bool, days: int) -> None:
    for key in some(build(production=production).of("aws:kms/key:Key")):
        assert key.inputs["deletionWindowInDays"] == days


def test_topics_are_encrypted_and_take_only_this_accounts_alarms(built: Recorded) -> None:
    keys = {key.name: key.outputs["arn"] for key in built.of("aws:kms/key:Key")}
    topics = {topic.name: topic.inputs["kmsMasterKeyId"] for topic in built.of("aws:sns/topic:Topic")}
    assert topics == {"alerts-alerts": keys["keys-logs"], "alerts-edge-alerts": keys["keys-edge"]}
    for policy in built.of("aws:sns/topicPolicy:TopicPolicy"):
        found = statements(policy.inputs["policy"])
        assert found["AlarmsPublish"]["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
        assert found["DenyPlainHttp"]["Effect"] == "Deny"


def test_each_address_is_subscribed_to_both_topics_and_none_without_addresses(built: Recorded) -> None:
    subscription = "aws:sns/topicSubscription:TopicSubscription"
    assert not built.of(subscription)
    assert len(build(emails=("oncall@shop.example",)).of(subscription)) == 2
