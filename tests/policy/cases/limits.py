"""What an account holds: the rule as the engine asks it. Every counter has its own test in test_limits.py."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()
RULE = "account-limits"

POLICY = It("aws:iam/policy:Policy", "wide", {"policy": "x" * 6144})
table.passes(RULE, POLICY)
table.fails(RULE, POLICY.but(policy="x" * 6145), says="Policy wide takes 6,145 characters, 6,144 at most")
table.unknown(RULE, "passes", POLICY.but(policy=UNKNOWN))

GROUP = It("aws:ec2/securityGroup:SecurityGroup", "group", {"id": "sg-1"})
RULES = [
    It("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"r{number}", {"securityGroupId": "sg-1"})
    for number in range(61)
]
table.passes(RULE, GROUP, *RULES[:60])
table.fails(RULE, GROUP, *RULES, says="SecurityGroup group, ingress takes 61 rules, 60 at most")
UNSEEN = [rule.but(securityGroupId=UNKNOWN).linking(securityGroupId=["group"]) for rule in RULES]
table.unknown(RULE, "fails", GROUP, *UNSEEN, says="takes 61 rules")
table.passes(RULE, GROUP, *RULES, config={"granted": {"rulesPerSecurityGroup": 61}})

FUNCTION = It("aws:lambda/function:Function", "fn", {"reservedConcurrentExecutions": 1})
table.fails(RULE, FUNCTION, says="101 environments, 10 at most")
table.passes(RULE, FUNCTION, config={"granted": {"lambdaConcurrency": 1000}})
DAY = It("saleday:sale:SaleDay", "sale", {"granted": {"lambdaConcurrency": 1000}})
table.passes(RULE, FUNCTION, DAY)

table.absent(RULE, "passes", FUNCTION.but("reservedConcurrentExecutions"))
