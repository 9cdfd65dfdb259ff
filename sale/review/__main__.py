"""`python -m sale.review --stack prod --event NAME --from FOLDER|account`: a sale against its forecast, and what to set
for the next one."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from account.preflight.credentials import NoCredentials, signed_in
from devtools.console import Heartbeat, print_error, print_line
from devtools.paths import REPO_ROOT
from devtools.recording.programs import stack_values
from sale.cli_args import moment
from sale.plan import Plan
from sale.review import cloudwatch, compare, folder, proposal, report, shape
from sale.review.estimate import Estimator
from sale.review.measured import Measured, Points, aligned
from sale.review.series import Series, series_of
from sale.simulation.__main__ import make_ready
from sale.simulation.window import window
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from settings.written import written
from specs.sale import SaleEvent
from specs.shop import Shop

ACCOUNT: Final = "account"
FOLDER: Final = REPO_ROOT / "build"


def main(arguments: Sequence[str] | None = None, tree: Path = REPO_ROOT) -> int:
    parser = argparse.ArgumentParser(prog="python -m sale.review", description=__doc__)
    parser.add_argument("--stack", default="")
    parser.add_argument("--event", default="", help="default: the stack's only one")
    parser.add_argument("--from", dest="source", default="", help="a folder with metrics, or account")
    parser.add_argument("--now", default="", help="the time to look from; default: the clock's")
    parser.add_argument("--write", default="", help="write what is proposed into the stack's file")
    parser.add_argument("--queries", default="", help="print the commands that export the metrics, and read nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the review is written")
    given = parser.parse_args(arguments)
    try:
        return _review(given, tree)
    except (BadInput, NoCredentials, NotThere) as error:
        print_error(str(error))
        return 1
    except OSError as error:
        print_error(f"{given.folder}: the review can't be written there ({error.strerror}); choose another folder")
        return 1


def _review(given: argparse.Namespace, tree: Path) -> int:
    shop, now = read(given.stack, tree), moment(given.now).timestamp()
    event = _event(shop, given.event)
    plan = compare.planned(shop, event)
    start, end = window(event).start, window(event).end
    series = series_of(shop)
    if given.queries not in ("", "0"):
        for line in cloudwatch.commands(series, shop, start, end):
            print_line(line)
        return 0
    if start > now:
        raise BadInput(f"EVENT: has to be over (got {event.name}, which opens {event.start.isoformat()})")
    name = f"sale-review-{shop.stack}-{event.name}"
    found = _points(given.source, shop, event, series, (start, end, now), given.folder / name)
    measured = aligned(found, series, event, start, min(end, now), given.source)
    make_ready()
    changes = _compared(plan, event, measured, given.folder / name)
    for line in written(tree / f"Pulumi.{shop.stack}.yaml", changes, given.write not in ("", "0")):
        print_line(line)
    return 0


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
    """Say and write what came of it; the values that are proposed."""
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


if __name__ == "__main__":
    sys.exit(main())
