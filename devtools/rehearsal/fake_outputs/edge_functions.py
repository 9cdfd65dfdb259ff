"""Answers to data sources of CloudFront and Elastic Load Balancing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aws_facts.regions import column
from devtools.rehearsal.fake_outputs.account_region import AccountRegion
from devtools.rehearsal.fake_outputs.edge import ALB_ZONES
from devtools.rehearsal.fake_outputs.function import Arguments, Function, NotInAccountError, invoked

# Ids that AWS publishes for its managed CloudFront policies; the same in every account.
_CACHE_POLICIES: Final = {
    "Managed-Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    "UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
}
_ORIGIN_REQUEST_POLICIES: Final = {
    "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
    "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
}
_RESPONSE_HEADERS_POLICIES: Final = {
    "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
}
_ELB_ACCOUNTS: Final = column("accessLogAccount")
# The canonical user that CloudFront's standard logs are delivered by, outside China.
_LOG_DELIVERY_USER: Final = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"


def _elb_account(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    account = _ELB_ACCOUNTS.get(place.region)
    if account is None:
        raise NotInAccountError(
            f"{place.region} has no load balancing account: there, logs come from logdelivery.elasticloadbalancing"
            f".{place.dns_suffix}"
        )
    return {"id": account, "arn": f"arn:{place.partition}:iam::{account}:root", "region": place.region}


def _elb_zone(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": ALB_ZONES.get(place.region) or invoked({}, place, "elb").fill("Z{upper13}"), "region": place.region}


def _managed_policy(kind: str, known: Mapping[str, str]) -> Function:
    def find(arguments: Arguments, place: AccountRegion) -> dict[str, Any]:
        name, identifier = arguments.get("name"), arguments.get("id")
        for managed, managed_id in known.items():
            if managed == name or managed_id == identifier:
                arn = f"arn:{place.partition}:cloudfront::{place.account_id}:{kind}/{managed_id}"
                return {"id": managed_id, "name": managed, "arn": arn, "etag": "E23ZP02F085DFQ", "comment": ""}
        raise NotInAccountError(f"no {kind} {name or identifier!r}; AWS's managed ones are {', '.join(known)}")

    return find


def _log_delivery_user(_: Arguments, place: AccountRegion) -> dict[str, Any]:
    return {"id": _LOG_DELIVERY_USER, "region": place.region}


FUNCTIONS: Final[dict[str, Function]] = {
    "cloudfront/getCachePolicy": _managed_policy("cache-policy", _CACHE_POLICIES),
    "cloudfront/getLogDeliveryCanonicalUserId": _log_delivery_user,
    "cloudfront/getOriginRequestPolicy": _managed_policy("origin-request-policy", _ORIGIN_REQUEST_POLICIES),
    "cloudfront/getResponseHeadersPolicy": _managed_policy("response-headers-policy", _RESPONSE_HEADERS_POLICIES),
    "elb/getHostedZoneId": _elb_zone,
    "elb/getServiceAccount": _elb_account,
    "lb/getHostedZoneId": _elb_zone,
}
