"""Waivers: complete, in date, needed, and never wider than they say."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from policy.pack.registry import BY_NAME
from policy.pack.waivers import load
from tests.policy.harness import TODAY, UNKNOWN, It, Verdict, ask_all, waiver

FIXED = It("aws:kms/key:Key", "key", {"enableKeyRotation": False})
ROTATING = FIXED.but(enableKeyRotation=True)


def judged(*resources: It, waivers: list[dict[str, Any]], stack: str = "prod") -> Verdict:
    return ask_all(["kms-rotation", "waivers-valid"], *resources, stack=stack, waivers=waivers)


def test_a_needed_waiver_in_date_passes() -> None:
    verdict = judged(FIXED, waivers=[waiver("kms-rotation", FIXED.urn("prod"))])
    assert verdict.violations == ()


def test_a_waiver_holds_on_its_last_day_and_fails_on_the_next() -> None:
    today, yesterday = TODAY.isoformat(), (TODAY - datetime.timedelta(days=1)).isoformat()
    assert judged(FIXED, waivers=[waiver("kms-rotation", expires=today)]).violations == ()
    expired = judged(FIXED, waivers=[waiver("kms-rotation", expires=yesterday)])
    assert [rule for rule, _ in expired.violations] == ["kms-rotation", "waivers-valid"]
    assert f"expired on {yesterday}" in expired.messages[1]


def test_a_waiver_that_nothing_needs_fails() -> None:
    verdict = judged(ROTATING, waivers=[waiver("kms-rotation")])
    assert "covers no violation" in verdict.messages[0]


def test_a_waiver_for_another_stack_is_left_alone() -> None:
    elsewhere = waiver("kms-rotation", urn="urn:pulumi:prod::shop::aws:kms/key:Key::key")
    assert judged(ROTATING, waivers=[elsewhere], stack="dev").violations == ()
    assert judged(ROTATING, waivers=[elsewhere], stack="prod").violations != ()


def test_a_waiver_whose_rule_is_undecided_in_a_preview_is_not_called_stale() -> None:
    assert judged(FIXED.but(enableKeyRotation=UNKNOWN), waivers=[waiver("kms-rotation")]).violations == ()


def test_a_waiver_of_one_rule_waives_no_other() -> None:
    verdict = judged(FIXED, waivers=[waiver("sqs-cmk-dlq")])
    assert [rule for rule, _ in verdict.violations] == ["kms-rotation", "waivers-valid"]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("everything", "is not an object"),
        ({"rule": "kms-rotation"}, "lacks urn, reason, owner, ticket, expires"),
        ({**waiver("kms-rotation"), "reason": " "}, "lacks reason"),
        ({**waiver("kms-rotation"), "until": "2027"}, "unknown field until"),
        (waiver("kms-rotatoin"), "names the unknown rule 'kms-rotatoin'"),
        (waiver("waivers-valid"), "can't be waived"),
        (waiver("kms-rotation", expires="soon"), "'soon' is not a date"),
        ({**waiver("kms-rotation"), "expires": None}, "lacks expires"),
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
    verdict = judged(FIXED, waivers=[waiver("kms-rotation")] * 2)
    assert "given twice" in verdict.messages[0]


def test_the_project_itself_waives_nothing() -> None:
    own = load(Path(__file__).parents[2] / "policy" / "waivers.json", BY_NAME, TODAY)
    assert (own.active, own.faults) == ((), ())
