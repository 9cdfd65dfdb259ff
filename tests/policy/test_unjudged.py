"""What the pack knows of types: every one that its source names, and no type that the provider doesn't have."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from devtools.rehearsal.schema import canonical, known_tokens
from policy.pack import unjudged
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import parse
from policy.pack.unjudged import reviewed
from policy.pack.verdict import judge_stack
from tests.policy.harness import It
from tests.policy.states import exported

PACK = Path(unjudged.__file__).parent
JUDGED = {token for rule in SHIPPED if rule.name != "required-tags" for token in rule.tokens}
# What the source names in order to say that it isn't judged.
OTHERWISE = {
    "aws:glue/crawler:Crawler",
    "aws:glue/devEndpoint:DevEndpoint",
    "aws:iam/samlProvider:SamlProvider",
}


def test_a_reviewed_type_is_one_of_the_provider() -> None:
    assert reviewed() - {canonical(token) for token in known_tokens()} == set()


def test_every_type_that_the_pack_reads_is_known_to_it() -> None:
    sources = [path for path in PACK.rglob("*.py") if path.name != "unjudged.py"]
    named = {token for path in sources for token in re.findall(r'"(aws:\w+/\w+:\w+)"', path.read_text("utf-8"))}
    assert named - JUDGED - reviewed() - OTHERWISE == set()


@pytest.mark.parametrize("count", [1, 2, 30])
def test_a_type_is_named_once_with_its_count(count: int) -> None:
    body = exported(*(It("aws:gamelift/fleet:Fleet", f"fleet-{number}") for number in range(count)), stack="dev")
    told = [
        item for item in judge_stack(parse(json.dumps(body)), SHIPPED, Judge()).violations if "gamelift" in item.message
    ]
    assert [item.rule.name for item in told] == ["not-judged"]
    assert not told[0].blocks
    assert (f"and {count - 1} more of its type" in told[0].message) == (count > 1)


def test_what_can_make_identities_is_told_once_in_production() -> None:
    body = exported(It("aws-native:iam:Role", "a"), It("aws-native:iam:Role", "b"))
    told = [
        item for item in judge_stack(parse(json.dumps(body)), SHIPPED, Judge()).violations if "native" in item.message
    ]
    assert [(item.rule.name, item.blocks) for item in told] == [("identities-judged", True)]
