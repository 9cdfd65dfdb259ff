"""What the observability tier watches, for its tests: a small shop's handles and the alarms planned for it."""

from __future__ import annotations

from typing import Any, cast

from components.handles import ServiceHandle
from components.monitoring.values import Alarm, AlarmPlan, Math, Metric
from components.observability.monitored_service import MonitoredService
from components.observability.plan import alarm_plan
from components.stores.buckets import MediaHandle
from components.stores.caches import CacheHandle
from components.stores.databases import DatabaseHandle
from components.stores.queues import QueueHandle
from components.stores.registry import Stores
from components.stores.search import SearchHandle
from components.stores.tables import TableHandle
from specs.observability import Observability

ACCOUNT = "123456789012"
REGION = "ap-south-1"
CLUSTER = "saleday-prod"
WEB_ACLS = {"CLOUDFRONT": "saleday-prod-edge", "REGIONAL": "saleday-prod-shop"}
UNUSED = cast(Any, None)
"""An output that what is tested never looks at."""


def service(name: str = "ui", *, public: bool = True, **fields: Any) -> ServiceHandle:
    physical = f"saleday-prod-{name}"
    settings: dict[str, Any] = {
        "min_tasks": 2,
        "max_tasks": 10,
        "availability_percent": 99.9,
        "latency_p99": 1000,
        "target_group_arn_suffix": f"targetgroup/{physical}/1234" if public else None,
        "discovery_name": physical,
    }
    return ServiceHandle(
        name=name,
        service_name=physical,
        log_group_name=f"/saleday/prod/{name}",
        execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/{physical}-execution",
        task_role_arn=f"arn:aws:iam::{ACCOUNT}:role/{physical}-task",
        **(settings | fields),
    )


def watched(name: str = "ui", *, public: bool = True, **fields: Any) -> MonitoredService:
    return MonitoredService.of(service(name, public=public, **fields), CLUSTER)


def database(name: str = "orders", **fields: Any) -> DatabaseHandle:
    settings: dict[str, Any] = {
        "engine": "aurora-postgresql",
        "proxy_name": f"saleday-prod-{name}",
        "has_readers": True,
        "log_group_names": (f"/aws/rds/cluster/saleday-prod-{name}/postgresql",),
    }
    return DatabaseHandle(
        name=name,
        endpoint=UNUSED,
        reader_endpoint=UNUSED,
        port=5432,
        database_name=name,
        secret_arn=UNUSED,
        security_group_id=UNUSED,
        cluster_identifier=f"saleday-prod-{name}",
        **(settings | fields),
    )


def table(name: str = "carts", indexes: tuple[str, ...] = ()) -> TableHandle:
    return TableHandle(
        name=name,
        arn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/saleday-prod-{name}",
        table_name=UNUSED,
        has_indexes=bool(indexes),
        index_names=indexes,
    )


def queue(name: str = "orders") -> QueueHandle:
    return QueueHandle(
        name=name,
        arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:saleday-prod-{name}",
        queue_name=f"saleday-prod-{name}",
        dead_letter_queue_name=f"saleday-prod-{name}-dead",
        url=UNUSED,
    )


def cache(name: str = "sessions", *, nodes: int = 2, **fields: Any) -> CacheHandle:
    """On nodes; with none of them, serverless."""
    physical = f"saleday-prod-{name}"
    limits: dict[str, Any] = {} if nodes else {"max_storage_gb": 10, "max_ecpu": 100_000}
    return CacheHandle(
        name=name,
        endpoint=UNUSED,
        reader_endpoint=UNUSED,
        port=6379,
        reader_port=6379,
        security_group_id=UNUSED,
        serverless=not nodes,
        physical_name=physical,
        connect_arns={},
        node_ids=tuple(f"{physical}-{number:03}" for number in range(1, nodes + 1)),
        **(limits | fields),
    )


def search(name: str = "products") -> SearchHandle:
    physical = f"saleday-prod-{name}"
    return SearchHandle(
        name=name,
        arn=f"arn:aws:es:{REGION}:{ACCOUNT}:domain/{physical}",
        endpoint=UNUSED,
        security_group_id=UNUSED,
        physical_name=physical,
        account_id=ACCOUNT,
        nodes=6,
        storage_gb=100,
        has_managers=True,
    )


def bucket(name: str = "media") -> MediaHandle:
    physical = f"saleday-prod-{name}-{ACCOUNT}-{REGION}"
    return MediaHandle(name=physical, arn=f"arn:aws:s3:::{physical}", bucket=UNUSED, regional_domain_name=UNUSED)


def stores(**fields: Any) -> Stores:
    settings: dict[str, Any] = {
        "databases": {"orders": database(), "catalog": database("catalog", engine="aurora-mysql")},
        "tables": {"carts": table(indexes=("by-customer",))},
        "queues": {"orders": queue()},
        "caches": {"sessions": cache()},
        "buckets": {"media": bucket()},
        "search": {"products": search()},
    }
    return Stores(**(settings | fields))


SERVICES = (
    watched("ui"),
    watched("catalog", public=False),
    watched("orders", public=False, backlog_queue="orders"),
)


def plan(*services: MonitoredService, settings: Observability | None = None, **kinds: Any) -> AlarmPlan:
    """The alarms of these services (by default three) and of one store of each kind."""
    return alarm_plan(
        services=services or SERVICES,
        stores=stores(**kinds),
        web_acls=WEB_ACLS,
        region=REGION,
        settings=settings or Observability(),
    )


PLAN = plan()
ALARMS = {alarm.name: alarm for alarm in PLAN.alarms}


def terms(alarm: Alarm) -> list[Metric]:
    return list(alarm.measure.terms.values()) if isinstance(alarm.measure, Math) else [alarm.measure]
