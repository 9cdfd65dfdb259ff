"""The domain's records: what customers type leads to CloudFront."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.edge.certificates import origin_name

# Addresses of both families, and HTTPS: it tells browsers of HTTP/3 and TLS before they connect for the first time.
SHOP_RECORDS: Final = ("A", "AAAA", "HTTPS")


def point_to_distribution(
    tier: Component, distribution: aws.cloudfront.Distribution, *, domain: str, hosted_zone_id: str
) -> None:
    """Alias records of the domain; Route 53 charges nothing for their queries."""
    for record_type in SHOP_RECORDS:
        aws.route53.Record(
            tier.child("shop", record_type.lower()),
            zone_id=hosted_zone_id,
            name=domain,
            type=record_type,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=distribution.domain_name, zone_id=distribution.hosted_zone_id, evaluate_target_health=False
                )
            ],
            opts=tier.opts(parent=distribution),
        )


def point_to_balancer(
    tier: Component, balancer: aws.lb.LoadBalancer, *, domain: str, hosted_zone_id: str
) -> aws.route53.Record:
    """The public name by which CloudFront finds a public load balancer. A VPC origin needs none: it goes by ARN."""
    return aws.route53.Record(
        tier.child("origin", "a"),
        zone_id=hosted_zone_id,
        name=origin_name(domain),
        type="A",
        aliases=[
            aws.route53.RecordAliasArgs(name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False)
        ],
        opts=tier.opts(parent=balancer),
    )
