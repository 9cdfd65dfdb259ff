"""Log groups that AWS writes to: it looks for them under names of its own, and makes them anew where it finds none."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.conformance.names.tables import Problem, Resources, given, known

_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_OF_AWS = "/aws/"
_NAMES = ("name", "clusterIdentifier", "replicationGroupId")


def log_groups(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A log group under /aws/ has to follow a service's naming."""
    name = inputs.get("name")
    if token != _GROUP or not known(name) or not name.startswith(_OF_AWS):
        return
    if not any(pattern.fullmatch(name) for pattern, _ in _patterns()):
        yield "name", f"no service writes to a log group {name} (data/given.yaml)"


def writers(resources: Resources) -> Iterator[tuple[str, str, str]]:
    """A service's log group has to belong to an existing resource of the program."""
    made: dict[str, set[str]] = {}
    for token, inputs, _ in resources.values():
        made.setdefault(token, set()).update(str(inputs[name]) for name in _NAMES if name in inputs)
    for urn, (token, inputs, _) in resources.items():
        if token != _GROUP or not known(name := inputs.get("name")):
            continue
        for pattern, of in _patterns():
            if of and (found := pattern.fullmatch(name)) and found[1] not in made.get(of, set()):
                yield (
                    urn,
                    "name",
                    f"{name}: the program has no {of.rpartition(':')[2]} called {found[1]} that would write to it",
                )


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str | None]]:
    return [(re.compile(entry["pattern"]), entry["of"]) for entry in given()["logGroups"]]
