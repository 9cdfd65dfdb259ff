"""A security tier to test: built from a few settings and recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.handles import (
    BucketHandle,
    EdgeHandle,
    IpSetHandle,
    KeyHandle,
    KeyRing,
    NetworkHandle,
    ServiceHandle,
)
from components.security import Security, SecurityArgs
from components.site import Site
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from specs.account import Account
from specs.security import Security as Settings

ACCOUNT = "123456789012"
REGION = "ap-south-1"
DATA_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
LOGS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/logs"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:saleday-dev-alerts"
ACCESS_LOGS = "saleday-dev-logs"


def site(*, production: bool = False, region: str = REGION) -> Site:
    return Site(
        project="saleday",
        stack="dev",
        region=region,
        account_id=ACCOUNT,
        owner="platform@shop.example",
        cost_centre="42",
        production=production,
        zones=(f"{region}a",),
    )


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
    where = site(region=region)

    def program() -> None:
        Security(
            "security",
            SecurityArgs(
                site=where,
                keys=KeyRing(**{name: _key(name) for name in ("data", "logs", "edge", "delivery")}),
                security=Settings.model_validate(settings),
                account=Account.model_validate(account),
                network=_network(),
                edge=_edge(),
                services={"cart": _service("cart"), "ui": _service("ui")},
                access_logs=_bucket(),
                alert_topic_arn=pulumi.Output.from_input(TOPIC),
                log_retention_days=30,
                edge_provider=aws.Provider("us-east-1", region="us-east-1"),
            ),
        )

    return record(program, region=region, stack="dev")


def _key(name: str) -> KeyHandle:
    return KeyHandle(
        key_id=pulumi.Output.from_input(name),
        arn=pulumi.Output.from_input(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"),
        alias_name=f"alias/saleday-dev-{name}",
    )


def _network() -> NetworkHandle:
    known = pulumi.Output.from_input
    return NetworkHandle(
        vpc_id=known("vpc-1"),
        cidr="10.0.0.0/16",
        public_subnet_ids=[known("subnet-public")],
        app_subnet_ids=[known("subnet-app")],
        data_subnet_ids=[known("subnet-data")],
        app_cidrs=("10.0.0.0/18",),
        endpoints_security_group_id=known("sg-endpoints"),
        s3_prefix_list_id=known("pl-s3"),
        dynamodb_prefix_list_id=known("pl-dynamodb"),
    )


def _edge() -> EdgeHandle:
    known = pulumi.Output.from_input
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


def _bucket() -> BucketHandle:
    return BucketHandle(
        name=ACCESS_LOGS,
        arn=f"arn:aws:s3:::{ACCESS_LOGS}",
        bucket=pulumi.Output.from_input(ACCESS_LOGS),
        regional_domain_name=pulumi.Output.from_input(f"{ACCESS_LOGS}.s3.amazonaws.com"),
    )


def statements(resource: Resource, of: str = "policy") -> dict[str, Mapping[str, Any]]:
    """The statements of a document by their Sid."""
    return {one["Sid"]: one for one in json.loads(resource.inputs[of])["Statement"]}
