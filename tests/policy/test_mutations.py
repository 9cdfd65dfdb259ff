"""One realistic mistake at a time, in stacks that are right: the rule that must fire does, and nothing without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from policy.pack.judge import Judge
from policy.pack.registry import BY_NAME, SHIPPED
from policy.pack.verdict import PolicyReport, judge_stack
from tests.policy.bases import EXAMPLES, NAMES, base
from tests.policy.mutations import (
    Mutation,
    compute,
    conditions,
    data,
    edge,
    escalation,
    functions,
    gateways,
    iam,
    keys,
    limits,
    needs,
    network,
    plaintext,
    reachability,
    sale,
    services,
    storage,
    switches,
    unjudged,
    watch,
)

MUTATIONS: list[Mutation] = [
    mutation
    for module in (
        network,
        reachability,
        edge,
        compute,
        functions,
        plaintext,
        data,
        storage,
        keys,
        iam,
        conditions,
        escalation,
        switches,
        gateways,
        watch,
        sale,
        services,
        unjudged,
        limits,
        needs,
    )
    for mutation in module.mistakes.all
]
# What no mistake in a stack can bring about: waivers are a file beside it.
WITHOUT = {"waivers-valid"}
FEWEST = 3
SAMPLED = list({mutation.rule: mutation for mutation in MUTATIONS}.values())
"""One mistake of every rule."""


def judged(mutation: Mutation, *, preview: bool) -> PolicyReport:
    stack = mutation.of(base(mutation.base, preview=preview))
    return judge_stack(stack, [BY_NAME[mutation.rule]], Judge(), {mutation.rule: mutation.config})


def missed(mutations: Iterable[Mutation], blames: Callable[[PolicyReport], bool], *, preview: bool) -> list[str]:
    return [str(mutation) for mutation in mutations if not blames(judged(mutation, preview=preview))]


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_that_is_right_raises_nothing(name: str) -> None:
    verdict = judge_stack(base(name), SHIPPED, Judge())
    assert [violation.message for violation in verdict.violations] == []
    assert [item.message for item in verdict.undecided] == []


@pytest.mark.parametrize(
    "mutations", [SAMPLED, pytest.param(MUTATIONS, marks=pytest.mark.thorough)], ids=["sampled", "all"]
)
def test_the_rule_that_must_fire_on_a_mistake_does(mutations: list[Mutation]) -> None:
    assert missed(mutations, lambda verdict: bool(verdict.violations), preview=False) == []


# What nobody needs is known once everything is: with unknown values these rules judge a part of the grants alone.
DECIDED_BY_UPDATES = {"grants-needed", "grants-needed-by-people"}


@pytest.mark.thorough
def test_a_preview_raises_nothing_in_a_right_stack_and_passes_no_mistake_that_an_update_would_block() -> None:
    for name in ("prod", *EXAMPLES):
        right = judge_stack(base(name, preview=True), SHIPPED, Judge())
        assert [violation.message for violation in right.violations] == []
    decided = [mutation for mutation in MUTATIONS if mutation.rule not in DECIDED_BY_UPDATES]
    assert missed(decided, lambda verdict: bool(verdict.violations or verdict.undecided), preview=True) == []


def test_every_rule_is_tried_with_three_mistakes_or_more() -> None:
    tried = Counter(mutation.rule for mutation in MUTATIONS)
    few = {rule.name: tried[rule.name] for rule in SHIPPED if rule.name not in WITHOUT and tried[rule.name] < FEWEST}
    assert few == {}


def test_no_mistake_is_listed_twice() -> None:
    twice = [name for name, count in Counter(map(str, MUTATIONS)).items() if count > 1]
    assert twice == []
