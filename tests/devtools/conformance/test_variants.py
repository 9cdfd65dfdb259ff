"""Variants are overlays over a stack's settings: adding one is adding a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from devtools.conformance import variants
from devtools.rehearsal.workspace import BadInput

REPO_ROOT = Path(__file__).parents[3]


def test_every_stack_is_a_variant_and_so_is_every_overlay() -> None:
    names = [variant.name for variant in variants.all_variants(REPO_ROOT)]
    overlays = [path.stem for path in variants.FOLDER.glob("*.yaml")]
    assert {"dev", "prod"} <= set(names), "the stacks themselves are judged"
    assert set(overlays) <= set(names), "an overlay that is not judged would prove nothing"
    assert len(names) == len(set(names)), "a report tells variants apart by their names"


@pytest.mark.parametrize("variant", variants.all_variants(REPO_ROOT), ids=lambda variant: variant.name)
def test_every_overlay_changes_settings_that_its_stack_accepts(variant: variants.Variant) -> None:
    import json

    import settings

    stack = yaml.safe_load((REPO_ROOT / f"Pulumi.{variant.stack}.yaml").read_text())["config"]
    laid = variants.lay_over(stack, variant.config)
    assert (laid != stack) == bool(variant.config), "an overlay that changes nothing judges the stack twice"
    flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in laid.items()}
    settings.parse("saleday", variant.stack, {"aws:region": "ap-south-1", **flat})


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
        variants.all_variants(REPO_ROOT, tmp_path)
    assert said in str(refused.value), "the line names what is wrong"
    assert "\n" not in str(refused.value), "one line"


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match="the variants are: dev"):
        variants.named(["nope"], variants.all_variants(REPO_ROOT))
