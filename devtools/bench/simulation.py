"""The bounds of the simulation: a day at one-second steps, many services, and the search for the cheapest plan."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from devtools.bench.bounds import Bound, Measurement
from devtools.console import elapsed, print_line

DAY: Final = Bound(name="24 h of prod's sale at 1 s, all tiers, compiled", unit="s", limit=1)
DAY_OF_MANY: Final = Bound(name="the same with 200 services", unit="s", limit=15)
MEMORY_OF_MANY: Final = Bound(name="memory of that", unit="MB", limit=500)
SCENARIOS: Final = Bound(name="all scenarios of prod's two days with their way back", unit="s", limit=20)
SEARCH: Final = Bound(name="search for prod's cheapest plan in 1,000 draws", unit="s", limit=90)
BY_SECONDS: Final = Bound(name="24 h against twice 12 h", unit="times", limit=1.3)
BY_SERVICES: Final = Bound(name="200 services against four times 50", unit="times", limit=1.3)

BY_ROOM: Final = Bound(
    name="prod's event at three times its forecast, with a waiting room against without", unit="times", limit=1.5
)


class Taken(NamedTuple):
    seconds: float
    megabytes: float


def measure(runs: int, tree: Path) -> Iterator[Measurement]:
    """All of them, each run in a process of its own; compiling comes first and is not counted."""
    _take(tree, "play", hours=0.1)
    # A run and the one it is compared with follow each other, so that both meet the machine under the same load.
    days = [(_take(tree, "play"), _take(tree, "play", hours=12)) for _ in range(runs)]
    yield Measurement(bound=DAY, values=[day.seconds for day, _ in days])
    yield Measurement(bound=BY_SECONDS, values=[day.seconds / (2 * half.seconds) for day, half in days])
    shops = [(_take(tree, "play", services=200), _take(tree, "play", services=50)) for _ in range(runs)]
    yield Measurement(bound=DAY_OF_MANY, values=[many.seconds for many, _ in shops])
    yield Measurement(bound=MEMORY_OF_MANY, values=[many.megabytes for many, _ in shops])
    yield Measurement(bound=BY_SERVICES, values=[many.seconds / (4 * fewer.seconds) for many, fewer in shops])
    crowds = [(_take(tree, "crowd-held"), _take(tree, "crowd")) for _ in range(runs)]
    yield Measurement(bound=BY_ROOM, values=[held.seconds / free.seconds for held, free in crowds])
    yield Measurement(bound=SCENARIOS, values=[_take(tree, "scenarios").seconds for _ in range(runs)])
    yield Measurement(bound=SEARCH, values=[_take(tree, "search").seconds for _ in range(runs)])


def _take(tree: Path, what: str, *, services: int = 5, hours: float = 24) -> Taken:
    command = [sys.executable, "-m", "devtools.bench.playing", what, "--services", str(services), "--hours", str(hours)]
    done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
    taken = Taken(**json.loads(done.stdout))
    print_line(f"  {what}, {services} services, {hours:g} h: {elapsed(taken.seconds)}, {taken.megabytes:.0f} MB")
    return taken
