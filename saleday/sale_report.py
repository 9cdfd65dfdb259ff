"""`sale-report`: the report of an event as one HTML page, and as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from devtools.console import elapsed, print_line
from devtools.paths import REPO_ROOT
from sale.charges import prices_of
from sale.cli_args import plan_of
from sale.plan import Plan
from sale.report import curves, page
from sale.report.content import content, scenario
from sale.simulation import crowd, scenarios, search
from sale.simulation.result import Result, play
from sale.simulation.run_cost import spent
from sale.simulation.search_report import HEADER, drawn, notes, rows
from sale.simulation.stress import stress
from sale.simulation.window import window
from saleday import shared
from saleday.sale_simulation import granted_of, make_ready
from saleday.shared import OK, command
from settings.stack_file import BadInput
from specs.sale import SaleEvent

FOLDER: Final = REPO_ROOT / "build"


def searched(plan: Plan, event: SaleEvent) -> dict[str, Any]:
    """What the search under doubt finds, as the page shows it."""
    now = datetime.fromtimestamp(plan.now, tz=event.start.tzinfo)
    found = search.search(plan.shop, event.name, now, prices_of(plan.shop))
    print_line(f"searched the cheapest plan in {found.plays:,} plays")
    return {
        "drawn": drawn(found, plan.shop, event),
        "header": HEADER,
        "rows": list(rows(found)),
        "notes": list(notes(found)),
    }


def write(plan: Plan, event: SaleEvent, folder: Path, search_of: Mapping[str, Any] | None = None) -> Path:
    """Play everything and write the page, its runbook and the values; the page's path.

    `search_of` is what the search under doubt has found. Default: the page has none.
    """
    prices, span = prices_of(plan.shop), window(event)

    def played(name: str) -> Result:
        return play(scenarios.model(plan, event, span, scenarios.SCENARIOS[name]), curves.RESOLUTION)

    own = played("plan")

    def told(name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        result = own if name == "plan" else played(name)
        return scenario(plan, event, name, result, span, spent(result, plan, prices, own))

    with ThreadPoolExecutor(scenarios.WORKERS) as pool:
        found = list(pool.map(told, scenarios.SCENARIOS))
    print_line(f"played {len(found)} scenarios")
    stressed = stress(plan, event)
    print_line(f"the promise {stressed.headline}")
    held = crowd.held(plan, event) if crowd.room_of(plan, event) is not None else ()
    report = content(plan, event, span, stressed, granted_of(plan, event), search_of, found, prices, held)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"sale-report-{plan.shop.stack}-{event.name}.html"
    file.write_text(page.page(report), encoding="utf-8")
    file.with_name(f"sale-runbook-{plan.shop.stack}-{event.name}.html").write_text(
        page.runbook(report), encoding="utf-8"
    )
    file.with_suffix(".json").write_text(json.dumps(report) + "\n", encoding="utf-8")
    return file


@command("sale-report", BadInput)
@shared.stack
@shared.event
@shared.now
@shared.deployed
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER)
def sale_report(stack: str, event: str, now: datetime, deployed: datetime | None, folder: Path) -> int:
    """Write the report of an event as one HTML page and as JSON."""
    started = time.monotonic()
    plan, sale = plan_of(stack, event, now, deployed)
    make_ready()
    try:
        file = write(plan, sale, folder, searched(plan, sale))
    except OSError as error:
        raise BadInput(
            f"{folder}: the report can't be written there ({error.strerror}); choose another folder"
        ) from error
    size = file.stat().st_size / 1000
    print_line(
        f"wrote {file} ({size:,.0f} kB) and {file.with_suffix('.json').name} in {elapsed(time.monotonic() - started)}"
    )
    return OK
