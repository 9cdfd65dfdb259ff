"""Whoever makes the tree theirs changes stacks and rules, and no test: what is about them stays green."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adoption.__main__ import changed
from tests.adoption.changes import CHANGES

pytestmark = pytest.mark.thorough
PLACES = ("tests/program/test_own_stacks.py", "tests/program/test_contract.py", "tests/devtools/test_schema.py")
"""Where tests read this tree's own stacks and rules."""


def run(tree: Path, *command: str) -> str:
    """What a command said that failed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_about_the_trees_own_stacks_stays_green(change: str, tmp_path: Path) -> None:
    tree = changed(tmp_path / "shop", change)
    selected = ("-m", "own_stacks", "-n", "0", "-q", "-p", "no:cacheprovider")
    assert run(tree, "-m", "pytest", *selected, *PLACES) == ""


def test_a_rule_of_ones_own_is_well_formed_and_in_force_for_stacks_of_any_name(tmp_path: Path) -> None:
    tree = changed(tmp_path / "shop", "rule-of-ones-own", "stacks-renamed")
    assert run(tree, "-m", "saleday", "policy") == ""
    assert run(tree, "-m", "ruff", "check", "policy/pack/own") == ""
    assert run(tree, "-m", "ruff", "format", "--check", "policy/pack/own") == ""
    assert run(tree, "-m", "ty", "check", "policy/pack/own") == ""


@pytest.mark.engine
@pytest.mark.parametrize(
    ("changes", "stack"),
    [
        (("domain-and-owner", "addresses", "service-with-stores", "event-from-a-file", "rule-of-ones-own"), "prod"),
        (("service-taken-out", "on-kubernetes", "another-region"), "dev"),
        (("on-instances", "stacks-renamed"), "live"),
        (("third-stack",), "test"),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_the_changed_stack_is_rehearsed(changes: tuple[str, ...], stack: str, tmp_path: Path) -> None:
    tree = changed(tmp_path / "shop", *changes)
    assert run(tree, "-m", "saleday", "rehearse", "--stack", stack) == ""
