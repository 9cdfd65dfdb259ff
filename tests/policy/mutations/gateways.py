"""Ways in round the shop's edge, web ACLs that only count, and databases with a door or a zone left open."""

from __future__ import annotations

from policy.pack.tokens import ECS_SERVICE, LISTENER, LOAD_BALANCER, RDS_CLUSTER_INSTANCE, SUBNET, TARGET_GROUP, WEB_ACL
from tests.policy.mutations import Edit, Mistakes, add, drop, put, ref, remove
from tests.policy.mutations.edge import FORWARD, OPEN_ACL

mistakes = Mistakes()
M = mistakes

LOCKED = "alb-origin-locked"
SECURE = ref(LISTENER, "edge-https", "arn")
BALANCER = ref(LOAD_BALANCER, "edge-balancer", "arn")
OUTSIDE = [ref(SUBNET, "net-public-1"), ref(SUBNET, "net-public-2")]


def network_balancer(name: str, group: object, *, internal: bool = True) -> tuple[Edit, ...]:
    forward = [{"type": "forward", "targetGroupArn": group}]
    return (
        add(LOAD_BALANCER, name, internal=internal, loadBalancerType="network", subnets=OUTSIDE),
        add(
            LISTENER,
            name,
            loadBalancerArn=ref(LOAD_BALANCER, name, "arn"),
            port=443,
            protocol="TCP",
            defaultActions=forward,
        ),
    )


BEHIND = (
    add(TARGET_GROUP, "to-balancer", targetType="alb", port=443, protocol="TCP"),
    add(
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "to-balancer",
        targetGroupArn=ref(TARGET_GROUP, "to-balancer", "arn"),
        targetId=BALANCER,
    ),
    *network_balancer("inner", ref(TARGET_GROUP, "to-balancer", "arn")),
)
INNER = ref(LOAD_BALANCER, "inner", "arn")
HTTP = "aws:apigatewayv2/integration:Integration"
for what, target in (("listener", SECURE), ("balancer", BALANCER)):
    M(
        LOCKED,
        f"an HTTP API with a VPC link to the {what}",
        add(HTTP, "api", connectionType="VPC_LINK", integrationUri=target),
    )
M(
    LOCKED,
    "a REST API with a VPC link by a network balancer",
    *BEHIND,
    add("aws:apigateway/vpcLink:VpcLink", "link", targetArn=INNER),
    add(
        "aws:apigateway/integration:Integration",
        "rest",
        connectionType="VPC_LINK",
        connectionId=ref("aws:apigateway/vpcLink:VpcLink", "link"),
    ),
)
M(
    LOCKED,
    "an accelerator in front of the balancer",
    add("aws:globalaccelerator/endpointGroup:EndpointGroup", "fast", endpointConfigurations=[{"endpointId": BALANCER}]),
)
M(
    LOCKED,
    "the shop offered as an endpoint service",
    *BEHIND,
    add("aws:ec2/vpcEndpointService:VpcEndpointService", "offered", networkLoadBalancerArns=[INNER]),
)
M(
    LOCKED,
    "a public network balancer in front of a service",
    OPEN_ACL,
    add(TARGET_GROUP, "cart-targets", targetType="ip", port=8080, protocol="TCP"),
    put(
        ECS_SERVICE,
        "loadBalancers",
        [{"targetGroupArn": ref(TARGET_GROUP, "cart-targets", "arn")}],
        "services-cart-service",
    ),
    *network_balancer("outer", ref(TARGET_GROUP, "cart-targets", "arn"), internal=False),
)
M(
    "resource-policy-not-public",
    "an endpoint service for everybody",
    add("aws:ec2/vpcEndpointService:VpcEndpointService", "offered", allowedPrincipals=["*"], acceptanceRequired=False),
)
M(
    "cf-waf",
    "a distribution for many tenants",
    add("aws:cloudfront/multitenantDistribution:MultitenantDistribution", "m"),
)
M(
    "cf-waf",
    "a tenant without the web ACL",
    add(
        "aws:cloudfront/distributionTenant:DistributionTenant",
        "t",
        customizations={"webAcl": {"action": "disable"}},
    ),
)

REDIRECT = "alb-https-redirect"
M(
    REDIRECT,
    "no protocol, which is HTTP",
    drop(LISTENER, "protocol", "certificateArn", name="edge-http"),
    put(LISTENER, "defaultActions", FORWARD, "edge-http"),
)
M(
    REDIRECT,
    "another listener without a protocol",
    add(LISTENER, "beta", loadBalancerArn=BALANCER, port=8080, defaultActions=FORWARD),
)
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
M(REDIRECT, "a classic balancer", add(CLASSIC, "old", listeners=[{"lbPort": 80, "lbProtocol": "http"}]))
M("alb-access-logs", "a classic balancer", add(CLASSIC, "old", listeners=[{"lbPort": 443, "lbProtocol": "https"}]))

WAF = "waf-rules-logging"
COUNT = {"count": {}}
GROUP = "rules.{}.overrideAction"
RULE = "rules.{}.action"


def counting(acl: str, *, groups: tuple[int, ...] = (), rules: tuple[int, ...] = ()) -> tuple[Edit, ...]:
    places = [GROUP.format(place) for place in groups] + [RULE.format(place) for place in rules]
    return tuple(put(WEB_ACL, path, COUNT, acl) for path in places)


M(WAF, "all counts in front of the balancer", *counting("edge-balancer-acl", groups=(1, 2), rules=(0,)))
M(WAF, "all rules of requests count", *counting("edge-balancer-acl", groups=(1, 2)))
M(WAF, "all limits of rates count", *counting("edge-cdn-acl", rules=(2, 3, 4, 5)))
M(WAF, "all groups on callers count", *counting("edge-cdn-acl", groups=(6,)))

M("rds-zones", "one instance is left", remove(RDS_CLUSTER_INSTANCE, "data-db-orders-b"))
M("rds-zones", "no instance is left", remove(RDS_CLUSTER_INSTANCE, "data-db-orders-?"))
M(
    "rds-zones",
    "all in one zone",
    put(RDS_CLUSTER_INSTANCE, "availabilityZone", "ap-south-1a", "data-db-*", every=True),
)
M("rds-zones", "documents with no instance", add("aws:docdb/cluster:Cluster", "documents"))
for token, name, value in (
    ("aws:rds/clusterParameterGroup:ClusterParameterGroup", "require_secure_transport", "0"),
    ("aws:rds/parameterGroup:ParameterGroup", "rds.force_ssl", "0"),
    ("aws:docdb/clusterParameterGroup:ClusterParameterGroup", "tls", "disabled"),
    ("aws:redshift/parameterGroup:ParameterGroup", "require_ssl", "false"),
    ("aws:neptune/clusterParameterGroup:ClusterParameterGroup", "neptune_enforce_ssl", "0"),
):
    M(
        "rds-force-tls",
        f"a group that nothing names sets {name} {value} in {token.split('/')[0]}",
        add(token, "unnamed", parameters=[{"name": name, "value": value}]),
    )
