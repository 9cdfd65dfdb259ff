"""Orders on their way to the bus: repeated, poisoned, refused, interrupted; nothing lost, nothing done twice."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from functions.order_events import DONE, Bus, Marks, Placed, PoisonMessage, handler, parse, process

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


@pytest.fixture(scope="module")
def clients() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="ap-south-1")
        events = boto3.client("events", region_name="ap-south-1")
        events.create_event_bus(Name="orders")
        yield dynamodb, events


@pytest.fixture
def shop(clients: tuple[Any, Any]) -> Shop:
    return Shop(*clients)


def message(order_id: str, **order: Any) -> Record:
    return raw(json.dumps({"order": {"id": order_id, "firstName": "Asha", "email": "asha@example.com"} | order}))


def raw(body: str) -> Record:
    return {"messageId": f"message-{next(NUMBERS)}", "body": body, "attributes": {"SentTimestamp": "1790000000000"}}


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


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{", '"text"', '{"order": 1}', '{"order": {}}', '{"order": {"id": 7}}', '{"order": {"id": ""}}',
     '{"order": {"id": "a b"}}', '{"order": {"id": "' + "x" * 65 + '"}}'],
)  # fmt: skip
def test_a_poison_message_holds_up_nobody_and_ends_as_a_dead_letter(shop: Shop, body: str) -> None:
    poison = raw(body)
    for _ in range(5):
        assert shop.run(poison, message("order-1")) == [poison["messageId"]], "SQS sets it aside after its attempts"
    assert shop.published() == ["order-1"]
    with pytest.raises(PoisonMessage):
        parse(poison)


def test_odd_items_leave_the_sums_out_and_the_order_in() -> None:
    for items in (None, [], {}, [1], [{"quantity": "2"}], [{"quantity": True}], [{"quantity": 1}, {}]):
        order = parse(message("order-1", orderItems=items))
        assert order.detail() == {"eventId": "OrderPlaced/order-1", "orderId": "order-1"}, items


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


def test_time_and_trace_of_the_message_go_along() -> None:
    record = message("order-1")
    record["attributes"]["AWSTraceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793"
    order = parse(record)
    assert order.at is not None
    assert order.at.isoformat() == "2026-09-21T14:13:20+00:00"
    assert order.trace == "Root=1-5759e988-bd862e3fe1be46a994272793"


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


ODD_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400, "9" * 5000, str(2**53 + 1)]


@pytest.mark.parametrize("number", ODD_NUMBERS, ids=lambda text: text[:12])
@pytest.mark.parametrize("name", ["quantity", "totalCost"])
def test_a_number_that_no_event_can_hold_is_poison_and_holds_up_nobody(shop: Shop, name: str, number: str) -> None:
    poison = raw(f'{{"order": {{"id": "order-2", "orderItems": [{{"{name}": {number}}}]}}}}')
    assert shop.run(message("order-1"), poison, message("order-3")) == [poison["messageId"]]
    assert shop.published() == ["order-1", "order-3"]


@pytest.mark.parametrize("body", ["[" * 100_000, '{"order": ' * 100_000, '{"order": {"id": ' + "9" * 5000 + "}}"])
def test_a_body_that_python_itself_refuses_is_poison(shop: Shop, body: str) -> None:
    poison = raw(body)
    assert shop.run(poison, message("order-1")) == [poison["messageId"]]


def test_the_last_of_two_keys_counts_and_half_an_item_is_no_count() -> None:
    twice = parse(raw('{"order": {"id": "a", "id": "b", "orderItems": [{"quantity": 0.5, "totalCost": 2}]}}'))
    assert twice.detail() == {"eventId": "OrderPlaced/b", "orderId": "b", "total": 2}


@pytest.mark.parametrize("trace", ["", "x" * 501])
def test_a_trace_that_the_bus_refuses_is_left_out(trace: str) -> None:
    record = message("order-1")
    record["attributes"]["AWSTraceHeader"] = trace
    assert parse(record).trace is None


NUMBERS_OF_JSON = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from(ODD_NUMBERS).map(lambda text: text if len(text) > 400 else float(text)),
)
VALUES = st.recursive(
    st.one_of(st.none(), NUMBERS_OF_JSON, st.text(st.characters(codec=None))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.lists(
    st.fixed_dictionaries({}, optional={"quantity": NUMBERS_OF_JSON | VALUES, "totalCost": NUMBERS_OF_JSON | VALUES})
    | VALUES,
    max_size=4,
)
ORDERS = st.fixed_dictionaries(
    {}, optional={"id": st.from_regex(r"[a-z]{1,4}", fullmatch=True) | VALUES, "orderItems": ITEMS | VALUES}
)


@settings(max_examples=200, deadline=None)
@given(body=st.one_of(VALUES, ORDERS.map(lambda order: {"order": order})), ascii_only=st.booleans())
def test_whatever_the_body_is_it_is_an_order_of_valid_json_or_poison(body: Any, ascii_only: bool) -> None:
    record = raw(json.dumps(body, ensure_ascii=ascii_only))
    try:
        order = parse(record)
    except PoisonMessage:
        return
    detail = json.dumps(order.detail(), allow_nan=False)
    detail.encode()
    assert json.loads(detail) == order.detail()
