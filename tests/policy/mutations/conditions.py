"""Mistakes in conditions: what looks like a fence in a trust, a key's or a resource's policy, and is none."""

from __future__ import annotations

from typing import Any

from policy.pack.tokens import BUCKET_POLICY, KEY, LAMBDA_PERMISSION, ROLE, ROLE_POLICY
from tests.policy.mutations import Mistakes, add, allow, put

mistakes = Mistakes()
M = mistakes

TASK_ROLE, TASK_POLICY = "services-ui-task-role", "services-ui-task-policy"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
QUEUE_POLICY, TOPIC_POLICY = "aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy"
OWN = "123456789012"
OIDC = f"arn:aws:iam::{OWN}:oidc-provider/"

# Conditions that strangers meet, whoever is named.
LOOSE: dict[str, dict[str, Any]] = {
    "a role of that name in any account": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}},
    "accounts by the way they start": {"StringLike": {"aws:SourceAccount": "1*"}},
    "any organisation": {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    "any organisation's units": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-*/*"}},
    "the caller's organisation, compared with itself": {
        "StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}
    },
    "any endpoint": {"StringLike": {"aws:SourceVpce": "vpce-*"}},
    "a private address": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}},
    "an id that is no secret": {"StringEquals": {"sts:ExternalId": "shop-4711"}},
    "a tag of the caller's": {"StringEquals": {"aws:PrincipalTag/team": "shop"}},
    "whoever is no member": {"StringNotEquals": {"aws:PrincipalOrgID": "o-own1234567"}},
    "any member": {"Null": {"aws:PrincipalOrgID": "false"}},
    "all values of none": {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-own1234567/*"}},
    "a right value beside everybody's": {"StringLike": {"aws:PrincipalAccount": [OWN, "*"]}},
    "requests without credentials": {"StringEquals": {"aws:PrincipalAccount": "anonymous"}},
}
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
for what, condition in LOOSE.items():
    trusted = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition}
    M("iam-trust-scoped", what, put(ROLE, "assumeRolePolicy|Statement.+", trusted, TASK_ROLE))
    given = {**EVERYBODY, "Condition": condition}
    M("resource-policy-not-public", f"a bucket for {what}", put(BUCKET_POLICY, "policy|Statement.+", given))
    M("resource-policy-not-public", f"a queue for {what}", put(QUEUE_POLICY, "policy|Statement.+", given))
    M("kms-policy-scoped", what, put(KEY, "policy|Statement.+", {**given, "Action": "kms:Decrypt"}))

    endpoint = put(VPC_ENDPOINT, "policy|Statement.0", {**given, "Action": "dynamodb:*"}, "net-dynamodb")
    M("vpc-endpoint-scoped", what, endpoint)
M("vpc-endpoint-scoped", "everybody", put(VPC_ENDPOINT, "policy|Statement.+", EVERYBODY, "net-s3"))
M(
    "vpc-endpoint-scoped",
    "resources of some accounts",
    put(
        VPC_ENDPOINT,
        "policy|Statement.0.Condition",
        {"StringLike": {"aws:ResourceAccount": "1*"}},
        "net-s3",
    ),
)

# What narrows nobody in a key's policy.
for key, value in {
    "kms:ViaService": "s3.ap-south-1.amazonaws.com",
    "kms:EncryptionContext:app": "shop",
    "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:ap-south-1:{OWN}:log-group:x",
}.items():
    given = {**EVERYBODY, "Action": "kms:Decrypt", "Condition": {"StringEquals": {key: value}}}
    M("kms-policy-scoped", f"everybody by {key}", put(KEY, "policy|Statement.+", given))
for text in ("true", "false"):
    given = {**EVERYBODY, "Action": "kms:CreateGrant", "Condition": {"Bool": {"kms:GrantIsForAWSResource": text}}}
    M("kms-policy-scoped", f"everybody's grants, {text}", put(KEY, "policy|Statement.+", given))
CLUSTER = {
    "Effect": "Allow",
    "Principal": {"Service": "fargate.amazonaws.com"},
    "Action": "kms:GenerateDataKeyWithoutPlaintext",
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:EncryptionContext:aws:ecs:clusterName": "saleday-prod"}},
}
M("kms-policy-scoped", "a cluster of that name in any account", put(KEY, "policy|Statement.+", CLUSTER))

# Services that act for a resource of anybody's.
SOURCES = {
    "events.amazonaws.com": "arn:aws:events:ap-south-1:*:rule/orders-*",
    "sns.amazonaws.com": "arn:aws:sns:ap-south-1:*:orders",
    "scheduler.amazonaws.com": "arn:aws:scheduler:*:*:schedule-group/orders",
    "delivery.logs.amazonaws.com": "arn:aws:logs:*:*:delivery-source:shop",
    "s3.amazonaws.com": "arn:aws:s3:::shop-*",
}
for service, arn in SOURCES.items():
    by = {"Effect": "Allow", "Principal": {"Service": service}, "Condition": {"ArnLike": {"aws:SourceArn": arn}}}
    given = {**by, "Action": "sqs:SendMessage", "Resource": "*"}
    M("resource-policy-not-public", f"a queue for {arn}", put(QUEUE_POLICY, "policy|Statement.+", given))
    M("resource-policy-not-public", f"a topic for {arn}", put(TOPIC_POLICY, "policy|Statement.+", given))
    M("kms-policy-scoped", f"a key for {arn}", put(KEY, "policy|Statement.+", {**given, "Action": "kms:Decrypt"}))
    M("lambda-invoke-scoped", f"for {arn}", add(LAMBDA_PERMISSION, "p", function="f", principal=service, sourceArn=arn))
M(
    "lambda-invoke-scoped",
    "everybody, for a bucket",
    add(LAMBDA_PERMISSION, "p", function="f", principal="*", sourceArn="arn:aws:s3:::*"),
)
M(
    "lambda-invoke-scoped",
    "everybody, by account",
    add(LAMBDA_PERMISSION, "p", function="f", principal="*", sourceArn="arn:aws:events:r:*:rule/x"),
)
ONE_ARN = {"ArnLike": {"aws:SourceArn": "arn:aws:scheduler:*:*:schedule-group/orders"}}
for service, condition in (
    ("scheduler.amazonaws.com", ONE_ARN),
    ("events.amazonaws.com", None),
    ("events.amazonaws.com", {"StringLikeIfExists": {"aws:SourceAccount": "*"}}),
    ("config.amazonaws.com", None),
    ("backup.amazonaws.com", None),
    ("glue.amazonaws.com", None),
    ("logs.amazonaws.com", None),
    ("logs.ap-south-1.amazonaws.com", None),
    ("states.amazonaws.com", {"StringEqualsIfExists": {"aws:SourceAccount": OWN}}),
):
    by = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition}
    M("iam-trust-scoped", f"{service} if {condition}", put(ROLE, "assumeRolePolicy|Statement.+", by, TASK_ROLE))
SERVICES = {"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sts:AssumeRole"}
M("iam-trust-scoped", "every service", put(ROLE, "assumeRolePolicy|Statement.+", SERVICES, TASK_ROLE))

# Tokens of anybody's, by issuer and subject.
SUBJECTS = {
    "token.actions.githubusercontent.com": (
        "*:ref:refs/heads/main",
        "*/platform:*",
        "repo:acme*",
        "ref:refs/heads/main",
    ),
    "gitlab.com": ("project_path:*:ref_type:branch:ref:main", "project_path:acme*:*"),
    "app.terraform.io": ("organization:*:project:*:workspace:*:run_phase:*", "organization:acme*"),
    "api.pulumi.com/oidc": ("pulumi:deploy:org:*:project:shop:*", "pulumi:*"),
    "agent.buildkite.com": ("organization:*:pipeline:deploy:*",),
    "oidc.vercel.com": ("owner:*:project:shop:environment:production",),
    "accounts.google.com": ("1*",),
    "git.example.com": ("*", "*:main"),
}
for host, subjects in SUBJECTS.items():
    for subject in subjects:
        token = {
            "Effect": "Allow",
            "Principal": {"Federated": OIDC + host},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}, "StringLike": {f"{host}:sub": subject}},
        }
        M("iam-trust-scoped", f"{host} {subject}", put(ROLE, "assumeRolePolicy|Statement.+", token, TASK_ROLE))
COGNITO = "cognito-identity.amazonaws.com"
for amr in ("unauthenticated", "*authenticated", "*"):
    token = {
        "Effect": "Allow",
        "Principal": {"Federated": COGNITO},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{COGNITO}:aud": "ap-south-1:1"},
            "ForAnyValue:StringLike": {f"{COGNITO}:amr": amr},
        },
    }
    M("iam-trust-scoped", f"guests by {amr}", put(ROLE, "assumeRolePolicy|Statement.+", token, TASK_ROLE))

# Conditions of permissions that name nothing.
for what, condition in {
    "every alias": {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/*"}},
    "keys tagged as they are tagged": {"StringEquals": {"aws:ResourceTag/app": "${aws:ResourceTag/app}"}},
    "keys with any tag": {"StringLike": {"aws:ResourceTag/app": "*"}},
}.items():
    M("iam-kms-decrypt-scoped", what, allow(ROLE_POLICY, "kms:Decrypt", name=TASK_POLICY, Condition=condition))
M(
    "iam-passrole-scoped",
    "to every service by pattern",
    allow(
        ROLE_POLICY,
        "iam:PassRole",
        on=f"arn:aws:iam::{OWN}:role/one",
        name=TASK_POLICY,
        Condition={"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
    ),
)
