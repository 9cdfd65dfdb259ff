"""AWS Shield Advanced, for stacks whose settings accept its commitment explicitly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.edge.load_balancer import HTTPS
from specs.edge import EmergencyContact, ShieldAdvanced

PROBE_INTERVAL: Final = 30  # seconds; Route 53 offers 10 and 30
PROBE_FAILURES: Final = 3  # in a row, before the shop counts as ill


def subscribe(
    tier: Component,
    shield: ShieldAdvanced,
    *,
    resources: Mapping[str, pulumi.Output[str]],
    host: pulumi.Input[str],
    provider: pulumi.ProviderResource,
    depends_on: list[pulumi.Resource],
) -> None:
    """Subscribes the account and protects `resources` (ARNs by label), which `depends_on` puts behind web ACLs.

    Shield judges by the health of `host` whether an attack does harm. The subscription outlives the stack: AWS ends it
    only after its term, so destroying the stack leaves it as it is.
    """
    subscription = aws.shield.Subscription(tier.child("shield"), skip_destroy=True, opts=tier.opts(provider=provider))
    probe = _health_check(tier, host)
    protections: list[pulumi.Resource] = []
    associations: list[pulumi.Resource] = []
    for label, arn in resources.items():
        protection = aws.shield.Protection(
            tier.child("shield", label),
            name=tier.site.named(label),
            resource_arn=arn,
            tags=tier.tags(),
            opts=tier.opts(provider=provider, depends_on=[subscription]),
        )
        protections.append(protection)
        aws.shield.ApplicationLayerAutomaticResponse(
            tier.child("shield", label),
            resource_arn=arn,
            action=shield.automatic_response.upper(),
            opts=tier.opts(parent=protection, provider=provider, depends_on=depends_on),
        )
        associations.append(
            aws.shield.ProtectionHealthCheckAssociation(
                tier.child("shield", label),
                shield_protection_id=protection.id,
                health_check_arn=probe.arn,
                opts=tier.opts(parent=protection, provider=provider),
            )
        )
    aws.shield.ProtectionGroup(
        tier.child("shield"),
        protection_group_id=tier.site.named("shop"),
        aggregation="MAX",  # both see the same requests, so their sum would count them twice
        pattern="ARBITRARY",
        members=list(resources.values()),
        tags=tier.tags(),
        opts=tier.opts(provider=provider, depends_on=protections),
    )
    if shield.emergency_contacts:
        _call_people(tier, shield.emergency_contacts, provider, [*protections, *associations])


def _health_check(tier: Component, host: pulumi.Input[str]) -> aws.route53.HealthCheck:
    return aws.route53.HealthCheck(
        tier.child("shop"),
        type="HTTPS",
        fqdn=host,
        port=HTTPS,
        resource_path="/",
        enable_sni=True,
        request_interval=PROBE_INTERVAL,
        failure_threshold=PROBE_FAILURES,
        tags=tier.tags(name=tier.site.named("shop")),
        opts=tier.opts(),
    )


def _call_people(
    tier: Component,
    contacts: tuple[EmergencyContact, ...],
    provider: pulumi.ProviderResource,
    depends_on: list[pulumi.Resource],
) -> None:
    aws.shield.ProactiveEngagement(
        tier.child("shield"),
        enabled=True,
        emergency_contacts=[
            aws.shield.ProactiveEngagementEmergencyContactArgs(email_address=contact.email, phone_number=contact.phone)
            for contact in contacts
        ],
        opts=tier.opts(provider=provider, depends_on=depends_on),
    )
