"""What the alarms' expressions do with data: run through CloudWatch's own rules for missing points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.monitoring.values import MIN_FAILURES, Alarm, Math
from components.observability import metrics, slo
from tests.components.metric_math import Point, evaluate, rings
from tests.components.observability_parts import plan, watched
from tests.some import some

ALARMS = {alarm.name: alarm for alarm in plan().alarms}
UI = watched("ui")
counts = st.integers(min_value=0, max_value=10**9)
objectives = st.floats(min_value=90, max_value=99.999)


def _math(name: str) -> Math:
    measure = ALARMS[name].measure
    assert isinstance(measure, Math)
    return measure


def _every_minute(alarm: Alarm, **points: Point) -> bool:
    """Whether the alarm rings when each period brings the same points."""
    assert isinstance(alarm.measure, Math)
    data = {name: [value] * alarm.periods for name, value in points.items()}
    return rings(alarm, evaluate(alarm.measure, data))


def test_a_service_that_fails_rings() -> None:
    alarm = ALARMS["service-ui-errors"]
    assert _every_minute(alarm, failed=60.0, refused=None, total=1000.0), "6 % fail"
    assert _every_minute(alarm, failed=None, refused=60.0, total=1000.0), "refused connections are failures too"
    assert not _every_minute(alarm, failed=40.0, refused=None, total=1000.0), "4 % are below the line"


def test_one_unlucky_request_in_a_quiet_night_does_not_ring() -> None:
    alarm = ALARMS["service-ui-errors"]
    assert not _every_minute(alarm, failed=1.0, refused=None, total=2.0), "half of two requests is no outage"
    assert not _every_minute(alarm, failed=float(MIN_FAILURES - 1), refused=None, total=9.0)
    assert _every_minute(alarm, failed=float(MIN_FAILURES), refused=None, total=10.0)


def test_silence_is_not_failure() -> None:
    """At night nobody comes and nothing is published, or a stack is switched off."""
    for name, alarm in ALARMS.items():
        if isinstance(alarm.measure, Math):
            data: dict[str, list[Point]] = {term: [None] * alarm.periods for term in alarm.measure.terms}
            assert not rings(alarm, evaluate(alarm.measure, data)), name
        else:
            assert not rings(alarm, [None] * alarm.periods), name


def test_an_alarm_ends_when_the_trouble_does() -> None:
    """Counts of troubles fall silent with the trouble; the last bad point must not be what the alarm goes on."""
    for name in ("service-ui-errors", "shop-errors", "table-carts-throttles"):
        math = _math(name)
        bad = {term: [100.0, None, None] for term in math.terms}
        if "total" in math.terms:
            bad["total"] = [100.0, 100.0, 100.0]
        assert evaluate(math, bad)[1:] == [0.0, 0.0], f"{name}: zeros, not gaps"


def test_the_load_balancers_own_errors_count_in_full_when_no_target_is_left() -> None:
    """RequestCount leaves out requests that no target could be chosen for."""
    share = evaluate(_math("shop-errors"), {"answered": [None], "own": [500.0], "total": [None]})
    assert share == [100.0]


@given(failed=counts, refused=counts, good=counts)
def test_the_share_of_failures_is_a_percentage(failed: int, refused: int, good: int) -> None:
    math = metrics.failures_of(UI)
    assert math is not None
    data: dict[str, list[Point]] = {
        "failed": [float(failed)],
        "refused": [float(refused)],
        "total": [float(failed + refused + good)],
    }
    [share] = evaluate(math, data)
    bad = failed + refused
    assert share == pytest.approx(100 * bad / (bad + good) if bad >= MIN_FAILURES else 0)


def test_tasks_are_missing_against_what_is_wanted_not_against_the_minimum() -> None:
    alarm = ALARMS["service-ui-tasks-missing"]
    assert not _every_minute(alarm, desired=0.0, running=0.0), "a stack switched off at night wants none"
    assert _every_minute(alarm, desired=3.0, running=2.0)
    short = {"desired": [3.0] * 14 + [3.0], "running": [2.0] * 14 + [3.0]}
    assert not rings(alarm, evaluate(_math(alarm.name), short)), "tasks take minutes to start"


def test_a_percentile_needs_requests_to_be_believed() -> None:
    alarm = ALARMS["service-ui-latency"]
    assert _every_minute(alarm, requests=100.0, p99=1.2), "promised: 1 s"
    assert not _every_minute(alarm, requests=100.0, p99=0.9)
    assert not _every_minute(alarm, requests=99.0, p99=30.0), "the p99 of few requests is the slowest of them"


def test_half_of_the_targets_unhealthy_rings() -> None:
    alarm = ALARMS["service-ui-unhealthy"]
    assert _every_minute(alarm, unhealthy=1.0, healthy=1.0)
    assert _every_minute(alarm, unhealthy=2.0, healthy=None), "no healthy target left"
    assert not _every_minute(alarm, unhealthy=1.0, healthy=3.0)
    assert not _every_minute(alarm, unhealthy=0.0, healthy=0.0), "without tasks there is no target to be unhealthy"


def test_the_worst_node_of_a_cache_is_what_rings() -> None:
    alarm = ALARMS["cache-sessions-cpu"]
    assert _every_minute(alarm, m1=10.0, m2=95.0)
    assert not _every_minute(alarm, m1=70.0, m2=70.0), "not their sum"


def test_blocked_requests_ring_by_share_and_number() -> None:
    alarm = ALARMS["edge-blocked"]
    assert _every_minute(alarm, blocked=3000.0, allowed=7000.0)
    assert _every_minute(alarm, blocked=3000.0, allowed=None), "an attack that leaves nobody else through"
    assert not _every_minute(alarm, blocked=3000.0, allowed=97_000.0)
    assert not _every_minute(alarm, blocked=900.0, allowed=100.0), "a single scanner at night"


def test_cloudfronts_share_needs_requests_to_be_believed() -> None:
    alarm = ALARMS["edge-errors"]
    assert _every_minute(alarm, requests=1000.0, rate=6.0)
    assert not _every_minute(alarm, requests=20.0, rate=40.0), "eight requests"


def _burns(availability: float, name: str) -> tuple[Alarm, Alarm]:
    made = {one.name: one for one in slo.burn_plan(watched("ui", availability_percent=availability)).alarms}
    long = made[f"service-ui-availability-burn-{name}-long-window"]
    return long, made[f"service-ui-availability-burn-{name}-short-window"]


def _share(alarm: Alarm, percent: float) -> bool:
    total = 1_000_000.0
    return _every_minute(alarm, failed=total * percent / 100, refused=None, total=total)


@given(objectives, st.sampled_from(slo.BURNS))
def test_a_whole_outage_rings_whatever_is_promised(availability: float, burn: slo.Burn) -> None:
    for alarm in some(_burns(availability, burn.name)):
        assert _share(alarm, 100.0), "14.4 times a loose budget exceeds all requests there are"


@given(objectives, st.sampled_from(slo.BURNS))
def test_a_service_that_keeps_its_promise_never_rings(availability: float, burn: slo.Burn) -> None:
    for alarm in some(_burns(availability, burn.name)):
        assert not _share(alarm, 100.0 - availability), "a burn rate of 1 is what was promised"


@given(st.floats(min_value=94, max_value=99.999), st.sampled_from(slo.BURNS))
def test_a_budget_burns_at_the_rate_its_name_says(availability: float, burn: slo.Burn) -> None:
    budget = 100.0 - availability
    for alarm in some(_burns(availability, burn.name)):
        assert _share(alarm, min(budget * burn.rate * 1.01, 100.0))
        assert not _share(alarm, budget * burn.rate * 0.99)


@pytest.mark.parametrize(("name", "long", "short"), [("fast", 3600, 300), ("slow", 21_600, 1800)])
def test_burn_rates_are_judged_over_the_windows_of_the_workbook(name: str, long: int, short: int) -> None:
    alarms = _burns(99.9, name)
    assert [alarm.measure.period for alarm in alarms] == [long, short]
    assert {alarm.periods for alarm in alarms} == {1}, "one period is the window; CloudWatch moves it every minute"
    assert {alarm.threshold for alarm in alarms} == {{"fast": 1.44, "slow": 0.6}[name]}


def test_both_windows_have_to_agree() -> None:
    made = slo.burn_plan(UI)
    assert len(made.composites) == 4, "availability and speed, fast and slow"
    for composite in made.composites:
        assert composite.joined == "AND"
        assert composite.members == (f"{composite.name}-long-window", f"{composite.name}-short-window")
        assert composite.rule("saleday-prod") == (
            f'ALARM("saleday-prod-{composite.name}-long-window") '
            f'AND ALARM("saleday-prod-{composite.name}-short-window")'
        )


def test_speed_counts_requests_above_the_promise_in_seconds() -> None:
    slow = metrics.too_slow_of(watched("ui", latency_p99=250))
    assert slow is not None
    assert slow.terms["slow"].stat == "TC(0.25:)"
    assert evaluate(slow, {"slow": [30.0], "total": [1000.0]}) == [3.0]
    assert metrics.too_slow_of(watched("catalog", public=False)) is None, "Service Connect has no distribution"


def test_graphs_show_the_same_burn_rate_that_rings() -> None:
    rate = slo.burn_rate(UI, slo.AVAILABILITY, 3600)
    assert rate is not None
    [value] = evaluate(rate, {"failed": [14_400.0], "refused": [None], "total": [1_000_000.0]})
    assert value == pytest.approx(14.4)
