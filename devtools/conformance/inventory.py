"""Everything that a cloud holds of the kinds that a deployment makes: to tell what is new, and what was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from devtools.conformance import cloud

EDGE_REGION = "us-east-1"


def all_of(client: Any, operation: str, key: str, **asked: str) -> list[Any]:
    """Everything that a listing holds, on however many pages."""
    return [thing for page in client.get_paginator(operation).paginate(**asked) for thing in page.get(key, ())]


def everything(address: str, regions: Iterable[str]) -> dict[str, frozenset[str]]:
    """Everything of the kinds that are made for real, in these regions and the edge's: to tell what is new, and what
    was left.
    """
    everywhere = {*regions, EDGE_REGION}
    return {
        place: frozenset(thing for where in everywhere for thing in list_all(cloud.client(service, address, where)))
        for place, (service, list_all) in _LISTS.items()
    }


def own_keys(kms: Any) -> list[Any]:
    """The account's own keys from `list_keys`: without those that AWS manages, and without keys pending deletion."""
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


def _ids(operation: str, key: str, field: str | None = None, **asked: str) -> Callable[[Any], list[str]]:
    """Lists the ids in a listing: each thing's `field`, or the things themselves where they are ids."""

    def listed(client: Any) -> list[str]:
        things = all_of(client, operation, key, **asked)
        return things if field is None else [thing[field] for thing in things]

    return listed


# By kind: the service, and what lists the ids of all there is.
_LISTS: dict[str, tuple[str, Callable[[Any], list[str]]]] = {
    "vpcs": ("ec2", _ids("describe_vpcs", "Vpcs", "VpcId")),
    "subnets": ("ec2", _ids("describe_subnets", "Subnets", "SubnetId")),
    "security groups": ("ec2", _ids("describe_security_groups", "SecurityGroups", "GroupId")),
    "endpoints": ("ec2", _endpoints),
    "keys": ("kms", lambda client: [key["KeyId"] for key in own_keys(client)]),
    "tables": ("dynamodb", _ids("list_tables", "TableNames")),
    "queues": ("sqs", _ids("list_queues", "QueueUrls")),
    "topics": ("sns", _ids("list_topics", "Topics", "TopicArn")),
    "buckets": ("s3", _ids("list_buckets", "Buckets", "Name")),
    "roles": ("iam", _ids("list_roles", "Roles", "RoleName")),
    "policies": ("iam", _ids("list_policies", "Policies", "Arn", Scope="Local")),
    "database clusters": ("rds", _ids("describe_db_clusters", "DBClusters", "DBClusterIdentifier")),
    "databases": ("rds", _ids("describe_db_instances", "DBInstances", "DBInstanceIdentifier")),
    "container clusters": ("ecs", _clusters),
    "task definitions": ("ecs", _ids("list_task_definitions", "taskDefinitionArns")),
    "log groups": ("logs", _ids("describe_log_groups", "logGroups", "logGroupName")),
}
