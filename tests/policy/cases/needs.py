"""What a workload needs: a task's start, by its roles, its secrets, its network and the endpoints in it."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import ACCOUNT, REGION, UNKNOWN, It

table = Table()

MET = "needs-met"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/shop"
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


VPC = It("aws:ec2/vpc:Vpc", "net", {"id": "vpc-1", "cidrBlock": "10.0.0.0/16"})
SUBNET = It("aws:ec2/subnet:Subnet", "app", {"id": "subnet-1", "vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
ROUTES = It("aws:ec2/routeTable:RouteTable", "routes", {"id": "rtb-1", "vpcId": "vpc-1"})
USE = It(
    "aws:ec2/routeTableAssociation:RouteTableAssociation", "use", {"subnetId": "subnet-1", "routeTableId": "rtb-1"}
)
NAT = It("aws:ec2/natGateway:NatGateway", "nat", {"id": "nat-1", "subnetId": "subnet-9"})
OUT = It(
    "aws:ec2/route:Route",
    "out",
    {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
)
GROUP = It("aws:ec2/securityGroup:SecurityGroup", "tasks", {"id": "sg-1", "vpcId": "vpc-1"})
EGRESS = It(
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "https",
    {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
)
S3 = It(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "s3",
    {
        "id": "vpce-1",
        "vpcId": "vpc-1",
        "serviceName": f"com.amazonaws.{REGION}.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": ["rtb-1"],
    },
)
ROLE = It(
    "aws:iam/role:Role",
    "execution",
    {
        "name": "execution",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/execution",
        "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"),
    },
)
GRANTS = It(
    "aws:iam/rolePolicy:RolePolicy",
    "start",
    {"role": "execution", "policy": document(allow("ecr:GetAuthorizationToken"), allow(PULL, REPOSITORY))},
)
TASK = It(
    "aws:ecs/taskDefinition:TaskDefinition",
    "task",
    {
        "arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/shop:1",
        "family": "shop",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": ROLE.props["arn"],
        "containerDefinitions": json.dumps(
            [{"name": "shop", "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:1"}]
        ),
    },
)
SERVICE = It(
    "aws:ecs/service:Service",
    "service",
    {
        "taskDefinition": TASK.props["arn"],
        "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
    },
)
NETWORK = (VPC, SUBNET, ROUTES, USE, NAT, OUT, GROUP, EGRESS)
TASKS = (ROLE, GRANTS, TASK, SERVICE)
OWN: dict[str, Any] = {"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"

table.passes(MET, *NETWORK, *TASKS)
table.passes(MET, *NETWORK, S3, *TASKS)
table.passes(
    MET,
    *NETWORK,
    S3.but(policy=document(allow("s3:*", Principal="*", **OWN), allow("s3:GetObject", LAYERS, Principal="*"))),
    *TASKS,
)
table.fails(
    MET,
    *NETWORK,
    S3.but(policy=document(allow("s3:*", Principal="*", **OWN))),
    *TASKS,
    says="the policy of endpoint s3 doesn't let s3:GetObject",
)
table.fails(
    MET,
    *NETWORK,
    ROLE,
    GRANTS.but(policy=document(allow(PULL, REPOSITORY))),
    TASK,
    SERVICE,
    says="GetAuthorizationToken",
)
table.fails(
    MET,
    *NETWORK,
    ROLE,
    GRANTS.but(policy=document(allow(["ecr:GetAuthorizationToken", *PULL], REPOSITORY))),
    TASK,
    SERVICE,
    says="allows it on",
)
table.fails(MET, *NETWORK, ROLE, TASK, SERVICE, says="may not ecr:GetAuthorizationToken")
table.fails(
    MET,
    *NETWORK,
    ROLE.but(assumeRolePolicy=trust("ecs.amazonaws.com")),
    GRANTS,
    TASK,
    SERVICE,
    says="doesn't let ecs-tasks.amazonaws.com take it on",
)
table.fails(MET, *NETWORK[:-1], *TASKS, says="has no rule out to")
table.fails(MET, VPC, SUBNET, ROUTES, USE, GROUP, EGRESS, *TASKS, says="nor a route to the internet")
table.unknown(MET, "undecided", *NETWORK, ROLE, GRANTS.but(policy=UNKNOWN), TASK, SERVICE.but(desiredCount=UNKNOWN))
table.absent(MET, "passes", *NETWORK)
# What others wrote may allow it: not judged.
table.passes(MET, *NETWORK, ROLE.but(managedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/others"]), TASK, SERVICE)

# What no need uses, in a program of this shop's components.
EXCESS = "grants-needed"
SHOP = It("saleday:service:Service", "shop", {"calls": [], "uses": []})
MORE = It(
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "more",
    {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "10.9.0.0/16"},
)
table.passes(EXCESS, SHOP, *NETWORK, *TASKS)
table.fails(EXCESS, SHOP, *NETWORK, MORE, *TASKS, says="egress 10.9.0.0/16:tcp 22")
table.fails(
    EXCESS,
    SHOP,
    *NETWORK,
    ROLE,
    GRANTS.but(policy=document(allow("ecr:GetAuthorizationToken"), allow([*PULL, "ecr:DeleteRepository"], REPOSITORY))),
    TASK,
    SERVICE,
    says="allows ecr:DeleteRepository",
)
table.unknown(EXCESS, "passes", SHOP, *NETWORK, ROLE, GRANTS.but(policy=UNKNOWN), TASK, SERVICE)
table.absent(EXCESS, "passes", SHOP)
table.passes(EXCESS, *NETWORK, MORE, *TASKS)

BY_PEOPLE = "grants-needed-by-people"
OPERATOR = It(
    "aws:iam/role:Role",
    "security-operator",
    {
        "name": "shop-prod-operator",
        "arn": f"arn:aws:iam::{ACCOUNT}:role/shop-prod-operator",
        "tags": {"Project": "shop", "Stack": "prod"},
        "assumeRolePolicy": trust("ec2.amazonaws.com"),
    },
)
DUTIES = It(
    "aws:iam/rolePolicy:RolePolicy",
    "duties",
    {
        "role": "shop-prod-operator",
        "policy": document(allow("sqs:StartMessageMoveTask", f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-prod-orders-dlq")),
    },
)
table.passes(BY_PEOPLE, SHOP, OPERATOR, DUTIES)
table.fails(
    BY_PEOPLE,
    SHOP,
    OPERATOR,
    DUTIES.but(policy=document(allow("sqs:CreateQueue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-prod-orders"))),
    says="allows sqs:CreateQueue",
)
table.unknown(BY_PEOPLE, "passes", SHOP, OPERATOR, DUTIES.but(policy=UNKNOWN))
table.absent(BY_PEOPLE, "passes", SHOP, OPERATOR)
