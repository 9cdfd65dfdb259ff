"""AWSGuard and compliance-policies beside the pack: `python -m tests.policy.oracles.guards` writes their table into
docs/policy-oracles.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "policy-oracles.md"
ANSWERS = Path(__file__).with_name("guards.yaml")
START, END = "<!-- guards -->", "<!-- end of guards -->"


def answers() -> dict[str, dict[str, dict[str, Any]]]:
    """By tool and rule, the rules of the pack that ask the same, or why none does."""
    return yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))


def section() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield START
    yield ""
    yield "## AWSGuard and compliance-policies"
    yield ""
    yield "Pulumi's own packs, rule by rule: what of the pack asks the same, or why nothing does."
    for tool, rules in answers().items():
        yield ""
        yield f"| {tool} | rules of the pack | why not, or not quite |"
        yield "|---|---|---|"
        for name, answer in rules.items():
            yield f"| {name} | {', '.join(answer.get('by', ()))} | {answer.get('why', '')} |"
    yield ""
    yield END


def written(page: str) -> str:
    """The page with the section in its place, at its end where there is none yet."""
    before, _, rest = page.partition(START)
    return f"{before.rstrip()}\n\n{section()}\n{rest.partition(END)[2].lstrip()}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
