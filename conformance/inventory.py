"""Everything that a cloud holds of the kinds that a deployment makes: to tell what is new, and what was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance import cloud

EDGE_REGION = "us-east-1"


def all_of(client: Any, operation: str, key: str) -> list[Any]:
    """Everything that a listing holds, on however many pages."""
    return [thing for page in client.get_paginator(operation).paginate() for thing in page.get(key, ())]


def everything(address: str, region: str) -> dict[str, frozenset[str]]:
    """Everything of the kinds that are made for real, there and in the edge's region: to tell what is new, and what
    was left.
    """
    regions = {region, EDGE_REGION}
    return {
        place: frozenset(thing for where in regions for thing in list_all(cloud.client(service, address, where)))
        for place, (service, list_all) in _LISTS.items()
    }


def _own_policies(iam: Any) -> list[Any]:
    """The account's own managed policies, without those that AWS keeps."""
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    return [policy for page in pages for policy in page["Policies"]]


def own_keys(kms: Any) -> list[Any]:
    """The account's own keys, as `list_keys` gives them: without those that AWS keeps, and without deleted ones, which
    wait for their end.
    """
    aliases = all_of(kms, "list_aliases", "Aliases")
    of_aws = {alias.get("TargetKeyId") for alias in aliases if alias["AliasName"].startswith("alias/aws/")}
    keys = [key for key in all_of(kms, "list_keys", "Keys") if key["KeyId"] not in of_aws]
    return [key for key in keys if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"]


def _clusters(ecs: Any) -> list[str]:
    """The clusters that are there still: Moto lists those that were deleted too, as inactive."""
    listed = all_of(ecs, "list_clusters", "clusterArns")
    found = ecs.describe_clusters(clusters=listed)["clusters"] if listed else []
    return [cluster["clusterArn"] for cluster in found if cluster["status"] == "ACTIVE"]


def _endpoints(ec2: Any) -> list[str]:
    """The endpoints that are there still: Moto lists those that were deleted too."""
    found = all_of(ec2, "describe_vpc_endpoints", "VpcEndpoints")
    return [endpoint["VpcEndpointId"] for endpoint in found if endpoint["State"].lower() != "deleted"]


# By kind: the service, and what lists the ids of all there is.
_LISTS: dict[str, tuple[str, Callable[[Any], list[str]]]] = {
    "vpcs": ("ec2", lambda c: [v["VpcId"] for v in all_of(c, "describe_vpcs", "Vpcs")]),
    "subnets": ("ec2", lambda c: [s["SubnetId"] for s in all_of(c, "describe_subnets", "Subnets")]),
    "security groups": (
        "ec2",
        lambda c: [g["GroupId"] for g in all_of(c, "describe_security_groups", "SecurityGroups")],
    ),
    "endpoints": ("ec2", _endpoints),
    "keys": ("kms", lambda c: [key["KeyId"] for key in own_keys(c)]),
    "tables": ("dynamodb", lambda c: all_of(c, "list_tables", "TableNames")),
    "queues": ("sqs", lambda c: all_of(c, "list_queues", "QueueUrls")),
    "topics": ("sns", lambda c: [t["TopicArn"] for t in all_of(c, "list_topics", "Topics")]),
    "buckets": ("s3", lambda c: [b["Name"] for b in c.list_buckets()["Buckets"]]),
    "roles": ("iam", lambda c: [r["RoleName"] for r in all_of(c, "list_roles", "Roles")]),
    "policies": ("iam", lambda c: [p["Arn"] for p in _own_policies(c)]),
    "database clusters": (
        "rds",
        lambda c: [d["DBClusterIdentifier"] for d in all_of(c, "describe_db_clusters", "DBClusters")],
    ),
    "databases": (
        "rds",
        lambda c: [d["DBInstanceIdentifier"] for d in all_of(c, "describe_db_instances", "DBInstances")],
    ),
    "container clusters": ("ecs", _clusters),
    "task definitions": ("ecs", lambda c: all_of(c, "list_task_definitions", "taskDefinitionArns")),
    "log groups": ("logs", lambda c: [g["logGroupName"] for g in all_of(c, "describe_log_groups", "logGroups")]),
}
