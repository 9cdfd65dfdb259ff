"""Schedule expressions are read as AWS reads them."""

from __future__ import annotations

import pytest

from devtools.conformance import schedules

SCHEDULE = "aws:scheduler/schedule:Schedule"


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 20 ? * MON-FRI *)",
        "cron(0/15 8-18 ? * 2#1 *)",
        "cron(0 5 L * ? *)",
        "cron(30 3 1,15 JAN-MAR ? 2027)",
        "rate(1 day)",
        "rate(5 minutes)",
        "at(2027-10-20T18:00:00)",
    ],
)
def test_an_expression_that_aws_takes_passes(expression: str) -> None:
    assert schedules.problem(SCHEDULE, "scheduleExpression", expression) is None, "AWS documents this form"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("cron(0 20 * * MON-FRI)", "6 fields"),
        ("cron(0 20 * * MON *)", "has to be ?"),
        ("cron(0 20 ? * ? *)", "has to be ?"),
        ("cron(60 20 ? * MON *)", "minutes"),
        ("cron(0 24 * * ? *)", "hours"),
        ("cron(0 1 32 * ? *)", "day of month"),
        ("cron(0 1 ? FOO MON *)", "month"),
        ("cron(0 1 ? * MO *)", "day of week"),
        ("cron(0/0 1 ? * MON *)", "step"),
        ("rate(5 minute)", "plural"),
        ("rate(1 days)", "singular"),
        ("rate(0 days)", "from 1"),
        ("rate(1.5 hours)", "whole number"),
        ("at(2027-10-20 18:00)", "a time as in"),
        ("at(2027-02-30T18:00:00)", "a time as in"),
        ("every day", "neither"),
        ("cron(0 1 * * ? *", "neither"),
    ],
)
def test_an_expression_that_aws_refuses_is_found_with_the_reason(expression: str, reason: str) -> None:
    said = schedules.problem(SCHEDULE, "scheduleExpression", expression)
    assert said is not None, f"AWS refuses {expression}"
    assert reason in said, "the reason has to name the rule"


def test_a_recurrence_of_an_auto_scaling_group_has_five_fields() -> None:
    token = "aws:autoscaling/schedule:Schedule"
    assert schedules.problem(token, "recurrence", "0 8 * * 1-5") is None, "it is a Unix cron, with five fields"
    assert schedules.problem(token, "recurrence", "0 8 ? * MON-FRI *") is not None, "EventBridge's six are refused"


def test_a_text_that_is_no_schedule_is_let_pass() -> None:
    assert schedules.problem("aws:sns/topic:Topic", "displayName", "every day") is None, "only schedules are judged"


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("cron(0 0 ? 1,4,7,11 WED#2 *)", True),
        ("cron(30 0 ? * WED#2 *)", False),
        ("cron(0 0 ? * WED#2 2027)", False),
    ],
)
def test_secrets_rotate_at_full_hours_of_every_year(expression: str, passes: bool) -> None:
    token = "aws:secretsmanager/secretRotation:SecretRotation"
    problem = schedules.problem(token, "rotationRules.scheduleExpression", expression)
    assert (problem is None) is passes
    assert schedules.problem(SCHEDULE, "scheduleExpression", expression) is None, "others take it"
