"""A security tier to test: built from a few settings and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.handles import (
    EdgeHandle,
    IpSetHandle,
    ServiceHandle,
)
from components.security import Security, SecurityArgs
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from specs.account import Account
from specs.security import Security as Settings
from tests.components import shared
from tests.components.shared import ACCOUNT, REGION, known

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:saleday-dev-alerts"
ACCESS_LOGS = "saleday-dev-logs"


# What a stack makes that owns all of its account and region.
OWNED = dict.fromkeys(
    (
        "detector",
        "recorder",
        "hub",
        "inspector",
        "registryScanning",
        "outsideAccess",
        "diskEncryption",
        "snapshotSharing",
        "instanceMetadata",
    ),
    "create",
)


def build(*, account: Mapping[str, str] = OWNED, region: str = REGION, **settings: Any) -> Recorded:
    """The tier with these settings (`detection`, `response`, `people`, `patching`, as in a stack file)."""
    where = shared.site(region=region, zones="a")

    def program() -> None:
        Security(
            "security",
            SecurityArgs(
                site=where,
                keys=shared.keys(),
                security=Settings.model_validate(settings),
                account=Account.model_validate(account),
                network=shared.network("a"),
                edge=_edge(),
                services={"cart": _service("cart"), "ui": _service("ui")},
                access_logs=shared.bucket(ACCESS_LOGS),
                alert_topic_arn=pulumi.Output.from_input(TOPIC),
                log_retention_days=30,
                edge_provider=aws.Provider("us-east-1", region="us-east-1"),
            ),
        )

    return record(program, region=region, stack="dev")


def _edge() -> EdgeHandle:
    return EdgeHandle(
        listener_arn=known("arn:aws:elasticloadbalancing:ap-south-1:123456789012:listener/app/saleday/1/2"),
        load_balancer_security_group_id=known("sg-load-balancer"),
        load_balancer_arn_suffix=known("app/saleday/1"),
        load_balancer_arn=known("arn:aws:elasticloadbalancing:ap-south-1:123456789012:loadbalancer/app/saleday/1"),
        load_balancer_name="saleday-dev",
        distribution_id=known("E1"),
        url=known("https://shop.example.com"),
        web_acl_names={},
        response_ip_sets={
            family: IpSetHandle(name=f"saleday-dev-response-{family}", ip_set_id=known(f"id-{family}"))
            for family in ("v4", "v6")
        },
    )


def _service(name: str) -> ServiceHandle:
    return ServiceHandle(
        name=name,
        service_name=f"saleday-dev-{name}",
        log_group_name=f"/ecs/saleday-dev/{name}",
        task_role_arn=f"arn:aws:iam::{ACCOUNT}:role/saleday-dev-{name}-task",
        execution_role_arn=f"arn:aws:iam::{ACCOUNT}:role/saleday-dev-{name}-execution",
        min_tasks=1,
        max_tasks=2,
        availability_percent=99.9,
        latency_p99=500,
    )


def statements(resource: Resource, of: str = "policy") -> dict[str, dict[str, Any]]:
    """The statements of a resource's document by their Sid."""
    return shared.statements(resource.inputs[of])
