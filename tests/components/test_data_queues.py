"""SQS queues of the data tier."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.data_tier import Built, build, small
from tests.components.shared import DATA_KEY

QUEUE = "sqs/queue:Queue"


def queue(**fields: Any) -> Built:
    return build({"queues": [{"name": "orders"} | fields]})


@pytest.mark.parametrize("name", ["data-queue-orders", "data-queue-orders-dlq"])
def test_both_queues_are_encrypted_and_refuse_clear_text(name: str) -> None:
    built = small()
    resource = built.one(QUEUE, name)
    assert resource.inputs["kmsMasterKeyId"] == DATA_KEY
    policy = built.one("sqs/queuePolicy:QueuePolicy", name).inputs
    assert policy["queueUrl"] == resource.outputs["url"]
    (statement,) = json.loads(policy["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", ["sqs:*"])
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:sqs:ap-south-1:123456789012:{resource.inputs['name']}"]


def test_what_fails_goes_to_the_dead_letter_queue_and_stays_for_two_weeks() -> None:
    built = queue(maxReceives=3)
    main, dead = built.one(QUEUE, "data-queue-orders").inputs, built.one(QUEUE, "data-queue-orders-dlq")
    assert json.loads(main["redrivePolicy"]) == {"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 3}
    assert dead.inputs["messageRetentionSeconds"] == 1_209_600


def test_a_dead_letter_queue_takes_from_its_own_queue_only() -> None:
    built = queue()
    dead = built.one(QUEUE, "data-queue-orders-dlq").inputs
    assert json.loads(dead["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [built.one(QUEUE, "data-queue-orders").outputs["arn"]],
    }
    assert "redrivePolicy" not in dead, "a dead letter has nowhere further to go"


def test_a_queue_waits_for_messages_as_long_as_sqs_allows() -> None:
    inputs = queue(visibilityTimeout=90, retention=600).one(QUEUE, "data-queue-orders").inputs
    assert inputs["receiveWaitTimeSeconds"] == 20
    assert inputs["visibilityTimeoutSeconds"] == 90
    assert inputs["messageRetentionSeconds"] == 600


def test_fifo_queues_are_named_so_and_hold_duplicates_off() -> None:
    built = queue(fifo=True)
    for resource in built.of(QUEUE):
        assert resource.inputs["fifoQueue"] is True, "a FIFO queue's dead letters need a FIFO queue"
        assert resource.inputs["name"].endswith(".fifo")
        assert resource.inputs["contentBasedDeduplication"] is True
    handle = built.handles["queues.orders"]
    assert handle["queue_name"] == "saleday-dev-orders.fifo"
    assert handle["dead_letter_queue_name"] == "saleday-dev-orders-dlq.fifo"
    assert handle["arn"] == built.one(QUEUE, "data-queue-orders").outputs["arn"]


def test_standard_queues_say_nothing_of_fifo() -> None:
    fifo = {"fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"}
    assert not [resource.name for resource in small().of(QUEUE) if fifo & set(resource.inputs)], "SQS refuses them"
