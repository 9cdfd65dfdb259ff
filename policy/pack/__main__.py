"""Evaluates a stack from a file, without an engine: `python -m pack FILE` in this folder, `-` for standard input.

FILE is the output of `pulumi stack export`, `pulumi preview --json` or `pulumi preview --save-plan`. Exit code 0:
no blocking violation; 1: violations; 2: invalid file or argument.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .configuration import Configuration
from .configuration import load as load_configuration
from .configuration import read as read_configuration
from .formats import FORMATS
from .judge import Judge
from .registry import BY_NAME, RULES
from .stacks import Stack, Unreadable, parse
from .verdict import judge_stack
from .waivers import load

HERE = Path(__file__).parents[1]
WAIVERS = HERE / "waivers.json"
CONFIG = HERE / "config"


class BadInput(Exception):
    """Invalid input: one line that names it and the remedy."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    source = "stdin" if options.file == "-" else options.file
    try:
        today = datetime.datetime.now(datetime.UTC).date()
        state = _text(options.state) if options.state else None
        try:
            stack = parse(_text(options.file), state)
        except Unreadable as fault:
            raise BadInput(f"{source}: {fault}") from None
        config = _configuration(options.config, stack)
        judge = Judge(waivers=load(Path(options.waivers), BY_NAME, today), configuration=config)
        verdict = judge_stack(stack, RULES, judge, config.entries())
        written = FORMATS[options.format](verdict, source)
        if options.output:
            Path(options.output).write_text(written, encoding="utf-8", errors="replace")
        else:
            _print(written, options.format)
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
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return content.decode(json.detect_encoding(content))  # PowerShell redirects in UTF-16
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text: provide the output of `pulumi stack export`") from None


def _print(written: str, form: str) -> None:
    """Writes to standard output: for people what their console can show, for programs UTF-8 wherever it goes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if form == "text":
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stdout.write(written)


def _configuration(path: str | None, stack: Stack) -> Configuration:
    """Levels and options: the pack's files for the stack, overridden by the file at `path`."""
    config = load_configuration(CONFIG, stack.name, BY_NAME, production=stack.production)
    if path:
        config = config.under(read_configuration(Path(path), BY_NAME))
    if config.faults:
        raise BadInput(f"policy configuration: {'; '.join(config.faults)}")
    return config


if __name__ == "__main__":
    sys.exit(main())
