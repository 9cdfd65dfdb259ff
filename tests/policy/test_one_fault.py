"""One fault is told by one mandatory rule, so that one waiver is enough."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.rules.hygiene import REQUIRED_TAGS
from policy.pack.stacks import parse
from policy.pack.verdict import judge_stack
from tests.policy.harness import It
from tests.policy.states import exported

TAGS = dict.fromkeys(REQUIRED_TAGS.default, "x")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def of(kind: str, /, **props: Any) -> It:
    return It(f"aws:{kind}", "it", {"tags": TAGS, **props})


def granting(action: str, **more: Any) -> It:
    return of("iam/policy:Policy", policy=document(Action=action, Resource="*", **more))


IMAGES = {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}
TO_ECS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}

ONE_FAULT: dict[str, tuple[str, It]] = {
    "a repository without a key": ("cmk-everywhere", of("ecr/repository:Repository", **IMAGES)),
    "a repository with AWS's key": (
        "cmk-everywhere",
        of("ecr/repository:Repository", **IMAGES, encryptionConfigurations=[{"encryptionType": "AES256"}]),
    ),
    "a function for everybody": (
        "lambda-invoke-scoped",
        of("lambda/permission:Permission", action="lambda:InvokeFunction", function="f", principal="*"),
    ),
    "an address for everybody": (
        "lambda-invoke-scoped",
        of("lambda/functionUrl:FunctionUrl", functionName="f", authorizationType="NONE"),
    ),
    "leave to call an address": (
        "lambda-invoke-scoped",
        of(
            "lambda/permission:Permission", action="lambda:InvokeFunctionUrl", principal="*", functionUrlAuthType="NONE"
        ),
    ),
    "a volume in clear": ("ec2-ebs-cmk", of("ebs/volume:Volume", encrypted=False)),
    "a volume with AWS's key": ("ec2-ebs-cmk", of("ebs/volume:Volume", encrypted=True)),
    "any role to one service": ("iam-passrole-scoped", granting("iam:PassRole", Condition=TO_ECS)),
    "any key": ("iam-kms-decrypt-scoped", granting("kms:Decrypt")),
    "any secret": ("iam-no-exfil", granting("secretsmanager:GetSecretValue")),
    "a bucket for everybody": (
        "resource-policy-not-public",
        of(
            "s3/bucketPolicy:BucketPolicy",
            policy=document(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::b/*"),
        ),
    ),
    "a password in a cluster": (
        "no-given-passwords",
        of("redshiftserverless/namespace:Namespace", adminUserPassword="x", kmsKeyId="k"),
    ),
}


@pytest.mark.parametrize(("rule", "it"), ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_a_fault_is_told_once(rule: str, it: It) -> None:
    verdict = judge_stack(parse(json.dumps(exported(it, stack="team"))), SHIPPED, Judge())
    told = [
        (item.rule.name, item.message)
        for item in verdict.violations
        if item.blocks and item.rule.name != "iam-boundary"
    ]
    assert [name for name, _ in told if name == rule] == [rule], told
    assert {name for name, _ in told} <= {rule, *BESIDE.get(rule, ())}, told


# What else is wrong with the smallest resource that has the fault: a key of another program is no key of this one.
BESIDE = {"no-given-passwords": ("cmk-everywhere",), "iam-passrole-scoped": ("iam-no-escalation",)}


def test_services_that_readers_know_are_named_before_retired_ones() -> None:
    verdict = judge_stack(parse(json.dumps(exported(granting("*"), stack="team"))), SHIPPED, Judge())
    (message,) = [item.message for item in verdict.violations if item.rule.name == "iam-no-wildcard-resource"]
    assert "a4b:" not in message
    assert "(iam:" in message


def test_a_rule_by_group_names_the_group() -> None:
    verdict = judge_stack(parse(json.dumps(exported(*reachable_by_group(), stack="team"))), SHIPPED, Judge())
    assert not any("nobody" in item.message for item in verdict.violations)


def reachable_by_group() -> tuple[It, ...]:
    group = "aws:ec2/securityGroup:SecurityGroup"
    rule = {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "securityGroups": ["sg-app"]}
    return (
        It(group, "app", {"id": "sg-app", "ingress": [{**rule, "securityGroups": [], "cidrBlocks": ["0.0.0.0/0"]}]}),
        It(group, "db", {"id": "sg-db", "ingress": [rule]}),
        It("aws:rds/instance:Instance", "shop", {"vpcSecurityGroupIds": ["sg-db"], "publiclyAccessible": True}),
    )


def test_a_resource_that_a_state_has_twice_is_told_once() -> None:
    key = It("aws:kms/key:Key", "key", {"enableKeyRotation": False, "tags": TAGS})
    topic = It("aws:sns/topic:Topic", "news", {"tags": TAGS})
    verdict = judge_stack(parse(json.dumps(exported(key, key, topic, topic, topic, stack="team"))), SHIPPED, Judge())
    told = [(item.rule.name, item.urn) for item in verdict.violations]
    assert len(told) == len(set(told))
