"""An observability tier to test: built from the parts of a small shop, and recorded."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from components.handles import EdgeHandle, ServiceHandle
from components.observability import Observability, ObservabilityArgs
from components.stores.registry import Stores
from devtools.recording.recorder import record
from specs.account import Account
from specs.observability import Observability as Settings
from tests.components import observability_parts as parts
from tests.components import shared
from tests.components.shared import known

TOPIC = f"arn:aws:sns:{parts.REGION}:{parts.ACCOUNT}:alerts"
EDGE_TOPIC = f"arn:aws:sns:us-east-1:{parts.ACCOUNT}:edge-alerts"
ACCESS_LOGS = "saleday-access-logs"


@dataclasses.dataclass(frozen=True)
class Built(shared.Built):
    """What was registered, and what the tier says of itself."""

    outputs: Mapping[str, Any]


def build(
    *, production: bool = False, kept: Stores | None = None, account: Mapping[str, str] | None = None, **settings: Any
) -> Built:
    """Builds and records an observability tier with these settings."""
    outputs: dict[str, Any] = {}

    def program() -> None:
        tier = Observability(
            "watch", _args(production, kept, Settings.model_validate(settings), Account.model_validate(account or {}))
        )
        outputs.update(dashboard_names=tier.dashboard_names, alarm_names=tier.alarm_names)
        tier.trail_arn.apply(functools.partial(outputs.__setitem__, "trail_arn"))

    return Built(record(program), outputs)


@functools.cache
def plain(production: bool = False) -> Built:
    """The tier with default settings, built once for all tests that only look at it."""
    return build(production=production)


def _args(production: bool, kept: Stores | None, settings: Settings, account: Account) -> ObservabilityArgs:
    return ObservabilityArgs(
        site=shared.site(production=production),
        keys=shared.keys(),
        observability=settings,
        account=account,
        cluster_name=parts.CLUSTER,
        services=_services(),
        stores=parts.stores() if kept is None else kept,
        edge=EdgeHandle(
            listener_arn=known("listener"),
            load_balancer_security_group_id=known("sg"),
            load_balancer_arn_suffix=known("app/saleday/1"),
            load_balancer_arn=known("arn:aws:elasticloadbalancing:ap-south-1:1:loadbalancer/app/saleday/1"),
            load_balancer_name="saleday",
            distribution_id=known("E123"),
            url=known("https://shop.example.com"),
            web_acl_names=parts.WEB_ACLS,
        ),
        alert_topic_arn=known(TOPIC),
        edge_alert_topic_arn=known(EDGE_TOPIC),
        edge_provider=aws.Provider("us-east-1", region="us-east-1"),
        access_logs=shared.bucket(ACCESS_LOGS),
    )


def _services() -> dict[str, ServiceHandle]:
    public = {"ui": parts.service("ui", target_group_arn_suffix=known("targetgroup/ui/1"))}
    internal = parts.service("orders", public=False, backlog_queue="orders")
    return public | {"orders": internal}
