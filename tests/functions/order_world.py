"""Orders on their way to events: the function's stores, and messages to it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from functions.order_events import Bus, Marks, process

LEASE = 40.0  # seconds
NUMBERS = itertools.count(1)
Record = dict[str, Any]


class Crash(BaseException):
    """The function's environment is gone: nothing after this line runs."""


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Events:
    """Moto's bus, with what can go wrong on the way to it and back. `before` and `after` are run once each."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.published: list[dict[str, Any]] = []
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None
        self.refuses: set[str] = set()
        """Orders that the bus does not take, once each."""

    def put_events(self, **call: Any) -> dict[str, Any]:
        self._run("before")
        taken = [entry for entry in call["Entries"] if json.loads(entry["Detail"])["orderId"] not in self.refuses]
        if taken:
            answer = self._client.put_events(Entries=taken)
            assert not answer["FailedEntryCount"], "Moto takes what EventBridge would"
        self.published += [json.loads(entry["Detail"]) for entry in taken]
        entries = [
            {"EventId": "1"} if one in taken else {"ErrorCode": "ThrottlingException"} for one in call["Entries"]
        ]
        self.refuses = set()
        self._run("after")
        return {"Entries": entries}

    def _run(self, when: str) -> None:
        fault = getattr(self, when)
        setattr(self, when, None)
        if fault is not None:
            fault()


class Shop:
    """The function's two stores, and runs of the function."""

    def __init__(self, dynamodb: Any, events: Any) -> None:
        self.table = f"marks-{next(NUMBERS)}"
        dynamodb.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        self.dynamodb = dynamodb
        self.clock = Clock()
        self.events = Events(events)
        self.marks = Marks(dynamodb, self.table, remember_days=30, clock=self.clock)

    def run(self, *records: Record) -> list[str]:
        """One invocation; the messages that it asks for again."""
        return process(
            records,
            marks=self.marks,
            bus=Bus(self.events, "orders"),
            invocation=f"invocation-{next(NUMBERS)}",
            lease=LEASE,
        )

    def published(self) -> list[str]:
        return [detail["orderId"] for detail in self.events.published]

    def item(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.dynamodb.get_item(
            TableName=self.table, Key={"id": {"S": f"OrderPlaced/{order_id}"}}
        ).get("Item", {})
        return found


def message(order_id: str, **order: Any) -> Record:
    return raw(json.dumps({"order": {"id": order_id, "firstName": "Asha", "email": "asha@example.com"} | order}))


def raw(body: str) -> Record:
    return {"messageId": f"message-{next(NUMBERS)}", "body": body, "attributes": {"SentTimestamp": "1790000000000"}}
