"""Settings of a stack's order events, and what their queue and table have to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field

from specs.base import Name, Spec
from specs.stores.queues import Queue
from specs.stores.tables import Table

TTL_ATTRIBUTE: Final = "expiresAt"
KEY: Final = "id"
# Lambda guide, "Using Lambda with Amazon SQS": room for attempts while the function is throttled.
VISIBILITY_FACTOR: Final = 6
DEAD_LETTER_DAYS: Final = 14  # how long a message can wait in a dead-letter queue until somebody sends it again
SECONDS_A_DAY: Final = 86_400


class Subscriber(Spec):
    """A queue of its own that takes every order event, for one consumer."""

    name: Name
    """End of the queue's physical name."""
    visibility_timeout: Annotated[int, Field(ge=0, le=43_200)] = 60
    """Seconds that a received event stays hidden; six times the time to work on it."""
    max_receives: Annotated[int, Field(ge=1, le=1000)] = 5
    """Attempts before an event goes to the subscriber's dead-letter queue."""


class OrderEvents(Spec):
    """Orders as events: a function takes them off a queue and puts each on an event bus once."""

    queue: Name
    """Queue under `data.queues` that a service announces its orders on. No service receives from it."""
    table: Name
    """Table under `data.tables` that remembers published orders: `hashKey: {name: id}`, `ttlAttribute: expiresAt`."""
    concurrency: Annotated[int, Field(ge=2, le=1000)] = 20
    """Batches worked on at once. Reserved for the function where `quotas.granted.lambdaConcurrency` leaves 100 beside
    it; a new account, which has 10, takes no reservation."""
    batch_size: Annotated[int, Field(ge=1, le=10)] = 10
    """Messages of a batch; a call of EventBridge takes ten events."""
    timeout: Annotated[int, Field(ge=5, le=300)] = 30
    """Seconds for a batch."""
    remember_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days that a published order is remembered, and its repetitions dropped."""
    archive_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days that events can be replayed from the archive."""
    subscribers: tuple[Subscriber, ...] = ()
    """Consumers with a queue of their own. Default: none, all events go to a log group."""

    def check(self, queues: Iterable[Queue], tables: Iterable[Table], receivers: Iterable[str]) -> None:
        """Whether queue and table are what the function needs; `receivers` are the services that work the queue off.

        Raises ValueError with one line: setting, rule, value received, remedy.
        """
        self._check_queue({queue.name: queue for queue in queues}, tuple(receivers))
        self._check_table({table.name: table for table in tables})
        names = ["bus", "log"]  # taken by what every bus has
        for subscriber in self.subscribers:
            if subscriber.name in names:
                raise ValueError(
                    f"events.subscribers: names must be unique, and not bus or log (got {subscriber.name}); "
                    "choose another"
                )
            names.append(subscriber.name)

    def _check_queue(self, queues: dict[str, Queue], receivers: tuple[str, ...]) -> None:
        queue = queues.get(self.queue)
        if queue is None:
            known = ", ".join(sorted(queues)) or "none"
            raise ValueError(
                f"events.queue: no queue has this name (got {self.queue}, known: {known}); add it under data.queues"
            )
        if queue.fifo:
            raise ValueError(
                f"events.queue: order events need no order, so their queue is a standard one (got {self.queue}, fifo); "
                f"set data.queues[{self.queue}].fifo to false"
            )
        if receivers:
            raise ValueError(
                f"events.queue: a second receiver would take messages from the function (got {self.queue}, received by "
                f"{receivers[0]}); let {receivers[0]} send only"
            )
        least = VISIBILITY_FACTOR * self.timeout
        if queue.visibility_timeout < least:
            raise ValueError(
                f"data.queues[{self.queue}].visibilityTimeout: must be {VISIBILITY_FACTOR} times events.timeout, at "
                f"least {least} (got {queue.visibility_timeout}); raise it"
            )
        days = -(-queue.retention // SECONDS_A_DAY) + DEAD_LETTER_DAYS
        if self.remember_days < days:
            raise ValueError(
                f"events.rememberDays: a message can come again after {days} days in the queue and its dead-letter "
                f"queue (got {self.remember_days}); raise it"
            )

    def _check_table(self, tables: dict[str, Table]) -> None:
        table = tables.get(self.table)
        if table is None:
            known = ", ".join(sorted(tables)) or "none"
            raise ValueError(
                f"events.table: no table has this name (got {self.table}, known: {known}); add it under data.tables"
            )
        if (table.hash_key.name, table.hash_key.type, table.range_key) != (KEY, "S", None):
            raise ValueError(
                f"events.table: its key is a string called {KEY} (got {table.hash_key.name} in {self.table}); "
                f"set hashKey to {{name: {KEY}}} without rangeKey"
            )
        if table.ttl_attribute != TTL_ATTRIBUTE:
            raise ValueError(
                f"events.table: old marks have to expire (got ttlAttribute {table.ttl_attribute or 'none'} in "
                f"{self.table}); set it to {TTL_ATTRIBUTE}"
            )
