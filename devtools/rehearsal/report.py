"""Run report as text or JSON."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from devtools.console import elapsed, width
from devtools.disk import write_whole
from devtools.rehearsal import changes
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.events import EngineResource, PolicyViolation, Record, short_type

NOT_KNOWN_YET = "not known yet: "
"""How the pack's advice begins where a value is only known after `up`, which judges it."""

NO_TIER = "(no tier)"


def tier_of(resource: EngineResource, resources: Mapping[str, EngineResource]) -> str:
    """The tier of a resource: its `Tier` tag, else that of the component it sits under, else the component's own place.

    A component `saleday:<tier>:<Name>` puts everything under it that has no tag of its own into `<tier>`.
    """
    above: EngineResource | None = resource
    while above is not None:
        if above.tier:
            return above.tier
        package, _, rest = above.type.partition(":")
        if not above.custom and package == "saleday":
            return rest.partition(":")[0]
        above = resources.get(above.parent)
    return NO_TIER


def by_tier(record: Record) -> dict[str, Counter[str]]:
    """Resources by tier and type, without components."""
    tiers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for resource in record.resources.values():
        if resource.custom:
            tiers[tier_of(resource, record.resources)][short_type(resource.type)] += 1
    return dict(sorted(tiers.items()))


def violations_of(record: Record) -> tuple[list[PolicyViolation], list[PolicyViolation]]:
    """Violations sorted by policy and resource: the mandatory ones, and the advisories."""
    found = sorted(record.violations, key=lambda violation: (violation.policy, violation.resource, violation.message))
    blocking = [violation for violation in found if violation.mandatory]
    advising = [violation for violation in found if not violation.mandatory]
    return blocking, advising


def violation_line(violation: PolicyViolation) -> str:
    kind, _, name = violation.resource.rpartition("::")
    place = f"{short_type(kind.rpartition('$')[2].rpartition('::')[2])} {name}" if violation.resource else "the stack"
    level = "violated" if violation.mandatory else "advises"
    return f"policy {violation.policy} {level}, {place}: {' '.join(violation.message.split())}"


def lines(stack: str, phases: Iterable[tuple[str, EngineOutcome]], *, everything: bool = False) -> Iterator[str]:
    """The report on what was done to one stack; with `everything` the inventory of one that was there already, and
    what a preview can't judge yet."""
    phases = list(phases)
    record = _telling(phases)
    if everything or changes.is_new(record):
        yield from _inventory(stack, record)
    if any(name != "destroy" for name, _ in phases):
        yield from _policy_lines(record, everything=everything)
    yield from _outputs(record)
    yield "time"
    for name, outcome in phases:
        yield f"  {name:<14} {elapsed(outcome.seconds):>10}"
    yield f"  {'in all':<14} {elapsed(sum(outcome.seconds for _, outcome in phases)):>10}"


def _inventory(stack: str, record: Record) -> Iterator[str]:
    """How many resources there are in each tier, and of which types."""
    tiers = by_tier(record)
    count = sum(counts.total() for counts in tiers.values())
    components = sum(not resource.custom for resource in record.resources.values())
    yield f"{stack}: {count} resources in {len(tiers)} tiers, {components} components"
    indent = max([len(tier) for tier in tiers] or [0]) + 8
    for tier, counts in tiers.items():
        yield _folded(f"  {tier:<{indent - 8}} {counts.total():>4} ", counts)


def _outputs(record: Record) -> Iterator[str]:
    if record.outputs:
        yield "outputs"
        width = max(len(name) for name in record.outputs)
        for name, value in sorted(record.outputs.items()):
            shown = value if isinstance(value, list) and value else [value]
            heads = [name, *[""] * (len(shown) - 1)]
            for head, item in zip(heads, shown, strict=True):
                yield f"  {head:<{width}}  {item if isinstance(item, str) else json.dumps(item)}"


def _folded(head: str, counts: Counter[str]) -> str:
    """One line of a tier: its commonest types, as many as fit; the report for machines has all."""
    names = [f"{name} {number}" for name, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    for shown in range(len(names), -1, -1):
        rest = [f"and {len(names) - shown} types more"] if shown < len(names) else []
        line = head + ", ".join([*names[:shown], *rest])
        if len(line) <= width():
            return line
    return head.rstrip()


def _policy_lines(record: Record, *, everything: bool) -> Iterator[str]:
    blocking, advising = violations_of(record)
    waiting = [one for one in advising if NOT_KNOWN_YET in one.message and not everything]
    advising = [one for one in advising if one not in waiting]
    violated = {violation.policy for violation in record.violations}
    passed = record.policies - violated
    packs = ", ".join(f"{name} {version}".strip() for name, version in record.packs.items()) or "no pack in force"
    blocked = {violation.policy for violation in blocking}
    yield f"policies ({packs}): {len(passed)} passed, {len(blocked)} violated, {len(advising)} advisories"
    for violation in blocking + advising:
        yield f"  {violation_line(violation)}"
    if waiting:
        policies = len({violation.policy for violation in waiting})
        yield f"  {policies} policies can't be judged in whole before `up`, which does it (ALL=1 lists them)"


def as_json(stack: str, phases: Iterable[tuple[str, EngineOutcome]], failures: Iterable[str]) -> dict[str, Any]:
    """The same for machines: counts, names, outputs and seconds."""
    phases = list(phases)
    record = _telling(phases)
    blocking, advising = violations_of(record)
    tiers = by_tier(record)
    return {
        "stack": stack,
        "failures": list(failures),
        "resources": {
            "total": sum(counts.total() for counts in tiers.values()),
            "components": sum(not resource.custom for resource in record.resources.values()),
            "tiers": {tier: dict(sorted(counts.items())) for tier, counts in tiers.items()},
        },
        "policies": {
            "packs": record.packs,
            "passed": sorted(record.policies - {violation.policy for violation in record.violations}),
            "violated": [vars(violation) for violation in blocking],
            "advised": [vars(violation) for violation in advising],
        },
        "outputs": record.outputs,
        "phases": [
            {
                "name": name,
                "seconds": round(outcome.seconds, 2),
                "changes": dict(outcome.record.changes),
                "ok": outcome.ok,
            }
            for name, outcome in phases
        ],
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_whole(path, (json.dumps(content, indent=2, sort_keys=True) + "\n").encode())


def _telling(phases: list[tuple[str, EngineOutcome]]) -> Record:
    """The most informative phase's record: `up` if there was one, else the last."""
    return next(
        (outcome.record for name, outcome in phases if name == "up"), phases[-1][1].record if phases else Record()
    )
