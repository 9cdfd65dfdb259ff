"""A look at a deployment finds what is wrong with it, and an inventory tells what is new and what was left."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from devtools.conformance import cloud, inventory
from devtools.conformance.inspection import INSPECTIONS, Inspection

REGION = "ap-south-1"
ROLE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@functools.cache
def client(service: str, region: str = REGION) -> Any:
    """Kept, since making one takes longer than asking it; Moto answers whatever client there is."""
    return boto3.client(service, region_name=region, aws_access_key_id="inspection", aws_secret_access_key="inspection")


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cloud, "client", lambda service, address, region: client(service, region))
    with mock_aws():
        yield


def problems(place: str, make: Callable[[], None]) -> list[str]:
    """What a look at a place finds once something has been made there."""
    before = inventory.everything("", [REGION])
    make()
    look = INSPECTIONS[place](Inspection(address="", region=REGION, before=before))
    assert look.count, "what has just been made has to be seen"
    return look.problems


def own_key() -> str:
    made = client("kms").create_key()["KeyMetadata"]
    client("kms").enable_key_rotation(KeyId=made["KeyId"])
    return str(made["Arn"])


def open_group() -> None:
    network = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = client("ec2").create_security_group(GroupName="open", Description="x", VpcId=network)["GroupId"]
    client("ec2").authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=3306, ToPort=3306, CidrIp="0.0.0.0/0"
    )


def plain_queue() -> None:
    client("sqs").create_queue(QueueName="orders")


def queue_with_a_key_of_aws() -> None:
    client("sqs").create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})


def powerful_role() -> None:
    client("iam").create_role(RoleName="deploy", AssumeRolePolicyDocument=ROLE)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName="deploy", PolicyName="all", PolicyDocument=json.dumps(everything))


def everybodys_role() -> None:
    client("iam").create_role(
        RoleName="everybody", AssumeRolePolicyDocument=ROLE.replace('{"Service": "ecs-tasks.amazonaws.com"}', '"*"')
    )


def plain_table() -> None:
    client("dynamodb").create_table(
        TableName="carts",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )


def plain_log_group() -> None:
    client("logs").create_log_group(logGroupName="/shop")


def key_that_stays() -> None:
    client("kms").create_key()


def task_as_root() -> None:
    client("ecs").register_task_definition(
        family="ui", networkMode="awsvpc", containerDefinitions=[{"name": "ui", "image": "ui:1", "memory": 512}]
    )


def plain_cluster() -> None:
    client("ecs").create_cluster(clusterName="shop")


def plain_database() -> None:
    client("rds").create_db_cluster(
        DBClusterIdentifier="orders", Engine="aurora-mysql", MasterUsername="shop", MasterUserPassword="not-a-secret"
    )


@pytest.mark.parametrize(
    ("place", "make", "said"),
    [
        ("security groups", open_group, ["open is open to the world on 3306"]),
        ("queues", plain_queue, ["is not encrypted with a key of the shop's own (none)"]),
        ("queues", queue_with_a_key_of_aws, ["is not encrypted with a key of the shop's own (alias/aws/sqs)"]),
        ("roles", powerful_role, ["deploy may do everything"]),
        ("roles", everybodys_role, ["everybody may be assumed by everybody"]),
        (
            "tables",
            plain_table,
            ["carts can't be recovered to a point in time", "carts is not encrypted with a key of the shop's own"],
        ),
        ("log groups", plain_log_group, ["/shop is kept for ever"]),
        ("keys", key_that_stays, ["does not rotate"]),
        ("task definitions", task_as_root, ["ui, ui runs as root", "ui, ui may write to its own root"]),
        ("container clusters", plain_cluster, ["shop has no enhanced Container Insights"]),
        ("database clusters", plain_database, ["orders is not encrypted with a key of the shop's own"]),
    ],
)
def test_what_is_wrong_is_found(place: str, make: Callable[[], None], said: list[str]) -> None:
    found = "\n".join(problems(place, make))
    assert [line for line in said if line not in found] == []


def test_what_is_right_raises_nothing() -> None:
    def right() -> None:
        key = own_key()
        client("sqs").create_queue(QueueName="orders", Attributes={"KmsMasterKeyId": key})
        client("logs").create_log_group(logGroupName="/shop", kmsKeyId=key)
        client("logs").put_retention_policy(logGroupName="/shop", retentionInDays=30)
        client("iam").create_role(RoleName="task", AssumeRolePolicyDocument=ROLE)

    before = inventory.everything("", [REGION])
    right()
    for place in ("queues", "log groups", "roles", "keys"):
        look = INSPECTIONS[place](Inspection(address="", region=REGION, before=before))
        assert look.count == 1
        assert look.problems == []


def test_an_inventory_has_what_lives_and_nothing_that_was_deleted() -> None:
    before = inventory.everything("", [REGION])
    key, queue = own_key(), client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    client("ecs").create_cluster(clusterName="shop")
    made = inventory.everything("", [REGION])
    assert {place for place in made if made[place] - before[place]} == {"keys", "queues", "container clusters"}
    client("sqs").delete_queue(QueueUrl=queue)
    client("ecs").delete_cluster(cluster="shop")
    client("kms").schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    assert inventory.everything("", [REGION]) == before


def test_a_listing_of_many_pages_is_read_to_its_end() -> None:
    for number in range(60):  # CloudWatch Logs lists fifty at a time
        client("logs").create_log_group(logGroupName=f"/shop/{number}")
    assert len(inventory.everything("", [REGION])["log groups"]) == 60
