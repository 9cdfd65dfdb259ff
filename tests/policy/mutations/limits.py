"""Mistakes that AWS answers with a quota: too many, too large, or more than a new account has."""

from __future__ import annotations

from tests.policy.mutations import Mistakes, add, put, remove

mistakes = Mistakes()
M = mistakes
RULE = "account-limits"

M(RULE, "nobody asks for the vCPU of the base load", remove("aws:servicequotas/serviceQuota:ServiceQuota"))
M(RULE, "tasks are larger than all that is asked for", put("aws:ecs/taskDefinition:TaskDefinition", "cpu", "16384"))
M(RULE, "a function keeps places for itself", put("aws:lambda/function:Function", "reservedConcurrentExecutions", 5))
M(
    RULE,
    "a policy lists every resource",
    put("aws:iam/rolePolicy:RolePolicy", "policy|Statement.0.Resource", [f"arn:aws:s3:::shop-{n}" for n in range(600)]),
)
M(
    RULE,
    "more addresses than an account has",
    *(add("aws:ec2/eip:Eip", f"more-{number}", domain="vpc") for number in range(6)),
)
M(
    RULE,
    "a rule of the load balancer asks for too many paths",
    put("aws:lb/listenerRule:ListenerRule", "conditions.0.pathPattern.values", [f"/{number}" for number in range(6)]),
)
