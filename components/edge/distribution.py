"""The CloudFront distribution: its origins, its names, its answers to errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import origin_shield
from components.admission.front import Front
from components.base import Component
from components.edge import behaviours, policies
from components.edge.load_balancer import HTTP, HTTPS
from components.handles import BucketHandle
from specs.edge import Edge

# Viewers' TLS. The newer policies also refuse ChaCha20, which phones without AES hardware prefer; CloudFront's own
# certificate allows no choice (CloudFront Developer Guide, "Supported protocols and ciphers between viewers and
# CloudFront").
VIEWER_TLS: Final = "TLSv1.2_2021"
ORIGIN_TLS: Final = "TLSv1.2"

# Seconds. A connection inside AWS opens in milliseconds or not at all; CloudFront would wait three times ten.
CONNECTION_TIMEOUT: Final = 3
CONNECTION_ATTEMPTS: Final = 3
READ_TIMEOUT: Final = 30  # CloudFront's default; a customer waits no longer
MAX_KEEP_ALIVE: Final = 60  # CloudFront takes 1 to 120; the load balancer's idle timeout has to be longer

# Seconds that CloudFront repeats an error to everyone who asks for the same path. An error may be one customer's own,
# so it is not repeated; only what says that the whole origin is unwell is, so that retries don't bury it.
ERROR_TTL: Final[dict[int, int]] = {
    400: 0,
    403: 0,
    404: 0,
    405: 0,
    414: 0,
    416: 0,
    500: 0,
    501: 0,
    502: 1,
    503: 1,
    504: 1,
}

VIEWER_ADDRESS_CODE: Final = Path(__file__).with_name("viewer_address.js")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The load balancer as CloudFront's origin."""

    domain_name: pulumi.Input[str]
    """Name in its certificate; without a certificate, the load balancer's own."""
    vpc_origin_id: pulumi.Output[str] | None
    """None for a public load balancer, which CloudFront reaches by `domain_name`."""


def vpc_origin(tier: Component, balancer: aws.lb.LoadBalancer, *, encrypted: bool) -> aws.cloudfront.VpcOrigin:
    """CloudFront's way into the VPC.

    AWS changes a VPC origin only while no distribution uses it, so the protocol is part of the name: a change makes a
    second one, moves the distribution over and takes the first away.
    """
    protocol = "https" if encrypted else "http"
    return aws.cloudfront.VpcOrigin(
        tier.child("origin", protocol),
        vpc_origin_endpoint_config=aws.cloudfront.VpcOriginVpcOriginEndpointConfigArgs(
            name=tier.site.named("origin", protocol),
            arn=balancer.arn,
            http_port=HTTP,
            https_port=HTTPS,
            origin_protocol_policy=f"{protocol}-only",
            origin_ssl_protocols=aws.cloudfront.VpcOriginVpcOriginEndpointConfigOriginSslProtocolsArgs(
                items=[ORIGIN_TLS], quantity=1
            ),
        ),
        tags=tier.tags(name=tier.site.named("origin", protocol)),
        opts=tier.opts(parent=balancer),
    )


def build(
    tier: Component,
    edge: Edge,
    *,
    origin: Origin,
    media: BucketHandle,
    web_acl_arn: pulumi.Output[str],
    certificate_arn: pulumi.Output[str] | None,
    room: Front | None = None,
) -> aws.cloudfront.Distribution:
    """The distribution. `certificate_arn` (us-east-1) goes with `edge.domain`; `room` stands before the services."""
    site = tier.site
    by_class = _treatments(tier, edge, room)
    return aws.cloudfront.Distribution(
        tier.child("cdn"),
        comment=f"{site.prefix}: the shop",
        enabled=True,
        is_ipv6_enabled=True,
        http_version="http2and3",
        price_class=edge.price_class,
        aliases=[edge.domain] if edge.domain is not None else None,
        viewer_certificate=_viewer_certificate(certificate_arn),
        web_acl_id=web_acl_arn,
        origins=[*_origins(tier, edge, origin, media), *([_room(room)] if room else [])],
        default_cache_behavior=by_class.live.default(),
        ordered_cache_behaviors=[
            *(behaviours.of_room(by_class, room.gate_arn) if room else ()),
            *behaviours.ordered(edge.cache, by_class),
        ],
        custom_error_responses=[
            aws.cloudfront.DistributionCustomErrorResponseArgs(error_code=code, error_caching_min_ttl=seconds)
            for code, seconds in ERROR_TTL.items()
        ],
        restrictions=aws.cloudfront.DistributionRestrictionsArgs(
            geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
        ),
        tags=tier.tags("public", site.named("cdn")),
        opts=tier.opts(),
    )


def _room(room: Front) -> aws.cloudfront.DistributionOriginArgs:
    """The waiting room's API, whose function's URL takes CloudFront's signed requests alone."""
    return aws.cloudfront.DistributionOriginArgs(
        origin_id=behaviours.ROOM_API,
        domain_name=room.api_host,
        origin_access_control_id=room.api_access_id,
        connection_attempts=CONNECTION_ATTEMPTS,
        connection_timeout=CONNECTION_TIMEOUT,
        custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=HTTP, https_port=HTTPS, origin_protocol_policy="https-only", origin_ssl_protocols=[ORIGIN_TLS]
        ),
    )


def _treatments(tier: Component, edge: Edge, room: Front | None) -> behaviours.Treatments:
    return behaviours.treatments(
        static_cache_id=policies.static_cache(tier, edge).id,
        catalog_cache_id=policies.catalog_cache(tier, edge).id,
        cacheable_request_id=policies.cacheable_request(tier).id,
        live_headers_id=policies.response_headers(tier, edge, kept=False).id,
        kept_headers_id=policies.response_headers(tier, edge, kept=True).id,
        viewer_function_arn=room.gate_arn if room else _viewer_address(tier).arn,
        shielded=edge.origin_shield,
    )


def _viewer_address(tier: Component) -> aws.cloudfront.Function:
    return aws.cloudfront.Function(
        tier.child("viewer-address"),
        name=tier.site.named("viewer-address"),
        comment="Tells the origin the viewer's address",
        runtime="cloudfront-js-2.0",
        code=VIEWER_ADDRESS_CODE.read_text(),
        publish=True,
        tags=tier.tags(),
        opts=tier.opts(),
    )


def _viewer_certificate(
    certificate_arn: pulumi.Output[str] | None,
) -> aws.cloudfront.DistributionViewerCertificateArgs:
    if certificate_arn is None:
        return aws.cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return aws.cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=certificate_arn,
        minimum_protocol_version=VIEWER_TLS,
        ssl_support_method="sni-only",
    )


def _origins(
    tier: Component, edge: Edge, origin: Origin, media: BucketHandle
) -> list[aws.cloudfront.DistributionOriginArgs]:
    access = aws.cloudfront.OriginAccessControl(
        tier.child("media"),
        name=tier.site.named("media"),
        description="CloudFront signs its requests to the media bucket",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=tier.opts(),
    )
    shield = _shield(tier, edge)
    origins = [
        aws.cloudfront.DistributionOriginArgs(
            origin_id=behaviours.MEDIA,
            domain_name=media.regional_domain_name,
            origin_access_control_id=access.id,
            origin_shield=shield,
        ),
        _services(edge, origin, behaviours.SERVICES),
    ]
    if shield is not None:
        origins.append(_services(edge, origin, behaviours.SHIELDED_SERVICES, shield))
    return origins


def _shield(tier: Component, edge: Edge) -> aws.cloudfront.DistributionOriginOriginShieldArgs | None:
    if not edge.origin_shield:
        return None
    return aws.cloudfront.DistributionOriginOriginShieldArgs(
        enabled=True, origin_shield_region=origin_shield(tier.site.region)
    )


def _services(
    edge: Edge,
    origin: Origin,
    origin_id: str,
    shield: aws.cloudfront.DistributionOriginOriginShieldArgs | None = None,
) -> aws.cloudfront.DistributionOriginArgs:
    # CloudFront lets go of a connection first: one that the load balancer closed meanwhile would be an error.
    keep_alive = max(1, min(MAX_KEEP_ALIVE, edge.idle_timeout - 1))
    through_vpc, through_internet = None, None
    if origin.vpc_origin_id is not None:
        through_vpc = aws.cloudfront.DistributionOriginVpcOriginConfigArgs(
            vpc_origin_id=origin.vpc_origin_id,
            origin_keepalive_timeout=keep_alive,
            origin_read_timeout=READ_TIMEOUT,
        )
    else:
        through_internet = aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=HTTP,
            https_port=HTTPS,
            origin_protocol_policy="https-only",
            origin_ssl_protocols=[ORIGIN_TLS],
            origin_keepalive_timeout=keep_alive,
            origin_read_timeout=READ_TIMEOUT,
        )
    return aws.cloudfront.DistributionOriginArgs(
        origin_id=origin_id,
        domain_name=origin.domain_name,
        connection_attempts=CONNECTION_ATTEMPTS,
        connection_timeout=CONNECTION_TIMEOUT,
        origin_shield=shield,
        vpc_origin_config=through_vpc,
        custom_origin_config=through_internet,
    )
