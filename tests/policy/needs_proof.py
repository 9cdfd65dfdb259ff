"""Deletes and adds grants of recorded stacks, one at a time, and judges the needs that they concern anew.

`python -m tests.policy.needs_proof STACK…` deletes every one and prints the figure and the survivors.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from devtools.recording.state import exported
from policy.pack.graph import Graph
from policy.pack.needs import connection
from policy.pack.needs.access import Access
from policy.pack.needs.coverage import Covered, Grant, covered
from policy.pack.needs.excess import kept
from policy.pack.needs.found import needs_of
from policy.pack.needs.lines import lines
from policy.pack.needs.need import Request, State, Verdict
from policy.pack.resource import Resource
from policy.pack.stacks import Stack, parse
from tests.program.variants import recorded_variant

_DOCUMENTS = ("policy", "policyDocument")
_BLOCKS = ("ingress", "egress")


@dataclass(frozen=True)
class Deleted:
    """One grant deleted: whether a need broke, and whether the message names what was deleted or who held it."""

    grant: Grant
    broke: bool
    named: bool
    kept: bool
    optional: bool


def stack(name: str) -> Stack:
    return parse(json.dumps(exported(recorded_variant(name), name)))


def graph(of: Stack) -> Graph:
    return Graph(of.own, of.inputs)


def deleted(of: Stack, found: Iterable[Covered]) -> Iterator[Deleted]:
    """Each grant deleted in turn."""
    reasons = kept()
    for it in found:
        without = _without(of, it.grant)
        broken = [verdict for verdict in _judged(without, it.lines) if verdict.state is State.BROKEN]
        yield Deleted(
            grant=it.grant,
            broke=bool(broken),
            named=any(_names(verdict, it.grant) for verdict in broken),
            kept=any(reason.covers(it.grant) for reason in reasons),
            optional=bool(it.lines) and not it.alone,
        )


def _judged(changed: Graph, ids: frozenset[str]) -> Iterator[Verdict]:
    access = changed.derived(Access)
    for line in lines():
        if line.id in ids and not line.optional:
            for need in needs_of(changed, line):
                asks = need.asks
                yield access.judge(asks) if isinstance(asks, Request) else connection.judge(changed, asks)


def _names(verdict: Verdict, grant: Grant) -> bool:
    """Whether the message leads to what was deleted: its holder, its action, or what its holder belongs to."""
    hop = verdict.hop
    if hop is None:
        return False
    action = grant.gate.item.rpartition(" ")[2].lower()
    words = f"{hop} {hop.mend}".lower()
    owners = {
        urn
        for path in ("role", "securityGroupId", "networkAclId", "vpcId", "subnetId", "routeTableId")
        for urn in grant.holder.linked(path)
    }
    return (
        hop.urn in {grant.holder.urn, *owners}
        or grant.holder.name.lower() in words
        or (":" in action and action.rstrip("*") in words)
    )


def _without(of: Stack, grant: Grant) -> Graph:
    """The stack without one grant: an action of a statement, a rule of a group, or a whole resource."""
    holder, label, action = grant.gate.holder, *_parts(grant.gate.item)
    if not label:
        resources = tuple(it for it in of.own if it.urn != holder)
        return Graph(resources, {urn: it for urn, it in of.inputs.items() if urn != holder})
    resources = tuple(_edited(it, label, action) if it.urn == holder else it for it in of.own)
    inputs = {urn: _edited(it, label, action) if urn == holder else it for urn, it in of.inputs.items()}
    return Graph(resources, inputs)


def _parts(item: str) -> tuple[str, str]:
    """Label and action of a statement; both empty where a gate is a resource as a whole."""
    label, _, action = item.partition(": ")
    return (label, action) if action and (label.startswith("statement ") or label == "the permission") else ("", "")


def _edited(it: Resource, label: str, action: str) -> Resource:
    data = dict(it.data)
    for path in _DOCUMENTS:
        if isinstance(data.get(path), str):
            data[path] = json.dumps(_document(json.loads(data[path]), label, action))
    if label == "the permission":
        data["action"] = "lambda:GetFunction"
    changed = Resource(
        it.token, it.name, {**it.outputs, **data} if it.data is it.outputs else data, urn=it.urn, links=it.links
    )
    changed.default_tags = it.default_tags
    return changed


def _document(body: dict[str, Any], label: str, action: str) -> dict[str, Any]:
    found = []
    for index, entry in enumerate(body["Statement"]):
        name = f"statement {entry.get('Sid') or index}"
        actions = [entry["Action"]] if isinstance(entry.get("Action"), str) else list(entry.get("Action", ()))
        left = [one for one in actions if name != label or one != action or entry["Effect"] != "Allow"]
        if left:
            found.append({**entry, "Action": left})
    return {**body, "Statement": found}


def main(names: Iterable[str]) -> int:
    for name in names:
        of = stack(name)
        every = covered(graph(of))
        results = list(deleted(of, every))
        broke = sum(it.broke for it in results)
        named = sum(it.named for it in results if it.broke)
        kept_ones = sum(it.kept and not it.broke for it in results)
        survivors = [it for it in results if not it.broke and not it.kept]
        share = (broke + kept_ones) / len(results)
        print(f"{name}: {len(results)} deleted, {broke} broke a need ({named} named), {kept_ones} kept: {share:.1%}")
        for it in survivors:
            print(f"  {'allowed by a source' if it.optional else 'no need'}: {it.grant.says}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ("prod", "dev", "ec2")))
