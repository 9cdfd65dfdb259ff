"""A delivery tier to test: built from a few settings, recorded."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.delivery import Delivery, DeliveryArgs
from components.handles import KubernetesHandle, ServiceHandle
from devtools.recording.recorder import record
from specs.account import Holding
from specs.delivery import Delivery as Settings
from tests.components import shared
from tests.components.shared import ACCOUNT, REGION

DELIVERY_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/delivery"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:saleday-prod-alerts"
SALE = {"name": "annual-sale", "start": "2027-10-01T00:00:00+05:30", "end": "2027-10-11T00:00:00+05:30"}
GITHUB: Mapping[str, Any] = {
    "github": {"repository": "shop-example/shop"},
    "services": [{"name": "cart", "folder": "src/cart"}, {"name": "ui", "compute": "large"}],
    "freezes": [SALE],
}
CODE_COMMIT: Mapping[str, Any] = {"codeCommit": {"repository": "shop"}, "services": [{"name": "cart"}]}


@dataclass(frozen=True)
class Built(shared.Built):
    """What was registered, and shorter ways to it."""

    def inputs(self, token: str, name: str) -> Mapping[str, Any]:
        """What the only `aws:<token>` of a name was given."""
        return self.one(token, name).inputs

    def pipeline(self, service: str = "cart") -> Mapping[str, Any]:
        return self.inputs("codepipeline/pipeline:Pipeline", f"delivery-{service}-pipeline")

    def stages(self, service: str = "cart") -> dict[str, Mapping[str, Any]]:
        return {stage["name"]: stage for stage in self.pipeline(service)["stages"]}

    def statements(self, name: str) -> dict[str, dict[str, Any]]:
        """The statements of a role's policy by their Sid; `name` is for example `cart-deploy-policy`."""
        return shared.statements(self.inputs("iam/rolePolicy:RolePolicy", f"delivery-{name}")["policy"])

    def trust(self, name: str) -> dict[str, Any]:
        (statement,) = json.loads(self.inputs("iam/role:Role", f"delivery-{name}")["assumeRolePolicy"])["Statement"]
        return dict(statement)


def handle(name: str) -> ServiceHandle:
    physical = f"saleday-prod-{name}"
    return ServiceHandle(
        name=name,
        service_name=physical,
        log_group_name=f"/ecs/saleday-prod/{name}",
        task_role_arn=f"arn:aws:iam::{ACCOUNT}:role/{physical}-task",
        execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/{physical}-execution",
        min_tasks=1,
        max_tasks=2,
        availability_percent=99.9,
        latency_p99=1000,
    )


def build(
    settings: Mapping[str, Any],
    *,
    production: bool = True,
    kubernetes: KubernetesHandle | None = None,
    github_provider: Holding = "create",
) -> Built:
    def program() -> None:
        delivery = Settings.model_validate(settings)
        Delivery(
            "delivery",
            DeliveryArgs(
                site=shared.site(stack="prod", production=production, zones="a"),
                keys=shared.keys("prod"),
                delivery=delivery,
                services={name: handle(name) for name in ("cart", "ui", "orders")},
                cluster_name="saleday-prod",
                freezes=delivery.freezes,
                github_provider=github_provider,
                kubernetes=kubernetes,
                access_logs=shared.bucket("logs"),
                alert_topic_arn=pulumi.Output.from_input(TOPIC),
                log_retention_days=90,
            ),
        )

    return Built(record(program, region=REGION, stack="prod", account_id=ACCOUNT))


@functools.cache
def github() -> Built:
    return build(GITHUB)


@functools.cache
def code_commit() -> Built:
    return build(CODE_COMMIT, production=False)
