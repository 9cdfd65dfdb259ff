"""Differences between Aurora's two engines: versions, parameters, logs. Pure values.

Default versions are the newest long-term-support releases (Aurora release calendars, 2026-11): MySQL 3.10 is supported
until 2028-04-30, PostgreSQL 17.7 until 2030-02-28. An LTS release, or any exact version, is not upgraded by itself (AWS
advises against it, and the next deployment would ask for the older version back); a major version alone follows AWS's
default minor version and upgrades in the maintenance window.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from specs.stores.databases import Database, Engine, Provisioned

SLOW_SECONDS: Final = 1  # a statement that takes longer is logged: customers notice a page of one second

# Database Insights does not run on these classes of Aurora MySQL (Aurora user guide, "Instance class support").
_NO_INSIGHTS: Final = re.compile(r"^db\.(t2|t3)\.|^db\.t4g\.(micro|small)$")
_SERVERLESS_CLASS: Final = "db.serverless"


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    default_version: str
    proxy_family: str
    """RDS Proxy's name of the engine."""
    client_password_auth: str | None
    """Password authentication between clients and proxy; None: the service's default."""
    logs: tuple[str, ...]
    """Logs that the cluster exports to CloudWatch."""
    cluster_parameters: dict[str, str]
    instance_parameters: dict[str, str]


ENGINES: Final[dict[Engine, EngineFacts]] = {
    "aurora-mysql": EngineFacts(
        default_version="8.0.mysql_aurora.3.10.4",
        proxy_family="MYSQL",
        client_password_auth=None,
        logs=("audit", "error", "iam-db-auth-error", "slowquery"),
        # TLS below 1.2 is gone since MySQL 8.0.28. The audit log leaves out DCL, which may carry passwords.
        cluster_parameters={
            "require_secure_transport": "ON",
            "server_audit_logging": "1",
            "server_audit_events": "CONNECT,QUERY_DDL",
        },
        instance_parameters={"slow_query_log": "1", "long_query_time": str(SLOW_SECONDS)},
    ),
    "aurora-postgresql": EngineFacts(
        default_version="17.7",
        proxy_family="POSTGRESQL",
        client_password_auth="POSTGRES_SCRAM_SHA_256",
        logs=("iam-db-auth-error", "postgresql"),
        cluster_parameters={"rds.force_ssl": "1", "ssl_min_protocol_version": "TLSv1.2"},
        instance_parameters={
            "log_connections": "1",
            "log_disconnections": "1",
            "log_lock_waits": "1",
            "log_min_duration_statement": str(SLOW_SECONDS * 1000),
        },
    ),
}


def version(database: Database) -> str:
    return database.engine_version or ENGINES[database.engine].default_version


def upgrades_itself(database: Database) -> bool:
    """Whether minor versions are applied automatically: only where the settings name a major version alone."""
    return version(database) == family(database).removeprefix(database.engine)


def family(database: Database) -> str:
    """The parameter group family: `aurora-mysql8.0`, `aurora-postgresql17`."""
    numbers = version(database).split(".")
    return database.engine + (".".join(numbers[:2]) if database.engine == "aurora-mysql" else numbers[0])


def instance_class(database: Database) -> str:
    capacity = database.capacity
    return capacity.instance_class if isinstance(capacity, Provisioned) else _SERVERLESS_CLASS


def has_insights(database: Database) -> bool:
    """Whether Database Insights runs on this database's instances."""
    return database.engine != "aurora-mysql" or _NO_INSIGHTS.search(instance_class(database)) is None


def has_readers(database: Database) -> bool:
    return database.readers > 0 or database.reader_scaling is not None


def parameter_group_suffix(database: Database) -> str:
    """The family as a part of names: a new major version gets a group of its own beside the one still in use."""
    return family(database).replace(".", "-")
