"""Levels and options by stack: what the pack doesn't have is an error, and in production only a waiver takes away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policy.pack import configuration
from policy.pack.configuration import Configuration, parse
from policy.pack.judge import Judge
from policy.pack.policies import initial_config, policies
from policy.pack.registry import BY_NAME, SHIPPED
from policy.pack.waivers import Waivers
from policy.pack.waivers import parse as parse_waivers
from tests.policy.harness import NO_CONTEXT, ONE_PASS_SERVICER, TODAY, It, stack_request, waiver

OWN = Path(__file__).parents[2] / "policy" / "config"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], "has to be an object of rules"),
        ({"kms-rotatoin": "advisory"}, "there is no rule 'kms-rotatoin'"),
        ({"kms-rotation": "off"}, "kms-rotation: 'off' is no level; take one of disabled, advisory, mandatory"),
        ({"kms-rotation": {"enforcementLevel": "Mandatory"}}, "'Mandatory' is no level"),
        ({"kms-rotation": 3}, "3 is no level"),
        ({"kms-rotation": ["advisory"]}, "is no level"),
        ({"kms-rotation": {"since": 1}}, "the rule kms-rotation has no option 'since'"),
        ({"required-tags": {"requiredTags": "Owner"}}, "required-tags.requiredTags has to be of type array"),
        ({"required-tags": {"requiredTags": [1]}}, "holds an element that has to be of type string"),
        ({"cloudtrail-baseline": {"organizationTrail": "yes"}}, "has to be of type boolean"),
        ({"sns-cmk": {"outsideKeys": ["*"]}}, "holds an element that has to match"),
        ({"waivers-valid": "advisory"}, "the level of waivers-valid can't be lowered"),
        ({"waivers-valid": "disabled"}, "the level of waivers-valid can't be lowered"),
        ({"all": "advisory"}, "the level of waivers-valid can't be lowered"),
        ({"all": {"outsideKeys": []}}, "there is no rule 'all'"),
    ],
)
def test_what_the_pack_does_not_have_is_a_fault(body: Any, fault: str) -> None:
    assert fault in "; ".join(parse(body, BY_NAME).faults)


def test_what_it_has_is_taken_over() -> None:
    given = parse(
        {"kms-rotation": "advisory", "required-tags": {"enforcementLevel": "mandatory", "requiredTags": ["Owner"]}},
        BY_NAME,
    )
    assert given.faults == ()
    assert given.level(BY_NAME["kms-rotation"]) == "advisory"
    assert given.level(BY_NAME["sns-cmk"]) == "mandatory", "its own, where nothing is said"
    assert given.settings(BY_NAME["required-tags"]) == {"requiredTags": ["Owner"]}
    assert initial_config(given) == {
        "kms-rotation": {"enforcementLevel": EnforcementLevel.ADVISORY},
        "required-tags": {"enforcementLevel": EnforcementLevel.MANDATORY, "requiredTags": ["Owner"]},
    }


def test_all_stands_for_every_rule_that_has_no_level_of_its_own() -> None:
    given = parse({"all": "disabled", "waivers-valid": "mandatory", "sns-cmk": "remediate"}, BY_NAME)
    assert given.faults == ()
    assert given.level(BY_NAME["kms-rotation"]) == "disabled"
    assert given.level(BY_NAME["sns-cmk"]) == "mandatory", "what would mend resources blocks instead"
    assert len(list(given.unwaived("prod"))) > 60


def test_what_a_run_is_given_goes_before_the_stacks_own_file() -> None:
    own = parse({"kms-rotation": "advisory", "required-tags": {"requiredTags": ["Owner"]}}, BY_NAME)
    both = own.under(parse({"required-tags": {"requiredTags": ["Team"]}, "sns-cmk": "advisory"}, BY_NAME))
    assert both.entries() == {
        "kms-rotation": {"enforcementLevel": "advisory"},
        "sns-cmk": {"enforcementLevel": "advisory"},
        "required-tags": {"requiredTags": ["Team"]},
    }


def test_a_stack_has_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "prod.json").write_text(json.dumps({"rds-iam-auth": "mandatory"}))
    (tmp_path / "dev.json").write_text("{")
    assert load(tmp_path, "prod").levels == {"rds-iam-auth": "mandatory"}
    assert load(tmp_path, "test") == Configuration()
    assert "dev.json can't be read" in load(tmp_path, "dev").faults[0]


def load(folder: Path, stack: str, *, production: bool = False) -> Configuration:
    return configuration.load(folder, stack, BY_NAME, production=production)


def test_a_stack_has_what_every_stack_and_every_one_in_production_has(tmp_path: Path) -> None:
    (tmp_path / "default.json").write_text(json.dumps({"required-tags": "mandatory", "rds-iam-auth": "advisory"}))
    (tmp_path / "production.json").write_text(json.dumps({"rds-iam-auth": "mandatory"}))
    (tmp_path / "live.json").write_text(json.dumps({"required-tags": {"requiredTags": ["Owner"]}}))
    assert load(tmp_path, "dev").levels == {"required-tags": "mandatory", "rds-iam-auth": "advisory"}
    for found in (load(tmp_path, "live", production=True), load(tmp_path, "prod")):
        assert found.levels == {"required-tags": "mandatory", "rds-iam-auth": "mandatory"}
    assert load(tmp_path, "live").options == {"required-tags": {"requiredTags": ["Owner"]}}


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"shop:production": "true"}, True),
        ({"shop:production": "false"}, False),
        ({"other:production": "true"}, False),
        ({}, False),
    ],
)
def test_production_is_a_setting_of_the_project(config: dict[str, str], says: bool) -> None:
    assert configuration.says_production("shop", config) is says


def test_a_stack_that_says_it_is_in_production_is_judged_so_under_any_name() -> None:
    lowered = parse({"kms-rotation": "disabled", "rds-resilience": {"productionStacks": ["prod"]}}, BY_NAME)
    assert list(lowered.unwaived("live")) == []
    assert list(lowered.unwaived("live", production=True)) == [
        "the configuration makes kms-rotation disabled, which needs a waiver in production"
    ], "names of others take none out of production that says it itself"


@pytest.mark.parametrize("path", sorted(OWN.glob("*.json")), ids=lambda path: path.stem)
def test_the_files_of_this_project_are_right_and_lower_nothing(path: Path) -> None:
    given = configuration.read(path, BY_NAME)
    assert given.faults == ()
    assert list(given.unwaived("prod")) == []


def test_only_production_is_kept_from_lower_levels() -> None:
    lowering = parse({"kms-rotation": "disabled", "sns-cmk": "advisory", "rds-iam-auth": "mandatory"}, BY_NAME)
    assert list(lowering.unwaived("dev")) == []
    assert list(lowering.unwaived("prod")) == [
        "the configuration makes kms-rotation disabled, which needs a waiver in production",
        "the configuration makes sns-cmk advisory, which needs a waiver in production",
    ]


def test_a_stack_is_not_taken_out_of_production_by_an_option() -> None:
    emptied = parse({"rds-resilience": {"productionStacks": []}, "waivers-valid": {"productionStacks": []}}, BY_NAME)
    assert list(emptied.unwaived("prod")) == ["the configuration of rds-resilience says that prod is not in production"]
    widened = parse({"rds-resilience": "advisory", "waivers-valid": {"productionStacks": ["live-*"]}}, BY_NAME)
    assert len(list(widened.unwaived("live-eu"))) == 1
    assert len(list(widened.unwaived("prod"))) == 1


class Refused(Exception):
    """What the pack tells the engine instead of going on."""


class Call:
    """A call of the engine's, as far as the pack uses it."""

    def abort(self, code: Any, details: str) -> None:
        raise Refused(details)


CALL: Any = Call()


def told(level: Any, rule: str = "kms-rotation", stack: str = "prod", waivers: Any = ()) -> list[tuple[str, str]]:
    """What the engine is told of a key without rotation, with one rule at a level."""
    judge = Judge(waivers=parse_waivers([dict(item) for item in waivers], BY_NAME, TODAY) if waivers else Waivers())
    served = ONE_PASS_SERVICER("pack", "1", policies(SHIPPED, judge), EnforcementLevel.MANDATORY)
    request = proto.ConfigureAnalyzerRequest()
    request.policyConfig[rule].enforcementLevel = level
    served.Configure(request, CALL)
    served.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack=stack, dry_run=True), NO_CONTEXT)
    key = It("aws:sns/topic:Topic", "unkeyed")
    return [
        (item.policyName, item.message)
        for item in served.AnalyzeStack(stack_request([key], stack), NO_CONTEXT).diagnostics
        if item.policyName in ("sns-cmk", "waivers-valid")
    ]


def test_a_level_lowered_in_production_blocks_instead() -> None:
    for level in (proto.ADVISORY, proto.DISABLED):
        (name, message) = told(level, "sns-cmk")[-1]
        assert name == "waivers-valid"
        assert "which needs a waiver in production" in message
    assert [name for name, _ in told(proto.DISABLED, "sns-cmk", stack="dev")] == []
    assert [name for name, _ in told(proto.MANDATORY, "rds-iam-auth")] == ["sns-cmk"], "raising is free"


def test_a_waiver_does_what_a_level_may_not() -> None:
    assert (
        told(
            proto.MANDATORY, "sns-cmk", waivers=[waiver("sns-cmk", "urn:pulumi:prod::*::aws:sns/topic:Topic::unkeyed")]
        )
        == []
    )


def test_the_guard_can_be_lowered_nowhere() -> None:
    with pytest.raises(Refused, match="waivers-valid can't be lowered"):
        told(proto.ADVISORY, "waivers-valid", stack="dev")
