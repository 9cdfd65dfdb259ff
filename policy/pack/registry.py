"""All rules of the pack, in the order in which they run and are listed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType

from . import own
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
    needs,
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

_SHIPPED = (
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
    needs,
    detect,
    delivery,
    safeguards,
    sale,
    account,
    handed_over,
    unjudged,
)
OWN: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"{own.__name__}.{module.name}") for module in pkgutil.iter_modules(own.__path__)
)
"""The user's own rule modules, in the order of their names."""
SERVICES: tuple[ModuleType, ...] = (*_SHIPPED, *OWN, hygiene)  # waivers-valid looks back on what the others needed


def _rules(services: Sequence[ModuleType]) -> tuple[Rule, ...]:
    for service in services:
        if not hasattr(service, "RULES"):
            raise TypeError(f"own/{service.__name__.rpartition('.')[2]}.py: has to list its rules in RULES")
    return tuple(rule for service in services for rule in service.RULES)


RULES: tuple[Rule, ...] = _rules(SERVICES)
SHIPPED: tuple[Rule, ...] = _rules((*_SHIPPED, hygiene))
"""Those that came with the pack."""
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
