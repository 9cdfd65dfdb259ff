"""Web ACLs and their logs: one in front of CloudFront, one in front of the load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Final, Literal

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components import iam
from components.base import Component
from components.edge import rules
from components.handles import IpSetHandle, KeyHandle
from specs.edge import Edge

if TYPE_CHECKING:
    from components.edge.rules import Rule

Scope = Literal["CLOUDFRONT", "REGIONAL"]

NAMES: Final[dict[Scope, str]] = {"CLOUDFRONT": "cdn-acl", "REGIONAL": "balancer-acl"}
LOG_PREFIX: Final = "aws-waf-logs-"  # WAF writes only to log groups whose names start so
SECRET_HEADERS: Final = ("authorization", "cookie")
# Actions whose requests are logged. What is allowed is the bulk of a sale's traffic, and CloudFront logs it anyway.
LOGGED_ACTIONS: Final = ("BLOCK", "COUNT", "CHALLENGE", "CAPTCHA", "EXCLUDED_AS_COUNT")


def name_of(tier: Component, scope: Scope) -> str:
    """The name of a web ACL, and of its metrics."""
    return tier.site.named(NAMES[scope])


def for_distribution(
    tier: Component, edge: Edge, *, key: KeyHandle, provider: pulumi.ProviderResource
) -> tuple[aws.wafv2.WebAcl, dict[str, IpSetHandle]]:
    """The web ACL for viewers, in us-east-1 as CloudFront requires; and the IP sets of the incident response."""
    lists = [_block_list(tier, version, edge.blocked_cidrs, provider) for version in (4, 6)]
    responses = {f"v{version}": _response_list(tier, version, provider) for version in (4, 6)}
    name = name_of(tier, "CLOUDFRONT")
    acl = _web_acl(
        tier,
        "CLOUDFRONT",
        edge,
        rules.edge_rules(edge, prefix=name, block_lists=[one.arn for one in (*lists, *responses.values())]),
        key=key,
        region=EDGE_REGION,
        provider=provider,
    )
    handles = {
        family: IpSetHandle(name=tier.site.named("response", family), ip_set_id=one.id)
        for family, one in responses.items()
    }
    return acl, handles


def for_load_balancer(
    tier: Component, edge: Edge, *, key: KeyHandle, balancer: aws.lb.LoadBalancer
) -> aws.wafv2.WebAclAssociation:
    """The web ACL that judges what CloudFront passes on; returns its tie to the load balancer."""
    name = name_of(tier, "REGIONAL")
    acl = _web_acl(
        tier,
        "REGIONAL",
        edge,
        rules.regional_rules(edge, prefix=name),
        key=key,
        region=tier.site.region,
    )
    return aws.wafv2.WebAclAssociation(
        tier.child(NAMES["REGIONAL"]),
        resource_arn=balancer.arn,
        web_acl_arn=acl.arn,
        opts=tier.opts(parent=acl),
    )


def _block_list(
    tier: Component,
    version: int,
    blocked: Sequence[IPv4Network | IPv6Network],
    provider: pulumi.ProviderResource,
) -> aws.wafv2.IpSet:
    """Blocked addresses of one family; empty at first, so that an address can be blocked without a new rule."""
    family = f"v{version}"
    return aws.wafv2.IpSet(
        tier.child("blocked", family),
        name=tier.site.named("blocked", family),
        description=f"IPv{version} addresses that get no answer",
        scope="CLOUDFRONT",
        ip_address_version=f"IPV{version}",
        addresses=sorted(str(cidr) for cidr in blocked if cidr.version == version),
        tags=tier.tags(),
        opts=tier.opts(provider=provider),
    )


def _response_list(tier: Component, version: int, provider: pulumi.ProviderResource) -> aws.wafv2.IpSet:
    """Addresses that the incident response blocks, in an IP set of its own, whose entries no deployment removes."""
    family = f"v{version}"
    return aws.wafv2.IpSet(
        tier.child("response", family),
        name=tier.site.named("response", family),
        description=f"IPv{version} addresses that the incident response blocks",
        scope="CLOUDFRONT",
        ip_address_version=f"IPV{version}",
        addresses=[],
        tags=tier.tags(),
        opts=tier.opts(provider=provider, ignore_changes=["addresses"]),
    )


def _web_acl(
    tier: Component,
    scope: Scope,
    edge: Edge,
    acl_rules: list[Rule],
    *,
    key: KeyHandle,
    region: str,
    provider: pulumi.ProviderResource | None = None,
) -> aws.wafv2.WebAcl:
    name = name_of(tier, scope)
    acl = aws.wafv2.WebAcl(
        tier.child(NAMES[scope]),
        name=name,
        description=f"{tier.site.prefix}: requests to {'CloudFront' if scope == 'CLOUDFRONT' else 'the load balancer'}",
        scope=scope,
        default_action=_otherwise(edge),
        rules=acl_rules,
        custom_response_bodies=[
            aws.wafv2.WebAclCustomResponseBodyArgs(
                key=rules.SLOW_DOWN,
                content_type="TEXT_PLAIN",
                content="Too many requests from your address. Please wait a moment and try again.\n",
            )
        ],
        # Keeps credentials out of sampled requests, which the console shows, and not of the logs alone.
        data_protection_config=aws.wafv2.WebAclDataProtectionConfigArgs(
            data_protections=[
                aws.wafv2.WebAclDataProtectionConfigDataProtectionArgs(
                    action="SUBSTITUTION",
                    field=aws.wafv2.WebAclDataProtectionConfigDataProtectionFieldArgs(
                        field_type="SINGLE_HEADER", field_keys=list(SECRET_HEADERS)
                    ),
                )
            ]
        ),
        visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
        ),
        tags=tier.tags(name=name),
        opts=tier.opts(provider=provider),
    )
    _log(tier, scope, acl, log_days=edge.web_acl_log_retention_days, key=key, region=region, provider=provider)
    return acl


def _otherwise(edge: Edge) -> aws.wafv2.WebAclDefaultActionArgs:
    """Default action of the web ACL: with a domain, block, since the last rule admits requests for the domain."""
    if edge.domain is None:
        return aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs())
    return aws.wafv2.WebAclDefaultActionArgs(block=aws.wafv2.WebAclDefaultActionBlockArgs())


def _log(
    tier: Component,
    scope: Scope,
    acl: aws.wafv2.WebAcl,
    *,
    log_days: int,
    key: KeyHandle,
    region: str,
    provider: pulumi.ProviderResource | None,
) -> None:
    site, label = tier.site, NAMES[scope]
    group_name = f"{LOG_PREFIX}{name_of(tier, scope)}"
    group = aws.cloudwatch.LogGroup(
        tier.child(label, "logs"),
        name=group_name,
        retention_in_days=log_days,
        kms_key_id=key.arn,
        tags=tier.tags("confidential", group_name),
        opts=tier.opts(parent=acl, provider=provider),
    )
    # Without it AWS writes a policy of its own for all log groups of the account.
    leave = aws.cloudwatch.LogResourcePolicy(
        tier.child(label, "logs"),
        policy_name=group_name,
        policy_document=iam.document(
            iam.statement(
                "WafWrites",
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [site.arn("logs", f"log-group:{group_name}:*", region=region)],
                principal={"Service": "delivery.logs.amazonaws.com"},
                condition={
                    "StringEquals": {"aws:SourceAccount": site.account_id},
                    "ArnLike": {"aws:SourceArn": site.arn("logs", "*", region=region)},
                },
            )
        ),
        opts=tier.opts(parent=acl, provider=provider),
    )
    aws.wafv2.WebAclLoggingConfiguration(
        tier.child(label, "logs"),
        resource_arn=acl.arn,
        log_destination_configs=[group.arn],
        redacted_fields=[
            aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
            )
            for header in SECRET_HEADERS
        ],
        logging_filter=aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
            default_behavior="DROP",
            filters=[
                aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                    behavior="KEEP",
                    requirement="MEETS_ANY",
                    conditions=[
                        aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                            action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                                action=action
                            )
                        )
                        for action in LOGGED_ACTIONS
                    ],
                )
            ],
        ),
        opts=tier.opts(parent=acl, provider=provider, depends_on=[leave]),
    )
