"""Whatever the settings may say, the shop keeps the rules: every stack and variant, judged as a file is."""

from __future__ import annotations

import json

import pytest

from devtools.conformance import recordings, variants
from devtools.conformance.variants import Variant
from devtools.recording.state import exported
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import parse
from policy.pack.verdict import judge_stack

VARIANTS = recordings.together(variants.examples_and_overlays())
SAMPLED = [  # examples are judged with their mistakes too
    pytest.param(one, id=one.name, marks=() if "sale-event" in one.name else pytest.mark.thorough) for one in VARIANTS
]


@pytest.mark.parametrize("variant", SAMPLED)
def test_no_variant_violates_a_rule(variant: Variant) -> None:
    stack = parse(json.dumps(exported(recordings.record(variant), variant.stack)))
    verdict = judge_stack(stack, SHIPPED, Judge())
    assert [str(found) for found in verdict.violations if found.blocks] == []
