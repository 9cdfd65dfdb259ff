"""Cache behaviors of CloudFront by class of paths: origin, methods, caching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.admission.front import API as ROOM_API
from components.edge.policies import ALL_VIEWER, ALL_VIEWER_EXCEPT_HOST, CACHING_DISABLED
from specs.edge import CachePaths

READ: Final = ("GET", "HEAD", "OPTIONS")
EVERY_METHOD: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
KEPT_METHODS: Final = ("GET", "HEAD")

# Ids of the origins. Kept answers come from the services by an origin of their own, as only it has an Origin Shield:
# requests that can't be kept would pay for the detour and gain nothing.
SERVICES: Final = "services"
SHIELDED_SERVICES: Final = "services-shielded"
MEDIA: Final = "media"


@dataclass(frozen=True, kw_only=True)
class CacheBehavior:
    """Cache behavior settings except the path pattern."""

    origin_id: str
    methods: Sequence[str]
    cache_policy_id: pulumi.Input[str]
    origin_request_policy_id: pulumi.Input[str] | None
    response_headers_policy_id: pulumi.Input[str]
    viewer_function_arn: pulumi.Input[str] | None
    """CloudFront Function that runs on each request; None where the origin isn't a service."""
    compress: bool

    def default(self) -> aws.cloudfront.DistributionDefaultCacheBehaviorArgs:
        return aws.cloudfront.DistributionDefaultCacheBehaviorArgs(**self._arguments())

    def ordered(self, path_pattern: str) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgs:
        return aws.cloudfront.DistributionOrderedCacheBehaviorArgs(path_pattern=path_pattern, **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        """Common arguments of both kinds of behavior; the SDK has a class for each."""
        functions = [{"event_type": "viewer-request", "function_arn": self.viewer_function_arn}]
        return {
            "target_origin_id": self.origin_id,
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": list(self.methods),
            "cached_methods": list(KEPT_METHODS),
            "cache_policy_id": self.cache_policy_id,
            "origin_request_policy_id": self.origin_request_policy_id,
            "response_headers_policy_id": self.response_headers_policy_id,
            "compress": self.compress,
            "function_associations": functions if self.viewer_function_arn is not None else None,
        }


@dataclass(frozen=True, kw_only=True)
class Treatments:
    """One treatment for each class of `specs.edge.CachePaths`; `live` is also that of every path in no class."""

    live: CacheBehavior
    media: CacheBehavior
    static: CacheBehavior
    catalog: CacheBehavior


def treatments(
    *,
    static_cache_id: pulumi.Input[str],
    catalog_cache_id: pulumi.Input[str],
    cacheable_request_id: pulumi.Input[str],
    live_headers_id: pulumi.Input[str],
    kept_headers_id: pulumi.Input[str],
    viewer_function_arn: pulumi.Input[str],
    shielded: bool,
) -> Treatments:
    """The treatments, from the ids of the policies that they use."""

    def kept(cache_policy_id: pulumi.Input[str]) -> CacheBehavior:
        return CacheBehavior(
            origin_id=SHIELDED_SERVICES if shielded else SERVICES,
            methods=READ,
            cache_policy_id=cache_policy_id,
            origin_request_policy_id=cacheable_request_id,
            response_headers_policy_id=kept_headers_id,
            viewer_function_arn=viewer_function_arn,
            compress=True,
        )

    return Treatments(
        live=CacheBehavior(
            origin_id=SERVICES,
            methods=EVERY_METHOD,
            cache_policy_id=CACHING_DISABLED,
            origin_request_policy_id=ALL_VIEWER,
            response_headers_policy_id=live_headers_id,
            viewer_function_arn=viewer_function_arn,
            compress=False,  # CloudFront compresses only what it may keep
        ),
        media=CacheBehavior(
            origin_id=MEDIA,
            methods=READ,
            cache_policy_id=static_cache_id,
            origin_request_policy_id=None,
            response_headers_policy_id=kept_headers_id,
            viewer_function_arn=None,
            compress=True,
        ),
        static=kept(static_cache_id),
        catalog=kept(catalog_cache_id),
    )


def ordered(paths: CachePaths, by_class: Treatments) -> list[aws.cloudfront.DistributionOrderedCacheBehaviorArgs]:
    """Behaviours by path, the first match winning: what must never be kept comes before what may be."""
    classes = (
        (paths.never, by_class.live),
        (paths.media, by_class.media),
        (paths.static, by_class.static),
        (paths.catalog, by_class.catalog),
    )
    return [treatment.ordered(pattern) for patterns, treatment in classes for pattern in patterns]


def of_room(
    by_class: Treatments, gate_arn: pulumi.Input[str]
) -> list[aws.cloudfront.DistributionOrderedCacheBehaviorArgs]:
    """The waiting room's own paths: its API, through the gate that signs the empty body; its page from the cache."""
    api = replace(
        by_class.live,
        origin_id=ROOM_API,
        origin_request_policy_id=ALL_VIEWER_EXCEPT_HOST,
        viewer_function_arn=gate_arn,
    )
    return [api.ordered("/_room/api/*"), by_class.media.ordered("/_room/*")]
