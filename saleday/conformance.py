"""`conformance` and its kin: stacks and variants held against the real AWS provider."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import click
import pulumi

from devtools.conformance import build, client, cloud, deploy, mistakes, report, tables, variants
from devtools.conformance.judge import FOLDER, VariantVerdict, judge, make_bench
from devtools.conformance.tokens import TableError
from devtools.conformance.trim import TrimError
from devtools.console import elapsed, print_error, print_line
from devtools.go_build import GoError
from devtools.locks import Lock, end_children
from devtools.paths import STATE_DIR
from devtools.rehearsal.pulumi_home import HomeError
from devtools.rehearsal.stack_run import StepFailed
from devtools.rehearsal.workspace import BadInput
from saleday.engine import INTERRUPTED, alone, interrupt
from saleday.shared import FAILED, OK, command
from settings import stack_file

USER_ERRORS = (
    BadInput,
    stack_file.BadInput,
    pulumi.RunError,
    StepFailed,
    HomeError,
    GoError,
    TrimError,
    TableError,
    cloud.CloudError,
)
"""Errors printed as one line without a traceback."""

PLANTED_REGION = "ap-south-1"
"""Region of the planted mistakes: that of the stacks."""


def run(names: list[str]) -> bool:
    """Judge the named variants (default: all), and plant the mistakes; True when nothing else was found."""
    chosen = variants.named(names, variants.everything())
    plugin = build.build()
    started = time.monotonic()
    with Lock(STATE_DIR / "locks" / "conformance.lock").wait("conformance") as lock, cloud.serving() as address:
        cloud.stock(address)
        bench = make_bench(plugin, address, lock)
        verdicts: list[VariantVerdict] = []
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


def plant(plugin: build.ProviderPlugin, address: str, verdicts: list[VariantVerdict]) -> list[str]:
    """Plant the mistakes in the variants' recorded resources; a line for each that was not found."""
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
    """Deploy the named variants (default: the examples dev and prod) into one account, as far as Moto supports them;
    True if no problem was found.
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


def _guarded(work: Callable[[], bool]) -> int:
    signal.signal(signal.SIGTERM, interrupt)
    alone()
    try:
        return OK if work() else FAILED
    except KeyboardInterrupt:
        end_children()
        print_error("conformance: interrupted; run it again, it goes on where it stopped")
        return INTERRUPTED


_variants = click.argument("variants", nargs=-1)


@command("conformance", *USER_ERRORS)
@_variants
def conformance(variants: tuple[str, ...]) -> int:
    """Preview stacks and variants (default: all) with the real AWS provider, which is built once (many minutes)."""
    return _guarded(lambda: run(list(variants)))


@command("conformance-deploy", *USER_ERRORS)
@_variants
def conformance_deploy(variants: tuple[str, ...]) -> int:
    """Deploy the Moto-supported part of dev and prod with the real AWS provider, inspect and destroy it."""
    return _guarded(lambda: make(list(variants)))


@command("conformance-build", *USER_ERRORS)
def conformance_build() -> int:
    """Build the real AWS provider as a plugin, if it isn't built yet."""
    print_line(f"conformance: the AWS provider is {build.build().executable}")
    return OK


@command("conformance-tables", *USER_ERRORS)
@click.argument("names", nargs=-1, type=click.Choice(list(tables.TABLES)))
def conformance_tables(names: tuple[str, ...]) -> int:
    """Regenerate the data in devtools/conformance/data (default: all)."""

    def work() -> bool:
        tables.regenerate(list(names))
        return True

    return _guarded(work)
