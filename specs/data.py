"""Settings of everything that keeps data, and the registry of its kinds: a new kind of store is listed here.

Its settings are in a module of `specs.stores`, its resources in a package of `components.stores`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from specs.base import Count, Days, Name, Spec
from specs.forms import Distinct
from specs.rotation import Rotation
from specs.stores.buckets import BUCKETS, BucketAccess, Media
from specs.stores.caches import CACHES, Cache
from specs.stores.contract import StoreKind
from specs.stores.databases import DATABASES, Database
from specs.stores.queues import QUEUES, Queue, QueueAccess
from specs.stores.search import SEARCH, SearchAccess, SearchDomain
from specs.stores.tables import TABLES, Table, TableAccess

KINDS: Final[tuple[StoreKind[Any], ...]] = (DATABASES, TABLES, QUEUES, BUCKETS, CACHES, SEARCH)


class Logs(Spec):
    """The bucket of access logs."""

    retention_days: Days = 365
    """Days that access logs are kept."""


class Backups(Spec):
    """AWS Backup over every store."""

    daily_retention_days: Days = 35
    """Days that a daily backup is kept."""
    monthly_retention_days: Annotated[Days, Field(ge=90)] | None = 365
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
    search: tuple[SearchDomain, ...] = ()
    """OpenSearch domains. Default: none."""
    media: Media = Media()
    """Bucket of images and static files."""
    logs: Logs = Logs()
    """Bucket of access logs."""
    backups: Backups = Backups()
    """AWS Backup over every store."""

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports that the stores in the data subnets listen on, ascending."""
        return tuple(sorted({port for kind in KINDS for store in kind.of(self) for port in kind.ports(store)}))


class Uses(Spec):
    """The stores that a service works with; each grants just the actions named here, on just this store."""

    tables: dict[Name, TableAccess] = Field(default_factory=dict)
    """DynamoDB tables, each with the access it grants."""
    queues: dict[Name, QueueAccess] = Field(default_factory=dict)
    """SQS queues, each with the access it grants."""
    buckets: dict[Name, BucketAccess] = Field(default_factory=dict)
    """S3 buckets, each with the access it grants."""
    databases: Annotated[tuple[Name, ...], Distinct()] = ()
    """Aurora databases that it may connect to."""
    caches: Annotated[tuple[Name, ...], Distinct()] = ()
    """Valkey caches that it may connect to."""
    search: dict[Name, SearchAccess] = Field(default_factory=dict)
    """OpenSearch domains, each with the access it grants: `read` searches, `readWrite` indexes too."""


class StoreLoad(Spec):
    """What a task, a request or an order asks of the service's stores. Every default is an estimate."""

    connections: Annotated[int, Field(ge=1, le=16_000)] = 10
    """Connections that a task's pool opens to each of its databases at most. A pool without a bound opens one for each
    request that waits at a time: bound it in the service's own settings, or put here what a task has open at its target
    of CPU. The proof counts on it; above it only `proxy.maxConnectionsPercent` holds tasks back."""
    queries_per_request: Count = 1
    """Statements to each of its databases."""
    reads_per_request: Count = 1
    """Read units of each of its tables (4 KB, strongly consistent)."""
    writes_per_request: Count = 0.5
    """Write units of each of its tables (1 KB)."""
    commands_per_request: Count = 2
    """Commands to each of its caches."""
    searches_per_request: Count = 1
    """Searches in each of its OpenSearch domains."""
    messages_per_order: Count = 1
    """Messages that an order puts into each queue that it sends to."""
