"""Mistakes that close what a workload needs."""

from __future__ import annotations

from policy.pack.tokens import (
    BUCKET_POLICY,
    EGRESS_RULE,
    INGRESS_RULE,
    KEY,
    NETWORK_ACL_RULE,
    POLICY,
    ROLE,
    ROLE_POLICY,
    SECURITY_GROUP,
)
from tests.policy.mutations import Mistakes, add, drop, put, ref, remove

mistakes = Mistakes()
M = mistakes
MET = "needs-met"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
OWN = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}

M(
    MET,
    "image layers are only for callers of this account",
    put(ENDPOINT, "policy|Statement.1.Condition", OWN, "net-s3"),
)
M(MET, "image layers are no longer let through", drop(ENDPOINT, "policy|Statement.1", name="net-s3"))
M(
    MET,
    "tasks may not sign in to the registry",
    drop(ROLE_POLICY, "policy|Statement.0", name="services-cart-execution-*"),
)
M(MET, "tasks may not reach ECR's bucket", remove(EGRESS_RULE, "services-ui-to-aws-s3"))
M(MET, "the endpoints admit one zone less", remove(INGRESS_RULE, "net-endpoints-from-ap-south-1a"))
M(MET, "answers of AWS do not come back", remove(NETWORK_ACL_RULE, "net-app-in-40"))
M(
    MET,
    "another service takes the task's role on",
    put(ROLE, "assumeRolePolicy|Statement.0.Principal", {"Service": "ecs.amazonaws.com"}, "services-ui-task-role"),
)

# Findings of reviews of this program, with their mends taken back.
M(
    MET,
    "the image build reads findings without Inspector's rights",
    drop(ROLE_POLICY, "policy|Statement.6.Action.2", "policy|Statement.6.Action.1", name="delivery-ui-image-policy"),
)
M(
    MET,
    "the role of previews may not read a plan",
    put(POLICY, "policy|Statement.0.Action", ["iam:Get*", "iam:List*"], "delivery-preview-boundary"),
)
M(
    MET,
    "a boundary takes away the decryption that a policy grants",
    put(POLICY, "policy|Statement.3.Action", ["kms:GenerateDataKey"], "services-task-boundary"),
)
M(
    MET,
    "nobody can redrive a queue",
    put(ROLE_POLICY, "policy|Statement.12.Action", ["sqs:StartMessageMoveTask"], "security-operator"),
)
M(
    MET,
    "keys of the edge are out of reach",
    put(ROLE_POLICY, "policy|Statement.7.Resource", "arn:aws:kms:ap-south-1:123456789012:key/*", "security-auditor"),
)
M(MET, "alarms may not use the topic's key", drop(KEY, "policy|Statement.2", name="keys-logs"))
M(MET, "the trail may not write to its bucket", drop(BUCKET_POLICY, "policy|Statement.1", name="watch-trail"))

# grants-needed
EXCESS = "grants-needed"
M(
    EXCESS,
    "a task may delete its table",
    put(ROLE_POLICY, "policy|Statement.1.Action.+", "dynamodb:DeleteTable", "services-cart-task-policy"),
)
M(
    EXCESS,
    "a service is let in that calls nobody",
    add(
        INGRESS_RULE,
        "more",
        securityGroupId=ref(SECURITY_GROUP, "services-cart-group"),
        ipProtocol="tcp",
        fromPort=9000,
        toPort=9000,
        cidrIpv4="10.20.0.0/19",
    ),
)
M(
    EXCESS,
    "an endpoint lets through what nobody calls",
    put(ENDPOINT, "policy|Statement.0.Action.+", "s3:PutBucketPolicy", "net-s3"),
)
BY_PEOPLE = "grants-needed-by-people"
for person in ("operator", "auditor", "developer"):
    M(
        BY_PEOPLE,
        f"a role of people may do more: {person}",
        put(ROLE_POLICY, "policy|Statement.1.Action.+", "logs:DeleteLogGroup", f"security-{person}"),
    )
