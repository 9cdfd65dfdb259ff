"""Databases, tables, caches, buckets, queues and topics, backups and streams; and the tags of everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..graph import Graph
from ..resource import Resource
from ..taggable import taggable
from ..tokens import (
    BACKUP_VAULT,
    BUCKET,
    BUCKET_POLICY,
    CACHE_CLUSTER,
    QUEUE,
    RDS_CLUSTER,
    RDS_CLUSTER_INSTANCE,
    RDS_INSTANCE,
    RDS_PROXY,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    TABLE,
    TOPIC,
)
from ..values import Block, document, listed
from .base import (
    Counter,
    Places,
    QuotaUse,
    amount,
    by_parent,
    document_size,
    each,
    items,
    known_or,
    label,
    shared,
    total,
)
from .capacity import SCALABLE_TARGET, ScheduledCapacity

LIFECYCLE = ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", BUCKET)
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
REPLICATION = ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",)
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
BACKUP_PLAN = "aws:backup/plan:Plan"
USER_GROUP = "aws:elasticache/userGroup:UserGroup"
_READERS = "rds:cluster:ReadReplicaCount"


def _statements(policy: Resource) -> float:
    return float(len(Block(document(policy.raw("policy"))).items("Statement")))


def _principals(policy: Resource) -> float:
    """Principals of the statement that names most."""
    found = []
    for statement in Block(document(policy.raw("policy"))).blocks("Statement"):
        principal = statement.raw("Principal")
        values = principal.values() if isinstance(principal, dict) else (principal,)
        found.append(sum(len(listed(value)) for value in values))
    return float(max(found, default=0))


def _instances(graph: Graph) -> Iterator[QuotaUse]:
    """Readers of each Aurora cluster and instances of the region, as many as autoscaling may add."""
    members = by_parent(graph, (RDS_CLUSTER,), (RDS_CLUSTER_INSTANCE, "clusterIdentifier"))
    added: dict[str, float] = {}
    for target in graph.of(SCALABLE_TARGET):
        if known_or("", partial(target.text, "scalableDimension")) == _READERS:
            name = known_or("", partial(target.text, "resourceId")) or ""
            added[name.removeprefix("cluster:")] = known_or(0.0, partial(_most, graph, target, name))
    more = 0.0
    for cluster in graph.of(RDS_CLUSTER):
        identifier = known_or("", partial(cluster.text, "clusterIdentifier")) or ""
        instances = members.get(cluster.urn, ("", 0.0))[1]
        readers = max(0.0, instances - 1)
        most = max(readers, added.get(identifier, 0.0))
        more += most - readers
        yield QuotaUse("readersPerCluster", label(cluster), readers, most)
    of_region: dict[tuple[str, str, str], float] = {}
    for instance in graph.of(RDS_CLUSTER_INSTANCE, RDS_INSTANCE):
        place = graph.derived(Places).of(instance, regional=True)
        of_region[place] = of_region.get(place, 0.0) + 1
    for (_, _, region), instances in of_region.items():
        yield QuotaUse("databaseInstances", region, instances, instances + more, of_account=True)


def _most(graph: Graph, target: Resource, name: str) -> float:
    return max(target.number("maxCapacity") or 0.0, graph.derived(ScheduledCapacity).highest.get(name, 0.0))


def _nodes(group: Resource) -> float:
    shards = group.number("numNodeGroups") or 1.0
    replicas = group.number("replicasPerNodeGroup")
    return shards * (1 + replicas) if replicas is not None else group.number("numCacheClusters") or shards


def _per_shard(group: Resource) -> float:
    replicas = group.number("replicasPerNodeGroup")
    return 1 + replicas if replicas is not None else group.number("numCacheClusters") or 1.0


def _all_nodes(resource: Resource) -> float:
    if resource.token == CACHE_CLUSTER:
        return 0.0 if resource.present("replicationGroupId") else resource.number("numCacheNodes") or 1.0
    return _nodes(resource)


def _filtered(subscription: Resource) -> float:
    return float(subscription.present("filterPolicy"))


def _tags(graph: Graph) -> Iterator[QuotaUse]:
    types = taggable()
    for resource in graph.resources:
        if resource.token in types:
            yield QuotaUse("tagsPerResource", label(resource), amount(lambda one: float(len(one.tags())), resource))


COUNTERS: tuple[Counter, ...] = (
    total("databaseClusters", RDS_CLUSTER),
    _instances,
    total("clusterParameterGroups", "aws:rds/clusterParameterGroup:ClusterParameterGroup"),
    total("parameterGroups", "aws:rds/parameterGroup:ParameterGroup"),
    total("databaseSubnetGroups", "aws:rds/subnetGroup:SubnetGroup"),
    total("databaseProxies", RDS_PROXY),
    total("databaseEvents", "aws:rds/eventSubscription:EventSubscription"),
    shared("endpointsPerCluster", [RDS_CLUSTER], ("aws:rds/clusterEndpoint:ClusterEndpoint", "clusterIdentifier")),
    each("rolesPerCluster", RDS_CLUSTER, measure=items("iamRoles")),
    total("tables", TABLE),
    each("indexesPerTable", TABLE, measure=items("globalSecondaryIndexes")),
    each("localIndexesPerTable", TABLE, measure=items("localSecondaryIndexes")),
    total("cacheNodes", REPLICATION_GROUP, CACHE_CLUSTER, measure=_all_nodes),
    each("nodesPerCacheCluster", REPLICATION_GROUP, measure=_nodes),
    each("nodesPerShard", REPLICATION_GROUP, measure=_per_shard),
    total("serverlessCaches", SERVERLESS_CACHE),
    total("cacheUsers", "aws:elasticache/user:User"),
    total("cacheUserGroups", USER_GROUP),
    each("usersPerCacheGroup", USER_GROUP, measure=items("userIds")),
    total("cacheParameterGroups", "aws:elasticache/parameterGroup:ParameterGroup"),
    total("cacheSubnetGroups", "aws:elasticache/subnetGroup:SubnetGroup"),
    total("buckets", BUCKET, regional=False),
    each("bucketPolicySize", BUCKET, BUCKET_POLICY, measure=document_size("policy")),
    each("bucketLifecycleRules", *LIFECYCLE, measure=items("rules", "lifecycleRules")),
    each("bucketNotifications", NOTIFICATION, measure=items("queues", "topics", "lambdaFunctions")),
    each("bucketReplicationRules", *REPLICATION, measure=items("rules")),
    each("queuePolicySize", QUEUE, QUEUE_POLICY, measure=document_size("policy")),
    each("queuePolicyStatements", QUEUE, QUEUE_POLICY, measure=_statements),
    each("queuePolicyPrincipals", QUEUE, QUEUE_POLICY, measure=_principals),
    total("topics", TOPIC),
    each("topicPolicySize", TOPIC, TOPIC_POLICY, measure=document_size("policy")),
    shared("filtersPerTopic", [TOPIC], (SUBSCRIPTION, "topic"), measure=_filtered),
    total("backupVaults", BACKUP_VAULT),
    total("backupPlans", BACKUP_PLAN),
    shared("selectionsPerPlan", [BACKUP_PLAN], ("aws:backup/selection:Selection", "planId")),
    total("deliveryStreams", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"),
    _tags,
)
