"""CloudFront's policies for each class of paths: caching, origin requests and response headers."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.edge.rules import VIEWER_ADDRESS_HEADER
from specs.edge import Edge

# Policies that AWS manages, whose ids are the same in every account (CloudFront Developer Guide, "Use managed cache
# policies" and "Use managed origin request policies").
CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER: Final = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

HSTS_SECONDS: Final = 63_072_000  # two years, what browsers' makers ask for
VERSION_PARAMETER: Final = "v"  # `?v=` tells one release of a file from the next

# Browser features that a page may use: only payment on the shop's own pages.
PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(self), usb=()"


def static_cache(tier: Component, edge: Edge) -> aws.cloudfront.CachePolicy:
    """For files: cached for `static_ttl` unless the origin sets less; one copy for each `?v=`."""
    return _cache_policy(
        tier,
        "static",
        ttl=edge.cache.static_ttl,
        query_strings=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
            query_string_behavior="whitelist",
            query_strings=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigQueryStringsArgs(
                items=[VERSION_PARAMETER]
            ),
        ),
    )


def catalog_cache(tier: Component, edge: Edge) -> aws.cloudfront.CachePolicy:
    """For pages that are the same for everyone: cached for `catalog_ttl` at most, by filter and page."""
    return _cache_policy(
        tier,
        "catalog",
        ttl=edge.cache.catalog_ttl,
        query_strings=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
            query_string_behavior="all"
        ),
    )


def _cache_policy(
    tier: Component,
    label: str,
    *,
    ttl: int,
    query_strings: aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs,
) -> aws.cloudfront.CachePolicy:
    key = aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs
    return aws.cloudfront.CachePolicy(
        tier.child("cache", label),
        name=tier.site.named(label),
        comment=f"{tier.site.prefix}: {label} paths",
        min_ttl=0,  # the origin may say `no-store`, for a page that turns out to be personal
        default_ttl=ttl,
        max_ttl=ttl,
        parameters_in_cache_key_and_forwarded_to_origin=key(
            # Nothing that tells one customer from another is part of the key, and so none of it reaches the origin.
            cookies_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
                cookie_behavior="none"
            ),
            headers_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
                header_behavior="none"
            ),
            query_strings_config=query_strings,
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
        ),
        opts=tier.opts(),
    )


def cacheable_request(tier: Component) -> aws.cloudfront.OriginRequestPolicy:
    """Origin request of cacheable responses: the shop's name and the viewer's address.

    No cookie and no credentials: a response made for one customer would be shown to all.
    """
    return aws.cloudfront.OriginRequestPolicy(
        tier.child("cacheable"),
        name=tier.site.named("cacheable"),
        comment=f"{tier.site.prefix}: requests whose answers are kept",
        cookies_config=aws.cloudfront.OriginRequestPolicyCookiesConfigArgs(cookie_behavior="none"),
        headers_config=aws.cloudfront.OriginRequestPolicyHeadersConfigArgs(
            header_behavior="whitelist",
            headers=aws.cloudfront.OriginRequestPolicyHeadersConfigHeadersArgs(items=["Host", VIEWER_ADDRESS_HEADER]),
        ),
        # Values in the cache key are forwarded without being listed here.
        query_strings_config=aws.cloudfront.OriginRequestPolicyQueryStringsConfigArgs(query_string_behavior="none"),
        opts=tier.opts(),
    )


def response_headers(tier: Component, edge: Edge, *, kept: bool) -> aws.cloudfront.ResponseHeadersPolicy:
    """Security headers of every response; of answers that are kept, no cookie goes out either."""
    label = "kept" if kept else "live"
    removed = ["server", "x-powered-by", *(["set-cookie"] if kept else [])]
    remove = aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigItemArgs
    custom = aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs
    return aws.cloudfront.ResponseHeadersPolicy(
        tier.child("headers", label),
        name=tier.site.named(label),
        comment=f"{tier.site.prefix}: security headers, {'kept' if kept else 'live'} answers",
        security_headers_config=_security_headers(edge),
        custom_headers_config=aws.cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
            items=[
                custom(header="permissions-policy", value=PERMISSIONS, override=True),
                # Payment providers open windows that report back.
                custom(header="cross-origin-opener-policy", value="same-origin-allow-popups", override=True),
            ]
        ),
        remove_headers_config=aws.cloudfront.ResponseHeadersPolicyRemoveHeadersConfigArgs(
            items=[remove(header=header) for header in removed]
        ),
        opts=tier.opts(),
    )


def _security_headers(edge: Edge) -> aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs:
    return aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
        strict_transport_security=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
            access_control_max_age_sec=HSTS_SECONDS,
            include_subdomains=edge.hsts_subdomains,
            preload=False,  # browsers' built-in lists forget a name only after months
            override=True,
        ),
        content_security_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
            content_security_policy=edge.content_security_policy,
            override=False,  # a page may have a stricter one of its own, with nonces
        ),
        content_type_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
            override=True
        ),
        frame_options=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
            frame_option="DENY", override=True
        ),
        referrer_policy=aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy="strict-origin-when-cross-origin", override=True
        ),
    )
