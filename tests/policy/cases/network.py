"""VPCs, subnets, network ACLs and security groups."""

from __future__ import annotations

from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import ACCOUNT, UNKNOWN, It

table = Table()

VPC = It("aws:ec2/vpc:Vpc", "net", {"id": UNKNOWN, "cidrBlock": "10.0.0.0/16"})
KNOWN_VPC = VPC.but(id="vpc-1")

# vpc-flow-logs
FLOW_LOG = It("aws:ec2/flowLog:FlowLog", "flows", {"vpcId": UNKNOWN, "trafficType": "ALL"}, {"vpcId": ["net"]})
table.passes("vpc-flow-logs", VPC, FLOW_LOG)
table.passes("vpc-flow-logs", KNOWN_VPC, FLOW_LOG.but(vpcId="vpc-1").linking(vpcId=[]))
table.passes("vpc-flow-logs", VPC, FLOW_LOG.but(trafficType="REJECT"))
table.fails("vpc-flow-logs", VPC, FLOW_LOG.but(trafficType="ACCEPT"), says="leave out rejected")
table.fails("vpc-flow-logs", VPC, FLOW_LOG.but("vpcId", subnetId="subnet-1"), says="no flow log")
table.fails("vpc-flow-logs", KNOWN_VPC, FLOW_LOG.but(vpcId="vpc-2"), says="no flow log")
table.unknown("vpc-flow-logs", "undecided", VPC, FLOW_LOG.but(trafficType=UNKNOWN))
table.absent("vpc-flow-logs", "fails", VPC, says="no flow log")

# vpc-default-sg-closed
DEFAULT_GROUP = It(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", {"vpcId": UNKNOWN}, {"vpcId": ["net"]}
)
INLINE_ANY = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
table.passes("vpc-default-sg-closed", VPC, DEFAULT_GROUP)
table.passes("vpc-default-sg-closed", VPC, DEFAULT_GROUP.but(ingress=[], egress=[]))
table.fails("vpc-default-sg-closed", VPC, DEFAULT_GROUP.but(ingress=[INLINE_ANY]), says="has rules")
table.fails("vpc-default-sg-closed", VPC, DEFAULT_GROUP.but(egress=INLINE_ANY), says="has rules")
table.fails("vpc-default-sg-closed", KNOWN_VPC, DEFAULT_GROUP.but(vpcId="vpc-2"), says="keeps the rules")
table.unknown("vpc-default-sg-closed", "fails", VPC, DEFAULT_GROUP.but(ingress=UNKNOWN), says="has rules")
table.absent("vpc-default-sg-closed", "fails", VPC, says="keeps the rules that AWS gives")

# sg-no-public-ingress
GROUP = It("aws:ec2/securityGroup:SecurityGroup", "app", {"id": UNKNOWN})
INGRESS = It(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "in",
    {
        "securityGroupId": UNKNOWN,
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "referencedSecurityGroupId": "sg-2",
    },
    {"securityGroupId": ["app"]},
)


def admitting(**props: object) -> It:
    return INGRESS.but("referencedSecurityGroupId", **props)


def inline(**props: object) -> It:
    block = {"protocol": "tcp", "fromPort": 22, "toPort": 22, **props}
    return GROUP.but(ingress=[block])


for good in (
    INGRESS,
    admitting(cidrIpv4="10.0.0.0/8"),
    admitting(cidrIpv4="203.0.113.0/24"),
    admitting(prefixListId="pl-1", fromPort=443, toPort=443),
    admitting(cidrIpv4="0.0.0.0/0", fromPort=443, toPort=443),
    admitting(cidrIpv6="::/0", fromPort=80.0, toPort=80.0),
    inline(cidrBlocks=["10.0.0.0/16"]),
    inline(securityGroups=["sg-2"]),
):
    table.passes("sg-no-public-ingress", GROUP, good) if good.name == "in" else table.passes(
        "sg-no-public-ingress", good
    )
for bad in (
    admitting(cidrIpv4="0.0.0.0/0"),
    admitting(cidrIpv6="::/0"),
    admitting(cidrIpv4="0.0.0.0/1"),
    admitting(cidrIpv4="128.0.0.0/1"),
    admitting(cidrIpv4="10.0.0.0/0"),
    admitting(cidrIpv4="10.0.0.0/7"),
    admitting(cidrIpv6="2000::/3"),
    admitting(cidrIpv4="0.0.0.0/0", fromPort=80, toPort=443),
    admitting(cidrIpv4="0.0.0.0/0", ipProtocol="-1", fromPort=443, toPort=443),
    admitting(cidrIpv4="0.0.0.0/0", ipProtocol="udp", fromPort=80, toPort=80),
    admitting(cidrIpv4="0.0.0.0/0", ipProtocol="6"),
    inline(cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"]),
    inline(ipv6CidrBlocks=["::/0"]),
    inline(cidrBlocks="0.0.0.0/0"),
    GROUP.but(ingress={"protocol": -1, "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}),
    It(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "old",
        {"type": "ingress", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]},
    ),
):
    table.fails("sg-no-public-ingress", GROUP, bad, says="in on") if bad.name == "in" else table.fails(
        "sg-no-public-ingress", bad, says="in on"
    )
table.fails(
    "sg-no-public-ingress",
    GROUP.but(
        ingress=[
            {"protocol": "tcp", "fromPort": 1, "toPort": 1, "cidrBlocks": [UNKNOWN]},
            inline(cidrBlocks=["::/0"]).props["ingress"][0],
        ]
    ),
    says="lets ::/0 in on tcp 22",
)
table.unknown("sg-no-public-ingress", "undecided", GROUP, admitting(cidrIpv4=UNKNOWN))
table.unknown("sg-no-public-ingress", "passes", GROUP, INGRESS.but(referencedSecurityGroupId=UNKNOWN))
table.unknown("sg-no-public-ingress", "undecided", GROUP.but(ingress=UNKNOWN))
table.absent("sg-no-public-ingress", "passes", GROUP)

# sg-no-open-egress
EGRESS = It(
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "out",
    {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
    {"securityGroupId": ["app"]},
)
table.passes("sg-no-open-egress", GROUP, EGRESS)
table.passes("sg-no-open-egress", GROUP, EGRESS.but(ipProtocol="-1", cidrIpv4="10.0.0.0/16"))
table.passes("sg-no-open-egress", GROUP, EGRESS.but("cidrIpv4", ipProtocol="-1", referencedSecurityGroupId="sg-1"))
table.fails("sg-no-open-egress", GROUP, EGRESS.but(ipProtocol="-1"), says="lets every protocol out to 0.0.0.0/0")
table.fails("sg-no-open-egress", GROUP, EGRESS.but(cidrIpv4="128.0.0.0/1", toPort=444), says="out to 128.0.0.0/1")
table.fails("sg-no-open-egress", GROUP, EGRESS.but("cidrIpv4", cidrIpv6="::/0", fromPort=0), says="out to ::/0")
table.fails(
    "sg-no-open-egress",
    GROUP.but(egress=[{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]),
    says="every protocol",
)
table.unknown("sg-no-open-egress", "undecided", GROUP, EGRESS.but(ipProtocol="udp", cidrIpv4=UNKNOWN))
table.absent("sg-no-open-egress", "passes", GROUP)

# sg-to-sg-only
SERVICE = It(
    "aws:ecs/service:Service",
    "svc",
    {"networkConfiguration": {"securityGroups": [UNKNOWN]}},
    {"networkConfiguration": ["app"]},
)
CLUSTER = It("aws:rds/cluster:Cluster", "db", {"vpcSecurityGroupIds": ["sg-1"]})
table.passes("sg-to-sg-only", SERVICE, GROUP, INGRESS)
table.passes("sg-to-sg-only", CLUSTER, GROUP.but(id="sg-1"), INGRESS.but(securityGroupId="sg-1"))
table.passes("sg-to-sg-only", GROUP, admitting(cidrIpv4="0.0.0.0/0", fromPort=443, toPort=443))
table.fails("sg-to-sg-only", SERVICE, GROUP, admitting(cidrIpv4="10.0.0.0/16"), says="in admits tcp 5432 by address")
table.fails("sg-to-sg-only", SERVICE, GROUP, admitting(prefixListId="pl-1"), says="by address")
table.fails(
    "sg-to-sg-only",
    CLUSTER,
    GROUP.but(id="sg-1", ingress=[{"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["10.0.0.0/8"]}]),
    says="app admits tcp 5432",
)
table.unknown("sg-to-sg-only", "fails", SERVICE, GROUP, admitting(cidrIpv4=UNKNOWN), says="by address")
table.unknown("sg-to-sg-only", "undecided", SERVICE, GROUP, INGRESS.but(ipProtocol=UNKNOWN))
table.absent("sg-to-sg-only", "passes", SERVICE.but("networkConfiguration"))

# sg-rule-style-exclusive
table.passes("sg-rule-style-exclusive", GROUP, INGRESS, EGRESS)
table.passes("sg-rule-style-exclusive", inline(cidrBlocks=["10.0.0.0/16"]))
OLD_RULE = It(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "old",
    {"securityGroupId": UNKNOWN, "type": "egress"},
    {"securityGroupId": ["app"]},
)
READ_BACK = It(GROUP.token, "app", {"id": "sg-1", "ingress": [INLINE_ANY]}, inputs={})
table.passes("sg-rule-style-exclusive", READ_BACK, INGRESS.but(securityGroupId="sg-1"))
table.fails(
    "sg-rule-style-exclusive",
    inline(cidrBlocks=["10.0.0.0/16"]),
    INGRESS,
    says="inline rules and the standalone rule in",
)
table.fails("sg-rule-style-exclusive", inline(cidrBlocks=["10.0.0.0/16"]), OLD_RULE, says="standalone rule old")
table.fails("sg-rule-style-exclusive", GROUP, INGRESS, OLD_RULE, says="of the old and of the new kind")
table.unknown("sg-rule-style-exclusive", "fails", GROUP.but(egress=UNKNOWN), INGRESS, says="inline rules")
table.absent("sg-rule-style-exclusive", "passes", GROUP)

# subnet-no-auto-public-ip
SUBNET = It(
    "aws:ec2/subnet:Subnet", "a", {"id": UNKNOWN, "mapPublicIpOnLaunch": False, "tags": {"SubnetType": "Isolated"}}
)
table.passes("subnet-no-auto-public-ip", SUBNET)
table.fails("subnet-no-auto-public-ip", SUBNET.but(mapPublicIpOnLaunch=True), says="public address")
table.fails("subnet-no-auto-public-ip", SUBNET.but(mapPublicIpOnLaunch="true"), says="public address")
table.fails("subnet-no-auto-public-ip", It("aws:ec2/defaultSubnet:DefaultSubnet", "d"), says="public address")
table.unknown("subnet-no-auto-public-ip", "undecided", SUBNET.but(mapPublicIpOnLaunch=UNKNOWN))
table.absent("subnet-no-auto-public-ip", "passes", SUBNET.but("mapPublicIpOnLaunch"))

# nacl-no-admin-ports
ACL_RULE = It(
    "aws:ec2/networkAclRule:NetworkAclRule",
    "rule",
    {
        "protocol": "tcp",
        "ruleAction": "allow",
        "fromPort": 22,
        "toPort": 22,
        "cidrBlock": "10.0.0.0/16",
        "ruleNumber": 100,
    },
)
OPEN_RULE = ACL_RULE.but(cidrBlock="0.0.0.0/0")
for good in (
    ACL_RULE,
    OPEN_RULE.but(ruleAction="deny"),
    OPEN_RULE.but(egress=True),
    OPEN_RULE.but(protocol="udp"),
    OPEN_RULE.but(fromPort=1024, toPort=65535),
    OPEN_RULE.but(fromPort=443, toPort=443),
):
    table.passes("nacl-no-admin-ports", good)
for bad in (
    OPEN_RULE,
    OPEN_RULE.but(cidrBlock="0.0.0.0/1"),
    OPEN_RULE.but("cidrBlock", ipv6CidrBlock="::/0"),
    OPEN_RULE.but(fromPort=20, toPort=25),
    OPEN_RULE.but(fromPort=3000, toPort=4000),
    OPEN_RULE.but("fromPort", "toPort", protocol="-1"),
    OPEN_RULE.but(fromPort=0, toPort=65535),
    OPEN_RULE.but(protocol=6.0),
    It(
        "aws:ec2/networkAcl:NetworkAcl",
        "acl",
        {
            "ingress": [
                {"action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0, "ruleNo": 1}
            ]
        },
    ),
):
    table.fails("nacl-no-admin-ports", bad, says="reach")
table.unknown("nacl-no-admin-ports", "undecided", ACL_RULE.but(cidrBlock=UNKNOWN))
table.absent("nacl-no-admin-ports", "passes", It("aws:ec2/networkAcl:NetworkAcl", "acl"))

# nacl-per-tier
ACL = It("aws:ec2/networkAcl:NetworkAcl", "acl", {"id": UNKNOWN, "subnetIds": [UNKNOWN]}, {"subnetIds": ["a"]})
PUBLIC = It(SUBNET.token, "p", {"id": UNKNOWN, "tags": {"SubnetType": "Public"}})
JOIN = It(
    "aws:ec2/networkAclAssociation:NetworkAclAssociation",
    "join",
    {"subnetId": UNKNOWN, "networkAclId": UNKNOWN},
    {"subnetId": ["a"], "networkAclId": ["acl"]},
)
table.passes("nacl-per-tier", SUBNET, ACL)
table.passes("nacl-per-tier", SUBNET, ACL.but("subnetIds"), JOIN)
table.fails(
    "nacl-per-tier",
    SUBNET,
    PUBLIC,
    ACL.but(subnetIds=[UNKNOWN, UNKNOWN]).linking(subnetIds=["a", "p"]),
    says="another tier",
)
table.fails("nacl-per-tier", PUBLIC, ACL.but("subnetIds"), says="default network ACL")
table.unknown("nacl-per-tier", "undecided", SUBNET.but(tags=UNKNOWN), ACL)
table.absent("nacl-per-tier", "fails", SUBNET, says="default network ACL")

# isolated-subnet-no-egress-route
TABLE = It("aws:ec2/routeTable:RouteTable", "routes", {"id": UNKNOWN})
ASSOCIATION = It(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "use",
    {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
    {"subnetId": ["a"], "routeTableId": ["routes"]},
)
ROUTE = It(
    "aws:ec2/route:Route",
    "out",
    {"routeTableId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": UNKNOWN},
    {"routeTableId": ["routes"]},
)
table.passes("isolated-subnet-no-egress-route", SUBNET, TABLE, ASSOCIATION)
table.passes(
    "isolated-subnet-no-egress-route", SUBNET, TABLE, ASSOCIATION, ROUTE.but(destinationCidrBlock="10.1.0.0/16")
)
table.passes("isolated-subnet-no-egress-route", PUBLIC, TABLE, ASSOCIATION.linking(subnetId=["p"]), ROUTE)
table.fails("isolated-subnet-no-egress-route", SUBNET, TABLE, ASSOCIATION, ROUTE, says="by the route 0.0.0.0/0 of out")
table.fails(
    "isolated-subnet-no-egress-route",
    SUBNET,
    TABLE,
    ASSOCIATION,
    ROUTE.but("destinationCidrBlock", destinationIpv6CidrBlock="::/0"),
    says="::/0",
)
table.fails(
    "isolated-subnet-no-egress-route",
    SUBNET,
    TABLE.but(routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]),
    ASSOCIATION,
    says="of routes",
)
table.fails(
    "isolated-subnet-no-egress-route",
    SUBNET,
    TABLE,
    ASSOCIATION,
    ROUTE.but(destinationCidrBlock="0.0.0.0/1"),
    says="/1",
)
MAIN_TABLE = It(
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
    "main",
    {"defaultRouteTableId": UNKNOWN, "routes": [{"cidrBlock": "0.0.0.0/0"}]},
    {"defaultRouteTableId": ["net"]},
)
IN_NET = SUBNET.but(vpcId=UNKNOWN).linking(vpcId=["net"])
table.fails("isolated-subnet-no-egress-route", VPC, IN_NET, MAIN_TABLE, says="of main")
table.unknown(
    "isolated-subnet-no-egress-route", "undecided", SUBNET, TABLE, ASSOCIATION, ROUTE.but(destinationCidrBlock=UNKNOWN)
)
table.absent("isolated-subnet-no-egress-route", "passes", SUBNET)

# datastores-in-isolated-subnets
DB_SUBNETS = It("aws:rds/subnetGroup:SubnetGroup", "group", {"subnetIds": [UNKNOWN]}, {"subnetIds": ["a"]})
CACHE = It("aws:elasticache/serverlessCache:ServerlessCache", "cache", {"subnetIds": [UNKNOWN]}, {"subnetIds": ["a"]})
PROXY = It("aws:rds/proxy:Proxy", "proxy", {"vpcSubnetIds": ["subnet-1"]})
for store in (DB_SUBNETS, CACHE):
    table.passes("datastores-in-isolated-subnets", SUBNET, TABLE, ASSOCIATION, store)
    table.fails(
        "datastores-in-isolated-subnets", SUBNET, TABLE, ASSOCIATION, ROUTE, store, says="its subnet a has the route"
    )
table.fails(
    "datastores-in-isolated-subnets",
    SUBNET.but(id="subnet-1"),
    TABLE.but(id="rtb-1"),
    ASSOCIATION.but(subnetId="subnet-1", routeTableId="rtb-1"),
    ROUTE.but(routeTableId="rtb-1"),
    PROXY,
    says="its subnet a has the route",
)
table.unknown(
    "datastores-in-isolated-subnets",
    "undecided",
    SUBNET,
    TABLE,
    ASSOCIATION,
    ROUTE.but(destinationCidrBlock=UNKNOWN),
    DB_SUBNETS,
)
table.absent("datastores-in-isolated-subnets", "fails", CACHE.but("subnetIds"), says="default VPC")

# vpc-endpoints-present
HOME = SUBNET.but(vpcId=UNKNOWN).linking(vpcId=["net"])
S3_ENDPOINT = It(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "s3",
    {"vpcId": UNKNOWN, "serviceName": "com.amazonaws.ap-south-1.s3"},
    {"vpcId": ["net"]},
)
TABLE_ENDPOINT = It(
    S3_ENDPOINT.token, "ddb", {"vpcId": UNKNOWN, "serviceName": "com.amazonaws.ap-south-1.dynamodb"}, {"vpcId": ["net"]}
)
table.passes("vpc-endpoints-present", VPC, HOME, S3_ENDPOINT, TABLE_ENDPOINT)
table.fails("vpc-endpoints-present", VPC, HOME, S3_ENDPOINT, says="no endpoint for dynamodb")
table.unknown("vpc-endpoints-present", "undecided", VPC, HOME, S3_ENDPOINT.but(serviceName=UNKNOWN))
table.absent("vpc-endpoints-present", "fails", VPC, HOME, says="s3 and dynamodb")

# vpc-endpoint-scoped
THROUGH = "vpc-endpoint-scoped"


def endpoint(**statement: Any) -> It:
    allowed = {"Sid": "Use", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", **statement}
    return It("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {"policy": {"Version": "2012-10-17", "Statement": [allowed]}})


for condition in (
    {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
    {"StringEquals": {"aws:ResourceOrgID": "o-1"}},
    {"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-1/*"}},
    {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
):
    table.passes(THROUGH, endpoint(Condition=condition))
table.passes(THROUGH, endpoint(Resource=["arn:aws:s3:::shop-media", "arn:aws:s3:::shop-media/*"]))
table.passes(THROUGH, endpoint(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}))
table.fails(THROUGH, endpoint(), says="statement Use lets the principals of any account through")
table.fails(THROUGH, endpoint(Resource=["arn:aws:s3:::shop-media", "*"]), says="of any account")
for condition in (
    {"StringLike": {"aws:ResourceAccount": "*"}},
    {"StringEqualsIfExists": {"aws:ResourceAccount": ACCOUNT}},
    {"StringEquals": {"aws:PrincipalTag/team": "shop"}},
):
    table.fails(THROUGH, endpoint(Condition=condition), says="of any account")
table.unknown(THROUGH, "undecided", endpoint().but(policy=UNKNOWN))
table.absent(THROUGH, "passes", endpoint().but("policy"))
