"""What no rule judges and is said, and what is handed to others by a grant of its own."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

SAID, IDENTITIES = "not-judged", "identities-judged"
FLEET = It("aws:gamelift/fleet:Fleet", "games")
ROLE = {"typeName": "AWS::IAM::Role", "desiredState": "{}"}
CONTROL = "aws:cloudcontrol/resource:Resource"
STACK = "aws:cloudformation/stack:Stack"

table.passes(SAID, It("aws:sns/topic:Topic", "t"), It("aws:route53/record:Record", "r"))
table.passes(SAID, It("random:index/randomPassword:RandomPassword", "p"), It("shop:data:DataTier", "d"))
table.fails(SAID, FLEET, says="aws:gamelift/fleet:Fleet is judged by no rule")
table.fails(SAID, FLEET, It(FLEET.token, "more"), It(FLEET.token, "most"), says="no rule and 2 more of its type")
table.passes(SAID, FLEET, config={"allowedTypes": ["aws:gamelift/fleet:*"]}, name="dev")
table.fails(SAID, It("aws-native:s3:Bucket", "b"), says="aws-native:s3:Bucket is judged by no rule")
table.fails(SAID, It("awscc:index/s3Bucket:S3Bucket", "b"), says="is judged by no rule")
table.fails(SAID, It(CONTROL, "b", {"typeName": "AWS::S3::Bucket"}), says="is judged by no rule")
table.fails(SAID, It(CONTROL, "r", ROLE), says="is judged by no rule", name="dev")
table.passes(SAID, It("eks:index:Cluster", "c"), It("aws:sns/topic:Topic", "t", within="eks:index:Cluster$"))
table.passes(SAID, It("awsx:ec2:Vpc", "v"), It("aws:ec2/subnet:Subnet", "s", within="awsx:ec2:Vpc$"))
table.fails(SAID, It("eks:index:VpcCni", "cni"), says="eks:index:VpcCni is judged by no rule")
table.unknown(SAID, "passes", It(CONTROL, "c", {"typeName": UNKNOWN}))
table.absent(SAID, "passes")

table.passes(IDENTITIES, It(CONTROL, "b", {"typeName": "AWS::S3::Bucket"}))
table.passes(IDENTITIES, It(CONTROL, "r", ROLE), name="dev")
table.passes(IDENTITIES, It(STACK, "s", {"templateBody": "{}"}))
table.passes(IDENTITIES, It(STACK, "s", {"capabilities": ["CAPABILITY_AUTO_EXPAND"]}))
table.passes(IDENTITIES, It("aws-native:s3:Bucket", "b"))
table.fails(IDENTITIES, It(CONTROL, "r", ROLE), says="can make identities")
table.fails(IDENTITIES, It(CONTROL, "b", {"typeName": "AWS::S3::Bucket"}), It(CONTROL, "r", ROLE), says="(r)")
for name in (
    "AWS::SSO::PermissionSet",
    "AWS::RolesAnywhere::TrustAnchor",
    "AWS::CloudFormation::Stack",
    "Own::Iam::Role",
):
    table.fails(IDENTITIES, It(CONTROL, "r", {"typeName": name}), says="can make identities")
for capability in ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"):
    table.fails(IDENTITIES, It(STACK, "s", {"capabilities": [capability]}), says="can make identities")
for token in (
    "aws-native:iam:Role",
    "aws-native:cloudformation:Stack",
    "awscc:index/iamRole:IamRole",
    "awscc:iam/role:Role",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
    "aws:rolesanywhere/trustAnchor:TrustAnchor",
):
    table.fails(IDENTITIES, It(token, "r"), says=f"{token} can make identities")
    table.passes(IDENTITIES, It(token, "r"), config={"allowedTypes": [token]})
table.unknown(IDENTITIES, "fails", It(CONTROL, "r", {"typeName": UNKNOWN}), says="can make identities")
table.unknown(IDENTITIES, "fails", It(STACK, "s", {"capabilities": UNKNOWN}), says="can make identities")
table.absent(IDENTITIES, "passes")

KEY = "arn:aws:kms:ap-south-1:111122223333:key/1"
GRANT = It("aws:kms/grant:Grant", "grant", {"keyId": KEY, "granteePrincipal": "arn:aws:iam::111122223333:role/reader"})
OWN = It("aws:kms/key:Key", "key", {"keyId": "1-2", "arn": KEY})
table.passes("kms-grant-own", GRANT)
table.passes("kms-grant-own", OWN, GRANT.but(keyId="1-2"))
for arn in ("arn:aws:iam::444455556666:role/reader", "arn:aws:iam::444455556666:root"):
    table.fails("kms-grant-own", GRANT.but(granteePrincipal=arn), says="to the account 444455556666")
    table.fails("kms-grant-own", OWN, GRANT.but(keyId="1-2", granteePrincipal=arn), says="to the account 444455556666")
table.fails("kms-grant-own", GRANT.but(retiringPrincipal="arn:aws:iam::444455556666:root"), says="(retiringPrincipal)")
table.unknown("kms-grant-own", "passes", OWN, GRANT.but(granteePrincipal=UNKNOWN))
table.absent("kms-grant-own", "passes", GRANT.but("granteePrincipal"))


def role(principal: dict[str, Any]) -> It:
    trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    arn = "arn:aws:iam::111122223333:role/it"
    return It("aws:iam/role:Role", "it", {"arn": arn, "name": "it", "assumeRolePolicy": json.dumps(trust)})


TASK, PEOPLE = role({"Service": "ecs-tasks.amazonaws.com"}), role({"AWS": "arn:aws:iam::111122223333:root"})
ADMINISTRATOR = It(
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    "access",
    {
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "principalArn": "arn:aws:iam::111122223333:role/it",
        "accessScope": {"type": "cluster"},
    },
)
SCOPED = "eks-access-scoped"
table.passes(SCOPED, PEOPLE, ADMINISTRATOR)
table.passes(SCOPED, TASK, ADMINISTRATOR.but(accessScope={"type": "namespace", "namespaces": ["shop"]}))
table.passes(SCOPED, TASK, ADMINISTRATOR.but(policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"))
table.fails(SCOPED, TASK, ADMINISTRATOR, says="which ecs-tasks.amazonaws.com takes on, the administrator")
table.fails(SCOPED, TASK, ADMINISTRATOR.but("accessScope"), says="the administrator of the whole cluster")
table.fails(
    SCOPED, It("aws:eks/accessEntry:AccessEntry", "e", {"kubernetesGroups": ["system:masters"]}), says="system:masters"
)
table.unknown(SCOPED, "undecided", TASK, ADMINISTRATOR.but(accessScope=UNKNOWN))
table.absent(SCOPED, "passes", ADMINISTRATOR)
