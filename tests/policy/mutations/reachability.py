"""Ways to data and applications that a mistake in routes, groups or network ACLs opens."""

from __future__ import annotations

from policy.pack.tokens import (
    DEFAULT_SECURITY_GROUP,
    ECS_SERVICE,
    INSTANCE,
    NETWORK_ACL,
    NETWORK_ACL_RULE,
    RDS_INSTANCE,
    RDS_PROXY,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SERVERLESS_CACHE,
    SUBNET,
    VPC,
)
from tests.policy.mutations import Mistakes, add, drop, put, ref, remove
from tests.policy.mutations.network import BASTION, CACHE_SUBNETS, DB_SUBNETS, GATEWAY, NAT, acl_rule, ingress, route

mistakes = Mistakes()
M = mistakes

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
