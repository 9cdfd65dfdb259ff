"""The load balancer behind CloudFront: hardened, logged, and open to CloudFront alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import BucketHandle

HTTP: Final = 80
HTTPS: Final = 443
# TLS 1.2 and 1.3 with forward secrecy and AEAD ciphers only, post-quantum key exchange included (ELB user guide).
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
LOG_PREFIX: Final = "alb"
CLIENT_KEEP_ALIVE: Final = 3600  # seconds that CloudFront may reuse one connection; ELB's default
# Addresses of CloudFront that call origins, kept by AWS. In a security group it weighs 55 of the 60 rules that the
# default quota allows (VPC user guide, "AWS-managed prefix list weight"): one group can admit it on one port only.
CLOUDFRONT_PREFIX_LIST: Final = "com.amazonaws.global.cloudfront.origin-facing"


@dataclass(frozen=True, kw_only=True)
class Front:
    """The load balancer with what others need of it."""

    balancer: aws.lb.LoadBalancer
    security_group: aws.ec2.SecurityGroup
    listener: aws.lb.Listener
    """Carries the shop's traffic: HTTPS with a certificate, else HTTP."""


def build(
    tier: Component,
    *,
    vpc_id: pulumi.Output[str],
    subnet_ids: Sequence[pulumi.Output[str]],
    public: bool,
    certificate_arn: pulumi.Output[str] | None,
    idle_timeout: int,
    reserved_lcu: int | None,
    logs: BucketHandle,
) -> Front:
    """A load balancer in `subnet_ids` that returns 404 until services add their rules.

    Without a certificate it serves HTTP: `public` must then be False, and CloudFront's VPC origin the only way in.
    """
    site, port = tier.site, HTTP if certificate_arn is None else HTTPS
    group = _security_group(tier, vpc_id, port)
    name = name_of(tier, public=public)
    balancer = aws.lb.LoadBalancer(
        tier.child("balancer"),
        name=name,
        load_balancer_type="application",
        internal=not public,
        ip_address_type="ipv4",  # CloudFront speaks IPv6 to viewers by itself; the VPC has IPv4 alone
        subnets=list(subnet_ids),
        security_groups=[group.id],
        enable_deletion_protection=site.production,
        drop_invalid_header_fields=True,
        desync_mitigation_mode="defensive",  # `strictest` also turns away harmless oddities of customers' browsers
        enable_http2=True,
        enable_zonal_shift=True,
        enable_cross_zone_load_balancing=True,
        enable_waf_fail_open=False,
        preserve_host_header=True,
        xff_header_processing_mode="append",
        enable_xff_client_port=False,
        enable_tls_version_and_cipher_suite_headers=False,
        idle_timeout=idle_timeout,
        client_keep_alive=CLIENT_KEEP_ALIVE,
        minimum_load_balancer_capacity=(
            aws.lb.LoadBalancerMinimumLoadBalancerCapacityArgs(capacity_units=reserved_lcu) if reserved_lcu else None
        ),
        access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket, prefix=LOG_PREFIX, enabled=True),
        connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(bucket=logs.bucket, prefix=LOG_PREFIX, enabled=True),
        health_check_logs=aws.lb.LoadBalancerHealthCheckLogsArgs(bucket=logs.bucket, prefix=LOG_PREFIX, enabled=True),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    return Front(balancer=balancer, security_group=group, listener=_listeners(tier, balancer, certificate_arn))


def name_of(tier: Component, *, public: bool) -> str:
    """Physical name; it depends on the scheme, since a change of scheme replaces the load balancer and both exist
    for a while."""
    return tier.site.named("shop-public" if public else "shop")


def _security_group(tier: Component, vpc_id: pulumi.Output[str], port: int) -> aws.ec2.SecurityGroup:
    """A security group that admits CloudFront, without egress; each service adds egress to its own tasks."""
    name = tier.site.named("load-balancer")
    group = aws.ec2.SecurityGroup(
        tier.child("balancer"),
        name=name,
        description="Load balancer behind CloudFront",
        vpc_id=vpc_id,
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    cloudfront = aws.ec2.get_managed_prefix_list_output(
        name=CLOUDFRONT_PREFIX_LIST, opts=pulumi.InvokeOutputOptions(parent=group)
    )
    aws.vpc.SecurityGroupIngressRule(
        tier.child("balancer", "from-cloudfront"),
        security_group_id=group.id,
        description="From CloudFront",
        prefix_list_id=cloudfront.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        tags=tier.tags(),
        opts=tier.opts(parent=group),
    )
    return group


def _listeners(
    tier: Component, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Output[str] | None
) -> aws.lb.Listener:
    """The listeners; returns the one for services. Plain HTTP is redirected wherever there is HTTPS."""
    not_found = aws.lb.ListenerDefaultActionArgs(
        type="fixed-response",
        fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
            content_type="text/plain", message_body="Not found", status_code="404"
        ),
    )
    to_https = aws.lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=aws.lb.ListenerDefaultActionRedirectArgs(protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"),
    )
    plain = aws.lb.Listener(
        tier.child("http"),
        load_balancer_arn=balancer.arn,
        port=HTTP,
        protocol="HTTP",
        default_actions=[not_found if certificate_arn is None else to_https],
        routing_http_response_server_enabled=False,
        tags=tier.tags(),
        opts=tier.opts(parent=balancer),
    )
    if certificate_arn is None:
        return plain
    return aws.lb.Listener(
        tier.child("https"),
        load_balancer_arn=balancer.arn,
        port=HTTPS,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_actions=[not_found],
        routing_http_response_server_enabled=False,
        tags=tier.tags(),
        opts=tier.opts(parent=balancer),
    )
