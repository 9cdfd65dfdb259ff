"""The bus, its archive, and the rules that pass events on; what a target does not take waits in a queue of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyRing
from components.site import Site
from specs.events import OrderEvents, Subscriber

# Event names of the function; a test compares both.
SOURCE: Final = "shop.orders"
DETAIL_TYPE: Final = "OrderPlaced"
# EventBridge's maximum (RetryPolicy of PutTargets): a day of attempts before an event goes to the dead-letter queue.
MAX_RETRY: Final = 86_400  # seconds
RETRIES: Final = 185
DEAD_LETTER_RETENTION: Final = 1_209_600  # seconds: 14 days, SQS's longest, for people to look at what failed
LONG_POLLING: Final = 20  # seconds, SQS's longest
DATA_KEY_REUSE: Final = 300  # seconds, SQS's own default


@dataclass(frozen=True, kw_only=True)
class Made:
    bus: aws.cloudwatch.EventBus
    dead: Mapping[str, str]
    """Physical names of the dead-letter queues, by their source."""


def name(site: Site) -> str:
    """Physical name of the bus."""
    return site.named("order-events")


def build(tier: Component, keys: KeyRing, events: OrderEvents, log_retention_days: int) -> Made:
    site = tier.site
    physical = name(site)
    bus_arn = site.arn("events", f"event-bus/{physical}")
    unread = _dead_letters(tier, keys, "bus", bus_arn)
    bus = aws.cloudwatch.EventBus(
        tier.child("bus"),
        name=physical,
        description=f"{site.prefix}: orders, each under one eventId",
        kms_key_identifier=keys.data.arn,
        # For events that the key cannot be used for, for example while it is disabled.
        dead_letter_config=aws.cloudwatch.EventBusDeadLetterConfigArgs(arn=unread.arn),
        tags=tier.tags("confidential", physical),
        opts=tier.opts(),
    )
    aws.cloudwatch.EventArchive(
        tier.child("archive"),
        name=physical,
        description="Every order event, to be replayed to a subscriber that lost some",
        event_source_arn=bus.arn,
        retention_days=events.archive_days,
        kms_key_identifier=keys.data.arn,
        opts=tier.opts(parent=bus),
    )
    dead = {"bus": site.named("order-events", "bus", "dlq"), "log": site.named("order-events", "log", "dlq")}
    _log(tier, keys, bus, log_retention_days)
    for subscriber in events.subscribers:
        _subscribe(tier, keys, bus, subscriber)
        dead[subscriber.name] = site.named("order-events", subscriber.name, "dlq")
    return Made(bus=bus, dead=dead)


def _rule(tier: Component, bus: aws.cloudwatch.EventBus, what: str, description: str) -> aws.cloudwatch.EventRule:
    physical = tier.site.named("order-events", what)
    return aws.cloudwatch.EventRule(
        tier.child(what),
        name=physical,
        event_bus_name=bus.name,
        description=description,
        event_pattern=json.dumps({"source": [SOURCE], "detail-type": [DETAIL_TYPE]}, sort_keys=True),
        tags=tier.tags("internal", physical),
        opts=tier.opts(parent=bus),
    )


def _rule_arn(site: Site, what: str) -> str:
    return site.arn("events", f"rule/{name(site)}/{site.named('order-events', what)}")


def _target(
    tier: Component,
    bus: aws.cloudwatch.EventBus,
    rule: aws.cloudwatch.EventRule,
    what: str,
    arn: pulumi.Input[str],
    dead: aws.sqs.Queue,
    needs: pulumi.Resource,
) -> None:
    aws.cloudwatch.EventTarget(
        tier.child(what),
        target_id=what,
        rule=rule.name,
        event_bus_name=bus.name,
        arn=arn,
        retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=MAX_RETRY, maximum_retry_attempts=RETRIES
        ),
        dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead.arn),
        opts=tier.opts(parent=rule, depends_on=[needs]),
    )


def _log(tier: Component, keys: KeyRing, bus: aws.cloudwatch.EventBus, days: int) -> None:
    """Log group of every published event, to be searched by order."""
    site = tier.site
    group_name = f"/aws/events/{name(site)}"  # EventBridge delivers to groups under /aws/events/
    group = aws.cloudwatch.LogGroup(
        tier.child("log"),
        name=group_name,
        retention_in_days=days,
        kms_key_id=keys.logs.arn,
        tags=tier.tags("confidential"),
        opts=tier.opts(),
    )
    streams = site.arn("logs", f"log-group:{group_name}:*")
    principal = {"Service": ["delivery.logs.amazonaws.com", "events.amazonaws.com"]}
    permission = aws.cloudwatch.LogResourcePolicy(
        tier.child("log"),
        policy_name=name(site),
        policy_document=iam.document(
            # EventBridge names the rule when it writes, and nothing when it starts a stream to write to.
            iam.statement("EventBridgeStartsStreams", ["logs:CreateLogStream"], [streams], principal=principal),
            iam.statement(
                "EventBridgeWrites",
                ["logs:PutLogEvents"],
                [streams],
                principal=principal,
                condition={"ArnEquals": {"aws:SourceArn": _rule_arn(site, "log")}},
            ),
        ),
        opts=tier.opts(parent=group),
    )
    rule = _rule(tier, bus, "log", "Every order event goes to a log group")
    dead = _dead_letters(tier, keys, "log", _rule_arn(site, "log"))
    _target(tier, bus, rule, "log", group.arn, dead, permission)


def _subscribe(tier: Component, keys: KeyRing, bus: aws.cloudwatch.EventBus, subscriber: Subscriber) -> None:
    """A queue that takes every order event, for one consumer to work off; what it fails on is set aside as well."""
    site, what = tier.site, subscriber.name
    physical = site.named("order-events", what)
    dead = _dead_letters(tier, keys, what, _rule_arn(site, what), site.arn("sqs", physical))
    queue = aws.sqs.Queue(
        tier.child(what),
        name=physical,
        kms_master_key_id=keys.data.arn,
        kms_data_key_reuse_period_seconds=DATA_KEY_REUSE,
        message_retention_seconds=DEAD_LETTER_RETENTION,
        visibility_timeout_seconds=subscriber.visibility_timeout,
        receive_wait_time_seconds=LONG_POLLING,
        redrive_policy=json.dumps(
            {"deadLetterTargetArn": site.arn("sqs", f"{physical}-dlq"), "maxReceiveCount": subscriber.max_receives},
            sort_keys=True,
        ),
        tags=tier.tags("confidential", physical),
        opts=tier.opts(depends_on=[dead]),
    )
    permission = _let_eventbridge_send(tier, queue, what, physical, _rule_arn(site, what))
    rule = _rule(tier, bus, what, f"Every order event goes to the queue of {what}")
    _target(tier, bus, rule, what, queue.arn, dead, permission)


def _dead_letters(
    tier: Component, keys: KeyRing, what: str, source_arn: str, queue_arn: str | None = None
) -> aws.sqs.Queue:
    """The queue for events that did not reach `what`; EventBridge writes to it on behalf of `source_arn` alone.

    `queue_arn` is the queue that may set aside here what its consumer failed on. Default: none may.
    """
    site = tier.site
    physical = site.named("order-events", what, "dlq")
    queue = aws.sqs.Queue(
        tier.child(what, "dlq"),
        name=physical,
        kms_master_key_id=keys.data.arn,
        kms_data_key_reuse_period_seconds=DATA_KEY_REUSE,
        message_retention_seconds=DEAD_LETTER_RETENTION,
        redrive_allow_policy=json.dumps(
            {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn]}
            if queue_arn
            else {"redrivePermission": "denyAll"},
            sort_keys=True,
        ),
        tags=tier.tags("confidential", physical),
        opts=tier.opts(),
    )
    _let_eventbridge_send(tier, queue, f"{what}-dlq", physical, source_arn)
    return queue


def _let_eventbridge_send(
    tier: Component, queue: aws.sqs.Queue, what: str, physical: str, source_arn: str
) -> aws.sqs.QueuePolicy:
    arn = tier.site.arn("sqs", physical)
    return aws.sqs.QueuePolicy(
        tier.child(what),
        queue_url=queue.url,
        policy=iam.document(
            iam.statement(
                "EventBridgeSends",
                ["sqs:SendMessage"],
                [arn],
                principal={"Service": "events.amazonaws.com"},
                condition={"ArnEquals": {"aws:SourceArn": source_arn}},
            ),
            iam.tls_only("sqs:*", arn),
        ),
        opts=tier.opts(parent=queue),
    )
