"""Ways in round CloudFront and its web ACL, plain listeners of every kind, and web ACLs that only count."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.edge import ACL, BALANCER, DISTRIBUTION, FORWARDING, LISTENER, LOGGING, VPC_ORIGIN, WAF_LINK
from tests.policy.harness import UNKNOWN, It

table = Table()

LOCKED = "alb-origin-locked"
SAYS = "bypasses CloudFront and its web ACL"

# Gateways of every kind onto the internal balancer that CloudFront draws from.
SECURE = FORWARDING.but(protocol="HTTPS", arn=UNKNOWN)
SHOP = (BALANCER, VPC_ORIGIN, DISTRIBUTION, SECURE)


def http_api(to: str, **props: Any) -> It:
    return It(
        "aws:apigatewayv2/integration:Integration",
        "api",
        {"connectionType": "VPC_LINK", "integrationUri": UNKNOWN, **props},
        {"integrationUri": [to]},
    )


ROUTE = It(
    "aws:apigatewayv2/route:Route", "route", {"target": UNKNOWN, "authorizationType": "JWT"}, {"target": ["api"]}
)
table.fails(LOCKED, *SHOP, http_api("http"), says=SAYS)
table.fails(LOCKED, *SHOP, http_api("alb"), says=SAYS)
table.fails(LOCKED, *SHOP, http_api("http"), ROUTE.but("authorizationType"), says=SAYS)
table.passes(LOCKED, *SHOP, http_api("http"), ROUTE)
table.passes(LOCKED, BALANCER, SECURE, http_api("http"))
table.passes(LOCKED, *SHOP, http_api("http").but(integrationUri="arn:aws:elasticloadbalancing:::listener/app/x/1/2"))
NETWORK = It(
    "aws:lb/loadBalancer:LoadBalancer",
    "nlb",
    {"arn": UNKNOWN, "internal": True, "loadBalancerType": "network", "dnsName": UNKNOWN},
)
PASSING = It(
    "aws:lb/listener:Listener",
    "tls",
    {
        "loadBalancerArn": UNKNOWN,
        "port": 443,
        "protocol": "TCP",
        "defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}],
    },
    {"loadBalancerArn": ["nlb"], "defaultActions": ["to-alb"]},
)
TO_ALB = It("aws:lb/targetGroup:TargetGroup", "to-alb", {"arn": UNKNOWN, "targetType": "alb", "port": 443})
JOINED = It(
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "joined",
    {"targetGroupArn": UNKNOWN, "targetId": UNKNOWN},
    {"targetGroupArn": ["to-alb"], "targetId": ["alb"]},
)
BEHIND = (*SHOP, NETWORK, PASSING, TO_ALB, JOINED)
LINK = It("aws:apigateway/vpcLink:VpcLink", "link", {"targetArn": UNKNOWN, "id": UNKNOWN}, {"targetArn": ["nlb"]})
REST = It(
    "aws:apigateway/integration:Integration",
    "rest",
    {"connectionType": "VPC_LINK", "connectionId": UNKNOWN, "restApi": "api-1", "resourceId": "r", "httpMethod": "GET"},
    {"connectionId": ["link"]},
)
METHOD = It("aws:apigateway/method:Method", "get", {"resourceId": "r", "httpMethod": "GET", "authorization": "AWS_IAM"})
API = It("aws:apigateway/restApi:RestApi", "api", {"id": "api-1", "endpointConfiguration": {"types": "PRIVATE"}})
table.passes(LOCKED, *BEHIND)
table.fails(LOCKED, *BEHIND, LINK, REST, says=SAYS)
table.fails(LOCKED, *BEHIND, LINK, REST, METHOD.but(authorization="NONE"), says=SAYS)
table.passes(LOCKED, *BEHIND, LINK, REST, METHOD)
table.passes(LOCKED, *BEHIND, LINK, REST, API)
table.fails(
    LOCKED, *SHOP, REST.but("connectionId", integrationTarget=UNKNOWN).linking(integrationTarget=["alb"]), says=SAYS
)
OFFERED = It(
    "aws:ec2/vpcEndpointService:VpcEndpointService",
    "offered",
    {"networkLoadBalancerArns": [UNKNOWN], "acceptanceRequired": True},
    {"networkLoadBalancerArns": ["nlb"]},
)
table.fails(LOCKED, *BEHIND, OFFERED, says=SAYS)
table.passes(LOCKED, NETWORK, OFFERED)
FAST = It(
    "aws:globalaccelerator/endpointGroup:EndpointGroup",
    "fast",
    {"endpointConfigurations": [{"endpointId": UNKNOWN}]},
    {"endpointConfigurations": ["alb"]},
)
table.fails(LOCKED, *SHOP, FAST, says=SAYS)
table.passes(LOCKED, BALANCER, FAST)

# A network balancer beside the edge, in front of a service that only others of the shop call.
CART = It(
    "aws:ecs/service:Service", "cart", {"loadBalancers": [{"targetGroupArn": UNKNOWN}]}, {"loadBalancers": ["to-cart"]}
)
TO_CART = It("aws:lb/targetGroup:TargetGroup", "to-cart", {"arn": UNKNOWN, "targetType": "ip", "port": 8080})
DIRECT = (NETWORK.but(internal=False), PASSING.linking(defaultActions=["to-cart"]), TO_CART, CART)
table.fails(LOCKED, *SHOP, *DIRECT, says="bypasses the edge, without a web ACL")
table.fails(LOCKED, WAF_LINK, *DIRECT, says="→ cart")
table.passes(LOCKED, *DIRECT)
table.passes(LOCKED, *SHOP, NETWORK, *DIRECT[1:])
table.passes(LOCKED, *SHOP, PASSING, TO_ALB, NETWORK)

# cf-waf, cf-viewer-tls: distributions for many tenants.
MANY = It("aws:cloudfront/multitenantDistribution:MultitenantDistribution", "many", {**DISTRIBUTION.props}).linking(
    webAclId=["acl"]
)
TENANT = It("aws:cloudfront/distributionTenant:DistributionTenant", "one", {"distributionId": "d"})
table.passes("cf-waf", MANY, ACL, TENANT)
table.fails("cf-waf", MANY.but("webAclId"), says="has no web ACL")
table.fails("cf-waf", TENANT.but(customizations={"webAcl": {"action": "disable"}}), says="switches the web ACL")
table.passes("cf-waf", TENANT.but(customizations={"webAcl": {"action": "override", "arn": "acl"}}))
table.fails(
    "cf-viewer-tls",
    MANY.but(cacheBehaviors=[{"pathPattern": "/a", "viewerProtocolPolicy": "allow-all"}]),
    says="serves /a over plain HTTP",
)

# Listeners that say nothing of their protocol, and balancers of other kinds.
REDIRECT = "alb-https-redirect"
table.fails(REDIRECT, BALANCER, FORWARDING.but("protocol"), says="serves over plain HTTP")
table.fails(REDIRECT, FORWARDING.but("protocol", loadBalancerArn="arn:aws:x:::loadbalancer/app/a/1"), says="plain HTTP")
table.passes(REDIRECT, BALANCER, FORWARDING.but("protocol", certificateArn="c", port=443))
table.passes(REDIRECT, FORWARDING.but("protocol", loadBalancerArn="arn:aws:x:::loadbalancer/net/a/1"))
table.passes(REDIRECT, BALANCER, LISTENER.but("protocol"))
PLAIN = PASSING.but(port=80)
table.fails(REDIRECT, NETWORK.but(internal=False), PLAIN.linking(defaultActions=["to-cart"]), TO_CART, says="port 80")
table.passes(REDIRECT, NETWORK.but(internal=False), PLAIN, TO_ALB)
table.passes(REDIRECT, NETWORK, PLAIN.linking(defaultActions=["to-cart"]), TO_CART)
CLASSIC = It("aws:elb/loadBalancer:LoadBalancer", "classic", {"listeners": [{"lbPort": 443, "lbProtocol": "https"}]})
table.passes(REDIRECT, CLASSIC)
table.fails(
    REDIRECT,
    CLASSIC.but(listeners=[{"lbPort": 443, "lbProtocol": "https"}, {"lbPort": 80, "lbProtocol": "http"}]),
    says="serves over plain HTTP on port 80",
)
table.passes("alb-access-logs", CLASSIC.but(accessLogs={"bucket": "b"}))
table.fails("alb-access-logs", CLASSIC, says="keeps no access logs")
table.fails("alb-access-logs", CLASSIC.but(accessLogs={"bucket": "b", "enabled": False}), says="keeps no access logs")

# Web ACLs of which each kind of protection only counts.
WAF = "waf-rules-logging"


def managed(name: str, override: str = "none") -> dict[str, Any]:
    return {"name": name, "overrideAction": {override: {}}, "statement": {"managedRuleGroupStatement": {"name": name}}}


def rate(action: str) -> dict[str, Any]:
    return {"name": "rate", "action": {action: {}}, "statement": {"rateBasedStatement": {"limit": 100}}}


ALLOWING = {"name": "shop", "action": {"allow": {}}, "statement": {"byteMatchStatement": {"searchString": "shop"}}}
STAFF = {"name": "staff", "action": {"allow": {}}, "statement": {"ipSetReferenceStatement": {"arn": "s"}}}
COMMON, REPUTATION = "AWSManagedRulesCommonRuleSet", "AWSManagedRulesAmazonIpReputationList"
SHUT = ACL.but(defaultAction={"block": {}})
table.passes(WAF, SHUT.but(rules=[managed(COMMON), rate("block"), ALLOWING]), LOGGING)
table.passes(WAF, SHUT.but(rules=[STAFF]), LOGGING)
table.passes(WAF, SHUT.but(rules=[managed(COMMON), managed("AWSManagedRulesSQLiRuleSet", "count"), ALLOWING]), LOGGING)
table.fails(
    WAF, SHUT.but(rules=[managed(COMMON, "count"), rate("count"), ALLOWING]), LOGGING, says="no rule that blocks"
)
table.fails(WAF, SHUT.but(rules=[ALLOWING]), LOGGING, says="has no rule that blocks")
table.fails(
    WAF, SHUT.but(rules=[managed(COMMON), rate("count")]), LOGGING, says="only counts what limits of rates find"
)
table.fails(
    WAF,
    ACL.but(rules=[managed(COMMON, "count"), managed(REPUTATION), rate("block")]),
    LOGGING,
    says="only counts what managed groups on requests find",
)
IN_JSON = [{"Name": "c", "OverrideAction": {"Count": {}}, "Statement": {"ManagedRuleGroupStatement": {"Name": COMMON}}}]
table.fails(WAF, ACL.but("rules", ruleJson=json.dumps(IN_JSON)), LOGGING, says="no rule that blocks")
IN_JSON = [{**IN_JSON[0], "OverrideAction": {"None": {}}}]
table.passes(WAF, ACL.but("rules", ruleJson=json.dumps(IN_JSON)), LOGGING)

BLOCKED = {"conditions": [{"actionCondition": {"action": "BLOCK"}}], "requirement": "MEETS_ANY"}
for behaviour, default in (("KEEP", "DROP"), ("KEEP", "KEEP")):
    kept = {"filters": [{**BLOCKED, "behavior": behaviour}], "defaultBehavior": default}
    table.passes(WAF, ACL, LOGGING.but(loggingFilter=kept))
for filters, default in (([{**BLOCKED, "behavior": "DROP"}], "KEEP"), ([], "DROP")):
    dropped = {"filters": filters, "defaultBehavior": default}
    table.fails(WAF, ACL, LOGGING.but(loggingFilter=dropped), says="leaves what it blocks out of its logs")

# Databases: zones, and parameter groups by themselves.
ZONES = "rds-zones"
CLUSTER = It("aws:rds/cluster:Cluster", "db", {"id": UNKNOWN, "engine": "aurora-postgresql"})


def member(name: str, **props: Any) -> It:
    return It("aws:rds/clusterInstance:ClusterInstance", name, {"clusterIdentifier": UNKNOWN, **props}).linking(
        clusterIdentifier=["db"]
    )


table.passes(ZONES, CLUSTER, member("a"), member("b"))
table.passes(ZONES, CLUSTER, member("a", availabilityZone="r-1a"), member("b", availabilityZone="r-1b"))
table.passes(ZONES, CLUSTER, member("a", availabilityZone="r-1a"), member("b"))
table.passes(ZONES, CLUSTER.but(dbClusterInstanceClass="db.m6gd.large", engine="mysql"))
table.passes(ZONES, CLUSTER, member("a"), name="dev")
table.fails(ZONES, CLUSTER, member("a"), says="has 1 instance: it fails with its zone")
table.fails(
    ZONES,
    CLUSTER,
    member("a", availabilityZone="r-1a"),
    member("b", availabilityZone="r-1a"),
    says="all its instances in the zone r-1a",
)
table.unknown(ZONES, "passes", CLUSTER, member("a", availabilityZone=UNKNOWN), member("b", availabilityZone=UNKNOWN))
table.unknown(ZONES, "undecided", CLUSTER.but(engineMode=UNKNOWN), member("a"))
table.absent(ZONES, "fails", CLUSTER, says="has no instances")
DOCUMENTS = It("aws:docdb/cluster:Cluster", "db", {"id": UNKNOWN})
ONE = It("aws:docdb/clusterInstance:ClusterInstance", "a", {"clusterIdentifier": UNKNOWN}).linking(
    clusterIdentifier=["db"]
)
table.fails(ZONES, DOCUMENTS, ONE, says="has 1 instance")

FORCE = "rds-force-tls"


def group(token: str, **parameters: Any) -> It:
    body = [{"name": name.replace("__", "."), "value": value} for name, value in parameters.items()]
    return It(token, "params", {"name": "params", "parameters": body})


AURORA, OF_ONE = "aws:rds/clusterParameterGroup:ClusterParameterGroup", "aws:rds/parameterGroup:ParameterGroup"
DOCDB = "aws:docdb/clusterParameterGroup:ClusterParameterGroup"
for one, says in (
    (group(AURORA, require_secure_transport="OFF"), "switches require_secure_transport off"),
    (group(OF_ONE, rds__force_ssl="0"), "switches rds.force_ssl off"),
    (group(OF_ONE, tls_version="TLSv1.1,TLSv1.2"), "admits tlsv1.1 by tls_version"),
    (group(DOCDB, tls="disabled"), "switches tls off"),
    (group("aws:redshift/parameterGroup:ParameterGroup", require_ssl="false"), "switches require_ssl off"),
    (group("aws:neptune/clusterParameterGroup:ClusterParameterGroup", neptune_enforce_ssl="0"), "enforce_ssl off"),
):
    table.fails(FORCE, one, says=says)
table.passes(FORCE, group(AURORA, require_secure_transport="ON"))
table.passes(FORCE, group(AURORA, binlog_format="ROW"))
table.passes(FORCE, group(OF_ONE, tls_version="TLSv1.2,TLSv1.3"))
table.passes(FORCE, group(DOCDB, tls="tls1.2+"))
table.unknown(FORCE, "undecided", group(DOCDB, tls=UNKNOWN))
