"""An edge tier to test: built from a few settings, recorded, its handle resolved."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.edge import EdgeTier, EdgeTierArgs
from components.handles import BucketHandle, KeyHandle, KeyRing, NetworkHandle
from components.site import Site
from devtools.recording.recorded import Recorded, Resource
from devtools.recording.recorder import record
from specs.edge import Edge

ACCOUNT = "123456789012"
REGION = "ap-south-1"
DOMAIN = "shop.example.com"
ORIGIN = f"origin.{DOMAIN}"
ZONE = "Z0123456789EXAMPLE"
PUBLIC_SUBNETS = ["subnet-public-a", "subnet-public-b"]
APP_SUBNETS = ["subnet-app-a", "subnet-app-b"]
LOGS_BUCKET = "saleday-dev-logs"
LOGS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/logs"
EDGE_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/edge"

NO_DOMAIN: Mapping[str, Any] = {}
WITH_DOMAIN: Mapping[str, Any] = {"domain": DOMAIN, "hostedZoneId": ZONE}
PUBLIC: Mapping[str, Any] = {**WITH_DOMAIN, "origin": "publicAlb"}
# Settings that make the tier build everything it knows.
EVERYTHING: Mapping[str, Any] = {
    **WITH_DOMAIN,
    "blockedCidrs": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"],
    "botControlPaths": ["/checkout", "/cart"],
    "rateLimits": [
        {"name": "login", "path": "/Login", "requests": 50, "window": 120},
        {"name": "all", "path": "/", "requests": 6000},
    ],
    "shieldAdvanced": {
        "commitmentMonths": 12,
        "monthlyFeeUsd": 3000,
        "emergencyContacts": [{"email": "oncall@shop.example", "phone": "+911234567890"}],
    },
}


@dataclasses.dataclass(frozen=True)
class Built:
    """What was registered, and the fields of the handle with every output resolved."""

    recorded: Recorded
    handle: Mapping[str, Any]

    def of(self, token: str) -> list[Resource]:
        """Resources of `aws:<token>`, in the order of their names."""
        return sorted(self.recorded.of(f"aws:{token}"), key=lambda resource: resource.name)

    def one(self, token: str, name: str | None = None) -> Resource:
        return self.recorded.one(f"aws:{token}", name)


def build(
    settings: Mapping[str, Any] = NO_DOMAIN, *, production: bool = False, region: str = REGION, preview: bool = False
) -> Built:
    """Builds and records an edge tier of these settings; with `preview`, as if nothing existed yet."""
    handle: dict[str, Any] = {}

    def program() -> None:
        tier = EdgeTier("edge", _args(Edge.model_validate(settings), production, region))
        for item in dataclasses.fields(tier.handle):
            value = getattr(tier.handle, item.name)
            if isinstance(value, pulumi.Output):
                value.apply(functools.partial(handle.__setitem__, item.name))
            else:
                handle[item.name] = value

    return Built(record(program, region=region, preview=preview), handle)


@functools.cache
def plain() -> Built:
    """A tier without domain, built once for all tests that only look at it."""
    return build()


@functools.cache
def named() -> Built:
    """A production tier with a domain, built once."""
    return build(WITH_DOMAIN, production=True)


@functools.cache
def public() -> Built:
    """A tier with a public load balancer, built once."""
    return build(PUBLIC)


@functools.cache
def everything() -> Built:
    """A production tier with all that settings can add, built once."""
    return build(EVERYTHING, production=True)


def _args(edge: Edge, production: bool, region: str) -> EdgeTierArgs:
    return EdgeTierArgs(
        site=Site(
            project="saleday",
            stack="prod" if production else "dev",
            region=region,
            account_id=ACCOUNT,
            owner="platform@shop.example",
            cost_centre="42",
            production=production,
            zones=(f"{region}a", f"{region}b"),
        ),
        network=_network(),
        keys=KeyRing(
            data=_key(LOGS_KEY.replace("logs", "data")),
            logs=_key(LOGS_KEY),
            edge=_key(EDGE_KEY),
            delivery=_key(LOGS_KEY.replace("logs", "delivery")),
        ),
        edge=edge,
        media=_bucket("saleday-dev-media", region),
        logs=_bucket(LOGS_BUCKET, region),
        edge_provider=aws.Provider("us-east-1", region="us-east-1"),
    )


def _network() -> NetworkHandle:
    return NetworkHandle(
        vpc_id=_known("vpc-1"),
        cidr="10.0.0.0/16",
        public_subnet_ids=[_known(subnet) for subnet in PUBLIC_SUBNETS],
        app_subnet_ids=[_known(subnet) for subnet in APP_SUBNETS],
        data_subnet_ids=[_known("subnet-data-a"), _known("subnet-data-b")],
        app_cidrs=("10.0.0.0/19", "10.0.32.0/19"),
        endpoints_security_group_id=_known("sg-endpoints"),
        s3_prefix_list_id=_known("pl-s3"),
        dynamodb_prefix_list_id=_known("pl-dynamodb"),
    )


def _known(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def _key(arn: str) -> KeyHandle:
    domain = arn.rpartition("/")[2]
    return KeyHandle(key_id=_known(domain), arn=_known(arn), alias_name=f"alias/saleday-dev-{domain}")


def _bucket(name: str, region: str) -> BucketHandle:
    return BucketHandle(
        name=name,
        arn=f"arn:aws:s3:::{name}",
        bucket=_known(name),
        regional_domain_name=_known(f"{name}.s3.{region}.amazonaws.com"),
    )
