"""`python -m devtools.bench.playing WHAT`: seconds and memory of the compiled simulation, as JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from devtools.paths import EXAMPLE_STACKS
from sale.charges import prices_of
from sale.plan import compile_plan
from sale.simulation import adapter, crowd, scenarios, search
from sale.simulation.result import play, warm_up
from sale.simulation.window import window
from settings.stack_file import read
from specs.admission import EventAdmission
from specs.shop import Shop

STACK: Final = "prod"
NOW: Final = datetime(2030, 10, 1, tzinfo=UTC)
"""Before the example's event, so that the event is always in the future."""


def with_services(shop: Shop, count: int) -> Shop:
    """The shop with so many services: copies of its own, which take equal shares of each event's requests."""
    services = list(shop.services)
    for number in range(len(services), count):
        one = shop.services[number % len(shop.services)]
        services.append(one.model_copy(update={"name": f"{one.name}-{number}"}))
    mix = {service.name: 100 / len(services) for service in services}
    events = tuple(event.model_copy(update={"mix": mix}) for event in shop.sale_events)
    return shop.model_copy(update={"services": tuple(services), "sale_events": events})


def play_shop(services: int, hours: float) -> float:
    """Seconds to play so much of the event, second by second, with all tiers."""
    plan = compile_plan(with_services(read(STACK, EXAMPLE_STACKS), services), NOW)
    model = adapter.model_of(plan, window(plan.events[0], longest=hours * 3600))
    started = time.perf_counter()
    result = play(model)
    seconds = time.perf_counter() - started
    if result.customers.unaccounted:
        sys.exit(f"the play lost count of {result.customers.unaccounted} customers")
    return seconds


def with_room(shop: Shop) -> Shop:
    """The shop with a waiting room for each event."""
    room = EventAdmission(protected_paths=("/*",))
    return shop.model_copy(
        update={"sale_events": tuple(one.model_copy(update={"admission": room}) for one in shop.sale_events)}
    )


def play_crowd(*, held: bool) -> float:
    """Seconds to play three times the forecast of the event, with a waiting room where it is to be held."""
    plan = compile_plan(with_room(read(STACK, EXAMPLE_STACKS)), NOW)
    model = crowd.crowd(plan, plan.events[0], window(plan.events[0]), crowd.MULTIPLE)
    started = time.perf_counter()
    play(model if held else replace(model, admission=None))
    return time.perf_counter() - started


def play_scenarios() -> float:
    """Seconds to play every scenario of the event, its way back included, as `make sale-play` does."""
    plan = compile_plan(read(STACK, EXAMPLE_STACKS), NOW)
    started = time.perf_counter()
    scenarios.play_all(plan, plan.events[0], window(plan.events[0]))
    return time.perf_counter() - started


def search_stack() -> float:
    """Seconds of the search for the cheapest plan, in as many draws as it has by default."""
    shop = read(STACK, EXAMPLE_STACKS)
    started = time.perf_counter()
    found = search.search(shop, shop.sale_events[0].name, NOW, prices_of(shop))
    seconds = time.perf_counter() - started
    if found.best is None:
        sys.exit(f"the search found nothing: {found.weakest} is in the way")
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.bench.playing", description=__doc__)
    parser.add_argument("what", choices=("play", "crowd", "crowd-held", "scenarios", "search"))
    parser.add_argument("--services", type=int, default=5)
    parser.add_argument("--hours", type=float, default=24)
    given = parser.parse_args()
    warm_up()
    takes = {
        "play": lambda: play_shop(given.services, given.hours),
        "crowd": lambda: play_crowd(held=False),
        "crowd-held": lambda: play_crowd(held=True),
        "scenarios": play_scenarios,
        "search": search_stack,
    }
    seconds = takes[given.what]()
    # ru_maxrss counts kilobytes on Linux.
    print(
        json.dumps({"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
