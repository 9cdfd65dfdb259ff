"""Settings of SQS queues, and what the rest of the program asks of them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from specs.base import Name, Spec
from specs.stores.contract import StoreKind

QueueAccess = Literal["send", "receive", "sendReceive"]


class Queue(Spec):
    """One SQS queue with its dead-letter queue."""

    name: Name
    """Name in services' `uses` and in the physical name."""
    visibility_timeout: Annotated[int, Field(ge=0, le=43_200)] = 60
    """Seconds that a received message stays hidden; six times the time to work on it."""
    retention: Annotated[int, Field(ge=60, le=1_209_600)] = 345_600
    """Seconds that a message is kept (345,600 = 4 days)."""
    max_receives: Annotated[int, Field(ge=1, le=1000)] = 5
    """Attempts before a message goes to the dead-letter queue."""
    fifo: bool = False
    """First in, first out, each message once; at most 300 calls a second without batching."""

    @model_validator(mode="after")
    def _is_seen_again_while_kept(self) -> Queue:
        if self.visibility_timeout > self.retention:
            raise ValueError(
                f"visibilityTimeout must not exceed retention, or what failed is gone before it is seen again "
                f"(got {self.visibility_timeout}, {self.retention}); lower it"
            )
        return self


QUEUES: Final = StoreKind[Queue](name="queue", field="queues", attributes=frozenset({"url", "name"}))
