"""The report as HTML: templates filled with its values, and charts drawn for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sale.report.drawing import Axis, Line, milliseconds, number, panel
from sale.simulation.crowd_text import clock

TEMPLATES: Final = Path(__file__).with_name("templates")
FAR_APART: Final = (
    25.0  # times, that a capacity is above its demand, from where the demand would be a line at the bottom
)


def page(report: Mapping[str, Any]) -> str:
    """The whole page."""
    return _environment(report).get_template("page.html.j2").render(report)


def runbook(report: Mapping[str, Any]) -> str:
    """The runbook alone, for printing."""
    return _environment(report).get_template("runbook.html.j2").render(report)


def environment(*folders: Path) -> Environment:
    """Templates of these folders, and the report's, which has the base and the style of every page."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _environment(report: Mapping[str, Any]) -> Environment:
    made = environment()
    charts = _Charts(report)
    made.filters |= {
        "number": number,
        "percent": _percent,
        "share": _share,
        "ms": milliseconds,
        "moment": lambda text: datetime.fromisoformat(text).strftime("%a %d %b, %H:%M"),
        "day_clock": lambda text: datetime.fromisoformat(text).strftime("%a %H:%M"),
        "relative": relative,
    }
    made.filters |= {"chart": charts.customers, "highest": charts.told, "station_chart": charts.station}
    made.filters |= {"room_chart": charts.room, "wait": clock}
    return made


def relative(minutes: int) -> str:
    """Minutes from the opening: `T-75 min`, `T+1 d 02:30`."""
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    if rest < 180:
        return f"T{sign}{rest} min"
    days, rest = divmod(rest, 1440)
    return f"T{sign}{f'{days} d ' if days else ''}{rest // 60:02}:{rest % 60:02}"


def _percent(value: float | None) -> str:
    """Of a limit; nothing there at all is no number."""
    return "nothing there" if value is None else f"{value:.0%}"


def _share(value: float) -> str:
    """Of what was promised: with as many digits as nines matter."""
    return f"{value:.2%}" if value < 0.999 else f"{value:.3%}"


class _Charts:
    """Two panels for each chart: the opening hour, and the whole event."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.report = report
        start = datetime.fromisoformat(report["event"]["start"])
        self.axes = {
            name: Axis(start=given["start"], seconds=given["seconds"], zone=start.tzinfo, marked=start.timestamp())
            for name, given in report["windows"].items()
        }

    def customers(self, name: str, what: str) -> Markup:
        """One figure of a scenario beside the plan's."""
        curves = {one["name"]: one["curves"] for one in self.report["scenarios"]}
        of = [("plan", "plan")] + ([(name, "scenario")] if name != "plan" else [])
        lines = [(label, curves[label][what], kind) for label, kind in of]
        if what == "answered":
            lines.insert(0, ("asked", curves[name]["asked"], "asked"))
        limit = float(self.report["event"]["slo"]["latencyP99"]) if what == "p99Ms" else None
        return self._panels(f"{what}, {name}", lines, logarithmic=what == "p99Ms", limit=limit)

    def told(self, name: str, what: str) -> str:
        """The highest of a figure, and when: for those who read no curve."""
        parts = []
        for one in dict.fromkeys(("plan", name)):
            curve = next(given["curves"][what] for given in self.report["scenarios"] if given["name"] == one)
            place, axis = max(("opening", "whole"), key=lambda part: max(curve[part])), self.axes
            values, shown = curve[place], axis[place]
            at = datetime.fromtimestamp(
                shown.start + shown.seconds * (values.index(max(values)) + 0.5) / len(values), tz=shown.zone
            )
            value = milliseconds(max(values)) if what == "p99Ms" else number(max(values))
            parts.append(f"{one}: at most {value}" + (f", {at:%a %H:%M}" if max(values) > 0 else ""))
        return "; ".join(parts)

    def station(self, one: Mapping[str, Any]) -> Markup:
        """Demand against capacity of a link."""
        lines = [("demand", one["asked"], "plan"), ("capacity", one["offered"], "scenario")]
        return self._panels(one["name"], lines, filled="plan")

    def room(self, curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Markup:
        """Customers who wait and who are inside."""
        lines = [("inside", curves["inside"], "plan"), ("waiting", curves["waiting"], "scenario")]
        return self._panels("customers", lines, filled="plan")

    def _panels(
        self,
        title: str,
        lines: Sequence[tuple[str, Mapping[str, Sequence[float]], str]],
        *,
        logarithmic: bool = False,
        limit: float | None = None,
        filled: str = "",
    ) -> Markup:
        drawn = []
        for name, told in (("opening", "the opening hour"), ("whole", "the whole event")):
            shown = [
                Line(label=label, values=curve[name], kind=kind, filled=kind == filled) for label, curve, kind in lines
            ]
            drawn.append(
                f'<div class="panel"><p>{told}</p>'
                f"{panel(f'{title}, {told}', shown, self.axes[name], logarithmic=logarithmic, limit=limit)}</div>"
            )
        return Markup("".join(drawn))
