"""The pack in force on the real engine: what it blocks, and when."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.devtools.rehearsal.small_tree import SmallTree
from tests.policy.harness import waiver

pytestmark = pytest.mark.engine

KEY = "aws:kms/key:Key::{}"
"""How a key's URN ends."""

SOON = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=30)).isoformat()
ROOT = Path(__file__).parents[2]

TAGS = ("Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass")
PROGRAM = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
tags = {key: "x" for key in ("Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass")}
key = aws.kms.Key("data", enable_key_rotation=config.get_bool("rotate", True), tags=tags)
own = key.arn.apply(lambda arn: "alias/aws/sns") if config.get_bool("swap") else key.arn
topic = aws.sns.Topic(
    "alerts", name="alerts", kms_master_key_id="alias/aws/sns" if config.get_bool("leak") else own, tags=tags
)
if config.get_bool("production"):
    aws.dynamodb.Table(
        "orders", hash_key="id", attributes=[{"name": "id", "type": "S"}], billing_mode="PAY_PER_REQUEST",
        server_side_encryption={"enabled": True, "kms_key_arn": key.arn}, point_in_time_recovery={"enabled": True},
        tags=tags,
    )
if config.get_bool("late"):  # the answer is known only once the topic exists
    aws.kms.Key("late", enable_key_rotation=topic.arn.apply(lambda arn: not arn), tags=tags)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> SmallTree:
    small = SmallTree(tmp_path_factory.mktemp("judged"))
    (small.path / "__main__.py").write_text(PROGRAM)
    shutil.rmtree(small.path / "policy")
    shutil.copytree(ROOT / "policy", small.path / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    for module in (small.path / "policy" / "pack" / "own").glob("[!_]*.py"):
        module.unlink()
    return small


def policies(tree: SmallTree, stack: str) -> dict[str, Any]:
    return tree.report(stack)["policies"]


def violated(tree: SmallTree, stack: str) -> list[str]:
    return [violation["policy"] for violation in policies(tree, stack)["violated"]]


def test_a_stack_that_keeps_the_rules_deploys(tree: SmallTree) -> None:
    tree.stack("good", {})
    done = tree.run("up", "good")
    assert done.returncode == 0, done.stderr
    assert violated(tree, "good") == []
    assert KEY.format("data") in tree.state("good")
    assert {"kms-rotation", "sns-cmk", "waivers-valid"} <= set(policies(tree, "good")["passed"])


def test_every_violation_blocks_an_update_in_its_preview_before_anything_exists(tree: SmallTree) -> None:
    tree.stack("faulty", {"rotate": False, "leak": True})
    done = tree.run("up", "faulty")
    assert done.returncode == 1
    assert violated(tree, "faulty") == ["kms-rotation", "sns-cmk"]
    assert "faulty preview: failed" in done.stdout
    assert "faulty up" not in done.stdout
    assert tree.state("faulty").count("aws:") == 0


@pytest.mark.thorough
def test_what_the_preview_cannot_know_is_advice_and_blocks_the_update_in_time(tree: SmallTree) -> None:
    tree.stack("late", {"late": True})
    done = tree.run("preview", "late")
    assert done.returncode == 0, done.stderr
    assert ["late.enableKeyRotation" in advice["message"] for advice in policies(tree, "late")["advised"]] == [True]
    assert tree.run("up", "late").returncode == 1
    assert violated(tree, "late") == ["kms-rotation"]
    assert KEY.format("data") in tree.state("late"), "what keeps the rules was made"
    assert KEY.format("late") not in tree.state("late"), "the key that breaks the rule was not"


@pytest.mark.thorough
def test_a_key_that_turns_out_to_be_another_stops_the_update_before_it_is_used(tree: SmallTree) -> None:
    tree.stack("swapped", {"swap": True})
    assert tree.run("up", "swapped").returncode == 1
    assert violated(tree, "swapped") == ["sns-cmk"]
    assert KEY.format("data") in tree.state("swapped")
    assert "aws:sns/topic:Topic::alerts" not in str(tree.state("swapped")), "what would have used it was not made"


@pytest.mark.thorough
def test_a_stack_s_own_configuration_holds_and_what_is_wrong_with_it_stops_the_run(tree: SmallTree) -> None:
    config = tree.path / "policy" / "config" / "configured.json"
    tree.stack("configured", {"rotate": False})
    config.write_text(json.dumps({"kms-rotation": "advisory"}))
    done = tree.run("preview", "configured")
    assert done.returncode == 0, done.stderr
    config.write_text(json.dumps({"kms-rotatoin": "advisory"}))
    done = tree.run("preview", "configured")
    assert done.returncode != 0
    assert "there is no rule 'kms-rotatoin'" in done.stdout + done.stderr


@pytest.mark.thorough
def test_the_setting_that_says_production_brings_its_rules_and_its_configuration(tree: SmallTree) -> None:
    asked = {"enforcementLevel": "mandatory", "requiredTags": [*TAGS, "Team"]}
    (tree.path / "policy" / "config" / "production.json").write_text(json.dumps({"required-tags": asked}))
    tree.stack("live", {"production": True})
    assert tree.run("preview", "live").returncode == 1
    assert set(violated(tree, "live")) == {"backup-coverage", "ddb-pitr-protect", "required-tags"}


@pytest.mark.thorough
def test_a_waiver_lets_its_resource_pass_until_it_expires(tree: SmallTree) -> None:
    waivers = tree.path / "policy" / "waivers.json"
    tree.stack("waived", {"rotate": False})
    try:
        waivers.write_text(
            json.dumps([waiver("kms-rotation", "urn:pulumi:waived::*::aws:kms/key:Key::data", expires=SOON)])
        )
        done = tree.run("preview", "waived")
        assert done.returncode == 0, done.stderr
        waivers.write_text(
            json.dumps([waiver("kms-rotation", "urn:pulumi:waived::*::aws:kms/key:Key::data", expires="2020-12-31")])
        )
        assert tree.run("preview", "waived").returncode == 1
        assert violated(tree, "waived") == ["kms-rotation", "waivers-valid"]
    finally:
        waivers.write_text("[]\n")
