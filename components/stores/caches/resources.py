"""ElastiCache for Valkey, on nodes or serverless: TLS, encrypted with the data key, every user signed in by IAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import BucketHandle
from components.stores import groups, windows
from components.stores.args import DataTierArgs
from components.stores.caches.handle import CacheHandle
from components.stores.caches.users import CacheUsers
from components.stores.contract import Built
from specs.stores.caches import PORT, SERVERLESS_READ_PORT, Cache, CacheNodes, CacheServerless

# The last minor version of Valkey 8: automatic upgrades bring patches only. A later minor would not match the settings,
# and the AWS provider replaces a cache to go back.
ENGINE_VERSION: Final = "8.2"
MAJOR_VERSION: Final = "8"
SERVERLESS_ZONES: Final = 3  # zones that ElastiCache Serverless puts endpoints in
_FAMILY: Final = "valkey8"
_DATA_TIERING_CLASS: Final = "cache.r6gd."  # node types with SSD: ElastiCache wants data tiering named with them
_LOGS: Final = ("slow-log", "engine-log")
# The engine's own defaults, spelled out as the shop relies on them: only keys with an expiry are evicted, so what a
# customer is buying need not be, and commands from 10 ms (in microseconds) on are logged as slow.
_PARAMETERS: Final = {"maxmemory-policy": "volatile-lru", "slowlog-log-slower-than": "10000"}


def build(tier: Component, args: DataTierArgs, _: BucketHandle) -> Built[CacheHandle]:
    """The caches of the settings, with the users and the subnet group that they share."""
    if not args.data.caches:
        return Built(handles={})
    users = CacheUsers(tier, args)
    on_nodes = [cache for cache in args.data.caches if cache.serverless is None]
    subnets = _subnet_group(tier, args) if on_nodes else None
    handles: dict[str, CacheHandle] = {}
    for cache in args.data.caches:
        group = groups.security_group(tier, args, "cache", cache.name, f"Valkey cache {cache.name}")
        if cache.serverless is not None or subnets is None:
            handles[cache.name] = _serverless(tier, args, cache, cache.serverless or CacheServerless(), group, users)
        else:
            handles[cache.name] = _on_nodes(tier, args, cache, cache.nodes or CacheNodes(), group, users, subnets)
    return Built(handles=handles)


def _subnet_group(tier: Component, args: DataTierArgs) -> aws.elasticache.SubnetGroup:
    physical = args.site.named("caches")
    return aws.elasticache.SubnetGroup(
        tier.child("caches"),
        name=physical,
        description="Caches: isolated subnets",
        subnet_ids=args.network.data_subnet_ids,
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )


def _on_nodes(
    tier: Component,
    args: DataTierArgs,
    cache: Cache,
    nodes: CacheNodes,
    group: aws.ec2.SecurityGroup,
    users: CacheUsers,
    subnets: aws.elasticache.SubnetGroup,
) -> CacheHandle:
    site, physical = args.site, args.site.named(cache.name)
    sharded, replicated = nodes.shards > 1, nodes.replicas > 0
    replicas = args.replicas.get(cache.name, nodes.replicas)  # those of a sale change neither failover nor alarms
    quiet_hour = args.data.backups.hour
    user_group = users.group_of(cache.name)
    resource = aws.elasticache.ReplicationGroup(
        tier.child("cache", cache.name),
        replication_group_id=physical,
        description=f"Valkey cache {cache.name}",
        engine="valkey",
        engine_version=ENGINE_VERSION,
        node_type=nodes.node_type,
        data_tiering_enabled=nodes.node_type.startswith(_DATA_TIERING_CLASS) or None,
        cluster_mode="enabled" if sharded else "disabled",
        num_cache_clusters=None if sharded else 1 + replicas,
        num_node_groups=nodes.shards if sharded else None,
        replicas_per_node_group=replicas if sharded else None,
        automatic_failover_enabled=sharded or replicated,  # ElastiCache demands it of every cluster with shards
        multi_az_enabled=replicated,
        parameter_group_name=_parameters(tier, args, cache, sharded=sharded).name,
        subnet_group_name=subnets.name,
        security_group_ids=[group.id],
        port=PORT,
        at_rest_encryption_enabled=True,
        kms_key_id=args.keys.data.arn,
        transit_encryption_enabled=True,
        transit_encryption_mode="required",
        user_group_ids=[user_group.user_group_id],
        snapshot_retention_limit=nodes.snapshot_days,
        snapshot_window=windows.backup_window(quiet_hour),
        final_snapshot_identifier=site.named(cache.name, "final") if site.production else None,
        maintenance_window=windows.maintenance_window(quiet_hour),
        auto_minor_version_upgrade=True,
        apply_immediately=not site.production,
        log_delivery_configurations=_logs(tier, args, cache),
        tags=tier.tags("restricted", physical),
        opts=tier.opts(),
    )
    return CacheHandle(
        name=cache.name,
        endpoint=resource.configuration_endpoint_address if sharded else resource.primary_endpoint_address,
        reader_endpoint=resource.configuration_endpoint_address if sharded else resource.reader_endpoint_address,
        port=PORT,
        reader_port=PORT,
        security_group_id=group.id,
        serverless=False,
        physical_name=physical,
        connect_arns=users.connect_arns(cache.name, site.arn("elasticache", f"replicationgroup:{physical}")),
        node_ids=_node_ids(physical, nodes),
    )


def _node_ids(physical: str, nodes: CacheNodes) -> tuple[str, ...]:
    """Names that ElastiCache gives the member clusters: `<id>-001`, or `<id>-0001-001` by shard."""
    members = range(1, nodes.replicas + 2)
    if nodes.shards == 1:
        return tuple(f"{physical}-{member:03d}" for member in members)
    return tuple(f"{physical}-{shard:04d}-{member:03d}" for shard in range(1, nodes.shards + 1) for member in members)


def _parameters(tier: Component, args: DataTierArgs, cache: Cache, *, sharded: bool) -> aws.elasticache.ParameterGroup:
    # Family and mode are in the name: either change needs a new group beside the one still in use.
    physical = args.site.named(cache.name, _FAMILY, *(("cluster",) if sharded else ()))
    parameters = _PARAMETERS | ({"cluster-enabled": "yes"} if sharded else {})
    return aws.elasticache.ParameterGroup(
        tier.child("cache", cache.name),
        name=physical,
        family=_FAMILY,
        description=f"Valkey cache {cache.name}",
        parameters=[
            aws.elasticache.ParameterGroupParameterArgs(name=name, value=value) for name, value in parameters.items()
        ],
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )


def _logs(
    tier: Component, args: DataTierArgs, cache: Cache
) -> list[aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs]:
    # Vended logs: under this prefix AWS needs no statement for each group in the account's one log resource policy.
    prefix = f"/aws/vendedlogs/elasticache/{args.site.named(cache.name)}"
    return [
        aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
            log_type=log,
            log_format="json",
            destination_type="cloudwatch-logs",
            destination=groups.log_group(tier, args, "cache", cache.name, log, name=f"{prefix}/{log}").name,
        )
        for log in _LOGS
    ]


def _serverless(
    tier: Component,
    args: DataTierArgs,
    cache: Cache,
    limits: CacheServerless,
    group: aws.ec2.SecurityGroup,
    users: CacheUsers,
) -> CacheHandle:
    site, physical = args.site, args.site.named(cache.name)
    resource = aws.elasticache.ServerlessCache(
        tier.child("cache", cache.name),
        name=physical,
        description=f"Valkey cache {cache.name}",
        engine="valkey",
        major_engine_version=MAJOR_VERSION,
        cache_usage_limits=aws.elasticache.ServerlessCacheCacheUsageLimitsArgs(
            data_storage=aws.elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs(
                maximum=limits.max_storage_gb, unit="GB"
            ),
            ecpu_per_seconds=[
                aws.elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs(
                    maximum=limits.max_ecpu, minimum=limits.min_ecpu
                )
            ],
        ),
        subnet_ids=args.network.data_subnet_ids[:SERVERLESS_ZONES],
        security_group_ids=[group.id],
        kms_key_id=args.keys.data.arn,
        user_group_id=users.group_of(cache.name).user_group_id,
        snapshot_retention_limit=limits.snapshot_days,
        daily_snapshot_time=windows.backup_start(args.data.backups.hour),
        tags=tier.tags("restricted", physical),
        opts=tier.opts(),
    )
    return CacheHandle(
        name=cache.name,
        endpoint=_address(resource.endpoints),
        reader_endpoint=_address(resource.reader_endpoints),
        port=PORT,
        reader_port=SERVERLESS_READ_PORT,
        security_group_id=group.id,
        serverless=True,
        physical_name=physical,
        connect_arns=users.connect_arns(cache.name, site.arn("elasticache", f"serverlesscache:{physical}")),
        max_storage_gb=limits.max_storage_gb,
        max_ecpu=limits.max_ecpu,
    )


def _address(endpoints: pulumi.Output[Sequence[Any]]) -> pulumi.Output[str]:
    return endpoints.apply(lambda known: known[0].address)
