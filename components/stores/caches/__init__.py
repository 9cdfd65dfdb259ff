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
)
