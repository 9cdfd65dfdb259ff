"""Settings for the next event: what was measured where the settings say something else."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from sale.review.estimate import Finding
from sale.review.estimate import Path as SettingPath
from sale.review.measured import Measured
from sale.review.shape import Demand
from sale.simulation.arrays import Floats
from specs import curve
from specs.sale import SaleEvent

DIGITS: Final = 3  # that a proposed value has
SHAPE: Final = {
    "waiting": ("waitingPercent", "minutes before the opening, by the peak"),
    "spike": ("spikeSeconds", "what is missing to the peak in the first minutes"),
    "top": ("peakMinutes", "minutes at the peak"),
    "decay": ("decayMinutes", "the fall after the peak"),
    "plateau": ("plateauPercent", "the level between opening and end, by the peak"),
    "evening": ("eveningPercent", "the evenings' highest, by the peak"),
}
"""By field of the fit: the setting, and what it follows from."""


def demand_findings(event: SaleEvent, demand: Demand | None) -> Iterable[Finding]:
    """Peak, orders and shape; none where the shape does not tell what happened."""
    if demand is None or not demand.is_the_shape:
        return
    where = ("config", "saleday:saleEvents", event.name)
    fit = f"least squares over the event's minutes, mean error {demand.error:.1%} of the peak"
    if (peak := demand.estimates.get("peak")) is not None:
        path = (*where, "demand", "peakRequestsPerSecond")
        yield Finding(path=path, now=event.demand.highest_requests, estimate=peak, law=fit)
    if demand.orders is not None:
        path = (*where, "demand", "peakOrdersPerSecond")
        law = "messages sent, by the fitted demand"
        yield Finding(path=path, now=event.demand.highest_orders, estimate=demand.orders, law=law)
    settings = event.shape.model_dump(by_alias=True)
    for name, (field, law) in SHAPE.items():
        if (estimate := demand.estimates.get(name)) is not None:
            yield Finding(path=(*where, "shape", field), now=float(settings[field]), estimate=estimate, law=law)


def changes(findings: Iterable[Finding]) -> dict[SettingPath, float]:
    """By path: new values, where the settings lie outside what was measured. Shares of a mix change together."""
    listed = list(findings)
    mix = [one for one in listed if _of_mix(one)]
    changed = {one.path: rounded(one.estimate.value) for one in listed if not one.agrees and not _of_mix(one)}
    if any(not one.agrees for one in mix):
        changed |= _mix(mix)
    return changed


def _of_mix(finding: Finding) -> bool:
    return "mix" in finding.path


def _mix(findings: Iterable[Finding]) -> Mapping[SettingPath, float]:
    """Shares with two digits behind the point, 100 together: the largest takes what rounding leaves."""
    shares = {one.path: round(one.estimate.value, 2) for one in findings}
    largest = max(shares, key=lambda path: shares[path])
    shares[largest] = round(shares[largest] + 100 - sum(shares.values()), 2)
    return shares


def rounded(value: float) -> float:
    if value == 0 or not math.isfinite(value):
        return 0.0
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


def write_curve(file: Path, measured: Measured, event: SaleEvent, orders: Floats | None) -> None:
    """The demand from the opening to the end, as `demand.curve` takes it."""
    requests = measured.values["cloudfront requests"]
    inside = (measured.times >= event.start.timestamp()) & (measured.times <= event.end.timestamp())
    times = measured.times[inside]
    ordered = np.zeros(len(times)) if orders is None else np.nan_to_num(orders[inside])
    # A gap takes the value before it: a curve has none.
    asked = np.interp(times, measured.times[np.isfinite(requests)], requests[np.isfinite(requests)])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(curve.COLUMNS)
        for time, value, order in zip(times, asked, ordered, strict=True):
            shown = datetime.fromtimestamp(float(time), tz=event.start.tzinfo).isoformat()
            writer.writerow((shown, f"{value:.2f}", f"{order:.3f}"))
