"""Curves over time as inline SVG, coloured by the page's own style sheet so that they follow light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 220
LEFT, RIGHT, TOP, BOTTOM = 58, 24, 12, 26
_STEPS: Final = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)  # seconds between time labels
_MAX_LABELS: Final = 6
_MAX_LINES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve."""

    label: str
    values: Sequence[float]
    colour: int
    """Number of the style sheet's colour."""
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Time from left to right."""

    start: float
    """Seconds since the epoch."""
    seconds: float
    zone: tzinfo | None
    marked: float | None = None
    """Seconds after the start at which a line stands: the opening."""


def chart(title: str, unit: str, lines: Sequence[Line], axis: Axis, *, logarithmic: bool = False) -> str:
    """A figure with a legend below its title."""
    scale = _Scale(lines, logarithmic)
    legend = "".join(
        f'<span class="key"><i class="c{line.colour}{" dashed" if line.dashed else ""}"></i>{escape(line.label)}</span>'
        for line in lines
    )
    shapes = [*_grid(scale), *_times(axis)]
    if axis.marked is not None and 0 <= axis.marked <= axis.seconds:
        x = _x(axis.marked / axis.seconds)
        shapes.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    for line in lines:
        shapes.extend(_curve(line, scale))
    highest = ", ".join(f"{line.label} at most {number(max(line.values, default=0))}" for line in lines)
    return (
        f"<figure><figcaption><b>{escape(title)}</b> <small>{escape(unit)}</small></figcaption>"
        f'<p class="legend">{legend}</p>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{title}: {highest}", quote=True)}">'
        f"{''.join(shapes)}</svg></figure>"
    )


def number(value: float) -> str:
    """Three digits, with k and M: for axes and legends."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            divided = value / (1e3 if letter == "k" else limit)
            return f"{divided:.3g}{letter}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}"


class _Scale:
    """Values from bottom to top."""

    def __init__(self, lines: Sequence[Line], logarithmic: bool) -> None:
        highest = max((max(line.values, default=0.0) for line in lines), default=0.0)
        self.logarithmic = logarithmic
        if logarithmic:
            positive = [value for line in lines for value in line.values if value > 0] or [1.0]
            self.low = 10.0 ** math.floor(math.log10(min(positive)))
            self.high = max(10.0 ** math.ceil(math.log10(max(positive))), self.low * 10)
            decades = round(math.log10(self.high / self.low))
            self.ticks = [self.low * 10.0**step for step in range(decades + 1)]
            return
        self.low, step = 0.0, _nice((highest or 1.0) / (_MAX_LINES - 1))
        self.high = step * math.ceil((highest or 1.0) * 1.02 / step)
        self.ticks = [step * count for count in range(round(self.high / step) + 1)]

    def y(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return TOP + (1 - min(max(share, 0.0), 1.0)) * (HEIGHT - TOP - BOTTOM)


def _nice(step: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= step * 0.999)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _grid(scale: _Scale) -> list[str]:
    shapes = []
    for tick in scale.ticks:
        y = scale.y(tick)
        shapes.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        shapes.append(f'<text class="y" x="{LEFT - 6}" y="{y + 4:.1f}">{number(tick)}</text>')
    return shapes


def _times(axis: Axis) -> list[str]:
    step = next((step for step in _STEPS if axis.seconds / step <= _MAX_LABELS), 86_400)
    shapes = []
    local = datetime.fromtimestamp(axis.start, tz=axis.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    moment = midnight + math.ceil((axis.start - midnight) / step) * step
    while moment <= axis.start + axis.seconds:
        x = _x((moment - axis.start) / axis.seconds)
        label = datetime.fromtimestamp(moment, tz=axis.zone).strftime("%H:%M")
        shapes.append(
            f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}"/>'
        )
        shapes.append(f'<text class="x" x="{x:.1f}" y="{HEIGHT - 7}">{label}</text>')
        moment += step
    return shapes


def _curve(line: Line, scale: _Scale) -> list[str]:
    count = len(line.values)
    if count == 0:
        return []
    points = [f"{_x(index / max(1, count - 1)):.1f},{scale.y(value):.1f}" for index, value in enumerate(line.values)]
    bottom = HEIGHT - BOTTOM
    shapes = []
    if line.filled:
        corners = " ".join([f"{LEFT},{bottom}", *points, f"{WIDTH - RIGHT},{bottom}"])
        shapes.append(f'<polygon class="area c{line.colour}" points="{corners}"/>')
    dashed = " dashed" if line.dashed else ""
    shapes.append(f'<polyline class="curve c{line.colour}{dashed}" points="{" ".join(points)}"/>')
    return shapes
