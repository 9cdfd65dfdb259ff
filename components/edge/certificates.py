"""Certificates for the domain: one for CloudFront, one for the load balancer behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components.base import Component

RECORD_TTL: Final = 300  # seconds; the record never changes, ACM renews by it


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """ARNs of validated certificates: what takes one waits until ACM has seen the records."""

    edge_arn: pulumi.Output[str]
    """In us-east-1, for the domain: what viewers see."""
    origin_arn: pulumi.Output[str]
    """In the stack's region, for the domain and the origin's name: what CloudFront sees."""


def origin_name(domain: str) -> str:
    """The name by which CloudFront calls the load balancer, and which its certificate proves."""
    return f"origin.{domain}"


def issue(tier: Component, *, domain: str, hosted_zone_id: str, edge_provider: pulumi.ProviderResource) -> Certificates:
    """Certificates of `domain`, validated through records in its hosted zone.

    ACM requires the same CNAME for one name in every region of an account (ACM User Guide, "DNS validation"), so the
    records are made once, from the regional certificate, and validate both. In us-east-1 one certificate does for both.
    """
    names = (domain, origin_name(domain))
    regional = _request(tier, "origin", names)
    records = {
        name: _validation_record(tier, label, regional, name, hosted_zone_id)
        for label, name in zip(("shop", "origin"), names, strict=True)
    }
    origin_arn = _validate(tier, "origin", regional, [records[name] for name in names])
    if tier.site.region == EDGE_REGION:
        return Certificates(edge_arn=origin_arn, origin_arn=origin_arn)
    viewer = _request(tier, "viewer", (domain,), edge_provider)
    return Certificates(
        edge_arn=_validate(tier, "viewer", viewer, [records[domain]], edge_provider), origin_arn=origin_arn
    )


def _request(
    tier: Component, label: str, names: Sequence[str], provider: pulumi.ProviderResource | None = None
) -> aws.acm.Certificate:
    first, *others = names
    return aws.acm.Certificate(
        tier.child(label),
        domain_name=first,
        subject_alternative_names=others or None,
        validation_method="DNS",
        tags=tier.tags("public", tier.site.named(label)),
        opts=tier.opts(provider=provider),
    )


def _validation_record(
    tier: Component, label: str, certificate: aws.acm.Certificate, name: str, hosted_zone_id: str
) -> aws.route53.Record:
    # ACM lists the options in no fixed order, so they are looked up by name.
    option = certificate.domain_validation_options.apply(
        lambda options: next(option for option in options if option.domain_name == name)
    )
    return aws.route53.Record(
        tier.child("validation", label),
        zone_id=hosted_zone_id,
        name=option.resource_record_name,
        type="CNAME",
        records=[option.resource_record_value],
        ttl=RECORD_TTL,
        opts=tier.opts(parent=certificate),
    )


def _validate(
    tier: Component,
    label: str,
    certificate: aws.acm.Certificate,
    records: Sequence[aws.route53.Record],
    provider: pulumi.ProviderResource | None = None,
) -> pulumi.Output[str]:
    validation = aws.acm.CertificateValidation(
        tier.child(label, "validation"),
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        opts=tier.opts(parent=certificate, provider=provider),
    )
    return validation.certificate_arn
