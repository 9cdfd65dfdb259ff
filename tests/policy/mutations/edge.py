"""Mistakes at the edge: load balancers, CloudFront, web ACLs."""

from __future__ import annotations

from policy.pack.tokens import (
    DISTRIBUTION,
    INGRESS_RULE,
    LISTENER,
    LOAD_BALANCER,
    SECURITY_GROUP,
    SUBNET,
    TARGET_GROUP,
    VPC_ORIGIN,
    WEB_ACL,
)
from tests.policy.mutations import Edit, Mistakes, add, drop, put, ref, remove

mistakes = Mistakes()
M = mistakes

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ACL_LOGS = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
LOG_SOURCE = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
LOG_DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
FORWARD = [{"type": "forward", "targetGroupArn": ref(TARGET_GROUP, prop="arn")}]

# alb-https-redirect
REDIRECT = "alb-https-redirect"
M(REDIRECT, "plain HTTP serves", put(LISTENER, "defaultActions", FORWARD, "edge-http"))
M(REDIRECT, "to HTTP on another port", put(LISTENER, "defaultActions.0.redirect.protocol", "HTTP", "edge-http"))
M(REDIRECT, "a rule of the plain listener serves", put(LISTENER_RULE, "listenerArn", ref(LISTENER, "edge-http", "arn")))
M(REDIRECT, "the redirect is dropped", put(LISTENER, "defaultActions", FORWARD, "http"), on="billing")
M(
    REDIRECT,
    "a second plain listener, by weighted groups",
    add(
        LISTENER,
        "beta",
        loadBalancerArn=ref(LOAD_BALANCER, "web", "arn"),
        port=8080,
        protocol="http",
        defaultActions=[{"type": "forward", "forward": {"targetGroups": [{"arn": ref(TARGET_GROUP, prop="arn")}]}}],
    ),
    on="billing",
)
M(
    REDIRECT,
    "keeps whatever protocol came",
    put(LISTENER, "defaultActions.0.redirect.protocol", "#{protocol}", "http"),
    on="billing",
)

# alb-tls-policy
TLS = "alb-tls-policy"
M(TLS, "AWS's policy of 2016", put(LISTENER, "sslPolicy", "ELBSecurityPolicy-2016-08", "edge-https"))
M(TLS, "no policy", drop(LISTENER, "sslPolicy", name="edge-https"))
M(TLS, "TLS 1.0 beside 1.3", put(LISTENER, "sslPolicy", "ELBSecurityPolicy-TLS13-1-0-2021-06", "https"), on="billing")
M(
    TLS,
    "CBC ciphers again",
    put(LISTENER, "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", "https"),
    on="billing",
)
M(
    TLS,
    "a policy that isn't known yet to be good",
    put(LISTENER, "sslPolicy", "ELBSecurityPolicy-FS-1-1-2019-08", "https"),
    on="billing",
)

# alb-access-logs
LOGS = "alb-access-logs"
M(LOGS, "no logs", drop(LOAD_BALANCER, "accessLogs"))
M(LOGS, "switched off", put(LOAD_BALANCER, "accessLogs.enabled", False))
M(LOGS, "a bucket, but never switched on", drop(LOAD_BALANCER, "accessLogs.enabled"), on="billing")

# alb-waf
M("alb-waf", "no web ACL", remove(ASSOCIATION))
M(
    "alb-waf",
    "the web ACL guards another",
    put(ASSOCIATION, "resourceArn", "arn:aws:elasticloadbalancing:::loadbalancer/app/other/1"),
)
M(
    "alb-waf",
    "a second load balancer without one",
    add(LOAD_BALANCER, "second", internal=False, loadBalancerType="application"),
    on="billing",
)
M("alb-waf", "an association that names no web ACL", drop(ASSOCIATION, "webAclArn"), on="billing")

# alb-hardening
HARD = "alb-hardening"
M(HARD, "malformed headers pass", put(LOAD_BALANCER, "dropInvalidHeaderFields", False))
M(HARD, "the setting is dropped", drop(LOAD_BALANCER, "dropInvalidHeaderFields"), on="billing")
M(HARD, "smuggling is only watched", put(LOAD_BALANCER, "desyncMitigationMode", "monitor"))

# alb-deletion-protection
PROTECT = "alb-deletion-protection"
M(PROTECT, "switched off", put(LOAD_BALANCER, "enableDeletionProtection", False))
M(PROTECT, "dropped", drop(LOAD_BALANCER, "enableDeletionProtection"), on="billing")
M(
    PROTECT,
    "a second load balancer without it",
    add(LOAD_BALANCER, "second", loadBalancerType="application", internal=True),
)
M(PROTECT, "as text", put(LOAD_BALANCER, "enableDeletionProtection", "false"))

# alb-origin-locked
LOCKED = "alb-origin-locked"
OUTSIDE = (
    put(LOAD_BALANCER, "internal", False),
    put(LOAD_BALANCER, "subnets", [ref(SUBNET, "net-public-1"), ref(SUBNET, "net-public-2")]),
)


def web(name: str, **source: object) -> Edit:
    span = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    return add(INGRESS_RULE, name, securityGroupId=ref(SECURITY_GROUP, "edge-balancer"), **span, **source)


OPEN_ACL = add(
    "aws:ec2/networkAclRule:NetworkAclRule",
    "web-in",
    networkAclId=ref("aws:ec2/networkAcl:NetworkAcl", "net-public"),
    ruleNumber=5,
    ruleAction="allow",
    protocol="tcp",
    fromPort=443,
    toPort=443,
    cidrBlock="0.0.0.0/0",
)
M(LOCKED, "public, and open to everybody", *OUTSIDE, OPEN_ACL, web("all", cidrIpv4="0.0.0.0/0"))
M(LOCKED, "in halves", *OUTSIDE, OPEN_ACL, web("low", cidrIpv4="0.0.0.0/1"), web("high", cidrIpv4="128.0.0.0/1"))
M(
    LOCKED,
    "a range of many countries",
    *OUTSIDE,
    OPEN_ACL,
    web("wide", cidrIpv4="13.32.0.0/11"),
)
M(
    LOCKED,
    "a second door to the same service",
    add(SECURITY_GROUP, "side-door"),
    add(
        INGRESS_RULE,
        "side",
        securityGroupId=ref(SECURITY_GROUP, "side-door"),
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
        cidrIpv4="0.0.0.0/0",
    ),
    OPEN_ACL,
    add(
        LOAD_BALANCER,
        "side-door",
        internal=False,
        loadBalancerType="application",
        subnets=[ref(SUBNET, "net-public-1")],
        securityGroups=[ref(SECURITY_GROUP, "side-door")],
    ),
    add(
        LISTENER,
        "side-door",
        loadBalancerArn=ref(LOAD_BALANCER, "side-door", "arn"),
        port=443,
        protocol="HTTPS",
        defaultActions=FORWARD,
    ),
)
M(
    LOCKED,
    "a network load balancer without groups beside it",
    OPEN_ACL,
    add(LOAD_BALANCER, "raw", internal=False, loadBalancerType="network", subnets=[ref(SUBNET, "net-public-1")]),
    add(
        LISTENER,
        "raw",
        loadBalancerArn=ref(LOAD_BALANCER, "raw", "arn"),
        port=443,
        protocol="TCP",
        defaultActions=FORWARD,
    ),
)
M(
    LOCKED,
    "a network load balancer that passes on to CloudFront's own",
    OPEN_ACL,
    add(LOAD_BALANCER, "raw", internal=False, loadBalancerType="network", subnets=[ref(SUBNET, "net-public-1")]),
    add(TARGET_GROUP, "to-origin", port=443, protocol="TCP", targetType="alb"),
    add(
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "to-origin",
        targetGroupArn=ref(TARGET_GROUP, "to-origin", "arn"),
        targetId=ref(LOAD_BALANCER, "edge-balancer", "arn"),
    ),
    add(
        LISTENER,
        "raw",
        loadBalancerArn=ref(LOAD_BALANCER, "raw", "arn"),
        port=443,
        protocol="TCP",
        defaultActions=[{"type": "forward", "targetGroupArn": ref(TARGET_GROUP, "to-origin", "arn")}],
    ),
)
M(
    LOCKED,
    "a distribution that draws from it by a record for both IP versions",
    add(
        "aws:route53/record:Record",
        "origin",
        name="origin.billing.example",
        type="A",
        aliases=[
            {"name": "dualstack.web.eu-central-1.elb.amazonaws.com", "zoneId": "Z1", "evaluateTargetHealth": True}
        ],
    ),
    add(
        DISTRIBUTION,
        "cdn",
        enabled=True,
        origins=[
            {"originId": "web", "domainName": "origin.billing.example", "customOriginConfig": {"httpPort": 80}},
        ],
    ),
    put(LOAD_BALANCER, "dnsName", "web.eu-central-1.elb.amazonaws.com"),
    on="billing",
)
M(
    LOCKED,
    "a distribution in front of an open load balancer",
    add(
        DISTRIBUTION,
        "cdn",
        enabled=True,
        origins=[
            {
                "originId": "web",
                "domainName": ref(LOAD_BALANCER, "web", "dnsName"),
                "customOriginConfig": {"originProtocolPolicy": "https-only"},
            }
        ],
    ),
    on="billing",
)

# cf-viewer-tls
VIEWER = "cf-viewer-tls"
M(VIEWER, "TLS 1.1", put(DISTRIBUTION, "viewerCertificate.minimumProtocolVersion", "TLSv1.1_2016"))
M(VIEWER, "no version named", drop(DISTRIBUTION, "viewerCertificate.minimumProtocolVersion"))
M(VIEWER, "plain HTTP by default", put(DISTRIBUTION, "defaultCacheBehavior.viewerProtocolPolicy", "allow-all"))
M(VIEWER, "plain HTTP on one path", put(DISTRIBUTION, "orderedCacheBehaviors.0.viewerProtocolPolicy", "allow-all"))
M(
    VIEWER,
    "TLS 1.2 with the ciphers of 2018",
    put(DISTRIBUTION, "viewerCertificate.minimumProtocolVersion", "TLSv1.2_2018"),
)

# cf-origin-tls
ORIGIN = "cf-origin-tls"
PLAIN = {"httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "http-only", "originSslProtocols": ["TLSv1.2"]}
M(ORIGIN, "plain HTTP to the VPC origin", put(VPC_ORIGIN, "vpcOriginEndpointConfig.originProtocolPolicy", "http-only"))
M(ORIGIN, "whatever the viewer spoke", put(VPC_ORIGIN, "vpcOriginEndpointConfig.originProtocolPolicy", "match-viewer"))
M(ORIGIN, "TLS 1.0 to the VPC origin", put(VPC_ORIGIN, "vpcOriginEndpointConfig.originSslProtocols.items.+", "TLSv1"))
M(
    ORIGIN,
    "another origin over plain HTTP",
    put(DISTRIBUTION, "origins.+", {"originId": "old", "domainName": "old.example", "customOriginConfig": PLAIN}),
)

# cf-waf
M("cf-waf", "no web ACL", drop(DISTRIBUTION, "webAclId"))
M("cf-waf", "the load balancer's web ACL", put(DISTRIBUTION, "webAclId", ref(WEB_ACL, "edge-balancer-acl", "arn")))
M("cf-waf", "an empty name", put(DISTRIBUTION, "webAclId", ""))

# cf-logging
M("cf-logging", "the log's source is dropped", remove(LOG_SOURCE))
M("cf-logging", "the source is delivered nowhere", remove(LOG_DELIVERY))
M(
    "cf-logging",
    "the source is another distribution",
    put(LOG_SOURCE, "resourceArn", "arn:aws:cloudfront::123456789012:distribution/OTHER"),
)
M("cf-logging", "connections, not requests, are logged", put(LOG_SOURCE, "logType", "CONNECTION_LOGS"))

# cf-gate
GATE = add("aws:cloudfront/function:Function", "gate", code="'__Host-admit'", arn="arn:aws:cloudfront::1:function/gate")
M("cf-gate", "no behaviour asks the gate", GATE)
M("cf-gate", "the default behaviour asks nobody", GATE, drop(DISTRIBUTION, "defaultCacheBehavior.functionAssociations"))
M(
    "cf-gate",
    "the gate is asked after the services",
    GATE,
    put(DISTRIBUTION, "defaultCacheBehavior.functionAssociations.0.eventType", "viewer-response"),
)

# cf-oac
BUCKET_ORIGIN = {"originId": "raw", "domainName": "raw.s3.ap-south-1.amazonaws.com"}
M("cf-oac", "a bucket without it", put(DISTRIBUTION, "origins.+", BUCKET_ORIGIN))
M(
    "cf-oac",
    "the older identity",
    put(DISTRIBUTION, "origins.+", {**BUCKET_ORIGIN, "s3OriginConfig": {"originAccessIdentity": "x"}}),
)
M(
    "cf-oac",
    "a website endpoint",
    put(
        DISTRIBUTION,
        "origins.+",
        {"originId": "site", "domainName": "b.s3-website.ap-south-1.amazonaws.com", "customOriginConfig": PLAIN},
    ),
)
M(
    "cf-oac",
    "a bucket dressed up as a web server",
    put(
        DISTRIBUTION,
        "origins.+",
        {**BUCKET_ORIGIN, "customOriginConfig": {**PLAIN, "originProtocolPolicy": "https-only"}},
    ),
)

# cf-security-headers
HEADERS = "cf-security-headers"
M(HEADERS, "none by default", drop(DISTRIBUTION, "defaultCacheBehavior.responseHeadersPolicyId"))
M(HEADERS, "none on one path", drop(DISTRIBUTION, "orderedCacheBehaviors.0.responseHeadersPolicyId"))
M(
    HEADERS,
    "a new path without",
    put(DISTRIBUTION, "orderedCacheBehaviors.+", {"pathPattern": "/x", "viewerProtocolPolicy": "https-only"}),
)
M(
    HEADERS,
    "a policy that sets none of them",
    put("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "securityHeadersConfig", None, every=True),
)

# waf-rules-logging
WAF = "waf-rules-logging"
M(
    WAF,
    "no rules, and everything passes",
    drop(WEB_ACL, "rules", name="edge-cdn-acl"),
    put(WEB_ACL, "defaultAction", {"allow": {}}, "edge-cdn-acl"),
)
M(WAF, "its only rules count", put(WEB_ACL, "rules.0.overrideAction", {"count": {}}), on="billing")
M(WAF, "no logs", remove(ACL_LOGS, "edge-cdn*"))
M(WAF, "the logs are another web ACL's", put(ACL_LOGS, "resourceArn", "arn:aws:wafv2:::webacl/other"), on="billing")
M(WAF, "its only rule lets pass", put(WEB_ACL, "rules", [{"name": "r", "action": {"allow": {}}}]), on="billing")
