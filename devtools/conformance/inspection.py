"""Inspection of a deployment with boto3: encryption on, no open group, roles as intended."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from devtools.conformance import cloud
from devtools.conformance.inventory import all_of, own_keys
from devtools.rehearsal.workspace import Workspace

_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_PUBLIC_PORTS = {80, 443}
_POWERFUL = {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"}
"""AWS's own policies that no role of a shop has a use for."""

_LOAD_BALANCERS = "logdelivery.elasticloadbalancing.amazonaws.com"
"""Service principal that writes load balancers' access logs, to buckets with SSE-S3 only."""


@dataclass
class Inspection:
    """One inspection. `before` are Moto's initial resources, which are ignored."""

    address: str
    region: str
    before: Mapping[str, frozenset[str]]
    count: int = 0
    problems: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return cloud.client(service, self.address, self.region)

    def new(self, place: str, key: str) -> bool:
        """Whether `key` was not there before the deployment; counts it."""
        is_new = key not in self.before.get(place, frozenset())
        self.count += is_new
        return is_new

    @functools.cached_property
    def own_keys(self) -> frozenset[str]:
        """Ids and ARNs of the keys that the deployment made."""
        return frozenset(name for key in own_keys(self.client("kms")) for name in (key["KeyId"], key["KeyArn"]))

    def expect_own_key(self, key: Any, thing: str) -> None:
        """That `key`, by id or ARN, is one that the deployment made."""
        self.expect(key in self.own_keys, f"{thing} is not encrypted with a key of the shop's own ({key or 'none'})")

    def expect(self, holds: Any, problem: str) -> None:
        if not holds:
            self.problems.append(problem)


def region_of(space: Workspace) -> str:
    """The region that the workspace's stack is in."""
    stack = yaml.safe_load(space.stack_file.read_text()) or {}
    project = yaml.safe_load((space.folder / "Pulumi.yaml").read_text())
    default = (project.get("config") or {}).get("aws:region", "")
    return str(
        (stack.get("config") or {}).get("aws:region") or (default["value"] if isinstance(default, dict) else default)
    )


def _security_groups(look: Inspection) -> Inspection:
    ec2 = look.client("ec2")
    for group in all_of(ec2, "describe_security_groups", "SecurityGroups"):
        if not look.new("security groups", group["GroupId"]):
            continue
        name = group["GroupName"]
        look.expect(name != "default" or not group["IpPermissions"], "the default security group admits traffic")
        for rule in group["IpPermissions"]:
            ranges = {r["CidrIp"] for r in rule.get("IpRanges", ())} | {
                r["CidrIpv6"] for r in rule.get("Ipv6Ranges", ())
            }
            open_to_all = ranges & _EVERYWHERE
            look.expect(
                not open_to_all or rule.get("FromPort") in _PUBLIC_PORTS,
                f"{name} is open to the world on {rule.get('FromPort')}",
            )
    return look


def _subnets(look: Inspection) -> Inspection:
    for subnet in all_of(look.client("ec2"), "describe_subnets", "Subnets"):
        if look.new("subnets", subnet["SubnetId"]):
            look.expect(
                not subnet["MapPublicIpOnLaunch"], f"{subnet['CidrBlock']} hands out public addresses by itself"
            )
    return look


def _keys(look: Inspection) -> Inspection:
    kms = look.client("kms")
    for key in own_keys(kms):
        if not look.new("keys", key["KeyId"]):
            continue
        look.expect(
            kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], f"key {key['KeyId']} does not rotate"
        )
        policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
        anyone = [s for s in policy["Statement"] if s["Effect"] == "Allow" and s["Principal"] in ("*", {"AWS": "*"})]
        look.expect(not any("Condition" not in s for s in anyone), f"key {key['KeyId']} is everybody's")
    return look


def _tables(look: Inspection) -> Inspection:
    dynamodb = look.client("dynamodb")
    for name in all_of(dynamodb, "list_tables", "TableNames"):
        if not look.new("tables", name):
            continue
        table = dynamodb.describe_table(TableName=name)["Table"]
        encryption = table.get("SSEDescription", {})
        look.expect_own_key(encryption.get("KMSMasterKeyArn"), name)
        recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        look.expect(status == "ENABLED", f"{name} can't be recovered to a point in time")
    return look


def _queues(look: Inspection) -> Inspection:
    sqs = look.client("sqs")
    for url in all_of(sqs, "list_queues", "QueueUrls"):
        if look.new("queues", url):
            facts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            look.expect_own_key(facts.get("KmsMasterKeyId"), url)
    return look


def _topics(look: Inspection) -> Inspection:
    sns = look.client("sns")
    for topic in all_of(sns, "list_topics", "Topics"):
        if look.new("topics", topic["TopicArn"]):
            facts = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            look.expect_own_key(facts.get("KmsMasterKeyId"), topic["TopicArn"])
    return look


def _buckets(look: Inspection) -> Inspection:
    s3 = look.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if not look.new("buckets", name):
            continue
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        look.expect(rules, f"{name} is not encrypted")
        for rule in rules:
            if _LOAD_BALANCERS not in json.dumps(policy):
                look.expect_own_key(rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID"), name)
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        look.expect(all(block.values()), f"{name} may be made public")
        denies = [
            s
            for s in policy["Statement"]
            if s["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(s.get("Condition"))
        ]
        look.expect(denies, f"{name} may be read without TLS")
    return look


def _roles(look: Inspection) -> Inspection:
    iam = look.client("iam")
    for role in all_of(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        if not look.new("roles", name):
            continue
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            look.expect(statement["Principal"] not in ("*", {"AWS": "*"}), f"{name} may be assumed by everybody")
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                actions = statement.get("Action", [])
                actions = [actions] if isinstance(actions, str) else actions
                everything_goes = statement["Effect"] == "Allow" and any(a == "*" or a.endswith(":*") for a in actions)
                look.expect(not everything_goes, f"{name} may do everything: {actions}")
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        names = {policy["PolicyName"] for policy in attached}
        look.expect(not names & _POWERFUL, f"{name} holds {', '.join(sorted(names & _POWERFUL))}")
    return look


def _databases(look: Inspection) -> Inspection:
    for instance in all_of(look.client("rds"), "describe_db_instances", "DBInstances"):
        name = instance["DBInstanceIdentifier"]
        if look.new("databases", name):
            look.expect(not instance["PubliclyAccessible"], f"{name} may be reached from outside the VPC")
            look.expect(instance["StorageEncrypted"], f"{name} is not encrypted")
    return look


def _task_definitions(look: Inspection) -> Inspection:
    ecs = look.client("ecs")
    for arn in all_of(ecs, "list_task_definitions", "taskDefinitionArns"):
        if not look.new("task definitions", arn):
            continue
        task = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        name = task["family"]
        look.expect(task["networkMode"] == "awsvpc", f"{name} shares a network with others")
        look.expect(task.get("taskRoleArn") != task.get("executionRoleArn"), f"{name} runs as what starts it")
        for container in task["containerDefinitions"]:
            place = f"{name}, {container['name']}"
            look.expect(not container.get("privileged"), f"{place} is privileged")
            look.expect(container.get("readonlyRootFilesystem"), f"{place} may write to its own root")
            look.expect(container.get("user", "root").split(":")[0] not in ("root", "0"), f"{place} runs as root")
    return look


def _container_clusters(look: Inspection) -> Inspection:
    ecs = look.client("ecs")
    for arn in all_of(ecs, "list_clusters", "clusterArns"):
        if look.new("container clusters", arn):
            [cluster] = ecs.describe_clusters(clusters=[arn], include=["SETTINGS"])["clusters"]
            insights = {setting["value"] for setting in cluster["settings"] if setting["name"] == "containerInsights"}
            look.expect(insights == {"enhanced"}, f"{cluster['clusterName']} has no enhanced Container Insights")
    return look


def _clusters(look: Inspection) -> Inspection:
    for cluster in all_of(look.client("rds"), "describe_db_clusters", "DBClusters"):
        name = cluster["DBClusterIdentifier"]
        if look.new("database clusters", name):
            look.expect_own_key(cluster.get("KmsKeyId"), name)
            secret = cluster.get("MasterUserSecret", {})
            look.expect_own_key(secret.get("KmsKeyId"), f"{name}'s master secret")
    return look


def _log_groups(look: Inspection) -> Inspection:
    for group in all_of(look.client("logs"), "describe_log_groups", "logGroups"):
        if look.new("log groups", group["logGroupName"]):
            look.expect_own_key(group.get("kmsKeyId"), group["logGroupName"])
            look.expect(group.get("retentionInDays"), f"{group['logGroupName']} is kept for ever")
    return look


INSPECTIONS: dict[str, Callable[[Inspection], Inspection]] = {
    "security groups": _security_groups,
    "subnets": _subnets,
    "keys": _keys,
    "tables": _tables,
    "queues": _queues,
    "topics": _topics,
    "buckets": _buckets,
    "roles": _roles,
    "database clusters": _clusters,
    "databases": _databases,
    "container clusters": _container_clusters,
    "task definitions": _task_definitions,
    "log groups": _log_groups,
}
