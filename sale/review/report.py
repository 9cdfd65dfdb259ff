"""A review as text, and as JSON with every minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import numpy as np

from sale.review.compare import Kept, Row
from sale.review.estimate import Finding
from sale.review.measured import Measured
from sale.simulation.arrays import Floats
from specs.sale import SaleEvent

FIGURES: Final = {
    "requests": "at most",
    "tasks": "tasks, at most",
    "seconds": "mean answer, at most",
    "p99": "p99, at most",
}


def promise(kept: Kept | None, event: SaleEvent) -> Iterator[str]:
    """What was promised and what was kept."""
    promised = event.slo.availability_percent / 100
    if kept is None:
        yield "errors were not measured, so nothing is said of the promise"
        return
    at = _clock(kept.worst_at, event.start.tzinfo)
    yield (
        f"promised {promised:.2%} of the requests; answered {kept.availability:.3%}, "
        f"in the worst five minutes, from {at}, {kept.worst_minutes:.3%}"
    )


def links(rows: Sequence[Row], measured: Measured, zone: tzinfo | None) -> Iterator[str]:
    """Each figure of each link: its highest, and the minute in which the simulation was farthest off."""
    table = [("link", "figure", "forecast", "simulated", "measured", "mean error", "farthest off")]
    for row in rows:
        at, there = _clock(measured.times[row.worst], zone), row.worst
        table.append(
            (
                row.link,
                FIGURES[row.figure],
                "-" if row.forecast is None else f"{np.max(row.forecast):,.0f}{row.unit}",
                f"{np.max(row.simulated):,.0f}{row.unit}",
                f"{np.nanmax(row.measured):,.0f}{row.unit}",
                f"{row.error:.1%}",
                f"{at}: {row.measured[there]:,.0f} for {row.simulated[there]:,.0f}",
            )
        )
    yield from _columns(table)


def findings(found: Iterable[Finding]) -> Iterator[str]:
    """Each setting that could be told, with its interval."""
    table = [("setting", "now", "measured", "95 % within", "minutes", "by")]
    for one in found:
        estimate = one.estimate
        within = f"{_short(estimate.low)} … {_short(estimate.high)}{'' if one.agrees else ' *'}"
        table.append((one.setting, _short(one.now), _short(estimate.value), within, f"{estimate.minutes:,}", one.law))
    yield from _columns(table)


def document(
    stack: str, event: SaleEvent, measured: Measured, rows: Iterable[Row], found: Iterable[Finding], kept: Kept | None
) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "stack": stack,
        "event": event.name,
        "start": measured.start,
        "step": measured.step,
        "promise": None if kept is None else {"answered": kept.availability, "worstFiveMinutes": kept.worst_minutes},
        "links": [
            {
                "link": row.link,
                "figure": row.figure,
                "unit": row.unit.strip(),
                "forecast": None if row.forecast is None else _plain(row.forecast),
                "simulated": _plain(row.simulated),
                "measured": _plain(row.measured),
            }
            for row in rows
        ],
        "settings": [
            {
                "setting": one.setting,
                "now": one.now,
                "measured": one.estimate.value,
                "low": one.estimate.low,
                "high": one.estimate.high,
                "minutes": one.estimate.minutes,
                "agrees": one.agrees,
                "by": one.law,
            }
            for one in found
        ],
    }


def _plain(values: Floats) -> list[float | None]:
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values]


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _clock(time: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(float(time), tz=zone or UTC).strftime("%m-%d %H:%M")


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
