"""What a counter is, and the kinds of which most of them are: things of an account, parts of a thing, its size."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ..graph import Graph
from ..resource import Resource
from ..values import Block, UndecidedError, Unknown, document

GLOBAL = frozenset(("cloudfront", "iam", "route53", "s3"))
"""Services whose quotas an account has once, whatever the region."""


class QuotaUse(NamedTuple):
    """How much of a quota is taken, and by whom. `sale` is the most that a schedule of the stack brings it to."""

    quota: str
    holder: str
    base: float
    sale: float = 0.0
    of_account: bool = False
    """Whether other stacks of the account take of the same quota."""

    @property
    def most(self) -> float:
        return max(self.base, self.sale)


Counter = Callable[[Graph], Iterator[QuotaUse]]
Measure = Callable[[Resource], float]


class Places:
    """Where resources are: an account and a region, as far as their ARNs and regions tell; else where most are."""

    def __init__(self, graph: Graph) -> None:
        accounts: Tally[str] = Tally()
        regions: Tally[str] = Tally()
        for resource in graph.resources:
            account, region = _place(resource)
            accounts[account] += 1
            regions[region] += 1
        self._account, self._region = _home(accounts), _home(regions)

    def of(self, resource: Resource, *, regional: bool) -> tuple[str, str, str]:
        """The project, account and region; no region for what an account has once."""
        account, region = _place(resource)
        project = resource.urn.split("::", 2)[1] if resource.urn.count("::") > 1 else ""
        return project, account or self._account, (region or self._region) if regional else ""


def _place(resource: Resource) -> tuple[str, str]:
    arn, region = resource.outputs.get("arn"), resource.outputs.get("region")
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    account = parts[4] if len(parts) > 5 else ""
    if not isinstance(region, str):
        region = parts[3] if len(parts) > 5 else ""
    return account, region


def _home(tally: Tally[str]) -> str:
    tally.pop("", None)
    return tally.most_common(1)[0][0] if tally else ""


def known_or(default: Any, read: Callable[[], Any]) -> Any:
    """What `read` gives, or the default where it needs a value that is not known yet."""
    try:
        return read()
    except UndecidedError:
        return default


def amount(measure: Measure, resource: Resource) -> float:
    return known_or(0.0, lambda: measure(resource))


def one(_: Resource) -> float:
    return 1.0


def where(path: str, *values: str, otherwise: str = "") -> Measure:
    """One for each resource of which the text at `path` is among the values; `otherwise` stands for none."""
    return lambda resource: float((resource.text(path) or otherwise) in values)


def items(*paths: str) -> Measure:
    """How many elements stand at the paths together."""
    return lambda resource: float(sum(length(resource.raw(path)) for path in paths))


def number(path: str) -> Measure:
    return lambda resource: resource.number(path) or 0.0


def text_size(path: str) -> Measure:
    """Bytes of a text."""
    return lambda resource: float(len((resource.text(path) or "").encode()))


def document_size(path: str) -> Measure:
    """Bytes of a JSON document without white space between its parts, as the provider sends it."""
    return lambda resource: float(len(compact(resource.get(path)).encode()))


def compact(value: Any) -> str:
    body = document(value)
    if body is None:
        return value if isinstance(value, str) else ""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=str)


def iam_size(value: Any) -> float:
    """Characters of an IAM document as IAM counts them: white space not."""
    return float(len("".join(compact(value).split())))


def total(quota: str, *tokens: str, measure: Measure = one, regional: bool = True) -> Counter:
    """Things of which an account, in a region, may have so many."""

    def count(graph: Graph) -> Iterator[QuotaUse]:
        found: dict[tuple[str, str, str], float] = defaultdict(float)
        for resource in graph.of(*tokens):
            found[graph.derived(Places).of(resource, regional=regional)] += amount(measure, resource)
        for (_, _, region), sum_ in found.items():
            yield QuotaUse(quota, region or "the account", sum_, of_account=True)

    return count


def each(quota: str, *tokens: str, measure: Measure) -> Counter:
    """What each resource may hold so much of."""

    def count(graph: Graph) -> Iterator[QuotaUse]:
        for resource in graph.of(*tokens):
            if found := amount(measure, resource):
                yield QuotaUse(quota, label(resource), found)

    return count


def shared(quota: str, parents: Iterable[str], *children: tuple[str, str], measure: Measure = one) -> Counter:
    """What resources of `children`, each a type and the path at which it names its parent, take of each parent."""
    parents = tuple(parents)

    def count(graph: Graph) -> Iterator[QuotaUse]:
        for holder, found in by_parent(graph, parents, *children, measure=measure).values():
            yield QuotaUse(quota, holder, found)

    return count


def by_parent(
    graph: Graph, parents: tuple[str, ...], *children: tuple[str, str], measure: Measure = one
) -> dict[str, tuple[str, float]]:
    """What children take of each parent: by its URN or, of one that is not of this stack, by its name."""
    found: dict[str, tuple[str, float]] = {}
    for token, path in children:
        for child in graph.of(token):
            if not (taken := amount(measure, child)):
                continue
            for key, holder in _parents(graph, child, path, parents):
                found[key] = (holder, found.get(key, ("", 0.0))[1] + taken)
    return found


def _parents(graph: Graph, child: Resource, path: str, parents: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    targets = known_or([], lambda: graph.targets(child, path, *parents))
    if targets:
        yield from ((target.urn, label(target)) for target in targets)
    else:
        for value in known_or([], lambda: child.items(path)):
            if isinstance(value, str) and value:
                yield value, value


def label(resource: Resource) -> str:
    """What a message calls a resource: its type and name."""
    kind = resource.token.rsplit(":", 1)[-1]
    return f"{kind} {resource.name}"


def walk(block: Block, path: str) -> Iterator[Block]:
    """The blocks at a path of lists in lists."""
    first, _, rest = path.partition(".")
    for inner in known_or([], lambda: block.blocks(first)):
        if rest:
            yield from walk(inner, rest)
        else:
            yield inner


def length(value: Any) -> int:
    """How many there are of one or many; none as long as nothing is known."""
    if value is None or isinstance(value, Unknown):
        return 0
    return len(value) if isinstance(value, (list, dict)) else 1
