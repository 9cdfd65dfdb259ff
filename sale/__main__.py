"""`python -m sale plan --stack prod --event NAME`: what happens when, and the margin of every link."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sale.capacity_check import links
from sale.cli_args import known_event, moment, no_event
from sale.plan import compile_plan
from sale.text_report import render
from settings.stack_file import BadInput, read

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


def _plan(stack: str, event: str, time: str) -> int:
    now = moment(time)
    shop = read(stack)
    if event:
        known_event(shop, event, now)
    plan = compile_plan(shop, now)
    if not plan.events:
        raise no_event(stack)
    print(render(plan))
    return SHORT if any(link.short for link in links(plan)) else 0


if __name__ == "__main__":
    sys.exit(main())
