"""All rules of the pack, in the order in which they run and are listed."""

from __future__ import annotations

from .rule import Rule
from .rules import (
    account,
    cloudfront,
    delivery,
    detect,
    dynamodb,
    ec2,
    ecs,
    eks,
    elasticache,
    endpoints,
    handed_over,
    hygiene,
    iam,
    iam_trust,
    iam_union,
    kms,
    lambda_functions,
    load_balancer,
    messaging,
    plaintext,
    rds,
    reachability,
    resource_policies,
    s3,
    safeguards,
    sale,
    security_groups,
    unjudged,
    vpc,
    waf,
)

SERVICES = (
    vpc,
    endpoints,
    security_groups,
    reachability,
    load_balancer,
    cloudfront,
    waf,
    ecs,
    ec2,
    eks,
    lambda_functions,
    plaintext,
    rds,
    dynamodb,
    elasticache,
    s3,
    kms,
    messaging,
    resource_policies,
    iam,
    iam_trust,
    iam_union,
    detect,
    delivery,
    safeguards,
    sale,
    account,
    handed_over,
    unjudged,
    hygiene,  # last: waivers-valid looks back on what the others needed
)

RULES: tuple[Rule, ...] = tuple(rule for service in SERVICES for rule in service.RULES)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
