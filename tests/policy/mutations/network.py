"""Mistakes in networks: routes, network ACLs, security groups, and what they let the internet reach."""

from __future__ import annotations

from policy.pack.tokens import (
    DEFAULT_SECURITY_GROUP,
    EGRESS_RULE,
    INGRESS_RULE,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    ROUTE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
)
from tests.policy.mutations import Edit, Mistakes, add, drop, put, ref, remove

mistakes = Mistakes()
M = mistakes

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
DB_SUBNETS = "aws:rds/subnetGroup:SubnetGroup"
CACHE_SUBNETS = "aws:elasticache/subnetGroup:SubnetGroup"
BASTION = "bastion"


def ingress(group: str, port: int, last: int | None = None, *, name: str = "hole", **source: object) -> Edit:
    """A standalone rule that admits someone to a group of the program."""
    span = {"ipProtocol": "tcp", "fromPort": port, "toPort": last or port}
    return add(INGRESS_RULE, name, securityGroupId=ref(SECURITY_GROUP, group), **{**span, **source})


def route(table: str, destination: str = "0.0.0.0/0", name: str = "way-out", **target: object) -> Edit:
    key = "destinationIpv6CidrBlock" if ":" in destination else "destinationCidrBlock"
    target = target or {"gatewayId": ref(GATEWAY)}
    return add(ROUTE, name, routeTableId=ref(ROUTE_TABLE, table), **{key: destination, **target})


def acl_rule(acl: str, port: int, cidr: str = "0.0.0.0/0", number: int = 5, name: str = "gap", **more: object) -> Edit:
    base = {"ruleNumber": number, "ruleAction": "allow", "protocol": "tcp", "fromPort": port, "toPort": port}
    return add(NETWORK_ACL_RULE, name, networkAclId=ref(NETWORK_ACL, acl), cidrBlock=cidr, **{**base, **more})


# vpc-flow-logs
M("vpc-flow-logs", "the flow log is dropped", remove(FLOW_LOG))
M("vpc-flow-logs", "only what is admitted is logged", put(FLOW_LOG, "trafficType", "ACCEPT"))
M("vpc-flow-logs", "one subnet is logged, not the VPC", drop(FLOW_LOG, "vpcId"), put(FLOW_LOG, "subnetId", ref(SUBNET)))
M("vpc-flow-logs", "a second VPC without one", add(VPC, "second", cidrBlock="10.77.0.0/16"))
M("vpc-flow-logs", "the flow log watches another VPC", put(FLOW_LOG, "vpcId", "vpc-elsewhere"), on="billing")

# vpc-default-sg-closed
M("vpc-default-sg-closed", "the default group is left alone", remove(DEFAULT_SECURITY_GROUP))
M(
    "vpc-default-sg-closed",
    "it admits its members",
    put(DEFAULT_SECURITY_GROUP, "ingress", [{"protocol": "-1", "self": True}]),
)
M(
    "vpc-default-sg-closed",
    "it lets everything out",
    put(
        DEFAULT_SECURITY_GROUP, "egress", [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]
    ),
)
M("vpc-default-sg-closed", "a second VPC without one", add(VPC, "second", cidrBlock="10.77.0.0/16"), on="billing")
M(
    "vpc-default-sg-closed",
    "a rule of its own opens it",
    add(
        SECURITY_GROUP_RULE,
        "reopened",
        type="ingress",
        securityGroupId=ref(DEFAULT_SECURITY_GROUP),
        protocol="-1",
        fromPort=0,
        toPort=0,
        cidrBlocks=["10.0.0.0/8"],
    ),
)

# sg-no-public-ingress
PUBLIC = "sg-no-public-ingress"
M(PUBLIC, "SSH from everywhere", ingress("services-ui-group", 22, cidrIpv4="0.0.0.0/0"))
M(PUBLIC, "half of everywhere", ingress("services-ui-group", 22, cidrIpv4="128.0.0.0/1"))
M(PUBLIC, "IPv6 alone", ingress("services-ui-group", 22, cidrIpv6="::/0"))
M(PUBLIC, "all of IPv6's global half", ingress("services-ui-group", 22, cidrIpv6="2000::/3"))
M(PUBLIC, "web ports with what is between them", ingress("edge-balancer", 80, 443, cidrIpv4="0.0.0.0/0"))
M(PUBLIC, "every protocol", ingress("edge-balancer", 443, cidrIpv4="0.0.0.0/0", ipProtocol="-1"))
M(PUBLIC, "host bits hide the width", ingress("services-ui-group", 22, cidrIpv4="10.20.0.0/0"))
M(
    PUBLIC,
    "the range is moved to a prefix list",
    add(PREFIX_LIST, "everybody", maxEntries=1, addressFamily="IPv4", entries=[{"cidr": "0.0.0.0/0"}]),
    ingress("services-ui-group", 22, prefixListId=ref(PREFIX_LIST, "everybody")),
)
M(
    PUBLIC,
    "an entry of its own widens a prefix list",
    add(PREFIX_LIST, "office", maxEntries=1, addressFamily="IPv4", entries=[{"cidr": "203.0.113.0/24"}]),
    add(PREFIX_LIST_ENTRY, "all", prefixListId=ref(PREFIX_LIST, "office"), cidr="0.0.0.0/1"),
)
M(
    PUBLIC,
    "inline, one range of several",
    put(SECURITY_GROUP, "ingress.0.cidrBlocks", ["10.8.0.0/16", "0.0.0.0/0"], "db-sg"),
    on="billing",
)
M(
    PUBLIC,
    "the old standalone rule",
    add(
        SECURITY_GROUP_RULE,
        "old",
        type="ingress",
        securityGroupId=ref(SECURITY_GROUP, "app-sg"),
        protocol="tcp",
        fromPort=0,
        toPort=65535,
        cidrBlocks=["0.0.0.0/0"],
    ),
    on="billing",
)

M(
    PUBLIC,
    "a hundred small ranges",
    put(
        SECURITY_GROUP,
        "ingress.+",
        {
            "protocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "cidrBlocks": [f"{first}.0.0.0/16" for first in range(20, 30)],
        },
        "app-sg",
    ),
    on="billing",
)

# sg-no-open-egress
EGRESS = "sg-no-open-egress"
M(
    EGRESS,
    "everything out",
    add(
        EGRESS_RULE,
        "all",
        securityGroupId=ref(SECURITY_GROUP, "services-ui-group"),
        ipProtocol="-1",
        cidrIpv4="0.0.0.0/0",
    ),
)
M(
    EGRESS,
    "SMTP out, in halves",
    add(
        EGRESS_RULE,
        "mail",
        securityGroupId=ref(SECURITY_GROUP),
        ipProtocol="tcp",
        fromPort=25,
        toPort=25,
        cidrIpv4="0.0.0.0/1",
    ),
)
M(
    EGRESS,
    "IPv6 out",
    add(
        EGRESS_RULE,
        "six",
        securityGroupId=ref(SECURITY_GROUP),
        ipProtocol="tcp",
        fromPort=0,
        toPort=65535,
        cidrIpv6="::/0",
    ),
)
M(
    EGRESS,
    "inline, everything out",
    put(
        SECURITY_GROUP, "egress.+", {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}, "db-sg"
    ),
    on="billing",
)

# sg-to-sg-only
BY_ADDRESS = "sg-to-sg-only"
M(BY_ADDRESS, "a service admits the network", ingress("services-ui-group", 8080, cidrIpv4="10.20.0.0/16"))
M(BY_ADDRESS, "a cache admits one subnet", ingress("data-cache-sessions", 6379, cidrIpv4="10.20.64.0/20"))
M(BY_ADDRESS, "a database admits a prefix list", ingress("data-db-orders", 5432, prefixListId="pl-12345678"))
M(
    BY_ADDRESS,
    "inline, by range",
    put(
        SECURITY_GROUP,
        "ingress.+",
        {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["10.8.0.0/16"]},
        "db-sg",
    ),
    on="billing",
)
M(
    BY_ADDRESS,
    "by the old standalone rule",
    add(
        SECURITY_GROUP_RULE,
        "old",
        type="ingress",
        securityGroupId=ref(SECURITY_GROUP, "data-proxy-orders"),
        protocol="tcp",
        fromPort=5432,
        toPort=5432,
        cidrBlocks=["10.20.0.0/16"],
    ),
)

# sg-rule-style-exclusive
STYLE = "sg-rule-style-exclusive"
INLINE = [{"protocol": "tcp", "fromPort": 8080, "toPort": 8080, "securityGroups": ["sg-1"]}]
M(STYLE, "an inline rule beside standalone ones", put(SECURITY_GROUP, "ingress", INLINE, "services-ui-group"))
M(
    STYLE,
    "a standalone rule beside inline ones",
    ingress("app-sg", 9090, referencedSecurityGroupId=ref(SECURITY_GROUP, "alb-sg")),
    on="billing",
)
M(
    STYLE,
    "old and new standalone rules",
    add(
        SECURITY_GROUP_RULE,
        "old",
        type="ingress",
        securityGroupId=ref(SECURITY_GROUP, "services-ui-group"),
        protocol="tcp",
        fromPort=1,
        toPort=1,
        self=True,
    ),
)

# nacl-no-admin-ports
ADMIN = "nacl-no-admin-ports"
M(ADMIN, "SSH", acl_rule("net-app", 22))
M(ADMIN, "RDP in a range", acl_rule("net-app", 3000, toPort=4000))
M(ADMIN, "every protocol, half the world", acl_rule("net-data", 0, "128.0.0.0/1", protocol="-1"))
M(
    ADMIN,
    "every port over IPv6",
    add(
        NETWORK_ACL_RULE,
        "six",
        networkAclId=ref(NETWORK_ACL),
        ruleNumber=5,
        ruleAction="allow",
        protocol="6",
        fromPort=0,
        toPort=65535,
        ipv6CidrBlock="::/0",
    ),
)
M(
    ADMIN,
    "inline",
    put(
        NETWORK_ACL,
        "ingress.+",
        {"ruleNo": 1, "action": "allow", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlock": "0.0.0.0/0"},
        "app-acl",
    ),
    on="billing",
)

# nacl-per-tier
PER_TIER = "nacl-per-tier"
M(PER_TIER, "a tier loses its NACL", remove(NETWORK_ACL, "data-acl"), on="billing")
M(PER_TIER, "two tiers share one", put(NETWORK_ACL, "subnetIds.+", ref(SUBNET, "data-a"), "app-acl"), on="billing")
M(
    PER_TIER,
    "an association of its own joins another tier",
    add(NETWORK_ACL_ASSOCIATION, "join", networkAclId=ref(NETWORK_ACL, "public-acl"), subnetId=ref(SUBNET, "app-a")),
    on="billing",
)
M(
    PER_TIER,
    "a new subnet without one",
    add(SUBNET, "more", vpcId=ref(VPC), cidrBlock="10.8.9.0/24", tags={"SubnetType": "Private"}),
    on="billing",
)

# subnet-no-auto-public-ip
AUTO = "subnet-no-auto-public-ip"
M(AUTO, "one subnet gives addresses", put(SUBNET, "mapPublicIpOnLaunch", True, "net-app-2"))
M(AUTO, "as text, from another language", put(SUBNET, "mapPublicIpOnLaunch", "true", "public-a"), on="billing")
M(
    AUTO,
    "a default subnet",
    add("aws:ec2/defaultSubnet:DefaultSubnet", "default", availabilityZone="eu-central-1a"),
    on="billing",
)

# vpc-endpoints-present
ENDPOINTS = "vpc-endpoints-present"
M(ENDPOINTS, "no endpoint for S3", remove(ENDPOINT, "*s3"))
M(ENDPOINTS, "no endpoint for DynamoDB", remove(ENDPOINT, "*dynamodb"))
M(ENDPOINTS, "no endpoint at all", remove(ENDPOINT), on="billing")
M(
    ENDPOINTS,
    "the endpoint is of another region's service",
    put(ENDPOINT, "serviceName", "com.amazonaws.eu-central-1.s3-global.accesspoint", "s3-endpoint"),
    on="billing",
)
