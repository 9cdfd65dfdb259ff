"""Rules for CloudFront distributions and their origins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..tokens import DISTRIBUTION, VPC_ORIGIN, WEB_ACL
from ..values import Block, Unknown, each

DELIVERY_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
REQUEST_LOGS = "ACCESS_LOGS"
RESPONSE_HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"

FUNCTION = "aws:cloudfront/function:Function"
GATE_COOKIE = "__Host-admit"
"""Cookie of a waiting room's token, by which its gate is told from other functions."""

MULTI_TENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
TENANT = "aws:cloudfront/distributionTenant:DistributionTenant"

# AWS's security policies for viewers that refuse all below TLS 1.2 and its CBC ciphers of 2018.
MODERN_VIEWERS = frozenset(("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"))
OLD_PROTOCOLS = frozenset(("SSLv3", "TLSv1", "TLSv1.1"))
ENCRYPTED_VIEWERS = frozenset(("redirect-to-https", "https-only"))
# Ends of a bucket's own domain or its website's: `…s3.<region>.amazonaws.com`, `…s3-website-<region>.amazonaws.com`.
_BUCKET_DOMAIN = re.compile(r"(?:^|\.)s3(?:-website)?[.-](?:[\w.-]+\.)?amazonaws\.com(?:\.cn)?$")


def _behaviours(distribution: Resource) -> list[Block]:
    return distribution.blocks("defaultCacheBehavior", "orderedCacheBehaviors", "cacheBehaviors")


@rule(
    DISTRIBUTION,
    MULTI_TENANT,
    name="cf-viewer-tls",
    title="Viewers connect to CloudFront over TLS 1.2 or newer, never plain HTTP.",
    severity=Severity.HIGH,
    controls=("FSBP CloudFront.3", "FSBP CloudFront.15", "CKV_AWS_34", "CKV_AWS_174"),
    remedy="Set viewer_protocol_policy to redirect-to-https and minimum_protocol_version to TLSv1.2_2021 or newer",
)
def cf_viewer_tls(distribution: Resource, context: RuleContext) -> Problems:
    # CloudFront's own certificate, which only a distribution without a domain can use, admits no choice of version.
    own_name = distribution.flag("viewerCertificate.cloudfrontDefaultCertificate") and not distribution.present(
        "aliases"
    )
    version = distribution.text("viewerCertificate.minimumProtocolVersion") or "TLSv1"
    if not own_name and version not in MODERN_VIEWERS:
        yield f"lets viewers speak {version}"
    yield from each(_behaviours(distribution), _plain_viewers)


def _plain_viewers(behaviour: Block) -> Iterator[str]:
    if behaviour.text("viewerProtocolPolicy") not in ENCRYPTED_VIEWERS:
        yield f"serves {behaviour.text('pathPattern') or 'the default path'} over plain HTTP"


@rule(
    DISTRIBUTION,
    VPC_ORIGIN,
    name="cf-origin-tls",
    title="CloudFront connects to origins over TLS 1.2; plain HTTP only to VPC origins without a domain.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP CloudFront.9", "FSBP CloudFront.10", "CKV2_AWS_72"),
    remedy="Set origin_protocol_policy to https-only and origin_ssl_protocols to TLSv1.2",
)
def cf_origin_tls(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == VPC_ORIGIN:
        has_domain = any(distribution.present("aliases") for distribution in context.whole.of(DISTRIBUTION))
        for block in resource.blocks("vpcOriginEndpointConfig"):
            yield from _origin_tls(block, "originSslProtocols.items", plain_allowed=not has_domain)
    else:
        yield from each(
            resource.blocks("origins"),
            lambda origin: each(
                origin.blocks("customOriginConfig"), lambda block: _origin_tls(block, "originSslProtocols")
            ),
        )


def _origin_tls(block: Block, protocols: str, *, plain_allowed: bool = False) -> Iterator[str]:
    policy = block.text("originProtocolPolicy")
    if policy != "https-only" and not (plain_allowed and policy == "http-only"):
        yield f"speaks to an origin by the protocol policy {policy}"
    if policy != "http-only" and (old := OLD_PROTOCOLS & set(block.texts(protocols))):
        yield f"speaks {', '.join(sorted(old))} to an origin"


@rule(
    DISTRIBUTION,
    MULTI_TENANT,
    TENANT,
    name="cf-waf",
    title="A distribution has a web ACL.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP CloudFront.6", "CKV_AWS_68"),
    remedy="Set web_acl_id to the ARN of a web ACL of scope CLOUDFRONT",
)
def cf_waf(distribution: Resource, context: RuleContext) -> Problems:
    if distribution.token == TENANT:
        if (distribution.text("customizations.webAcl.action") or "").lower() == "disable":
            yield "switches the web ACL of its distribution off"
        return
    if not distribution.present("webAclId"):
        yield "has no web ACL"
    for acl in context.whole.targets(distribution, "webAclId", WEB_ACL):
        if acl.text("scope") != "CLOUDFRONT":
            yield f"names the web ACL {acl.name}, which is not of scope CLOUDFRONT"


@rule(
    DISTRIBUTION,
    name="cf-gate",
    title="Where a waiting room's gate stands, no behaviour reaches a server round it.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected REL05-BP02",),
    remedy="Associate the gate with the behaviour's viewer requests",
)
def cf_gate(distribution: Resource, context: RuleContext) -> Problems:
    functions = context.whole.of(FUNCTION)
    gates = [one for one in functions if GATE_COOKIE in (one.text("code") or "")]
    if not gates:
        return
    arns = {arn for one in gates if isinstance(arn := one.outputs.get("arn"), str)}
    servers, only_gates = _servers(distribution), len(gates) == len(functions)
    for behaviour in _behaviours(distribution):
        if behaviour.text("targetOriginId") in servers and not _passes(behaviour, arns, only_gates):
            path = behaviour.text("pathPattern") or "the default behaviour"
            yield f"{path} reaches {behaviour.text('targetOriginId')} round the gate {gates[0].name}"


def _servers(distribution: Resource) -> set[str | None]:
    """Ids of the origins that are no buckets."""
    return {
        origin.text("originId")
        for origin in distribution.blocks("origins")
        if origin.present("customOriginConfig") or origin.present("vpcOriginConfig")
    }


def _passes(behaviour: Block, gates: set[str], only_gates: bool) -> bool:
    """Whether a gate is asked first. Before a deployment no ARN is known, which decides only where all are gates."""
    asked = [one for one in behaviour.blocks("functionAssociations") if one.text("eventType") == "viewer-request"]
    unknown = any(isinstance(one.raw("functionArn"), Unknown) for one in asked)
    if unknown and only_gates:
        return True
    return any(one.text("functionArn") in gates for one in asked)


@rule(
    DISTRIBUTION,
    name="cf-logging",
    title="A distribution has access logs.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP CloudFront.5", "CKV_AWS_86"),
    remedy="Deliver its ACCESS_LOGS through aws.cloudwatch.LogDeliverySource and LogDelivery, or set logging_config",
)
def cf_logging(distribution: Resource, context: RuleContext) -> Problems:
    if distribution.present("loggingConfig.bucket"):
        return
    every = context.whole.companions(distribution, "resourceArn", DELIVERY_SOURCE)
    sources = [source for source in every if (source.text("logType") or REQUEST_LOGS) == REQUEST_LOGS]
    if not sources:
        yield "keeps no access logs"
    elif not any(context.whole.companions(source, "deliverySourceName", DELIVERY) for source in sources):
        yield f"its log source {sources[0].name} is delivered nowhere"


@rule(
    DISTRIBUTION,
    name="cf-oac",
    title="CloudFront signs its requests to a bucket with origin access control.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP CloudFront.13", "CKV2_AWS_46"),
    remedy="Set origin_access_control_id on the bucket's origin and drop the origin access identity or website origin",
)
def cf_oac(distribution: Resource, context: RuleContext) -> Problems:
    sources = map(context.whole.find, distribution.linked("origins"))
    may_be_bucket = any(source is not None and source.token.startswith("aws:s3/") for source in sources)
    yield from each(distribution.blocks("origins"), lambda origin: _unsigned(origin, may_be_bucket))


def _unsigned(origin: Block, may_be_bucket: bool) -> Iterator[str]:
    """`may_be_bucket` tells whether a domain that isn't known yet may be that of a bucket."""
    name = origin.text("originId") or "an origin"
    if origin.present("vpcOriginConfig"):
        return
    if origin.present("customOriginConfig"):
        domain = origin.raw("domainName")
        if isinstance(domain, Unknown) and not may_be_bucket:
            return
        match = _BUCKET_DOMAIN.search(origin.text("domainName") or "")
        if match:
            kind = "an S3 website, which is" if "website" in match[0] else "a bucket taken for a web server, and so"
            yield f"{name} is {kind} public by its nature"
    elif not origin.present("originAccessControlId"):
        yield f"{name} is a bucket without origin access control"


@rule(
    DISTRIBUTION,
    name="cf-security-headers",
    title="Every cache behavior adds security headers to its responses.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("CKV2_AWS_32",),
    remedy="Set response_headers_policy_id to a policy with HSTS and a content security policy",
)
def cf_security_headers(distribution: Resource, context: RuleContext) -> Problems:
    for behaviour in _behaviours(distribution):
        if not behaviour.present("responseHeadersPolicyId"):
            yield f"{behaviour.text('pathPattern') or 'the default path'} sends no security headers"
    for path in ("defaultCacheBehavior", "orderedCacheBehaviors"):
        for policy in context.whole.targets(distribution, f"{path}.responseHeadersPolicyId", RESPONSE_HEADERS):
            if not policy.present("securityHeadersConfig"):
                yield f"its headers policy {policy.name} sets no security headers"


RULES = (cf_viewer_tls, cf_origin_tls, cf_waf, cf_gate, cf_logging, cf_oac, cf_security_headers)
