"""Messages that the events function reads, and those that it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.order_events import PoisonMessage, parse
from tests.functions.order_world import Shop, message, raw


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


def test_time_and_trace_of_the_message_go_along() -> None:
    record = message("order-1")
    record["attributes"]["AWSTraceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793"
    order = parse(record)
    assert order.at is not None
    assert order.at.isoformat() == "2026-09-21T14:13:20+00:00"
    assert order.trace == "Root=1-5759e988-bd862e3fe1be46a994272793"


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


@settings(max_examples=80, deadline=None)
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
