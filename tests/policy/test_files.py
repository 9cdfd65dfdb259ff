"""Stacks are judged from files too: exported states, plans and previews, by the folder standing alone."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from policy.pack.__main__ import main
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import Stack, Unreadable, parse
from policy.pack.values import Unknown
from policy.pack.verdict import judge_stack
from tests.policy.harness import UNKNOWN, It, waiver
from tests.policy.states import exported, states

SOON = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=30)).isoformat()
ROOT = Path(__file__).parents[2]

KEY = It("aws:kms/key:Key", "data", {"enableKeyRotation": False, "tags": {}})
TOPIC = It("aws:sns/topic:Topic", "alerts", {"kmsMasterKeyId": "alias/aws/sns"})


def written(folder: Path, body: Any) -> str:
    path = folder / "state.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return str(path)


def rules_of(output: str) -> set[str]:
    return {violation["rule"] for violation in json.loads(output)["violations"]}


def test_an_exported_state_is_judged_by_rules_of_both_scopes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([written(tmp_path, exported(KEY, TOPIC)), "--format", "json"]) == 1
    assert {"kms-rotation", "sns-cmk", "required-tags"} <= rules_of(capsys.readouterr().out)


def test_a_clean_state_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(tmp_path, exported())]) == 0
    assert "0 violations" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrapped", [lambda body: {"checkpoint": {"latest": body["deployment"]}}, lambda body: body["deployment"]]
)
def test_a_checkpoint_of_a_backend_is_a_state_too(wrapped: Any) -> None:
    stack = parse(json.dumps(wrapped(exported(KEY))))
    assert [resource.name for resource in stack.inputs.values()] == ["shop-prod", "data"]
    assert stack.name == "prod"


def test_what_is_about_to_be_deleted_counts_no_more() -> None:
    body = exported(KEY)
    body["deployment"]["resources"][1]["delete"] = True
    assert len(parse(json.dumps(body)).resources) == 1


def test_what_the_program_only_looked_up_is_no_subject_of_rules_on_inputs() -> None:
    body = exported(KEY)
    body["deployment"]["resources"][1]["external"] = True
    stack = parse(json.dumps(body))
    assert len(stack.resources) == 2
    assert len(stack.inputs) == 1
    assert [resource.name for resource in stack.own] == ["shop-prod"]


def looked_up(operation: str, it: It) -> Stack:
    """A file in which a resource is only read: by a state, by a preview, by a plan."""
    if operation == "external":
        body = exported(it)
        body["deployment"]["resources"][1]["external"] = True
        return parse(json.dumps(body))
    return parse(json.dumps(preview((operation, it)) if operation.startswith("read") else plan(it, ["read"])))


@pytest.mark.parametrize("operation", ["external", "read", "read-replacement", "plan"])
@pytest.mark.parametrize(
    "it",
    [
        It("aws:s3/bucket:Bucket", "shared", {"bucket": "shared"}),
        It("aws:ec2/vpc:Vpc", "shared", {"cidrBlock": "10.0.0.0/16"}),
        It("aws:iam/role:Role", "shared", {"assumeRolePolicy": '{"Statement": []}'}),
        It("aws:sns/topic:Topic", "shared"),
        It("aws:gamelift/fleet:Fleet", "shared"),
    ],
    ids=lambda value: getattr(value, "token", value),
)
def test_what_another_program_made_is_judged_by_no_rule(operation: str, it: It) -> None:
    verdict = judge_stack(looked_up(operation, it), SHIPPED, Judge())
    assert [violation.message for violation in verdict.violations if violation.urn.endswith("::shared")] == []


def test_a_key_that_is_only_looked_up_is_none_of_the_programs() -> None:
    body = exported(KEY.but(arn="arn:key"), TOPIC.but(kmsMasterKeyId="arn:key"))
    body["deployment"]["resources"][1]["external"] = True
    messages = [item.message for item in judge_stack(parse(json.dumps(body)), SHIPPED, Judge()).violations]
    assert any("which this program doesn't make" in message for message in messages), "as the engine tells it"


def preview(*operations: tuple[str, It]) -> dict[str, Any]:
    steps = []
    for operation, it in operations:
        state = list(states([it]))[1]
        steps.append({"op": operation, "urn": state["urn"], "newState": {**state, "outputs": {}, "id": ""}})
    return {"steps": steps}


def test_a_preview_is_judged_as_a_preview(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = It(KEY.token, "late", {"enableKeyRotation": UNKNOWN, "tags": dict.fromkeys(TAGS, "x")})
    file = written(tmp_path, preview(("same", late), ("delete", KEY)))
    assert main([file, "--format", "json"]) == 0, "nothing is known to be wrong"
    told = json.loads(capsys.readouterr().out)["undecided"]
    assert [item["rule"] for item in told] == ["kms-rotation"]
    assert "late.enableKeyRotation" in told[0]["message"]
    assert main([file, "--strict"]) == 1, "who asks for a decision gets none"


def test_a_preview_of_changes_needs_what_stays_the_same(tmp_path: Path) -> None:
    body = json.dumps({**preview(("update", KEY)), "changeSummary": {"same": 1, "update": 1}})
    with pytest.raises(Unreadable, match="--show-sames"):
        parse(body)
    arn = "arn:aws:kms:ap-south-1:1:key/1"
    before = exported(KEY.but(arn=arn, enableKeyRotation=True), TOPIC.but(kmsMasterKeyId=arn))
    stack = parse(body, json.dumps(before))
    assert sorted(resource.name for resource in stack.resources) == ["alerts", "data", "shop-prod"]
    (key,) = [resource for resource in stack.resources if resource.name == "data"]
    assert key.outputs["arn"] == arn, "an update in place keeps the name by which others know it"
    assert key.outputs["enableKeyRotation"] is False


TAGS = ("Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass")


def plan(it: It, steps: list[str], **change: Any) -> dict[str, Any]:
    state = list(states([it]))[1]
    goal = {"type": it.token, "name": it.name, "custom": True, "inputDiff": change, "outputDiff": {}}
    return {"resourcePlans": {state["urn"]: {"goal": goal, "steps": steps, "state": {}}}}


def test_a_plan_of_a_new_stack_is_judged_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = plan(KEY, ["create"], adds={"enableKeyRotation": False})
    assert main([written(tmp_path, body), "--format", "json"]) == 1
    assert "kms-rotation" in rules_of(capsys.readouterr().out)


def test_a_plan_of_changes_is_judged_on_top_of_the_state(tmp_path: Path) -> None:
    mended = json.dumps(plan(KEY, ["update"], updates={"enableKeyRotation": True}, deletes=["tags"]))
    stack = parse(mended, json.dumps(exported(KEY)))
    (key,) = stack.inputs.values()
    assert key.data == {"enableKeyRotation": True}
    with pytest.raises(Unreadable, match=r"exported state too \(STATE=\)"):
        parse(mended)


def sealed(**form: Any) -> dict[str, Any]:
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", **form}


def test_an_encrypted_secret_is_not_known_and_an_open_one_never_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = It("aws:lb/listener:Listener", "tls", {"protocol": "HTTPS", "sslPolicy": sealed(ciphertext="v1:x")})
    (_, read) = parse(json.dumps(exported(listener))).inputs.values()
    assert isinstance(read.data["sslPolicy"], Unknown)
    opened = listener.but(sslPolicy=sealed(plaintext=json.dumps("ELBSecurityPolicy-2016-08")))
    assert main([written(tmp_path, exported(opened))]) == 1
    out = capsys.readouterr().out
    assert "uses the policy [secret]" in out
    assert "2016-08" not in out


@pytest.mark.parametrize("preview_of", [[("delete", KEY)], [("discard", KEY)]])
def test_a_preview_that_leaves_nothing_is_read_and_passes(preview_of: Any, tmp_path: Path) -> None:
    assert main([written(tmp_path, preview(*preview_of))]) == 0


TABLE = It("aws:dynamodb/table:Table", "orders", {"pointInTimeRecovery": {"enabled": True}})


def production_of(body: dict[str, Any]) -> bool:
    return parse(json.dumps(body)).production


def test_a_file_says_whether_the_stack_is_in_production() -> None:
    body = exported(TABLE, stack="live")
    root = body["deployment"]["resources"][0]
    assert not production_of(body)
    assert not production_of({"deployment": {"resources": [{**root, "outputs": {"production": False}}]}})
    assert production_of({"deployment": {"resources": [{**root, "outputs": {"production": True}}]}})
    steps = {"steps": [{"op": "create", "urn": root["urn"], "newState": root}]}
    assert production_of({**steps, "config": {"shop:production": "true"}})
    assert not production_of({**steps, "config": {"shop:production": "false", "shop:owner": "true"}})
    plans = {"resourcePlans": {root["urn"]: {"goal": root, "steps": ["create"]}}}
    assert production_of({**plans, "config": {"shop:production": {"string": "true", "secure": False}}})


def test_a_stack_in_production_is_judged_so_under_any_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = exported(TABLE, stack="live")
    main([written(tmp_path, body)])
    assert "has no deletion protection" not in capsys.readouterr().out
    body["deployment"]["resources"][0]["outputs"] = {"production": True}
    main([written(tmp_path, body)])
    assert "has no deletion protection" in capsys.readouterr().out


def test_a_waiver_and_a_level_hold_for_files_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = written(tmp_path, exported(KEY.but(tags=dict.fromkeys(TAGS, "x"))))
    assert main([state]) == 1
    waivers = tmp_path / "waivers.json"
    waivers.write_text(json.dumps([waiver("kms-rotation", KEY.urn("prod"), expires=SOON)]))
    assert main([state, "--waivers", str(waivers)]) == 0
    config = tmp_path / "levels.json"
    config.write_text(json.dumps({"kms-rotation": "advisory"}))
    assert main([state, "--config", str(config)]) == 1, "in production a level can't be lowered"
    elsewhere = written(tmp_path, exported(KEY.but(tags=dict.fromkeys(TAGS, "x")), stack="dev"))
    assert main([elsewhere, "--config", str(config)]) == 0
    config.write_text(json.dumps({"kms-rotatoin": "advisory"}))
    capsys.readouterr()
    assert main([state, "--config", str(config)]) == 2
    assert "kms-rotatoin" in capsys.readouterr().err


def test_junit_fails_the_rules_that_block(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    odd = KEY.but(tags={"Owner": "\x00\x1b"})
    main([written(tmp_path, exported(odd)), "--format", "junit", "--output", str(report)])
    suite = ET.parse(report).getroot()[0]
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    assert {"kms-rotation", "required-tags"} <= failed
    assert suite.get("failures") == str(len(failed))
    assert suite.get("tests") == str(len(suite))
