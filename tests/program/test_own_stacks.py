"""What holds for any stack of this tree, whatever its owner makes of the settings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from devtools.conformance import recordings
from devtools.recording import programs
from devtools.recording.recorded import Recorded
from devtools.recording.state import exported
from policy.pack import __main__ as pack
from policy.pack import configuration, waivers
from policy.pack.judge import Judge
from policy.pack.registry import BY_NAME, RULES
from policy.pack.stacks import parse
from policy.pack.verdict import judge_stack
from sale.capacity_check import links
from sale.plan import compile_plan
from settings import stack_file
from tests.own_stacks import OWN, OWN_SAMPLED, StackFile

NOW = datetime.now(UTC)
of_each_stack = pytest.mark.parametrize("stack", OWN)


@of_each_stack
def test_its_settings_are_valid(stack: StackFile) -> None:
    assert stack_file.read(stack.name, stack.folder).services


@pytest.mark.parametrize("stack", OWN_SAMPLED)
def test_the_policy_pack_blocks_nothing_of_it(stack: StackFile) -> None:
    state = parse(json.dumps(exported(stack.recorded(), stack.name)))
    levels = configuration.load(pack.CONFIG, stack.name, BY_NAME, production=state.production)
    judge = Judge(waivers=waivers.load(pack.WAIVERS, BY_NAME, NOW.date()), configuration=levels)
    verdict = judge_stack(state, RULES, judge, levels.entries())
    assert [found.message for found in verdict.violations if found.blocks] == []


@of_each_stack
def test_aws_takes_every_value_and_has_every_name(stack: StackFile) -> None:
    made = recordings.resources(stack.recorded())
    assert [str(problem) for problem in recordings.problems(made)] == []


def registered(shop: Recorded) -> dict[str, tuple[Any, ...]]:
    return {one.urn: (one.inputs, one.parent, one.provider, one.protect) for one in shop.resources}


@pytest.mark.parametrize("stack", OWN_SAMPLED)
def test_a_second_run_asks_for_the_same(stack: StackFile) -> None:
    again = programs.run_values(stack.name, programs.stack_values(stack.name, stack.folder))
    assert registered(again) == registered(stack.recorded())


@of_each_stack
def test_every_link_of_its_next_sale_holds(stack: StackFile) -> None:
    shop = stack_file.read(stack.name, stack.folder)
    short = [
        f"{link.name}: {link.required:,.0f} {link.unit} needed, {link.provided:,.0f} there; fix: {link.setting}"
        for link in links(compile_plan(shop, NOW))
        if link.short
    ]
    assert short == [], f"`make sale-plan STACK={stack.name}` shows every link and its margin"
