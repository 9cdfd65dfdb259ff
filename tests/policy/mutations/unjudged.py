"""Ways round the rules: types that none knows, other providers, templates; grants and entries of their own."""

from __future__ import annotations

from policy.pack.tokens import ROLE
from tests.policy.mutations import Mistakes, add, ref

mistakes = Mistakes()
M = mistakes

CONTROL = "aws:cloudcontrol/resource:Resource"
STACK = "aws:cloudformation/stack:Stack"
for token in (
    "aws:gamelift/fleet:Fleet",
    "aws:quicksight/dashboard:Dashboard",
    "aws:tomorrow/service:Service",
    "aws-native:s3:Bucket",
    "awscc:index/logsLogGroup:LogsLogGroup",
):
    M("not-judged", f"a {token}", add(token, "more"))
M("not-judged", "a bucket by Cloud Control", add(CONTROL, "more", typeName="AWS::S3::Bucket", desiredState="{}"))
M("not-judged", "a template without identities", add(STACK, "more", templateBody="{}"))

for name in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::SSO::Assignment", "AWS::CloudFormation::Stack"):
    M("identities-judged", f"a {name} by Cloud Control", add(CONTROL, "more", typeName=name, desiredState="{}"))
for token in ("aws-native:iam:Role", "aws-native:iam:UserPolicy", "awscc:index/iamRole:IamRole"):
    M("identities-judged", f"a {token}", add(token, "more"))
M("identities-judged", "a template with roles", add(STACK, "more", capabilities=["CAPABILITY_NAMED_IAM"]))

GRANT, OWN = "aws:kms/grant:Grant", ref("aws:kms/key:Key", "keys-data", "arn")
for arn in ("arn:aws:iam::444455556666:role/reader", "arn:aws:iam::444455556666:root", "*"):
    M("kms-grant-own", f"the data's key for {arn}", add(GRANT, "more", keyId=OWN, granteePrincipal=arn))

ACCESS = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
for policy in ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"):
    arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
    M(
        "eks-access-scoped",
        f"{policy} for a task",
        add(ACCESS, "more", policyArn=arn, principalArn=ref(ROLE, "*task*", "arn"), accessScope={"type": "cluster"}),
    )
M(
    "eks-access-scoped",
    "an entry for masters",
    add("aws:eks/accessEntry:AccessEntry", "more", kubernetesGroups=["system:masters"]),
)
