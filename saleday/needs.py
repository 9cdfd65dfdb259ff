"""`needs`: what every workload of a stack needs, and the way that serves each need or the first broken hop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pulumi

from devtools.console import print_line
from devtools.recording.programs import recorded
from devtools.recording.state import exported
from policy.pack.graph import Graph
from policy.pack.needs.judged import Judged, by_subject
from policy.pack.needs.need import Gate, Request, State
from policy.pack.needs.passage import label
from policy.pack.stacks import Unreadable, parse
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput, known


@command("needs", BadInput, Unreadable, pulumi.RunError)
@shared.stack
@click.option("--file", default="", help="what `pulumi stack export` or `pulumi preview --json` wrote")
@click.option("--format", "format_", default="text", type=click.Choice(["text", "json"]), help="text or json")
def needs(stack: str, file: str, format_: str) -> int:
    """What every workload of STACK (all stacks) or FILE needs, and whether it is met."""
    texts = [Path(file).read_text(encoding="utf-8")] if file else list(_recorded([stack] if stack else known()))
    graphs = [_graph(text) for text in texts]
    if format_ == "json":
        print_line(json.dumps([entry for graph in graphs for entry in _entries(graph)], indent=2))
    else:
        for graph in graphs:
            for line in _lines(graph):
                print_line(line)
    broken = any(it.verdict.state is State.BROKEN for graph in graphs for it in _all(graph))
    return UNMET if broken else OK


def _recorded(stacks: list[str]) -> Iterator[str]:
    yield from (json.dumps(exported(recorded(name), name)) for name in stacks)


def _graph(text: str) -> Graph:
    stack = parse(text)
    return Graph(stack.own, stack.inputs)


def _all(graph: Graph) -> list[Judged]:
    return [it for found in graph.derived(by_subject).values() for it in _shown_of(found)]


def _shown_of(found: list[Judged]) -> list[Judged]:
    """Without rights that a workload may have, and has not."""
    return [it for it in found if not it.need.optional or it.verdict.state is State.MET]


def _lines(graph: Graph) -> Iterator[str]:
    for every in graph.derived(by_subject).values():
        if not (found := _shown_of(every)):
            continue
        yield label(found[0].need.subject)
        for it in found:
            yield f"  {it.verdict.state.value:13} {it.need.what}: {_call(it)}"
            yield f"  {'':13} {_served(graph, it)}"
    counted = {state: sum(it.verdict.state is state for it in _all(graph)) for state in State}
    yield ", ".join(f"{number} {state.value}" for state, number in counted.items())


def _call(it: Judged) -> str:
    asks = it.need.asks
    if isinstance(asks, Request):
        on = "" if asks.arn in ("", "*") else f" on {asks.arn}"
        return f"{asks.action}{on}"
    return f"{asks.protocol} {asks.port} of {asks.target.label}"


def _served(graph: Graph, it: Judged) -> str:
    hop = it.verdict.hop
    if hop is not None:
        return f"broken at {hop}; {hop.mend}"
    if it.verdict.state is State.UNKNOWN:
        return f"waits for {it.verdict.unknown}"
    ways = [_shown(graph, min(way, key=str)) for way in it.verdict.ways]
    return f"by {', '.join(dict.fromkeys(ways))}" if ways else "nothing stands in its way"


def _shown(graph: Graph, gate: Gate) -> str:
    holder = graph.find(gate.holder)
    name = label(holder) if holder is not None else gate.holder
    return f"{name} ({gate.item})" if gate.item else name


def _entries(graph: Graph) -> Iterator[dict[str, Any]]:
    for it in _all(graph):
        hop = it.verdict.hop
        yield {
            "workload": it.need.subject.urn,
            "need": it.need.what,
            "asks": _call(it),
            "line": it.need.line,
            "source": it.need.source,
            "optional": it.need.optional,
            "state": it.verdict.state.value,
            "way": [[_shown(graph, gate) for gate in sorted(way, key=str)] for way in it.verdict.ways],
            "broken": None if hop is None else {"hop": str(hop), "urn": hop.urn, "mend": hop.mend},
            "unknown": it.verdict.unknown,
        }
