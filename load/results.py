"""The log of a load test, as Locust wrote it: every request with its intended start."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sale.simulation.arrays import Floats
from settings.stack_file import BadInput

NEEDED: Final = ("intended", "started", "ended", "service", "status")
RUN: Final = "run.json"
HELD: Final = "held"
MAX_LAG: Final = 0.02
"""Seconds that the generator may come late before its times tell of itself."""
_TIMING: Final = re.compile(r"([A-Za-z0-9_-]+)\s*;[^,]*?\bdur=([0-9.]+)")


@dataclass(frozen=True, kw_only=True)
class Log:
    """Requests in the order of their start; times in seconds since the epoch."""

    intended: Floats
    started: Floats
    ended: Floats
    service: NDArray[np.str_]
    ok: NDArray[np.bool_]
    held: int
    """Requests that the limit held back; they are none of the others."""
    timing: tuple[str, ...]
    run: Mapping[str, Any]
    """What was run, as `run.json` tells it."""

    def __len__(self) -> int:
        return len(self.started)

    @property
    def seconds(self) -> Floats:
        """Latency from the intended start."""
        return self.ended - self.intended

    @property
    def lag(self) -> Floats:
        """What the generator itself came late."""
        return self.started - self.intended

    def requests_per_second(self, step: float, begin: float, count: int) -> Floats:
        """Requests by their intended start, in steps from a time."""
        found, _ = np.histogram(self.intended, bins=count, range=(begin, begin + count * step))
        return found / step


def read(folder: Path) -> Log:
    """The log in a folder of results. Raises BadInput for one that there is no calibration from."""
    files = sorted(folder.glob("requests-*.csv"))
    if not files:
        raise BadInput(f"FROM: has to be a folder of make load's results (got {folder}, without requests-*.csv)")
    rows = sorted(row for file in files for row in _rows(file))
    if not any(row[4] != HELD for row in rows):
        raise BadInput(f"FROM: the results have to hold requests (got none in {folder}); run the test again")
    sent = [row for row in rows if row[4] != HELD]
    started, intended, ended, service, status, timing = zip(*sent, strict=True)
    return Log(
        intended=np.array(intended),
        started=np.array(started),
        ended=np.array(ended),
        service=np.array(service),
        ok=np.array([one.startswith(("2", "3")) for one in status]),
        held=len(rows) - len(sent),
        timing=timing,
        run=_run(folder),
    )


def _rows(file: Path) -> Iterator[tuple[float, float, float, str, str, str]]:
    """Started, intended, ended, service, status and Server-Timing of each request."""
    with file.open(newline="", encoding="utf-8") as lines:
        table = csv.DictReader(lines)
        missing = [name for name in NEEDED if name not in (table.fieldnames or ())]
        if "intended" in missing:
            raise BadInput(
                f"FROM: latency counts from the intended start (got no column intended in {file.name}); take the "
                "results of make load"
            )
        if missing:
            raise BadInput(f"FROM: {file.name} needs the columns {', '.join(NEEDED)} (got no {missing[0]})")
        for number, row in enumerate(table, start=2):
            try:
                times = float(row["started"]), float(row["intended"]), float(row["ended"])
            except (TypeError, ValueError):
                raise BadInput(
                    f"FROM: times are seconds since the epoch (got {row['intended']} in {file.name} line {number}); "
                    "take the results as they were written"
                ) from None
            yield (*times, row["service"], row["status"] or "", row.get("timing") or "")


def _run(folder: Path) -> Mapping[str, Any]:
    file = folder / RUN
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError:
        raise BadInput(f"FROM: {RUN} has to be JSON (got something else in {folder}); run the test again") from None


@dataclass(frozen=True, kw_only=True)
class Served:
    """Requests that one service worked on itself: when each came, and was done with."""

    started: Floats
    ended: Floats
    usable: NDArray[np.bool_]
    """Whether the generator kept time meanwhile: while it came late, its times are not the service's."""


def served(log: Log) -> dict[str, Served]:
    """By service, what the log tells of its work.

    Answers with a `Server-Timing` header (W3C) name every service on the way and its time, the outermost first; each is
    taken to lie in the middle of the one that called it, whose own work, without it, is taken to come first. Without a
    header, a request counts whole for the service that it ends in.
    """
    late = _Late(log)
    found: dict[str, list[tuple[float, float]]] = {}
    for at in np.flatnonzero(log.ok):
        start, end = float(log.started[at]), float(log.ended[at])
        spans = _TIMING.findall(log.timing[at])
        if not spans:
            found.setdefault(str(log.service[at]), []).append((start, end))
        seconds = [*(float(text) / 1000 for _, text in spans), 0.0]
        for (name, _), (whole, inner) in zip(spans, pairwise(seconds), strict=True):
            begun = (start + end - whole) / 2
            found.setdefault(name, []).append((begun, begun + max(0.0, whole - inner)))
    return {name: _served(rows, late) for name, rows in found.items()}


def _served(rows: list[tuple[float, float]], late: _Late) -> Served:
    started, ended = np.array(sorted(rows)).T
    return Served(started=started, ended=ended, usable=~late.meets(started, ended))


class _Late:
    """The spans in which the generator came late, one after the other."""

    def __init__(self, log: Log) -> None:
        which = log.lag > MAX_LAG
        order = np.argsort(log.started[which])
        self.ends = log.started[which][order]
        begins = log.intended[which][order]
        # The earliest begin of those that end no earlier: spans may lie in each other.
        self.begins = np.minimum.accumulate(begins[::-1])[::-1] if len(begins) else begins

    def meets(self, started: Floats, ended: Floats) -> NDArray[np.bool_]:
        """Whether each request may have been under way in one of these.

        By its start alone, and the time that 99 of 100 take: long requests would be left out more often by their own.
        """
        if not len(self.ends):
            return np.zeros(len(started), dtype=np.bool_)
        after = np.searchsorted(self.ends, started)
        known = np.minimum(after, len(self.ends) - 1)
        return (after < len(self.ends)) & (self.begins[known] < started + np.quantile(ended - started, 0.99))
