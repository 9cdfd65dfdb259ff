"""A load test as one page: what was planned and sent, how long customers waited, and what the services can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from load.calibrate import Calibrated
from load.plan import STEP, LoadPlan
from load.results import Log
from load.run import Played, began
from load.usl import Fitted
from sale.report.drawing import Axis, Line, panel
from sale.report.page import environment
from sale.simulation.arrays import Floats

TEMPLATES: Final = Path(__file__).with_name("templates")
PARTS: Final = 60  # points of a curve


def page(
    plan: LoadPlan,
    log: Log,
    figures: Played,
    found: Sequence[Calibrated],
    missing: Sequence[str],
    more: Sequence[tuple[str, str]] = (),
) -> str:
    """The page; `more` are further sections, each a title and lines of text."""
    begin = began(plan, log)
    axis = Axis(start=begin, seconds=plan.seconds, zone=UTC)
    made = environment(TEMPLATES)
    made.filters["interval"] = _interval
    return made.get_template("load.html.j2").render(
        plan=plan,
        figures=figures,
        url=log.run.get("url", ""),
        when=log.run.get("began", ""),
        found=found,
        missing=missing,
        more=more,
        requests=Markup(_requests(plan, log, begin, axis)),
        latency=Markup(_latency(log, begin, axis)),
    )


def _requests(plan: LoadPlan, log: Log, begin: float, axis: Axis) -> str:
    width = plan.seconds / PARTS
    sent = log.requests_per_second(width, begin, PARTS)
    planned = np.interp((np.arange(PARTS) + 0.5) * width, (np.arange(len(plan.requests)) + 0.5) * STEP, plan.requests)
    lines = [
        Line(label="planned", values=planned.tolist(), kind="asked"),
        Line(label="sent", values=sent.tolist(), kind="plan", filled=True),
    ]
    return panel("requests a second", lines, axis)


def _latency(log: Log, begin: float, axis: Axis) -> str:
    """Milliseconds from the intended start, by the time of that start."""
    width = axis.seconds / PARTS
    which = np.clip(((log.intended - begin) / width).astype(int), 0, PARTS - 1)
    p50, p99 = (_quantiles(log.seconds * 1000, which, share) for share in (0.5, 0.99))
    lines = [
        Line(label="p99", values=p99.tolist(), kind="scenario"),
        Line(label="p50", values=p50.tolist(), kind="plan"),
    ]
    return panel("latency", lines, axis, logarithmic=True)


def _quantiles(values: Floats, which: Any, share: float) -> Floats:
    """Of each part; a part without requests takes the one before."""
    found = np.full(PARTS, np.nan)
    for part in np.unique(which):
        found[part] = np.quantile(values[which == part], share)
    known = np.flatnonzero(np.isfinite(found))
    return found[known[np.maximum(0, np.searchsorted(known, np.arange(PARTS), side="right") - 1)]]


def _interval(fitted: Fitted | None, factor: float = 1.0) -> str:
    if fitted is None:
        return "-"
    value, low, high = (one * factor for one in (fitted.value, fitted.low, fitted.high))
    return f"{value:.3g} ({low:.3g} to {high:.3g})"
