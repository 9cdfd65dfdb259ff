"""`sale-play`: what an event would do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from devtools.console import Heartbeat, elapsed, print_line
from sale.charges import prices_of
from sale.cli_args import plan_of
from sale.event_cost import waiting_bill
from sale.grants import granted_line, once_granted
from sale.plan import Plan
from sale.simulation import crowd, crowd_text, history, scenarios
from sale.simulation.model import Model
from sale.simulation.result import Result, play, warm_up
from sale.simulation.stress import stress
from sale.simulation.text_report import render
from sale.simulation.verdict import judge
from sale.simulation.window import window
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput
from specs.sale import SaleEvent

HISTORY = {
    "eleven-eleven-2020": lambda: history.eleven_eleven(prepared=True),
    "eleven-eleven-2020-reactive": lambda: history.eleven_eleven(prepared=False),
    "shopify-2025": lambda: history.shopify_2025(prepared=True),
    "shopify-2025-reactive": lambda: history.shopify_2025(prepared=False),
}
"""Historical openings, which need no stack."""


def make_ready() -> None:
    """Compile, with a line where that takes a while."""
    started = time.monotonic()
    with Heartbeat("compiling the simulation", lambda: "once a tree"):
        is_kept = warm_up()
    kept = "kept for the next time" if is_kept else "not kept, as the tree can't be written to"
    if (seconds := time.monotonic() - started) > 5:
        print_line(f"compiled the simulation in {elapsed(seconds)}, {kept}")


def names_of(text: str, known: Mapping[str, object], what: str) -> list[str]:
    """Names in a comma-separated list. Raises BadInput for an unknown one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise BadInput(f"{what}: there is no such scenario (got {name}); use any of {', '.join(known)}")
    return names


def play_all(plan: Plan, event: SaleEvent, names: Sequence[str]) -> dict[str, Result]:
    """By scenario: all of the event with its way back, played."""
    started, span = time.monotonic(), window(event)
    played = scenarios.play_all(plan, event, span, names)
    print_line(f"played {len(names)} x {span.seconds / 3600:.0f} h in {elapsed(time.monotonic() - started)}")
    return played


def granted_of(plan: Plan, event: SaleEvent) -> str:
    """What AWS Support has to grant first, and the breaking point with it; empty where nothing is awaited."""
    then = once_granted(plan)
    return granted_line(plan, None if then is plan else stress(then, event))


@command("sale-play", BadInput)
@shared.stack
@shared.event
@shared.scenario
@shared.now
@shared.deployed
def sale_play(stack: str, event: str, scenario: str, now: datetime, deployed: datetime | None) -> int:
    """A sale in the simulation: where it breaks, its worst minutes, and scenarios side by side."""
    names = names_of(scenario, {**scenarios.SCENARIOS, **HISTORY}, "SCENARIO")
    past = [name for name in names if name in HISTORY]
    if past:
        make_ready()
        for name in past:
            print_line()
            for line in story(name, HISTORY[name]()):
                print_line(line)
        if len(past) == len(names):
            return OK
    plan, sale = plan_of(stack, event, now, deployed)
    make_ready()
    played = play_all(plan, sale, [name for name in names if name in scenarios.SCENARIOS] or list(scenarios.SCENARIOS))
    found, granted = stress(plan, sale), granted_of(plan, sale)
    print_line()
    for line in render(plan, sale, found, granted, played, prices_of(plan.shop)):
        print_line(line)
    if (room := crowd.room_of(plan, sale)) is not None:
        print_line()
        waiting = waiting_bill(plan.shop, prices_of(plan.shop), customers=1e6, minutes=30)
        held, quotas = crowd.held(plan, sale), {**plan.shop.quotas.granted, **plan.quotas}
        for line in crowd_text.render(held, room, crowd.MULTIPLE, waiting, quotas):
            print_line(line)
    kept = judge(played["plan"], sale, window(sale)).kept if "plan" in played else True
    return OK if kept else UNMET


def story(name: str, model: Model) -> Iterator[str]:
    """Result of a historical opening."""
    result = play(model)
    requests, orders = model.customers.requests.max(), model.customers.orders.max()
    yield f"{name}: {requests:,.0f} requests/s and {orders:,.0f} orders/s at most"
    yield (
        f"  {result.customers.availability:.2%} of {result.customers.arrived:,} requests answered, "
        f"p99 {result.latency(0.99) * 1000:.0f} ms, {result.orders.lost:,} of {result.orders.arrived:,} orders lost"
    )
    tasks = max(link.most_units for link in result.links if link.name == model.services[0].name)
    yield f"  {model.services[0].units:,.0f} tasks at first, {tasks:,.0f} at most"
