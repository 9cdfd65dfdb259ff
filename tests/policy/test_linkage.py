"""What is encrypted is judged by its key three times: by dependency, by what an update knows alone, by the whole."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policy.pack.judge import Judge
from policy.pack.policies import policies
from policy.pack.registry import BY_NAME, SHIPPED
from policy.pack.rule import Scope
from tests.policy.cases.data import KEY
from tests.policy.harness import NO_CONTEXT, ONE_PASS_SERVICER, UNKNOWN, It, ask, request
from tests.policy.test_rules import CASES

TOPIC = It("aws:sns/topic:Topic", "topic", {"kmsMasterKeyId": UNKNOWN}, {"kmsMasterKeyId": ["key"]})


def before_operation(it: It, *, preview: bool, level: Any = proto.MANDATORY, rule: str = "sns-cmk") -> list[str]:
    """What the engine is told before it operates on a resource."""
    served = ONE_PASS_SERVICER("pack", "1", policies([BY_NAME[rule]], Judge()), EnforcementLevel.MANDATORY)
    configuration = proto.ConfigureAnalyzerRequest()
    configuration.policyConfig[rule].enforcementLevel = level
    served.Configure(configuration, NO_CONTEXT)
    served.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="prod", dry_run=preview), NO_CONTEXT)
    return [item.message for item in served.Analyze(request(it, "prod"), NO_CONTEXT).diagnostics]


def test_a_dependency_decides_in_a_preview() -> None:
    assert ask("sns-cmk", KEY, TOPIC).violations == ()


@pytest.mark.parametrize("value", ["alias/aws/sns", None, "arn:aws:kms:ap-south-1:1:alias/aws/sns"])
def test_a_wrong_key_that_only_the_update_knows_stops_it_before_the_operation(value: str | None) -> None:
    late = TOPIC.but(kmsMasterKeyId=value)
    assert len(before_operation(late, preview=False)) == 1
    assert before_operation(late, preview=True) == [], "a preview says it once, of the whole stack"


def test_a_key_that_may_be_the_programs_waits_for_the_whole_stack() -> None:
    late = TOPIC.but(kmsMasterKeyId="arn:aws:kms:ap-south-1:1:key/a")
    assert before_operation(late, preview=False) == []
    assert ask("sns-cmk", KEY.but(arn="arn:aws:kms:ap-south-1:1:key/b"), late, preview=False).violations != ()


def test_what_does_not_block_is_told_once_at_the_end() -> None:
    assert before_operation(TOPIC.but(kmsMasterKeyId="alias/aws/sns"), preview=False, level=proto.ADVISORY) == []


EARLY = [rule for rule in SHIPPED if rule.early]


def test_only_rules_on_the_stack_are_early() -> None:
    assert len(EARLY) >= 10
    assert {rule.scope for rule in EARLY} == {Scope.STACK}


@pytest.mark.parametrize("rule", EARLY, ids=lambda rule: rule.name)
def test_an_early_verdict_is_never_harder_than_the_whole_one(rule: Any) -> None:
    for case in CASES:
        if case.rule == rule.name and case.outcome == "passes":
            for it in case.stack:
                if it.token in rule.tokens:
                    assert before_operation(it, preview=False, rule=rule.name) == [], str(case)
