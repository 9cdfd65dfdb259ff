"""`sale-report`: the report of an event as one HTML page, and as JSON."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from devtools.console import elapsed, print_line
from devtools.paths import REPO_ROOT
from sale.charges import prices_of
from sale.cli_args import plan_of
from sale.plan import Plan
from sale.report.content import content
from sale.report.page import page
from sale.simulation import scenarios
from sale.simulation.result import Result, play
from sale.simulation.window import Window, window
from saleday import shared
from saleday.sale_simulation import make_ready, play_all
from saleday.shared import OK, command
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
    prices = prices_of(plan.shop)
    whole = play_all(plan, event, list(scenarios.SCENARIOS))
    near, opening = openings(plan, event)
    print_line("played the opening in detail")
    report = content(plan, event, whole, opening, window(event), near, prices)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"sale-report-{plan.shop.stack}-{event.name}.html"
    file.write_text(page(report), encoding="utf-8")
    file.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return file


@command("sale-report", BadInput)
@shared.stack
@shared.event
@shared.now
@shared.deployed
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER)
def sale_report(stack: str, event: str, now: datetime, deployed: datetime | None, folder: Path) -> int:
    """An event on one page, and as JSON."""
    started = time.monotonic()
    plan, sale = plan_of(stack, event, now, deployed)
    make_ready()
    try:
        file = write(plan, sale, folder)
    except OSError as error:
        raise BadInput(
            f"{folder}: the report can't be written there ({error.strerror}); choose another folder"
        ) from error
    size = file.stat().st_size / 1000
    print_line(
        f"wrote {file} ({size:,.0f} kB) and {file.with_suffix('.json').name} in {elapsed(time.monotonic() - started)}"
    )
    return OK
