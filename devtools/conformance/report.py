"""Report on a conformance run, as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from devtools.conformance import coverage
from devtools.conformance.coverage import Coverage
from devtools.conformance.judge import VariantVerdict, type_of
from devtools.console import elapsed

_SHOWN = 40
"""Findings of one variant that are shown; the file holds them all."""


def lines(verdicts: Sequence[VariantVerdict], covered: Coverage) -> list[str]:
    """The findings of each variant, then the types judged with their counts, and what was not judged, with the
    reason.
    """
    text: list[str] = []
    for verdict in verdicts:
        problems = [*verdict.errors, *map(str, verdict.findings)]
        problems += [f"{urn}: the provider was not asked about it" for urn in verdict.silent]
        mark = "passed" if verdict.passed else f"{len(problems)} findings"
        count = verdict.judged.total()
        text.append(
            f"{verdict.variant}: {mark}; {count} judged, {len(verdict.judged)} types; {elapsed(verdict.seconds)}"
        )
        text += [f"  {problem}" for problem in problems[:_SHOWN]]
        if len(problems) > _SHOWN:
            text.append(f"  and {len(problems) - _SHOWN} more, in the report file")
    types: Counter[str] = Counter()
    for verdict in verdicts:
        types |= verdict.judged
    text += ["", f"{len(types)} types and functions judged (the most that one variant has of each):"]
    text += [f"  {count:4d}  {token}" for token, count in sorted(types.items())]
    left_out: Counter[tuple[str, str]] = Counter()
    for verdict in verdicts:
        left_out |= verdict.unjudged
    text += ["", "not judged:" if left_out else "not judged: nothing"]
    text += [f"  {place} ({count}): {reason}" for (place, reason), count in sorted(left_out.items())]
    return [*text, "", *coverage.lines(covered)]


def coverage_of(verdicts: Sequence[VariantVerdict]) -> Coverage:
    """Coverage of the properties that any variant sets."""
    made = {
        f"{verdict.variant} {urn}": (type_of(urn), inputs)
        for verdict in verdicts
        for urn, inputs in verdict.inputs.items()
        if type_of(urn).startswith("aws:")
    }
    return coverage.measure(made)


def write(path: Path, verdicts: Sequence[VariantVerdict], covered: Coverage) -> None:
    """The same as JSON."""
    variants = [
        {
            "variant": verdict.variant,
            "passed": verdict.passed,
            "seconds": round(verdict.seconds, 1),
            "judged": dict(sorted(verdict.judged.items())),
            "findings": [{"urn": f.urn, "property": f.property, "reason": f.reason} for f in verdict.findings],
            "errors": verdict.errors,
            "silent": verdict.silent,
            "unjudged": [{"place": p, "reason": r, "count": n} for (p, r), n in sorted(verdict.unjudged.items())],
        }
        for verdict in verdicts
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"variants": variants, "coverage": covered.as_json()}
    path.write_text(json.dumps(facts, indent=2) + "\n")
