"""Judges a stack from a file, without an engine: `python -m pack FILE` in this folder, `-` for standard input.

FILE is what `pulumi stack export`, `pulumi preview --json` or `pulumi preview --save-plan` writes. Exit code 0: nothing
that blocks; 1: violations; 2: the file or an argument is no good.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .formats import FORMATS
from .judge import Judge
from .registry import BY_NAME, RULES
from .stacks import Unreadable, parse
from .verdict import DISABLED, judge_stack
from .waivers import load

WAIVERS = Path(__file__).parents[1] / "waivers.json"
LEVELS = ("advisory", "mandatory", "remediate", DISABLED)


class BadInput(Exception):
    """What was given is no good: one line that names it and the remedy."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    source = "stdin" if options.file == "-" else options.file
    try:
        today = datetime.datetime.now(datetime.UTC).date()
        config = configuration(_text(options.config)) if options.config else {}
        state = _text(options.state) if options.state else None
        try:
            stack = parse(_text(options.file), state)
        except Unreadable as fault:
            raise BadInput(f"{source}: {fault}") from None
        judge = Judge(waivers=load(Path(options.waivers), BY_NAME, today))
        verdict = judge_stack(stack, RULES, judge, config)
        written = FORMATS[options.format](verdict, source)
        if options.output:
            Path(options.output).write_text(written, encoding="utf-8")
        else:
            sys.stdout.write(written)
    except (BadInput, OSError) as fault:
        print(f"pack: {fault}", file=sys.stderr)
        return 2
    undecided_fails = options.strict and verdict.undecided
    return 0 if verdict.passed and not undecided_fails else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pack", description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("file", help="exported state, saved plan or preview as JSON; - reads standard input")
    parser.add_argument("--state", help="the exported state that a saved plan builds on")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", help="write to this file instead of standard output")
    parser.add_argument("--config", help="levels and options, as `pulumi --policy-pack-config` takes them")
    parser.add_argument("--waivers", default=str(WAIVERS), help="the exceptions (default: waivers.json of the pack)")
    parser.add_argument("--strict", action="store_true", help="fail too where a rule can't decide yet")
    return parser


def _text(path: str) -> str:
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text: give what `pulumi stack export` writes") from None


def configuration(text: str) -> dict[str, Mapping[str, Any]]:
    """Levels and options by rule, checked: a level alone may stand for an object with `enforcementLevel`."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("policy configuration: is not JSON") from None
    if not isinstance(body, dict):
        raise BadInput("policy configuration: has to be an object of rules")
    config = {name: {"enforcementLevel": entry} if isinstance(entry, str) else entry for name, entry in body.items()}
    for name, entry in config.items():
        if name not in BY_NAME and name != "all":
            raise BadInput(f"policy configuration: there is no rule {name!r}")
        if not isinstance(entry, dict) or entry.get("enforcementLevel", "mandatory") not in LEVELS:
            raise BadInput(f"policy configuration: {name} has no level that exists ({', '.join(LEVELS)})")
        known = {option.name for option in BY_NAME[name].options} if name in BY_NAME else set()
        if unknown := sorted(set(entry) - known - {"enforcementLevel"}):
            raise BadInput(f"policy configuration: the rule {name} has no option {unknown[0]!r}")
    return config


if __name__ == "__main__":
    sys.exit(main())
