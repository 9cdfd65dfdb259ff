"""What a stack may say of its data: databases, tables, caches, queues, media and backups."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from specs.base import Name, Percent, Spec
from specs.rotation import Rotation

Engine = Literal["aurora-mysql", "aurora-postgresql"]

# Ports of the stores (IANA, and the engines' own defaults); ElastiCache Serverless answers reads on the second one.
PORTS: Final[dict[str, tuple[int, ...]]] = {
    "aurora-mysql": (3306,),
    "aurora-postgresql": (5432,),
    "cache": (6379,),
    "cache-serverless": (6379, 6380),
}

# Name of the bucket that access logs go to.
LOG_BUCKET: Final = "logs"

# How Aurora writes its versions: `8.0.mysql_aurora.3.10.4` and `17.7`, or the major version alone.
VERSIONS: Final[dict[str, str]] = {
    "aurora-mysql": r"\d+\.\d+(\.mysql_aurora\.\d+\.\d+\.\d+)?",
    "aurora-postgresql": r"\d+(\.\d+){0,2}",
}

# Aurora Serverless v2 counts in half units; 0 lets an idle instance pause.
Acu = Annotated[float, Field(ge=0, le=256, multiple_of=0.5)]


class Serverless(Spec):
    """Aurora Serverless v2: capacity in Aurora capacity units (1 ACU is about 2 GiB of memory)."""

    min_acu: Acu = 0.5
    """Fewest ACU of each instance; 0 lets an idle one pause."""
    max_acu: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)] = 4
    """Most ACU of each instance."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Serverless:
        if self.min_acu > self.max_acu:
            raise ValueError(
                f"minAcu must not exceed maxAcu (got {self.min_acu}, {self.max_acu}); lower minAcu or raise maxAcu"
            )
        return self


class Provisioned(Spec):
    """Aurora on instances of a fixed class."""

    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")]
    """For example `db.r7g.large`."""


class ReaderScaling(Spec):
    """Readers that Aurora adds and removes by itself, beyond those of `readers`. For `provisioned` databases alone:
    Aurora offers none with Serverless v2, whose readers are made in advance and grow by their ACU."""

    max: Annotated[int, Field(ge=1, le=15)]
    """Most readers in all (Aurora: 15)."""
    min: Annotated[int, Field(ge=0, le=15)] | None = None
    """Fewest readers; events raise it. Default: those of `readers`, at least one."""
    cpu_percent: Percent = 60
    """Target for the readers' average CPU."""


class Proxy(Spec):
    """RDS Proxy in front of a database."""

    max_connections_percent: Annotated[int, Field(ge=1, le=100)] = 90
    """Share of the database's connections that the pool may take, percent."""
    idle_client_timeout: Annotated[int, Field(ge=1, le=28800)] = 1800
    """Seconds after which an idle client connection is closed."""
    auth: Literal["password", "iam"] = "password"
    """How services sign in to the proxy: with the managed secret, which each rotation takes from tasks that are running
    (docs/security.md), or with IAM tokens, which is better wherever a service's driver can ask for them."""


class Database(Spec):
    """One Aurora cluster."""

    name: Name
    """Name in services' `uses` and in every physical name."""
    engine: Engine
    """MySQL or PostgreSQL, as Aurora speaks it."""
    engine_version: str | None = None
    """An exact version (`8.0.mysql_aurora.3.10.4`, `17.7`) stays until it is changed here; a major version alone
    (`8.0`, `17`) upgrades its minor version by itself. Default: the engine's long-term-support release in
    `components.data`."""
    database_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    """The schema made in the new cluster."""
    serverless: Serverless | None = None
    """Serverless v2 capacity."""
    provisioned: Provisioned | None = None
    """Exactly one of `serverless` and `provisioned`; default: serverless with its own defaults."""
    readers: Annotated[int, Field(ge=0, le=15)] = 1
    """Readers beside the writer, each in another zone than the one before: what Aurora fails over to. They answer
    queries only of services that name `${database.<name>.readerEndpoint}`; without one they are standbys."""
    reader_scaling: ReaderScaling | None = None
    """Readers added under load, of a `provisioned` database. Default: a fixed number."""
    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 14
    """Days of automatic backups (point-in-time recovery)."""
    io_optimized: bool = False
    """Aurora I/O-Optimized storage: dearer instances, no charge per request."""
    proxy: Proxy | None = Proxy()
    """RDS Proxy; `null` lets services connect to the cluster itself."""

    @model_validator(mode="after")
    def _one_capacity(self) -> Database:
        if self.serverless is not None and self.provisioned is not None:
            raise ValueError("a database is serverless or provisioned (got both); remove one")
        scaling = self.reader_scaling
        # Aurora user guide, "Requirements and limitations for Aurora Serverless v2": "Aurora Auto Scaling isn't
        # supported."
        if scaling is not None and self.provisioned is None:
            raise ValueError(
                "readerScaling is for provisioned databases, as Aurora scales no readers of Serverless v2 (got readers "
                f"up to {scaling.max}); set readers and serverless.maxAcu instead, or provisioned"
            )
        if scaling is not None and scaling.min is not None and scaling.min > scaling.max:
            raise ValueError(
                f"readerScaling.min must not exceed readerScaling.max (got {scaling.min}, {scaling.max}); lower it"
            )
        if scaling is not None and scaling.max < max(self.readers, 1):
            raise ValueError(
                f"readerScaling.max must be at least readers (got {scaling.max}, readers {self.readers}); raise it"
            )
        return self

    @model_validator(mode="after")
    def _version_is_the_engines(self) -> Database:
        if self.engine_version is not None and not re.fullmatch(VERSIONS[self.engine], self.engine_version):
            example = "8.0.mysql_aurora.3.10.4 or 8.0" if self.engine == "aurora-mysql" else "17.7 or 17"
            raise ValueError(
                f"engineVersion must be a version of {self.engine} (got {self.engine_version}); write it as {example}"
            )
        return self

    @property
    def capacity(self) -> Serverless | Provisioned:
        return self.provisioned or self.serverless or Serverless()


class Key(Spec):
    """One attribute of a table's key."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    """Name of the attribute."""
    type: Literal["S", "N", "B"] = "S"
    """String, number or binary."""


class Index(Spec):
    """A global secondary index; all attributes are projected."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]
    """Name of the index."""
    hash_key: Key
    """Partition key of the index."""
    range_key: Key | None = None
    """Sort key of the index. Default: none."""


class Table(Spec):
    """One DynamoDB table, billed on demand."""

    name: Name
    """Name in services' `uses` and in the physical name."""
    hash_key: Key
    """Partition key."""
    range_key: Key | None = None
    """Sort key. Default: none."""
    indexes: tuple[Index, ...] = ()
    """Global secondary indexes."""
    ttl_attribute: str | None = None
    """Attribute with the expiry time in epoch seconds. Default: items do not expire."""
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = "NEW_AND_OLD_IMAGES"
    """What DynamoDB Streams shows of a change; `null` for no stream."""
    recovery_days: Annotated[int, Field(ge=1, le=35)] = 35
    """Days of point-in-time recovery."""
    max_reads: Annotated[int, Field(ge=1)] | None = None
    """Read units a second beyond which requests are throttled, to bound cost; events raise it. Default: no bound."""
    max_writes: Annotated[int, Field(ge=1)] | None = None
    """Write units a second beyond which requests are throttled; events raise it. Default: no bound."""

    @property
    def attributes(self) -> dict[str, str]:
        """Type of every attribute that is part of a key, the table's or an index's."""
        return {key.name: key.type for key in self._keys()}

    def _keys(self) -> Iterator[Key]:
        for item in (self, *self.indexes):
            yield item.hash_key
            if item.range_key is not None:
                yield item.range_key

    @model_validator(mode="after")
    def _keys_fit_together(self) -> Table:
        for key in self._keys():
            if key.type != self.attributes[key.name]:
                raise ValueError(
                    "an attribute has one type in all keys of a table "
                    f"(got {key.name} as {key.type} and {self.attributes[key.name]}); use one of the two"
                )
        for item in (self, *self.indexes):
            if item.range_key is not None and item.range_key.name == item.hash_key.name:
                raise ValueError(
                    f"hashKey and rangeKey must be different attributes (got {item.hash_key.name} twice); "
                    "remove rangeKey"
                )
        for name, count in Counter(index.name for index in self.indexes).items():
            if count > 1:
                raise ValueError(f"indexes must have different names (got {name} {count} times); rename or remove one")
        return self


class CacheNodes(Spec):
    """Valkey on nodes of a fixed type."""

    node_type: Annotated[str, Field(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")] = "cache.t4g.small"
    """For example `cache.r7g.large`."""
    shards: Annotated[int, Field(ge=1, le=500)] = 1
    """Node groups; with one, cluster mode is off."""
    replicas: Annotated[int, Field(ge=0, le=5)] = 1
    """Replicas of each shard; with none there is no automatic failover."""
    snapshot_days: Annotated[int, Field(ge=0, le=35)] = 7
    """Days that daily snapshots are kept; 0 for none."""


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


class Queue(Spec):
    """One SQS queue with its dead-letter queue."""

    name: Name
    """Name in services' `uses` and in the physical name."""
    visibility_timeout: Annotated[int, Field(ge=0, le=43_200)] = 60
    """Seconds that a received message stays hidden; six times the time to work on it."""
    retention: Annotated[int, Field(ge=60, le=1_209_600)] = 345_600
    """Seconds that a message is kept (345,600 = 4 days)."""
    max_receives: Annotated[int, Field(ge=1, le=1000)] = 5
    """Attempts before a message goes to the dead-letter queue."""
    fifo: bool = False
    """First in, first out, each message once; at most 300 calls a second without batching."""


class Media(Spec):
    """The bucket of images and static files."""

    name: Name = "media"
    """Name in services' `uses` and in the physical name."""
    infrequent_after_days: Annotated[int, Field(ge=0)] = 0
    """Days before an object moves to Intelligent-Tiering."""
    archive_after_days: Annotated[int, Field(ge=90, le=730)] | None = None
    """Days without access before Intelligent-Tiering's archive tier. Default: never, as archives answer slowly."""
    old_versions_days: Annotated[int, Field(ge=1)] = 30
    """Days that overwritten versions are kept."""

    @field_validator("name")
    @classmethod
    def _is_not_the_log_bucket(cls, name: str) -> str:
        if name == LOG_BUCKET:
            raise ValueError(f"{LOG_BUCKET} is the bucket of access logs (got {name}); choose another name")
        return name


class Logs(Spec):
    """The bucket of access logs."""

    retention_days: Annotated[int, Field(ge=1)] = 365
    """Days that access logs are kept."""


class Backups(Spec):
    """AWS Backup over every store."""

    daily_retention_days: Annotated[int, Field(ge=1)] = 35
    """Days that a daily backup is kept."""
    monthly_retention_days: Annotated[int, Field(ge=90)] | None = 365
    """Days that a monthly copy is kept, in cold storage after 30 where the store allows. Default in dev: none."""
    hour: Annotated[int, Field(ge=0, le=23)] = 19
    """Hour of the daily backup, UTC, outside the shop's busy hours; the stores' own windows follow it. A stack with
    operating hours is copied an hour after they start instead, as stopped databases cannot be copied."""


class Data(Spec):
    """Everything that keeps data."""

    databases: tuple[Database, ...] = ()
    """Aurora clusters."""
    rotation: Rotation = Rotation()
    """When the databases' passwords rotate."""
    tables: tuple[Table, ...] = ()
    """DynamoDB tables."""
    caches: tuple[Cache, ...] = ()
    """Valkey caches."""
    queues: tuple[Queue, ...] = ()
    """SQS queues."""
    media: Media = Media()
    """Bucket of images and static files."""
    logs: Logs = Logs()
    """Bucket of access logs."""
    backups: Backups = Backups()
    """AWS Backup over every store."""

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports that the stores in the data subnets listen on, ascending."""
        kinds: set[str] = {database.engine for database in self.databases}
        kinds |= {"cache" if cache.serverless is None else "cache-serverless" for cache in self.caches}
        return tuple(sorted({port for kind in kinds for port in PORTS[kind]}))
