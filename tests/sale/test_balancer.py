"""The load balancer as it stands: reserved, or grown by itself, in formulas as in the simulation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sale.capacity_check import stress
from sale.check.balancer import balancer
from sale.link import Load
from sale.plan import Plan, compile_plan
from sale.simulation import adapter
from sale.simulation.result import play
from sale.simulation.search import opening
from sale.simulation.stress import times
from sale.simulation.verdict import judge
from settings.stack_file import read

NOW = datetime(2030, 10, 1, tzinfo=UTC)


def planned(granted: int = 0, spike: float = 30, now: datetime = NOW, deployed: datetime | None = None) -> Plan:
    """Of prod, with so many LCU granted and a demand that rises within `spike` seconds."""
    shop = read("prod")
    event = shop.sale_events[0]
    shape = event.shape.model_copy(update={"spike_seconds": spike, "waiting_percent": 0})
    quotas = shop.quotas.model_copy(update={"granted": {"albReservedLcu": granted}})
    event = event.model_copy(update={"shape": shape})
    return compile_plan(shop.model_copy(update={"sale_events": (event,), "quotas": quotas}), now, deployed)


@pytest.mark.usefixtures("compiled_once")
def test_it_breaks_in_formulas_where_it_breaks_in_the_simulation() -> None:
    plan = planned()
    event, breaking = plan.events[0], stress(plan).breaking
    assert breaking is not None
    span = opening(event, 1800)
    model = adapter.model_of(plan, span)
    kept = [judge(play(times(model, breaking.multiple + more)), event, span).kept for more in (-0.05, 0.05)]
    assert kept == [True, False]


@pytest.mark.parametrize(("seconds", "holds"), [(3 * 3600, True), (120, False)])
def test_it_grows_with_a_demand_that_rises_slowly(seconds: int, *, holds: bool) -> None:
    assert balancer(Load(planned(spike=seconds), 1.0)).falls_short is not holds


def test_a_reservation_that_is_granted_stands_at_the_opening_if_deployed_in_time() -> None:
    opens = planned().events[0].start
    assert not balancer(Load(planned(400), 1.5)).falls_short
    late = planned(400, now=opens - timedelta(minutes=5), deployed=opens - timedelta(minutes=5))
    assert balancer(Load(late, 1.5)).falls_short, "AWS takes up to hours to provide it"
    assert balancer(Load(late, 1.5)).raised_by == "saleEvents[].start (deployed too late)"
