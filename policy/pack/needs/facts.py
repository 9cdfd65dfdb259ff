"""What a graph tells of its account, regions, ARNs, names and keys, before and after AWS has made it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from ..graph import Graph, values_at
from ..resource import Resource
from ..tokens import (
    BUCKET,
    ECS_CLUSTER,
    ECS_SERVICE,
    KEY,
    LAMBDA,
    LOG_GROUP,
    POLICY,
    QUEUE,
    REPOSITORY,
    ROLE,
    ROLE_POLICY,
    SECRET,
    TABLE,
    TOPIC,
)
from ..values import UndecidedError, Unknown
from .need import Context

KEY_ALIAS = "aws:kms/alias:Alias"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

# ARNs that follow from a name. Source: Service Authorization Reference, resource types of each service.
_ARNS = {
    QUEUE: "arn:{partition}:sqs:{region}:{account}:{name}",
    TOPIC: "arn:{partition}:sns:{region}:{account}:{name}",
    TABLE: "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    LAMBDA: "arn:{partition}:lambda:{region}:{account}:function:{name}",
    LOG_GROUP: "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    REPOSITORY: "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    ECS_CLUSTER: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    BUCKET: "arn:{partition}:s3:::{name}",
    "aws:cloudwatch/eventBus:EventBus": "arn:{partition}:events:{region}:{account}:event-bus/{name}",
    "aws:sfn/stateMachine:StateMachine": "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
    "aws:codebuild/project:Project": "arn:{partition}:codebuild:{region}:{account}:project/{name}",
    "aws:codepipeline/pipeline:Pipeline": "arn:{partition}:codepipeline:{region}:{account}:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    "aws:cloudtrail/trail:Trail": "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}",
    "aws:backup/vault:Vault": "arn:{partition}:backup:{region}:{account}:backup-vault:{name}",
}
_NAMES = {BUCKET: "bucket", "aws:cloudwatch/compositeAlarm:CompositeAlarm": "alarmName"}
_NO_NAME = "0000000"

# Where a resource names the key that encrypts it. Source: the provider's schema.
KEYS = {
    QUEUE: ("kmsMasterKeyId",),
    TOPIC: ("kmsMasterKeyId",),
    SECRET: ("kmsKeyId",),
    LOG_GROUP: ("kmsKeyId",),
    TABLE: ("serverSideEncryption.kmsKeyArn",),
    LAMBDA: ("kmsKeyArn",),
    REPOSITORY: ("encryptionConfigurations.kmsKey",),
    "aws:rds/cluster:Cluster": ("masterUserSecretKmsKeyId", "kmsKeyId"),
    "aws:rds/instance:Instance": ("masterUserSecretKmsKeyId", "kmsKeyId"),
    "aws:cloudwatch/eventBus:EventBus": ("kmsKeyIdentifier",),
    "aws:backup/vault:Vault": ("kmsKeyArn",),
    "aws:ssm/parameter:Parameter": ("keyId",),
    "aws:cloudtrail/trail:Trail": ("kmsKeyId",),
    "aws:scheduler/schedule:Schedule": ("kmsKeyArn",),
    "aws:kinesis/stream:Stream": ("kmsKeyId",),
    "aws:sfn/stateMachine:StateMachine": ("encryptionConfiguration.kmsKeyId",),
    "aws:cfg/deliveryChannel:DeliveryChannel": ("s3KmsKeyArn",),
    ECS_CLUSTER: ("configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId",),
}
# `alias/aws/sqs` and its like: keys of AWS's, whose policies nobody else can change.
_OF_AWS = re.compile(r"(?:^|:)alias/aws/")
_ACCOUNT = re.compile(r"arn:(aws[\w-]*):[\w-]+:([\w-]*):(\d{12}):")


class Facts:
    """One for a graph: `graph.derived(Facts)`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.partition, self.region, self.account = _own(graph)
        self.arn = cache(self._arn)
        self.key = cache(self._key)
        self.aliases = cache(self._aliases)

    def _arn(self, resource: Resource) -> str:
        """The ARN, as AWS says it or as it follows from the name; empty where neither is known yet."""
        if resource.token == ROLE:
            return self.role_arn(resource)
        made = resource.outputs.get("arn")
        if isinstance(made, str) and made.startswith("arn:"):
            return made.removesuffix(":*") if resource.token == LOG_GROUP else made
        form, name, account = _ARNS.get(resource.token), self.name(resource), self.account_of(resource)
        if not form or not name or not account:
            return self._of_parts(resource)
        return form.format(partition=self.partition, region=self.region_of(resource), account=account, name=name)

    def _of_parts(self, resource: Resource) -> str:
        account = self.account_of(resource)
        if resource.token == ECS_SERVICE and (name := self.name(resource)) and account:
            clusters = self.graph.targets(resource, "cluster", ECS_CLUSTER)
            cluster = self.name(clusters[0]) if clusters else ""
            region = self.region_of(resource)
            return f"arn:{self.partition}:ecs:{region}:{account}:service/{cluster}/{name}" if cluster else ""
        return ""

    def name(self, resource: Resource) -> str:
        """The physical name; empty where AWS or the engine is yet to make it."""
        for data in (resource.data, resource.outputs):
            value = data.get(_NAMES.get(resource.token, "name"))
            if isinstance(value, str):
                return value
        return ""

    def region_of(self, resource: Resource) -> str:
        value = resource.outputs.get("region")
        return (value if isinstance(value, str) else "") or _part(resource, 3) or self.region

    def account_of(self, resource: Resource) -> str:
        """The account that a resource is in; empty where it isn't known."""
        return _part(resource, 4) or self.account

    def role_arn(self, role: Resource) -> str:
        made = role.outputs.get("arn")
        if isinstance(made, str) and made.startswith("arn:"):
            return made
        name, path = role.data.get("name"), role.data.get("path") or "/"
        account = self.account_of(role)
        known = isinstance(name, str) and isinstance(path, str) and account
        return f"arn:{self.partition}:iam::{account}:role{path}{name}" if known else ""

    def of_arn(self, arn: str) -> Resource | None:
        """The resource of this program that an ARN names, or that holds what it names: the bucket of an object."""
        service, _, name = arn.partition(":::")
        if service.endswith(":s3"):
            return next(iter(self.graph.named(name.partition("/")[0], BUCKET)), None)
        return next(iter(self.graph.named(arn, *_ARNS)), None)

    # Keys

    def _key(self, resource: Resource) -> Resource | str | None:
        """The key that encrypts a resource: of this program; of AWS (`aws`) or of others (`other`); None without."""
        holders = [(resource, path) for path in KEYS.get(resource.token, ())]
        if resource.token == BUCKET:
            path = "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId"
            holders = [(it, path) for it in self.graph.companions(resource, "bucket", BUCKET_ENCRYPTION)]
        for holder, path in holders:
            if (found := self.key_at(holder, path)) is not None:
                return found
        return None

    def key_at(self, holder: Resource, path: str) -> Resource | str | None:
        """The key that a property names, by id, ARN or alias."""
        values, unknown = values_at(holder, path)
        for key in self.graph.targets(holder, path, KEY):
            return key
        for alias in self.graph.targets(holder, path, KEY_ALIAS):
            return next(iter(self.graph.targets(alias, "targetKeyId", KEY)), "other")
        named = {value for value in values if value}
        if not named:
            return "other" if unknown else None
        for alias in self.graph.of(KEY_ALIAS):
            name = alias.data.get("name")
            if isinstance(name, str) and any(value == name or value.endswith(f":{name}") for value in named):
                return next(iter(self.graph.targets(alias, "targetKeyId", KEY)), "other")
        return "aws" if any(_OF_AWS.search(value) for value in named) else "other"

    def _aliases(self, key: Resource) -> tuple[str, ...] | None:
        """The aliases of a key; None where one isn't known yet."""
        found = [alias.data.get("name") for alias in self.graph.companions(key, "targetKeyId", KEY_ALIAS)]
        return None if any(not isinstance(name, str) for name in found) else tuple(map(str, found))

    def tags(self, resource: Resource) -> Context | None:
        """A resource's tags as condition keys; None where they aren't known yet."""
        try:
            tags = resource.tags()
        except UndecidedError:
            return None
        found: dict[str, tuple[str, ...] | None] = {"aws:resourcetag/": None}
        for name, value in tags.items():
            if isinstance(value, Unknown):
                return None
            found[f"aws:resourcetag/{str(name).lower()}"] = (str(value),)
        return found


def _part(resource: Resource, index: int) -> str:
    """The region or account in the ARN that AWS has given; empty without one."""
    made = resource.outputs.get("arn")
    parts = made.split(":", 5) if isinstance(made, str) else []
    return parts[index] if len(parts) == _ARN_PARTS and parts[4].isdigit() else ""


_ARN_PARTS = 6


def _own(graph: Graph) -> tuple[str, str, str]:
    """Partition, region and account of the program by the ARNs that AWS has given, or those that its policies name.

    The account is empty where they are several: each resource is then in that of its own ARN alone.
    """
    given = [made for it in graph.resources if isinstance(made := it.outputs.get("arn"), str)]
    documents = [it.data.get(path) for it in graph.of(ROLE_POLICY, POLICY) for path in ("policy",)]
    for texts in (given, [text for text in documents if isinstance(text, str)]):
        found = [match for text in texts for match in _ACCOUNT.findall(text)]
        if found:
            accounts = {account for _, _, account in found}
            regions = Counter(region for _, region, _ in found if region)
            partitions = Counter(partition for partition, _, _ in found)
            return _most(partitions), _most(regions), accounts.pop() if len(accounts) == 1 else ""
    return "aws", "", ""


def _most(counted: Counter[str]) -> str:
    return next((name for name, number in counted.most_common(1) if number), "")
