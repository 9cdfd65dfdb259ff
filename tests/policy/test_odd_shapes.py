"""No rule crashes on any shape, and no message holds a secret.

`POLICY_FUZZ` is the number of odd stacks for each rule; `make fuzz` tries thousands.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from policy.pack.graph import Graph
from policy.pack.judge import Judge
from policy.pack.redaction import templates
from policy.pack.registry import BY_NAME, SHIPPED
from policy.pack.resource import Resource
from policy.pack.rule import Scope
from policy.pack.values import plain
from tests.each import for_each
from tests.policy.cases import Case
from tests.policy.harness import ONE_PASS_SERVICER, PLAIN_SERVICER, UNKNOWN, It, ask_all, secret
from tests.policy.test_rules import CASES

COUNT = int(os.environ.get("POLICY_FUZZ", "40"))
JUDGING = [rule.name for rule in SHIPPED if rule.name != "waivers-valid"]
OF_RULE = {name: [case for case in CASES if case.rule == name and case.stack] for name in JUDGING}

WORDS = (
    "",
    "*",
    "0",
    "true",
    "tcp",
    "-1",
    "Allow",
    "arn:aws:iam::1:root",
    "arn:aws:iam::1:role/*",
    "arn:",
    "::::::",
    "iam:*",
    "iam:",
    ":",
    "0.0.0.0/0",
    "::/0",
    "300.1.1.1/99",
    "{",
    "[]",
    "null",
    '{"Statement": {}}',
    "alias/aws/s3",
    "${aws:username}",
    "\u0000",
    "\u202e\N{SNOWMAN}",
    "nan",
    "inf",
    "1e400",
    "9" * 400,
    '{"Statement": ' * 200 + "1" + "}" * 200,
    UNKNOWN,
)
SCALARS = (None, True, False, 0, -1, 1e308, 0.5, 65536, *WORDS)
KEYS = (
    "Statement",
    "Effect",
    "Action",
    "Resource",
    "Principal",
    "Condition",
    "StringLike",
    "name",
    "enabled",
    "bucket",
)


def scalar(rng: random.Random) -> Any:
    return rng.choice(SCALARS)


def odd(rng: random.Random, depth: int = 3) -> Any:
    """A value of a shape that nobody promised."""
    kind = rng.randrange(6) if depth else 0
    if kind <= 1:
        return scalar(rng)
    if kind == 2:
        return [odd(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == 3:
        return {rng.choice(KEYS): odd(rng, depth - 1) for _ in range(rng.randrange(4))}
    return json.dumps(odd(rng, depth - 1)) if kind == 4 else secret(odd(rng, depth - 1))


WRAPPINGS: tuple[Callable[[Any], Any], ...] = (lambda it: [it], lambda it: [it, it], secret, json.dumps, str)
"""A value in a shape that another language, or another provider version, might give it."""


def mutated(value: Any, rng: random.Random) -> Any:
    """`value` with some part of it replaced, wrapped, opened or taken away."""
    if isinstance(value, str) and value[:1] in ("{", "[") and rng.random() < 0.6:
        try:
            return json.dumps(mutated(json.loads(value), rng))
        except ValueError:
            pass
    if isinstance(value, dict) and value and rng.random() < 0.7:
        key = rng.choice(sorted(value))
        return {**value, key: mutated(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.7:
        index = rng.randrange(len(value))
        return [*value[:index], mutated(value[index], rng), *value[index + 1 :]]
    if rng.random() < 0.4:
        return rng.choice(WRAPPINGS)(value)
    return odd(rng)


def odd_stack(rng: random.Random, rule: str) -> list[It]:
    """A stack of the rule's table with some properties, and what they were computed from, made odd."""
    stack = list(rng.choice(OF_RULE[rule]).stack)
    for index, it in enumerate(stack):
        props = {key: mutated(value, rng) if rng.random() < 0.5 else value for key, value in it.props.items()}
        names = [other.name for other in stack] + ["nowhere"]
        links = {key: rng.choices(names, k=2) if rng.random() < 0.3 else value for key, value in it.links.items()}
        stack[index] = it.but(**props).linking(**links)
    return stack


def resource(it: It, urns: dict[str, str]) -> Resource:
    links = {path: tuple(urns.get(name, "") for name in names) for path, names in it.links.items()}
    return Resource(it.token, it.name, plain(dict(it.props)), urn=urns[it.name], links=links)


@pytest.mark.parametrize("rule", JUDGING)
def test_no_rule_crashes_on_an_odd_shape(rule: str) -> None:
    rng = random.Random(rule)
    judged = BY_NAME[rule]
    for number in range(COUNT):
        stack = odd_stack(rng, rule)
        urns = {it.name: it.urn("prod") for it in stack}
        resources = [resource(it, urns) for it in stack]
        judge = Judge(preview=bool(number % 2))
        try:
            if judged.scope is Scope.STACK:
                judge.stack(judged, Graph(resources), {}, lambda message, urn: None)
            for it in resources:
                if it.token in judged.tokens and judged.scope is Scope.RESOURCE:
                    judge.resource(judged, it, {}, lambda message, urn: None)
                elif it.token in judged.tokens and judged.early:
                    judge.early(judged, it, {}, lambda message, urn: None)
        except Exception as error:
            raise AssertionError(f"stack {number} of POLICY_FUZZ={COUNT}: {stack}") from error


@pytest.mark.parametrize("servicer", [PLAIN_SERVICER, ONE_PASS_SERVICER], ids=["sdk", "one-pass"])
def test_no_servicer_crashes_on_an_odd_shape(servicer: Any) -> None:
    rng = random.Random(1)
    for rule in JUDGING:
        ask_all([rule], *odd_stack(rng, rule), servicer=servicer, preview=rng.random() < 0.5)


@for_each(sorted({token for rule in SHIPPED for token in rule.tokens if rule.name != "required-tags"}))
def test_every_rule_bears_a_resource_without_properties(token: str) -> None:
    rules = [rule.name for rule in SHIPPED if token in rule.tokens]
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
    rules = [rule.name for rule in SHIPPED if rule.scope is scope and rule.name != "waivers-valid"]
    verdict = ask_all(rules, marked, exposed)
    assert verdict.violations, "both are at fault"
    assert SECRET not in str(verdict)


OWN_WORDS = " ".join(template.pattern.pattern.replace("\\", "") for template in templates())
"""What the pack says itself, in whatever message: no secret is told by it."""


def words(value: Any) -> set[str]:
    """The strings of a value, those in documents included, that are long enough to be nothing but themselves."""
    if isinstance(value, str):
        inner = words(json.loads(value)) if value[:1] in ("{", "[") and value[-1:] in ("}", "]") else set()
        return inner | ({value} if len(value) > 9 else set())
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {word for item in items for word in words(item)}


@for_each([case for case in CASES if case.outcome == "fails"][::3])
def test_no_message_holds_a_property_that_is_secret(case: Case) -> None:
    hidden = [it.but(**{key: secret(value) for key, value in it.props.items()}) for it in case.stack]
    public = f"{BY_NAME[case.rule].remedy} {BY_NAME[case.rule].title} {[it.name for it in case.stack]} {OWN_WORDS}"
    secrets = {word for it in case.stack for word in words(dict(it.props)) if word not in public and word != UNKNOWN}
    for message in ask_all([case.rule], *hidden, stack=case.name, config={case.rule: case.config}).messages:
        assert not [word for word in secrets if word in message], message


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
