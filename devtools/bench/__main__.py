"""`python -m devtools.bench [--runs 5] [--write FILE]`: measure, compare with the bounds, fail where one is broken."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from devtools.bench import bounds, judging, shops, simulation
from devtools.bench.bounds import Measurement, number
from devtools.bench.judging import Failed
from devtools.bench.processes import ProcessUsage, measure
from devtools.conformance import cloud
from devtools.console import elapsed, print_error, print_line
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT, STATE_DIR
from sale.capacity_check import links
from sale.plan import compile_plan
from settings.stack_file import read

STACK = "prod"
FEW, MANY = 5, 50
"""Services of the shop as it is, and of the one that its growth is measured on."""


def run(tree: Path, target: str) -> ProcessUsage:
    """Usage of one make target on the stack."""
    usage = measure(["make", "--silent", target, f"STACK={STACK}"], cwd=tree)
    if usage.exit_code != 0:
        raise Failed(f"make {target} STACK={STACK} failed:\n{usage.output[-2000:]}")
    print_line(f"  {tree.name} {target}: {elapsed(usage.seconds)}, {usage.peak_bytes / 1e6:.0f} MB")
    return usage


def preflight(tree: Path) -> float:
    """Seconds of a preflight of the stack against an empty account."""
    with cloud.serving() as address:
        environment = {**os.environ, **cloud.environment(address)}
        usage = measure(["make", "--silent", "preflight", f"STACK={STACK}"], cwd=tree, environment=environment)
    if " in account " not in usage.output:
        raise Failed(f"make preflight STACK={STACK} failed:\n{usage.output[-2000:]}")
    print_line(f"  {tree.name} preflight: {elapsed(usage.seconds)}")
    return usage.seconds


def resources(tree: Path) -> int:
    """AWS resources of the last run, without components."""
    return json.loads((tree / STATE_DIR.name / f"report-{STACK}.json").read_text())["resources"]["total"]


def compiling() -> float:
    """Seconds in which the program compiles the stack's events: the plan, what is in force, and the proof."""
    now = datetime.now(UTC)
    shop = read(STACK, EXAMPLE_STACKS)
    started = time.perf_counter()
    plan = compile_plan(shop, now)
    if not links(plan) or plan.prepared == shop:
        raise Failed(f"{STACK} has no sale to come, so there is nothing to compile")
    return time.perf_counter() - started


def measure_all(runs: int, folder: Path) -> Iterator[Measurement]:
    """All bounds, each yielded as soon as its runs are done."""
    shop, large, bare = folder / "shop", folder / "large", folder / "bare"
    for tree in (shop, large, bare):
        shops.copy_tree(REPO_ROOT, tree)
        shops.take_stacks(tree, EXAMPLE_STACKS)
    shops.drop_policies(bare)
    if shops.service_count(shop, STACK) != FEW:
        raise Failed(f"{STACK} has {shops.service_count(shop, STACK)} services, but growth is counted from {FEW}")
    shops.add_services(large, STACK, MANY)
    for tree in (shop, large, bare):
        run(tree, "preview")  # installs the plugins and makes the stack, which later runs find done

    previews = [run(shop, "preview") for _ in range(runs)]
    count = resources(shop)
    yield Measurement(bound=bounds.RESOURCES, values=[count])
    yield Measurement(bound=bounds.PREVIEW, values=[usage.seconds * 1000 / count for usage in previews])
    yield Measurement(bound=bounds.MEMORY, values=[usage.peak_bytes / 1e9 for usage in previews])
    yield Measurement(bound=bounds.COMPILING, values=[100 * compiling() / usage.seconds for usage in previews])
    yield judging.added(previews, [run(bare, "preview") for _ in range(runs)])
    yield Measurement(bound=bounds.PREFLIGHT, values=[preflight(shop) for _ in range(runs)])
    yield from judging.measure_pack(shop, STACK, folder, runs)
    rehearsals = [run(shop, "rehearse") for _ in range(runs)]
    yield Measurement(bound=bounds.REHEARSAL, values=[usage.seconds * 1000 / count for usage in rehearsals])
    large_previews = [run(large, "preview") for _ in range(runs)]
    growth = [late.seconds / early.seconds for late, early in zip(large_previews, previews, strict=True)]
    yield Measurement(bound=bounds.GROWTH, values=growth)
    yield from simulation.measure(runs, shop)


def page(results: Iterable[Measurement], command: str) -> str:
    """The results as docs/benchmarks.md has them."""
    lines = [
        "# Benchmarks",
        "",
        f"`{command}` on {time.strftime('%Y-%m-%d')}: {machine()}. Medians; every run in brackets.",
        "",
        "| what | bound | measured | runs | |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        values = ", ".join(number(value) for value in result.values)
        verdict = "holds" if result.holds else "**broken**"
        bound = result.bound
        lines.append(f"| {bound.name} | {bound.text} | {number(result.median)} {bound.unit} | ({values}) | {verdict} |")
    lines += [
        "",
        "A resource is one of AWS's, made by a provider; components, which only group others, are not counted. Times",
        "are of the whole `make` target, start-up included, with the tool chain in place. Memory is the largest sum of",
        "resident memory over all processes at one moment; pages that several processes share count for each of them.",
        "",
    ]
    return "\n".join(lines)


def machine() -> str:
    """Cores, memory and interpreter of the machine that measures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", type=Path, default=REPO_ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args()
    started = time.monotonic()
    results = []
    try:
        with tempfile.TemporaryDirectory(prefix="saleday-bench-") as folder:
            for result in measure_all(options.runs, Path(folder)):
                results.append(result)
                verdict = "holds" if result.holds else "BROKEN"
                bound = result.bound
                print_line(f"{bound.name}: {number(result.median)} {bound.unit} ({bound.text}): {verdict}")
    except Failed as failure:
        print_error(str(failure))
        return 1
    options.write.parent.mkdir(parents=True, exist_ok=True)
    options.write.write_text(page(results, f"make bench RUNS={options.runs}"))
    print_line(f"written to {options.write} after {elapsed(time.monotonic() - started)}")
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
