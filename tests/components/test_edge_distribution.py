"""CloudFront: what it keeps and for whom, where it fetches from, what it writes down."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aws_facts.regions import ZONES, origin_shield
from components.edge import distribution
from components.edge.rules import VIEWER_ADDRESS_HEADER
from tests.components.edge_tier import ORIGIN, Built, build, named, plain, public
from tests.some import some

DISTRIBUTION = "cloudfront/distribution:Distribution"
CACHE_POLICY = "cloudfront/cachePolicy:CachePolicy"
REQUEST_POLICY = "cloudfront/originRequestPolicy:OriginRequestPolicy"
HEADERS_POLICY = "cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
VPC_ORIGIN = "cloudfront/vpcOrigin:VpcOrigin"
FUNCTION = "cloudfront/function:Function"
BALANCER = "lb/loadBalancer:LoadBalancer"

# As AWS publishes them (CloudFront Developer Guide, "Use managed cache policies", "… origin request policies").
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"


def inputs(built: Built) -> Mapping[str, Any]:
    return built.one(DISTRIBUTION).inputs


def behaviours(built: Built) -> dict[str, dict[str, Any]]:
    """Behaviours by path pattern, in CloudFront's order; the default one last, as `default`."""
    ordered = {one["pathPattern"]: one for one in inputs(built)["orderedCacheBehaviors"]}
    return ordered | {"default": inputs(built)["defaultCacheBehavior"]}


def kept(built: Built) -> dict[str, dict[str, Any]]:
    return {path: one for path, one in behaviours(built).items() if one["cachePolicyId"] != CACHING_DISABLED}


def origins(built: Built) -> dict[str, dict[str, Any]]:
    return {one["originId"]: one for one in inputs(built)["origins"]}


def by_id(built: Built, token: str) -> dict[str, Mapping[str, Any]]:
    return {one.outputs["id"]: one.inputs for one in built.of(token)}


def test_cart_checkout_and_all_paths_of_no_class_are_never_kept() -> None:
    found = behaviours(plain())
    for path in ("/cart*", "/checkout*", "default"):
        assert found[path]["cachePolicyId"] == CACHING_DISABLED
        assert found[path]["originRequestPolicyId"] == ALL_VIEWER
        assert "POST" in found[path]["allowedMethods"]


def test_what_must_never_be_kept_is_matched_before_what_may_be() -> None:
    paths = {
        "never": ["/catalog/mine/*", "/cart*"],
        "media": ["/media/*"],
        "static": ["/assets/*", "/fonts/*"],
        "catalog": ["/catalog/*"],
    }
    order = list(behaviours(build({"cache": paths})))
    assert order == [
        *("/catalog/mine/*", "/cart*"),
        "/media/*",
        *("/assets/*", "/fonts/*"),
        "/catalog/*",
        "default",
    ]


def test_nothing_that_tells_customers_apart_reaches_the_origin_for_an_answer_that_is_kept() -> None:
    caches, requests = by_id(plain(), CACHE_POLICY), by_id(plain(), REQUEST_POLICY)
    assert set(kept(plain())) == {"/media/*", "/assets/*", "/catalog/*"}
    for path, behaviour in kept(plain()).items():
        key = caches[behaviour["cachePolicyId"]]["parametersInCacheKeyAndForwardedToOrigin"]
        assert key["cookiesConfig"] == {"cookieBehavior": "none"}, path
        assert key["headersConfig"] == {"headerBehavior": "none"}, path
        if path == "/media/*":
            assert "originRequestPolicyId" not in behaviour, "S3 is asked for the object alone"
            continue
        request = requests[behaviour["originRequestPolicyId"]]
        assert request["cookiesConfig"] == {"cookieBehavior": "none"}, path
        assert set(request["headersConfig"]["headers"]["items"]) == {"Host", VIEWER_ADDRESS_HEADER}, path


def test_no_answer_that_is_kept_sets_a_cookie_or_takes_a_form() -> None:
    policies = by_id(plain(), HEADERS_POLICY)
    for path, behaviour in some(kept(plain()).items()):
        removed = policies[behaviour["responseHeadersPolicyId"]]["removeHeadersConfig"]["items"]
        assert "set-cookie" in [item["header"] for item in removed], f"{path}: one customer's session would be all's"
        assert set(behaviour["allowedMethods"]) == {"GET", "HEAD", "OPTIONS"}


def test_answers_that_are_not_kept_may_set_cookies() -> None:
    policies = by_id(plain(), HEADERS_POLICY)
    removed = policies[behaviours(plain())["/cart*"]["responseHeadersPolicyId"]]["removeHeadersConfig"]["items"]
    assert "set-cookie" not in [item["header"] for item in removed]


def test_files_and_pages_are_kept_as_long_as_the_settings_say_and_no_longer() -> None:
    built = build({"cache": {"staticTtl": 3600, "catalogTtl": 30}})
    caches = by_id(built, CACHE_POLICY)
    for path, seconds in some({"/assets/*": 3600, "/media/*": 3600, "/catalog/*": 30}.items()):
        policy = caches[kept(built)[path]["cachePolicyId"]]
        assert (policy["minTtl"], policy["defaultTtl"], policy["maxTtl"]) == (0, seconds, seconds)


def test_a_page_of_the_catalog_is_kept_by_its_query_and_a_file_by_its_version_only() -> None:
    caches = by_id(plain(), CACHE_POLICY)

    def queries(path: str) -> dict[str, Any]:
        policy = caches[kept(plain())[path]["cachePolicyId"]]
        return policy["parametersInCacheKeyAndForwardedToOrigin"]["queryStringsConfig"]

    assert queries("/catalog/*") == {"queryStringBehavior": "all"}
    assert queries("/assets/*") == {"queryStringBehavior": "whitelist", "queryStrings": {"items": ["v"]}}, (
        "any other parameter would fetch the same file again and again"
    )


def test_what_is_kept_is_compressed() -> None:
    caches = by_id(plain(), CACHE_POLICY)
    for behaviour in some(kept(plain()).values()):
        assert behaviour["compress"] is True
        key = caches[behaviour["cachePolicyId"]]["parametersInCacheKeyAndForwardedToOrigin"]
        for coding in ("enableAcceptEncodingBrotli", "enableAcceptEncodingGzip"):
            assert key[coding] is True, "compress does nothing without"


def test_every_answer_carries_security_headers() -> None:
    policies = by_id(plain(), HEADERS_POLICY)
    for path, behaviour in some(behaviours(plain()).items()):
        security = policies[behaviour["responseHeadersPolicyId"]]["securityHeadersConfig"]
        assert security["strictTransportSecurity"]["accessControlMaxAgeSec"] == 2 * 365 * 86_400, path
        assert security["contentTypeOptions"] == {"override": True}
        assert security["frameOptions"]["frameOption"] == "DENY"
        assert security["referrerPolicy"]["referrerPolicy"] == "strict-origin-when-cross-origin"
        assert "default-src 'self'" in security["contentSecurityPolicy"]["contentSecurityPolicy"]


def test_what_browsers_forget_only_after_years_is_off_until_named() -> None:
    def transport(built: Built) -> dict[str, Any]:
        return built.of(HEADERS_POLICY)[0].inputs["securityHeadersConfig"]["strictTransportSecurity"]

    assert transport(plain())["includeSubdomains"] is False
    assert transport(build({"hstsSubdomains": True}))["includeSubdomains"] is True
    assert transport(build({"hstsSubdomains": True}))["preload"] is False


def test_the_content_security_policy_is_the_settings() -> None:
    built = build({"contentSecurityPolicy": "default-src https:"})
    for policy in some(built.of(HEADERS_POLICY)):
        csp = policy.inputs["securityHeadersConfig"]["contentSecurityPolicy"]
        assert csp == {"contentSecurityPolicy": "default-src https:", "override": False}


def test_viewers_always_end_up_with_https() -> None:
    for built in (plain(), named(), public()):
        assert {one["viewerProtocolPolicy"] for one in behaviours(built).values()} == {"redirect-to-https"}
    assert inputs(named())["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert inputs(plain())["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}


def test_the_distribution_speaks_the_newest_http_and_both_families() -> None:
    assert inputs(plain())["httpVersion"] == "http2and3"
    assert inputs(plain())["isIpv6Enabled"] is True
    assert inputs(build({"priceClass": "PriceClass_100"}))["priceClass"] == "PriceClass_100"


def test_with_a_domain_cloudfront_speaks_tls_to_the_name_on_the_certificate() -> None:
    config = named().one(VPC_ORIGIN).inputs["vpcOriginEndpointConfig"]
    assert config["originProtocolPolicy"] == "https-only"
    assert config["originSslProtocols"] == {"items": ["TLSv1.2"], "quantity": 1}
    assert config["arn"] == named().one(BALANCER).outputs["arn"]
    for origin_id in ("services", "services-shielded"):
        origin = origins(named())[origin_id]
        assert origin["domainName"] == ORIGIN, "CloudFront takes it for SNI and compares the certificate with it"
        assert origin["vpcOriginConfig"]["vpcOriginId"] == named().one(VPC_ORIGIN).outputs["id"]
        assert "customOriginConfig" not in origin


def test_without_a_domain_cloudfront_speaks_http_inside_the_vpc() -> None:
    config = plain().one(VPC_ORIGIN).inputs["vpcOriginEndpointConfig"]
    assert config["originProtocolPolicy"] == "http-only"
    assert origins(plain())["services"]["domainName"] == plain().one(BALANCER).outputs["dnsName"]


def test_a_new_protocol_makes_a_new_vpc_origin() -> None:
    # AWS changes none that a distribution uses.
    assert plain().one(VPC_ORIGIN).name != named().one(VPC_ORIGIN).name


def test_to_a_public_load_balancer_cloudfront_speaks_tls_only() -> None:
    config = origins(public())["services"]["customOriginConfig"]
    assert (config["originProtocolPolicy"], config["originSslProtocols"]) == ("https-only", ["TLSv1.2"])
    assert origins(public())["services"]["domainName"] == ORIGIN


@pytest.mark.parametrize(("idle_timeout", "keep_alive"), [(30, 29), (4000, 60), (1, 1)])
def test_cloudfront_lets_go_of_a_connection_before_the_load_balancer_does(idle_timeout: int, keep_alive: int) -> None:
    config = origins(build({"idleTimeout": idle_timeout}))["services"]["vpcOriginConfig"]
    assert config["originKeepaliveTimeout"] == keep_alive


def test_so_it_does_where_the_load_balancer_is_public() -> None:
    assert origins(public())["services"]["customOriginConfig"]["originKeepaliveTimeout"] == 59


def test_only_what_is_kept_goes_through_the_origin_shield() -> None:
    found = origins(plain())
    assert "originShield" not in found["services"], "a detour that is paid for each time and caches nothing"
    for origin_id in ("services-shielded", "media"):
        assert found[origin_id]["originShield"] == {"enabled": True, "originShieldRegion": "ap-south-1"}
    assert behaviours(plain())["default"]["targetOriginId"] == "services"
    assert {path: one["targetOriginId"] for path, one in kept(plain()).items()} == {
        "/media/*": "media",
        "/assets/*": "services-shielded",
        "/catalog/*": "services-shielded",
    }


def test_without_origin_shield_there_is_one_origin_for_the_services() -> None:
    built = build({"originShield": False})
    assert set(origins(built)) == {"services", "media"}
    assert not any("originShield" in origin for origin in origins(built).values())
    assert {one["targetOriginId"] for one in behaviours(built).values()} == {"services", "media"}


@pytest.mark.parametrize("region", ZONES)
def test_every_region_has_an_origin_shield_that_exists(region: str) -> None:
    shield = origin_shield(region)
    assert origin_shield(shield) == shield, "a shield stands in a region that has one"


def test_only_cloudfront_reads_the_media_bucket_with_signed_requests() -> None:
    access = plain().one("cloudfront/originAccessControl:OriginAccessControl")
    assert access.inputs["signingBehavior"] == "always"
    assert (access.inputs["signingProtocol"], access.inputs["originAccessControlOriginType"]) == ("sigv4", "s3")
    media = origins(plain())["media"]
    assert media["originAccessControlId"] == access.outputs["id"]
    assert media["domainName"] == "saleday-dev-media.s3.ap-south-1.amazonaws.com"


def test_one_customers_error_is_never_shown_to_another() -> None:
    ttl = {one["errorCode"]: one["errorCachingMinTtl"] for one in inputs(plain())["customErrorResponses"]}
    # CloudFront's own default, ten seconds, would apply to each code that is not named.
    assert set(ttl) == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert {code for code, seconds in ttl.items() if seconds} == {502, 503, 504}
    assert max(ttl.values()) <= 1, "a shop that is back is seen at once"


def test_each_request_to_the_services_tells_the_viewers_address() -> None:
    function = plain().one(FUNCTION)
    for path, behaviour in some(behaviours(plain()).items()):
        associated = behaviour.get("functionAssociations")
        if path == "/media/*":
            assert not associated, "S3 counts nobody"
        else:
            assert associated == [{"eventType": "viewer-request", "functionArn": function.outputs["arn"]}], path


def test_the_function_names_the_header_that_the_web_acl_counts_by() -> None:
    code = plain().one(FUNCTION).inputs["code"]
    assert re.findall(r"headers\['([^']+)'\]", code) == [VIEWER_ADDRESS_HEADER]
    assert len(code) <= 10_240, "CloudFront Functions take no more bytes"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs a JavaScript engine")
def test_the_function_overwrites_what_a_viewer_claims_of_its_address() -> None:
    event = {
        "viewer": {"ip": "2001:db8::7"},
        "request": {"uri": "/cart", "headers": {VIEWER_ADDRESS_HEADER: {"value": "192.0.2.1"}, "host": {"value": "x"}}},
    }
    script = distribution.VIEWER_ADDRESS_CODE.read_text() + f"console.log(JSON.stringify(handler({json.dumps(event)})))"
    ran = subprocess.run(["node", "-e", script], check=True, capture_output=True, text=True, timeout=30)
    assert json.loads(ran.stdout) == {
        "uri": "/cart",
        "headers": {VIEWER_ADDRESS_HEADER: {"value": "2001:db8::7"}, "host": {"value": "x"}},
    }


@pytest.mark.parametrize("built", [plain, named, public])
def test_every_request_is_logged_to_the_log_bucket_without_cookies(built: Callable[[], Built]) -> None:
    source = built().one("cloudwatch/logDeliverySource:LogDeliverySource")
    target = built().one("cloudwatch/logDeliveryDestination:LogDeliveryDestination")
    delivery = built().one("cloudwatch/logDelivery:LogDelivery")
    for part in (source, target, delivery):
        assert "us-east-1" in part.provider, "CloudFront's logs are delivered from there only"
    assert source.inputs["resourceArn"] == built().one(DISTRIBUTION).outputs["arn"]
    assert source.inputs["logType"] == "ACCESS_LOGS"
    destination = target.inputs["deliveryDestinationConfiguration"]["destinationResourceArn"]
    assert destination == "arn:aws:s3:::saleday-dev-logs/cloudfront"
    assert delivery.inputs["deliverySourceName"] == source.inputs["name"]
    assert delivery.inputs["deliveryDestinationArn"] == target.outputs["arn"]
    fields = delivery.inputs["recordFields"]
    assert {"c-ip", "sc-status", "cs-uri-stem", "x-edge-result-type", "time-taken"} <= set(fields)
    assert not [field for field in fields if "cookie" in field.lower()]
    assert len(source.inputs["name"]) <= 60, "CloudWatch Logs takes no longer names"


def test_detailed_metrics_are_production_only_as_they_are_charged() -> None:
    subscription = named().one("cloudfront/monitoringSubscription:MonitoringSubscription")
    assert subscription.inputs["distributionId"] == named().one(DISTRIBUTION).outputs["id"]
    assert not plain().of("cloudfront/monitoringSubscription:MonitoringSubscription")


def test_the_handle_names_the_distribution() -> None:
    assert plain().handle["distribution_id"] == plain().one(DISTRIBUTION).outputs["id"]
    assert plain().handle["load_balancer_arn_suffix"] == plain().one(BALANCER).outputs["arnSuffix"]
