"""Curves over time as inline SVG by Matplotlib, in the colours of the page, so that they follow light and dark.

Text stays text, in the page's font; nothing refers to anything outside the page.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

SIZE: Final = (4.9, 2.05)  # inches of a panel: 353 units of the SVG, about a phone's width in pixels
MAX_LINES: Final = 3
"""Lines of one chart that can still be told apart."""
FONT: Final = 10.0  # units, at a phone's width pixels
MARKERS: Final = 8  # along a marked line

# Colours that the style sheet replaces; each is named after its variable.
_COLOURS: Final = {"plan": "#0000f1", "scenario": "#0000f2", "asked": "#0000f3", "soft": "#0000f4", "line": "#0000f5"}
_STROKES: Final = {"plan": "-", "scenario": (0, (4, 2)), "asked": (0, (1, 1.5))}
_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}")
_ID: Final = re.compile(r'(\bid="|url\(#|href="#)([\w-]+)')
_PLAIN_GROUP: Final = re.compile(r'<g id="[\w-]+"')
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve; told from others by its stroke and marks, not by its colour alone."""

    label: str
    values: Sequence[float]
    kind: str
    """`plan` is solid, `scenario` dashed with dots, `asked` dotted."""
    filled: bool = False


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Time from left to right."""

    start: float
    """Seconds since the epoch."""
    seconds: float
    zone: tzinfo | None
    marked: float | None = None
    """Seconds since the epoch at which a line stands: the opening."""


def panel(
    title: str, lines: Sequence[Line], axis: Axis, *, logarithmic: bool = False, limit: float | None = None
) -> str:
    """One panel as an SVG element; a `limit` is a line across. Raises ValueError for too many lines."""
    if len(lines) > MAX_LINES:
        raise ValueError(f"a chart has at most {MAX_LINES} lines (got {len(lines)})")
    with mpl.rc_context({"svg.fonttype": "none", "font.size": FONT, "path.simplify_threshold": 0.5}):
        figure = Figure(figsize=SIZE)
        figure.patch.set_visible(False)
        figure.subplots_adjust(left=0.13, right=0.955, top=0.95, bottom=0.14)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        zone = axis.zone or UTC
        for line in lines:
            _draw(axes, line, axis, zone, logarithmic)
        _scale(axes, lines, axis, zone, logarithmic, limit)
        written = io.StringIO()
        FigureCanvasSVG(figure).print_svg(
            written, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _inline(written.getvalue(), f"{title}: {_told(lines)}")


def number(value: float) -> str:
    """Three digits, with k and M: for axes and texts."""
    for limit, letter, factor in ((1e9, "G", 1e9), (1e6, "M", 1e6), (1e4, "k", 1e3)):
        if abs(value) >= limit:
            return f"{value / factor:.3g}{letter}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"


def milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value < 1000 else f"{value / 1000:.3g} s"


def _draw(axes: Axes, line: Line, axis: Axis, zone: tzinfo, logarithmic: bool) -> None:
    values = np.asarray(line.values, dtype=float)
    if logarithmic:
        values = np.where(values > 0, values, np.nan)
    moments = axis.start + axis.seconds * (np.arange(len(values)) + 0.5) / max(1, len(values))
    times = date2num([datetime.fromtimestamp(float(moment), tz=zone) for moment in moments])
    colour = _COLOURS[line.kind]
    (drawn,) = axes.plot(times, values, color=colour, linestyle=_STROKES[line.kind], linewidth=1.7)
    if line.kind == "scenario":
        drawn.set(marker="o", markersize=3.4, markevery=max(1, len(values) // MARKERS))
    if line.filled and not logarithmic:
        axes.fill_between(times, values, color=colour, alpha=0.14, linewidth=0)


def _scale(axes: Axes, lines: Sequence[Line], axis: Axis, zone: tzinfo, logarithmic: bool, limit: float | None) -> None:
    soft, grid = _COLOURS["soft"], _COLOURS["line"]
    start, end = (datetime.fromtimestamp(moment, tz=zone) for moment in (axis.start, axis.start + axis.seconds))
    axes.set_xlim(float(date2num(start)), float(date2num(end)))
    highest = max((max(line.values, default=0.0) for line in lines), default=0.0)
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(_log_limits(lines, limit))
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: milliseconds(value)))
    else:
        axes.set_ylim(0, (max(highest, limit or 0.0) or 1.0) * 1.06)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=highest >= 4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    locator = AutoDateLocator(tz=zone, minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone, show_offset=False))
    if axis.marked is not None:
        axes.axvline(
            float(date2num(datetime.fromtimestamp(axis.marked, tz=zone))), color=soft, linewidth=1, dashes=(3, 2)
        )
    if limit is not None:
        axes.axhline(limit, color=soft, linewidth=1.2, linestyle=(0, (7, 2, 1.5, 2)))
    axes.grid(axis="y", color=grid, linewidth=0.8)
    axes.tick_params(which="both", colors=soft, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(grid)
    axes.set_axisbelow(True)


def _log_limits(lines: Sequence[Line], limit: float | None) -> tuple[float, float]:
    values = [value for line in lines for value in line.values if value > 0] + ([limit] if limit else [])
    low, high = min(values, default=1.0), max(values, default=10.0)
    return 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high * 1.01))


def _told(lines: Sequence[Line]) -> str:
    return "; ".join(f"{line.label} at most {number(max(line.values, default=0.0))}" for line in lines)


def _inline(written: str, told: str) -> str:
    """The drawing as an element of a page: without prologue, with ids and colours of the page."""
    element = written[written.index("<svg") :].strip()
    opening, _, rest = element.partition(">")
    view = re.search(r'viewBox="([^"]+)"', opening)
    assert view is not None
    rest = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", rest, flags=re.DOTALL)
    rest = _PLAIN_GROUP.sub("<g", rest.replace("xlink:href", "href"))
    rest = re.sub(r"\.svg_[\w-]+|\*\{stroke-linejoin: round; stroke-linecap: butt\}", "", rest)
    mark = f"d{next(_NUMBERS)}"
    rest = _ID.sub(lambda found: f"{found[1]}{mark}{found[2]}", rest)
    rest = re.sub(r"<style[^>]*>.*?</style>", "", rest, flags=re.DOTALL)
    for name, colour in _COLOURS.items():
        rest = rest.replace(colour, f"var(--{name})")
    rest = re.sub(r" font-family: [^;\"]+;?", "", rest).replace(' transform="rotate(-0', ' transform="rotate(0')
    rest = re.sub(r' transform="rotate\(0 [\d. ]+\)"', "", rest)
    rest = _NUMBER.sub(lambda found: f"{float(found[0]):.1f}", rest)
    rest = re.sub(r"\s*\n\s*", " ", rest)
    label = told.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<svg viewBox="{view[1]}" role="img" aria-label="{label}">{rest}'
