"""An edge tier to test: built from a few settings, recorded, its handle resolved."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from components.edge import EdgeTier, EdgeTierArgs
from devtools.recording.recorder import record
from specs.edge import Edge
from tests.components import shared
from tests.components.shared import ACCOUNT, REGION

DOMAIN = "shop.example.com"
ORIGIN = f"origin.{DOMAIN}"
ZONE = "Z0123456789EXAMPLE"
LOGS_BUCKET = "saleday-dev-logs"
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
class Built(shared.Built):
    """What was registered, and the fields of the handle with every output resolved."""

    handle: Mapping[str, Any]


def build(
    settings: Mapping[str, Any] = NO_DOMAIN, *, production: bool = False, region: str = REGION, preview: bool = False
) -> Built:
    """Builds and records an edge tier of these settings; with `preview`, as if nothing existed yet."""
    handle: dict[str, Any] = {}

    def program() -> None:
        tier = EdgeTier("edge", _args(Edge.model_validate(settings), production, region))
        shared.resolve(tier.handle, handle)

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
        site=shared.site(production=production, region=region),
        network=shared.network(app_cidrs=("10.0.0.0/19", "10.0.32.0/19")),
        keys=shared.keys(edge_region="us-east-1"),
        edge=edge,
        media=shared.bucket("saleday-dev-media", region),
        logs=shared.bucket(LOGS_BUCKET, region),
        edge_provider=aws.Provider("us-east-1", region="us-east-1"),
    )
