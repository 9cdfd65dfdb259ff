"""`sale-search`: the cheapest plan that keeps an event's promise, whatever of many ways it turns out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import click

from devtools.console import elapsed, print_error, print_line
from sale.charges import prices_of
from sale.cli_args import plan_of
from sale.simulation import scenarios, search
from sale.simulation.room import Change
from sale.simulation.search import RECOMMENDED, Candidate, Found
from sale.simulation.search_report import HEADER, drawn, notes, rows
from sale.text_report import columns
from saleday import shared
from saleday.sale_simulation import make_ready, names_of
from saleday.shared import OK, UNMET, command
from settings import edit, stack_file
from settings.stack_file import BadInput
from specs.sale import SaleEvent
from specs.shop import Shop

LOWER: Final = "lower"
"""Value of WRITE that lowers what is set, too."""


def _write(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value not in ("", "0", "1", LOWER):
        raise click.UsageError(
            f"WRITE: 1 writes what was found, {LOWER} also where that lowers what is set (got {value}); use one of them"
        )
    return "" if value == "0" else value


@command("sale-search", BadInput, edit.NotThere)
@shared.stack
@shared.event
@shared.scenario
@shared.now
@click.option(
    "--write", default="", callback=_write, metavar="1|lower", help="write what was found into the stack's file"
)
def sale_search(stack: str, event: str, scenario: str, now: datetime, write: str) -> int:
    """The cheapest plan that keeps the promise in 99 % of the ways in which the event may turn out."""
    names = names_of(scenario, scenarios.SCENARIOS, "SCENARIO")
    plan, sale = plan_of(stack, event, now)
    make_ready()
    started, shop = time.monotonic(), plan.shop
    faults = [name for name in names if name not in ("plan", "no-plan")]
    found = search.search(shop, sale.name, now, prices_of(shop), faults, lambda line: print_line(f"  {line}"))
    print_line(f"{found.plays:,} plays in {elapsed(time.monotonic() - started)}")
    print_line()
    for line in report(found, shop, sale):
        print_line(line)
    if found.best is None:
        print_error(
            f"{sale.name}: no headroom up to {search.MAX_HEADROOM:g} keeps the promise in {RECOMMENDED:.0%} of "
            f"the draws; {found.weakest} is in the way: see its margin with make sale-plan"
        )
        return UNMET
    return _written(found, found.best, shop, sale, write)


def report(found: Found, shop: Shop, event: SaleEvent) -> Iterator[str]:
    """Cost of each share of the draws, and result of the current settings."""
    yield drawn(found, shop, event)
    yield ""
    yield from columns(HEADER, list(rows(found)))
    for note in notes(found):
        yield ""
        yield note


def _written(found: Found, best: Candidate, shop: Shop, event: SaleEvent, write: str) -> int:
    file = stack_file.path(shop.stack)
    print_line()
    if not best.changes:
        print_line("the settings are that plan already")
        return OK
    for path, value in best.changes:
        print_line(f"  {'.'.join(path[1:])}: {value:g}")
    lowered = search.lowered(best.changes, shop, event.name)
    for line in _given_up(lowered, found.granted, best):
        print_line(line)
    if not write:
        print_line(f"WRITE={LOWER if lowered else 1} writes this into {file.name}")
        return OK
    if lowered and write != LOWER:
        print_error(
            f"{file.name}: nothing was written, as it would lower what is set; WRITE={LOWER} does it all the same"
        )
        return UNMET
    file.write_text(_changed(file.read_text(encoding="utf-8"), best.changes, file.name), encoding="utf-8")
    print_line(f"written to {file.name}")
    return OK


def _given_up(lowered: Sequence[tuple[str, float, float]], now: Candidate, best: Candidate) -> Iterator[str]:
    """Loss by lowering a setting."""
    for name, before, after in lowered:
        yield f"{name} is lowered: {before:g} → {after:g}"
    if lowered:
        yield (
            f"that gives up: from {now.share.value:.1%} to {best.share.value:.1%} of the draws, "
            f"from x{now.holds_to:g} to x{best.holds_to:g} the forecast, for {now.usd - best.usd:,.2f} USD less"
        )


def _changed(text: str, changes: Sequence[Change], name: str) -> str:
    try:
        for path, value in changes:
            text = edit.changed(text, path, value)
    except edit.NotThere as error:
        raise edit.NotThere(f"{name}: {error}") from None
    return text
