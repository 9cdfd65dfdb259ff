"""The comment on a pull request: nothing that a policy says is lost, and nothing in it is taken for markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devtools.ci.comment import MARKER, MAX_COMMENT, main, read, render, short

URN = "urn:pulumi:prod::saleday::saleday:service:Service$aws:ecs/service:Service::services-cart-service"
WORKFLOW = Path(__file__).resolve().parents[3] / ".github" / "workflows" / "preview.yml"


def policy(level: str, message: str, name: str = "s3-access-logging") -> dict[str, Any]:
    event = {"policyName": name, "enforcementLevel": level, "resourceUrn": URN, "message": f"title\n{message}"}
    return {"policyEvent": event}


def change(operation: str, urn: str = URN) -> dict[str, Any]:
    step = {"op": operation, "urn": urn, "type": "aws:ecs/service:Service", "new": {}, "diffs": ["cpu"]}
    return {"resourcePreEvent": {"metadata": step}}


SUMMARY = {"summaryEvent": {"resourceChanges": {"same": 500, "create": 2, "update": 1}, "PolicyPacks": {}}}
JUDGED = {"policyAnalyzeSummaryEvent": {"passed": ["kms-rotation", "s3-access-logging"], "failed": []}}


def comment(tmp_path: Path, *events: dict[str, Any], failed: bool = False, torn: str = "") -> str:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events) + torn)
    return render("prod", read(file), failed=failed)


def test_it_says_what_would_change_and_that_nothing_is_wrong(tmp_path: Path) -> None:
    text = comment(tmp_path, change("update"), JUDGED, SUMMARY)
    assert "## Preview of prod" in text
    assert "2 to create, 1 to update. 2 policies judged, 0 violated, 0 warnings" in text
    assert "- update (cpu): `ecs.Service services-cart-service`" in text
    assert "Policies that block" not in text


def test_a_policy_warning_is_in_it_with_policy_resource_and_message(tmp_path: Path) -> None:
    text = comment(tmp_path, policy("advisory", "keeps no access log."), JUDGED, SUMMARY)
    assert "### Policy warnings" in text
    assert "| s3-access-logging | `ecs.Service services-cart-service` | keeps no access log. |" in text
    assert "1 warning" in text


def test_what_blocks_stands_before_what_only_warns(tmp_path: Path) -> None:
    events = [policy("advisory", "a warning"), policy("mandatory", "a violation", "iam-no-admin")]
    text = comment(tmp_path, *events, JUDGED, failed=True)
    assert "**failed**" in text
    assert text.index("a violation") < text.index("a warning")


def test_a_preview_that_no_policy_has_judged_says_so(tmp_path: Path) -> None:
    assert "No policy has judged anything" in comment(tmp_path, SUMMARY)


def test_errors_and_warnings_of_the_program_are_in_it(tmp_path: Path) -> None:
    def said(severity: str, message: str) -> dict[str, Any]:
        return {"diagnosticEvent": {"severity": severity, "message": message}}

    text = comment(tmp_path, said("error", "saleday:network.cidr: bad"), said("warning", "old"), failed=True)
    assert "- saleday:network.cidr: bad" in text
    assert "- old" in text


def test_a_preview_that_left_no_events_still_makes_a_comment(tmp_path: Path) -> None:
    assert "**failed**" in render("prod", read(tmp_path / "missing"), failed=True)


def test_a_line_that_a_killed_engine_left_unfinished_is_skipped(tmp_path: Path) -> None:
    assert "2 to create" in comment(tmp_path, SUMMARY, torn='{"resourcePre')


@pytest.mark.parametrize(
    "message",
    [
        "a | b",
        "<script>alert(1)</script>",
        "</details>",
        "`code`",
        "ping @everyone",
        "see #12",
        "[x](http://y)",
        "a\nb",
    ],
)
def test_text_of_a_message_is_no_markup(tmp_path: Path, message: str) -> None:
    (line,) = [
        line
        for line in comment(tmp_path, policy("advisory", message), JUDGED).splitlines()
        if line.startswith("| s3-access-logging")
    ]
    cell = line.split(" | ", 2)[2].removesuffix(" |")
    for sign in ("|", "<script", "</details", "`", "[x]", "@e", "#1"):
        assert f" {sign}" not in f" {cell}".replace(f"\\{sign[0]}", "  "), "escaped or taken apart"
    assert line.count("|") - line.count("\\|") == 4, "three cells"


def test_a_comment_is_never_longer_than_github_takes_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    many = [change("create", f"{URN}-{number}") for number in range(2000)]
    text = comment(tmp_path, policy("advisory", "first"), *many, JUDGED, SUMMARY)
    assert len(text) <= MAX_COMMENT + 200
    assert "| s3-access-logging |" in text, "policies come first, so they are never cut off"
    assert "more lines; see the job's log" in text
    assert text.count("<details>") == text.count("</details>")


def test_resources_are_called_as_a_program_calls_them() -> None:
    assert short(URN) == "ecs.Service services-cart-service"
    assert short("no urn") == "no urn"


def test_the_command_prints_the_comment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events").write_text(json.dumps(SUMMARY))
    assert main(["--stack", "dev", "--failed", str(tmp_path / "events")]) == 0
    assert capsys.readouterr().out.startswith("## Preview of dev")


def test_the_workflow_finds_the_comment_again_by_its_marker() -> None:
    assert f"marker='{MARKER}'" in WORKFLOW.read_text()
