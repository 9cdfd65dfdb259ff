"""Paths from the internet: gateways, routes, subnets, network ACLs, security groups, load balancers."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

VPC = It("aws:ec2/vpc:Vpc", "net", {"id": UNKNOWN, "cidrBlock": "10.0.0.0/16"})
GATEWAY = It("aws:ec2/internetGateway:InternetGateway", "igw", {"id": UNKNOWN, "vpcId": UNKNOWN}, {"vpcId": ["net"]})
SUBNET = It("aws:ec2/subnet:Subnet", "a", {"id": UNKNOWN, "vpcId": UNKNOWN}, {"vpcId": ["net"]})
TABLE = It("aws:ec2/routeTable:RouteTable", "rtb", {"id": UNKNOWN, "vpcId": UNKNOWN}, {"vpcId": ["net"]})
USE = It(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "use",
    {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
    {"subnetId": ["a"], "routeTableId": ["rtb"]},
)
ROUTE = It(
    "aws:ec2/route:Route",
    "out",
    {"routeTableId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN},
    {"routeTableId": ["rtb"], "gatewayId": ["igw"]},
)
THROUGH_NAT = ROUTE.but("gatewayId", natGatewayId=UNKNOWN)
WITH_ROUTES = TABLE.but(
    routes=[
        {"cidrBlock": "0.0.0.0/1", "gatewayId": UNKNOWN},
        {"cidrBlock": "128.0.0.0/1", "gatewayId": UNKNOWN},
    ]
).linking(routes=["igw"])
ACL = It(
    "aws:ec2/networkAcl:NetworkAcl",
    "fence",
    {"id": UNKNOWN, "subnetIds": [UNKNOWN]},
    {"subnetIds": ["a"]},
)


def acl_rule(number: int, action: str = "allow", **props: object) -> It:
    base = {"networkAclId": UNKNOWN, "ruleNumber": number, "ruleAction": action, "protocol": "tcp"}
    every = {**base, "fromPort": 3306, "toPort": 3306, "cidrBlock": "0.0.0.0/0", **props}
    return It("aws:ec2/networkAclRule:NetworkAclRule", f"acl-{number}", every, {"networkAclId": ["fence"]})


GROUP = It("aws:ec2/securityGroup:SecurityGroup", "db-sg", {"id": UNKNOWN})
APP_GROUP = It(GROUP.token, "app-sg", {"id": UNKNOWN})
OPEN = It(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "in",
    {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 3306, "toPort": 3306, "cidrIpv4": "0.0.0.0/0"},
    {"securityGroupId": ["db-sg"]},
)
FROM_APP = OPEN.but("cidrIpv4", referencedSecurityGroupId=UNKNOWN).linking(referencedSecurityGroupId=["app-sg"])
SUBNETS = It(
    "aws:rds/subnetGroup:SubnetGroup", "subnets", {"name": "subnets", "subnetIds": [UNKNOWN]}, {"subnetIds": ["a"]}
)
STORE = It(
    "aws:rds/cluster:Cluster",
    "orders",
    {"engine": "aurora-mysql", "dbSubnetGroupName": "subnets", "vpcSecurityGroupIds": [UNKNOWN]},
    {"vpcSecurityGroupIds": ["db-sg"]},
)
NETWORK = (VPC, GATEWAY, SUBNET, TABLE, USE, ROUTE)
DATA = "data-tier-unreachable"

table.passes(DATA, *NETWORK, GROUP, APP_GROUP, FROM_APP, SUBNETS, STORE)
table.passes(DATA, VPC, GATEWAY, SUBNET, TABLE, USE, THROUGH_NAT, GROUP, OPEN, SUBNETS, STORE)
table.passes(DATA, VPC, GATEWAY, SUBNET, TABLE, USE, GROUP, OPEN, SUBNETS, STORE)
table.passes(DATA, *NETWORK, GROUP, OPEN.but(fromPort=5432, toPort=5432), SUBNETS, STORE)
table.passes(DATA, *NETWORK, GROUP, OPEN.but(cidrIpv4="10.0.0.0/16"), SUBNETS, STORE)
table.passes(DATA, *NETWORK, GROUP, OPEN.but(cidrIpv4=UNKNOWN).linking(cidrIpv4=["net"]), SUBNETS, STORE)
table.passes(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL)  # a NACL without rules denies all
table.passes(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL, acl_rule(10, "deny"), acl_rule(20))
table.passes(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL, acl_rule(10, cidrBlock="10.0.0.0/8"))
table.passes(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL, acl_rule(10, egress=True))
table.passes(
    DATA,
    *NETWORK,
    GROUP,
    OPEN,
    SUBNETS,
    STORE,
    ACL,
    acl_rule(30),
    acl_rule(10, "deny", cidrBlock="0.0.0.0/1", protocol="-1"),
    acl_rule(20, "deny", cidrBlock="128.0.0.0/1", protocol="6", fromPort=3000, toPort=4000),
)
table.fails(
    DATA,
    *NETWORK,
    GROUP,
    OPEN,
    SUBNETS,
    STORE,
    ACL,
    acl_rule(100),
    says="internet → igw → rtb by out 0.0.0.0/0 → subnet a → NACL fence rule 100 allow tcp 3306 from 0.0.0.0/0 → "
    "security group db-sg ingress 0.0.0.0/0:tcp 3306 (in) → aws.rds.Cluster orders",
)
table.fails(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, says="the VPC's default NACL allows everything")
table.fails(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL, acl_rule(20, "deny"), acl_rule(10), says="rule 10 allow")
table.fails(
    DATA,
    VPC,
    GATEWAY,
    SUBNET,
    WITH_ROUTES,
    USE,
    GROUP.but(ingress=[{"protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlocks": ["0.0.0.0/2", "64.0.0.0/2"]}]),
    SUBNETS,
    STORE,
    says="igw → rtb 0.0.0.0/1 → subnet a",
)
table.fails(DATA, *NETWORK, GROUP, OPEN.but(cidrIpv4="203.0.113.7/32"), SUBNETS, STORE, says="203.0.113.7/32")
table.fails(
    DATA,
    VPC,
    GATEWAY,
    SUBNET,
    TABLE,
    USE,
    ROUTE.but("destinationCidrBlock", destinationIpv6CidrBlock="::/0"),
    GROUP,
    OPEN.but("cidrIpv4", cidrIpv6="::/0"),
    SUBNETS,
    STORE,
    says="rtb by out ::/0",
)
ENTRY = It(
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
    "everyone",
    {"prefixListId": UNKNOWN, "cidr": "0.0.0.0/0"},
    {"prefixListId": ["list"]},
)
LIST = It("aws:ec2/managedPrefixList:ManagedPrefixList", "list", {"id": UNKNOWN, "entries": [{"cidr": "10.0.0.0/8"}]})
BY_LIST = OPEN.but("cidrIpv4", prefixListId=UNKNOWN).linking(prefixListId=["list"])
table.passes(DATA, *NETWORK, GROUP, BY_LIST, LIST, SUBNETS, STORE)
table.passes(DATA, *NETWORK, GROUP, BY_LIST.but(prefixListId="pl-1").linking(prefixListId=[]), SUBNETS, STORE)
table.fails(DATA, *NETWORK, GROUP, BY_LIST, LIST, ENTRY, SUBNETS, STORE, says="db-sg ingress")
MAIN = It(
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
    "main",
    {"vpcId": UNKNOWN, "routeTableId": UNKNOWN},
    {"vpcId": ["net"], "routeTableId": ["rtb"]},
)
table.fails(DATA, VPC, GATEWAY, SUBNET, TABLE, MAIN, ROUTE, GROUP, OPEN, SUBNETS, STORE, says="rtb by out")
DEFAULT_ACL = It(
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    "default",
    {"defaultNetworkAclId": UNKNOWN},
    {"defaultNetworkAclId": ["net"]},
)
table.passes(DATA, *NETWORK, GROUP, OPEN, SUBNETS, STORE, DEFAULT_ACL)
table.fails(
    DATA,
    *NETWORK,
    GROUP,
    OPEN,
    SUBNETS,
    STORE,
    DEFAULT_ACL.but(
        ingress={"ruleNo": 7, "action": "allow", "protocol": -1, "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0}
    ),
    says="NACL default rule 7 allow every protocol",
)
BASTION = It(
    "aws:ec2/instance:Instance",
    "bastion",
    {"subnetId": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]},
    {"subnetId": ["a"], "vpcSecurityGroupIds": ["app-sg"]},
)
SSH = OPEN.but(fromPort=22, toPort=22).linking(securityGroupId=["app-sg"])
SSH = It(SSH.token, "ssh", SSH.props, SSH.links)
table.fails(
    DATA,
    *NETWORK,
    GROUP,
    APP_GROUP,
    FROM_APP,
    SSH,
    BASTION,
    SUBNETS,
    STORE,
    says="aws.ec2.Instance bastion → security group db-sg ingress",
)
BALANCER = It(
    "aws:lb/loadBalancer:LoadBalancer",
    "pass",
    {"arn": UNKNOWN, "internal": False, "loadBalancerType": "network", "subnets": [UNKNOWN]},
    {"subnets": ["a"]},
)
LISTENER = It(
    "aws:lb/listener:Listener",
    "mysql",
    {
        "loadBalancerArn": UNKNOWN,
        "port": 3306,
        "protocol": "TCP",
        "defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}],
    },
    {"loadBalancerArn": ["pass"], "defaultActions": ["targets"]},
)
TARGETS = It(
    "aws:lb/targetGroup:TargetGroup", "targets", {"arn": UNKNOWN, "port": 3306, "protocol": "TCP", "targetType": "ip"}
)
INSIDE = OPEN.but(cidrIpv4="10.0.0.0/16")
table.fails(
    DATA,
    *NETWORK,
    GROUP,
    INSIDE,
    BALANCER,
    LISTENER,
    TARGETS,
    SUBNETS,
    STORE,
    says="aws.lb.LoadBalancer pass → target group targets on port 3306 → security group db-sg",
)
table.passes(DATA, *NETWORK, GROUP, INSIDE, BALANCER.but(internal=True), LISTENER, TARGETS, SUBNETS, STORE)
table.fails(
    DATA,
    *NETWORK,
    GROUP,
    APP_GROUP,
    FROM_APP,
    BALANCER.but(securityGroups=[UNKNOWN]).linking(securityGroups=["app-sg"]),
    SUBNETS,
    STORE,
    says="internet → aws.lb.LoadBalancer pass → security group db-sg",
)
for store in (
    It(
        "aws:elasticache/serverlessCache:ServerlessCache",
        "cache",
        {"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]},
    ),
    It("aws:rds/proxy:Proxy", "proxy", {"vpcSubnetIds": [UNKNOWN], "vpcSecurityGroupIds": [UNKNOWN]}),
    It("aws:efs/mountTarget:MountTarget", "mount", {"subnetId": UNKNOWN, "securityGroups": [UNKNOWN]}),
    It(
        "aws:msk/cluster:Cluster",
        "msk",
        {"brokerNodeGroupInfo": {"clientSubnets": [UNKNOWN], "securityGroups": [UNKNOWN]}},
    ),
):
    subnets, groups = (
        (path for path in store.props) if len(store.props) == 2 else ("brokerNodeGroupInfo", "brokerNodeGroupInfo")
    )
    linked = store.linking(**({subnets: ["a"], groups: ["db-sg"]} if subnets != groups else {subnets: ["a", "db-sg"]}))
    table.fails(DATA, *NETWORK, GROUP, OPEN.but(fromPort=1, toPort=9999), linked, says="internet → igw → rtb")
table.fails(DATA, It("aws:opensearch/domain:Domain", "search", {}), says="its public endpoint")
table.unknown(DATA, "undecided", *NETWORK, GROUP, OPEN.but(cidrIpv4=UNKNOWN), SUBNETS, STORE)
table.unknown(DATA, "undecided", *NETWORK, GROUP.but(ingress=UNKNOWN), SUBNETS, STORE)
table.unknown(DATA, "undecided", *NETWORK, GROUP, OPEN, SUBNETS, STORE, ACL, acl_rule(10, cidrBlock=UNKNOWN))
table.unknown(
    DATA, "undecided", VPC, SUBNET, TABLE, USE, ROUTE.but(destinationCidrBlock=UNKNOWN), GROUP, OPEN, SUBNETS, STORE
)
table.unknown(
    DATA, "passes", VPC, SUBNET, TABLE, USE, ROUTE.but(destinationCidrBlock=UNKNOWN), GROUP, APP_GROUP, FROM_APP, STORE
)
table.absent(DATA, "passes", STORE.but("vpcSecurityGroupIds", "dbSubnetGroupName"))

# app-tier-edge-only
APP = "app-tier-edge-only"
EDGE_GROUP = It(GROUP.token, "edge-sg", {"id": UNKNOWN})
SERVICE = It(
    "aws:ecs/service:Service",
    "ui",
    {"networkConfiguration": {"subnets": [UNKNOWN], "securityGroups": [UNKNOWN], "assignPublicIp": True}},
    {"networkConfiguration": ["a", "app-sg"]},
)
FROM_ALL = OPEN.but(fromPort=8080, toPort=8080).linking(securityGroupId=["app-sg"])
FROM_EDGE = FROM_ALL.but("cidrIpv4", referencedSecurityGroupId=UNKNOWN).linking(referencedSecurityGroupId=["edge-sg"])
table.passes(APP, *NETWORK, APP_GROUP, EDGE_GROUP, FROM_EDGE, SERVICE)
table.passes(APP, VPC, GATEWAY, SUBNET, TABLE, USE, THROUGH_NAT, APP_GROUP, FROM_ALL, SERVICE)
table.passes(APP, *NETWORK, APP_GROUP, FROM_ALL.but(cidrIpv4="203.0.113.0/24"), BASTION)
table.fails(
    APP,
    *NETWORK,
    APP_GROUP,
    FROM_ALL,
    SERVICE,
    says="past the edge: internet → igw → rtb by out 0.0.0.0/0 → subnet a → the VPC's default NACL allows "
    "everything → security group app-sg ingress 0.0.0.0/0:tcp 8080 (in) → aws.ecs.Service ui",
)
table.fails(APP, *NETWORK, APP_GROUP, SSH, BASTION, says="aws.ec2.Instance bastion")
table.fails(
    APP,
    *NETWORK,
    APP_GROUP,
    SSH,
    BASTION.but("vpcSecurityGroupIds", id=UNKNOWN),
    It(
        "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment",
        "join",
        {"securityGroupId": UNKNOWN, "networkInterfaceId": UNKNOWN},
        {"securityGroupId": ["app-sg"], "networkInterfaceId": ["bastion"]},
    ),
    says="aws.ec2.Instance bastion",
)
TEMPLATE = It(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "template",
    {"id": UNKNOWN, "networkInterfaces": [{"securityGroups": [UNKNOWN]}]},
    {"networkInterfaces": ["app-sg"]},
)
FLEET = It(
    "aws:autoscaling/group:Group",
    "fleet",
    {"vpcZoneIdentifiers": [UNKNOWN], "launchTemplate": {"id": UNKNOWN}},
    {"vpcZoneIdentifiers": ["a"], "launchTemplate": ["template"]},
)
table.passes(APP, *NETWORK, APP_GROUP, EDGE_GROUP, FROM_EDGE, TEMPLATE, FLEET)
table.fails(APP, *NETWORK, APP_GROUP, FROM_ALL, TEMPLATE, FLEET, says="aws.autoscaling.Group fleet")
table.fails(
    APP,
    *NETWORK,
    APP_GROUP.but(
        ingress=[
            {"protocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrBlocks": [f"{first}.0.0.0/16"]}
            for first in (13, 14, 15)
        ]
    ),
    SERVICE,
    says="past the edge",
)
NODES = It(
    "aws:eks/nodeGroup:NodeGroup", "nodes", {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": ["sg-1"]}}
)
table.passes(APP, NODES)
table.fails(APP, NODES.but(remoteAccess={"ec2SshKey": "k"}), says="tcp 22")
table.unknown(APP, "undecided", *NETWORK, APP_GROUP, FROM_ALL.but(cidrIpv4=UNKNOWN), SERVICE)
table.absent(APP, "passes", SERVICE.but("networkConfiguration"))
