"""`python -m sale.report --stack prod --event NAME`: writes the report of an event as one HTML page, and as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aws_facts.prices import Prices
from devtools.console import elapsed, print_error, print_line
from devtools.paths import REPO_ROOT
from sale.cli_args import moment, plan_of
from sale.plan import Plan
from sale.report.content import content
from sale.report.page import page
from sale.simulation import scenarios
from sale.simulation.__main__ import make_ready, play_all
from sale.simulation.result import Result, play
from sale.simulation.window import Window, window
from settings.stack_file import BadInput
from specs.sale import SaleEvent

FOLDER: Final = REPO_ROOT / "build"
BEFORE: Final = 600  # seconds of the opening's charts before it …
NEAR: Final = 3600  # … and in all
RESOLUTION: Final = 10  # seconds


def openings(plan: Plan, event: SaleEvent) -> tuple[Window, dict[str, Result]]:
    """The scenarios in the hour around the opening, in detail."""
    near = Window(start=event.start.timestamp() - BEFORE, seconds=NEAR)
    return near, {name: play(one, RESOLUTION) for name, one in scenarios.models(plan, event, near).items()}


def write(plan: Plan, event: SaleEvent, folder: Path) -> Path:
    """Play everything and write both files; the page's path."""
    prices = Prices(region=plan.shop.region, own=plan.shop.prices)
    whole = play_all(plan, event, list(scenarios.SCENARIOS))
    near, opening = openings(plan, event)
    print_line("played the opening in detail")
    report = content(plan, event, whole, opening, window(event), near, prices)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"sale-report-{plan.shop.stack}-{event.name}.html"
    file.write_text(page(report), encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sale.report", description=__doc__)
    parser.add_argument("--stack", default="")
    parser.add_argument("--event", default="", help="default: the next one")
    parser.add_argument("--now", default="", help="the time to look from; default: the clock's")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    given = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        plan, event = plan_of(given.stack, given.event, moment(given.now))
        make_ready()
        file = write(plan, event, given.folder)
    except BadInput as error:
        print_error(str(error))
        return 1
    except OSError as error:
        print_error(f"{given.folder}: the report can't be written there ({error.strerror}); choose another folder")
        return 1
    size = file.stat().st_size / 1000
    print_line(
        f"wrote {file} ({size:,.0f} kB) and {file.with_suffix('.json').name} in {elapsed(time.monotonic() - started)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
