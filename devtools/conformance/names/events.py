"""Events that AWS sends: their sources, detail types and the fields of their details.

A pattern that no event matches is accepted and never fires. The names are those of AWS's schema registry, as its CDK
carries it, and of the dated table.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.conformance.names.policies import endpoints
from devtools.conformance.names.tables import Problem, document, given, known, listed, published

_FIELDS = frozenset(
    {"account", "detail", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version"}
)
"""Fields of every event: EventBridge user guide, Event structure reference."""
_ALTERNATIVES = "$or"


def patterns(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A pattern on AWS's events has to match some event."""
    if not known(text := inputs.get("eventPattern")) or not isinstance(pattern := document(text), dict):
        return
    for field in sorted(set(pattern) - _FIELDS - {_ALTERNATIVES}):
        yield "eventPattern", f"events have no field {field}"
    for source in listed(pattern.get("source")):
        if not isinstance(source, str) or not source.startswith("aws."):
            continue
        if source not in sources():
            yield "eventPattern", f"no service sends as {source} (AWS's schema registry, botocore's endpoints)"
            continue
        types = catalogue().get(source, {})
        for name in listed(pattern.get("detail-type")):
            if name in _of_trail():
                fields = frozenset(given()["trail"]["fields"])
            elif isinstance(name, str) and name not in types:
                yield "eventPattern", f"{source} sends no {name!r} (AWS's schema registry, data/given.yaml)"
                continue
            else:
                fields = types.get(name, frozenset()) if isinstance(name, str) else frozenset()
            for field in sorted(_top(pattern.get("detail")) - fields) if fields else ():
                yield "eventPattern", f"the detail of {source} {name!r} has no field {field}"


def _top(detail: Any) -> frozenset[str]:
    """The fields that a pattern names at the top of the detail, in any of its alternatives."""
    if not isinstance(detail, dict):
        return frozenset()
    alternatives = [_top(each) for each in listed(detail.get(_ALTERNATIVES))]
    return frozenset(detail).difference({_ALTERNATIVES}).union(*alternatives)


@functools.cache
def _of_trail() -> frozenset[str]:
    return frozenset(given()["trail"]["types"])


@functools.cache
def sources() -> frozenset[str]:
    """Event sources: those of the catalogue, and through CloudTrail every service by its endpoint's name."""
    of_trail = (*endpoints(), *given()["trail"]["sources"])
    return frozenset(catalogue()) | {f"aws.{name}" for name in of_trail}


@functools.cache
def catalogue() -> dict[str, dict[str, frozenset[str]]]:
    """The fields of the detail by detail type by source; none where they are free."""
    types = {
        source: {name: frozenset(fields) for name, fields in names.items()}
        for source, names in published()["events"].items()
    }
    for source, entry in given()["events"].items():
        for name, fields in entry["types"].items():
            types.setdefault(source, {})
            types[source][name] = types[source].get(name, frozenset()) | frozenset(fields or ())
    return types
