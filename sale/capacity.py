"""Capacity of one unit of each store: connections, and statements and commands a second at its target of use.

Plans and checks hold stores to the target, as they hold tasks to their target of CPU; the simulation plays the peak.

Sources are beside the numbers. What was not sourced is an estimate and says so; a load test of your own is better than
all of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from specs.stores.caches import Cache, CacheNodes
from specs.stores.databases import Database, Provisioned, Serverless

DATABASE_TARGET: Final = 0.7
"""Share of its peak that a database is planned to be used to. An estimate: above it waits grow faster than what
is gained (the wait of an M/M/1 queue is 2.3 services at 70 %, 9 at 90 %)."""
CACHE_TARGET: Final = 0.7
"""The same of a cache's node. An estimate: ElastiCache's user guide, "Which Metrics Should I Monitor?", has an alarm at
90 % of the engine's CPU, and a lost replica or a shard that gets more than its share has to fit below it."""
PEAK_STATEMENTS_PER_ACU: Final = 140.0
"""Statements a second. pgbench on db.r6g.4xlarge: 8,968 transactions/s with 128 GiB, which is 64 ACU (grade S); a
transaction of pgbench counts as one, and MySQL is taken as equal."""
STATEMENTS_PER_ACU: Final = PEAK_STATEMENTS_PER_ACU * DATABASE_TARGET
GIB_PER_ACU: Final = 2  # Aurora user guide, "Aurora Serverless v2 capacity"

# Connections by the most ACU (Aurora user guide, "Maximum connections for Aurora Serverless v2"; grade S).
_MYSQL_CONNECTIONS: Final[Mapping[float, int]] = {
    1: 90,
    4: 135,
    8: 1000,
    16: 2000,
    32: 3000,
    64: 4000,
    128: 5000,
    192: 6000,
}
_POSTGRESQL_CONNECTIONS: Final[Mapping[float, int]] = {1: 189, 4: 823, 8: 1669, 16: 3360, 32: 5000}

# GiB of memory by size: the r and x families of Aurora, and the t families.
_GIB_OF_R: Final[Mapping[str, int]] = {"large": 16, "xlarge": 32}
_GIB_OF_T: Final[Mapping[str, int]] = {"small": 2, "medium": 4, "large": 8}
_CLASS: Final = re.compile(r"^(?:db|cache)\.([a-z])[a-z0-9]*\.(?:(\d*)(x)large|(micro|small|medium|large))$")

PEAK_COMMANDS_PER_VCPU: Final = 62_500.0
"""Commands a second. More than a million requests/s on cache.r7g.4xlarge, of 16 vCPU (AWS's announcement of Valkey 8;
grade A); other nodes in proportion. The t families burst: a tenth of that is an estimate."""
COMMANDS_PER_VCPU: Final = PEAK_COMMANDS_PER_VCPU * CACHE_TARGET
BURSTING: Final = 0.1


def acu(database: Database) -> float:
    """The most ACU of one instance; a provisioned one as the ACU that its memory makes."""
    capacity = database.capacity
    if isinstance(capacity, Serverless):
        return capacity.max_acu
    return memory_gib(capacity.instance_class) / GIB_PER_ACU


def memory_gib(instance_class: str) -> float:
    """Memory of an instance class, for example `db.r7g.2xlarge`. Unknown ones count as the smallest of their kind."""
    match = _CLASS.match(instance_class)
    if match is None:
        return float(_GIB_OF_T["small"])
    family, factor, is_x, plain = match[1], match[2], match[3], match[4]
    if family == "t":
        return float(_GIB_OF_T.get(plain or "large", _GIB_OF_T["small"]))
    per_xlarge = 2 * _GIB_OF_R["xlarge"] if family == "x" else _GIB_OF_R["xlarge"]
    if is_x:
        return float(per_xlarge * int(factor or 1))
    return per_xlarge / 2


def connections(database: Database) -> int:
    """The engine's most connections, by its default parameter group."""
    capacity = database.capacity
    if isinstance(capacity, Provisioned):
        return connections_of(database.engine, memory_gib(capacity.instance_class) / GIB_PER_ACU)
    return connections_of(database.engine, capacity.max_acu)


def connections_of(engine: str, most_acu: float) -> int:
    table = _MYSQL_CONNECTIONS if engine == "aurora-mysql" else _POSTGRESQL_CONNECTIONS
    return max((count for size, count in table.items() if size <= most_acu), default=min(table.values()))


def connection_sizes(engine: str) -> list[list[float]]:
    """The same as pairs: ACU, and connections from that size on."""
    table = _MYSQL_CONNECTIONS if engine == "aurora-mysql" else _POSTGRESQL_CONNECTIONS
    return [[size, count] for size, count in table.items()]


def shards(cache: Cache) -> int:
    """Node groups that share the keys; a serverless cache counts as one."""
    return 1 if cache.serverless is not None else (cache.nodes or CacheNodes()).shards


def commands_per_second(cache: Cache) -> float:
    """Commands that all primaries serve, or the most ECPU of a serverless cache (1 ECPU is one simple command)."""
    if cache.serverless is not None:
        return float(cache.serverless.max_ecpu)
    nodes = cache.nodes or CacheNodes()
    return node_commands(nodes.node_type) * nodes.shards


def node_commands(node_type: str) -> float:
    """Commands per second of one node at its target of use."""
    match = _CLASS.match(node_type)
    if match is None or match[1] == "t":
        return 2 * COMMANDS_PER_VCPU * BURSTING
    vcpu = 4 * int(match[2] or 1) if match[3] else 2
    return vcpu * COMMANDS_PER_VCPU
