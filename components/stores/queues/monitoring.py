"""Alarms and graphs of SQS queues."""

from __future__ import annotations

from collections.abc import Sequence

from components.monitoring.values import MINUTE, Alarm, Metric, Notice
from components.monitoring.widgets import Graph, Row
from components.stores.queues.handle import QueueHandle


def metric(queue_name: str, name: str, stat: str = "Maximum", *, period: int = MINUTE) -> Metric:
    return Metric(namespace="AWS/SQS", name=name, dimensions=(("QueueName", queue_name),), stat=stat, period=period)


def dead_letters(handle: QueueHandle) -> Metric:
    return metric(handle.dead_letter_queue_name, "ApproximateNumberOfMessagesVisible")


def queue_alarms(queue: QueueHandle, *, age_seconds: int) -> list[Alarm]:
    """`age_seconds` is the age of the oldest message at which the queue rings."""
    return [
        Alarm(
            name=f"queue-{queue.name}-age",
            notice=Notice(
                means=f"Customers wait for what they ordered: a message in {queue.name} is over {age_seconds} s old.",
                look="whether the service that works it off runs, fails or is at its maximum.",
                runbook="queue-age",
            ),
            measure=metric(queue.queue_name, "ApproximateAgeOfOldestMessage"),
            threshold=age_seconds,
            periods=3,
            breaching=3,
        ),
        Alarm(
            name=f"queue-{queue.name}-dead-letters",
            notice=Notice(
                means=f"A customer's order is stuck: {queue.name} gave up on a message.",
                look="the message in the dead-letter queue, then the log lines of its trace.",
                runbook="queue-dead-letters",
            ),
            measure=dead_letters(queue),
            threshold=0,
        ),
    ]


def row(queues: Sequence[QueueHandle]) -> Row:
    def of(name: str) -> tuple[Metric, ...]:
        return tuple(metric(one.queue_name, name).labelled(one.name) for one in queues)

    return [
        Graph(title="Age of the oldest message", series=of("ApproximateAgeOfOldestMessage"), axis="seconds"),
        Graph(title="Messages waiting", series=of("ApproximateNumberOfMessagesVisible"), axis="messages"),
        Graph(
            title="Messages given up",
            series=tuple(dead_letters(one).labelled(one.name) for one in queues),
            axis="messages",
        ),
    ]
