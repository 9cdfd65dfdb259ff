"""Metrics from a folder: answers of `aws cloudwatch get-metric-data` as JSON, and CSV of `label,timestamp,value`."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sale.review.measured import Points
from settings.stack_file import BadInput

COLUMNS: Final = ("label", "timestamp", "value")
WHOLE: Final = "Complete"
_SHOWN: Final = 40  # characters of a cell that a message repeats


def read(folder: Path) -> dict[str, Points]:
    """By label: the points of all files, by their time. Raises BadInput for what can't be read."""
    if not folder.is_dir():
        raise BadInput(
            f"FROM: has to be account, or a folder with metrics (got {folder}); see docs/sale-day.md, Afterwards"
        )
    files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".csv"))
    found: dict[str, dict[float, float]] = defaultdict(dict)
    for file in files:
        for label, time, value in _json(file) if file.suffix == ".json" else _csv(file):
            found[label][time] = value
    if not found:
        raise BadInput(
            f"FROM: {folder} has to hold .json or .csv files with metrics (got {len(files)} files, no point)"
        )
    return {label: tuple(sorted(points.items())) for label, points in found.items()}


def _json(file: Path) -> Iterator[tuple[str, float, float]]:
    try:
        results = json.loads(file.read_text(encoding="utf-8"))["MetricDataResults"]
        for result in results:
            yield from _result(file, result)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise BadInput(
            f"FROM: a JSON file is an answer of aws cloudwatch get-metric-data (got another in {file.name}); "
            "export it again"
        ) from None


def _result(file: Path, result: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    label, status = result["Label"], result.get("StatusCode", WHOLE)
    if status not in (WHOLE, "PartialData"):
        raise BadInput(
            f"FROM: each series is there in whole (got {status} for {label} in {file.name}); export it again"
        )
    times, values = result["Timestamps"], result["Values"]
    if len(times) != len(values):
        raise BadInput(
            f"FROM: each value has its time (got {len(times)} and {len(values)} of {label} in {file.name}); "
            "export it again"
        )
    for time, value in zip(times, values, strict=True):
        yield label, _time(time, file.name), _value(value, file.name)


def _csv(file: Path) -> Iterator[tuple[str, float, float]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise BadInput(f"FROM: a CSV file is text in UTF-8 (got {file.name}); save it as one") from None
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if header != COLUMNS:
        raise BadInput(
            f"FROM: the columns are {','.join(COLUMNS)} (got {_short(','.join(header))} in {file.name}); rename them"
        )
    for number, row in enumerate(rows[1:], start=2):
        where = f"{file.name} line {number}"
        if len(row) != len(COLUMNS):
            raise BadInput(f"FROM: a row has {len(COLUMNS)} cells (got {len(row)} in {where}); fill the gap")
        yield row[0].strip(), _time(row[1], where), _value(row[2], where)


def _time(given: Any, where: str) -> float:
    """Seconds since the epoch."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return float(given)
    try:
        time = datetime.fromisoformat(str(given).strip())
    except ValueError:
        raise BadInput(
            f"FROM: a time is written as 2030-10-18T18:30:00+00:00 (got {_short(str(given))} in {where}); rewrite it"
        ) from None
    if time.tzinfo is None:
        raise BadInput(f"FROM: a time has an offset (got {_short(str(given))} in {where}); add +00:00 for UTC")
    return time.timestamp()


def _value(given: Any, where: str) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise BadInput(f"FROM: a value is a number (got {_short(str(given))} in {where}); export it again") from None
    if not math.isfinite(value) or value < 0:
        raise BadInput(f"FROM: a value is a number from 0 on (got {_short(str(given))} in {where}); correct it")
    return value


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
