"""Orders on their way to the bus: repeated, poisoned, refused, interrupted; nothing lost, nothing done twice."""

from __future__ import annotations

import contextlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.order_events import DONE, Bus, Placed, handler
from tests.functions.order_world import LEASE, Crash, Record, Shop, message, raw


def raises(error: BaseException) -> Callable[[], None]:
    def fault() -> None:
        raise error

    return fault


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "AnyCall")


def test_an_order_becomes_one_event(shop: Shop) -> None:
    items = [{"quantity": 2, "totalCost": 30}, {"quantity": 1, "totalCost": 12.5}]
    assert shop.run(message("order-1", orderItems=items)) == []
    assert shop.events.published == [
        {"eventId": "OrderPlaced/order-1", "orderId": "order-1", "itemCount": 3, "total": 42.5}
    ]
    assert shop.item("order-1")["state"] == {"S": DONE}


def test_nothing_of_the_customer_is_published_or_logged(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="functions.order_events"):
        shop.run(message("order-1"), raw('{"email": "asha@example.com"'), raw('{"order": {"id": "asha@example.com"}}'))
    everything = json.dumps(shop.events.published) + "".join(str(vars(record)) for record in caplog.records)
    assert "poison message" in everything
    assert "sha" not in everything, "neither the name nor the address"


def test_a_repeated_message_publishes_nothing(shop: Shop) -> None:
    shop.run(message("order-1"))
    assert shop.run(message("order-1")) == [], "it is done, and SQS may delete it"
    assert shop.published() == ["order-1"]


def test_a_message_twice_in_one_batch_is_published_once_and_both_are_done(shop: Shop) -> None:
    assert shop.run(message("order-1"), message("order-2"), message("order-1")) == []
    assert shop.published() == ["order-1", "order-2"]


def test_both_messages_of_a_refused_order_come_again(shop: Shop) -> None:
    first, second = message("order-1"), message("order-1")
    shop.events.refuses = {"order-1"}
    assert sorted(shop.run(first, second)) == sorted([first["messageId"], second["messageId"]])


def test_only_what_failed_comes_again(shop: Shop) -> None:
    batch = [message(f"order-{number}") for number in range(5)]
    shop.events.refuses = {"order-3"}
    assert shop.run(*batch) == [batch[3]["messageId"]]
    assert shop.run(batch[3]) == [], "at once: the claim was given back"
    assert Counter(shop.published()) == Counter(f"order-{number}" for number in range(5))


def test_a_crash_before_the_event_loses_nothing(shop: Shop) -> None:
    once = message("order-1")
    shop.events.before = raises(Crash())
    with pytest.raises(Crash):
        shop.run(once)
    assert shop.run(once) == [once["messageId"]], "its lease still runs: somebody may be publishing it"
    shop.clock.now += LEASE + 1
    assert shop.run(once) == []
    assert shop.published() == ["order-1"]


def test_a_crash_between_event_and_mark_repeats_the_event_under_the_same_id(shop: Shop) -> None:
    once = message("order-1")
    shop.events.after = raises(Crash())
    with pytest.raises(Crash):
        shop.run(once)
    shop.clock.now += LEASE + 1
    assert shop.run(once) == []
    assert [event["eventId"] for event in shop.events.published] == ["OrderPlaced/order-1"] * 2
    assert shop.run(once) == []
    assert len(shop.events.published) == 2, "marked by now"


def test_two_invocations_at_once_publish_an_order_once(shop: Shop) -> None:
    first, second = message("order-1"), message("order-1")
    seen: list[list[str]] = []
    shop.events.before = lambda: seen.append(shop.run(second))
    assert shop.run(first) == []
    assert seen == [[second["messageId"]]], "the second waits for what becomes of the first"
    assert shop.published() == ["order-1"]
    assert shop.run(second) == []
    assert shop.published() == ["order-1"]


def test_one_whose_lease_was_taken_over_leaves_the_mark_of_the_other(shop: Shop) -> None:
    def late() -> None:
        shop.clock.now += LEASE + 1
        shop.run(message("order-1"))

    shop.events.before = late
    assert shop.run(message("order-1")) == []
    assert shop.item("order-1")["state"] == {"S": DONE}


def test_an_answer_of_the_bus_that_is_lost_repeats_the_event_at_most(shop: Shop) -> None:
    once = message("order-1")
    shop.events.after = raises(ReadTimeoutError(endpoint_url="https://events"))
    assert shop.run(once) == [once["messageId"]]
    assert shop.run(once) == []
    assert {event["eventId"] for event in shop.events.published} == {"OrderPlaced/order-1"}


def test_a_published_order_that_cannot_be_marked_is_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.marks, "finish", lambda *_: raises(client_error("ProvisionedThroughputExceeded"))())
    assert shop.run(message("order-1")) == [], "asked for again, it would be published twice for sure"


def test_an_order_that_cannot_be_claimed_comes_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.marks, "claim", lambda *_: raises(client_error("ThrottlingException"))())
    once = message("order-1")
    assert shop.run(once) == [once["messageId"]]
    assert shop.published() == []


def test_a_claim_whose_answer_was_lost_is_still_ones_own(shop: Shop) -> None:
    assert shop.marks.claim("OrderPlaced/1", "me", LEASE) == "claimed"
    assert shop.marks.claim("OrderPlaced/1", "me", LEASE) == "claimed", "the SDK repeats the call"
    assert shop.marks.claim("OrderPlaced/1", "you", LEASE) == "busy"


def test_a_mark_that_has_expired_counts_no_more_even_before_it_is_deleted(shop: Shop) -> None:
    shop.run(message("order-1"))
    shop.clock.now += 30 * 86_400 - 1
    assert shop.marks.claim("OrderPlaced/order-1", "me", LEASE) == "done"
    shop.clock.now += 2
    assert shop.marks.claim("OrderPlaced/order-1", "me", LEASE) == "claimed"


def test_marks_expire_by_the_tables_time_to_live(shop: Shop) -> None:
    shop.run(message("order-1"))
    assert shop.item("order-1")["expiresAt"] == {"N": str(int(shop.clock.now) + 30 * 86_400)}


def test_more_orders_than_one_call_takes_go_in_several(shop: Shop) -> None:
    batch = [message(f"order-{number}") for number in range(23)]
    assert shop.run(*batch) == []
    assert len(set(shop.published())) == 23


def test_the_entry_point_answers_as_lambda_wants_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        aws_request_id = "request-1"

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 30_000

    monkeypatch.setattr("functions.order_events._stores", lambda: (shop.marks, Bus(shop.events, "orders")))
    poison = raw("{")
    answer = handler({"Records": [message("order-1"), poison]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison["messageId"]}]}
    shop.events.after = raises(Crash())
    with pytest.raises(Crash):
        handler({"Records": [message("order-2")]}, Context())
    until = int(shop.item("order-2")["leaseUntil"]["N"])
    assert until > shop.clock.now + 30, "no other invocation may take an order while this one can still publish it"


FAULTS = [
    "none",
    "crash before",
    "crash after",
    "answer lost",
    "refused",
    "not marked",
    "not claimed",
    "at once",
    "late",
]


class Queue:
    """SQS, as unkind as it may be: it hides what is received, shows again what was not deleted, and repeats itself."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.waiting = list(records)

    def receive(self, picks: Sequence[int]) -> list[Record]:
        return [self.waiting[pick % len(self.waiting)] for pick in dict.fromkeys(p % len(self.waiting) for p in picks)]

    def delete(self, batch: Sequence[Record], failed: Sequence[str]) -> None:
        done = {record["messageId"] for record in batch} - set(failed)
        self.waiting = [record for record in self.waiting if record["messageId"] not in done]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    orders=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    script=st.lists(
        st.tuples(st.sampled_from(FAULTS), st.lists(st.integers(0, 20), min_size=1, max_size=5)), max_size=8
    ),
)
def test_whatever_fails_in_whatever_order_every_order_is_published_and_done_once(
    clients: tuple[Any, Any], orders: list[int], script: list[tuple[str, list[int]]]
) -> None:
    shop = Shop(*clients)
    poison = raw("{")
    queue = Queue([poison, *(message(f"order-{number}") for number in orders)])
    may_repeat = 0
    for fault, picks in script:
        may_repeat += _attempt(shop, queue, queue.receive(picks), fault)
    for _ in range(2):  # what is left is shown again once all leases have ended, and then once more
        shop.clock.now += LEASE + 1
        _attempt(shop, queue, queue.receive(range(20)), "none")

    expected = {f"order-{number}" for number in orders}
    assert set(shop.published()) == expected, "nothing is lost"
    assert queue.waiting == [poison], "all that is done is deleted, and the poison waits for its dead-letter queue"
    assert len(shop.published()) <= len(expected) + may_repeat, "only a crash, a lost answer or mark repeats an event"
    done: Counter[str] = Counter()
    for event in shop.events.published:  # a consumer that keeps to the eventId
        if event["eventId"] not in done:
            done[event["eventId"]] += 1
    assert set(done.values()) == {1}
    assert len(done) == len(expected), "every order is done once"


def _attempt(shop: Shop, queue: Queue, batch: list[Record], fault: str) -> int:
    """One invocation with a fault; how many events it may have published without leaving a mark of it."""
    before = len(shop.events.published)
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Crash):
        match fault:
            case "crash before":
                shop.events.before = raises(Crash())
            case "crash after":
                shop.events.after = raises(Crash())
            case "answer lost":
                shop.events.after = raises(ReadTimeoutError(endpoint_url="https://events"))
            case "refused":
                shop.events.refuses = {"order-0", "order-1"}
            case "not marked":
                patch.setattr(shop.marks, "finish", lambda *_: raises(client_error("InternalServerError"))())
            case "not claimed":
                patch.setattr(shop.marks, "claim", lambda *_: raises(client_error("ThrottlingException"))())
            case "at once":
                shop.events.before = lambda: queue.delete(batch, shop.run(*batch))
            case "late":
                shop.clock.now += LEASE + 1
        queue.delete(batch, shop.run(*batch))
    shop.events.before = shop.events.after = None
    shop.events.refuses = set()
    return len(shop.events.published) - before if fault in ("crash after", "answer lost", "not marked") else 0


def test_an_event_names_the_order_the_same_way_for_ever() -> None:
    assert Placed(order_id="a").event_id == "OrderPlaced/a", "consumers remember it"
