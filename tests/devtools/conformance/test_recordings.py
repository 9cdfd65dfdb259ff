"""Everything that any variant makes, judged without the provider: its values and the names that AWS gave."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from devtools.conformance import cloudformation, mistakes, patterns, recordings, rules, variants
from devtools.conformance.names.rules import RULES
from devtools.conformance.variants import Variant

NAMES = (cloudformation.problems, patterns.problems, patterns.tags, *RULES)
MISTAKES = [mistake for mistake in mistakes.load() if mistake.kind]
FEWEST = 3
"""Mistakes of a kind that are planted at least."""
SAMPLES = 5
"""Resources of a type that mistakes are planted in."""
VARIANTS = recordings.together(variants.examples_and_overlays())


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_aws_takes_every_value_and_has_every_name(variant: Variant) -> None:
    made = recordings.resources(recordings.record(variant))
    assert [str(problem) for problem in recordings.problems(made)] == []


def test_every_variant_is_recorded_and_few_programs_are_run() -> None:
    named = [name for variant in VARIANTS for name in variant.name.split("+")]
    assert sorted(named) == sorted(variant.name for variant in variants.examples_and_overlays())
    assert len(VARIANTS) < len(named), "variants that go together are recorded as one"


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    """The inputs of some resources of every type that the variants make, by URN."""
    found: dict[str, dict[str, Any]] = {}
    count: Counter[str] = Counter()
    for variant in VARIANTS:
        for urn, (token, inputs, _) in recordings.resources(recordings.record(variant)).items():
            if count[token] < SAMPLES and urn not in found:
                found[urn] = dict(inputs)
                count[token] += 1
    return found


def test_three_mistakes_of_each_kind_are_found(made: dict[str, dict[str, Any]]) -> None:
    missed = [result for result in mistakes.plant(None, MISTAKES, made) if not result.found]
    assert [f"{result.mistake.mistake}: {result.problems}, clean: {result.clean}" for result in missed] == []
    assert [kind for kind, count in Counter(each.kind for each in MISTAKES).items() if count < FEWEST] == []


@pytest.mark.parametrize("rule", NAMES, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_without_its_rule_a_mistake_is_missed(
    rule: rules.Rule, made: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "RULES", tuple(each for each in rules.RULES if each is not rule))
    assert not all(result.found for result in mistakes.plant(None, MISTAKES, made)), "no mistake needs this rule"
