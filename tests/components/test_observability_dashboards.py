"""The dashboards' bodies: what CloudWatch's schema asks for, and that widgets lie side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from components.monitoring.values import Math, Metric
from components.monitoring.widgets import GRID, Alarms, Graph, Row, Text, body, check, fitted
from components.observability import dashboards
from components.observability.monitored_service import MonitoredService
from components.stores.registry import Stores
from tests.components.observability_parts import (
    REGION,
    SERVICES,
    WEB_ACLS,
    cache,
    database,
    queue,
    stores,
    table,
    watched,
)
from tests.some import some

LATE = {"loadBalancer": "app/saleday-prod/1", "distribution": "E123"}
ALARM_ARN = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:saleday-prod-shop"
MANY = [watched(f"service-{number}", public=number % 2 == 0) for number in range(50)]


def _shop(services: tuple[MonitoredService, ...] = SERVICES, kept: Stores | None = None) -> list[Row]:
    return dashboards.shop_rows(
        title="saleday-prod",
        region=REGION,
        services=services,
        stores=stores() if kept is None else kept,
        web_acls=WEB_ACLS,
        joint_alarms=[ALARM_ARN],
        store_alarms=[ALARM_ARN],
    )


def _service(one: MonitoredService) -> list[Row]:
    return dashboards.service_rows(one, title=one.service_name, queue=queue(), alarms=[ALARM_ARN])


def _widgets(rows: list[Row]) -> list[dict[str, Any]]:
    known = LATE | {f"targetGroup/{one.name}": f"targetgroup/{one.name}/1" for one in (*SERVICES, *MANY)}
    check(rows)
    return json.loads(body(rows, REGION, known))["widgets"]


BODIES: Mapping[str, list[dict[str, Any]]] = {
    "shop": _widgets(_shop()),
    "shop of many services": _widgets(_shop(tuple(MANY))),
    "shop with other stores": _widgets(
        _shop(
            kept=stores(
                databases={"orders": database(instance_class="db.r7g.large", proxy_name=None, has_readers=False)},
                caches={"sessions": cache(nodes=0)},
                tables={f"t{number}": table(f"t{number}", ("by-day",)) for number in range(20)},
            )
        )
    ),
    "shop without stores": _widgets(_shop(kept=Stores())),
    "public service": _widgets(_service(watched("ui"))),
    "internal service": _widgets(_service(watched("catalog", public=False))),
    "worker": _widgets(_service(watched("worker", public=False, discovery_name=None))),
}
every_body = pytest.mark.parametrize("widgets", BODIES.values(), ids=BODIES.keys())


def _graphs(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in widgets if widget["type"] == "metric"]


@every_body
def test_widgets_stay_within_the_grid(widgets: list[dict[str, Any]]) -> None:
    for widget in some(widgets):
        assert widget["x"] >= 0
        assert widget["width"] >= 1
        assert widget["height"] >= 1
        assert widget["x"] + widget["width"] <= GRID, widget


@every_body
def test_widgets_do_not_overlap(widgets: list[dict[str, Any]]) -> None:
    cells = [
        {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        for widget in widgets
    ]
    assert not [pair for pair in combinations(range(len(cells)), 2) if cells[pair[0]] & cells[pair[1]]]


@every_body
def test_rows_use_the_whole_width(widgets: list[dict[str, Any]]) -> None:
    for y in some({widget["y"] for widget in widgets}):
        assert sum(widget["width"] for widget in widgets if widget["y"] == y) == GRID


@every_body
def test_widgets_have_what_their_type_requires(widgets: list[dict[str, Any]]) -> None:
    required = {
        "text": {"markdown"},
        "metric": {"metrics", "region", "title", "view"},
        "alarm": {"alarms", "title"},
        "log": {"query", "region", "view", "title"},
    }
    for widget in some(widgets):
        assert required[widget["type"]] <= widget["properties"].keys(), widget


@every_body
def test_no_graph_is_empty_or_beyond_the_quota(widgets: list[dict[str, Any]]) -> None:
    counts = [sum(isinstance(line[0], str) for line in graph["metrics"]) for graph in _graphs(widgets)]
    assert counts, "a dashboard shows something"
    assert min(counts) >= 1, "a graph without metrics shows an error"
    assert max(counts) <= 500
    assert sum(counts) <= 2500


@every_body
def test_expressions_use_only_ids_of_their_own_graph(widgets: list[dict[str, Any]]) -> None:
    for graph in some(_graphs(widgets)):
        options = [line[-1] for line in graph["metrics"]]
        ids = [option["id"] for option in options if "id" in option]
        assert len(set(ids)) == len(ids), "an id is used once in a widget"
        assert all(re.fullmatch("[a-z][A-Za-z0-9_]*", one) for one in ids)
        for option in options:
            used = set(re.findall(r"\bs\d+_\w+", option.get("expression", "")))
            assert used <= set(ids), option
            assert used or "expression" not in option, "an expression is about something"


@every_body
def test_metrics_are_names_with_pairs_of_dimensions(widgets: list[dict[str, Any]]) -> None:
    for graph in some(_graphs(widgets)):
        for *path, options in graph["metrics"]:
            assert len(path) % 2 == 0, "namespace, name, then pairs"
            assert all(isinstance(part, str) for part in path), "every dimension has its value"
            assert options["period"] % 60 == 0


@every_body
def test_metrics_are_read_where_they_are_published(widgets: list[dict[str, Any]]) -> None:
    for graph in some(_graphs(widgets)):
        for *path, options in graph["metrics"]:
            region = options.get("region", graph["region"])
            if path[:1] == ["AWS/CloudFront"]:
                assert region == "us-east-1"
            elif path[:1] == ["AWS/WAFV2"]:
                assert (region == "us-east-1") == ("Region" not in path), "the edge's web ACL has no region"
            elif path:
                assert region == REGION


def test_what_a_shop_does_not_have_is_not_shown() -> None:
    titles = {graph["title"] for graph in _graphs(BODIES["shop without stores"])}
    assert not titles & {"CPU of the writers", "Reads", "Evictions, a minute", "Messages waiting"}
    markdown = [
        widget["properties"]["markdown"] for widget in BODIES["shop without stores"] if widget["type"] == "text"
    ]
    assert "## Databases" not in markdown


def test_the_shop_is_read_from_customers_inwards() -> None:
    headings = [
        widget["properties"]["markdown"].removeprefix("## ")
        for widget in BODIES["shop"]
        if widget["type"] == "text" and widget["properties"]["markdown"].startswith("## ")
    ]
    assert headings == [
        "Edge",
        "Load balancer",
        "Service levels",
        "Services",
        "Databases",
        "Tables",
        "Caches",
        "Search",
        "Queues",
    ]


def test_every_service_is_on_the_shops_dashboard() -> None:
    for title in ("CPU", "Running tasks", "Failed requests"):
        graph = next(one for one in reversed(_graphs(BODIES["shop"])) if one["title"] == title)
        labels = {line[-1].get("label") for line in graph["metrics"]} - {None}
        assert labels == {one.name for one in SERVICES}, title


def test_a_services_dashboard_shows_what_was_promised() -> None:
    times = next(graph for graph in _graphs(BODIES["public service"]) if graph["title"] == "Answer time")
    assert times["annotations"]["horizontal"] == [{"label": "promised for 99 %", "value": 1.0}], "seconds"
    times = next(graph for graph in _graphs(BODIES["internal service"]) if graph["title"] == "Answer time")
    assert times["annotations"]["horizontal"] == [{"label": "promised for 99 %", "value": 1000.0}], "milliseconds"


def test_burn_rates_are_drawn_with_the_lines_that_ring() -> None:
    burns = [graph for graph in _graphs(BODIES["public service"]) if graph["title"].startswith("Error budget")]
    assert len(burns) == 2
    for graph in burns:
        assert [mark["value"] for mark in graph["annotations"]["horizontal"]] == [14.4, 6.0]


def test_latest_errors_are_read_from_the_services_own_log() -> None:
    [log] = [widget["properties"] for widget in BODIES["worker"] if widget["type"] == "log"]
    assert log["query"].startswith("SOURCE '/saleday/prod/worker' | ")


def test_a_row_is_as_high_as_its_highest_widget() -> None:
    rows: list[Row] = [[Text(markdown="low", height=2), Text(markdown="high", height=6)], [Text(markdown="below")]]
    assert [widget["y"] for widget in _widgets(rows)] == [0, 0, 6]


METRIC = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions=(), stat="Average")


def test_dashboards_beyond_the_quotas_are_refused() -> None:
    with pytest.raises(ValueError, match="500 metrics"):
        check([[Graph(title="x", series=(METRIC,) * 501)]])
    with pytest.raises(ValueError, match="2500 metrics"):
        check([[Graph(title="x", series=(METRIC,) * 500)]] * 6)
    with pytest.raises(ValueError, match="500 widgets"):
        check([[Text(markdown="x")]] * 501)
    with pytest.raises(ValueError, match="1 to 100 alarms"):
        check([[Alarms(title="x", arns=())]])


def test_metrics_inside_expressions_count() -> None:
    math = Math(formula="{a} + {b}", terms={"a": METRIC, "b": METRIC}, label="x")
    assert Graph(title="x", series=(math, METRIC)).metric_count == 3


def test_what_is_too_much_for_a_widget_or_a_dashboard_is_split_or_told() -> None:
    wide = Graph(title="Reads", series=(METRIC,) * 1200)
    beside = Text(markdown="x")
    rows = fitted([[beside, wide], [beside]])
    check(rows)
    graphs = [widget for row in rows for widget in row if isinstance(widget, Graph)]
    assert [graph.title for graph in graphs] == ["Reads (1)", "Reads (2)", "Reads (3)"]
    assert sum(len(graph.series) for graph in graphs) == 1200
    assert fitted([[beside, Graph(title="x", series=(METRIC,))]]) == [[beside, Graph(title="x", series=(METRIC,))]]
    for many in ([[wide]] * 3, [[beside]] * 501):
        rows = fitted(many)
        check(rows)
        (told,) = rows[-1]
        assert isinstance(told, Text)
        assert "rows more than a dashboard holds" in told.markdown
