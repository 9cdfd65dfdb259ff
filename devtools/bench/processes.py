"""Memory and processor time of a command and everything it starts, from /proc."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
SAMPLE_SECONDS = 0.1
"""Between two looks: the shortest-lived process that matters, a CLI start, takes 0.2 s."""

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class ProcessUsage:
    """Resources used by a command and its descendants."""

    seconds: float = 0.0
    exit_code: int = 0
    output: str = ""
    peak_bytes: int = 0
    """Peak sum of resident memory over all processes; pages that several share count for each."""

    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """Processor time by command line, as far as it was seen while the process lived."""


def measure(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> ProcessUsage:
    """Run a command to its end and measure it; its output is kept, stderr included."""
    usage = ProcessUsage()
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ended = threading.Event()
    sampler = threading.Thread(target=_sample, args=(process.pid, usage, ended), daemon=True)
    sampler.start()
    usage.output, _ = process.communicate()
    usage.seconds = time.monotonic() - started
    ended.set()
    sampler.join()
    usage.exit_code = process.returncode
    return usage


def _sample(root: int, usage: ProcessUsage, ended: threading.Event) -> None:
    ticks: dict[tuple[int, int], tuple[str, int]] = {}
    while not ended.wait(SAMPLE_SECONDS):
        resident = 0
        for pid, start, used, pages in _descendants(root):
            resident += pages * PAGE_BYTES
            name, _ = ticks.get((pid, start), ("", 0))
            ticks[pid, start] = (name or _command_of(pid), used)
        usage.peak_bytes = max(usage.peak_bytes, resident)
    for name, used in ticks.values():
        usage.cpu_seconds[name] = usage.cpu_seconds.get(name, 0.0) + used / TICKS


def _descendants(root: int) -> list[tuple[int, int, int, int]]:
    """Process id, start, processor ticks and resident pages of `root` and all it has started, directly or not."""
    facts: dict[int, tuple[int, int, int, int]] = {}
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        pid, parent = int(entry.name), int(fields[1])
        children.setdefault(parent, []).append(pid)
        facts[pid] = (pid, int(fields[19]), int(fields[11]) + int(fields[12]), int(fields[21]))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if pid in facts:
            found.append(facts[pid])
        waiting += children.get(pid, ())
    return found


def _command_of(pid: int) -> str:
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "?"
    return " ".join([Path(words[0]).name, *words[1:]])[:100]
