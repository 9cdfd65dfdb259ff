"""What happens to services of ECS once a secret that they were started with has changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.components.service_tier import SHOP, Built, build, service, shop
from tests.components.shared import ACCOUNT, DATA_KEY, REGION

RULE, TARGET, QUEUE = "cloudwatch/eventRule:EventRule", "cloudwatch/eventTarget:EventTarget", "sqs/queue:Queue"
MANAGED = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!cluster-1-AbCdEf"
OWN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/payment-x1Y2z3"
PARTIAL = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/mail"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/token"
WHEN = "2027-03-10T00:17:42Z"


def moved(arn: str, name: str, label: str = "AWSCURRENT") -> dict[str, Any]:
    """As in the Secrets Manager user guide, "Secret Label Updated event"."""
    detail = {"name": name, "labelUpdated": label, "versionId": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"}
    return _event("aws.secretsmanager", "Secret Label Updated", detail, [arn])


def rotated(arn: str, event: str = "RotationSucceeded") -> dict[str, Any]:
    """As CloudTrail passes it on: the secret stands in `additionalEventData` alone."""
    detail = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": event,
        "eventType": "AwsServiceEvent",
        "requestParameters": None,
        "additionalEventData": {"SecretId": arn},
    }
    return _event("aws.secretsmanager", "AWS Service Event via CloudTrail", detail, [])


def updated(arn: str, operation: str = "Update") -> dict[str, Any]:
    """As in the EventBridge reference, "Parameter Store Change"."""
    detail = {"name": arn.partition(":parameter")[2], "operation": operation, "type": "SecureString"}
    return _event("aws.ssm", "Parameter Store Change", detail, [arn])


def _event(source: str, kind: str, detail: dict[str, Any], resources: list[str]) -> dict[str, Any]:
    return {"source": source, "detail-type": kind, "time": WHEN, "resources": resources, "detail": detail}


def followed(built: Built, event: Any) -> set[str]:
    """The services that get new tasks after the event, by what the rules' targets are given."""
    names: set[str] = set()
    for rule in built.of(RULE):
        if EventPattern.load(rule.inputs.get("eventPattern", "{}")).matches_event(event) and "secret" in rule.name:
            transformer = built.one(TARGET, rule.name).inputs["inputTransformer"]
            assert transformer["inputPaths"] == {"changed": "$.time"}
            message = json.loads(transformer["inputTemplate"].replace("<changed>", event["time"]))
            assert message["changed"] == WHEN
            names.update(message["services"])
    return names


def with_secrets(**by_service: list[str]) -> Built:
    secrets = {name: {f"SECRET_{number}": arn for number, arn in enumerate(arns)} for name, arns in by_service.items()}
    return build([service(name, secrets=variables) for name, variables in secrets.items()])


def test_a_rotated_password_reaches_exactly_the_services_that_were_started_with_it() -> None:
    for event in (moved(MANAGED, "rds!cluster-1"), rotated(MANAGED)):
        assert followed(shop(), event) == {"saleday-dev-catalog"}


@pytest.mark.parametrize(
    "event",
    [
        moved(MANAGED.replace("cluster-1", "cluster-2"), "rds!cluster-2"),
        rotated(MANAGED.replace("cluster-1", "cluster-2")),
        rotated(MANAGED, "RotationStarted"),
        rotated(MANAGED, "RotationFailed"),
        moved(MANAGED, "rds!cluster-1", "CUSTOM"),
    ],
)
def test_what_changes_nothing_for_a_task_starts_nothing(event: dict[str, Any]) -> None:
    assert followed(shop(), event) == set()


@pytest.mark.parametrize(
    ("event", "services"),
    [
        (moved(OWN, "shop/payment"), {"saleday-dev-one", "saleday-dev-two"}),
        (rotated(OWN), {"saleday-dev-one", "saleday-dev-two"}),
        (moved(f"{PARTIAL}-x1Y2z3", "shop/mail"), {"saleday-dev-two"}),
        (moved(f"{PARTIAL}-two-x1Y2z3", "shop/mail-two"), set()),
        (rotated(f"{PARTIAL}-x1Y2z3"), {"saleday-dev-two"}),
        (updated(PARAMETER), {"saleday-dev-three"}),
        (updated(PARAMETER, "Delete"), set()),
        (updated(f"{PARAMETER}2"), set()),
    ],
)
def test_secrets_that_somebody_else_changes_are_followed_too(event: dict[str, Any], services: set[str]) -> None:
    built = with_secrets(one=[f"{OWN}:password::"], two=[f"{OWN}:user::", PARTIAL, OWN], three=[PARAMETER])
    assert followed(built, event) == services


def test_the_function_may_start_tasks_of_those_services_alone() -> None:
    (policy,) = [one for one in shop().of("iam/rolePolicy:RolePolicy") if one.name == "services-secret-changes-policy"]
    (start,) = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Sid"] == "StartNewTasks"]
    assert start["Action"] == ["ecs:DescribeServices", "ecs:UpdateService"]
    assert start["Resource"] == [f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/saleday-dev/saleday-dev-catalog"]


def test_what_fails_for_hours_is_kept_and_rings() -> None:
    built = shop()
    queue, dead = (built.one(QUEUE, f"services-secret-changes{end}").inputs for end in ("", "-dlq"))
    assert json.loads(queue["redrivePolicy"])["deadLetterTargetArn"].endswith(dead["name"])
    assert {queue["kmsMasterKeyId"], dead["kmsMasterKeyId"]} == {DATA_KEY}
    alarm = built.one("cloudwatch/metricAlarm:MetricAlarm", "services-secret-changes-failed").inputs
    assert alarm["dimensions"] == {"QueueName": dead["name"]}
    for rule in (one for one in built.of(TARGET) if "secret-changes" in one.name):
        assert rule.inputs["deadLetterConfig"]["arn"].endswith(dead["name"])


def test_only_the_stacks_own_rules_may_send() -> None:
    (policy,) = [one for one in shop().of("sqs/queuePolicy:QueuePolicy") if one.name == "services-secret-changes"]
    (sends,) = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Allow"]
    assert sends["Principal"] == {"Service": "events.amazonaws.com"}
    assert sends["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/saleday-dev-secret-changes-*"
    }


def test_a_shop_without_secrets_follows_none() -> None:
    built = build([one for one in SHOP if "secrets" not in one and one["name"] != "ui"])
    assert not [one for one in built.of(QUEUE) if "secret" in one.name]


def test_a_preview_names_the_rules_before_the_secrets_are_there() -> None:
    built = build(preview=True)
    assert [one.name for one in built.of(RULE)] == [
        "services-secret-changes-db-catalog-rotation",
        "services-secret-changes-db-catalog-value",
    ]
