"""Rules for Application Load Balancers."""

from __future__ import annotations

import re

from ..graph import Graph
from ..places import CLASSIC_BALANCER, is_public
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import DISTRIBUTION, LISTENER, LOAD_BALANCER, TARGET_GROUP, VPC_ORIGIN
from ..values import Block, Unknown

LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"

# TLS 1.2 or 1.3 and nothing older, without the Ext policies, which add CBC ciphers again.
MODERN_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-[23]-(?!.*Ext)[\w-]+")
ENCRYPTED = frozenset(("HTTPS", "TLS"))
PLAIN_WEB = 80


def _is_application(balancer: Resource) -> bool:
    return (balancer.text("loadBalancerType") or "application") == "application"


@rule(
    LISTENER,
    CLASSIC_BALANCER,
    name="alb-https-redirect",
    title="A load balancer serves plain HTTP only as a redirect to HTTPS, or to CloudFront inside the VPC.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP ELB.1", "FSBP ELB.3", "CKV_AWS_2", "CKV_AWS_103"),
    remedy="Redirect the HTTP listener to HTTPS with status HTTP_301 and serve from an HTTPS listener",
)
def alb_https_redirect(listener: Resource, context: RuleContext) -> Problems:
    if listener.token == CLASSIC_BALANCER:
        yield from _classic_ports(listener)
        return
    graph = context.whole
    if _passes_plain_web(graph, listener):
        yield "passes plain HTTP through on port 80"
    if not _speaks_http(graph, listener):
        return
    for action in listener.blocks("defaultActions"):
        if action.text("type") == "redirect":
            if (action.text("redirect.protocol") or "").upper() != "HTTPS":
                yield "redirects to another place than HTTPS"
        elif _serves(action) and not _private_origin(graph, listener):
            yield "serves over plain HTTP"
    for routing in graph.companions(listener, "listenerArn", LISTENER_RULE):
        if any(map(_serves, routing.blocks("actions"))) and not _private_origin(graph, listener):
            yield f"serves over plain HTTP by the rule {routing.name}"


def _speaks_http(graph: Graph, listener: Resource) -> bool:
    """Whether a listener uses plain HTTP: by its protocol or, on an application load balancer, by default."""
    if protocol := listener.text("protocol"):
        return protocol.upper() == "HTTP"
    if listener.present("certificateArn"):
        return False
    balancers = graph.targets(listener, "loadBalancerArn", LOAD_BALANCER)
    if balancers:
        return any(map(_is_application, balancers))
    arn = listener.data.get("loadBalancerArn")
    return isinstance(arn, (str, Unknown)) and not ("/net/" in str(arn) or "/gwy/" in str(arn))


def _passes_plain_web(graph: Graph, listener: Resource) -> bool:
    """Whether a network balancer serves the web's plain port to strangers; to another balancer, that one decides."""
    if (listener.text("protocol") or "").upper() not in ("TCP", "TCP_UDP") or listener.number("port") != PLAIN_WEB:
        return False
    groups = graph.targets(listener, "defaultActions.targetGroupArn", TARGET_GROUP)
    if groups and all(group.text("targetType") == "alb" for group in groups):
        return False
    return any(is_public(balancer) for balancer in graph.targets(listener, "loadBalancerArn", LOAD_BALANCER))


def _classic_ports(balancer: Resource) -> Problems:
    for listener in balancer.blocks("listeners"):
        protocol = (listener.text("lbProtocol") or "").upper()
        if protocol == "HTTP" or (protocol == "TCP" and listener.number("lbPort") == PLAIN_WEB):
            yield f"serves over plain HTTP on port {listener.number('lbPort') or PLAIN_WEB:g}"


def _serves(action: Block) -> bool:
    return action.text("type") not in ("redirect", "fixed-response")


def _private_origin(graph: Graph, listener: Resource) -> bool:
    """Whether the listener's balancer is internal and a VPC origin of a distribution that has no domain of its own.

    Such a balancer has no name that a public certificate could vouch for, and the traffic stays on AWS's network.
    """
    for balancer in graph.targets(listener, "loadBalancerArn", LOAD_BALANCER):
        origins = graph.companions(balancer, "vpcOriginEndpointConfig.arn", VPC_ORIGIN)
        if balancer.flag("internal") and origins:
            return all(not distribution.present("aliases") for distribution in graph.of(DISTRIBUTION))
    return False


@rule(
    LISTENER,
    name="alb-tls-policy",
    title="A listener uses TLS 1.2 or newer with forward secrecy.",
    severity=Severity.HIGH,
    controls=("FSBP ELB.17", "CKV_AWS_103", "CKV2_AWS_74"),
    remedy="Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 or another TLS13-1-2 or TLS13-1-3 policy",
)
def alb_tls_policy(listener: Resource, context: RuleContext) -> Problems:
    if (listener.text("protocol") or "").upper() not in ENCRYPTED:
        return
    policy = listener.text("sslPolicy")
    if not policy:
        yield "takes AWS's default policy, which still allows TLS 1.0"
    elif not MODERN_POLICY.fullmatch(policy):
        yield f"uses the policy {policy}"


@rule(
    LOAD_BALANCER,
    CLASSIC_BALANCER,
    name="alb-access-logs",
    title="A load balancer has access logs.",
    severity=Severity.MEDIUM,
    controls=("FSBP ELB.5", "CKV_AWS_91"),
    remedy="Set access_logs with a bucket and enabled=True",
)
def alb_access_logs(balancer: Resource, context: RuleContext) -> Problems:
    if balancer.token == CLASSIC_BALANCER:
        if not (balancer.present("accessLogs.bucket") and balancer.flag("accessLogs.enabled", default=True)):
            yield "keeps no access logs"
    elif _is_application(balancer) and not (
        balancer.present("accessLogs.bucket") and balancer.flag("accessLogs.enabled")
    ):
        yield "keeps no access logs"


@rule(
    LOAD_BALANCER,
    name="alb-waf",
    title="A load balancer has a web ACL.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP ELB.16", "CKV2_AWS_28"),
    remedy="Add an aws.wafv2.WebAclAssociation of a REGIONAL web ACL with this load balancer",
)
def alb_waf(balancer: Resource, context: RuleContext) -> Problems:
    joined = context.whole.companions(balancer, "resourceArn", WEB_ACL_ASSOCIATION)
    if _is_application(balancer) and not any(it.present("webAclArn") for it in joined):
        yield "has no web ACL"


@rule(
    LOAD_BALANCER,
    name="alb-hardening",
    title="A load balancer drops malformed headers and guards against request smuggling.",
    severity=Severity.MEDIUM,
    controls=("FSBP ELB.4", "FSBP ELB.12", "CKV_AWS_131", "CKV_AWS_328"),
    remedy="Set drop_invalid_header_fields=True and desync_mitigation_mode to defensive or strictest",
)
def alb_hardening(balancer: Resource, context: RuleContext) -> Problems:
    if not _is_application(balancer):
        return
    if not balancer.flag("dropInvalidHeaderFields"):
        yield "passes on header fields that are not valid"
    mode = balancer.text("desyncMitigationMode") or "defensive"
    if mode not in ("defensive", "strictest"):
        yield f"has the desync mitigation mode {mode}"


@rule(
    LOAD_BALANCER,
    name="alb-deletion-protection",
    title="A production load balancer can't be deleted by mistake.",
    severity=Severity.MEDIUM,
    controls=("FSBP ELB.6", "CKV_AWS_150"),
    production_only=True,
    remedy="Set enable_deletion_protection=True",
)
def alb_deletion_protection(balancer: Resource, context: RuleContext) -> Problems:
    if not balancer.flag("enableDeletionProtection"):
        yield "has no deletion protection"


RULES = (
    alb_https_redirect,
    alb_tls_policy,
    alb_access_logs,
    alb_waf,
    alb_hardening,
    alb_deletion_protection,
)
