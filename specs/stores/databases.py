"""Settings of Aurora databases, and what the rest of the program asks of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from aws_facts.instance_types import TYPES
from aws_facts.reserved_words import RESERVED
from specs.base import LargePercent, Name, Spec
from specs.forms import Form, OneOf
from specs.stores.contract import Load, Standing, StoreKind

Engine = Literal["aurora-mysql", "aurora-postgresql"]

# The engines' own default ports.
PORTS: Final[dict[Engine, int]] = {"aurora-mysql": 3306, "aurora-postgresql": 5432}
MIN_ZONES: Final = 2  # RDS refuses a DB subnet group, and so a cluster, in fewer

# How Aurora writes its versions: `8.0.mysql_aurora.3.10.4` and `17.7`, or the major version alone. The majors are those
# that new clusters may have in November 2026 (Aurora release calendars; cfn-lint 1.58.0, `engine_version`).
VERSIONS: Final[dict[str, str]] = {
    "aurora-mysql": r"8\.[04](\.mysql_aurora\.[3-5]\.[0-9]{1,2}\.[0-9]{1,2})?",
    "aurora-postgresql": r"1[3-8](\.[0-9]{1,2}){0,2}",
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


InstanceClass = Annotated[str, OneOf("an instance class of Aurora", TYPES["aurora"])]


class Provisioned(Spec):
    """Aurora on instances of a fixed class."""

    instance_class: InstanceClass
    """For example `db.r7g.large`."""


class ReaderScaling(Spec):
    """Readers that Aurora adds and removes by itself, beyond those of `readers`. For `provisioned` databases alone:
    Aurora offers none with Serverless v2, whose readers are made in advance and grow by their ACU."""

    max: Annotated[int, Field(ge=1, le=15)]
    """Most readers in all (Aurora: 15)."""
    min: Annotated[int, Field(ge=0, le=15)] | None = None
    """Fewest readers; events raise it. Default: those of `readers`, at least one."""
    cpu_percent: LargePercent = 60
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
    engine_version: Annotated[str, Field(max_length=64)] | None = None
    """An exact version (`8.0.mysql_aurora.3.10.4`, `17.7`) stays until it is changed here; a major version alone
    (`8.0`, `17`) upgrades its minor version by itself. Default: the engine's long-term-support release in
    `components.stores.databases`."""
    database_name: Annotated[
        str,
        Form("a name of at most 63 lower-case letters, digits and underscores", "shop_orders", r"[a-z][a-z0-9_]{0,62}"),
    ]
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
    def _name_is_free(self) -> Database:
        is_system = self.engine == "aurora-postgresql" and self.database_name.startswith("pg_")
        if is_system or self.database_name in RESERVED[self.engine]:
            raise ValueError(
                f"databaseName must not be a word that {self.engine} keeps for itself (got {self.database_name}); "
                f"name it for example {self.database_name.removeprefix('pg_')}db"
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


def _standing(databases: Sequence[Database]) -> Iterator[Standing]:
    """Instances by class and engine, and ACU by engine: the writers with their fixed readers."""
    instances: Counter[str] = Counter()
    acu: Counter[str] = Counter()
    for database in databases:
        count = 1 + database.readers
        if isinstance(database.capacity, Provisioned):
            instances[f"{database.capacity.instance_class} {database.engine}"] += count
        else:
            acu[database.engine] += round(database.capacity.min_acu * count * 100)
    for name, count in sorted(instances.items()):
        yield Standing(kind="databaseInstance", type=name, amount=count)
    for engine, hundredths in sorted(acu.items()):
        if hundredths:
            yield Standing(kind="databaseAcu", type=engine, amount=hundredths / 100)


DATABASES: Final = StoreKind[Database](
    name="database",
    field="databases",
    attributes=frozenset({"endpoint", "readerEndpoint", "port", "name"}),
    secret_attributes=frozenset({"username", "password"}),
    ports=lambda database: (PORTS[database.engine],),
    min_zones=MIN_ZONES,
    in_every_zone=lambda database: "proxies of RDS" if database.proxy is not None else None,
    load=Load(what="statements", per_request="queries_per_request"),
    standing=_standing,
)
