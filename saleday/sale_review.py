"""`sale-review`: a sale against its forecast, and settings for the next one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from account import cloudwatch
from account.preflight.credentials import NoCredentials, signed_in
from devtools.console import Heartbeat, print_error, print_line
from devtools.paths import REPO_ROOT
from devtools.recording.programs import stack_values
from sale.plan import Plan
from sale.review import compare, folder, proposal, report, shape
from sale.review.estimate import Estimator
from sale.review.measured import Measured, Points, aligned
from sale.review.series import Series, series_of
from sale.simulation.window import window
from saleday import shared
from saleday.sale_simulation import make_ready
from saleday.shared import OK, command
from settings import stack_file
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from settings.written import written
from specs.sale import SaleEvent
from specs.shop import Shop

ACCOUNT: Final = "account"
FOLDER: Final = REPO_ROOT / "build"


@command("sale-review", BadInput, NoCredentials, NotThere)
@shared.stack
@shared.event
@click.option("--from", "source", default="", help="a folder with metrics, or account")
@shared.now
@shared.switch("write", "write what is proposed into the stack's file")
@shared.switch("queries", "print the commands that export the metrics, and read nothing")
@click.option("--folder", "keep", type=click.Path(path_type=Path), default=FOLDER, help="where the review is written")
def sale_review(stack: str, event: str, source: str, now: datetime, write: bool, queries: bool, keep: Path) -> int:
    """A sale against its forecast, and settings for the next one."""
    shop, at = read(stack), now.timestamp()
    sale = _event(shop, event)
    plan = compare.planned(shop, sale)
    start, end = window(sale).start, window(sale).end
    series = series_of(shop)
    if queries:
        for line in cloudwatch.commands(series, shop, start, end):
            print_line(line)
        return OK
    if start > at:
        raise BadInput(f"EVENT: has to be over (got {sale.name}, which opens {sale.start.isoformat()})")
    place = keep / f"sale-review-{shop.stack}-{sale.name}"
    found = _points(source, shop, sale, series, (start, end, at), place)
    measured = aligned(found, series, sale, start, min(end, at), source)
    make_ready()
    try:
        changes = _compared(plan, sale, measured, place)
    except OSError as error:
        raise BadInput(
            f"{keep}: the review can't be written there ({error.strerror}); choose another folder"
        ) from error
    for line in written(stack_file.path(stack), changes, write):
        print_line(line)
    return OK


def _event(shop: Shop, name: str) -> SaleEvent:
    known = {one.name: one for one in shop.sale_events}
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        listed = ", ".join(known) or "none yet"
        raise BadInput(f"EVENT: has to name an event of the stack (got {name or 'nothing'}); use one of {listed}")
    return known[name]


def _points(
    source: str,
    shop: Shop,
    event: SaleEvent,
    series: Sequence[Series],
    span: tuple[float, float, float],
    keep: Path,
) -> Mapping[str, Points]:
    if source != ACCOUNT:
        if not source:
            raise BadInput("FROM: has to be account, or a folder with metrics (got nothing); see docs/sale-day.md")
        return folder.read(Path(source))
    start, end, now = span
    period = cloudwatch.period_of(event, start, now)
    session, account = signed_in(stack_values(shop.stack))
    print_error(f"sale-review: reads {shop.stack} in account {account}, {shop.region}")
    began = time.monotonic()
    with Heartbeat("sale-review: reads CloudWatch", lambda: f"{time.monotonic() - began:.0f} s", tell=print_error):
        found = cloudwatch.read(session, shop, series, start, min(end, now), period)
    cloudwatch.keep(found, keep / "metrics.json")
    print_line(f"kept what was read in {keep}, as CloudWatch forgets minutes after 15 days: FROM={keep}")
    return found


def _compared(plan: Plan, event: SaleEvent, measured: Measured, file: Path) -> Mapping[tuple[str, ...], float]:
    """Print and write the review; returns the proposed values."""
    shop, zone = plan.shop, event.start.tzinfo
    result = compare.simulated(plan, measured)
    estimator = Estimator(shop, event, measured)
    orders = estimator.orders()
    demand = shape.fitted(shop, event, measured, orders)
    found = [
        *estimator.service_findings(result.model),
        *estimator.event_findings(),
        *proposal.demand_findings(event, demand),
    ]
    rows, kept = compare.rows(plan, result, measured), compare.promise(shop, measured, event)
    print_line(f"{event.name} on {shop.stack}: {measured.steps * measured.step / 3600:,.0f} h")
    for block in (report.promise(kept, event), report.links(rows, measured, zone), report.findings(found)):
        print_line()
        for line in block:
            print_line(line)
    print_line("* the settings lie outside what was measured")
    if missing := estimator.missing():
        print_line(f"not measured, so nothing is said of: {', '.join(missing)}")
    for name, why in estimator.untold(found):
        print_line(f"not told: {name}: {why}")
    file.parent.mkdir(parents=True, exist_ok=True)
    document = report.document(shop.stack, event, measured, rows, found, kept)
    file.with_suffix(".json").write_text(json.dumps(document) + "\n", encoding="utf-8")
    proposal.write_curve(file.with_suffix(".csv"), measured, event, orders)
    print_line(f"wrote {file.with_suffix('.json')}, and the demand as a curve, {file.with_suffix('.csv').name}")
    if demand is not None and not demand.is_the_shape:
        print_line(
            f"peak and shape miss what was measured by {demand.error:.0%} of the peak: take the curve in their place, "
            "demand: {curve: {file: …, factor: 1}}"
        )
    print_line()
    return proposal.changes(found)
