"""Counters of quota use, and the common kinds: resources in an account, children of a resource, size of a resource."""

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
"""Services whose quotas apply to the account as a whole, not to each region."""


class QuotaUse(NamedTuple):
    """Use of a quota by its holder. `sale` is the highest use that a schedule of the stack leads to."""

    quota: str
    holder: str
    base: float
    sale: float = 0.0
    of_account: bool = False
    """Whether other stacks of the account share the quota."""

    @property
    def most(self) -> float:
        return max(self.base, self.sale)


Counter = Callable[[Graph], Iterator[QuotaUse]]
Measure = Callable[[Resource], float]


class Places:
    """Account and region of each resource, from its ARN and region; by default those of most resources."""

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
    """The result of `read`, or the default where a value is not known yet."""
    try:
        return read()
    except UndecidedError:
        return default


def amount(measure: Measure, resource: Resource) -> float:
    return known_or(0.0, lambda: measure(resource))


def one(_: Resource) -> float:
    return 1.0


def where(path: str, *values: str, otherwise: str = "") -> Measure:
    """1 for each resource whose text at `path` is among the values; an absent text counts as `otherwise`."""
    return lambda resource: float((resource.text(path) or otherwise) in values)


def items(*paths: str) -> Measure:
    """Total number of elements at the paths."""
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
    """Counter of a quota that each resource has for itself."""

    def count(graph: Graph) -> Iterator[QuotaUse]:
        for resource in graph.of(*tokens):
            if found := amount(measure, resource):
                yield QuotaUse(quota, label(resource), found)

    return count


def shared(quota: str, parents: Iterable[str], *children: tuple[str, str], measure: Measure = one) -> Counter:
    """Counter of a quota that children share by parent; `children` are pairs of type and path to the parent."""
    parents = tuple(parents)

    def count(graph: Graph) -> Iterator[QuotaUse]:
        for holder, found in by_parent(graph, parents, *children, measure=measure).values():
            yield QuotaUse(quota, holder, found)

    return count


def by_parent(
    graph: Graph, parents: tuple[str, ...], *children: tuple[str, str], measure: Measure = one
) -> dict[str, tuple[str, float]]:
    """Use by the children of each parent: keyed by its URN, or by its name when it belongs to another stack."""
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
    """Label of a resource in messages: its type and name."""
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
    """Number of elements of a value or list; 0 when absent or not known yet."""
    if value is None or isinstance(value, Unknown):
        return 0
    return len(value) if isinstance(value, (list, dict)) else 1
