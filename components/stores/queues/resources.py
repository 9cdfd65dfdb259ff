"""SQS queues with their dead-letter queues: encrypted with the data key, TLS only."""

from __future__ import annotations

import json
from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import BucketHandle
from components.stores.args import DataTierArgs
from components.stores.contract import Built
from components.stores.queues.handle import QueueHandle
from specs.stores.queues import Queue

LONG_POLLING: Final = 20  # seconds, SQS's longest: fewest empty answers, which are charged like full ones
DEAD_LETTER_RETENTION: Final = 1_209_600  # seconds: 14 days, SQS's longest, for people to look at what failed
DATA_KEY_REUSE: Final = 300  # seconds that SQS uses one KMS data key (60 to 86,400; 300 is its own default)
_SUFFIX: Final = {True: ".fifo", False: ""}  # SQS asks for it in the names of FIFO queues


def build(tier: Component, args: DataTierArgs, _: BucketHandle) -> Built[QueueHandle]:
    return Built(handles={queue.name: _pair(tier, args, queue) for queue in args.data.queues})


def _pair(tier: Component, args: DataTierArgs, queue: Queue) -> QueueHandle:
    """A queue, and the one for what its consumers gave up on."""
    site = args.site
    name = site.named(queue.name) + _SUFFIX[queue.fifo]
    dead_name = site.named(queue.name, "dlq") + _SUFFIX[queue.fifo]
    arn, dead_arn = site.arn("sqs", name), site.arn("sqs", dead_name)
    dead = _queue(
        tier,
        args,
        queue,
        "dlq",
        name=dead_name,
        message_retention_seconds=DEAD_LETTER_RETENTION,
        redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}, sort_keys=True),
    )
    main = _queue(
        tier,
        args,
        queue,
        name=name,
        message_retention_seconds=queue.retention,
        visibility_timeout_seconds=queue.visibility_timeout,
        receive_wait_time_seconds=LONG_POLLING,
        redrive_policy=json.dumps(
            {"deadLetterTargetArn": dead_arn, "maxReceiveCount": queue.max_receives}, sort_keys=True
        ),
        depends_on=dead,
    )
    return QueueHandle(name=queue.name, arn=arn, queue_name=name, dead_letter_queue_name=dead_name, url=main.url)


def _queue(
    tier: Component,
    args: DataTierArgs,
    queue: Queue,
    *parts: str,
    name: str,
    message_retention_seconds: int,
    visibility_timeout_seconds: int | None = None,
    receive_wait_time_seconds: int | None = None,
    redrive_policy: str | None = None,
    redrive_allow_policy: str | None = None,
    depends_on: aws.sqs.Queue | None = None,
) -> aws.sqs.Queue:
    fifo = queue.fifo
    resource = aws.sqs.Queue(
        tier.child("queue", queue.name, *parts),
        name=name,
        fifo_queue=fifo or None,
        # A producer that sends the same order twice within five minutes delivers it once.
        content_based_deduplication=fifo or None,
        # High throughput: order and deduplication hold within a message group, as orders of one customer need.
        deduplication_scope="messageGroup" if fifo else None,
        fifo_throughput_limit="perMessageGroupId" if fifo else None,
        kms_master_key_id=args.keys.data.arn,
        kms_data_key_reuse_period_seconds=DATA_KEY_REUSE,
        message_retention_seconds=message_retention_seconds,
        visibility_timeout_seconds=visibility_timeout_seconds,
        receive_wait_time_seconds=receive_wait_time_seconds,
        redrive_policy=redrive_policy,
        redrive_allow_policy=redrive_allow_policy,
        tags=tier.tags("restricted", name),
        opts=tier.opts(depends_on=[depends_on] if depends_on else None),
    )
    aws.sqs.QueuePolicy(
        tier.child("queue", queue.name, *parts),
        queue_url=resource.url,
        policy=iam.document(iam.tls_only("sqs:*", args.site.arn("sqs", name))),
        opts=tier.opts(parent=resource),
    )
    return resource
