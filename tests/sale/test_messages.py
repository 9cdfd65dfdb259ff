"""Messages come from orders alone, and fewer customers never lose more orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sale.plan import compile_plan
from sale.simulation import adapter, kernel, scenarios
from sale.simulation.model import Backlog, Call, Model, Station
from sale.simulation.result import play
from sale.simulation.stress import times
from sale.simulation.window import window
from settings.stack_file import read
from tests.sale.plays import small_shop, steady, tasks

pytestmark = pytest.mark.usefixtures("compiled_once")

NOW = datetime(2030, 10, 1, tzinfo=UTC)


def played(requests: float | None = None, orders: float | None = None, seconds: int = 3 * 3600):
    """The first hours of prod's sale, with other peaks."""
    shop = read("prod")
    granted = shop.quotas.model_copy(update={"granted": {"albReservedLcu": 400}})
    shop = shop.model_copy(update={"quotas": granted})
    event = shop.sale_events[0]
    changes = {"peak_requests_per_second": requests, "peak_orders_per_second": orders}
    demand = event.demand.model_copy(update={name: value for name, value in changes.items() if value is not None})
    shop = shop.model_copy(update={"sale_events": (event.model_copy(update={"demand": demand}),)})
    plan, event = compile_plan(shop, NOW), shop.sale_events[0]
    span = window(event, longest=seconds)
    return plan, play(scenarios.model(plan, event, span, scenarios.SCENARIOS["plan"]))


@pytest.mark.parametrize(("requests", "orders"), [(None, None), (4000, None), (10_000, 90), (0.5, 0.1)])
def test_an_order_puts_one_message_into_each_queue(requests, orders):
    plan, result = played(requests, orders)
    placed = result.orders.served
    for queue in ("queue orders", "queue order-events"):
        assert result.requests(queue).arrived == pytest.approx(placed, abs=2 + plan.peak.orders), queue
    assert result.messages.unaccounted == 0
    assert result.orders.lost == 0
    statements = result.requests("database orders").arrived
    assert statements == pytest.approx(result.requests("orders").served, rel=0.01, abs=5), "one for each request"


def test_what_marks_order_events_writes_twice_for_each():
    _, result = played()
    marks = result.requests("table order-marks writes").arrived
    assert marks == pytest.approx(2 * result.requests(adapter.EVENTS).arrived, rel=0.001)
    assert result.requests(adapter.EVENTS).arrived == pytest.approx(result.orders.served, rel=0.01)


SHOPS = st.tuples(
    st.floats(1, 60),  # orders a second
    st.floats(0.2, 3),  # messages of each
    st.integers(1, 30),  # tasks of the worker
    st.floats(0.2, 2),  # messages for each request's work
    st.floats(0.3, 0.95),  # how much of the demand the other shop has
)


def shop_with_queue(orders: float, messages: float, workers: int, share: float) -> Model:
    shop = small_shop(steady(1000, 240), orders_share=orders / 1000)
    front, back = shop.services
    back = tasks(back.name, units=workers, rate=20, service_seconds=0.05, waiting_room=50, patience=4)
    return replace(
        shop,
        customers=replace(shop.customers, messages={"queue": messages}),
        services=(front, back),
        stores=(*shop.stores, Station(name="queue", rate=3000, waiting_room=0)),
        backlogs=(Backlog(queue="queue", worker="orders", share=share),),
    )


@settings(max_examples=25, deadline=None)
@given(SHOPS)
def test_messages_never_exceed_those_of_the_orders_and_less_demand_loses_no_more_orders(shop):
    orders, messages, workers, share, fraction = shop
    model = shop_with_queue(orders, messages, workers, share)
    more, less = play(model), play(times(model, fraction))
    for result in (more, less):
        assert result.requests("queue").arrived <= result.orders.served * messages + 1
        assert result.messages.unaccounted == 0
        assert result.requests("database").arrived <= 2 * result.requests("orders").arrived + 2, "two for a request"
    assert less.orders.lost <= more.orders.lost + 1


def test_a_station_among_the_stores_works_messages_off_and_makes_its_calls():
    shop = small_shop(steady(100, 200), orders_share=0.2)
    model = replace(
        shop,
        customers=replace(shop.customers, messages={"queue": 1}),
        stores=(
            Station(name="function", rate=10, waiting_room=0),
            *shop.stores,
            Station(name="table", rate=1000, waiting_room=0),
            Station(name="queue", rate=3000, waiting_room=0),
        ),
        calls=(*shop.calls, Call(source="function", target="table", per_request=2)),
        backlogs=(Backlog(queue="queue", worker="function"),),
    )
    result = play(model, resolution=1)
    assert result.requests("function").arrived == pytest.approx(10 * 200, rel=0.02), "all it can do"
    assert result.requests("table").arrived == 2 * result.requests("function").served
    waiting = result.of_station("queue", kernel.PRESENT)
    assert waiting[-1] == pytest.approx(10 * 200, rel=0.03), "20 a second come"
    assert result.messages.unaccounted == 0
