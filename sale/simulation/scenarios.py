"""What is played for an event: the shop's own plan, the plan not done as planned, and what goes wrong beside it.

for name, model in models(plan, event, window(event)).items(): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from sale.plan import Plan
from sale.simulation import faults, rooms, shortfalls
from sale.simulation.adapter import model_of
from sale.simulation.faults import Scene
from sale.simulation.model import Action, Model
from sale.simulation.result import Result, play
from sale.simulation.window import Window
from specs.sale import SaleEvent

WORKERS: Final = 2
"""Concurrent simulations: compiled code runs beside Python."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way in which the event may go."""

    name: str
    title: str
    remedy: str
    """What to do about it, before the event or when it happens."""
    planned: bool = True
    of_plan: Callable[[Plan], Plan] | None = None
    """What of the plan is not done as planned."""
    of_model: Callable[[Model, Scene], Model] | None = None
    """What customers and caches do otherwise."""
    fault: Callable[[Model, Scene], Iterator[Action]] | None = None
    """What goes wrong, and when."""


SCENARIOS: Final[Mapping[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="plan",
            title="The shop's own plan",
            remedy="Raise saleEvents[].headroom, or what the stress names, until it holds at the demand you fear.",
        ),
        Scenario(
            name="no-plan",
            title="No plan: autoscaling alone",
            planned=False,
            remedy="Deploy the event before its first step is due; make sale-plan shows when that is.",
        ),
        Scenario(
            name="call-refused",
            title="The scheduled call that raises most is refused",
            of_plan=shortfalls.call_refused,
            remedy="On the alarm sale-calls-failing run pulumi up, or make the call by hand: its schedule has it.",
        ),
        Scenario(
            name="tasks-not-raised",
            title="The busiest service's scheduled actions do not run",
            of_plan=shortfalls.tasks_not_raised,
            remedy="Look at the running tasks an hour ahead; register the minimum by hand, or run pulumi up.",
        ),
        Scenario(
            name="quotas-refused",
            title="No quota is granted that was asked for",
            of_plan=shortfalls.quotas_refused,
            remedy="Ask two weeks ahead, and put what AWS grants into quotas.granted; make preflight WRITE=1 reads it.",
        ),
        Scenario(
            name="half-deployed",
            title="The deployment stopped before the calls for stores and the load balancer",
            of_plan=shortfalls.half_deployed,
            remedy="Run pulumi up again before the freeze; the schedule group <stack>-sale must hold every step.",
        ),
        Scenario(
            name="capacity-late",
            title="Capacity comes late: the load balancer's in hours, ACU in minutes, Spot after the opening",
            of_plan=shortfalls.capacity_late,
            fault=shortfalls.no_spot,
            remedy="Raise leadMinutes; give services that must not wait capacity.spotWeight 0 for the sale.",
        ),
        Scenario(
            name="az-lost",
            title="An Availability Zone is lost at the opening",
            fault=faults.zone_lost,
            remedy="Start a zonal shift of the load balancer, deploy nothing; tasks come back in the other zones.",
        ),
        Scenario(
            name="tasks-killed",
            title="Half of each service's tasks end at once",
            fault=faults.tasks_killed,
            remedy="Keep scaling.min high enough that half of it carries the load; look for what ends tasks together.",
        ),
        Scenario(
            name="cold-cache",
            title="All caches are cold at the opening",
            fault=faults.cold_caches,
            remedy="Invalidate nothing in the last hour; ask for the sale's pages once before the opening.",
        ),
        Scenario(
            name="cdn-misses",
            title="CloudFront answers a third less than expected",
            of_model=faults.fewer_hits,
            remedy="Keep campaign parameters out of the cache key; plan with the hit rate that you measured.",
        ),
        Scenario(
            name="hot-product",
            title="One product draws far more than foreseen",
            fault=faults.hot_product,
            remedy="Take the product's page out of the personal ones and cache it; spread its key over partitions.",
        ),
        Scenario(
            name="bots",
            title="Bots ask for two pages where people ask for three, in the first hour",
            of_model=faults.with_bots,
            remedy="Put Bot Control on the paths they ask for (edge.botControlPaths), lower the limits for addresses.",
        ),
        Scenario(
            name="retry-storm",
            title="Clients retry at once after half a minute without an answer",
            of_model=faults.impatient,
            fault=faults.outage,
            remedy="Let clients wait longer after each failure, with jitter; block paths that retry until it is over.",
        ),
        Scenario(
            name="slow-dependency",
            title="The databases are slow for ten minutes",
            fault=faults.slow_databases,
            remedy="Look for the statement in Performance Insights, end it, raise the minimum of ACU.",
        ),
        Scenario(
            name="database-failover",
            title="The orders' database fails over in two minutes",
            fault=faults.database_failover,
            remedy="Put the proxy in front (data.databases[].proxy), keep a reader as large as the writer; wait.",
        ),
        Scenario(
            name="payment-slow",
            title="The payment provider takes eight seconds for ten minutes",
            fault=faults.slow_payment,
            remedy="Take orders now and the payment later, by the queue; give calls a timeout shorter than customers'.",
        ),
        Scenario(
            name="key-throttled",
            title="The key of the queues is throttled: every second message is refused",
            fault=faults.throttled_key,
            remedy="Ask for KMS's request quota; let queues reuse data keys longer (KmsDataKeyReusePeriodSeconds).",
        ),
        Scenario(
            name="bad-deployment",
            title="A version at half the speed reaches the busiest service in the first hour",
            fault=faults.bad_deployment,
            remedy="Keep the freeze (freezeHours); roll back at once, the alarm's five minutes are long.",
        ),
        Scenario(
            name="spot-reclaimed",
            title="Spot takes its capacity back at the opening",
            fault=faults.spot_reclaimed,
            remedy="Raise capacity.base of the services on Spot to what the opening needs.",
        ),
    )
}


def model(plan: Plan, event: SaleEvent, window: Window, scenario: Scenario, *, room: bool = True) -> Model:
    """The model of one scenario, with the waiting room that the plan as deployed has published; without `room`, as if
    there were none."""
    admission = rooms.own(plan, window) if room else None
    if scenario.of_plan is not None:
        plan = scenario.of_plan(plan)
    given = replace(model_of(plan, window, planned=scenario.planned), admission=admission)
    scene = Scene(plan=plan, opening=round(event.start.timestamp() - window.start))
    if scenario.of_model is not None:
        given = scenario.of_model(given, scene)
    if scenario.fault is None:
        return given
    return replace(given, actions=(*given.actions, *scenario.fault(given, scene)))


def play_all(plan: Plan, event: SaleEvent, window: Window, names: Iterable[str] = SCENARIOS) -> dict[str, Result]:
    """By name: what came of the scenarios. Raises KeyError for an unknown one."""
    wanted = list(names)
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(lambda name: play(model(plan, event, window, SCENARIOS[name])), wanted)
        return dict(zip(wanted, results, strict=True))


def models(plan: Plan, event: SaleEvent, window: Window, names: Iterable[str] = SCENARIOS) -> dict[str, Model]:
    """By name: the models of scenarios. Raises KeyError for an unknown one."""
    return {name: model(plan, event, window, SCENARIOS[name]) for name in names}
