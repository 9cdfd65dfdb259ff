"""Mistakes that close what a workload needs."""

from __future__ import annotations

from policy.pack.tokens import EGRESS_RULE, INGRESS_RULE, NETWORK_ACL_RULE, ROLE, ROLE_POLICY
from tests.policy.mutations import Mistakes, drop, put, remove

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
