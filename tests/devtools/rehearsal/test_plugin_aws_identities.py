"""What AWS takes once: the AWS plugin refuses a second thing of the same identity."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.plugins.protocol import provider_pb2
from tests.devtools.rehearsal.asked_plugin import BUCKET, QUEUE, Aborted, Asked, Context, urn

GROUP = "aws:cloudwatch/logGroup:LogGroup"

# --- duplicates


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (BUCKET, {"bucket": "shop"}),
        (GROUP, {"name": "/shop"}),
        (QUEUE, {"name": "orders"}),
        ("aws:iam/role:Role", {"name": "task", "assumeRolePolicy": "{}"}),
        ("aws:iam/rolePolicy:RolePolicy", {"name": "p", "role": "task", "policy": "{}"}),
        ("aws:lb/targetGroup:TargetGroup", {"name": "cart"}),
        ("aws:lb/listener:Listener", {"loadBalancerArn": "arn:1", "port": 443.0}),
        ("aws:secretsmanager/secret:Secret", {"name": "shop"}),
        ("aws:wafv2/webAcl:WebAcl", {"name": "edge", "scope": "REGIONAL"}),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "app", "vpcId": "vpc-1"}),
        ("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}),
        ("aws:kms/alias:Alias", {"name": "alias/shop", "targetKeyId": "k"}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "5xx"}),
    ],
)
def test_a_second_thing_of_the_same_identity_fails_as_it_would_at_aws(
    aws: Asked, token: str, inputs: dict[str, Any]
) -> None:
    aws.create(token, inputs, "first")
    with pytest.raises(Aborted, match=r"ALREADY_EXISTS: .* is made twice: 'first' holds that identity already"):
        aws.create(token, inputs, "second")


@pytest.mark.parametrize(
    ("token", "one", "other"),
    [
        (GROUP, {"name": "/shop"}, {"name": "/shop", "region": "eu-west-1"}),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "a", "vpcId": "vpc-1"}, {"name": "a", "vpcId": "vpc-2"}),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16"}),
        ("aws:ec2/eip:Eip", {}, {}),
        ("aws:ecs/taskDefinition:TaskDefinition", {"family": "f"}, {"family": "f"}),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "r", "policyArn": "p"},
            {"role": "r", "policyArn": "p"},
        ),
        ("aws:lb/listenerRule:ListenerRule", {"listenerArn": "l"}, {"listenerArn": "l"}),
        ("aws:wafv2/ipSet:IpSet", {"name": "s", "scope": "REGIONAL"}, {"name": "s", "scope": "CLOUDFRONT"}),
    ],
)
def test_what_aws_takes_twice_is_no_duplicate(
    aws: Asked, token: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    aws.create(token, one, "first")
    aws.create(token, other, "second")


def test_a_global_name_is_taken_in_every_region(aws: Asked) -> None:
    aws.create(BUCKET, {"bucket": "shop"}, "first")
    with pytest.raises(Aborted):
        aws.create(BUCKET, {"bucket": "shop", "region": "eu-west-1"}, "second")


def test_a_replacement_may_hold_its_name_twice_and_a_deleted_name_is_free(aws: Asked) -> None:
    made = aws.create(QUEUE, {"name": "q"}, "first")
    aws.create(QUEUE, {"name": "q"}, "first")
    aws.plugin.Delete(provider_pb2.DeleteRequest(id=made.id, urn=urn(QUEUE, "first")), Context())
    aws.create(QUEUE, {"name": "q"}, "second")
