"""Every switch that is judged: right, wrong, left out, not known yet; and that the AWS provider has it."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.resource import Resource
from policy.pack.rule import Level
from policy.pack.stacks import Stack
from policy.pack.switches import ALL, LOGS, Switch, wrongly_set
from policy.pack.values import UndecidedError, Unknown
from policy.pack.verdict import judge_stack
from tests.each import for_each

GIVEN = "it-is-given"
LEVEL = Level.MANDATORY
MAP = "Mapping"
"""What the SDK calls a property whose keys are the program's."""
OTHER = {"true": False, "false": True}


def with_value(switch: Switch, value: Any) -> dict[str, Any]:
    """The properties of a resource that says `value` at the switch; None leaves the property out of its block."""
    parent, _, name = (switch.document or switch.path).rpartition(".")
    if switch.document and isinstance(value, Unknown):
        return within(switch.path, value)
    block = {path: (values or (GIVEN,))[0] for path, values in switch.where}
    if value is not None:
        block[name] = value
    body = within(parent, block)
    return within(switch.path, json.dumps(body)) if switch.document else body


def within(path: str, value: Any) -> Any:
    for step in reversed(path.split(".") if path else ()):
        value = {step: value}
    return value


def problems(switch: Switch, props: dict[str, Any]) -> list[str]:
    return list(wrongly_set(Resource(switch.token, "it", props), [switch]))


def wrong_values(switch: Switch) -> list[Any]:
    if switch.wrong:
        return [value.upper() for value in switch.wrong]
    return [OTHER.get(switch.right[0], "SOMETHING-ELSE"), "something else"]


def right_values(switch: Switch) -> list[Any]:
    if switch.wrong:
        return [OTHER.get(switch.wrong[0], "123456789012")]
    found = [value for one in switch.right for value in (one, one.upper(), one.title())]
    return [*found, *(not OTHER[one] for one in switch.right if one in OTHER)]


def name(switch: Switch) -> str:
    return f"{switch.token.rsplit(':', 1)[-1]}.{switch.path}"


@for_each(ALL, name)
def test_a_switch_is_judged_by_what_it_says(switch: Switch) -> None:
    for value in right_values(switch):
        assert problems(switch, with_value(switch, value)) == []
    for value in wrong_values(switch):
        assert problems(switch, with_value(switch, value)) == [switch.says]
        for path in switch.unless:
            assert problems(switch, {**with_value(switch, value), path.split(".")[0]: nested(path)}) == []


def nested(path: str) -> Any:
    value: Any = GIVEN
    for step in reversed(path.split(".")[1:]):
        value = {step: value}
    return value


@for_each(ALL, name)
def test_a_switch_that_is_left_out_stands_as_aws_sets_it(switch: Switch) -> None:
    inside = (switch.inside if "." in switch.path else "") or switch.absent
    assert problems(switch, {**with_value(switch, None), **beside(switch)}) == told(switch, inside)
    if not switch.where:
        assert problems(switch, {}) == ([] if switch.optional else told(switch, switch.absent))


def beside(switch: Switch) -> dict[str, Any]:
    """Something else in the block of a switch, so that the block is there."""
    parent, _, name = (switch.document or switch.path).rpartition(".")
    if switch.where or not parent:
        return with_value(switch, None)
    body = within(f"{parent}.{name}Beside", GIVEN)
    return within(switch.path, json.dumps(body)) if switch.document else body


def told(switch: Switch, value: str) -> list[str]:
    right = value not in switch.wrong if switch.wrong else any(fnmatchcase(value, one) for one in switch.right)
    return [] if right or not value else [switch.says]


@for_each(ALL, name)
def test_a_switch_that_is_not_known_yet_is_undecided(switch: Switch) -> None:
    with pytest.raises(UndecidedError):
        problems(switch, with_value(switch, Unknown("it")))


@for_each(ALL, name)
def test_a_wrong_switch_is_told_by_one_rule(switch: Switch) -> None:
    right, wrong = (judged(switch, values(switch)[0]) for values in (right_values, wrong_values))
    told = {rule for rule, message in wrong - right if switch.says in message}
    assert len(told) == 1
    assert {rule for rule, _ in wrong} - {rule for rule, _ in right} <= told


def judged(switch: Switch, value: Any) -> set[tuple[str, str]]:
    it = Resource(switch.token, "it", with_value(switch, value), urn=f"urn:pulumi:prod::shop::{switch.token}::it")
    rules = [rule for rule in SHIPPED if switch.token in rule.tokens and (rule.level is LEVEL or switch in LOGS)]
    verdict = judge_stack(Stack(resources=(it,), inputs={it.urn: it}, preview=False), rules, Judge())
    return {(violation.rule.name, violation.message) for violation in verdict.violations}


@for_each(ALL, name)
def test_the_provider_has_the_switch(switch: Switch) -> None:
    for path in (switch.path, *switch.unless):
        module, of = resource_class(switch.token)
        for step in path.split("."):
            if of == MAP:
                break
            fields = properties(module, of)
            assert step in fields, f"{of} has no {step}"
            of = fields[step]


@cache
def text_of(module: str, file: str) -> str:
    spec = find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / {"lambda": "lambda_"}.get(module, module)
    if file:
        return (folder / file).read_text(encoding="utf-8")
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))


def resource_class(token: str) -> tuple[str, str]:
    """The SDK's module and the class of a type's arguments."""
    module = token.split(":")[1].split("/")[0]
    assert f'@pulumi.type_token("{token}")' in text_of(module, "")
    return module, f"{token.rsplit(':', 1)[-1]}Args"


@cache
def properties(module: str, of: str) -> dict[str, str]:
    """The properties of a class of arguments by their names in a program's state, each with its own class if any."""
    match = re.search(rf"\nclass {of}:(.*?)(?=\nclass |\nif |\n@pulumi|\Z)", text_of(module, ""), re.DOTALL)
    assert match is not None, of
    found = re.findall(r"@pulumi\.getter(?:\(name=\"(\w+)\"\))?\n    def (\w+)\(self\) -> (.*):", match[1])
    return {
        camel or plain: MAP if "Mapping[" in kind else "".join(re.findall(r"'(\w+)'", kind))
        for camel, plain, kind in found
    }
