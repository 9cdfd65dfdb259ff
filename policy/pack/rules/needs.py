"""Rules for needs: what a workload has to be able to do, and every policy, group and route between it and that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..graph import Graph
from ..needs.excess import excess
from ..needs.judged import Judged, by_subject
from ..needs.need import Need, Request, State
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..values import UndecidedError, holds_unknown


def subjects(graph: Graph) -> Iterable[Resource]:
    """The resources that have a need."""
    return [found[0].need.subject for found in graph.derived(by_subject).values()]


@rule(
    name="needs-met",
    title="Every need of a workload, and of AWS's services for it, is met by every policy, group and route on its way.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected SEC03-BP02", "Well-Architected REL02-BP01"),
    remedy="Mend the hop that is named, or drop what needs it; `make needs` prints every need with its way",
    subjects=subjects,
)
def needs_met(subject: Resource, context: RuleContext) -> Problems:
    waiting = ""
    told: set[tuple[str, str]] = set()
    for it in context.whole.derived(by_subject)[subject.urn]:
        if it.need.optional:
            continue
        hop, key = it.verdict.hop, (it.need.line, it.need.what)
        if it.verdict.state is State.BROKEN and hop is not None and key not in told:
            told.add(key)
            yield f"can't do what it needs, {it.need.what}: {hop}; {_uncapital(hop.mend)}"
        elif it.verdict.state is State.UNKNOWN and not waiting and _waits(it):
            waiting = it.verdict.unknown
    if waiting:
        raise UndecidedError(waiting)


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]


def _waits(it: Judged) -> bool:
    """Whether a value that the engine is yet to learn may decide: else what is unknown stays so, and is passed over."""
    return any(holds_unknown(resource.data) for resource in _resources(it.need))


def _resources(need: Need) -> Iterator[Resource]:
    yield need.subject
    if isinstance(need.asks, Request):
        if need.asks.target is not None:
            yield need.asks.target
        if need.asks.caller is not None:
            yield need.asks.caller.resource


@rule(
    name="grants-needed",
    title="Every grant, group rule, route, endpoint and line of a resource's policy has a need that uses it.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("Well-Architected SEC03-BP02", "FSBP IAM.21"),
    remedy="Drop it, or list it with its reason in policy/kept.json",
    production_only=True,
    subjects=lambda graph: holders(graph, people=False),
)
def grants_needed(holder: Resource, context: RuleContext) -> Problems:
    yield from _excess(holder, context.whole, people=False)


@rule(
    name="grants-needed-by-people",
    title="Every grant of a role for people has a task in the runbooks that uses it.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("Well-Architected SEC03-BP02",),
    remedy="Drop it, or write down in policy/data/needs/own-people.json which task needs it",
    subjects=lambda graph: holders(graph, people=True),
)
def grants_needed_by_people(holder: Resource, context: RuleContext) -> Problems:
    yield from _excess(holder, context.whole, people=True)


def holders(graph: Graph, *, people: bool) -> list[Resource]:
    """The resources with a grant that no need uses."""
    return list({it.grant.holder.urn: it.grant.holder for it in graph.derived(excess) if it.people is people}.values())


def _excess(holder: Resource, graph: Graph, *, people: bool) -> Iterator[str]:
    for it in graph.derived(excess):
        if it.grant.holder.urn == holder.urn and it.people is people:
            yield f"lets through what nothing needs: {it.grant.says}"


RULES = (needs_met, grants_needed, grants_needed_by_people)
