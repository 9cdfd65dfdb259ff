"""Physical names that pulumi-aws makes up: logical name, dash, seven hex digits, within each service's limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

# Longest physical name, characters; pulumi-aws cuts the logical name to fit. Everything else: 255.
_MAX_LENGTH: Final = {
    "backup/vault": 50,
    "cloudwatch/eventRule": 64,
    "elasticache/cluster": 50,
    "elasticache/replicationGroup": 40,
    "elasticache/serverlessCache": 40,
    "iam/instanceProfile": 128,
    "iam/policy": 128,
    "iam/role": 64,
    "iam/user": 64,
    "lambda/function": 64,
    "lb/loadBalancer": 32,
    "lb/targetGroup": 32,
    "s3/bucket": 63,
    "scheduler/schedule": 64,
    "sqs/queue": 80,
}
# Services that take lower-case names only.
_LOWER: Final = frozenset(
    {
        "ecr/repository",
        "elasticache/cluster",
        "elasticache/parameterGroup",
        "elasticache/replicationGroup",
        "elasticache/subnetGroup",
        "rds/cluster",
        "rds/clusterInstance",
        "rds/clusterParameterGroup",
        "rds/instance",
        "rds/optionGroup",
        "rds/parameterGroup",
        "rds/subnetGroup",
        "s3/bucket",
    }
)
_DIGITS: Final = 7


def auto_name(short: str, logical: str, seed: str, inputs: Mapping[str, Any]) -> str:
    """The generated physical name of a resource without a name.

    `short` is the type without its package (`s3/bucket`); the digits follow from `seed`, so that the name is stable.
    """
    suffix = "-" + hashlib.sha256(f"name:{seed}".encode()).hexdigest()[:_DIGITS]
    if short in ("sqs/queue", "sns/topic") and inputs.get("fifoQueue", inputs.get("fifoTopic")) is True:
        suffix += ".fifo"
    prefix = "alias/" if short == "kms/alias" else ""
    longest = _MAX_LENGTH.get(short, 255) - len(suffix) - len(prefix)
    name = logical[:longest]
    return prefix + (name.lower() if short in _LOWER else name) + suffix
