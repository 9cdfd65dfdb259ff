"""A small shop's objects, rendered from settings as the program would."""

from __future__ import annotations

from typing import Any

from components.service.kubernetes.manifests import (
    Place,
    Platform,
    SecretKey,
    Values,
    platform_objects,
    service_objects,
)
from components.service.kubernetes.manifests.names import Object
from components.service.kubernetes.manifests.pods import container_size, hardened
from specs.services import Service
from tests.configuration import service

SECRET = "arn:aws:secretsmanager:ap-south-1:123456789012:secret:rds!cluster-1-AbCdEf"
GROUP = "arn:aws:elasticloadbalancing:ap-south-1:123456789012:targetgroup/saleday-eks-ui/1"
PLACE = Place(project="saleday", stack="eks", region="ap-south-1", namespace="saleday", vpc_cidr="10.30.0.0/16")
COLLECTOR: Object = {
    "name": "aws-otel-collector",
    "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
    "resources": container_size(32, 192),
    "securityContext": hardened() | {"runAsUser": 4317, "runAsNonRoot": True},
}
UI: dict[str, Any] = service(
    "ui",
    publicPaths=["/*"],
    healthPath="/ready",
    calls=["cart"],
    stateless=True,
    capacity={"weight": 3, "spotWeight": 1},
    scaling={"min": 2, "max": 9, "cpuPercent": 55, "scaleOutCooldown": 30, "scaleInCooldown": 240},
    cpu=1024,
    memory=2048,
    command=["serve", "--all"],
)
CART: dict[str, Any] = service(
    "cart", user="1001:1002", writablePaths=["/tmp", "/var/run/cart"], uses={"databases": ["orders"]}
)


def rendered(settings: dict[str, Any] = UI, **changes: Any) -> dict[str, Object]:
    """A service's objects by their kinds."""
    spec = Service.model_validate(settings)
    values: dict[str, Any] = {
        "image": spec.image,
        "cpu": spec.cpu - 32,
        "memory": spec.memory - 192,
        "collector": COLLECTOR,
        "environment": {"PLACE": "here"},
        "secrets": {"DB_PASSWORD": SecretKey(SECRET, "password"), "DB_USER": SecretKey(SECRET, "username")},
        "store_ports": [5432, 6379],
        "callers": ["admin"],
        "callee_ports": {"cart": 8080},
        "target_group_arn": GROUP if spec.is_public else None,
    } | changes
    return {one["kind"]: one for one in service_objects(spec, Values(**values), PLACE)}


def platform(*, with_spot: bool = True) -> list[Object]:
    return platform_objects(
        PLACE,
        Platform(
            node_role_name="saleday-eks-nodes",
            subnet_ids=["subnet-1", "subnet-2"],
            security_group_id="sg-1",
            key_arn="arn:aws:kms:ap-south-1:123456789012:key/data",
            instance_categories=["c", "m"],
            max_cpu=64,
            with_spot=with_spot,
            started_with_secrets=["orders", "catalog"],
        ),
    )


def pod(objects: dict[str, Object]) -> Object:
    spec: Object = objects["Deployment"]["spec"]["template"]["spec"]
    return spec
