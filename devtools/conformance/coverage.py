"""Coverage of the program's properties by each source of checks, found by trial.

A source covers a property if it rejects a value that cannot be right there, in place of the program's own.
The provider's rejections are in `data/refused.json`; the other sources are tried. Two kinds of value need no check:
booleans, and outputs of other resources.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtools.conformance import api_model, cloudformation, documents, patterns, rules
from devtools.conformance.client import UNKNOWN
from devtools.conformance.names.rules import RULES
from devtools.conformance.program import with_value

REFUSED = Path(__file__).parent / "data" / "refused.json"
PROVIDER = "provider"
_SYNTAX = ("devtools.conformance.rules", "devtools.conformance.values")
OTHERS: dict[str, tuple[rules.Rule, ...]] = {
    "botocore": (api_model.problems,),
    "cfn-lint": (cloudformation.problems,),
    "names": RULES,
    "table": (patterns.problems,),
    "syntax": (documents.problems, *(rule for rule in rules.RULES if rule.__module__ in _SYNTAX)),
}
"""Checks that work without the provider, by their name in the report."""

_WRONG_TEXTS = ("\x07'¿\ud7ff", "x" * 9000)
_WRONG_DOCUMENT = '{"Statement": [{"Effect": "Permit"}]}'
_WRONG_NUMBERS = (-987654, 10**12)
_FREE = ("tags", "tagsAll")
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_MAPS = ("dimensions", "inputPaths", "labels", "parameters", "variables")
"""Mappings with keys of the program's own: all their values are one property."""

Path_ = tuple[str | int, ...]


@dataclass(kw_only=True)
class Coverage:
    """Sources that check each property (`type.place`). `free` are the unchecked ones."""

    judged: dict[str, frozenset[str]] = field(default_factory=dict)
    booleans: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)

    @property
    def free(self) -> list[str]:
        return sorted(place for place, sources in self.judged.items() if not sources)

    @property
    def total(self) -> int:
        return len(self.judged) + len(self.booleans) + len(self.references)

    def count(self, source: str) -> int:
        """Number of properties that a source checks."""
        return sum(source in sources for sources in self.judged.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "properties": self.total,
            "booleans": len(self.booleans),
            "references": len(self.references),
            "sources": {source: self.count(source) for source in (PROVIDER, *OTHERS)},
            "none": self.free,
        }


def measure(
    resources: Mapping[str, tuple[str, Mapping[str, Any]]], refused: Mapping[str, list[str]] | None = None
) -> Coverage:
    """The coverage of all properties of `resources` (type and inputs by URN)."""
    by_provider = json.loads(REFUSED.read_text()) if refused is None else refused
    found = Coverage()
    unknown: set[str] = set()
    for token, inputs in resources.values():
        for path, value in leaves(inputs):
            place = f"{token}.{general(path)}"
            if isinstance(value, bool):
                found.booleans.add(place)
            elif isinstance(value, str) and UNKNOWN in value:
                unknown.add(place)
            elif place not in found.judged:
                sources = {source for source, judges in OTHERS.items() if _refuses(judges, token, inputs, path, value)}
                known = {PROVIDER} if general(path) in by_provider.get(token, ()) else set()
                found.judged[place] = frozenset(sources | known)
    found.booleans -= found.judged.keys()
    found.references = unknown - found.judged.keys() - found.booleans
    return found


def lines(coverage: Coverage) -> list[str]:
    """The same as text, with the unchecked properties folded by type."""
    sources = ", ".join(f"{source} {coverage.count(source)}" for source in (PROVIDER, *OTHERS))
    text = [
        f"{coverage.total} properties are set by any variant; a wrong value is refused by: {sources}",
        (
            f"  {len(coverage.booleans)} are true or false, {len(coverage.references)} come from another resource, "
            f"{len(coverage.free)} nobody judges:"
        ),
    ]
    by_type: dict[str, list[str]] = defaultdict(list)
    for place in coverage.free:
        token, _, name = place.partition(".")
        by_type[token].append(name)
    return text + [f"  {token}: {', '.join(names)}" for token, names in by_type.items()]


def wrong(value: Any) -> tuple[Any, ...]:
    """Values that can't be right where `value` is."""
    if not isinstance(value, str):
        return _WRONG_NUMBERS
    return (*_WRONG_TEXTS, _WRONG_DOCUMENT) if '"Statement"' in value else _WRONG_TEXTS


def leaves(node: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every plain value in a resource's inputs and its path; not in tags, secrets and assets."""
    if isinstance(node, dict):
        if _SIGNATURE in node:
            return
        for key, value in node.items():
            if key not in _FREE and not key.startswith("__"):
                yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    elif node is not None:
        yield path, node


def general(path: Path_) -> str:
    """A path without the places in lists and without keys that are the program's own."""
    steps = [
        "*" if above in _MAPS and isinstance(step, str) else step
        for above, step in zip(("", *path), path, strict=False)
    ]
    return ".".join(step for step in steps if isinstance(step, str))


def _refuses(judges: tuple[rules.Rule, ...], token: str, inputs: Mapping[str, Any], path: Path_, value: Any) -> bool:
    before = {problem for judge in judges for problem in judge(token, inputs)}
    planted = [with_value(inputs, path, instead) for instead in wrong(value)]
    return any(problem not in before for each in planted for judge in judges for problem in judge(token, each))
