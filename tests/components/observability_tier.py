"""An observability tier to test: built from the parts of a small shop, and recorded."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.handles import BucketHandle, EdgeHandle, KeyHandle, KeyRing, ServiceHandle
from components.observability import Observability, ObservabilityArgs
from components.site import Site
from components.stores.registry import Stores
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from specs.account import Account
from specs.observability import Observability as Settings
from tests.components import observability_parts as parts

LOGS_KEY = f"arn:aws:kms:{parts.REGION}:{parts.ACCOUNT}:key/logs"
TOPIC = f"arn:aws:sns:{parts.REGION}:{parts.ACCOUNT}:alerts"
EDGE_TOPIC = f"arn:aws:sns:us-east-1:{parts.ACCOUNT}:edge-alerts"
ACCESS_LOGS = "saleday-access-logs"


@dataclasses.dataclass(frozen=True)
class Built:
    """What was registered, and what the tier says of itself."""

    recorded: Recorded
    outputs: Mapping[str, Any]

    def of(self, token: str) -> list[Resource]:
        """Resources of `aws:<token>`, in the order of their names."""
        return sorted(self.recorded.of(f"aws:{token}"), key=lambda resource: resource.name)

    def one(self, token: str) -> Resource:
        [resource] = self.of(token)
        return resource


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
        site=Site(
            project="saleday",
            stack="prod" if production else "dev",
            region=parts.REGION,
            account_id=parts.ACCOUNT,
            owner="platform@shop.example",
            cost_centre="42",
            production=production,
            zones=("ap-south-1a", "ap-south-1b"),
        ),
        keys=_keys(),
        observability=settings,
        account=account,
        cluster_name=parts.CLUSTER,
        services=_services(),
        stores=parts.stores() if kept is None else kept,
        edge=EdgeHandle(
            listener_arn=_known("listener"),
            load_balancer_security_group_id=_known("sg"),
            load_balancer_arn_suffix=_known("app/saleday/1"),
            load_balancer_arn=_known("arn:aws:elasticloadbalancing:ap-south-1:1:loadbalancer/app/saleday/1"),
            load_balancer_name="saleday",
            distribution_id=_known("E123"),
            url=_known("https://shop.example.com"),
            web_acl_names=parts.WEB_ACLS,
        ),
        alert_topic_arn=_known(TOPIC),
        edge_alert_topic_arn=_known(EDGE_TOPIC),
        edge_provider=aws.Provider("us-east-1", region="us-east-1"),
        access_logs=BucketHandle(
            name=ACCESS_LOGS,
            arn=f"arn:aws:s3:::{ACCESS_LOGS}",
            bucket=_known(ACCESS_LOGS),
            regional_domain_name=_known(f"{ACCESS_LOGS}.s3.example"),
        ),
    )


def _services() -> dict[str, ServiceHandle]:
    public = {"ui": parts.service("ui", target_group_arn_suffix=_known("targetgroup/ui/1"))}
    internal = parts.service("orders", public=False, backlog_queue="orders")
    return public | {"orders": internal}


def _keys() -> KeyRing:
    def key(domain: str) -> KeyHandle:
        return KeyHandle(
            key_id=_known(domain),
            arn=_known(LOGS_KEY.removesuffix("logs") + domain),
            alias_name=f"alias/saleday-dev-{domain}",
        )

    return KeyRing(data=key("data"), logs=key("logs"), edge=key("edge"), delivery=key("delivery"))


def _known(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)
