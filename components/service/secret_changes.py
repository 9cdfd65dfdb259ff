"""New tasks or pods for services whose secrets change while they run, as those they were started with hold no longer.

One rule of EventBridge for each secret and kind of event leads to a queue, and the queue to a function that starts a
deployment of exactly the services that fetch this secret at their start, and looks until it is through. Jobs need none
of it: each run fetches its secrets anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.functions import Code, python_function
from components.handles import KeyRing
from components.key_use import through
from components.monitoring import counts
from components.service import roles
from components.stores.registry import Stores
from specs.services import Service as ServiceSpec

# A rotation ends seconds after the new password has become the current one, and tells of both: one deployment serves.
DELAY: Final = 30  # seconds
LOOKS_EVERY: Final = 300  # seconds
MAX_LOOKS: Final = 36  # three hours, then it is for people: specs.rotation.LASTS counts on it
KEPT: Final = 86_400  # seconds
FAILED_KEPT: Final = 1_209_600  # seconds: 14 days, SQS's longest
TIMEOUT: Final = 50  # seconds; SQS advises a sixth of the visibility timeout at most
MEMORY: Final = 256  # MiB
MIN_POLLERS: Final = 2  # Lambda's own least
_NAME: Final = "secret-changes"
# Kinds of events.
VALUE: Final = "value"
ROTATION: Final = "rotation"


@dataclass(frozen=True, kw_only=True)
class WatchedSecret:
    """A secret that services are started with."""

    label: str
    """Ends the names of its rules."""
    arn: pulumi.Input[str]
    """Of a secret, or of a parameter of Systems Manager."""
    services: tuple[str, ...]
    """Names in the settings."""
    name: str | None = None
    """The secret's, where the settings leave out the six random characters that Secrets Manager ends the ARN with."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Services that are followed, the function that does, and their names there."""

    keys: KeyRing
    secrets: Sequence[WatchedSecret]
    names: Mapping[str, str]
    """By name in the settings: what the function calls the service."""
    code: Code
    """The function; what it needs of the queue is added."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int


def secrets(services: Sequence[ServiceSpec], stores: Stores) -> list[WatchedSecret]:
    """What these services are started with, each with those that are, in the order of the services."""
    users: dict[str, list[str]] = {}
    found: dict[str, WatchedSecret] = {}
    for service in services:
        managed, arns = roles.secrets(service)
        for secret in (*(_managed(stores, *one) for one in managed), *(_named(arn) for arn in arns)):
            found[secret.label] = secret
            users.setdefault(secret.label, []).append(service.name)
    return [replace(secret, services=tuple(dict.fromkeys(users[label]))) for label, secret in found.items()]


def _managed(stores: Stores, kind: str, name: str) -> WatchedSecret:
    """One that AWS makes and rotates for a store."""
    arn = stores.named(kind, name).secret_arn
    assert arn is not None, f"{kind} {name} has no secret"
    return WatchedSecret(label=f"db-{name}", arn=arn, services=())


def _named(arn: str) -> WatchedSecret:
    """One that the settings name, without the JSON key and version that may stand behind it."""
    parts = arn.split(":")[:7]
    whole = ":".join(parts)
    label = hashlib.sha256(whole.encode()).hexdigest()[:12]
    is_partial = parts[2] == "secretsmanager" and roles.secret_resource(whole) != whole
    return WatchedSecret(label=label, arn=whole, services=(), name=parts[-1] if is_partial else None)


def follow(tier: Component, followed: Followed, what: str = _NAME) -> aws.lambda_.Function | None:
    """The function that follows; None where no service is started with a secret."""
    if not followed.secrets:
        return None
    site, keys = tier.site, followed.keys
    physical, dead_name = site.named(what), site.named(what, "dlq")
    rules = site.arn("events", f"rule/{site.named(what)}-*")
    dead = aws.sqs.Queue(
        tier.child(what, "dlq"),
        name=dead_name,
        kms_master_key_id=keys.data.arn,
        message_retention_seconds=FAILED_KEPT,
        redrive_allow_policy=json.dumps(
            {"redrivePermission": "byQueue", "sourceQueueArns": [site.arn("sqs", physical)]}, sort_keys=True
        ),
        tags=tier.tags("internal", dead_name),
        opts=tier.opts(),
    )
    queue = aws.sqs.Queue(
        tier.child(what),
        name=physical,
        kms_master_key_id=keys.data.arn,
        delay_seconds=DELAY,
        visibility_timeout_seconds=LOOKS_EVERY,
        message_retention_seconds=KEPT,
        redrive_policy=json.dumps(
            {"deadLetterTargetArn": site.arn("sqs", dead_name), "maxReceiveCount": MAX_LOOKS}, sort_keys=True
        ),
        tags=tier.tags("internal", physical),
        opts=tier.opts(depends_on=[dead]),
    )
    admitted = [
        _let_rules_send(tier, queue, physical, what, rules),
        _let_rules_send(tier, dead, dead_name, f"{what}-dlq", rules),
    ]
    for secret in followed.secrets:
        for event, pattern in _patterns(secret).items():
            _rule(tier, what, f"{secret.label}-{event}", pattern, _message(followed, secret), (queue, dead), admitted)
    _alarm(tier, what, dead_name, followed.alert_topic_arn)
    return _function(tier, what, followed, queue)


def _patterns(secret: WatchedSecret) -> dict[str, pulumi.Input[str]]:
    """By kind: the pattern of the event that tells of a new value."""
    if isinstance(secret.arn, str):
        return {kind: json.dumps(one, sort_keys=True) for kind, one in _told(secret.arn, secret.name).items()}
    managed = pulumi.Output.from_input(secret.arn).apply(lambda arn: _told(str(arn)))
    return {
        kind: managed.apply(lambda told, kind=kind: json.dumps(told[kind], sort_keys=True))
        for kind in (VALUE, ROTATION)
    }


def _told(arn: str, name: str | None = None) -> dict[str, dict[str, Any]]:
    """By kind: how AWS tells that the secret has a new value.

    Secrets Manager tells by itself when a label moves, whoever has moved it; of a rotation that has succeeded it tells
    by way of CloudTrail too (user guide, "Secret event notifications" and "CloudTrail entries for Secrets Manager").
    Systems Manager tells of parameters by itself.
    """
    if ":ssm:" in arn:
        return {VALUE: _pattern("aws.ssm", "Parameter Store Change", {"operation": ["Update"]}) | {"resources": [arn]}}
    moved: dict[str, Any] = {"labelUpdated": ["AWSCURRENT"]}
    if name is None:
        value = _pattern("aws.secretsmanager", "Secret Label Updated", moved) | {"resources": [arn]}
        which: list[Any] = [arn]
    else:
        value = _pattern("aws.secretsmanager", "Secret Label Updated", moved | {"name": [name]})
        # May be a secret whose name goes on behind a hyphen, too: a deployment more than needed.
        which = [{"prefix": f"{arn}-"}]
    rotated = {"eventName": ["RotationSucceeded"], "additionalEventData": {"SecretId": which}}
    return {VALUE: value, ROTATION: _pattern("aws.secretsmanager", "AWS Service Event via CloudTrail", rotated)}


def _pattern(source: str, detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": [source], "detail-type": [detail_type], "detail": detail}


def _message(followed: Followed, secret: WatchedSecret) -> str:
    services = [followed.names[name] for name in secret.services]
    return json.dumps({"changed": "<changed>", "services": services}, sort_keys=True)


def _rule(
    tier: Component,
    what: str,
    label: str,
    pattern: pulumi.Input[str],
    message: str,
    queues: tuple[aws.sqs.Queue, aws.sqs.Queue],
    needs: Sequence[pulumi.Resource],
) -> None:
    physical = tier.site.named(what, label)
    rule = aws.cloudwatch.EventRule(
        tier.child(what, label),
        name=physical,
        description="A secret has a new value: services that were started with the old one get new tasks",
        event_pattern=pattern,
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    queue, dead = queues
    aws.cloudwatch.EventTarget(
        tier.child(what, label),
        rule=rule.name,
        target_id="queue",
        arn=queue.arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths={"changed": "$.time"}, input_template=message
        ),
        dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead.arn),
        opts=tier.opts(parent=rule, depends_on=needs),
    )


def _let_rules_send(tier: Component, queue: aws.sqs.Queue, physical: str, what: str, rules: str) -> aws.sqs.QueuePolicy:
    arn = tier.site.arn("sqs", physical)
    return aws.sqs.QueuePolicy(
        tier.child(what),
        queue_url=queue.url,
        policy=iam.document(
            iam.statement(
                "RulesSend",
                ["sqs:SendMessage"],
                [arn],
                principal={"Service": "events.amazonaws.com"},
                condition={
                    "ArnLike": {"aws:SourceArn": rules},
                    "StringEquals": {"aws:SourceAccount": tier.site.account_id},
                },
            ),
            iam.tls_only("sqs:*", arn),
        ),
        opts=tier.opts(parent=queue),
    )


def _function(tier: Component, what: str, followed: Followed, queue: aws.sqs.Queue) -> aws.lambda_.Function:
    site, keys = tier.site, followed.keys
    taking = iam.statement(
        "TakeChanges",
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        [site.arn("sqs", site.named(what))],
    )
    code = replace(
        followed.code,
        statements=[*followed.code.statements, taking, through(site, keys.data, "sqs", ["kms:Decrypt"])],
    )
    function = python_function(tier, what, code, keys=keys, log_retention_days=followed.log_retention_days)
    aws.lambda_.EventSourceMapping(
        tier.child(what),
        event_source_arn=queue.arn,
        function_name=function.arn,
        batch_size=1,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=MIN_POLLERS),
        tags=tier.tags("internal", site.named(what)),
        opts=tier.opts(parent=function),
    )
    return function


def _alarm(tier: Component, what: str, dead_name: str, topic_arn: pulumi.Output[str]) -> None:
    counts.alarm(
        tier,
        what,
        "failed",
        name=tier.site.named(what, "failed"),
        description=(
            "A secret has changed, and after hours a service still runs with the old one: it opens no new connections. "
            f"First look: the message in {dead_name} names it. Runbook: docs/runbooks.md#secret-changes"
        ),
        count=counts.waiting(dead_name),
        topic_arn=topic_arn,
    )
