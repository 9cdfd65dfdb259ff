"""What a review asks CloudWatch for: metrics that AWS publishes, of the things that the program makes."""

from __future__ import annotations

import json
import re

import pytest

from account.cloudwatch import queries
from devtools.conformance.names.metrics import catalogue
from devtools.recording import programs
from sale.review.series import BALANCER_ID, DISTRIBUTION_ID, series_of
from settings.stack_file import read

LATE = re.compile(r"app/\S+/\w+|targetgroup/\S+/\w+|E[A-Z0-9]{13}")
"""What AWS names: in a recording it has an id, here a word stands for it."""


@pytest.mark.parametrize("stack", ["dev", "prod", "eks"])
def test_every_metric_is_published_with_these_dimensions(stack):
    for series in series_of(read(stack)):
        for label, metric in series.labels():
            sets = catalogue()[metric.namespace][metric.name]
            assert frozenset(name for name, _ in metric.dimensions) in sets, label


@pytest.mark.parametrize("stack", ["dev", "prod", "eks"])
def test_labels_are_different_and_ids_are_cloudwatchs(stack):
    shop = read(stack)
    asked = [one for region in queries(series_of(shop), 60, shop.region, {}).values() for one in region]
    assert len({one["Label"] for one in asked}) == len(asked)
    assert all(re.fullmatch(r"[a-z]\w*", one["Id"]) for one in asked)


def test_cloudfront_is_asked_in_us_east_1_and_the_rest_at_home():
    shop = read("prod")
    by_region = queries(series_of(shop), 60, shop.region, {})
    assert {one["MetricStat"]["Metric"]["Namespace"] for one in by_region["us-east-1"]} == {"AWS/CloudFront"}
    assert set(by_region) == {"us-east-1", "ap-south-1"}


def test_names_in_dimensions_are_those_of_the_dashboards():
    drawn: dict[tuple[str, str, frozenset[str]], set[frozenset[str]]] = {}
    for resource in programs.recorded("prod").resources:
        if resource.token == "aws:cloudwatch/dashboard:Dashboard":
            for widget in json.loads(resource.inputs["dashboardBody"])["widgets"]:
                for row in widget["properties"].get("metrics", ()):
                    words = [word for word in row if isinstance(word, str)]
                    if len(words) > 2:
                        keys = frozenset(words[2::2])
                        values = frozenset(word for word in words[3::2] if not LATE.fullmatch(word))
                        drawn.setdefault((words[0], words[1], keys), set()).add(values)
    compared = 0
    for series in series_of(read("prod")):
        for label, metric in series.labels():
            keys = frozenset(name for name, _ in metric.dimensions)
            late = {BALANCER_ID, DISTRIBUTION_ID, *(value for key, value in metric.dimensions if key == "TargetGroup")}
            values = frozenset(value for _, value in metric.dimensions if value not in late)
            if (metric.namespace, metric.name, keys) in drawn:
                compared += 1
                assert values in drawn[metric.namespace, metric.name, keys], label
    assert compared > 25


def test_a_write_that_every_replica_carries_out_counts_once():
    series = next(one for one in series_of(read("prod")) if one.link == "cache sessions")
    weights = {metric.name: metric.weight for _, metric in series.labels()}
    assert weights == {"GetTypeCmds": 1.0, "SetTypeCmds": pytest.approx(1 / 3)}
