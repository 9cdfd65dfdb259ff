"""How a service uses the key of a resource: by which of its names, and with which encryption context."""

from __future__ import annotations

from ..resource import Resource
from ..tokens import BUCKET, LOG_GROUP, QUEUE, SECRET, TABLE, TOPIC
from .facts import Facts

# The encryption context that a service gives for a resource. Sources: SQS, SNS, DynamoDB, CloudWatch Logs and Secrets
# Manager developer guides, EventBridge, each in its chapter on encryption at rest.
_CONTEXTS = {
    QUEUE: {"aws:sqs:arn": "{arn}"},
    TOPIC: {"aws:sns:topicarn": "{arn}"},
    TABLE: {"aws:dynamodb:tablename": "{name}", "aws:dynamodb:subscriberid": "{account}"},
    LOG_GROUP: {"aws:logs:arn": "{arn}"},
    SECRET: {"secretarn": "{arn}"},
    "aws:cloudwatch/eventBus:EventBus": {"aws:events:event-bus:arn": "{arn}"},
    "aws:scheduler/schedule:Schedule": {"aws:scheduler:schedule:arn": "{arn}"},
    "aws:lambda/function:Function": {"aws:lambda:functionarn": "{arn}"},
}
_VIA = {
    BUCKET: "s3",
    LOG_GROUP: "logs",
    "aws:cloudwatch/eventBus:EventBus": "events",
    "aws:rds/cluster:Cluster": "rds",
    "aws:rds/instance:Instance": "rds",
    "aws:sfn/stateMachine:StateMachine": "states",
}


def via(resource: Resource) -> str:
    """The service that uses a resource's key on behalf of a caller."""
    return _VIA.get(resource.token) or resource.token.split(":", 2)[1].split("/", 1)[0]


def contexts(facts: Facts, resource: Resource) -> dict[str, tuple[str, ...] | None]:
    """The encryption context as condition keys; pairs that the service doesn't give are absent."""
    words = {"arn": facts.arn(resource), "name": facts.name(resource), "account": facts.account_of(resource)}
    pairs = _CONTEXTS.get(resource.token)
    if pairs is None:
        return {}
    found: dict[str, tuple[str, ...] | None] = {"kms:encryptioncontext:": None}
    for name, text in pairs.items():
        value = text.format(**words)
        if not value:
            return {}
        found[f"kms:encryptioncontext:{name}"] = (value,)
    return found
