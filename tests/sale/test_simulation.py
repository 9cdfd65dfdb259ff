"""The play against exact results, against simpy, and against the mechanics that AWS documents."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sale.simulation import kernel
from sale.simulation.model import (
    TWENTY_SECONDS,
    Account,
    Backlog,
    Call,
    Customers,
    Kind,
    Model,
    Scaling,
    Station,
    What,
)
from sale.simulation.result import play
from sale.simulation.verdict import quantile
from tests.sale import queueing
from tests.sale.plays import at, one_service, small_shop, steady, tasks

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.mark.parametrize(("units", "busy"), [(1, 0.6), (5, 0.8), (50, 0.9), (400, 0.97)])
def test_a_steady_load_answers_in_erlangs_mean_time(units, busy):
    result = play(one_service(steady(10 * units * busy, 3000), tasks(units=units)))
    expected = 0.1 * (1 + queueing.mean_wait(units, units * busy))
    late = (
        result.of_station("web", kernel.RESPONSE)[-1000:].sum() / result.of_station("web", kernel.WORKED)[-1000:].sum()
    )
    assert late == pytest.approx(expected, rel=0.01)


SERVERS = (1, 2, 3, 7, 10, 20, 50, 101, 400, 2000, 20_000)
BUSY = (0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
SAMPLED = {(1, 0.95), (7, 0.99), (20, 0.995), (101, 0.3), (101, 0.5), (20_000, 0.995)}
ALL_STEADY = [
    pytest.param(servers, busy, marks=() if (servers, busy) in SAMPLED else pytest.mark.thorough)
    for servers in SERVERS
    for busy in BUSY
    if 10 * servers * busy >= 1  # customers are whole: below one a second they are served as if they came in lumps
]


@pytest.mark.parametrize(("servers", "busy"), ALL_STEADY)
def test_a_steady_load_is_answered_in_erlangs_times(servers, busy):
    settle = math.ceil(10 + 20 / (10 * servers * (1 - busy) ** 2) / kernel.MINUTE)  # minutes, from an empty queue
    result = play(one_service(steady(10 * servers * busy, (settle + 30) * kernel.MINUTE), tasks(units=servers)))
    rows = result.played.stations[settle * kernel.MINUTE // result.resolution :, 0]
    mean = rows[:, kernel.RESPONSE].sum() / rows[:, kernel.WORKED].sum()
    assert mean == pytest.approx(0.1 * (1 + queueing.mean_wait(servers, servers * busy)), rel=0.01)
    answers = result.played.answers_by_minute[settle:].sum(axis=0, dtype=float)[None]
    for share in (0.5, 0.9, 0.99):
        exact = 0.1 * queueing.answer_quantile(servers, servers * busy, share)
        assert quantile(answers, share)[0] == pytest.approx(exact, rel=0.02), share


def number_present(levels: list[tuple[float, int]], servers: int, rate: float, most: int) -> np.ndarray:
    """By second: mean number in an M/M/c queue with arrivals at the rates of `levels` (rate, seconds), by Kolmogorov's
    forward equations; empty at first, never more than `most`."""
    steps = 500  # a second
    leaving = np.minimum(np.arange(most + 1), servers) * rate / steps
    chances, found = np.zeros(most + 1), []
    chances[0] = 1.0
    for arrivals, seconds in levels:
        coming = np.full(most + 1, arrivals / steps)
        coming[-1] = 0.0
        for _ in range(seconds):
            for _ in range(steps):
                up, down = chances * coming, chances * leaving
                chances -= up + down
                chances[1:] += up[:-1]
                chances[:-1] += down[1:]
            found.append(float(chances @ np.arange(most + 1)))
    return np.array(found)


@pytest.mark.parametrize("rush", [105, 110, 120])
def test_a_queue_grows_and_drains_as_the_forward_equations_have_it(rush):
    levels = [(60.0, 20), (float(rush), 40), (60.0, 40)]
    exact = number_present(levels, 10, 10, 1500)
    requests = np.concatenate([steady(level, seconds) for level, seconds in levels])
    queue = play(one_service(requests, tasks(units=10)), resolution=1).of_station("web", kernel.PRESENT)
    assert queue[59] == pytest.approx(exact[59], rel=0.05), "at the end of the rush"
    assert queue.sum() == pytest.approx(exact.sum(), rel=0.05)


def test_an_overload_grows_by_what_exceeds_the_capacity_and_drains_by_what_is_left_over():
    requests = np.concatenate([steady(50, 100), steady(150, 60), steady(50, 200)])
    result = play(one_service(requests))
    queue = result.of_station("web", kernel.PRESENT)
    assert queue[159] == pytest.approx(60 * 50, rel=0.03), "50/s more than the 100/s that ten tasks work off, for 60 s"
    drained = 160 + int(np.argmax(queue[160:] < 30))
    assert drained == pytest.approx(160 + 60, abs=3), "50/s are left over then"


SHOPS = st.tuples(
    st.lists(st.integers(0, 1800), min_size=2, max_size=5),
    st.floats(0, 0.95),
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.sampled_from(
                [
                    (What.KILL, "ui", 0.5),
                    (What.KILL, "orders", 1.0),
                    (What.CAPACITY, "database", 0.0),
                    (What.CAPACITY, "database", 1.0),
                    (What.SLOWNESS, "database", 20.0),
                    (What.HOT, "database", 0.6),
                ]
            ),
        ),
        max_size=4,
    ),
)


@settings(max_examples=25, deadline=None)
@given(SHOPS)
def test_every_arrival_is_served_waiting_or_lost_to_the_unit(shop):
    levels, retry, faults = shop
    requests = np.concatenate([steady(level * 0.37, 60) for level in levels])
    model = small_shop(requests, actions=tuple(at(second, *fault) for second, fault in faults))
    model = replace(model, customers=replace(model.customers, retry_share=retry))
    result = play(model)
    assert result.customers.arrived == int(np.floor(requests.sum() + 1e-6))
    assert result.customers.unaccounted == 0
    assert result.orders.unaccounted == 0
    for station in model.stations:
        assert result.requests(station.name).unaccounted == 0, station.name
    flows = result.of_customers
    assert flows(kernel.NEW).sum() + flows(kernel.RETRIED).sum() == (result.requests("waf").arrived), (
        "what enters is first attempts and retries"
    )


def test_retries_are_counted_as_such_and_come_back_later():
    model = one_service(steady(200, 100), tasks(waiting_room=1, patience=2))
    model = replace(model, customers=replace(model.customers, retry_share=0.5, retry_seconds=7))
    result = play(model)
    assert result.customers.arrived == 200 * 100, "each customer once"
    assert result.retried > 0
    assert result.of_customers(kernel.RETRIED)[:7].sum() == 0, "nobody has been refused seven seconds ago"
    assert result.requests("web").arrived == result.customers.arrived + result.retried
    assert result.customers.unaccounted == 0


def test_impatient_customers_leave_a_queue_that_would_take_longer():
    result = play(one_service(steady(200, 300), tasks(patience=3)))
    assert result.of_station("web", kernel.PRESENT)[-1] == pytest.approx(3 * 200 + 10, abs=2), (
        "whoever came within 3 s waits, half of them in vain; ten are served"
    )
    assert result.mean_response("web") == pytest.approx(3 + 0.1, rel=0.02)
    assert result.customers.lost == pytest.approx(100 * 300, rel=0.05)


# What AWS does


def scale_out_second(alarm=None, **changes) -> int:
    """Second in which a service's tasks are asked for, whose load has jumped at the first second."""
    scaling = Scaling(min=10, max=200, first_start=1, last_start=1)
    model = one_service(steady(300, 900), tasks(scaling=scaling, waiting_room=100, patience=5))
    model = replace(model, **({"alarm": alarm} if alarm else {}), **changes)
    launched = play(model, resolution=1).of_customers(kernel.LAUNCHED)
    return int(np.argmax(launched > 0))


def test_one_minute_metrics_trigger_a_scale_out_after_six_minutes():
    assert scale_out_second() == pytest.approx(363, abs=2), "3 of 3 one-minute points, and what AWS takes to act"


def test_twenty_second_metrics_trigger_it_after_eighty_six_seconds():
    assert scale_out_second(TWENTY_SECONDS) == pytest.approx(86, abs=2)


def test_cpu_shows_at_most_all_of_it_so_that_a_rush_is_followed_in_steps():
    scaling = Scaling(min=10, max=1000, cpu_target=0.5, first_start=1, last_start=1)
    model = one_service(steady(5000, 1800), tasks(scaling=scaling, waiting_room=100, patience=5))
    units = play(model, resolution=1).of_station("web", kernel.UNITS)
    assert units[400] == 20, "100 % CPU at a target of 50 % asks for twice the tasks, whatever the load"


def test_scaling_in_waits_for_fifteen_quiet_minutes():
    scaling = Scaling(min=2, max=50, first_start=1, last_start=1)
    model = one_service(steady(5, 2400), tasks(units=20, scaling=scaling))
    units = play(model, resolution=1).of_station("web", kernel.UNITS)
    fell = int(np.argmax(units < 20))
    assert fell == pytest.approx(15 * 60 + 183, abs=2)
    assert units[-1] >= 2


def test_a_scale_out_waits_for_its_cooldown():
    slow = Scaling(min=10, max=1000, first_start=1, last_start=1, out_cooldown=600)
    fast = replace(slow, out_cooldown=30)
    at_900 = [
        play(one_service(steady(5000, 901), tasks(scaling=s, waiting_room=100, patience=5)), resolution=1).of_station(
            "web", kernel.UNITS
        )[900]
        for s in (slow, fast)
    ]
    assert at_900[0] < at_900[1]


def fleet(count: int, tasks_each: int) -> Model:
    scaling = Scaling(min=0, max=5000, enabled=False)
    services = tuple(tasks(f"s{number}", units=0, scaling=scaling) for number in range(count))
    return Model(
        customers=Customers(requests=steady(0, 700), orders=steady(0, 700), shares={"s0": 1}),
        services=services,
        actions=tuple(at(0, What.MIN, service.name, tasks_each) for service in services),
    )


def test_fargate_reaches_3500_tasks_in_about_four_and_a_half_minutes():
    result = play(fleet(7, 500), resolution=1)
    units = sum(result.of_station(service.name, kernel.UNITS) for service in result.model.services)
    assert int(np.argmax(units > 0)) == pytest.approx(30, abs=5), "the first after half a minute"
    assert int(np.argmax(units >= 3500)) == pytest.approx(270, abs=15)


def test_launches_follow_the_accounts_token_bucket():
    result = play(fleet(20, 200), resolution=1)
    launched = np.cumsum(result.of_customers(kernel.LAUNCHED))
    assert launched[0] == 100, "the burst"
    assert launched[60] == 100 + 60 * 20, "20 a second from then on"
    assert result.seconds_waiting_for_tasks > 100


def test_one_service_launches_five_hundred_tasks_a_minute():
    launched = np.cumsum(play(fleet(1, 3000), resolution=1).of_customers(kernel.LAUNCHED))
    assert launched[180] - launched[120] == pytest.approx(500, abs=1)


def test_no_task_starts_beyond_the_vcpu_quota():
    model = replace(fleet(2, 100), account=Account(vcpu_quota=120))
    assert play(model).of_customers(kernel.VCPU).max() == 120


def test_what_dynamodb_takes_is_twice_what_it_has_seen():
    requests = np.concatenate([steady(3000, 100), steady(9000, 100)])
    table = Station(name="table", rate=1, kind=Kind.REMEMBERING, units=4000, floor=4000, ceiling=40_000, waiting_room=0)
    model = one_service(
        requests,
        tasks(units=2000, waiting_room=100, service_seconds=0.001),
        stores=(table,),
        calls=(Call(source="web", target="table", per_request=1),),
    )
    result = play(model, resolution=1)
    refused = result.of_station("table", kernel.REFUSED)
    assert refused[:100].sum() == 0
    assert refused[100] == pytest.approx(3000, rel=0.01), "9,000 where twice 3,000 is allowed"
    assert refused[101:].sum() == 0, "what it has done once, it can double"


def test_a_hot_key_is_refused_what_its_partition_cannot_do():
    store = Station(name="table", rate=10_000, waiting_room=0, hot_share=0.4, hot_limit=1000)
    model = one_service(
        steady(5000, 60),
        tasks(units=1000, waiting_room=100),
        stores=(store,),
        calls=(Call(source="web", target="table", per_request=1),),
    )
    result = play(model, resolution=1)
    assert result.of_station("table", kernel.REFUSED)[30] == 1000, "40 % of 5,000 on a key that takes 1,000"
    assert result.requests("web").lost == pytest.approx(1000 * 60, rel=0.02), "a call that fails makes its request fail"


def test_a_slow_dependency_holds_the_threads_of_its_callers():
    store = Station(name="store", rate=10_000, service_seconds=0.01, waiting_room=1000)
    model = one_service(
        steady(90, 300),
        tasks(units=10, rate=20, service_seconds=0.05, threads=2, waiting_room=50, patience=5),
        stores=(store,),
        calls=(Call(source="web", target="store", per_request=1),),
        actions=(at(100, What.SLOWNESS, "store", 100.0),),
    )
    result = play(model, resolution=1)
    assert result.of_station("web", kernel.CAPACITY)[50] == 200
    assert result.of_station("web", kernel.CAPACITY)[200] < 30, "20 threads, a second and more each"
    assert result.customers.lost > 1000


def test_messages_wait_until_their_worker_has_time_and_none_is_lost():
    requests = np.concatenate([steady(100, 60), steady(10, 240)])
    model = one_service(
        requests,
        stores=(Station(name="queue", rate=3000, waiting_room=0),),
        services=(tasks(units=40), tasks("worker", units=5)),
        calls=(Call(source="web", target="queue", per_request=1),),
        backlogs=(Backlog(queue="queue", worker="worker"),),
    )
    result = play(model, resolution=1)
    assert result.of_station("queue", kernel.PRESENT)[59] == pytest.approx(50 * 60, rel=0.02)
    assert result.messages.unaccounted == 0
    assert result.drained_at() == pytest.approx(60 + 3000 / 40, abs=4)


def test_a_cold_cache_lets_every_call_through_until_it_is_warm():
    model = one_service(
        steady(100, 900),
        tasks(units=40),
        stores=(Station(name="database", rate=1000, service_seconds=0.001, waiting_room=10),),
        calls=(Call(source="web", target="database", per_request=1, hit_share=0.9, warm_seconds=100),),
        actions=(at(300, What.COLD, "database", 1.0),),
    )
    arrived = play(model, resolution=1).of_station("database", kernel.ARRIVED)
    assert arrived[290] == pytest.approx(10, abs=1)
    assert arrived[300] == pytest.approx(100, abs=2)
    assert arrived[400] == pytest.approx(100 * (1 - 0.9 * (1 - np.exp(-1))), rel=0.05), "one time constant later"


def test_spot_takes_its_tasks_and_gives_none_until_it_has_some_again():
    scaling = Scaling(min=40, max=40, enabled=False, base=10, spot_share=1 / 3, first_start=10, last_start=10)
    model = one_service(
        steady(10, 300),
        tasks(units=40, scaling=scaling),
        actions=(at(50, What.SPOT, "web", 1.0), at(150, What.SPOT, "web", 0.0)),
    )
    units = play(model, resolution=1).of_station("web", kernel.UNITS)
    assert (units[49], units[50], units[149]) == (40, 30, 30)
    assert units[165] == 40


def test_a_zone_that_is_lost_takes_its_tasks_and_ecs_replaces_them():
    scaling = Scaling(min=30, max=30, enabled=False, first_start=30, last_start=60)
    model = one_service(steady(10, 200), tasks(units=30, scaling=scaling), actions=(at(50, What.KILL, "web", 1 / 3),))
    units = play(model, resolution=1).of_station("web", kernel.UNITS)
    assert (units[49], units[50]) == (30, 20)
    assert units[115] == 30


def test_what_serverless_has_doubles_in_its_time_and_no_faster():
    store = Station(
        name="cache",
        rate=1000,
        kind=Kind.GROWING,
        units=30,
        floor=30,
        ceiling=1000,
        doubling_seconds=120,
        waiting_room=0,
    )
    model = one_service(
        steady(100_000, 200),
        tasks(units=20_000, waiting_room=100),
        stores=(store,),
        calls=(Call(source="web", target="cache", per_request=1),),
    )
    units = play(model, resolution=1).of_station("cache", kernel.UNITS)
    assert units[121] == pytest.approx(60, rel=0.03)


def test_orders_fail_where_their_path_does_and_only_there():
    model = small_shop(steady(200, 300), actions=(at(100, What.CAPACITY, "database", 0.0),))
    result = play(model, resolution=1)
    assert result.orders.lost > 100
    assert result.of_customers(kernel.ORDERS_LOST)[:100].sum() == 0
    assert result.orders.unaccounted == 0


# What a model may be


def test_models_that_make_no_sense_are_refused_in_one_line():
    requests = steady(1, 10)
    with pytest.raises(ValueError, match="there is no station nowhere; the stations are web"):
        one_service(requests, calls=(Call(source="web", target="nowhere", per_request=1),))
    with pytest.raises(ValueError, match="got web twice"):
        one_service(requests, services=(tasks(), tasks()))
    with pytest.raises(ValueError, match="add up to 1"):
        Model(customers=Customers(requests=requests, orders=requests, shares={"web": 0.5}), services=(tasks(),))
    with pytest.raises(ValueError, match="not negative"):
        one_service(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="more than 0 requests a second"):
        tasks(rate=0)
    with pytest.raises(ValueError, match="only tasks, have a scaling"):
        Station(name="web", rate=1, kind=Kind.TASKS)
