"""Valkey caches."""

from __future__ import annotations

from typing import Final

from components.stores.caches import monitoring, resources
from components.stores.caches.handle import CONNECT, CacheHandle
from components.stores.contract import Kind
from specs.stores import caches

CACHES: Final = Kind[CacheHandle](
    spec=caches.CACHES,
    build=resources.build,
    endpoints=("cacheEndpoints", lambda cache: cache.endpoint),
    actions=frozenset({CONNECT}),
    alarms=lambda cache, _: monitoring.cache_alarms(cache),
    title="Caches",
    row=monitoring.row,
    physical_names={
        "aws:elasticache/parameterGroup:ParameterGroup": ("name", "cache parameter group"),
        "aws:elasticache/replicationGroup:ReplicationGroup": ("replication_group_id", "cache"),
        "aws:elasticache/serverlessCache:ServerlessCache": ("name", "serverless cache"),
        "aws:elasticache/user:User": ("user_id", "cache user"),
        "aws:elasticache/userGroup:UserGroup": ("user_group_id", "group of cache users"),
    },
)
