"""What the provider passes on is judged by rules that see any resource, not a list of known mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devtools.conformance import rules
from devtools.conformance.client import UNKNOWN

ROLE = "aws:iam/role:Role"
TABLE = "aws:dynamodb/table:Table"


def statement(**changes: Any) -> str:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
    merged = {key: value for key, value in {**allowed, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [merged]})


@pytest.mark.parametrize(
    ("token", "inputs", "place"),
    [
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": ["alerts"]}, "alarmActions[0]"),
        ("aws:lambda/function:Function", {"role": "r", "kmsKeyArn": "alias/shop"}, "kmsKeyArn"),
        ("aws:lb/listener:Listener", {"port": 70000}, "port"),
        ("aws:ec2/networkAclRule:NetworkAclRule", {"ruleNumber": 40000}, "ruleNumber"),
        ("aws:appautoscaling/target:Target", {"minCapacity": -1}, "minCapacity"),
        ("aws:appautoscaling/target:Target", {"minCapacity": 5, "maxCapacity": 2}, "minCapacity"),
        (
            "aws:autoscaling/group:Group",
            {"instanceMaintenancePolicy": {"minHealthyPercentage": 101}},
            "instanceMaintenancePolicy",
        ),
        (
            "aws:autoscaling/group:Group",
            {"instanceMaintenancePolicy": {"maxHealthyPercentage": 201}},
            "instanceMaintenancePolicy.maxHealthyPercentage",
        ),
        ("aws:ec2/route:Route", {"destinationCidrBlock": "10.0.0.1/8"}, "destinationCidrBlock"),
        ("aws:s3/bucket:Bucket", {"bucket": "Shop_Media"}, "bucket"),
        ("aws:ecs/service:Service", {"launchType": "FARGATE", "capacityProviderStrategies": [{}]}, "launchType"),
        (TABLE, {"billingMode": "ON_DEMAND"}, "billingMode"),
        (TABLE, {"tableClass": "CHEAP"}, "tableClass"),
        ("aws:xray/samplingRule:SamplingRule", {"fixedRate": 1.5}, "fixedRate"),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"containerDefinitions": '[{"ulimits": [{"name": "x"}]}]'},
            "containerD",
        ),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {"requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "16384"},
            "memory",
        ),
        (ROLE, {"assumeRolePolicy": statement(Effect="Permit")}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Action="GetObject")}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Action=None)}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Resource="shop/*")}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Ressource="*")}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Principal={"Service": "ecs-tasks"})}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Principal={"AWS": "1234"})}, "assumeRolePolicy"),
        (ROLE, {"assumeRolePolicy": statement(Condition={"Like": {}})}, "assumeRolePolicy"),
    ],
)
def test_a_wrong_value_is_found_at_its_place(token: str, inputs: dict[str, Any], place: str) -> None:
    found = rules.problems(token, inputs)
    assert any(at.startswith(place) for at, _ in found), f"AWS refuses this; said: {found}"


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:xray/samplingRule:SamplingRule", {"resourceArn": "*", "fixedRate": 0.05}),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"fromPort": -1, "toPort": -1, "ipProtocol": "icmp"},
        ),
        ("aws:ecs/service:Service", {"deploymentMaximumPercent": 200}),
        ("aws:autoscaling/group:Group", {"instanceMaintenancePolicy": {"maxHealthyPercentage": 110}}),
        ("aws:autoscaling/schedule:Schedule", {"minSize": 0, "maxSize": -1, "desiredCapacity": -1}),
        ("aws:ec2/route:Route", {"destinationCidrBlock": UNKNOWN}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"alarmActions": [UNKNOWN], "threshold": -5}),
        ("aws:iam/role:Role", {"assumeRolePolicy": f'{{"Statement": ["{UNKNOWN}"]}}'}),
        (
            ROLE,
            {"assumeRolePolicy": statement(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")},
        ),
        ("aws:s3/bucket:Bucket", {"bucket": "saleday-prod-media-123456789012"}),
        (TABLE, {"billingMode": "PAY_PER_REQUEST", "attributes": [{"name": "id", "type": "S"}]}),
        ("aws:sns/topic:Topic", {"tags": {"Port": "70000", "minSize": "9", "policyArn": "none"}}),
    ],
)
def test_a_right_or_unknown_value_is_let_pass(token: str, inputs: dict[str, Any]) -> None:
    assert rules.problems(token, inputs) == [], "a false alarm would have to be worked around in the program"


def test_a_secret_is_never_looked_into_nor_named() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "cron(hunter2"}
    said = rules.problems("aws:ssm/parameter:Parameter", {"schedule": secret})
    assert "hunter2" not in str(said), "a secret value must not be printed"
