"""SQS queues."""

from __future__ import annotations

from typing import Final

from components.stores.contract import Kind
from components.stores.queues import monitoring, resources
from components.stores.queues.handle import QUEUE_ACTIONS, QueueHandle
from specs.stores import queues

QUEUES: Final = Kind[QueueHandle](
    spec=queues.QUEUES,
    build=resources.build,
    endpoints=("queueUrls", lambda queue: queue.url),
    actions=frozenset(QUEUE_ACTIONS["sendReceive"]),
    key_service="sqs",
    alarms=lambda queue, settings: monitoring.queue_alarms(queue, age_seconds=settings.queue_age_seconds),
    title="Queues",
    row=monitoring.row,
    physical_names={
        "aws:sqs/queue:Queue": ("name", "queue"),
    },
    is_worked_off=True,
)
