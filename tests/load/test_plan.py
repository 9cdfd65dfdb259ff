"""An event as a load test: its mix, its curve, its limits."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from load import arrivals, sessions
from load.journeys import visits
from load.plan import STEP, load_plan
from specs.load_test import LoadTest
from specs.shop import Shop
from tests.load.shops import event_shop


def asked(plan) -> tuple[Counter[str], np.ndarray]:
    """Requests by service and by second, of customers who are answered at once."""
    document = plan.document()
    by_service: Counter[str] = Counter()
    by_second = np.zeros(len(plan.requests))
    for number, arrival in enumerate(sessions.schedule(document)):
        draw = random.Random(f"{document['seed']}:think:{number}")
        time = arrival
        for request in sessions.visit(document, number)[1]:
            if time < len(by_second):
                by_service[request["service"]] += 1
                by_second[int(time)] += 1
            sessions.product(document, draw)
            time += draw.expovariate(1 / document["thinkSeconds"])
    return by_service, by_second


def shop_with(**fields: object) -> Shop:
    shop = event_shop()
    return shop.model_copy(update={"load_test": LoadTest.model_validate({"maxRequestsPerSecond": 500, **fields})})


def test_requests_follow_the_curve_of_the_event():
    shop = shop_with()
    plan = load_plan(shop, shop.sale_events[0], seconds=300)
    _, by_second = asked(plan)
    parts = zip(np.array_split(by_second, 20), np.array_split(plan.requests, 20), strict=True)
    off = [abs(float(got.sum() - wanted.sum())) for got, wanted in parts]
    assert np.mean(off) < 0.02 * plan.requests.sum() / 20 * plan.requests.max() / plan.requests.mean()
    assert by_second.sum() == pytest.approx(plan.requests.sum() * STEP, rel=0.02)


def test_requests_are_spread_as_the_mix_says():
    shop = shop_with(thinkSeconds=1)  # the end of the test cuts off the last of its visits
    event = shop.sale_events[0]
    by_service, _ = asked(load_plan(shop, event, seconds=300))
    total = sum(by_service.values())
    for name, percent in event.mix.items():
        assert by_service[name] / total * 100 == pytest.approx(percent, abs=1.0)


def test_each_order_is_a_session_that_checks_out():
    shop = shop_with()
    event = shop.sale_events[0]
    buying = next(visit for visit in visits(shop, event) if visit.name == "checkout")
    origin = event.demand.highest_requests * (1 - event.cdn_hit_percent / 100)
    assert buying.share == pytest.approx(event.demand.highest_orders / origin * 12)


def test_a_test_stays_below_what_the_settings_name():
    shop = shop_with(maxRequestsPerSecond=40)
    plan = load_plan(shop, shop.sale_events[0], seconds=120)
    assert plan.requests.max() + 3 * plan.requests.max() ** 0.5 == pytest.approx(40)
    sent = sessions.Sent(40)
    assert sum(sent.admits() for _ in range(10_000)) < 10_000


def test_stairs_are_equal_steps_to_the_most():
    shop = shop_with()
    plan = load_plan(shop, shop.sale_events[0], seconds=100, shape="stairs")
    assert plan.requests[::10] / plan.requests[9::10] == pytest.approx(np.ones(10))
    assert np.diff(plan.requests[::10]) == pytest.approx(np.full(9, plan.requests.max() / 10))


def test_sessions_are_the_inverse_of_the_requests_that_they_make():
    shop = shop_with()
    kernel = arrivals.kernel(visits(shop, shop.sale_events[0]), 3.0, 1.0)
    rising = np.linspace(10, 200, 400)
    made = arrivals.followed(arrivals.sessions(rising, kernel, 1.0), kernel)
    assert made == pytest.approx(rising)
    assert kernel.sum() == pytest.approx(12, rel=1e-3)


def test_hot_products_draw_their_share():
    shop = shop_with()
    document = load_plan(shop, shop.sale_events[0], seconds=60).document()
    draw = random.Random(1)
    drawn = Counter(sessions.product(document, draw) for _ in range(20_000))
    assert drawn["doorbuster"] / 20_000 == pytest.approx(0.10, abs=0.01)


def test_workers_share_the_sessions_and_none_is_played_twice():
    shop = shop_with()
    document = load_plan(shop, shop.sale_events[0], seconds=60).document()
    assert sessions.schedule(document) == sessions.schedule(document)
    assert sessions.visit(document, 7) == sessions.visit(document, 7)
