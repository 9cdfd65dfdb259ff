"""Dashboard bodies: widgets as values, laid out in rows and written as CloudWatch's JSON.

The schema is "Dashboard Body Structure and Syntax" of the CloudWatch API reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from components.monitoring.values import DeferredDimension, Math, Measure, Metric

GRID: Final = 24  # columns of a dashboard
HEIGHT: Final = 6  # grid units of a widget, where it does not say otherwise
MAX_WIDGET_METRICS: Final = 500  # metrics of one widget, those inside expressions included (CloudWatch quotas)
MAX_METRICS: Final = 2500  # metrics of one dashboard (CloudWatch quotas)
MAX_WIDGETS: Final = 500  # widgets of one dashboard (CloudWatch quotas)
MAX_WIDGET_ALARMS: Final = 100  # alarms of one alarm widget (CloudWatch user guide)
START: Final = "-PT3H"  # what a dashboard shows when it is opened

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Text:
    markdown: str
    height: int = 2

    def write(self, region: str, known: Mapping[str, str]) -> Json:
        return {"type": "text", "properties": {"markdown": self.markdown}}


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Lines over time."""

    title: str
    series: tuple[Measure, ...]
    axis: str = ""
    """Unit or meaning of the numbers, for example `percent`."""
    marks: tuple[tuple[str, float], ...] = ()
    """Horizontal lines: label and value."""
    height: int = HEIGHT

    def write(self, region: str, known: Mapping[str, str]) -> Json:
        properties: Json = {
            "title": self.title,
            "region": region,
            "view": "timeSeries",
            "stacked": False,
            "metrics": [line for number, one in enumerate(self.series) for line in _lines(number, one, known)],
            "yAxis": {"left": {"min": 0, "label": self.axis, "showUnits": not self.axis}},
        }
        if self.marks:
            properties["annotations"] = {
                "horizontal": [{"label": label, "value": value} for label, value in self.marks]
            }
        return {"type": "metric", "properties": properties}

    @property
    def metric_count(self) -> int:
        return sum(len(one.terms) if isinstance(one, Math) else 1 for one in self.series)


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """The states of alarms, those in trouble first."""

    title: str
    arns: tuple[str, ...]
    height: int = HEIGHT

    def write(self, region: str, known: Mapping[str, str]) -> Json:
        return {
            "type": "alarm",
            "properties": {"title": self.title, "alarms": list(self.arns), "sortBy": "stateUpdatedTimestamp"},
        }


@dataclass(frozen=True, kw_only=True)
class Logs:
    """The result of a Logs Insights query as a table."""

    title: str
    log_group: str
    query: str
    height: int = HEIGHT

    def write(self, region: str, known: Mapping[str, str]) -> Json:
        return {
            "type": "log",
            "properties": {
                "title": self.title,
                "region": region,
                "view": "table",
                "query": f"SOURCE '{self.log_group}' | {self.query}",
            },
        }


Widget = Text | Graph | Alarms | Logs
Row = Sequence[Widget]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time that every graph marks: a sale."""

    label: str
    start: str
    """ISO 8601, with an offset."""
    end: str


def body(rows: Sequence[Row], region: str, known: Mapping[str, str], spans: Sequence[Span] = ()) -> str:
    """The JSON of a dashboard; the widgets of a row share its width evenly.

    `known` holds the values of `DeferredDimension` dimensions by their keys; `spans` are marked on every graph.
    """
    widgets, y = [], 0
    for row in rows:
        for position, widget in enumerate(row):
            left, right = GRID * position // len(row), GRID * (position + 1) // len(row)
            place = {"x": left, "y": y, "width": right - left, "height": widget.height}
            widgets.append({**place, **_marked(widget.write(region, known), spans)})
        y += max((widget.height for widget in row), default=0)
    return json.dumps({"start": START, "periodOverride": "inherit", "widgets": widgets}, sort_keys=True)


def _marked(written: Json, spans: Sequence[Span]) -> Json:
    """A graph with a band for each span; other widgets know no time."""
    if spans and written["type"] == "metric":
        bands = [[{"label": span.label, "value": span.start}, {"value": span.end}] for span in spans]
        properties = written["properties"]
        properties["annotations"] = properties.get("annotations", {}) | {"vertical": bands}
    return written


def fitted(rows: Sequence[Row]) -> list[Row]:
    """The rows within CloudWatch's quotas: a graph of too many metrics as several below each other; rows that a
    dashboard has no room for give way to a note that counts them."""
    parts = [part for row in rows for part in _parts(row)]
    kept: list[Row] = []
    metrics = widgets = 0
    for row in parts:
        metrics += sum(widget.metric_count for widget in row if isinstance(widget, Graph))
        widgets += len(row)
        if metrics > MAX_METRICS or widgets >= MAX_WIDGETS:
            missing = len(parts) - len(kept)
            kept.append(
                [Text(markdown=f"{missing} rows more than a dashboard holds: CloudWatch's own pages have them.")]
            )
            break
        kept.append(row)
    return kept


def _parts(row: Row) -> Iterator[Row]:
    """The row, and below it what its graphs have no room for."""
    if not any(isinstance(widget, Graph) and widget.metric_count > MAX_WIDGET_METRICS for widget in row):
        yield row
        return
    yield from ([part] for widget in row for part in (_split(widget) if isinstance(widget, Graph) else [widget]))


def _split(graph: Graph) -> Iterator[Graph]:
    series: list[Measure] = []
    number = 1
    for one in graph.series:
        if replace(graph, series=(*series, one)).metric_count > MAX_WIDGET_METRICS:
            yield replace(graph, title=f"{graph.title} ({number})", series=tuple(series))
            series, number = [], number + 1
        series.append(one)
    yield replace(graph, title=f"{graph.title} ({number})" if number > 1 else graph.title, series=tuple(series))


def check(rows: Sequence[Row]) -> None:
    """Raises ValueError for a dashboard beyond CloudWatch's quotas."""
    widgets = [widget for row in rows for widget in row]
    graphs = [widget for widget in widgets if isinstance(widget, Graph)]
    for graph in graphs:
        if graph.metric_count > MAX_WIDGET_METRICS:
            raise ValueError(
                f"{graph.title}: a widget has at most {MAX_WIDGET_METRICS} metrics (got {graph.metric_count})"
            )
    for widget in widgets:
        if isinstance(widget, Alarms) and not 1 <= len(widget.arns) <= MAX_WIDGET_ALARMS:
            raise ValueError(
                f"{widget.title}: an alarm widget has 1 to {MAX_WIDGET_ALARMS} alarms (got {len(widget.arns)})"
            )
    if len(widgets) > MAX_WIDGETS or sum(graph.metric_count for graph in graphs) > MAX_METRICS:
        raise ValueError(f"a dashboard has at most {MAX_WIDGETS} widgets with {MAX_METRICS} metrics")


def _lines(number: int, measure: Measure, known: Mapping[str, str]) -> Iterator[list[Any]]:
    """The entries of one series in a widget's list of metrics; ids carry `number` to be unique in the widget."""
    if isinstance(measure, Metric):
        yield _entry(measure, known, {"label": measure.label} if measure.label else {})
        return
    ids = {name: f"s{number}_{name}" for name in measure.terms}
    for name, term in measure.terms.items():
        yield _entry(term, known, {"id": ids[name], "visible": False})
    options = {
        "id": f"s{number}",
        "expression": measure.expression(ids),
        "label": measure.label,
        "period": measure.period,
    }
    yield [options]


def _entry(metric: Metric, known: Mapping[str, str], options: Json) -> list[Any]:
    entry: list[Any] = [metric.namespace, metric.name]
    for name, value in metric.dimensions:
        entry += [name, known[value.key] if isinstance(value, DeferredDimension) else value]
    where = {"region": metric.region} if metric.region else {}
    return [*entry, {"stat": metric.stat, "period": metric.period, **where, **options}]
