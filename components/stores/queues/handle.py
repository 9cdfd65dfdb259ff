"""An SQS queue as services use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.stores.contract import Store, Use, Value

_SEND: Final = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage")
_RECEIVE: Final = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
QUEUE_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "send": _SEND,
    "receive": _RECEIVE,
    "sendReceive": tuple(sorted({*_SEND, *_RECEIVE})),
}


@dataclass(frozen=True, kw_only=True)
class QueueHandle(Store):
    """A queue with its dead-letter queue."""

    name: str
    arn: str
    queue_name: str
    dead_letter_queue_name: str
    url: pulumi.Output[str]

    def statements(self, use: Use) -> list[iam.Statement]:
        return [iam.statement(iam.sid("Queue", self.name), QUEUE_ACTIONS[use.access], [self.arn])]

    def encrypts(self, use: Use) -> bool:
        return use.access != "receive"

    def references(self) -> Mapping[str, Value]:
        return {"url": self.url, "name": self.queue_name}
