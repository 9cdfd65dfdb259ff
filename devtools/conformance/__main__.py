"""`python -m devtools.conformance build|run|deploy|tables`: what `make conformance` calls; `tables` writes its data."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

from devtools.conformance import build, client, cloud, deploy, mistakes, report, tables, variants
from devtools.conformance.judge import FOLDER, Verdict, judge, make_bench
from devtools.conformance.tokens import TableError
from devtools.conformance.trim import TrimError
from devtools.console import elapsed, print_error, print_line
from devtools.go_build import GoError
from devtools.locks import Lock, end_children
from devtools.paths import REPO_ROOT, STATE_DIR
from devtools.rehearsal.pulumi_home import HomeError
from devtools.rehearsal.stack_run import StepFailed
from devtools.rehearsal.workspace import BadInput

USER_ERRORS = (
    BadInput, StepFailed, HomeError, GoError, OSError, TrimError, TableError, cloud.CloudError,
)  # fmt: skip
"""What ends a command with its own line and without a traceback."""

PLANTED_REGION = "ap-south-1"
"""The region that planted mistakes are judged in: that of the stacks."""

INTERRUPTED = 128 + signal.SIGINT


def run(names: list[str]) -> bool:
    """Judge the variants named, by default all, and plant the mistakes; True when nothing was found but them."""
    chosen = variants.named(names, variants.everything())
    plugin = build.build()
    started = time.monotonic()
    with Lock(STATE_DIR / "locks" / "conformance.lock").wait("conformance") as lock, cloud.serving() as address:
        cloud.stock(address)
        bench = make_bench(plugin, address, lock)
        verdicts: list[Verdict] = []
        for variant in chosen:
            verdicts.append(verdict := judge(variant, bench))
            word = "passed" if verdict.passed else "not passed"
            print_line(f"conformance: {variant.name}: {word}; {elapsed(verdict.seconds)}")
        missed = [] if names else plant(plugin, address, verdicts)
    print_line()
    covered = report.coverage_of(verdicts)
    for line in [*report.lines(verdicts, covered), *missed]:
        print_line(line)
    report.write(FOLDER / "report.json", verdicts, covered)
    failed = [verdict.variant for verdict in verdicts if not verdict.passed] + (["planted mistakes"] if missed else [])
    outcome = f"not passed: {', '.join(failed)}" if failed else "passed"
    print_line(f"\nconformance of {len(verdicts)} variants {outcome}; {elapsed(time.monotonic() - started)}")
    return not failed


def plant(plugin: build.Plugin, address: str, verdicts: list[Verdict]) -> list[str]:
    """Plant the mistakes in what the variants' programs made; a line for each that was not found."""
    resources = {urn: inputs for verdict in reversed(verdicts) for urn, inputs in verdict.inputs.items()}
    with client.running(plugin, address, PLANTED_REGION) as asked:
        results = mistakes.plant(asked, mistakes.load(), resources)
    print_line(f"conformance: {sum(result.found for result in results)} of {len(results)} planted mistakes found")
    return [
        f"planted, not found: {result.mistake.mistake} ({result.mistake.type}); "
        f"said: {'; '.join(result.problems) or 'nothing'}"
        for result in results
        if not result.found
    ]


def make(names: list[str]) -> bool:
    """Deploy the variants named, by default the examples dev and prod, into one account, as far as Moto holds them;
    True when all is as it should be.
    """
    if names:
        chosen = variants.named(names, variants.everything())
    else:
        chosen = variants.named(["dev", "prod"], variants.examples_and_overlays())
    plugin = build.build()
    started = time.monotonic()
    with Lock(STATE_DIR / "locks" / "conformance.lock").wait("conformance") as lock, cloud.serving() as address:
        result = deploy.deploy(chosen, make_bench(plugin, address, lock))
    for name, count in result.made.items():
        print_line(f"{name}: {count} resources made through the real provider")
    for line in [*result.inspected, *(f"wrong: {problem}" for problem in result.problems)]:
        print_line(f"  {line}")
    print_line(f"deployment {'passed' if result.passed else 'not passed'}; {elapsed(time.monotonic() - started)}")
    return result.passed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the real AWS provider as a plugin, if it isn't there yet")
    judged = commands.add_parser("run", help="preview every variant against it")
    judged.add_argument("variants", nargs="*", help="default: all of them")
    held = commands.add_parser("deploy", help="deploy what Moto holds, look at it, destroy it")
    held.add_argument("variants", nargs="*", help="default: the examples dev and prod, into one account")
    made = commands.add_parser("tables", help="regenerate the data in devtools/conformance/data")
    made.add_argument("tables", nargs="*", choices=[[], *tables.TABLES], help="default: all of them, in order")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    os.chdir(REPO_ROOT)
    sys.path.insert(0, str(REPO_ROOT))
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "AWS_"))]:
        del os.environ[name]  # the program must not see the user's
    try:
        if options.command == "build":
            print_line(f"conformance: the AWS provider is {build.build().executable}")
            return 0
        if options.command == "tables":
            tables.regenerate(options.tables)
            return 0
        return 0 if (make if options.command == "deploy" else run)(options.variants) else 1
    except USER_ERRORS as error:
        print_error(f"conformance: {error}")
        return 1
    except KeyboardInterrupt:
        end_children()
        print_error("conformance: interrupted; run it again, it goes on where it stopped")
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
