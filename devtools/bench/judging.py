"""Cost of the policy pack: added to a preview, and alone on recorded and on large stacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.bench import bounds, estates
from devtools.bench.bounds import Measurement
from devtools.bench.processes import ProcessUsage, measure
from devtools.console import elapsed, print_line

_LOAD = """
import time
start = time.perf_counter()
from policy.pack.service_actions import expand
expand("*")
print(time.perf_counter() - start)
"""


_NEEDS = """
import sys, time
from pathlib import Path
from policy.pack.graph import Graph
from policy.pack.needs.excess import excess
from policy.pack.needs.judged import judged
from policy.pack.stacks import parse
stack = parse(Path(sys.argv[1]).read_text())
graph = Graph(stack.own, stack.inputs)
start = time.perf_counter()
judged(graph), excess(graph)
print(time.perf_counter() - start)
"""


class Failed(Exception):
    """A measured command failed: the end of its output."""


def measure_pack(tree: Path, stack: str, folder: Path, runs: int) -> Iterator[Measurement]:
    """The bounds of the pack without an engine; the whole process is measured, its start and the file included."""
    recorded = json.loads(_output([sys.executable, "-m", "devtools.recording.state", stack], tree))
    files: dict[int, Path] = {}
    for size in (1, bounds.LARGE // 4, bounds.LARGE):
        state = estates.copies(recorded, size)
        files[size] = folder / f"state-{size}.json"
        files[size].write_text(json.dumps(state))
    # Copies share the names of their components, by which this shop's own needs are told: some are found to be unmet.
    usages = {size: [_judge(tree, path, violations=size > 1) for _ in range(runs)] for size, path in files.items()}
    for bound, size in ((bounds.NEEDS, 1), (bounds.NEEDS_LARGE, bounds.LARGE)):
        command = [sys.executable, "-c", _NEEDS, str(files[size])]
        yield Measurement(bound=bound, values=[float(_output(command, tree)) for _ in range(runs)])
    yield Measurement(bound=bounds.JUDGING, values=[usage.seconds for usage in usages[1]])
    yield Measurement(bound=bounds.JUDGING_LARGE, values=[usage.seconds for usage in usages[bounds.LARGE]])
    yield Measurement(bound=bounds.JUDGING_MEMORY, values=[usage.peak_bytes / 1e6 for usage in usages[bounds.LARGE]])
    yield Measurement(
        bound=bounds.JUDGING_GROWTH,
        values=[
            large.seconds / quarter.seconds
            for large, quarter in zip(usages[bounds.LARGE], usages[bounds.LARGE // 4], strict=True)
        ],
    )
    yield from _measure_roles(tree, folder, runs)
    loads = [float(_output([sys.executable, "-c", _LOAD], tree)) for _ in range(runs)]
    yield Measurement(bound=bounds.ACTION_DATA, values=loads)


def _measure_roles(tree: Path, folder: Path, runs: int) -> Iterator[Measurement]:
    """Time to follow the chains of assumable roles."""
    seconds: dict[int, list[float]] = {}
    for count in (bounds.ROLES // 4, bounds.ROLES):
        file = folder / f"roles-{count}.json"
        file.write_text(json.dumps(estates.roles(count)))
        seconds[count] = [_judge(tree, file, violations=True).seconds for _ in range(runs)]
    many, few = seconds[bounds.ROLES], seconds[bounds.ROLES // 4]
    yield Measurement(bound=bounds.JUDGING_ROLES, values=many)
    yield Measurement(bound=bounds.JUDGING_ROLES_GROWTH, values=[x / y for x, y in zip(many, few, strict=True)])


def added(with_pack: list[ProcessUsage], without: list[ProcessUsage]) -> Measurement:
    """Overhead of the pack on a preview (percent), from runs in pairs."""
    pairs = zip(with_pack, without, strict=True)
    return Measurement(
        bound=bounds.PACK_ADDS, values=[100 * (judged.seconds / bare.seconds - 1) for judged, bare in pairs]
    )


def _judge(tree: Path, file: Path, *, violations: bool = False) -> ProcessUsage:
    usage = measure([sys.executable, "-m", "policy.pack", str(file)], cwd=tree)
    if usage.exit_code != int(violations):
        raise Failed(f"judging {file.name} failed:\n{usage.output[-2000:]}")
    print_line(f"  {file.name} judged: {elapsed(usage.seconds)}, {usage.peak_bytes / 1e6:.0f} MB")
    return usage


def _output(command: list[str], tree: Path) -> str:
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:4])} failed:\n{done.stderr[-2000:]}")
    return done.stdout
