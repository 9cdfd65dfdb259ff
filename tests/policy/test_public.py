"""Programs of other teams, as facts: the verdict that a careful reader of each would give, and nothing untrue.

`public/` holds the resources that programs of pulumi/examples register, without their code. `public/verdicts.json`
lists by program and rule the resources that are at fault.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from policy.pack.judge import Judge
from policy.pack.redaction import STRUCK
from policy.pack.registry import SHIPPED
from policy.pack.stacks import parse
from policy.pack.verdict import PolicyReport, judge_stack

FOLDER = Path(__file__).with_name("public")
VERDICTS: dict[str, dict[str, list[str]]] = json.loads((FOLDER / "verdicts.json").read_text(encoding="utf-8"))
# The keys of the tags are this shop's own.
OWN = ("required-tags",)


def judged(program: str) -> PolicyReport:
    stack = parse((FOLDER / f"{program}.json").read_text(encoding="utf-8"))
    return judge_stack(stack, SHIPPED, Judge())


def faults(verdict: PolicyReport) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for item in verdict.violations:
        if item.rule.name not in OWN:
            found[item.rule.name].add(item.urn.rpartition("::")[2])
    return {rule: sorted(names) for rule, names in sorted(found.items())}


def test_there_are_twenty_programs() -> None:
    assert len(VERDICTS) >= 20
    assert {path.stem for path in FOLDER.glob("*.json")} - {"verdicts"} == set(VERDICTS)


@pytest.mark.parametrize("program", VERDICTS)
def test_a_program_gets_the_verdict_of_a_careful_reader(program: str) -> None:
    verdict = judged(program)
    assert faults(verdict) == VERDICTS[program]


@pytest.mark.parametrize("program", VERDICTS)
def test_what_is_told_is_whole_and_told_once(program: str) -> None:
    verdict = judged(program)
    told = [(item.rule.name, item.urn, item.message) for item in verdict.violations]
    assert len(told) == len(set(told))
    assert not any(word in message for *_, message in told for word in ("nobody:", "a4b:", f"{STRUCK}-"))
    assert not any(item.blocks for item in verdict.violations if item.rule.name in OWN)
