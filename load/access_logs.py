"""The arrivals of a load test from access logs of CloudFront or a load balancer, or from a curve in CSV.

CloudFront: standard logs, by the names in their `#Fields` line; what it answered from its cache does not count. Load
balancer: by `request_creation_time` (ELB user guide, "Access log entries"). Files may be gzipped.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from load.plan import Curve
from settings.stack_file import BadInput
from specs import curve
from specs.sale import SaleEvent

MAX_SECONDS: Final = 14 * 86_400  # of a curve
CREATED: Final = 21  # field of a load balancer's entry
KINDS: Final = frozenset({"http", "https", "h2", "grpcs", "ws", "wss"})
HITS: Final = frozenset({"Hit"})
"""Result types of what CloudFront answered itself; a RefreshHit asked the origin."""


def read(source: Path, event: SaleEvent) -> Curve:
    """Requests a second beyond CloudFront. Raises BadInput for files that are none of the three."""
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    if not files or not all(file.exists() for file in files):
        raise BadInput(f"FROM: has to be access logs or a curve in CSV (got {source}, which is not there or empty)")
    if len(files) == 1 and files[0].suffix == ".csv":
        return _of_csv(files[0], event)
    times = np.fromiter((time for file in files for time in _times(file)), dtype=np.float64)
    if not len(times):
        raise BadInput(f"FROM: the logs have to hold requests (got none in {source}); take those of the event")
    begin, end = np.floor(times.min()), np.floor(times.max()) + 1
    if end - begin > MAX_SECONDS:
        raise BadInput(f"FROM: logs span 14 days at most (got {(end - begin) / 86_400:.0f} in {source}); take fewer")
    counts, _ = np.histogram(times, bins=int(end - begin), range=(begin, end))
    return Curve(requests=counts.astype(np.float64), step=1.0, source=f"{len(times):,} requests in {source.name}")


def _of_csv(file: Path, event: SaleEvent) -> Curve:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            points = curve.parse([row for row in csv.reader(lines) if row], file.name)
    except (ValueError, csv.Error) as error:
        raise BadInput(f"FROM: {error}") from None
    origin = np.array(points.requests) * (1 - event.cdn_hit_percent / 100)
    return Curve(requests=origin, step=points.step, source=file.name)


def _times(file: Path) -> Iterator[float]:
    """Seconds since the epoch of each request beyond CloudFront."""
    opened = gzip.open if file.suffix == ".gz" else open
    number = 0
    try:
        with opened(file, "rt", encoding="utf-8", newline="") as lines:
            fields: list[str] = []
            for number, line in enumerate(lines, start=1):  # noqa: B007 - told where a line can't be read
                if line.startswith("#"):
                    fields = line.split()[1:] if line.startswith("#Fields:") else fields
                elif line.strip():
                    yield from _of_cloudfront(line, fields) if fields else _of_balancer(line)
    except (OSError, EOFError, UnicodeDecodeError, ValueError, IndexError, KeyError):
        raise BadInput(
            f"FROM: has to be an access log of CloudFront or a load balancer (got {file.name} line {number}); take "
            "other files out"
        ) from None


def _of_cloudfront(line: str, fields: list[str]) -> Iterable[float]:
    entry = dict(zip(fields, line.rstrip("\n").split("\t"), strict=True))
    if entry["x-edge-result-type"] in HITS:
        return ()
    return (datetime.fromisoformat(f"{entry['date']}T{entry['time']}").replace(tzinfo=UTC).timestamp(),)


def _of_balancer(line: str) -> Iterable[float]:
    entry = next(csv.reader([line], delimiter=" "))
    if entry[0] not in KINDS:
        raise ValueError(entry[0])
    return (datetime.fromisoformat(entry[CREATED]).timestamp(),)
