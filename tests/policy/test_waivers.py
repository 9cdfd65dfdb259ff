"""Waivers: complete, in date, needed, and never wider than they say."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from policy.pack.configuration import parse as parse_configuration
from policy.pack.judge import Judge
from policy.pack.registry import BY_NAME
from policy.pack.rules.hygiene import REQUIRED_TAGS
from policy.pack.waivers import load, parse
from tests.policy.harness import TODAY, UNKNOWN, It, Verdict, ask_all, waiver

TAGS = REQUIRED_TAGS.default
FIXED = It("aws:kms/key:Key", "key", {"enableKeyRotation": False})
KEY = FIXED.urn("prod")
ROTATING = FIXED.but(enableKeyRotation=True)


OPTION = {**waiver("iam-managed-allowlist", ""), "option": "alsoAllowed", "stack": "prod"}
del OPTION["urn"]


def judged(*resources: It, waivers: list[dict[str, Any]], stack: str = "prod") -> Verdict:
    return ask_all(["kms-rotation", "waivers-valid"], *resources, stack=stack, waivers=waivers)


def test_a_needed_waiver_in_date_passes() -> None:
    verdict = judged(FIXED, waivers=[waiver("kms-rotation", FIXED.urn("prod"))])
    assert verdict.violations == ()


def test_a_waiver_holds_on_its_last_day_and_fails_on_the_next() -> None:
    today, yesterday = TODAY.isoformat(), (TODAY - datetime.timedelta(days=1)).isoformat()
    assert judged(FIXED, waivers=[waiver("kms-rotation", KEY, expires=today)]).violations == ()
    expired = judged(FIXED, waivers=[waiver("kms-rotation", KEY, expires=yesterday)])
    assert [rule for rule, _ in expired.violations] == ["kms-rotation", "waivers-valid"]
    assert f"expired on {yesterday}" in expired.messages[1]


def test_a_waiver_that_nothing_needs_fails() -> None:
    verdict = judged(ROTATING, waivers=[waiver("kms-rotation", KEY)])
    assert "covers no violation" in verdict.messages[0]


def test_a_waiver_for_another_stack_is_left_alone() -> None:
    elsewhere = waiver("kms-rotation", urn="urn:pulumi:prod::shop::aws:kms/key:Key::key")
    assert judged(ROTATING, waivers=[elsewhere], stack="dev").violations == ()
    assert judged(ROTATING, waivers=[elsewhere], stack="prod").violations != ()


def test_a_waiver_whose_rule_is_undecided_in_a_preview_is_not_called_stale() -> None:
    assert judged(FIXED.but(enableKeyRotation=UNKNOWN), waivers=[waiver("kms-rotation", KEY)]).violations == ()


def test_a_waiver_of_one_rule_waives_no_other() -> None:
    verdict = judged(FIXED, waivers=[waiver("sqs-cmk-dlq", KEY)])
    assert [rule for rule, _ in verdict.violations] == ["kms-rotation", "waivers-valid"]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("everything", "is not an object"),
        ({"rule": "kms-rotation"}, "lacks reason, owner, ticket, expires, urn"),
        ({**waiver("kms-rotation", KEY), "reason": " "}, "lacks reason"),
        ({**waiver("kms-rotation", KEY), "until": "2027"}, "unknown field until"),
        (waiver("kms-rotatoin", KEY), "names the unknown rule 'kms-rotatoin'"),
        (waiver("waivers-valid", KEY), "can't be waived"),
        (waiver("kms-rotation", KEY, expires="soon"), "'soon' is not a date"),
        ({**waiver("kms-rotation", KEY), "expires": None}, "lacks expires"),
        ({**waiver("kms-rotation", KEY), "reason": "\u200b\u200b\u2060"}, "lacks reason"),
        ({**waiver("kms-rotation", KEY), "owner": "\u2800"}, "lacks owner"),
        ({**waiver("kms-rotation", KEY), "reason": "x."}, "has no reason"),
        (waiver("kms-rotation", KEY, expires="9999-12-31"), "take a day within a year"),
        (waiver("kms-rotation", KEY, expires="2027-11-03"), "take a day within a year"),
        (waiver("kms-rotation", "*"), "is not of the form"),
        (waiver("kms-rotation", "urn:*"), "is not of the form"),
        (waiver("kms-rotation", "urn:pulumi:*::*::*::*"), "is for every stack"),
        (waiver("kms-rotation", "urn:pulumi:?*::shop::aws:kms/key:Key::key"), "is for every stack"),
        (waiver("kms-rotation", "urn:pulumi:prod::*"), "is not of the form"),
        (waiver("kms-rotation", "urn:pulumi:prod::shop::*::key"), "more than one type"),
        (waiver("kms-rotation", "urn:pulumi:prod::shop::aws:kms/*::key"), "more than one type"),
        (waiver("kms-rotation", "urn:pulumi:prod::shop::aws:kms/key:Key::*"), "resources of any name"),
        (waiver("kms-rotation", "urn:pulumi:prod::shop::aws:kms/key:Key::?*"), "resources of any name"),
        (waiver("kms-rotation", "urn:pulumi:prod::shop::aws:kms/key:Key::[!xyz]*"), "resources of any name"),
        ({**OPTION, "option": "alsoAlowed"}, "has no option 'alsoAlowed'"),
        ({**OPTION, "stack": "*"}, "is a pattern"),
        ({**OPTION, "urn": KEY}, "unknown field urn"),
    ],
)
def test_a_faulty_waiver_waives_nothing_and_says_what_is_wrong(entry: Any, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "waivers.json"
    path.write_text(json.dumps([entry]), encoding="utf-8")
    waivers = load(path, BY_NAME, TODAY)
    assert waivers.active == ()
    assert fault in waivers.faults[0]


@pytest.mark.parametrize("text", ["", "{", "{}", "null", "\xff"])
def test_an_unreadable_file_is_a_fault_and_not_a_crash(text: str, tmp_path: Path) -> None:
    path = tmp_path / "waivers.json"
    path.write_bytes(text.encode("latin-1"))
    assert load(path, BY_NAME, TODAY).faults


def test_no_file_waives_nothing(tmp_path: Path) -> None:
    waivers = load(tmp_path / "waivers.json", BY_NAME, TODAY)
    assert (waivers.active, waivers.faults) == ((), ())


def test_the_same_waiver_twice_is_a_fault() -> None:
    verdict = judged(FIXED, waivers=[waiver("kms-rotation", KEY)] * 2)
    assert "given twice" in verdict.messages[0]


def test_the_project_itself_waives_nothing() -> None:
    own = load(Path(__file__).parents[2] / "policy" / "waivers.json", BY_NAME, TODAY)
    assert (own.active, own.faults) == ((), ())


def test_a_pattern_for_a_few_named_resources_is_taken() -> None:
    for urn in ("urn:pulumi:prod*::*::*aws:kms/key:Key::orders-*", "urn:pulumi:prod::shop::a:b:C$aws:kms/key:Key::k"):
        assert parse([waiver("kms-rotation", urn)], BY_NAME, TODAY).faults == ()


def test_one_waiver_covers_no_more_than_ten_resources() -> None:
    keys = [It(FIXED.token, f"orders-{number}", FIXED.props) for number in range(11)]
    pattern = waiver("kms-rotation", "urn:pulumi:prod::shop::aws:kms/key:Key::orders-*")
    assert judged(*keys[:10], waivers=[pattern]).violations == ()
    (message,) = judged(*keys, waivers=[pattern]).messages
    assert "covers 11 resources" in message


def test_an_option_loosens_a_rule_in_production_only_with_a_waiver_for_it() -> None:
    loosened = parse_configuration({"iam-managed-allowlist": {"alsoAllowed": ["AmazonS3FullAccess"]}}, BY_NAME)
    waivers = parse([OPTION], BY_NAME, TODAY)
    assert waivers.faults == ()
    (fault,) = Judge(configuration=loosened).waiver_faults("prod")
    assert "loosens iam-managed-allowlist by alsoAllowed" in fault
    assert Judge(configuration=loosened, waivers=waivers).waiver_faults("prod") == []
    assert Judge(configuration=loosened).waiver_faults("dev") == []
    (stale,) = Judge(waivers=parse([OPTION], BY_NAME, TODAY)).waiver_faults("prod")
    assert "its option alsoAllowed in prod covers no violation" in stale


@pytest.mark.parametrize(
    ("rule", "option", "value", "loosens"),
    [
        ("required-tags", "requiredTags", [], True),
        ("required-tags", "requiredTags", ["Owner"], True),
        ("required-tags", "requiredTags", [*TAGS, "Team"], False),
        ("cloudtrail-baseline", "organizationTrail", True, True),
        ("cloudtrail-baseline", "organizationTrail", False, False),
        ("guardduty-on", "organizationDetector", True, True),
        ("account-limits", "granted", {"vpcs": 9}, True),
        ("account-limits", "granted", {}, False),
        ("sns-cmk", "outsideKeys", ["arn:aws:kms:ap-south-1:111122223333:key/x"], True),
        ("secrets-cmk-rotation", "rotate", ["*"], False),
    ],
)
def test_which_way_an_option_loosens(rule: str, option: str, value: Any, loosens: bool) -> None:
    given = parse_configuration({rule: {option: value}}, BY_NAME)
    assert bool(list(given.unwaived("prod"))) is loosens
    assert list(given.unwaived("dev")) == []
