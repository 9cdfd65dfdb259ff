"""Mistakes in networks: routes, network ACLs, security groups, and what they let the internet reach."""

from __future__ import annotations

from policy.pack.tokens import (
    DEFAULT_SECURITY_GROUP,
    ECS_SERVICE,
    EGRESS_RULE,
    INGRESS_RULE,
    INSTANCE,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    RDS_INSTANCE,
    RDS_PROXY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SERVERLESS_CACHE,
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

# isolated-subnet-no-egress-route
ISOLATED = "isolated-subnet-no-egress-route"
M(ISOLATED, "a route to the internet gateway", route("net-data-1"))
M(
    ISOLATED,
    "a route to a NAT gateway, in two halves",
    route("net-data-1", "0.0.0.0/1", natGatewayId=ref(NAT)),
    route("net-data-1", "128.0.0.0/1", "rest", natGatewayId=ref(NAT)),
)
M(ISOLATED, "IPv6 out by an egress-only gateway", route("net-data-2", "::/0", egressOnlyGatewayId="eigw-1"))
M(ISOLATED, "one range of the internet", route("net-data-2", "203.0.113.0/24"))
M(ISOLATED, "everything to a transit gateway", route("net-data-3", transitGatewayId="tgw-1"))
M(ISOLATED, "everything to a peer", route("net-data-3", vpcPeeringConnectionId="pcx-1"))
M(
    ISOLATED,
    "inline",
    put(ROUTE_TABLE, "routes.+", {"cidrBlock": "0.0.0.0/0", "natGatewayId": ref(NAT)}, "isolated"),
    on="billing",
)
M(
    ISOLATED,
    "joined to the public table",
    put(ROUTE_TABLE_ASSOCIATION, "routeTableId", ref(ROUTE_TABLE, "public"), "data-a-routes"),
    on="billing",
)
M(
    ISOLATED,
    "left to a main table that leads out",
    remove(ROUTE_TABLE_ASSOCIATION, "data-a-routes"),
    add(
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        "main",
        vpcId=ref(VPC),
        routeTableId=ref(ROUTE_TABLE, "private"),
    ),
    on="billing",
)
M(
    ISOLATED,
    "left to the default table, which leads out",
    remove(ROUTE_TABLE_ASSOCIATION, "data-a-routes"),
    add(
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "main",
        defaultRouteTableId=ref(VPC, "vpc", "defaultRouteTableId"),
        routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": ref(GATEWAY)}],
    ),
    on="billing",
)

# datastores-in-isolated-subnets
STORES = "datastores-in-isolated-subnets"
M(STORES, "databases in an app subnet", put(DB_SUBNETS, "subnetIds.+", ref(SUBNET, "net-app-1")))
M(STORES, "caches in public subnets", put(CACHE_SUBNETS, "subnetIds", [ref(SUBNET, "net-public-1")]))
M(STORES, "a proxy in an app subnet", put(RDS_PROXY, "vpcSubnetIds.0", ref(SUBNET, "net-app-1")))
M(STORES, "their subnet gets a way out", route("net-data-1", natGatewayId=ref(NAT)))
M(STORES, "a serverless cache without subnets", add(SERVERLESS_CACHE, "more", engine="valkey", name="more"))
M(
    STORES,
    "a file system's door in a public subnet",
    put("aws:efs/mountTarget:MountTarget", "subnetId", ref(SUBNET, "public-a")),
    on="billing",
)
M(
    STORES,
    "a search domain in a public subnet",
    put("aws:opensearch/domain:Domain", "vpcOptions.subnetIds", [ref(SUBNET, "public-a")]),
    on="billing",
)
M(STORES, "a database without a subnet group", drop(RDS_INSTANCE, "dbSubnetGroupName"), on="billing")

# data-tier-unreachable
DATA = "data-tier-unreachable"
OPEN_NACL = acl_rule("net-data", 5432)
HOLE = ingress("data-db-orders", 5432, cidrIpv4="0.0.0.0/0")
M(DATA, "route, NACL and group opened", route("net-data-1"), OPEN_NACL, HOLE)
M(
    DATA,
    "each of them in halves",
    route("net-data-1", "0.0.0.0/1"),
    route("net-data-1", "128.0.0.0/1", "rest"),
    acl_rule("net-data", 5432, "0.0.0.0/1"),
    acl_rule("net-data", 5432, "128.0.0.0/1", 6, "gap-2"),
    ingress("data-db-orders", 5000, 6000, cidrIpv4="0.0.0.0/1"),
    ingress("data-db-orders", 5000, 6000, name="hole-2", cidrIpv4="128.0.0.0/1"),
)
M(
    DATA,
    "moved to public subnets, whose NACL admits high ports",
    put(DB_SUBNETS, "subnetIds", [ref(SUBNET, "net-public-1")]),
    HOLE,
)
M(
    DATA,
    "one office's address",
    route("net-data-1"),
    OPEN_NACL,
    ingress("data-db-orders", 5432, cidrIpv4="203.0.113.7/32"),
)
M(
    DATA,
    "over IPv6 alone",
    route("net-data-1", "::/0"),
    add(
        NETWORK_ACL_RULE,
        "six",
        networkAclId=ref(NETWORK_ACL, "net-data"),
        ruleNumber=5,
        ruleAction="allow",
        protocol="-1",
        ipv6CidrBlock="::/0",
    ),
    ingress("data-db-orders", 5432, cidrIpv6="::/0"),
)
M(
    DATA,
    "a cache, through every protocol",
    put(CACHE_SUBNETS, "subnetIds", [ref(SUBNET, "net-public-2")]),
    ingress("data-cache-sessions", 0, cidrIpv4="0.0.0.0/0", ipProtocol="-1"),
)
M(
    DATA,
    "a proxy",
    put(RDS_PROXY, "vpcSubnetIds", [ref(SUBNET, "net-public-2")], "data-proxy-orders"),
    ingress("data-proxy-orders", 5432, cidrIpv4="0.0.0.0/0"),
)
M(
    DATA,
    "a second group that is open",
    put(
        SECURITY_GROUP,
        "ingress",
        [{"protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlocks": ["0.0.0.0/0"]}],
        "alb-sg",
    ),
    put(RDS_INSTANCE, "vpcSecurityGroupIds.+", ref(SECURITY_GROUP, "alb-sg")),
    put(DB_SUBNETS, "subnetIds", [ref(SUBNET, "public-a")]),
    on="billing",
)
M(
    DATA,
    "the NACL's deny comes after its allow",
    put(
        NETWORK_ACL,
        "ingress.+",
        {"ruleNo": 90, "action": "allow", "protocol": -1, "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0},
        "data-acl",
    ),
    put(
        NETWORK_ACL,
        "ingress.+",
        {"ruleNo": 95, "action": "deny", "protocol": -1, "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0},
        "data-acl",
    ),
    put(ROUTE_TABLE, "routes.+", {"cidrBlock": "0.0.0.0/0", "gatewayId": ref(GATEWAY)}, "isolated"),
    put(
        SECURITY_GROUP,
        "ingress.+",
        {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["0.0.0.0/0"]},
        "db-sg",
    ),
    on="billing",
)
M(
    DATA,
    "the load balancer's group is admitted",
    put(SECURITY_GROUP, "ingress.0.securityGroups.+", ref(SECURITY_GROUP, "alb-sg"), "db-sg"),
    on="billing",
)
M(
    DATA,
    "CloudFront's load balancer is admitted",
    ingress("data-db-orders", 5432, referencedSecurityGroupId=ref(SECURITY_GROUP, "edge-balancer")),
)
M(
    DATA,
    "through a bastion",
    add(SECURITY_GROUP, BASTION, vpcId=ref(VPC)),
    ingress(BASTION, 2222, name="ssh", cidrIpv4="0.0.0.0/0"),
    ingress("data-db-orders", 5432, referencedSecurityGroupId=ref(SECURITY_GROUP, BASTION)),
    add(INSTANCE, BASTION, subnetId=ref(SUBNET, "net-public-1"), vpcSecurityGroupIds=[ref(SECURITY_GROUP, BASTION)]),
)
M(
    DATA,
    "no group named, and the default group opened",
    drop(RDS_INSTANCE, "vpcSecurityGroupIds"),
    put(
        DEFAULT_SECURITY_GROUP, "ingress", [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"], "fromPort": 0, "toPort": 0}]
    ),
    put(DB_SUBNETS, "subnetIds", [ref(SUBNET, "public-a")]),
    on="billing",
)
M(DATA, "a search domain without a network", drop("aws:opensearch/domain:Domain", "vpcOptions"), on="billing")
M(
    DATA,
    "a network load balancer passes it on",
    *[
        add(
            "aws:lb/loadBalancer:LoadBalancer",
            "pass",
            internal=False,
            loadBalancerType="network",
            subnets=[ref(SUBNET, "net-public-1")],
        ),
        add("aws:lb/targetGroup:TargetGroup", "pass-on", port=5432, protocol="TCP", targetType="ip"),
        add(
            "aws:lb/listener:Listener",
            "pass-in",
            loadBalancerArn=ref("aws:lb/loadBalancer:LoadBalancer", "pass", "arn"),
            port=5432,
            protocol="TCP",
            defaultActions=[
                {"type": "forward", "targetGroupArn": ref("aws:lb/targetGroup:TargetGroup", "pass-on", "arn")}
            ],
        ),
        ingress("data-db-orders", 5432, cidrIpv4="10.20.0.0/16"),
    ],
)

# app-tier-edge-only
APP = "app-tier-edge-only"
TASKS_OUTSIDE = put(
    ECS_SERVICE, "networkConfiguration.subnets", [ref(SUBNET, "net-public-1")], "services-orders-service"
)
M(APP, "tasks in a public subnet, open", TASKS_OUTSIDE, ingress("services-orders-group", 8080, cidrIpv4="0.0.0.0/0"))
M(
    APP,
    "tasks' own subnet gets the gateway",
    route("net-app-1"),
    ingress("services-orders-group", 8080, cidrIpv4="0.0.0.0/0"),
)
M(
    APP,
    "in halves",
    TASKS_OUTSIDE,
    ingress("services-orders-group", 8080, cidrIpv4="0.0.0.0/1"),
    ingress("services-orders-group", 8080, name="h2", cidrIpv4="128.0.0.0/1"),
)
M(
    APP,
    "a fleet moves to the public subnets and admits everybody",
    put("aws:autoscaling/group:Group", "vpcZoneIdentifiers", [ref(SUBNET, "public-a")]),
    put(SECURITY_GROUP, "ingress.0.cidrBlocks", ["0.0.0.0/0"], "app-sg"),
    on="billing",
)
M(
    APP,
    "an instance on the edge's own group",
    put(INSTANCE, "vpcSecurityGroupIds", [ref(SECURITY_GROUP, "alb-sg")]),
    put(INSTANCE, "subnetId", ref(SUBNET, "public-b")),
    on="billing",
)
M(
    APP,
    "SSH to Kubernetes' nodes",
    put("aws:eks/nodeGroup:NodeGroup", "remoteAccess", {"ec2SshKey": "ops"}),
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
