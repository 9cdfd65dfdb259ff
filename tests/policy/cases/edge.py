"""Load balancers, CloudFront and web ACLs."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

BALANCER = It(
    "aws:lb/loadBalancer:LoadBalancer",
    "alb",
    {
        "arn": UNKNOWN,
        "dnsName": UNKNOWN,
        "internal": True,
        "securityGroups": [UNKNOWN],
        "accessLogs": {"bucket": "logs", "enabled": True},
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "strictest",
        "enableDeletionProtection": True,
    },
    {"securityGroups": ["alb-sg"]},
)
OLD_TOKEN = It("aws:alb/loadBalancer:LoadBalancer", "alb", BALANCER.props)
DISTRIBUTION = It(
    "aws:cloudfront/distribution:Distribution",
    "cdn",
    {
        "arn": UNKNOWN,
        "aliases": ["shop.example"],
        "webAclId": UNKNOWN,
        "viewerCertificate": {"acmCertificateArn": UNKNOWN, "minimumProtocolVersion": "TLSv1.2_2021"},
        "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https", "responseHeadersPolicyId": "headers"},
        "orderedCacheBehaviors": [
            {"pathPattern": "/cart/*", "viewerProtocolPolicy": "https-only", "responseHeadersPolicyId": "headers"}
        ],
        "origins": [
            {"originId": "media", "domainName": UNKNOWN, "originAccessControlId": UNKNOWN},
            {
                "originId": "shop",
                "domainName": UNKNOWN,
                "customOriginConfig": {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]},
            },
        ],
    },
    {"webAclId": ["acl"], "origins": ["alb"]},
)
NO_DOMAIN = DISTRIBUTION.but("aliases", viewerCertificate={"cloudfrontDefaultCertificate": True})
VPC_ORIGIN = It(
    "aws:cloudfront/vpcOrigin:VpcOrigin",
    "origin",
    {
        "vpcOriginEndpointConfig": {
            "arn": UNKNOWN,
            "originProtocolPolicy": "https-only",
            "originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1},
        }
    },
    {"vpcOriginEndpointConfig": ["alb"]},
)
HTTP_VPC_ORIGIN = VPC_ORIGIN.but(vpcOriginEndpointConfig={"arn": UNKNOWN, "originProtocolPolicy": "http-only"})

# alb-https-redirect
LISTENER = It(
    "aws:lb/listener:Listener",
    "http",
    {
        "loadBalancerArn": UNKNOWN,
        "protocol": "HTTP",
        "port": 80,
        "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
    },
    {"loadBalancerArn": ["alb"]},
)
FORWARDING = LISTENER.but(defaultActions=[{"type": "forward", "targetGroupArn": UNKNOWN}])
table.passes("alb-https-redirect", BALANCER, LISTENER)
table.passes("alb-https-redirect", BALANCER, FORWARDING.but(protocol="HTTPS"))
table.passes("alb-https-redirect", BALANCER, FORWARDING, HTTP_VPC_ORIGIN, NO_DOMAIN)
table.passes("alb-https-redirect", BALANCER, LISTENER.but(defaultActions=[{"type": "fixed-response"}]))
table.fails("alb-https-redirect", BALANCER, FORWARDING, says="plain HTTP")
table.fails("alb-https-redirect", BALANCER, FORWARDING, HTTP_VPC_ORIGIN, DISTRIBUTION, says="plain HTTP")
table.fails(
    "alb-https-redirect", BALANCER.but(internal=False), FORWARDING, HTTP_VPC_ORIGIN, NO_DOMAIN, says="plain HTTP"
)
table.fails(
    "alb-https-redirect",
    LISTENER.but(defaultActions={"type": "redirect", "redirect": {"protocol": "HTTP", "port": "8080"}}),
    says="another place than HTTPS",
)
table.fails("alb-https-redirect", It("aws:alb/listener:Listener", "http", FORWARDING.props), says="plain HTTP")
BY_RULE = It(
    "aws:lb/listenerRule:ListenerRule",
    "cart",
    {"listenerArn": UNKNOWN, "actions": [{"type": "forward", "targetGroupArn": UNKNOWN}]},
    {"listenerArn": ["http"]},
)
table.passes("alb-https-redirect", BALANCER, FORWARDING.but(protocol="HTTPS"), BY_RULE)
table.passes("alb-https-redirect", BALANCER, LISTENER, BY_RULE.but(actions=[{"type": "redirect"}]))
table.fails("alb-https-redirect", BALANCER, LISTENER, BY_RULE, says="plain HTTP by the rule cart")
table.unknown("alb-https-redirect", "undecided", BALANCER, LISTENER.but(protocol=UNKNOWN))
table.absent("alb-https-redirect", "passes", BALANCER)

# alb-tls-policy
TLS = LISTENER.but(protocol="HTTPS", port=443, sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")
table.passes("alb-tls-policy", TLS)
table.passes("alb-tls-policy", TLS.but(sslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06"))
table.passes("alb-tls-policy", LISTENER)
for policy in (
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
):
    table.fails("alb-tls-policy", TLS.but(sslPolicy=policy), says=policy)
table.fails("alb-tls-policy", TLS.but(protocol="TLS", sslPolicy="ELBSecurityPolicy-TLS-1-1-2017-01"), says="TLS-1-1")
table.unknown("alb-tls-policy", "undecided", TLS.but(sslPolicy=UNKNOWN))
table.absent("alb-tls-policy", "fails", TLS.but("sslPolicy"), says="AWS's default policy")

# alb-access-logs
table.passes("alb-access-logs", BALANCER)
table.passes("alb-access-logs", BALANCER.but("accessLogs", loadBalancerType="network"))
table.passes("alb-access-logs", BALANCER.but(accessLogs={"bucket": UNKNOWN, "enabled": True}))
table.fails("alb-access-logs", BALANCER.but(accessLogs={"bucket": "logs"}), says="no access logs")
table.fails("alb-access-logs", BALANCER.but(accessLogs={"bucket": "logs", "enabled": False}), says="no access logs")
table.fails("alb-access-logs", OLD_TOKEN.but("accessLogs"), says="no access logs")
table.unknown("alb-access-logs", "undecided", BALANCER.but(accessLogs=UNKNOWN))
table.absent("alb-access-logs", "fails", BALANCER.but("accessLogs"))

# alb-waf
WAF_LINK = It(
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "link",
    {"resourceArn": UNKNOWN, "webAclArn": UNKNOWN},
    {"resourceArn": ["alb"]},
)
table.passes("alb-waf", BALANCER, WAF_LINK)
table.passes("alb-waf", BALANCER.but(loadBalancerType="network"))
table.passes("alb-waf", BALANCER.but(arn="arn:1"), WAF_LINK.but(resourceArn="arn:1"))
table.fails("alb-waf", BALANCER.but(arn="arn:1"), WAF_LINK.but(resourceArn="arn:2"), says="no web ACL")
table.fails("alb-waf", BALANCER, WAF_LINK.linking(resourceArn=[]), says="no web ACL")
table.unknown("alb-waf", "undecided", BALANCER.but(loadBalancerType=UNKNOWN))
table.absent("alb-waf", "fails", BALANCER)

# alb-hardening
table.passes("alb-hardening", BALANCER)
table.passes("alb-hardening", BALANCER.but("desyncMitigationMode"))
table.fails("alb-hardening", BALANCER.but(dropInvalidHeaderFields=False), says="header fields")
table.fails("alb-hardening", BALANCER.but(desyncMitigationMode="monitor"), says="mode monitor")
table.unknown("alb-hardening", "undecided", BALANCER.but(dropInvalidHeaderFields=UNKNOWN))
table.absent("alb-hardening", "fails", BALANCER.but("dropInvalidHeaderFields"))

# alb-deletion-protection
table.passes("alb-deletion-protection", BALANCER)
table.passes("alb-deletion-protection", BALANCER.but(enableDeletionProtection=False), name="dev")
table.passes(
    "alb-deletion-protection", BALANCER.but(enableDeletionProtection=False), config={"productionStacks": ["live"]}
)
table.fails("alb-deletion-protection", BALANCER.but(enableDeletionProtection=False), says="deletion protection")
table.fails(
    "alb-deletion-protection",
    BALANCER.but(enableDeletionProtection=False),
    name="live-eu",
    config={"productionStacks": ["live-*"]},
    says="deletion protection",
)
table.unknown("alb-deletion-protection", "undecided", BALANCER.but(enableDeletionProtection=UNKNOWN))
table.absent("alb-deletion-protection", "fails", BALANCER.but("enableDeletionProtection"))

# alb-origin-locked
PUBLIC_ALB = BALANCER.but(internal=False)
ALB_GROUP = It("aws:ec2/securityGroup:SecurityGroup", "alb-sg", {"id": UNKNOWN})
FROM_CLOUDFRONT = It(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "in",
    {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "prefixListId": "pl-1"},
    {"securityGroupId": ["alb-sg"]},
)
FROM_ALL = FROM_CLOUDFRONT.but("prefixListId", cidrIpv4="0.0.0.0/0")
RECORD = It(
    "aws:route53/record:Record",
    "origin",
    {"fqdn": "origin.shop.example", "aliases": [{"name": UNKNOWN}]},
    {"aliases": ["alb"]},
)
BY_RECORD = DISTRIBUTION.but(origins=[{"domainName": "origin.shop.example", "customOriginConfig": {}}]).linking(
    origins=[]
)
table.passes("alb-origin-locked", PUBLIC_ALB, DISTRIBUTION, ALB_GROUP, FROM_CLOUDFRONT)
table.passes("alb-origin-locked", BALANCER, DISTRIBUTION, ALB_GROUP, FROM_ALL)
table.passes("alb-origin-locked", PUBLIC_ALB, ALB_GROUP, FROM_ALL)
table.fails(
    "alb-origin-locked", PUBLIC_ALB, DISTRIBUTION, ALB_GROUP, FROM_ALL, says="alb-sg ingress 0.0.0.0/0:tcp 443 (in)"
)
table.fails("alb-origin-locked", PUBLIC_ALB, RECORD, BY_RECORD, ALB_GROUP, FROM_ALL, says="past CloudFront")
table.fails(
    "alb-origin-locked",
    PUBLIC_ALB,
    DISTRIBUTION,
    ALB_GROUP.but(ingress=[{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["128.0.0.0/1"]}]),
    says="alb-sg ingress 128.0.0.0/1",
)
table.unknown("alb-origin-locked", "undecided", PUBLIC_ALB, DISTRIBUTION, ALB_GROUP, FROM_ALL.but(cidrIpv4=UNKNOWN))
table.absent("alb-origin-locked", "passes", PUBLIC_ALB, DISTRIBUTION, ALB_GROUP)

# cf-gate
GATE_ARN = "arn:aws:cloudfront::123456789012:function/gate"
GATE = It("aws:cloudfront/function:Function", "gate", {"code": "'__Host-admit'", "arn": GATE_ARN})
BY_GATE = {"targetOriginId": "shop", "functionAssociations": [{"eventType": "viewer-request", "functionArn": GATE_ARN}]}
GATED = DISTRIBUTION.but(
    defaultCacheBehavior=BY_GATE,
    orderedCacheBehaviors=[{"pathPattern": "/media/*", "targetOriginId": "media"}, {"pathPattern": "/cart", **BY_GATE}],
)
table.passes("cf-gate", DISTRIBUTION)
table.passes("cf-gate", GATED, GATE)
table.passes("cf-gate", GATED.but(defaultCacheBehavior={"targetOriginId": "shop"}))
table.fails("cf-gate", GATED.but(defaultCacheBehavior={"targetOriginId": "shop"}), GATE, says="the default behaviour")
table.fails(
    "cf-gate",
    GATED.but(orderedCacheBehaviors=[{"pathPattern": "/cart", "targetOriginId": "shop"}]),
    GATE,
    says="/cart reaches shop round the gate",
)
for round_it in (
    {"eventType": "viewer-response", "functionArn": GATE_ARN},
    {"eventType": "viewer-request", "functionArn": GATE_ARN + "2"},
):
    other = {"targetOriginId": "shop", "functionAssociations": [round_it]}
    table.fails("cf-gate", GATED.but(defaultCacheBehavior=other), GATE, says="round the gate")
TO_COME = {"targetOriginId": "shop", "functionAssociations": [{"eventType": "viewer-request", "functionArn": UNKNOWN}]}
ADDRESS = It("aws:cloudfront/function:Function", "address", {"code": "request"})
table.passes("cf-gate", GATED.but(defaultCacheBehavior=TO_COME), GATE)
table.unknown("cf-gate", "undecided", GATED.but(defaultCacheBehavior=TO_COME), GATE, ADDRESS)
table.absent("cf-gate", "passes", GATED)

# cf-viewer-tls
table.passes("cf-viewer-tls", DISTRIBUTION)
table.passes("cf-viewer-tls", NO_DOMAIN)
table.fails(
    "cf-viewer-tls", DISTRIBUTION.but(viewerCertificate={"minimumProtocolVersion": "TLSv1.1_2016"}), says="TLSv1.1_2016"
)
table.fails("cf-viewer-tls", DISTRIBUTION.but(viewerCertificate={"cloudfrontDefaultCertificate": True}), says="TLSv1")
table.fails(
    "cf-viewer-tls",
    DISTRIBUTION.but(defaultCacheBehavior={"viewerProtocolPolicy": "allow-all"}),
    says="the default path",
)
table.fails(
    "cf-viewer-tls",
    DISTRIBUTION.but(orderedCacheBehaviors=[{"pathPattern": "/cart/*", "viewerProtocolPolicy": "allow-all"}]),
    says="serves /cart/* over plain HTTP",
)
table.unknown("cf-viewer-tls", "undecided", DISTRIBUTION.but(viewerCertificate=UNKNOWN))
table.absent("cf-viewer-tls", "fails", DISTRIBUTION.but("viewerCertificate"), says="TLSv1")

# cf-origin-tls
table.passes("cf-origin-tls", DISTRIBUTION, VPC_ORIGIN)
table.passes("cf-origin-tls", NO_DOMAIN, HTTP_VPC_ORIGIN)
table.fails("cf-origin-tls", DISTRIBUTION, HTTP_VPC_ORIGIN, says="protocol policy http-only")
table.fails(
    "cf-origin-tls",
    DISTRIBUTION,
    VPC_ORIGIN.but(vpcOriginEndpointConfig={"originProtocolPolicy": "match-viewer"}),
    says="match-viewer",
)
table.fails(
    "cf-origin-tls",
    DISTRIBUTION.but(
        origins=[
            {"customOriginConfig": {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2", "SSLv3"]}}
        ]
    ),
    says="speaks SSLv3",
)
table.fails(
    "cf-origin-tls",
    NO_DOMAIN.but(origins={"customOriginConfig": [{"originProtocolPolicy": "http-only"}]}),
    says="http-only",
)
table.unknown("cf-origin-tls", "undecided", DISTRIBUTION.but(origins=[{"customOriginConfig": UNKNOWN}]))
table.absent("cf-origin-tls", "passes", DISTRIBUTION.but("origins"))

# cf-waf
ACL = It(
    "aws:wafv2/webAcl:WebAcl",
    "acl",
    {
        "arn": UNKNOWN,
        "scope": "CLOUDFRONT",
        "defaultAction": {"allow": {}},
        "rules": [{"name": "common", "overrideAction": {"none": {}}}],
    },
)
table.passes("cf-waf", DISTRIBUTION, ACL)
table.passes("cf-waf", DISTRIBUTION.but(webAclId="arn:aws:wafv2:us-east-1:1:global/webacl/x/1"))
table.fails("cf-waf", DISTRIBUTION, ACL.but(scope="REGIONAL"), says="not of scope CLOUDFRONT")
table.fails("cf-waf", DISTRIBUTION.but(webAclId=""), says="no web ACL")
table.unknown("cf-waf", "undecided", DISTRIBUTION, ACL.but(scope=UNKNOWN))
table.absent("cf-waf", "fails", DISTRIBUTION.but("webAclId"), says="no web ACL")

# cf-logging
SOURCE = It(
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "source",
    {"name": "cdn-logs", "resourceArn": UNKNOWN},
    {"resourceArn": ["cdn"]},
)
DELIVERY = It("aws:cloudwatch/logDelivery:LogDelivery", "delivery", {"deliverySourceName": "cdn-logs"})
table.passes("cf-logging", DISTRIBUTION, SOURCE, DELIVERY)
table.passes("cf-logging", DISTRIBUTION.but(loggingConfig={"bucket": UNKNOWN}))
table.fails("cf-logging", DISTRIBUTION, SOURCE, says="delivered nowhere")
table.fails("cf-logging", DISTRIBUTION, SOURCE, DELIVERY.but(deliverySourceName="other"), says="delivered nowhere")
table.fails(
    "cf-logging", DISTRIBUTION.but(arn="arn:1"), SOURCE.but(resourceArn="arn:2"), DELIVERY, says="no access logs"
)
table.unknown(
    "cf-logging",
    "passes",
    DISTRIBUTION,
    SOURCE,
    DELIVERY.but(deliverySourceName=UNKNOWN).linking(deliverySourceName=["source"]),
)
table.absent("cf-logging", "fails", DISTRIBUTION, says="no access logs")

# cf-oac
table.passes("cf-oac", DISTRIBUTION)
table.passes("cf-oac", DISTRIBUTION.but(origins=[{"originId": "alb", "vpcOriginConfig": {"vpcOriginId": UNKNOWN}}]))
table.fails(
    "cf-oac", DISTRIBUTION.but(origins=[{"originId": "media", "domainName": UNKNOWN}]), says="media is a bucket without"
)
table.fails(
    "cf-oac",
    DISTRIBUTION.but(origins=[{"originId": "media", "s3OriginConfig": {"originAccessIdentity": "x"}}]),
    says="media is a bucket",
)
table.fails(
    "cf-oac",
    DISTRIBUTION.but(
        origins={
            "originId": "site",
            "domainName": "b.s3-website.ap-south-1.amazonaws.com",
            "customOriginConfig": {"httpPort": 80},
        }
    ),
    says="S3 website",
)
table.unknown("cf-oac", "undecided", DISTRIBUTION.but(origins=UNKNOWN))
table.absent("cf-oac", "passes", DISTRIBUTION.but("origins"))

# cf-security-headers
table.passes("cf-security-headers", DISTRIBUTION)
table.fails(
    "cf-security-headers",
    DISTRIBUTION.but(defaultCacheBehavior={"viewerProtocolPolicy": "https-only"}),
    says="the default path sends",
)
table.unknown("cf-security-headers", "undecided", DISTRIBUTION.but(defaultCacheBehavior=UNKNOWN))
table.absent("cf-security-headers", "passes", DISTRIBUTION.but("defaultCacheBehavior", "orderedCacheBehaviors"))

# waf-rules-logging
LOGGING = It(
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "log",
    {"resourceArn": UNKNOWN},
    {"resourceArn": ["acl"]},
)
table.passes("waf-rules-logging", ACL, LOGGING)
table.passes("waf-rules-logging", ACL.but(rules=[{"name": "rate", "action": {"block": {}}}]), LOGGING)
table.passes("waf-rules-logging", ACL.but("rules", defaultAction={"block": {}}), LOGGING)
table.fails("waf-rules-logging", ACL, says="keeps no logs")
table.fails("waf-rules-logging", ACL.but(rules=[]), LOGGING, says="has no rules")
table.fails(
    "waf-rules-logging", ACL.but(rules=[{"overrideAction": {"count": {}}}]), LOGGING, says="no rule that blocks"
)
table.fails("waf-rules-logging", ACL.but(rules={"action": {"count": {}}}), LOGGING, says="no rule that blocks")
table.unknown("waf-rules-logging", "undecided", ACL.but(rules=UNKNOWN), LOGGING)
table.absent("waf-rules-logging", "fails", ACL.but("rules"), says="has no rules")
