"""Demand over time: shapes, curves, several events, and what reaches each service."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sale.demand import Forecast, line
from specs.order_path import shares
from specs.sale import UsualDemand
from specs.services import Service
from tests.sale.events import CHAIN, event, sale, shop

OPENING = event().start.timestamp()
HOUR = 3600.0


def services(*given: dict[str, object]) -> list[Service]:
    return [Service.model_validate(one, by_alias=True, by_name=False) for one in given]


def forecast(*events: dict[str, object]) -> Forecast:
    return Forecast.of(shop(*events))


def test_the_peak_is_reached_within_seconds_of_the_opening_and_lasts() -> None:
    one = forecast(sale(shape={"spikeSeconds": 26, "peakMinutes": 10}))
    assert one.requests_per_second(OPENING) == pytest.approx(300), "those who wait: 15 %"
    assert one.requests_per_second(OPENING + 13) == pytest.approx((300 + 2000) / 2)
    assert one.requests_per_second(OPENING + 26) == pytest.approx(2000)
    assert one.requests_per_second(OPENING + 26 + 600) == pytest.approx(2000)
    assert one.requests_per_second(OPENING + 26 + 660) < 2000


def test_nobody_orders_before_the_opening() -> None:
    one = line(event())
    assert one.at(OPENING - 60)[0] > 0, "they wait"
    assert one.at(OPENING - 60)[1] == 0
    assert one.at(OPENING + 30) == pytest.approx((2000, 20))


def test_plateau_evening_and_decay_follow_the_shape() -> None:
    one = line(event(shape={"plateauPercent": 40, "eveningPercent": 70, "eveningAt": "21:00", "decayMinutes": 60}))
    assert one.at(OPENING + 6 * HOUR)[0] == pytest.approx(800)
    assert one.at(OPENING + 21 * HOUR)[0] == pytest.approx(1400), "the first evening"
    assert one.at(OPENING + 45 * HOUR)[0] == pytest.approx(1400), "the second one"
    assert 0 < one.at(OPENING + 48.5 * HOUR)[0] < 200, "the fall after the end"
    assert one.at(OPENING + 49.1 * HOUR) == (0.0, 0.0)


def test_the_evening_is_local_and_follows_a_change_of_clocks() -> None:
    berlin = event(
        timeZone="Europe/Berlin", start="2027-10-30T12:00:00", end="2027-11-01T12:00:00", shape={"eveningAt": "20:00"}
    )
    second_evening = berlin.start.timestamp() + 33 * HOUR  # 32 h on the clock, and the hour that the night had more
    assert line(berlin).at(second_evening)[0] == pytest.approx(1400)


def test_a_curve_is_laid_over_the_event_from_its_opening(tmp_path: Path) -> None:
    rows = [f"2025-10-20T00:{minute:02d}:00+05:30,{100 * (minute + 1)},{minute}" for minute in range(10)]
    (tmp_path / "c.csv").write_text("time,requests_per_second,orders_per_second\n" + "\n".join(rows))
    demand = {"curve": {"file": str(tmp_path / "c.csv"), "factor": 1.5}}
    one = line(event(end="2027-10-22T00:10:00", demand=demand))
    assert one.at(OPENING) == pytest.approx((150, 0))
    assert one.at(OPENING + 30) == pytest.approx((150, 0)), "a row is the average of its minute"
    assert one.at(OPENING + 90) == pytest.approx((300, 1.5))
    assert one.at(OPENING + 120) == pytest.approx((375, 2.25)), "straight between the middles of the rows"
    assert one.at(OPENING + 570) == pytest.approx((1500, 13.5))


def test_events_that_overlap_add_up_and_the_usual_demand_fills_what_they_leave() -> None:
    first, second = sale(), sale(name="payday", start="2027-10-23T00:00:00", end="2027-10-25T00:00:00")
    both = forecast(first, second)
    overlap = OPENING + 30 * HOUR
    alone = [forecast(one).requests_per_second(overlap) for one in (first, second)]
    assert both.requests_per_second(overlap) == pytest.approx(sum(alone))
    assert both.requests_per_second(OPENING - 30 * HOUR) == 100, "the usual demand"
    assert both.rates(overlap).orders == pytest.approx(sum(line(one).at(overlap)[1] for one in both.events))


def test_a_request_is_received_by_every_service_on_its_way() -> None:
    received = shares(services(*CHAIN), {"ui": 10, "cart": 30, "checkout": 20, "orders": 40})
    assert received == pytest.approx({"ui": 1.0, "cart": 0.3, "checkout": 0.6, "orders": 0.4})


def test_the_cdn_keeps_its_share_from_the_services() -> None:
    rates = forecast(sale(cdnHitPercent=75)).rates(OPENING + 60)
    assert (rates.requests, rates.origin_requests) == pytest.approx((2000, 500))
    assert rates.services == pytest.approx({"ui": 500, "cart": 200})


def test_without_an_event_the_usual_demand_is_all_there_is() -> None:
    none = Forecast((), UsualDemand(requests_per_second=50, orders_per_second=2), services(*CHAIN))
    assert none.rates(OPENING).services["ui"] == 50
    assert none.orders_per_second(OPENING) == 2
    with pytest.raises(ValueError, match="no event"):
        _ = none.span


SHARES = st.just(0.0) | st.floats(1, 100)


@examples(max_examples=20, deadline=None)
@given(
    spike=st.floats(0, 600),
    waiting=SHARES,
    plateau=SHARES,
    evening=SHARES,
    hours=st.floats(0.5, 12),
    at=st.integers(0, 172_800),
)
def test_demand_stays_between_nothing_and_its_peak(
    spike: float, waiting: float, plateau: float, evening: float, hours: float, at: int
) -> None:
    shape = {
        "spikeSeconds": spike,
        "waitingPercent": waiting,
        "plateauPercent": plateau,
        "eveningPercent": evening,
        "eveningHours": hours,
    }
    one = line(event(shape=shape))
    assert list(one.times) == sorted(set(one.times)), "knots ascend"
    assert 0 <= one.at(OPENING + at)[0] <= 2000 * (1 + 1e-9)
    assert max(one.requests) == pytest.approx(2000), "the peak is part of every shape"


@examples(max_examples=10, deadline=None)
@given(start=st.floats(-5000, 200_000), step=st.sampled_from([1.0, 7.5, 60.0]))
def test_samples_are_the_rates_at_their_times(start: float, step: float) -> None:
    one = forecast(sale(cdnHitPercent=50), sale(name="payday", start="2027-10-23T00:00:00", end="2027-10-25T00:00:00"))
    samples = one.sample(OPENING + start, 50, step)
    for index in (0, 1, 24, 49):
        rates = one.rates(OPENING + start + index * step)
        assert samples.requests[index] == pytest.approx(rates.requests, abs=1e-6)
        assert samples.origin_requests[index] == pytest.approx(rates.origin_requests, abs=1e-6)
        assert samples.orders[index] == pytest.approx(rates.orders, abs=1e-6)
        assert samples.services["cart"][index] == pytest.approx(rates.services["cart"], abs=1e-6)


def test_the_peak_of_a_span_is_exact() -> None:
    one = forecast(sale(shape={"spikeSeconds": 1, "peakMinutes": 0}))
    assert one.peak(OPENING - 100, OPENING + 100).requests == pytest.approx(2000), "a peak of one second is seen"
