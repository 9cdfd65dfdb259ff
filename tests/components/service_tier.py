"""A service tier to test: built from a few settings, recorded, its handles resolved."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.handles import EdgeHandle, KubernetesHandle, ServiceHandle
from components.service import ServiceTier, ServiceTierArgs
from components.stores.buckets import MediaHandle
from components.stores.caches import CacheHandle
from components.stores.databases import DatabaseHandle
from components.stores.queues import QueueHandle
from components.stores.registry import Stores
from components.stores.tables import TableHandle
from devtools.recording.recorder import record
from sale.plan import Bounds
from specs.compute import Instances, Kubernetes
from specs.jobs import Job
from specs.observability import OperatingHours
from specs.services import Service
from tests.components import shared
from tests.components.shared import ACCOUNT, REGION, keys, known, site

DELIVERY_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/delivery"
ENDPOINTS_GROUP = "sg-endpoints"
LOAD_BALANCER_GROUP = "sg-load-balancer"
SERVICE = "ecs/service:Service"
HOURS = OperatingHours(start="08:30", stop="20:15", days="MON-FRI", time_zone="Asia/Kolkata")
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


def service(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": f"public.ecr.aws/shop/{name}:1.0"} | fields


# One service of each kind: in front, with stores, calling, worker.
SHOP: Sequence[Mapping[str, Any]] = (
    service(
        "ui",
        publicPaths=["/", "/cart/*"],
        calls=["cart", "catalog"],
        environment={"CART": "${service.cart.url}", "WHERE": "${site.stack} in ${site.region}"},
        scaling={"min": 2, "max": 9, "requestsPerTarget": 600},
        stateless=True,
        capacity={"base": 2, "weight": 3, "spotWeight": 1},
    ),
    service(
        "catalog",
        uses={"databases": ["catalog"], "buckets": {"media": "read"}},
        environment={"DB": "${database.catalog.endpoint}:${database.catalog.port}/${database.catalog.name}"},
        secrets={"DB_PASSWORD": "${database.catalog.password}"},
    ),
    service(
        "cart",
        uses={"tables": {"carts": "readWrite"}, "caches": ["sessions"]},
        environment={"TABLE": "${table.carts.name}"},
    ),
    service(
        "worker",
        port=9090,
        calls=["cart"],
        uses={"queues": {"orders": "receive"}, "tables": {"carts": "read"}},
        scaling={"max": 5, "backlog": {"queue": "orders", "messagesPerTask": 100}},
    ),
)


@dataclass(frozen=True)
class Built(shared.Built):
    """What was registered, and the tier's handles."""

    handles: Mapping[str, ServiceHandle]
    kubernetes: KubernetesHandle | None = None

    def ecs_service(self, name: str) -> Mapping[str, Any]:
        return self.one("ecs/service:Service", f"services-{name}-service").inputs

    def containers(self, name: str) -> list[dict[str, Any]]:
        definition = self.one("ecs/taskDefinition:TaskDefinition", f"services-{name}-task").inputs
        containers: list[dict[str, Any]] = json.loads(definition["containerDefinitions"])
        return containers

    def statements(self, role: str) -> dict[str, dict[str, Any]]:
        """The statements of a role's own policy by their Sid; `role` is for example `cart-task`."""
        return shared.statements(self.one("iam/rolePolicy:RolePolicy", f"services-{role}-policy").inputs["policy"])

    def flows(self) -> set[tuple[str, str, int, int]]:
        """Who may connect to whom on which ports, first and last: what is let out of one group and into the other.

        A service's group goes by the service's name. The endpoints' own group admits the subnets by itself.
        """
        names = {
            group: name
            for name in self.handles
            for group in self.ecs_service(name)["networkConfiguration"]["securityGroups"]
        }

        def ends(direction: str) -> set[tuple[str, str, int, int]]:
            token = f"vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule"
            found = set()
            for rule in (resource.inputs for resource in self.of(token)):
                assert rule["ipProtocol"] == "tcp"
                if "referencedSecurityGroupId" in rule:
                    own, other = rule["securityGroupId"], rule["referencedSecurityGroupId"]
                    pair = (own, other) if direction == "Egress" else (other, own)
                    source, target = (names.get(group, group) for group in pair)
                    found.add((source, target, int(rule["fromPort"]), int(rule["toPort"])))
            return found

        out, into = ends("Egress"), ends("Ingress")
        assert into <= out, "nobody is let in who is not let out"
        return {flow for flow in out if flow in into or flow[1] == ENDPOINTS_GROUP}


def unknown() -> pulumi.Output[str]:
    """What a preview does not know."""
    loop = asyncio.get_event_loop()
    value, is_known = loop.create_future(), loop.create_future()
    value.set_result(None)
    is_known.set_result(False)
    return pulumi.Output(set(), value, is_known)


def stores(*, signs_in_by_iam: bool = False, serverless_cache: bool = False, preview: bool = False) -> Stores:
    """Stores as the data tier hands them on. In a preview, endpoints and secrets of databases are not known."""
    shop = site()
    database = DatabaseHandle(
        name="catalog",
        engine="aurora-mysql",
        endpoint=unknown() if preview else known("catalog.proxy.example"),
        reader_endpoint=known("catalog-ro.proxy.example"),
        port=3306,
        database_name="catalogdb",
        secret_arn=unknown() if preview else known(shop.arn("secretsmanager", "secret:rds!cluster-1-AbCdEf")),
        security_group_id=known("sg-catalog-proxy"),
        cluster_identifier="saleday-dev-catalog",
        connect_arn=known(shop.arn("rds-db", "dbuser:prx-1/admin")) if signs_in_by_iam else None,
    )
    cache = CacheHandle(
        name="sessions",
        endpoint=known("sessions.cache.example"),
        reader_endpoint=known("sessions-ro.cache.example"),
        port=6379,
        reader_port=6380 if serverless_cache else 6379,
        security_group_id=known("sg-sessions"),
        serverless=serverless_cache,
        physical_name="saleday-dev-sessions",
        connect_arns={
            "cart": [
                shop.arn("elasticache", "replicationgroup:saleday-dev-sessions"),
                shop.arn("elasticache", "user:cart"),
            ]
        },
    )
    return Stores(
        databases={"catalog": database},
        tables={
            "carts": TableHandle(
                name="carts",
                arn=shop.arn("dynamodb", "table/saleday-dev-carts"),
                table_name=known("saleday-dev-carts"),
                has_indexes=True,
                index_names=("by-customer",),
            )
        },
        queues={
            "orders": QueueHandle(
                name="orders",
                arn=shop.arn("sqs", "saleday-dev-orders"),
                queue_name="saleday-dev-orders",
                dead_letter_queue_name="saleday-dev-orders-dead",
                url=known(f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/saleday-dev-orders"),
            )
        },
        caches={"sessions": cache},
        buckets={
            "media": MediaHandle(
                name="saleday-dev-media",
                arn="arn:aws:s3:::saleday-dev-media",
                bucket=known("saleday-dev-media"),
                regional_domain_name=known("saleday-dev-media.s3.example"),
            )
        },
    )


def build(
    services: Sequence[Mapping[str, Any]] = SHOP,
    *,
    production: bool = False,
    hours: OperatingHours | None = None,
    signs_in_by_iam: bool = False,
    serverless_cache: bool = False,
    preview: bool = False,
    instances: Instances | None = None,
    jobs: Sequence[Mapping[str, Any]] = (),
    kubernetes: Kubernetes | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    is_off: bool = False,
) -> Built:
    """Builds and records a service tier of these services."""
    handles: dict[str, ServiceHandle] = {}
    clusters: list[KubernetesHandle | None] = []

    def program() -> None:
        tier = ServiceTier(
            "services",
            ServiceTierArgs(
                site=site(production=production),
                network=shared.network(app_cidrs=("10.0.0.0/19", "10.0.32.0/19")),
                keys=keys(),
                services=[Service.model_validate(one) for one in services],
                stores=stores(signs_in_by_iam=signs_in_by_iam, serverless_cache=serverless_cache, preview=preview),
                edge=_edge(),
                alert_topic_arn=known(f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
                log_retention_days=90,
                operating_hours=hours,
                trace_ratio=0.25,
                instances=instances or Instances(),
                jobs=[Job.model_validate(one) for one in jobs],
                kubernetes=kubernetes or Kubernetes(),
                bounds=bounds or {},
                is_off=is_off,
            ),
        )
        handles.update(tier.services)
        clusters.append(tier.kubernetes)

    recorded = record(program, preview=preview)
    return Built(recorded, handles, clusters[0])


@functools.cache
def shop(production: bool = False) -> Built:
    """The whole shop, built once for all tests that only look at it."""
    return build(production=production)


def _edge() -> EdgeHandle:
    balancer = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    return EdgeHandle(
        listener_arn=known(f"{balancer}:listener/app/saleday-dev/1/2"),
        load_balancer_security_group_id=known(LOAD_BALANCER_GROUP),
        load_balancer_arn_suffix=known("app/saleday-dev/1"),
        load_balancer_arn=known(f"{balancer}:loadbalancer/app/saleday-dev/1"),
        load_balancer_name="saleday-dev",
        distribution_id=known("E1"),
        url=known("https://shop.example"),
        web_acl_names={"CLOUDFRONT": "saleday-dev-edge", "REGIONAL": "saleday-dev-regional"},
    )
