"""All needs of a graph with their verdicts, judged once for all rules."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph import Graph
from . import connection
from .access import Access
from .found import needs
from .need import Need, Request, Verdict


@dataclass(frozen=True)
class Judged:
    need: Need
    verdict: Verdict


def judged(graph: Graph) -> tuple[Judged, ...]:
    """Once for a graph: `graph.derived(judged)`."""
    access = graph.derived(Access)
    return tuple(
        Judged(
            need,
            access.judge(need.asks) if isinstance(need.asks, Request) else connection.judge(graph, need.asks),
        )
        for need in graph.derived(needs)
    )


def by_subject(graph: Graph) -> dict[str, list[Judged]]:
    """The same by the URN of the resource that has the need."""
    found: dict[str, list[Judged]] = {}
    for it in graph.derived(judged):
        found.setdefault(it.need.subject.urn, []).append(it)
    return found
