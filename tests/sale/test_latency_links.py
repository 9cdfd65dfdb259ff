"""Answer times as links of the check, against the play of the same opening."""

from __future__ import annotations

import pytest

from sale.capacity_check import OF_RESOURCES, links, stress
from sale.check.latency import answer_times
from sale.link import Link
from sale.plan import Plan, compile_plan
from sale.simulation import scenarios
from sale.simulation.result import play
from sale.simulation.verdict import judge
from sale.simulation.window import window
from tests.configuration import service
from tests.sale.events import BEFORE, sale, shop

pytestmark = pytest.mark.usefixtures("compiled_once")

PEAK = {"peakRequestsPerSecond": 1000, "peakOrdersPerSecond": 0}


def planned(milliseconds: float, *, headroom: float = 1.5) -> Plan:
    """A service that takes so long for a request, a task of it 50 a second, with a promise of a second."""
    ui = service(
        "ui",
        publicPaths=["/"],
        measured={"serviceTimeMs": milliseconds, "requestsPerSecond": 50},
        scaling={"min": 3, "max": 400},
        slo={"latencyP99": 1000},
    )
    granted = {"albReservedLcu": 1000, "fargateVcpu": 1000, "fargateSpotVcpu": 1000}
    event = sale(demand=PEAK, mix={"ui": 100}, headroom=headroom, end="2027-10-22T06:00:00")
    return compile_plan(shop(event, services=[ui], quotas={"granted": granted}), BEFORE)


def p99(plan: Plan, factor: float | None = None) -> Link:
    (link,) = links(plan, factor=factor, tiers=(answer_times(plan),))
    return link


@pytest.mark.parametrize("milliseconds", [20, 60, 120, 200, 230, 400])
def test_where_the_answer_time_falls_short_the_play_breaks_it_and_nowhere_else(milliseconds: float) -> None:
    one = planned(milliseconds)
    event = one.events[0]
    span = window(event)
    verdict = judge(play(scenarios.model(one, event, span, scenarios.SCENARIOS["plan"])), event, span)
    link = p99(one, 1.0)
    assert link.falls_short == ("p99" in verdict.broken), (link.required, verdict.broken)
    assert verdict.windows[0].latency * 1000 == pytest.approx(link.required, rel=0.1)
    assert not [other.name for other in links(one) if other.short], "every other link holds: it is this one alone"


def test_a_time_of_its_own_beyond_the_promise_falls_short_at_any_demand() -> None:
    assert p99(planned(400), 0.1).falls_short, "p99 of an exponential time is 4.6 times its mean"
    assert not p99(planned(100), 1.0).falls_short


def test_more_demand_never_shortens_an_answer_time() -> None:
    one = planned(120)
    times = [p99(one, factor).required for factor in (0.2, 0.5, 1, 1.5, 2, 3, 10)]
    assert times == sorted(times)
    assert times[-1] == float("inf")


def test_an_answer_time_without_an_end_is_told_by_the_resource_that_is_short() -> None:
    one = planned(60)
    found = stress(one, tiers=(*OF_RESOURCES, answer_times(one)))
    assert found.breaking is not None
    assert found.breaking.weakest == "tasks of ui at the opening"


def test_answer_times_are_published_to_no_policy_pack() -> None:
    assert p99(planned(60)).local
    assert not [link for link in links(planned(60)) if link.kind == "latency"], "previews compile no simulation"
