"""Every rule against its table of cases, through the SDK's servicer and through the pack's own."""

from __future__ import annotations

from typing import Any

import pytest

from policy.pack.registry import BY_NAME, SHIPPED
from tests.each import faults, for_each
from tests.policy.cases import (
    KINDS,
    Case,
    compute,
    data,
    edge,
    escalation,
    functions,
    gateways,
    iam,
    iam_hops,
    iam_union,
    keys,
    limits,
    needs,
    network,
    plaintext,
    reachability,
    right,
    sale,
    services,
    storage,
    switches,
    unjudged,
    watch,
)
from tests.policy.harness import ONE_PASS_SERVICER, PLAIN_SERVICER, Verdict, ask, waivers_for

CASES: list[Case] = [
    case
    for module in (
        network,
        reachability,
        edge,
        compute,
        functions,
        plaintext,
        data,
        right,
        storage,
        keys,
        iam,
        iam_union,
        iam_hops,
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
    for case in module.table.cases
]
OF_RULE = {rule: [case for case in CASES if case.rule == rule] for rule in sorted({case.rule for case in CASES})}
SERVICERS = {"sdk": PLAIN_SERVICER, "one-pass": ONE_PASS_SERVICER}


def outcome(verdict: Verdict) -> str:
    if verdict.violations:
        return "fails"
    return "undecided" if verdict.undecided else "passes"


def judged(case: Case, **more: Any) -> Verdict:
    return ask(case.rule, *case.stack, stack=case.name, config=case.config, **more)


@pytest.mark.parametrize("servicer", SERVICERS.values(), ids=SERVICERS.keys())
@pytest.mark.parametrize("rule", OF_RULE)
def test_a_rule_says_what_its_table_says(rule: str, servicer: Any) -> None:
    assert faults(OF_RULE[rule], lambda case: as_its_table_says(case, servicer)) == []


def as_its_table_says(case: Case, servicer: Any) -> None:
    verdict = judged(case, servicer=servicer)
    assert outcome(verdict) == case.outcome, f"{verdict}"
    if case.outcome == "fails":
        assert any(case.says in message for message in verdict.messages), f"no message says {case.says!r}: {verdict}"
        assert all(case.rule in message for message in verdict.messages), "a message names its rule"
        assert all(BY_NAME[case.rule].remedy in message for message in verdict.messages), "a message names the remedy"


@pytest.mark.parametrize("rule", OF_RULE)
def test_a_waiver_lets_exactly_its_rule_and_resource_pass(rule: str) -> None:
    assert faults((case for case in OF_RULE[rule] if case.outcome == "fails"), waived_by_its_own_waiver) == []


def waived_by_its_own_waiver(case: Case) -> None:
    assert outcome(judged(case, waivers=waivers_for(case.rule, *case.stack, stack=case.name))) != "fails"
    elsewhere = waivers_for(case.rule, *case.stack, stack="elsewhere")
    assert outcome(judged(case, waivers=elsewhere)) == "fails", "a waiver of another stack waives nothing here"
    expired = waivers_for(case.rule, *case.stack, stack=case.name, expires="2026-10-31")
    assert outcome(judged(case, waivers=expired)) == "fails", "a waiver that expired yesterday waives nothing"


@for_each(case for case in CASES if case.outcome == "undecided")
def test_what_a_preview_cannot_decide_does_not_pass_in_an_update(case: Case) -> None:
    assert outcome(judged(case, preview=False)) == "fails"


@for_each(rule.name for rule in SHIPPED if rule.name != "waivers-valid")
def test_every_rule_is_shown_passing_failing_with_an_unknown_value_and_with_something_absent(rule: str) -> None:
    shown = {case.kind for case in CASES if case.rule == rule}
    assert shown == set(KINDS), f"missing: {set(KINDS) - shown}"
