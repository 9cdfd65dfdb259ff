"""`game-day`: what a fault is expected to do to the shop, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from account import cloudwatch
from account.preflight.credentials import NoCredentials, signed_in
from devtools.console import print_line
from devtools.paths import REPO_ROOT
from devtools.recording.programs import stack_values
from game_day import measured, page
from game_day.expectation import SEEN, Expectation, expect, refuse_unknown
from sale.review import folder
from sale.review.series import Series, series_of
from saleday import shared
from saleday.sale_simulation import make_ready
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput, read
from specs.shop import Shop

ACCOUNT: Final = "account"
FOLDER: Final = REPO_ROOT / "build"


@command("game-day", BadInput, NoCredentials)
@shared.stack
@click.option("--fault", default="", help="an experiment of the stack, for example az-lost")
@click.option("--rate", type=float, default=None, help="requests a second while it runs; default: usualDemand")
@click.option("--from", "source", default="", help="where the metrics are afterwards: account, or a folder")
@shared.at
@shared.now
@click.option("--folder", "keep", type=click.Path(path_type=Path), default=FOLDER, help="where the page is written")
def game_day(
    stack: str, fault: str, rate: float | None, source: str, at: datetime | None, now: datetime, keep: Path
) -> int:
    """What a fault is expected to do, and after it what it did."""
    shop = read(stack)
    wanted = refuse_unknown(shop, fault)
    begun = _begun(source, at)
    make_ready()
    expectation = expect(shop, wanted, shop.usual_demand.requests_per_second if rate is None else rate, now)
    for line in _told(shop, expectation):
        print_line(line)
    if begun is None:
        return OK
    series = series_of(shop)
    found = measured.hour(expectation, series, _points(source, shop, series, begun), begun)
    rows = measured.rows(expectation, found)
    for row in rows:
        print_line(f"{row.figure:<28}{row.expected:>12,.3g}{row.measured:>12,.3g}  {row.verdict}")
    file = keep / f"game-day-{stack}-{wanted}.html"
    keep.mkdir(parents=True, exist_ok=True)
    file.write_text(page.page(shop, expectation, rows, begun), encoding="utf-8")
    worse = [row.figure for row in rows if row.verdict == "worse"]
    print_line(f"written to {file}")
    print_line(f"{wanted}: {'failed, worse than expected: ' + ', '.join(worse) if worse else 'passed'}")
    return UNMET if worse else OK


def _begun(source: str, at: datetime | None) -> float | None:
    if bool(source) != (at is not None):
        raise BadInput("FROM and AT: a comparison needs both, the metrics and when the experiment was started")
    return None if at is None else at.timestamp()


def _told(shop: Shop, expectation: Expectation) -> Sequence[str]:
    calm, disturbed, fault = expectation.calm, expectation.disturbed, expectation.fault
    name = f"{shop.project}-{shop.stack}-game-day-{fault}"
    return [
        f"{fault} on {shop.stack} at {expectation.requests_per_second:,.0f} requests/s, the hour from it on:",
        f"{'':<28}{'without it':>12}{'expected':>12}",
        f"{'errors, %':<28}{calm.error_percent:>12,.3g}{disturbed.error_percent:>12,.3g}",
        f"{'slowest minute, s':<28}{calm.p99:>12,.3g}{disturbed.p99:>12,.3g}",
        f"{'minutes beyond the promise':<28}{calm.broken_minutes:>12}{disturbed.broken_minutes:>12}",
        f"{'orders lost':<28}{calm.orders_lost:>12,}{disturbed.orders_lost:>12,}",
        f"start it as the role {shop.project}-{shop.stack}-game-day: the experiment template tagged Name {name};",
        "afterwards: make game-day with FROM=account AT=<when it was started>",
    ]


def _points(
    source: str, shop: Shop, series: Sequence[Series], start: float
) -> dict[str, tuple[tuple[float, float], ...]]:
    if source != ACCOUNT:
        return dict(folder.read(Path(source)))
    session, account = signed_in(stack_values(shop.stack))
    print_line(f"reads {shop.stack} in account {account}, {shop.region}")
    return cloudwatch.read(session, shop, series, start, start + SEEN, 60)
