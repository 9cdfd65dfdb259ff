"""Variants are overlays over a stack's settings: adding one is adding a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import settings
from devtools.conformance import variants
from devtools.paths import EXAMPLE_STACKS
from devtools.rehearsal.workspace import BadInput
from settings import stack_file

EXAMPLES = variants.examples_and_overlays()
OVERLAYS = {path.stem for path in variants.FOLDER.glob("*.yaml")}


def test_every_example_is_a_variant_and_so_is_every_overlay() -> None:
    names = [variant.name for variant in EXAMPLES]
    assert {"dev", "prod"} <= set(names), "the stacks themselves are judged"
    assert set(names) >= OVERLAYS, "an overlay that is not judged would prove nothing"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with the examples as its own stacks."""
    shutil.copytree(EXAMPLE_STACKS, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(variants, "REPO_ROOT", tmp_path)
    return tmp_path


def test_a_trees_own_stacks_are_judged_beside_the_examples_and_no_stack_twice(tree: Path) -> None:
    assert {one.name for one in variants.everything()} == {"dev", "prod", "eks", *OVERLAYS}
    (tree / "Pulumi.prod.yaml").rename(tree / "Pulumi.live.yaml")
    file = tree / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("platform@shop.example", "us@shop.example"))
    shutil.copy(file, tree / "Pulumi.ec2.yaml")
    judged = {one.name: one.folder for one in variants.everything()}
    assert len(judged) == len(variants.everything()), "a report tells variants apart by their names"
    own = {name for name, folder in judged.items() if folder == tree}
    assert own == {"dev", "ec2", "eks", "live"}
    assert judged.keys() - own == {"example-dev", "prod", "example-ec2", *OVERLAYS - {"ec2"}}


@pytest.mark.parametrize("variant", EXAMPLES, ids=lambda variant: variant.name)
def test_every_overlay_changes_settings_that_its_stack_accepts(variant: variants.Variant) -> None:
    stack = stack_file.values(variant.stack, variant.folder)
    laid = variants.lay_over(stack, variant.config)
    assert (laid != stack) == bool(variant.config), "an overlay that changes nothing judges the stack twice"
    settings.parse("saleday", variant.stack, {key: stack_file.as_text(value) for key, value in laid.items()})


def test_mappings_are_merged_and_lists_of_named_things_by_name() -> None:
    base = {"a": {"x": 1, "y": 2}, "things": [{"name": "one", "size": 1}, {"name": "two", "size": 2}], "plain": [1, 2]}
    overlay = {"a": {"y": 3}, "things": [{"name": "two", "size": 9}, {"name": "three"}], "plain": [5]}
    assert variants.lay_over(base, overlay) == {
        "a": {"x": 1, "y": 3},
        "things": [{"name": "one", "size": 1}, {"name": "two", "size": 9}, {"name": "three"}],
        "plain": [5],
    }, "what an overlay does not mention stays"


def test_null_takes_a_setting_away() -> None:
    assert variants.lay_over({"domain": "shop.example", "x": 1}, {"domain": None}) == {"x": 1}, "null means not set"


def test_laying_over_changes_neither_of_the_two() -> None:
    base, overlay = {"a": {"x": [1]}}, {"a": {"y": [2]}}
    variants.lay_over(base, overlay)["a"]["x"].append(7)
    assert (base, overlay) == ({"a": {"x": [1]}}, {"a": {"y": [2]}}), "the next variant starts from the same settings"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("stack: prod\nconfig: {a: 1}", "stack, why and config"),
        ("stack: nowhere\nwhy: x\nconfig: {a: 1}", "'nowhere'"),
        ("stack: prod\nwhy: x\nconfig: {}", "at least one setting"),
        ("- a list", "stack, why and config"),
    ],
)
def test_a_bad_overlay_is_refused_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(content)
    with pytest.raises(BadInput) as refused:
        variants.examples_and_overlays(tmp_path)
    assert said in str(refused.value), "the line names what is wrong"
    assert "\n" not in str(refused.value), "one line"


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="the variants are: dev"):
        variants.named(["nope"], EXAMPLES)
