"""What a fault is expected to do, held against what it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devtools.paths import EXAMPLE_STACKS
from game_day import measured, page
from game_day.expectation import Expectation, Hour, expect, refuse_unknown
from sale.review.measured import Points
from sale.review.series import series_of
from sale.simulation.adapter import BALANCER
from settings.stack_file import BadInput, read
from specs.game_days import GameDay
from specs.shop import Shop

NOW = datetime(2026, 12, 1, tzinfo=UTC)
START = 1_800_000_000.0


@pytest.fixture(scope="module")
def shop() -> Shop:
    on = GameDay(stack="prod", approver="arn:aws:iam::123456789012:role/sre")
    return read("prod", EXAMPLE_STACKS).model_copy(update={"game_day": on})


@pytest.fixture(scope="module")
def failover(shop: Shop) -> Expectation:
    return expect(shop, refuse_unknown(shop, "database-failover"), 100, NOW)


def test_a_failover_loses_orders_for_as_long_as_it_takes(failover: Expectation) -> None:
    assert failover.calm.orders_lost == failover.calm.broken_minutes == 0
    assert failover.disturbed.orders_lost > 0
    assert 1 <= failover.disturbed.broken_minutes <= 5
    assert failover.disturbed.p99 > failover.calm.p99


def test_a_load_that_the_shop_does_not_carry_anyway_is_refused(shop: Shop) -> None:
    with pytest.raises(BadInput, match=r"RATE: prod does not keep its promise .* \(got 500000 requests/s"):
        expect(shop, "az-lost", 500_000, NOW)
    with pytest.raises(BadInput, match=r"RATE: .* \(got 0\)"):
        expect(shop, "az-lost", 0, NOW)


def test_a_fault_that_the_stack_has_no_experiment_for_is_refused(shop: Shop) -> None:
    with pytest.raises(BadInput, match=r"FAULT: .* \(got nothing\); use az-lost, "):
        refuse_unknown(shop, "")
    with pytest.raises(BadInput, match=r"gameDay: .* set gameDay.stack and gameDay.approver"):
        refuse_unknown(shop.model_copy(update={"game_day": None}), "az-lost")


def metrics(expectation: Expectation, errors: float, p99: float) -> dict[str, Points]:
    """An hour of 6,000 requests a minute; for two minutes of it, so many errors and answers so slow."""
    times = [START + 60 * minute for minute in range(60)]
    found: dict[str, Points] = {f"{BALANCER} requests": tuple((at, 6000.0) for at in times)}
    for name in expectation.reached:
        found[f"{name} p99"] = tuple((at, p99 if 5 <= n < 7 else 0.2) for n, at in enumerate(times))
    first = expectation.reached[0]
    found[f"{first} errors"] = tuple((at, errors) for n, at in enumerate(times) if 5 <= n < 7)
    return found


@pytest.mark.parametrize(
    ("errors", "p99", "verdicts"),
    [
        (20.0, 3.0, ["as expected", "as expected", "as expected"]),
        (6000.0, 3.0, ["worse", "as expected", "as expected"]),
        (20.0, 60.0, ["as expected", "worse", "as expected"]),
        (0.0, 0.2, ["as expected", "better", "better"]),
    ],
)
def test_what_was_measured_is_held_against_what_was_expected(
    shop: Shop, failover: Expectation, errors: float, p99: float, verdicts: list[str]
) -> None:
    found = measured.hour(failover, series_of(shop), metrics(failover, errors, p99), START)
    assert found.error_percent == pytest.approx(100 * 2 * errors / (60 * 6000))
    rows = measured.rows(failover, found)
    assert [row.verdict for row in rows] == verdicts
    told = page.page(shop, failover, rows, START)
    assert ("worse than expected" in told) == ("worse" in verdicts)


def test_minutes_beyond_the_promise_are_counted(shop: Shop, failover: Expectation) -> None:
    calm = Hour(error_percent=0, p99=0.2, broken_minutes=0, orders_lost=0)
    found = measured.hour(failover, series_of(shop), metrics(failover, 6000.0, 0.2), START)
    assert found.broken_minutes == 2
    [*_, minutes] = measured.rows(replace(failover, disturbed=calm), found)
    assert minutes.verdict == "worse"


def test_an_hour_without_requests_is_no_result(shop: Shop, failover: Expectation) -> None:
    with pytest.raises(BadInput, match="AT: the load balancer has no requests"):
        measured.hour(failover, series_of(shop), metrics(failover, 0, 0.2), START + 86_400)
