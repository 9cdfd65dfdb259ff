"""A demand curve from a CSV file: what customers asked for in a sale that has been.

    time,requests_per_second,orders_per_second
    2025-10-20T00:00:00+05:30,11800,96
    2025-10-20T00:01:00+05:30,11350,102

Rates are averages of the step that begins at `time`, in the units of the header; steps are equally long. The curve is
laid over an event from its opening on, so only the distances of its times count.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

COLUMNS: Final = ("time", "requests_per_second", "orders_per_second")
ROOT: Final = Path(__file__).resolve().parent.parent
"""Where a relative path starts: the project's folder."""
STEP_TOLERANCE: Final = 1e-4
"""Share by which a step may differ: tenths of a second are no binary fractions."""
_SHOWN: Final = 40  # characters of a cell that a message repeats


@dataclass(frozen=True)
class Points:
    """The samples of one file, in ascending order."""

    seconds: tuple[float, ...]
    """Since the first row."""
    requests: tuple[float, ...]
    """Requests per second."""
    orders: tuple[float, ...]
    """Orders per second."""

    @property
    def step(self) -> float:
        """Seconds from one row to the next."""
        return self.seconds[1] - self.seconds[0]

    @property
    def duration(self) -> float:
        """Seconds that the rows cover, the last one's step included."""
        return self.seconds[-1] + self.step


def read(file: str) -> Points:
    """The curve in `file` (absolute, or relative to the project's folder).

    Raises ValueError (rule, value, remedy) for a file that cannot be read, and for rows that are no curve.
    """
    path = ROOT / file
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        raise ValueError(f"the curve must be a file of the project (got {file}); correct the path") from None
    return _read(path, file, stamp)


@lru_cache(maxsize=16)
def _read(path: Path, file: str, _stamp: int) -> Points:
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise ValueError(f"the curve must be a CSV file in UTF-8 (got {file}); save it as one") from None
    return parse(rows, file)


def parse(rows: Sequence[Sequence[str]], file: str) -> Points:
    """The curve that the rows of `file` hold, the header first."""
    _check_header(rows, file)
    times: list[datetime] = []
    requests: list[float] = []
    orders: list[float] = []
    for number, row in enumerate(rows[1:], start=2):
        where = f"{file} line {number}"
        if len(row) != len(COLUMNS):
            raise ValueError(
                f"a row has {len(COLUMNS)} cells (got {len(row)} in {where}); fill the gap or remove what is too much"
            )
        times.append(_time(row[0], where))
        requests.append(_rate(row[1], COLUMNS[1], where))
        orders.append(_rate(row[2], COLUMNS[2], where))
    if len(times) < 2:
        raise ValueError(f"a curve has at least two rows (got {len(times)} in {file}); export more of it")
    if not max(requests) > 0:
        raise ValueError(f"a curve has some demand (got 0 requests/s throughout {file}); check the export")
    seconds = tuple((time - times[0]).total_seconds() for time in times)
    _check_steps(seconds, times, file)
    return Points(seconds=seconds, requests=tuple(requests), orders=tuple(orders))


def _check_header(rows: Sequence[Sequence[str]], file: str) -> None:
    wanted = ",".join(COLUMNS)
    if not rows:
        raise ValueError(f"a curve starts with the header {wanted} (got nothing in {file}); export it again")
    header = tuple(cell.strip() for cell in rows[0])
    if header != COLUMNS:
        wrong = next((cell for cell in header if cell not in COLUMNS), ",".join(header))
        raise ValueError(
            f"the columns and units are {wanted} (got {_short(wrong)} in {file} line 1); convert to rates per second "
            "and name the columns so"
        )


def _time(text: str, where: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"time is written as 2025-10-20T00:00:00+05:30 (got {_short(text)} in {where}); rewrite it"
        ) from None
    if time.tzinfo is None:
        raise ValueError(f"time has a time zone (got {_short(text)} in {where}); add an offset such as +05:30")
    return time


def _rate(text: str, column: str, where: str) -> float:
    if not text.strip():
        raise ValueError(f"{column} has a gap (got nothing in {where}); fill it in")
    try:
        rate = float(text)
    except ValueError:
        raise ValueError(f"{column} is a number (got {_short(text)} in {where}); write digits only") from None
    if not math.isfinite(rate):
        raise ValueError(f"{column} is a finite number (got {_short(text)} in {where}); fill in what was measured")
    if rate < 0:
        raise ValueError(f"{column} is at least 0 (got {_short(text)} in {where}); correct it")
    return rate


def _check_steps(seconds: Sequence[float], times: Sequence[datetime], file: str) -> None:
    for number, (time, step) in enumerate(zip(times[1:], _steps(seconds), strict=True), start=3):
        where = f"{time.isoformat()} in {file} line {number}"
        if step <= 0:
            raise ValueError(f"rows are sorted by time, each later than the one before (got {where}); sort them")
        if not math.isclose(step, seconds[1], rel_tol=STEP_TOLERANCE):
            raise ValueError(
                f"rows are equally far apart, {seconds[1]:g} s as the first two (got a gap of {step:g} s before "
                f"{where}); fill it in"
            )


def _steps(seconds: Sequence[float]) -> Iterator[float]:
    return (after - before for before, after in pairwise(seconds))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
