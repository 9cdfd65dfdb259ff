"""Metrics that AWS publishes, with the sets of dimensions that it publishes them with.

An alarm on a metric or a set of dimensions that does not exist never has data, without any error. The names are
those of AWS's CDK and, where that has none, of the dated table with its sources.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devtools.conformance.names.tables import Problem, Resources, known, listed, objects, published, table

_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
_AWS = re.compile(r"AWS/\w[\w/.-]*|ContainerInsights|ECS/ContainerInsights|CWAgent")
_SEARCH = re.compile(r"\{\s*\"?([\w/.-]+)\"?((?:\s*,\s*\"?\w+\"?)*)\s*\}([^']*)")
_SEARCHED_NAME = re.compile(r"MetricName\s*=\s*\\?\"(\w+)")


@dataclass(frozen=True, kw_only=True)
class MetricName:
    """One use of a metric. `dimensions` is None where the use does not name them."""

    namespace: str
    name: str
    dimensions: frozenset[str] | None


def metrics(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Every metric of AWS that alarms, dashboards and scaling policies use has to exist, and with these dimensions."""
    for place, metric in uses(inputs):
        if not _AWS.fullmatch(metric.namespace):
            continue
        names = catalogue().get(metric.namespace)
        if names is None:
            yield place, f"AWS has no namespace {metric.namespace} (AWS's CDK, data/metrics.yaml)"
        elif metric.name and metric.name not in names:
            yield place, f"{metric.namespace} has no metric {metric.name} (AWS's CDK, data/metrics.yaml)"
        elif metric.dimensions is not None and metric.name:
            sets = names[metric.name]
            if sets and metric.dimensions not in sets:
                published_with = "; ".join(", ".join(sorted(each)) or "none" for each in sorted(sets, key=sorted))
                given = ", ".join(sorted(metric.dimensions)) or "none"
                yield place, f"{metric.namespace} {metric.name} is not published by {given}, but by: {published_with}"


def uses(inputs: Mapping[str, Any]) -> Iterator[tuple[str, MetricName]]:
    """Every metric that a resource uses, by place."""
    for place, fields in objects(inputs):
        namespace, name = fields.get("namespace"), fields.get("metricName")
        if known(namespace) and known(name):
            given = fields.get("dimensions", fields.get("metricDimensions"))
            yield place, MetricName(namespace=namespace, name=name, dimensions=_dimensions(given))
        if isinstance(rows := fields.get("metrics"), list):
            yield from ((f"{place}.metrics", metric) for metric in _of_widget(rows))


def _dimensions(given: Any) -> frozenset[str] | None:
    if isinstance(given, dict):
        return frozenset(given)
    if isinstance(given, list):
        return frozenset(str(each.get("name")) for each in given if isinstance(each, dict))
    return frozenset() if given is None else None


def _of_widget(rows: list[Any]) -> Iterator[MetricName]:
    """The metrics of a widget: a row may repeat the row above it, by `.` one word, by `...` all in its place."""
    above: list[str] = []
    for row in rows:
        if not isinstance(row, list):
            continue
        words = [word for word in row if isinstance(word, str)]
        for options in row:
            if isinstance(options, dict) and known(expression := options.get("expression")):
                yield from _searched(expression)
        if "..." in words:
            cut = words.index("...")
            words = [*words[:cut], *above[cut : len(above) - (len(words) - cut - 1)], *words[cut + 1 :]]
        words = [above[index] if word == "." and index < len(above) else word for index, word in enumerate(words)]
        if len(words) >= 2:
            above = words
            yield MetricName(namespace=words[0], name=words[1], dimensions=frozenset(words[2::2]))


def _searched(expression: str) -> Iterator[MetricName]:
    for namespace, dimensions, rest in _SEARCH.findall(expression):
        name = _SEARCHED_NAME.search(rest)
        keys = frozenset(re.findall(r"\w+", dimensions))
        yield MetricName(namespace=namespace, name=name[1] if name else "", dimensions=keys)


@functools.cache
def catalogue() -> dict[str, dict[str, frozenset[frozenset[str]]]]:
    """The sets of dimensions by metric by namespace; no set where none is published."""
    known_sets: dict[str, dict[str, set[frozenset[str]]]] = {
        namespace: {name: set(map(frozenset, sets)) for name, sets in names.items()}
        for namespace, names in published()["metrics"].items()
    }
    for entry in table("metrics"):
        names = known_sets.setdefault(entry["namespace"], {})
        for name in entry["metrics"]:
            names.setdefault(name, set()).update(map(frozenset, entry.get("dimensions", ())))
    return {
        namespace: {name: frozenset(sets) for name, sets in names.items()} for namespace, names in known_sets.items()
    }


def own(resources: Resources) -> Iterator[tuple[str, str, str]]:
    """A custom metric has to be published by the program: by a metric filter on its logs."""
    filters = [inputs for token, inputs, _ in resources.values() if token == _FILTER]
    made = {
        (each.get("namespace"), each.get("name"))
        for inputs in filters
        for each in listed(inputs.get("metricTransformation"))
    }
    namespaces = {namespace for namespace, _ in made}
    for urn, (token, inputs, _) in resources.items():
        for place, metric in uses(inputs) if token != _FILTER else ():
            if metric.namespace in namespaces and (metric.namespace, metric.name) not in made:
                yield urn, place, f"no filter of the program makes the metric {metric.namespace} {metric.name}"
