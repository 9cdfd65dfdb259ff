"""Settings of Valkey caches, and what the rest of the program asks of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from aws_facts.instance_types import TYPES
from aws_facts.prices import HOURS, VALKEY
from specs.base import Name, Spec
from specs.forms import OneOf
from specs.stores.contract import Charge, Load, Standing, StoreKind

PORT: Final = 6379  # Valkey's own (IANA)
SERVERLESS_READ_PORT: Final = 6380  # ElastiCache Serverless answers reads of its replicas there


NodeType = Annotated[str, OneOf("a node type of ElastiCache", TYPES["cache"])]
MAX_NODES: Final = 500  # of one cluster, at the highest quota (ElastiCache quotas)


class CacheNodes(Spec):
    """Valkey on nodes of a fixed type."""

    node_type: NodeType = "cache.t4g.small"
    """For example `cache.r7g.large`."""
    shards: Annotated[int, Field(ge=1, le=500)] = 1
    """Node groups; with one, cluster mode is off."""
    replicas: Annotated[int, Field(ge=0, le=5)] = 1
    """Replicas of each shard; with none there is no automatic failover."""
    snapshot_days: Annotated[int, Field(ge=0, le=35)] = 7
    """Days that daily snapshots are kept; 0 for none."""

    @model_validator(mode="after")
    def _one_cluster_holds_them(self) -> CacheNodes:
        nodes = self.shards * (1 + self.replicas)
        if nodes > MAX_NODES:
            raise ValueError(
                f"shards and their replicas are at most {MAX_NODES} nodes (got {nodes}); lower shards or replicas"
            )
        return self


class CacheServerless(Spec):
    """ElastiCache Serverless with its limits."""

    max_storage_gb: Annotated[int, Field(ge=1, le=5000)] = 10
    """Most data, in GB."""
    max_ecpu: Annotated[int, Field(ge=1000, le=15_000_000)] = 100_000
    """ElastiCache processing units a second."""
    min_ecpu: Annotated[int, Field(ge=1000, le=15_000_000)] | None = None
    """Pre-scaled minimum; costs what it reserves. Default: none."""
    snapshot_days: Annotated[int, Field(ge=1, le=35)] = 7
    """Days that daily snapshots are kept."""

    @model_validator(mode="after")
    def _min_below_max(self) -> CacheServerless:
        if self.min_ecpu is not None and self.min_ecpu > self.max_ecpu:
            raise ValueError(
                f"minEcpu must not exceed maxEcpu (got {self.min_ecpu}, {self.max_ecpu}); "
                "lower minEcpu or raise maxEcpu"
            )
        return self


class Cache(Spec):
    """One Valkey cache: on nodes, or serverless."""

    name: Name
    """Name in services' `uses` and in the physical name."""
    nodes: CacheNodes | None = None
    """Nodes of a fixed type."""
    serverless: CacheServerless | None = None
    """At most one of `nodes` and `serverless`; default: nodes with their defaults."""

    @model_validator(mode="after")
    def _one_kind(self) -> Cache:
        if self.nodes is not None and self.serverless is not None:
            raise ValueError("a cache runs on nodes or serverless (got both); remove one")
        return self


def _standing(caches: Sequence[Cache]) -> Iterator[Standing]:
    """Nodes by type; caches cannot be stopped, so they run whatever the hours."""
    nodes: Counter[str] = Counter()
    for cache in caches:
        if cache.serverless is None:
            one = cache.nodes or CacheNodes()
            nodes[one.node_type] += one.shards * (1 + one.replicas)
    for name, count in sorted(nodes.items()):
        yield Standing(kind="cacheNode", type=f"{name} valkey", amount=count, stops=False)


def _charges(inputs: Mapping[str, Any]) -> Iterator[Charge]:
    kind = str(inputs.get("nodeType"))
    nodes = int(inputs.get("numNodeGroups") or 1) * (1 + int(inputs.get("replicasPerNodeGroup") or 0))
    if "numCacheClusters" in inputs:
        nodes = int(inputs["numCacheClusters"])
    valkey = inputs.get("engine") == "valkey"
    yield Charge(
        service="ElastiCache",
        what=f"{nodes} node{'s' if nodes > 1 else ''} of {kind}, {'Valkey' if valkey else 'Redis OSS'}",
        quantity=nodes * HOURS,
        item=f"{kind}Hour",
        unit="hour",
        times=VALKEY if valkey else 1.0,
    )


CACHES: Final = StoreKind[Cache](
    name="cache",
    field="caches",
    attributes=frozenset({"endpoint", "port"}),
    ports=lambda cache: (PORT,) if cache.serverless is None else (PORT, SERVERLESS_READ_PORT),
    load=Load(what="commands", per_request="commands_per_request"),
    standing=_standing,
    charges={"elasticache.ReplicationGroup": _charges},
)
