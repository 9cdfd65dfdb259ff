"""The edge tier as a whole: what holds for all its parts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from devtools.rehearsal.plugins.wire import UNKNOWN
from tests.components.edge_tier import EVERYTHING, PUBLIC, WITH_DOMAIN, Built, build, everything, named, plain, public

EVERY_KIND = pytest.mark.parametrize("built", [plain, named, public, everything])
# What CloudFront, WAF for it, its certificates and Shield need; all else belongs in the stack's own region.
IN_US_EAST_1 = {
    "edge-response-v4",
    "edge-response-v6",
    "edge-viewer",
    "edge-viewer-validation",
    "edge-cdn-acl",
    "edge-cdn-acl-logs",
    "edge-cdn-logs",
    "edge-blocked-v4",
    "edge-blocked-v6",
    "edge-shield",
    "edge-shield-cdn",
    "edge-shield-balancer",
}


@EVERY_KIND
def test_only_what_has_to_be_is_in_us_east_1(built: Callable[[], Built]) -> None:
    found = {one.name for one in built().recorded.all if "us-east-1" in one.provider}
    assert found <= IN_US_EAST_1
    if built is everything:
        assert found == IN_US_EAST_1


@EVERY_KIND
def test_every_part_belongs_to_the_tier(built: Callable[[], Built]) -> None:
    recorded = built().recorded
    tier = recorded.component("saleday:edge:EdgeTier")
    parts = {one.urn for one in recorded.children_of(tier, deep=True)}
    strangers = [one.name for one in recorded.all if one.urn not in parts and one is not tier]
    assert strangers == ["us-east-1"], "only the provider, which is given to the tier"
    assert len(tier.registered) == 1


@pytest.mark.parametrize("settings", [{}, WITH_DOMAIN, PUBLIC, EVERYTHING])
def test_a_first_preview_knows_the_documents_and_the_addresses_that_matter(settings: dict[str, object]) -> None:
    built = build(settings, preview=True)
    for policy in built.of("cloudwatch/logResourcePolicy:LogResourcePolicy"):
        assert json.loads(policy.inputs["policyDocument"]), "a document that is unknown is judged by nobody"
    rule = built.one("vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert rule["prefixListId"] is not UNKNOWN, "AWS's own list exists before the stack"
    assert built.one("wafv2/webAcl:WebAcl", "edge-balancer-acl").inputs["rules"] is not UNKNOWN


@EVERY_KIND
def test_no_part_holds_a_secret(built: Callable[[], Built]) -> None:
    assert not [one.name for one in built().recorded.all if one.secrets], "the state of the edge is no secret"
    origins = built().one("cloudfront/distribution:Distribution").inputs["origins"]
    assert not [origin for origin in origins if "customHeaders" in origin], "a shared secret would lie in the state"
