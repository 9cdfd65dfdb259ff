"""The promise over the worst minutes: what an average over the day would hide."""

from __future__ import annotations

import numpy as np
import pytest

from sale.simulation import kernel
from sale.simulation.model import Customers, Kind, Station, What
from sale.simulation.result import Result, play
from sale.simulation.verdict import judge, quantile
from sale.simulation.window import Window, window
from sale.stress import MULTIPLES, Rung, climb
from tests.sale.events import event
from tests.sale.plays import at, one_service, steady, tasks

pytestmark = pytest.mark.usefixtures("compiled_once")

DAY = 86_400
OPENING = 7200


def sale(**changes: object):
    return event(end="2027-10-22T21:00:00", **changes)


def day(*actions, orders: float = 0.0) -> Result:
    """A day of 50 requests/s to one service of ten tasks."""
    requests = steady(50, DAY)
    who = Customers(requests=requests, orders=requests * orders, shares={"web": 1}, retry_share=0)
    return play(one_service(requests, tasks(waiting_room=5), customers=who, actions=actions))


def judged(result: Result, **changes: object):
    one = sale(**changes)
    return judge(result, one, Window(start=one.start.timestamp() - OPENING, seconds=DAY))


def test_two_minutes_without_a_service_break_the_promise_that_the_day_keeps() -> None:
    gone = (at(40_000, What.CAPACITY, "web", 0.0), at(40_060, What.CAPACITY, "web", 1.0))
    verdict = judged(day(*gone))
    spans = {one.name: one for one in verdict.windows}
    assert list(spans) == ["worst 5 minutes", "worst 15 minutes", "first hour", "whole event"]
    assert spans["worst 5 minutes"].availability == pytest.approx(0.8, abs=0.02), "one minute of five"
    assert spans["worst 5 minutes"].start <= spans["whole event"].start + 40_000
    assert spans["first hour"].broken == ""
    assert spans["whole event"].availability > 0.999
    assert spans["whole event"].broken == ""
    assert not verdict.kept
    assert verdict.broken.startswith("worst 5 minutes: requests 8")


def test_a_play_without_a_loss_keeps_its_promise_in_every_span() -> None:
    verdict = judged(day())
    assert verdict.kept
    assert verdict.broken == ""
    assert verdict.worst.name == "worst 5 minutes"


def test_one_order_of_a_few_dozen_is_no_broken_promise() -> None:
    result = day(orders=0.01)
    result.played.sums_by_minute[700:, kernel.SUM_ORDERS_LOST] += 1
    assert judged(result).kept, "1 of 150 orders in five minutes is less than 99.9 %"
    result.played.sums_by_minute[701:, kernel.SUM_ORDERS_LOST] += 1
    assert "orders" in judged(result).broken


def test_lost_orders_are_told_in_money_where_an_order_has_a_worth() -> None:
    gone = (at(40_000, What.CAPACITY, "web", 0.0), at(40_060, What.CAPACITY, "web", 1.0))
    result = day(*gone, orders=0.1)
    assert judged(result).money_lost is None
    verdict = judged(result, averageOrder=20)
    assert verdict.orders_lost > 200
    assert verdict.money_lost == verdict.orders_lost * 20


def test_the_spans_of_a_short_play_are_those_that_were_played() -> None:
    result = play(one_service(steady(50, 400)))
    one = sale()
    verdict = judge(result, one, Window(start=one.start.timestamp() - OPENING, seconds=400))
    assert [span.name for span in verdict.windows] == ["worst 5 minutes", "whole event"]


def test_percentiles_by_the_minute_are_those_of_the_whole_play() -> None:
    result = play(one_service(steady(95, 7200)))
    minutes = quantile(result.played.answers_by_minute.sum(axis=0)[None], 0.99)[0]
    assert minutes == pytest.approx(result.latency(0.99), rel=0.09), "to the width of a bin"


def test_all_of_an_event_is_played_with_its_way_back() -> None:
    one = event()
    span = window(one)
    assert span.start < one.start.timestamp()
    assert span.end >= one.over.timestamp()


def test_the_breaking_point_is_found_between_what_holds_and_what_does_not() -> None:
    def look(limit: float):
        return lambda multiple: Rung(
            multiple=multiple, holds=multiple <= limit, weakest="x", use=multiple / limit, detail="", setting=""
        )

    for limit in (0.33, 0.99, 1.0, 1.07, 1.3, 1.99, 2.4, 7.77):
        stress = climb(look(limit))
        assert [rung.multiple for rung in stress.rungs] == list(MULTIPLES)
        assert stress.breaking is not None
        assert stress.holds_to <= limit < stress.breaking.multiple <= stress.holds_to + 0.051
    assert climb(look(100)).breaking is None


def test_a_station_that_only_counts_is_judged_by_what_it_refuses() -> None:
    model = one_service(steady(50, 3600), edge=(Station(name="waf", rate=40, waiting_room=0, kind=Kind.FIXED),))
    verdict = judged(play(model))
    assert verdict.availability == pytest.approx(0.8, abs=0.01)
    assert np.isfinite(verdict.latency)
