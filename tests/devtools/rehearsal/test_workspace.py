"""What the engine works on: copies of the settings, without anybody's secrets, and errors that say where to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.rehearsal.workspace import BadInput, known_stacks, prepare, wipe

PROJECT = "name: shop\nruntime:\n  name: python\n  options: {virtualenv: .venv}\nbackend: {url: s3://theirs}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "Pulumi.yaml").write_text(PROJECT)
    (tree / "Pulumi.dev.yaml").write_text("config:\n  shop:size: 3\n")
    (tree / "Pulumi.prod.yaml").write_text("config:\n  shop:size: 30\n")
    return tree


def copied(tree: Path, text: str) -> dict[str, Any]:
    """The copy of a stack's file that holds `text`."""
    (tree / "Pulumi.dev.yaml").write_text(text)
    return yaml.safe_load(prepare(tree, "dev", tree.parent / "work").stack_file.read_text())


def test_stacks_are_those_with_a_file(tree: Path) -> None:
    assert known_stacks(tree) == ["dev", "prod"]


def test_an_unknown_stack_is_answered_with_the_known_ones(tree: Path) -> None:
    with pytest.raises(BadInput, match=r"STACK=staging: there is no Pulumi\.staging\.yaml.*dev, prod"):
        prepare(tree, "staging", tree.parent / "work")


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("config:\n  a: 1\n\tb: 2\n", "Pulumi.dev.yaml:3:1", "found a tab character"),
        ("config: [a\n", "Pulumi.dev.yaml:2:1", "expected ',' or ']'"),
        ("config:\n  a: 1\n  a: 2\n", "Pulumi.dev.yaml:3:3", "a is given twice"),
        ("config:\n  a: *nowhere\n", "Pulumi.dev.yaml:2:6", "an alias repeats an anchor above it"),
        ("- a\n- b\n", "Pulumi.dev.yaml:1:1", "is a map of names to values"),
        ("config: none\n", "Pulumi.dev.yaml:1:1", "config is a map of settings to values"),
    ],
    ids=["tab", "unclosed", "twice", "alias", "list", "text"],
)
def test_an_unreadable_stack_file_is_named_with_line_and_column(tree: Path, text: str, place: str, why: str) -> None:
    with pytest.raises(BadInput) as error:
        copied(tree, text)
    message = str(error.value)
    assert message.startswith(f"{place}:"), message
    assert why in message
    assert "\n" not in message, "one line"


def test_a_stack_file_that_is_not_text_is_named(tree: Path) -> None:
    (tree / "Pulumi.dev.yaml").write_bytes(b"config:\n  a: \xff\n")
    with pytest.raises(BadInput, match=r"Pulumi\.dev\.yaml:2:6: .* \(got the byte 0xff\)"):
        prepare(tree, "dev", tree.parent / "work")


def test_an_empty_stack_file_is_one_without_settings(tree: Path) -> None:
    assert set(copied(tree, "")) == {"encryptionsalt"}


def test_what_was_made_of_an_earlier_copy_is_of_no_account(tree: Path) -> None:
    workspace = prepare(tree, "dev", tree.parent / "work")
    workspace.stack_file.write_text("\tno YAML at all")
    assert copied(tree, "config:\n  shop:size: 4\n")["config"] == {"shop:size": 4}


def test_the_tree_is_left_as_it_is(tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.iterdir()}
    prepare(tree, "dev", tree.parent / "work")
    assert {path: path.read_bytes() for path in tree.iterdir()} == before


def test_wiping_removes_what_a_killed_run_left_and_minds_nothing_missing(tree: Path) -> None:
    folder = tree.parent / "work"
    wipe(folder)
    prepare(tree, "dev", folder)
    wipe(folder)
    assert not folder.exists()
