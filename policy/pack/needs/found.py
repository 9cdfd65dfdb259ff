"""All needs of a graph: the tables' lines, each for every occurrence that its finder yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..graph import Graph
from ..identities import Identities
from ..resource import Resource
from ..tokens import RDS_CLUSTER, RDS_INSTANCE
from .facts import Facts
from .finders import FINDERS, Occurrence
from .keys import contexts, via
from .lines import Line, lines
from .need import Connection, Need, Request


def needs(graph: Graph) -> tuple[Need, ...]:
    """Once for a graph: `graph.derived(needs)`."""
    return tuple(need for line in lines() for need in needs_of(graph, line))


def needs_of(graph: Graph, line: Line) -> Iterator[Need]:
    """The needs of one line."""
    facts = graph.derived(Facts)
    for it in FINDERS[line.find](graph, line):
        words = _words(facts, it)
        for asks in _asks(graph, facts, line, it, words):
            yield Need(
                subject=it.subject,
                what=_filled(line.to, words) or line.to,
                line=line.id,
                source=line.source,
                asks=asks,
                optional=line.optional,
            )


def _words(facts: Facts, it: Occurrence) -> dict[str, str]:
    words = {
        "partition": facts.partition,
        "account": facts.account_of(it.subject) or (facts.account_of(it.target) if it.target is not None else ""),
        "region": facts.region_of(it.subject),
        "self.arn": facts.arn(it.subject),
        "self.name": facts.name(it.subject),
        "self.id": str(it.subject.outputs.get("id") or ""),
        "target.arn": facts.arn(it.target) if it.target is not None else it.arn.strip("?"),
        "target.name": facts.name(it.target) if it.target is not None else it.arn.rpartition(":")[2],
        "target": it.target.name if it.target is not None else it.arn.rpartition(":")[2],
        "target.region": facts.region_of(it.target) if it.target is not None else facts.region,
        "target.index": _index(facts, it.target),
        "role.name": facts.name(it.role) if it.role is not None else "",
    }
    return {**words, **it.words}


def _index(facts: Facts, target: Resource | None) -> str:
    """The ARN of a table's first index; empty without any."""
    indexes = target.data.get("globalSecondaryIndexes") if target is not None else None
    first = indexes[0] if isinstance(indexes, list) and indexes else None
    name = first.get("name") if isinstance(first, dict) else None
    return f"{facts.arn(target)}/index/{name}" if target is not None and isinstance(name, str) else ""


def _asks(
    graph: Graph, facts: Facts, line: Line, it: Occurrence, words: Mapping[str, str]
) -> Iterator[Request | Connection]:
    if it.destination is not None:
        yield Connection(origin=it.origin, target=it.destination, port=it.port or line.port)
        return
    context = {**it.context, **_context(line.context, words)}
    if line.trust:
        if (role := it.role or it.target) is not None:
            action = line.actions[0] if line.actions else "sts:AssumeRole"
            yield Request(
                action=action, arn="*", target=role, service=_filled(line.trust, words), context=context, trust=True
            )
        return
    if line.find == "endpoint-allows":
        yield from (Request(action=action, arn="", target=it.target, foreign=True) for action in line.actions)
        return
    caller = graph.derived(Identities).all.get(it.role.urn) if it.role is not None else None
    if caller is None and not line.service and not line.foreign:
        return
    service = _filled(line.service or line.foreign, words)
    arn = it.arn if it.arn not in ("", "?") else ""
    if line.arn == "{target.index}" and not words["target.index"]:
        return
    named = _filled(line.arn, words) if line.arn else (facts.arn(it.target) if it.target is not None else arn)
    target = it.target or facts.of_arn(named)
    for action in () if line.alone else it.actions or line.actions:
        yield Request(
            action=action,
            arn=named,
            target=target,
            caller=caller,
            service=service,
            foreign=bool(line.foreign),
            context=context,
            origin=it.origin,
            endpoints=line.endpoints,
        )
    yield from _of_key(
        facts, line, it, words, Request(action="", arn="", caller=caller, service=service, context=context)
    )


def _of_key(facts: Facts, line: Line, it: Occurrence, words: Mapping[str, str], call: Request) -> Iterator[Request]:
    """The uses of the key of what is acted on, where it is a key of this program."""
    encrypted = it.key_of or it.target
    key = facts.key(encrypted) if line.key and encrypted is not None else None
    if not isinstance(key, Resource) or encrypted is None:
        return
    service = "secretsmanager" if encrypted.token in (RDS_CLUSTER, RDS_INSTANCE) else via(encrypted)
    context = {
        **(
            {"kms:viaservice": (f"{service}.{facts.region_of(encrypted)}.amazonaws.com",)}
            if call.caller
            else {"kms:viaservice": None}
        ),
        **contexts(facts, encrypted),
        **call.context,
        **_context(line.key_context, words),
    }
    for action in line.key:
        yield Request(
            action=action, arn=facts.arn(key), target=key, caller=call.caller, service=call.service, context=context
        )


def _context(written: Mapping[str, str | None], words: Mapping[str, str]) -> dict[str, tuple[str, ...] | None]:
    """A line's condition keys; one whose value isn't known yet is left out."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, text in written.items():
        if text is None:
            found[name.lower()] = None
        elif value := _filled(text, words):
            found[name.lower()] = (value,)
    return found


def _filled(text: str, words: Mapping[str, str]) -> str:
    """A text with its names filled in; empty where one isn't known yet."""
    for name in [part.split("}", 1)[0] for part in text.split("{")[1:]]:
        value = words.get(name, "")
        if not value:
            return ""
        text = text.replace(f"{{{name}}}", value)
    return text
