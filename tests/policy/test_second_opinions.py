"""What other packs ask is asked here too, or refused with a reason."""

from __future__ import annotations

import pytest

from policy.pack.registry import BY_NAME
from tests.policy.oracles.guards import PAGE, answers, written

ANSWERS = [(f"{tool}: {name}", answer) for tool, rules in answers().items() for name, answer in rules.items()]


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=[name for name, _ in ANSWERS])
def test_a_rule_of_another_pack_is_covered_or_refused(name: str, answer: dict[str, object]) -> None:
    rules = answer.get("by", [])
    assert isinstance(rules, list)
    assert rules or answer.get("why"), name
    assert set(rules) <= set(BY_NAME)


def test_the_page_says_what_the_answers_say() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page
