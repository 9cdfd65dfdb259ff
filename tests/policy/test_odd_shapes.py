"""No rule crashes on any shape, and no message holds a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy.pack.registry import BY_NAME, RULES
from policy.pack.rule import Scope
from tests.policy.harness import ONE_PASS_SERVICER, PLAIN_SERVICER, UNKNOWN, It, ask_all, secret
from tests.policy.test_rules import CASES

WORDS = (
    "",
    "*",
    "0",
    "true",
    "tcp",
    "-1",
    "Allow",
    "arn:aws:iam::1:root",
    "0.0.0.0/0",
    "{",
    "[]",
    "alias/aws/s3",
    UNKNOWN,
)
SCALARS = st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(WORDS))
ODD = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(("Statement", "Effect", "Action", "Principal", "name", "enabled", "bucket")),
            inner,
            max_size=3,
        ),
        inner.map(secret),
        inner.map(json.dumps),
    ),
    max_leaves=6,
)


def mutated(value: Any, draw: Any) -> Any:
    """`value` with some part of it replaced by something odd."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: mutated(value[key], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [mutated(value[0], draw), *value[1:]]
    return draw(ODD)


@st.composite
def stacks(draw: Any, rule: str) -> list[It]:
    """A stack of the rule's table with one property of one resource, or several, made odd."""
    stack = list(draw(st.sampled_from([case.stack for case in CASES if case.rule == rule and case.stack])))
    for index, it in enumerate(stack):
        props = {key: mutated(value, draw) if draw(st.booleans()) else value for key, value in it.props.items()}
        stack[index] = it.but(**props)
    return stack


@pytest.mark.parametrize("rule", [rule.name for rule in RULES if rule.name != "waivers-valid"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_rule_crashes_on_an_odd_shape(rule: str, data: Any) -> None:
    stack = data.draw(stacks(rule))
    servicer = data.draw(st.sampled_from((PLAIN_SERVICER, ONE_PASS_SERVICER)))
    ask_all([rule], *stack, servicer=servicer, preview=data.draw(st.booleans()))


@pytest.mark.parametrize(
    "token", sorted({token for rule in RULES for token in rule.tokens if rule.name != "required-tags"})
)
def test_every_rule_bears_a_resource_without_properties(token: str) -> None:
    rules = [rule.name for rule in RULES if token in rule.tokens]
    for servicer in (PLAIN_SERVICER, ONE_PASS_SERVICER):
        ask_all(rules, It(token, "bare"), servicer=servicer)


SECRET = "hunter22hunter22"


@pytest.mark.parametrize("scope", Scope)
def test_no_message_holds_a_secret(scope: Scope) -> None:
    marked = It(
        "aws:rds/cluster:Cluster",
        "db",
        {
            "engine": "aurora-mysql",
            "masterPassword": secret(SECRET),
            "kmsKeyId": secret(f"arn:{SECRET}"),
            "storageEncrypted": True,
        },
    )
    exposed = It(
        "aws:lambda/function:Function",
        "fn",
        {"environment": {"variables": secret({"DB_PASSWORD": SECRET, "X": f"a://b:{SECRET}@c"})}},
    )
    rules = [rule.name for rule in RULES if rule.scope is scope and rule.name != "waivers-valid"]
    verdict = ask_all(rules, marked, exposed)
    assert verdict.violations, "both are at fault"
    assert SECRET not in str(verdict)


def test_a_secret_that_the_engine_marks_is_struck_out_wherever_it_stands() -> None:
    acl = It("aws:lb/listener:Listener", "tls", {"protocol": "HTTPS", "sslPolicy": secret("ELBSecurityPolicy-2016-08")})
    (message,) = ask_all(["alb-tls-policy"], acl).messages
    assert "uses the policy [secret]" in message


def test_a_long_list_and_a_deep_document_are_judged() -> None:
    deep = '{"Statement": [' * 100_000
    nested = '{"Statement": ' * 300 + "{}" + "}" * 300
    many = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}] * 500}
    for policy in (deep, nested, many):
        ask_all(
            [name for name in BY_NAME if name.startswith("iam-")], It("aws:iam/policy:Policy", "p", {"policy": policy})
        )
