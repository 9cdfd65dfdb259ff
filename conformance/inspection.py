"""What boto3 sees of a deployment: encryption on, no open group, roles as intended; and a list of everything
there is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from conformance import cloud
from rehearsal.workspace import Workspace

_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_PUBLIC_PORTS = {80, 443}
EDGE_REGION = "us-east-1"


@dataclass
class Inspection:
    """One look. `before` is what Moto had by itself, which is not ours to judge."""

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


def everything(address: str, region: str) -> dict[str, frozenset[str]]:
    """Everything of the kinds that are made for real, there and in the edge's region: to tell what is new, and what
    was left.
    """
    regions = {region, EDGE_REGION}
    return {
        place: frozenset(thing for where in regions for thing in list_all(cloud.client(service, address, where)))
        for place, (service, list_all) in _LISTS.items()
    }


def _security_groups(look: Inspection) -> Inspection:
    ec2 = look.client("ec2")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
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
    for subnet in look.client("ec2").describe_subnets()["Subnets"]:
        if look.new("subnets", subnet["SubnetId"]):
            look.expect(
                not subnet["MapPublicIpOnLaunch"], f"{subnet['CidrBlock']} hands out public addresses by itself"
            )
    return look


def _keys(look: Inspection) -> Inspection:
    kms = look.client("kms")
    for key in kms.list_keys()["Keys"]:
        facts = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if not look.new("keys", key["KeyId"]) or facts["KeyManager"] == "AWS" or facts["KeyState"] != "Enabled":
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
    for name in dynamodb.list_tables()["TableNames"]:
        if not look.new("tables", name):
            continue
        table = dynamodb.describe_table(TableName=name)["Table"]
        encryption = table.get("SSEDescription", {})
        look.expect(
            encryption.get("SSEType") == "KMS" and encryption.get("KMSMasterKeyArn"), f"{name} has no key of its own"
        )
        recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        look.expect(status == "ENABLED", f"{name} can't be recovered to a point in time")
    return look


def _queues(look: Inspection) -> Inspection:
    sqs = look.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", ()):
        if look.new("queues", url):
            facts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            look.expect(facts.get("KmsMasterKeyId"), f"{url} is not encrypted with a key of its own")
    return look


def _topics(look: Inspection) -> Inspection:
    sns = look.client("sns")
    for topic in sns.list_topics()["Topics"]:
        if look.new("topics", topic["TopicArn"]):
            facts = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            look.expect(facts.get("KmsMasterKeyId"), f"{topic['TopicArn']} is not encrypted with a key of its own")
    return look


def _buckets(look: Inspection) -> Inspection:
    s3 = look.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        if not look.new("buckets", name):
            continue
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        look.expect(rules, f"{name} is not encrypted")
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        look.expect(all(block.values()), f"{name} may be made public")
        policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        denies = [
            s
            for s in policy["Statement"]
            if s["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(s.get("Condition"))
        ]
        look.expect(denies, f"{name} may be read without TLS")
    return look


def _roles(look: Inspection) -> Inspection:
    iam = look.client("iam")
    for role in iam.list_roles()["Roles"]:
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
    return look


def _clusters(look: Inspection) -> Inspection:
    for cluster in look.client("rds").describe_db_clusters()["DBClusters"]:
        name = cluster["DBClusterIdentifier"]
        if look.new("database clusters", name):
            look.expect(
                cluster.get("StorageEncrypted") and cluster.get("KmsKeyId"), f"{name} is not encrypted with a key"
            )
    return look


def _log_groups(look: Inspection) -> Inspection:
    for group in look.client("logs").describe_log_groups()["logGroups"]:
        if look.new("log groups", group["logGroupName"]):
            look.expect(group.get("kmsKeyId"), f"{group['logGroupName']} is not encrypted with a key of its own")
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
    "log groups": _log_groups,
}

# By kind: the service, and what lists the ids of all there is. A deleted key waits for its end, so it counts no more.
_LISTS: dict[str, tuple[str, Callable[[Any], list[str]]]] = {
    "vpcs": ("ec2", lambda c: [v["VpcId"] for v in c.describe_vpcs()["Vpcs"]]),
    "subnets": ("ec2", lambda c: [s["SubnetId"] for s in c.describe_subnets()["Subnets"]]),
    "security groups": ("ec2", lambda c: [g["GroupId"] for g in c.describe_security_groups()["SecurityGroups"]]),
    "endpoints": ("ec2", lambda c: [e["VpcEndpointId"] for e in c.describe_vpc_endpoints()["VpcEndpoints"]]),
    "keys": ("kms", lambda c: [k["KeyId"] for k in c.list_keys()["Keys"] if _lives(c, k["KeyId"])]),
    "tables": ("dynamodb", lambda c: c.list_tables()["TableNames"]),
    "queues": ("sqs", lambda c: c.list_queues().get("QueueUrls", [])),
    "topics": ("sns", lambda c: [t["TopicArn"] for t in c.list_topics()["Topics"]]),
    "buckets": ("s3", lambda c: [b["Name"] for b in c.list_buckets()["Buckets"]]),
    "roles": ("iam", lambda c: [r["RoleName"] for r in c.list_roles()["Roles"]]),
    "database clusters": ("rds", lambda c: [d["DBClusterIdentifier"] for d in c.describe_db_clusters()["DBClusters"]]),
    "container clusters": ("ecs", lambda c: c.list_clusters()["clusterArns"]),
    "log groups": ("logs", lambda c: [g["logGroupName"] for g in c.describe_log_groups()["logGroups"]]),
}


def _lives(kms: Any, key: str) -> bool:
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
