"""IAM identities, their documents and their trust."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import ACCOUNT, UNKNOWN, It

table = Table()

TABLE_ARN = f"arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/carts"
KEY_ARN = f"arn:aws:kms:ap-south-1:{ACCOUNT}:key/1234"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/shop-task"


def allow(action: Any, resource: Any = TABLE_ARN, **more: Any) -> dict[str, Any]:
    return {"Sid": "Use", "Effect": "Allow", "Action": action, "Resource": resource, **more}


def body(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(*statements: dict[str, Any]) -> It:
    return It("aws:iam/rolePolicy:RolePolicy", "policy", {"policy": body(*statements)})


def carried(*statements: dict[str, Any]) -> list[It]:
    """The same document in every place that an identity can carry it."""
    return [
        may(*statements),
        It("aws:iam/policy:Policy", "policy", {"policy": json.loads(body(*statements))}),
        It("aws:iam/role:Role", "role", {"inlinePolicies": [{"name": "x", "policy": body(*statements)}]}),
        It("aws:iam/groupPolicy:GroupPolicy", "policy", {"policy": {"Statement": statements[0]}}),
    ]


def common(rule: str) -> None:
    """What every rule on documents says alike."""
    table.passes(rule, may(allow(["dynamodb:GetItem", "dynamodb:PutItem"])))
    table.passes(rule, may(allow("*", "*", Effect="Deny")))
    table.unknown(rule, "undecided", may().but(policy=UNKNOWN))
    table.absent(rule, "passes", may().but("policy"))


def says(rule: str, message: str, *statements: dict[str, Any]) -> None:
    for it in carried(*statements):
        table.fails(rule, it, says=message)


# iam-no-admin
common("iam-no-admin")
says("iam-no-admin", "statement Use allows every action (*)", allow("*", "*"))
table.fails("iam-no-admin", may(allow("*:*", "*")), says="every action")
table.fails("iam-no-admin", may(allow(["dynamodb:GetItem"]), allow("**", TABLE_ARN)), says="every action")
ATTACHMENT = It(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "attach",
    {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
)
table.fails(
    "iam-no-admin", ATTACHMENT.but(policyArn="arn:aws:iam::aws:policy/AdministratorAccess"), says="AdministratorAccess"
)
table.fails(
    "iam-no-admin",
    It("aws:iam/role:Role", "r", {"managedPolicyArns": [UNKNOWN, "arn:aws-cn:iam::aws:policy/PowerUserAccess"]}),
    says="PowerUser",
)

# iam-no-wildcard-action
WILDCARD_ACTION = "iam-no-wildcard-action"
common(WILDCARD_ACTION)
for pattern in ("dynamodb:*", "s3:?utObject", "DynamoDB:Get*", "s3:*Object", "dynamodb:GetIte?"):
    says(WILDCARD_ACTION, f"statement Use allows {pattern}", allow(pattern))
says(WILDCARD_ACTION, "NotAction", {"Sid": "Use", "Effect": "Allow", "NotAction": "iam:*", "Resource": TABLE_ARN})
table.fails(
    WILDCARD_ACTION,
    may(allow("s3:GetObject"), allow(["s3:PutObject", "s3:Del*"], Sid="")),
    says="statement 1 allows s3:Del*",
)
table.unknown(
    WILDCARD_ACTION,
    "fails",
    may().but(policy={"Statement": [{"Effect": "Allow", "Action": UNKNOWN}, {"Effect": "Allow", "Action": "s3:*"}]}),
    says="statement 1 allows s3:*",
)

# iam-no-wildcard-resource
WILDCARD_RESOURCE = "iam-no-wildcard-resource"
common(WILDCARD_RESOURCE)
table.passes(
    WILDCARD_RESOURCE,
    may(
        allow(
            [
                "logs:DescribeLogGroups",
                "xray:PutTraceSegments",
                "ecr:GetAuthorizationToken",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        )
    ),
)
table.passes(
    WILDCARD_RESOURCE,
    may(allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "Shop"}})),
)
table.passes(
    WILDCARD_RESOURCE,
    may(allow("ecs:RunTask", "*", Condition={"ArnEquals": {"ecs:cluster": "arn:aws:ecs:r:1:cluster/shop"}})),
)
table.passes(WILDCARD_RESOURCE, may(allow("s3:GetObject", "arn:aws:s3:::shop-media/*")))
table.passes(WILDCARD_RESOURCE, may(allow("dynamodb:Query", f"{TABLE_ARN}/index/*")))
for wide in (
    "*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::*/*",
    f"arn:aws:sqs:ap-south-1:{ACCOUNT}:*",
    "arn:*",
):
    says(
        WILDCARD_RESOURCE,
        f"statement Use allows dynamodb:PutItem on {wide}",
        allow("dynamodb:PutItem", [TABLE_ARN, wide]),
    )
table.fails(
    WILDCARD_RESOURCE, may(allow("cloudwatch:PutMetricData", "*")), says="without a condition on cloudwatch:namespace"
)
table.fails(
    WILDCARD_RESOURCE,
    may(allow("cloudwatch:PutMetricData", "*", Condition={"StringLike": {"cloudwatch:namespace": "*"}})),
    says="condition",
)
table.fails(
    WILDCARD_RESOURCE,
    may(allow("dynamodb:PutItem", "*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
    says="on *",
)
table.fails(
    WILDCARD_RESOURCE,
    may({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::x"}),
    says="NotResource",
)

# iam-passrole-scoped
PASSROLE = "iam-passrole-scoped"
TO_ECS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
common(PASSROLE)
table.passes(PASSROLE, may(allow("iam:PassRole", ROLE_ARN, Condition=TO_ECS)))
says(PASSROLE, "iam:PassRole to any service", allow("iam:PassRole", ROLE_ARN))
says(PASSROLE, "iam:PassRole on *", allow("iam:PassRole", "*", Condition=TO_ECS))
table.fails(PASSROLE, may(allow("iam:passr*", ROLE_ARN + "-*", Condition=TO_ECS)), says="iam:PassRole on")
table.fails(
    PASSROLE,
    may(allow("iam:*", ROLE_ARN, Condition={"StringLike": {"iam:PassedToService": "*"}})),
    says="to any service",
)

# iam-kms-decrypt-scoped
DECRYPT = "iam-kms-decrypt-scoped"
common(DECRYPT)
table.passes(DECRYPT, may(allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN)))
table.passes(
    DECRYPT, may(allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ResourceAliases": "alias/shop-data"}}))
)
table.passes(DECRYPT, may(allow("kms:DescribeKey", "*")))
says(DECRYPT, "allows kms:Decrypt on *", allow("kms:Decrypt", "*"))
table.fails(DECRYPT, may(allow("kms:De*", f"arn:aws:kms:ap-south-1:{ACCOUNT}:key/*")), says="allows kms:De* on arn")
table.fails(DECRYPT, may(allow("kms:GenerateDataKey*", "arn:aws:kms:*:1:key/1")), says="kms:GenerateDataKey*")
table.fails(
    DECRYPT,
    may(allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.r.amazonaws.com"}})),
    says="on *",
)

# iam-no-exfil
EXFIL = "iam-no-exfil"
common(EXFIL)
table.passes(EXFIL, may(allow("s3:GetObject", "arn:aws:s3:::shop-media/*")))
table.passes(
    EXFIL, may(allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:ap-south-1:{ACCOUNT}:secret:shop/*"))
)
says(EXFIL, "allows secretsmanager:GetSecretValue on *", allow("secretsmanager:GetSecretValue", "*"))
table.fails(EXFIL, may(allow("s3:Get*", "arn:aws:s3:::*")), says="allows s3:Get* on")
table.fails(EXFIL, may(allow("dynamodb:scan", f"arn:aws:dynamodb:ap-south-1:{ACCOUNT}:table/*")), says="dynamodb:scan")

for rule, action, condition in (
    ("iam-passrole-scoped", "iam:PassRole", {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
    ("iam-kms-decrypt-scoped", "kms:Decrypt", {}),
    ("iam-no-exfil", "s3:GetObject", {}),
):
    excluding = {"Sid": "Use", "Effect": "Allow", "Action": action, "NotResource": ROLE_ARN, "Condition": condition}
    table.fails(rule, may(excluding), says=f"{action} on *")
    table.fails(
        rule,
        may({"Sid": "Use", "Effect": "Allow", "NotAction": "ec2:*", "Resource": "*", "Condition": condition}),
        says="on *",
    )
    table.passes(rule, may({"Effect": "Allow", "NotAction": ["iam:*", "kms:*", "*:Get*", "*"], "Resource": "*"}))
table.fails("iam-no-admin", may(allow("*e*", "*")), says="every action (*e*)")
table.fails("iam-no-admin", may(allow("?*:??*", "*")), says="every action")
table.passes("iam-no-wildcard-resource", may(allow(["ecr:GetAuth*", "sts:GetCaller*", "cloudwatch:ListMetrics"], "*")))
table.fails(
    "iam-no-wildcard-resource",
    may(allow("dynamodb:?etItem", "*")),
    says="dynamodb:?etItem (dynamodb:GetItem) on *",
)

# iam-actions-exist
EXIST = "iam-actions-exist"
table.passes(EXIST, may(allow(["DynamoDB:getitem", "s3:Get*", "*:Describe*", "*"])))
table.passes(EXIST, It("aws:sqs/queuePolicy:QueuePolicy", "q", {"policy": body(allow("sqs:SendMessage"))}))
table.fails(EXIST, may(allow("dynamodb:GetItems")), says="dynamodb:GetItem may be meant")
table.fails(EXIST, may(allow(["dynamodb:GetItem", "s3:Fetch*"])), says="s3:Fetch*, which matches no action")
table.fails(EXIST, may(allow("dynamo:GetItem")), says="AWS has no service dynamo")
table.fails(EXIST, may(allow("GetItem")), says="no service GetItem")
table.fails(EXIST, may({"Effect": "Deny", "NotAction": ["s3:GetObjct"], "Resource": "*"}), says="s3:GetObject may be")
table.fails(
    EXIST, It("aws:kms/key:Key", "k", {"policy": body(allow("kms:Decrpyt", "*"))}), says="kms:Decrypt may be meant"
)
table.fails(
    EXIST,
    It("aws:iam/role:Role", "r", {"assumeRolePolicy": body(allow("sts:AsumeRole"))}),
    says="sts:AssumeRole may be meant",
)
table.unknown(EXIST, "undecided", may().but(policy=UNKNOWN))
table.unknown(EXIST, "fails", may().but(policy={"Statement": allow(["s3:Nothing", UNKNOWN])}), says="s3:Nothing")
table.absent(EXIST, "passes", may().but("policy"))

# iam-trust-scoped
TRUST = "iam-trust-scoped"
OWN = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def trusting(principal: Any, condition: Any = None, **more: Any) -> It:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    if condition:
        statement["Condition"] = condition
    return It("aws:iam/role:Role", "role", {"assumeRolePolicy": body(statement)})


table.passes(TRUST, trusting({"Service": "ecs-tasks.amazonaws.com"}, OWN))
table.passes(
    TRUST,
    trusting(
        {"Service": ["ecs-tasks.amazonaws.com"]}, {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:ap-south-1:{ACCOUNT}:*"}}
    ),
)
table.passes(TRUST, trusting({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}))
table.passes(TRUST, trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
table.passes(
    TRUST,
    trusting(
        {"Federated": GITHUB},
        {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:shop/saleday:*"},
        },
    ),
)
table.fails(TRUST, trusting("*"), says="trusts everyone")
table.fails(TRUST, trusting({"AWS": "*"}, {"StringLike": {"aws:PrincipalArn": "*"}}), says="trusts everyone")
table.fails(
    TRUST,
    trusting({"Service": "ecs-tasks.amazonaws.com"}),
    says="trusts ecs-tasks.amazonaws.com on behalf of any account",
)
table.fails(TRUST, trusting({"Service": ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]}), says="vpc-flow-logs")
table.fails(
    TRUST,
    trusting({"Federated": GITHUB}, {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}),
    says="any sub",
)
table.fails(
    TRUST,
    trusting({"Federated": GITHUB}, {"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}),
    says="any sub",
)
table.fails(
    TRUST,
    trusting(
        {"Federated": GITHUB},
        {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:*/saleday:ref:refs/heads/main"},
        },
    ),
    says="any sub",
)
table.passes(
    TRUST,
    trusting(
        {"Federated": "cognito-identity.amazonaws.com"},
        {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": "ap-south-1:pool"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    ),
)
table.fails(TRUST, trusting({"AWS": "arn:aws:iam::*:root"}), says="trusts everyone")
table.fails(TRUST, trusting({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}), says="any audience")
for service in ("events", "config", "backup", "glue", "logs", "logs.ap-south-1", "states", "firehose"):
    principal = f"{service}.amazonaws.com"
    table.passes(TRUST, trusting({"Service": principal}, OWN))
    table.fails(TRUST, trusting({"Service": principal}), says=f"trusts {principal} on behalf of any account")
table.passes(TRUST, trusting({"Service": "events.amazonaws.com"}, {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}))
table.fails(
    TRUST,
    trusting({"Service": "backup.amazonaws.com"}, {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}),
    says="on behalf of any account",
)
table.fails(TRUST, trusting({"Service": "*"}), says="trusts everyone")
table.fails(TRUST, trusting({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "shop-4711"}}), says="trusts everyone")
table.passes(
    TRUST,
    trusting({"AWS": "arn:aws:iam::444455556666:root"}, {"StringEquals": {"sts:ExternalId": "shop-4711"}}),
)
table.fails(TRUST, trusting({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/*"}), says="every identity provider")
table.unknown(TRUST, "undecided", trusting("*").but(assumeRolePolicy=UNKNOWN))
table.unknown(
    TRUST,
    "undecided",
    trusting("*").but(assumeRolePolicy={"Statement": {"Effect": "Allow", "Principal": {"AWS": UNKNOWN}}}),
)
table.absent(TRUST, "passes", trusting("*").but("assumeRolePolicy"))

# iam-no-users-keys
table.passes("iam-no-users-keys", trusting({"Service": "ec2.amazonaws.com"}))
table.fails("iam-no-users-keys", It("aws:iam/user:User", "ci"), says="lasting credential (User)")
table.fails("iam-no-users-keys", It("aws:iam/accessKey:AccessKey", "ci", {"user": "ci"}), says="AccessKey")
table.unknown("iam-no-users-keys", "fails", It("aws:iam/user:User", "ci", {"name": UNKNOWN}), says="User")
table.absent("iam-no-users-keys", "passes")

# iam-managed-allowlist
MANAGED = "iam-managed-allowlist"
table.passes(MANAGED, ATTACHMENT.but(policyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"))
table.passes(MANAGED, ATTACHMENT.but(policyArn=f"arn:aws:iam::{ACCOUNT}:policy/own"))
table.passes(MANAGED, ATTACHMENT, config={"alsoAllowed": ["ReadOnlyAccess"]})
table.fails(MANAGED, ATTACHMENT, says="ReadOnlyAccess")
table.fails(
    MANAGED,
    It("aws:iam/role:Role", "r", {"managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]}),
    says="AmazonS3FullAccess",
)
table.fails(
    MANAGED,
    It("aws:iam/policyAttachment:PolicyAttachment", "a", {"policyArn": "arn:aws:iam::aws:policy/AmazonRDSFullAccess"}),
    says="AmazonRDS",
)
table.unknown(
    MANAGED,
    "passes",
    ATTACHMENT.but(policyArn=UNKNOWN).linking(policyArn=["own"]),
    It("aws:iam/policy:Policy", "own", {"arn": UNKNOWN}),
)
table.unknown(MANAGED, "undecided", ATTACHMENT.but(policyArn=UNKNOWN))
table.absent(MANAGED, "passes", ATTACHMENT.but("policyArn"))
