"""`python -m sale plan --stack prod --event NAME`: what happens when, and the margin of every link."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sale.plan import compile_plan, upcoming
from sale.proof import links
from sale.stack import BadInput, read
from sale.table import render
from specs.shop import Shop

SHORT = 3
"""Exit code where a link falls short of the forecast."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sale", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="the timeline and the margins of an event")
    plan.add_argument("--stack", default="")
    plan.add_argument("--event", default="", help="an event's name; all events where it is left out")
    plan.add_argument("--now", default="", help="the time to plan from; the clock's by default")
    given = parser.parse_args(arguments)
    try:
        return _plan(given.stack, given.event, given.now)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1


def _plan(stack: str, event: str, moment: str) -> int:
    now = _time(moment)
    shop = read(stack, now)
    names = (_known(shop, event, now),) if event else ()
    plan = compile_plan(shop, now, *names)
    if not plan.events:
        raise BadInput(f"EVENT: the stack has no event to come (got {stack}); add one under saleday:saleEvents")
    print(render(plan))
    return SHORT if any(link.margin < 0 for link in links(plan)) else 0


def _known(shop: Shop, name: str, now: datetime) -> str:
    known = [event.name for event in shop.sale_events]
    if name not in known:
        raise BadInput(f"EVENT: no event has this name (got {name}); use one of {', '.join(known) or 'none yet'}")
    if name not in [event.name for event in upcoming(shop, now)]:
        raise BadInput(f"EVENT: this event is over (got {name}); give it its next date")
    return name


def _time(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"NOW: a time is written as 2030-10-18T22:00:00+05:30 (got {text}); rewrite it") from None
    if moment.tzinfo is None:
        raise BadInput(f"NOW: a time needs a time zone (got {text}); add an offset such as +05:30")
    return moment


if __name__ == "__main__":
    sys.exit(main())
