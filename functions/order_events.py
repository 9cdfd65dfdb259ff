"""Publishes the orders that a service announces: one event on the bus per order, however often the queue repeats.

Event: a batch of SQS messages, each `{"order": {"id": str, "orderItems": [{"quantity": int, "totalCost": number}]}}`.
The response lists the messages that SQS shall redeliver; all others are done.

Exactly-once needs two parts, as neither SQS nor EventBridge delivers exactly once. An order is
claimed in a table before it is published and marked as done afterwards, so a repeated message of a done order publishes
nothing. A crash between the two leaves a claim that ends with its lease: the order is then published again under the
same `eventId`. Consumers process each `eventId` once, and so every order once.
"""

from __future__ import annotations

import functools
import json
import logging
import math
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

SOURCE: Final = "shop.orders"
DETAIL_TYPE: Final = "OrderPlaced"
MAX_ENTRIES: Final = 10  # events of one call (PutEvents API)
SECONDS_A_DAY: Final = 86_400
# Beyond the end of the invocation: as far as the clocks of two machines of the service may be apart, and more.
LEASE_MARGIN: Final = 10  # seconds
MAX_NUMBER: Final = 2**53
"""Up to here every JSON parser reads a whole number the same (RFC 8259, section 6)."""
MAX_TRACE: Final = 500  # characters (PutEvents API)
CLAIMED: Final = "claimed"
DONE: Final = "done"

_ORDER_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOG: Final = logging.getLogger(__name__)

Outcome = Literal["claimed", "done", "busy"]


class Failure(TypedDict):
    itemIdentifier: str


class Answer(TypedDict):
    batchItemFailures: list[Failure]


class PoisonMessage(ValueError):
    """The message announces no order. It goes to the dead-letter queue after its last attempt."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Public data of an order, without the customer's."""

    order_id: str
    item_count: int | None = None
    total: float | None = None
    """In the shop's currency."""
    at: datetime | None = None
    """Send time of the message."""
    trace: str | None = None
    """X-Ray's header of the request that placed the order."""
    message_ids: tuple[str, ...] = field(default=(), compare=False)
    """Messages that announce it; several when the queue repeats itself within a batch."""

    @property
    def event_id(self) -> str:
        """Id by which consumers recognise a repeated event: the same for every announcement of an order."""
        return f"{DETAIL_TYPE}/{self.order_id}"

    def detail(self) -> dict[str, Any]:
        counted = {"itemCount": self.item_count, "total": self.total}
        known = {name: value for name, value in counted.items() if value is not None}
        return {"eventId": self.event_id, "orderId": self.order_id, **known}


class Marks:
    """Table of published orders, and of claims on those being published right now."""

    def __init__(self, client: Any, table: str, remember_days: int, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._remember = remember_days * SECONDS_A_DAY
        self._clock = clock

    def claim(self, event_id: str, owner: str, lease: float) -> Outcome:
        """Take an order for `lease` seconds, unless it is done or another owner's lease still runs."""
        now = self._clock()
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    "id": {"S": event_id},
                    "state": {"S": CLAIMED},
                    "owner": {"S": owner},
                    "leaseUntil": {"N": str(int(now + lease))},
                    "expiresAt": {"N": str(int(now + self._remember))},
                },
                # Items outlive their TTL by up to days, so it is part of the condition as well.
                ConditionExpression=(
                    "attribute_not_exists(id) OR expiresAt < :now OR (#state = :claimed AND leaseUntil < :now)"
                ),
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":now": {"N": str(int(now))}, ":claimed": {"S": CLAIMED}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            held = refused.response.get("Item", {})
            if held.get("state", {}).get("S") == DONE:
                return "done"
            # The SDK repeats a call whose answer it lost: then it is this very claim that stands in its way.
            return "claimed" if held.get("owner", {}).get("S") == owner else "busy"
        return "claimed"

    def finish(self, event_id: str, owner: str) -> None:
        """Mark a claimed order as published."""
        self._client.update_item(
            TableName=self._table,
            Key={"id": {"S": event_id}},
            UpdateExpression="SET #state = :done, expiresAt = :expires REMOVE leaseUntil",
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
            ExpressionAttributeValues={
                ":done": {"S": DONE},
                ":owner": {"S": owner},
                ":expires": {"N": str(int(self._clock() + self._remember))},
            },
        )

    def release(self, event_id: str, owner: str) -> None:
        """Give an order back that could not be published, for the next attempt to take at once."""
        self._client.delete_item(
            TableName=self._table,
            Key={"id": {"S": event_id}},
            ConditionExpression="#owner = :owner AND #state = :claimed",
            ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": owner}, ":claimed": {"S": CLAIMED}},
        )


class Bus:
    """The event bus."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, orders: Sequence[Placed]) -> set[str]:
        """Publish a batch that fits one call; returns the `event_id`s that the bus rejected."""
        answer = self._client.put_events(Entries=[self._entry(order) for order in orders])
        results = zip(orders, answer["Entries"], strict=True)
        refused = {order.event_id: entry["ErrorCode"] for order, entry in results if entry.get("ErrorCode")}
        for event_id, code in refused.items():
            _LOG.warning("event not taken", extra={"eventId": event_id, "error": code})
        return set(refused)

    def _entry(self, order: Placed) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Detail": json.dumps(order.detail(), sort_keys=True, allow_nan=False),
        }
        if order.at is not None:
            entry["Time"] = order.at
        if order.trace is not None:
            entry["TraceHeader"] = order.trace
        return entry


def handler(event: Mapping[str, Any], context: Any) -> Answer:
    """Entry point of the function."""
    marks, bus = _stores()
    lease = context.get_remaining_time_in_millis() / 1000 + LEASE_MARGIN
    failed = process(event["Records"], marks=marks, bus=bus, invocation=context.aws_request_id, lease=lease)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def process(
    records: Sequence[Mapping[str, Any]], *, marks: Marks, bus: Bus, invocation: str, lease: float
) -> list[str]:
    """Publish the orders of a batch; returns the ids of the messages to redeliver.

    `invocation` is unique to this run of the function; `lease` is the time, in seconds, in which no other run may
    publish the claimed orders: at least the function's timeout.
    """
    orders, failed = _read(records)
    ready: list[Placed] = []
    done: list[Placed] = []
    for order in orders:
        outcome = _claim(marks, order, invocation, lease)
        if outcome == "claimed":
            ready.append(order)
        elif outcome == "done":
            done.append(order)
        else:
            failed.extend(order.message_ids)
    for start in range(0, len(ready), MAX_ENTRIES):
        failed.extend(_publish(ready[start : start + MAX_ENTRIES], marks, bus, invocation))
    counts = {"messages": len(records), "claimed": len(ready), "repeated": len(done), "failed": len(failed)}
    _LOG.info("batch of orders", extra=counts)
    return failed


def _read(records: Iterable[Mapping[str, Any]]) -> tuple[list[Placed], list[str]]:
    """The orders of a batch, each once with all of its messages, and the messages that announce none."""
    orders: dict[str, Placed] = {}
    poison: list[str] = []
    for record in records:
        message = str(record["messageId"])
        try:
            order = parse(record)
        except PoisonMessage as error:
            # Neither the body nor any part of it: it may hold a customer's data.
            _LOG.error("poison message", extra={"messageId": message, "reason": str(error)})
            poison.append(message)
            continue
        known = orders.get(order.event_id)
        messages = (*(known.message_ids if known else ()), message)
        orders[order.event_id] = replace(known or order, message_ids=messages)
    return list(orders.values()), poison


def parse(record: Mapping[str, Any]) -> Placed:
    """The order that a message announces. Raises PoisonMessage, whose text has no data of the message."""
    try:
        body = json.loads(record["body"])
    except (TypeError, ValueError, RecursionError):  # a number of too many digits is no JSONDecodeError
        raise PoisonMessage("the body is not JSON") from None
    order = body.get("order") if isinstance(body, dict) else None
    if not isinstance(order, dict):
        raise PoisonMessage("there is no order in the body")
    order_id = order.get("id")
    if not isinstance(order_id, str) or not _ORDER_ID.fullmatch(order_id):
        raise PoisonMessage("the order has no usable id")
    attributes = record.get("attributes", {})
    sent = attributes.get("SentTimestamp")
    # The sender's own, and one that the bus refuses would take the other orders of the call with it.
    trace = attributes.get("AWSTraceHeader")
    items = order.get("orderItems")
    return Placed(
        order_id=order_id,
        item_count=_whole(_sum(items, "quantity")),
        total=_sum(items, "totalCost"),
        at=datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else None,
        trace=trace if trace and len(trace) <= MAX_TRACE else None,
    )


def _sum(items: Any, name: str) -> float | None:
    """The sum of a number over an order's items; None unless every item has one.

    Raises PoisonMessage for a number that no JSON of the bus could hold: `NaN`, `Infinity`, `1e400`, 30 digits.
    """
    values = [item.get(name) if isinstance(item, dict) else None for item in items] if isinstance(items, list) else []
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not all(_is_sane(number) for number in numbers):
        raise PoisonMessage(f"an item's {name} is out of range")
    return sum(numbers) if numbers and len(numbers) == len(values) else None


def _is_sane(number: float) -> bool:
    """Compared first: an integer of hundreds of digits is no float, and `isfinite` would raise."""
    return -MAX_NUMBER <= number <= MAX_NUMBER and math.isfinite(number)


def _whole(value: float | None) -> int | None:
    """The value as an integer; None where it is none, as half an item is no count."""
    return None if value is None or value != int(value) else int(value)


def _claim(marks: Marks, order: Placed, invocation: str, lease: float) -> Outcome:
    try:
        outcome = marks.claim(order.event_id, invocation, lease)
    except (BotoCoreError, ClientError) as error:
        _LOG.warning("order not claimed", extra={"eventId": order.event_id, "error": type(error).__name__})
        return "busy"
    if outcome == "busy":
        _LOG.info("order is being published elsewhere", extra={"eventId": order.event_id})
    return outcome


def _publish(orders: Sequence[Placed], marks: Marks, bus: Bus, invocation: str) -> Iterator[str]:
    """Publish claimed orders and mark them; yields the messages of those that the bus did not take."""
    try:
        refused = bus.publish(orders)
    except (BotoCoreError, ClientError) as error:
        # Delivery to the bus is unknown; if it happened, they come again under the same eventId.
        _LOG.warning("events not taken", extra={"events": len(orders), "error": type(error).__name__})
        refused = {order.event_id for order in orders}
    for order in orders:
        mark = marks.release if order.event_id in refused else marks.finish
        try:
            mark(order.event_id, invocation)
        except (BotoCoreError, ClientError) as error:
            # Published orders are done, marked or not: a redelivery would surely publish them twice.
            # Unpublished orders wait for their lease to end.
            _LOG.warning("order not marked", extra={"eventId": order.event_id, "error": type(error).__name__})
        if order.event_id in refused:
            yield from order.message_ids


@functools.cache
def _stores() -> tuple[Marks, Bus]:
    """Made once for each environment of the function, which serves many batches."""
    import boto3
    from botocore.config import Config

    # Short enough for several attempts within an invocation.
    config = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3})
    _LOG.setLevel(logging.INFO)
    return (
        Marks(boto3.client("dynamodb", config=config), os.environ["TABLE"], int(os.environ["REMEMBER_DAYS"])),
        Bus(boto3.client("events", config=config), os.environ["BUS"]),
    )
