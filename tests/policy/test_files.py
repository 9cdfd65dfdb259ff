"""Stacks are judged from files too: exported states, plans and previews, by the folder standing alone."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.pack.__main__ import main
from policy.pack.formats import FORMATS
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import Stack, Unreadable, parse
from policy.pack.values import Unknown
from policy.pack.verdict import judge_stack
from tests.policy.bases import state
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


ODD = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(("", "aws:kms/key:Key", "urn:pulumi:a::b::c::d"))
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                (
                    "urn",
                    "type",
                    "inputs",
                    "outputs",
                    "propertyDependencies",
                    "steps",
                    "goal",
                    "inputDiff",
                    "newState",
                    "op",
                )
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(odd=ODD, kind=st.sampled_from(("resources", "steps", "resourcePlans")))
def test_no_shape_of_a_file_crashes_the_reader(odd: Any, kind: str) -> None:
    body = {"resourcePlans": {"urn:x": odd}} if kind == "resourcePlans" else {kind: [odd, odd]}
    with contextlib.suppress(Unreadable):
        judge_stack(parse(json.dumps(body)), SHIPPED, Judge())


def nested(levels: int) -> str:
    """A state with a property so many levels deep."""
    return json.dumps(exported(KEY.but(tags="DEEP"))).replace('"DEEP"', '{"x": [' * levels + "]}" * levels)


@pytest.mark.parametrize("preview_of", [[("delete", KEY)], [("discard", KEY)]])
def test_a_preview_that_leaves_nothing_is_read_and_passes(preview_of: Any, tmp_path: Path) -> None:
    assert main([written(tmp_path, preview(*preview_of))]) == 0


NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "9" * 400,
    "9" * 5000,
    "-0.0",
    '"nan"',
    '"inf"',
    '"1e400"',
    f'"{"9" * 400}"',
)
PORTS = It(
    "aws:ec2/securityGroup:SecurityGroup",
    "odd",
    {"ingress": [{"protocol": "tcp", "fromPort": "ODD", "toPort": "ODD", "cidrBlocks": ["0.0.0.0/0"]}]},
)
NUMBERED = (
    PORTS,
    It(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "odd",
        {"cidrIpv4": "::/0", "fromPort": "ODD", "toPort": 1},
    ),
    It("aws:rds/cluster:Cluster", "odd", {"port": "ODD", "backupRetentionPeriod": "ODD"}),
    It("aws:lb/listener:Listener", "odd", {"port": "ODD", "protocol": "HTTP"}),
    It("aws:ecs/service:Service", "odd", {"desiredCount": "ODD"}),
    It(
        "aws:sqs/queue:Queue", "odd", {"redrivePolicy": '{"maxReceiveCount": 1e400}', "visibilityTimeoutSeconds": "ODD"}
    ),
)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:12])
def test_no_number_crashes_the_pack(number: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(exported(*NUMBERED)).replace('"ODD"', number))
    assert main([str(path)]) == 1
    stack = parse(json.dumps(exported(PORTS)).replace('"ODD"', number))
    found = {violation.rule.name for violation in judge_stack(stack, SHIPPED, Judge()).violations}
    if number != "-0.0":
        assert "sg-no-public-ingress" in found, "a port that is no number is every port"


@pytest.mark.parametrize(
    "encoding", ["cp1252", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("ascii", "utf-8", "cp437"))]
)
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_character_and_no_console_crashes_the_pack(encoding: str, form: str, alone: Path) -> None:
    odd = It("aws:kms/key:Key", "na\ud800me-\U0001f600-→-é", {"policy": "\udfff"})
    body = json.dumps(exported(odd)).encode()
    command = [sys.executable, "-m", "pack", "-", "--format", form]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "LANG": "C", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=alone / "policy", input=body, capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (1, b"")
    if form in ("json", "sarif"):
        json.loads(done.stdout.decode("utf-8"))
    elif form == "junit":
        ET.fromstring(done.stdout)
    else:
        assert "kms-rotation" in done.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_is_read_in_the_encoding_that_a_shell_redirected_it_in(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(json.dumps(exported(KEY)).encode(encoding))
    assert main([str(path)]) == 1


@pytest.mark.parametrize("content", [b"\x80\x81", b"\xff\xfe\x00", b"\x89PNG\r\n", "é".encode("cp1252") * 9])
def test_what_is_no_text_is_refused_in_one_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    assert main([str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("[]", "holds no stack"),
        ("{}", "holds no stack"),
        ('{"deployment": {"resources": {}}}', "holds no stack"),
        ('{"deployment": {"resources": []}}', "holds no resource"),
        ('{"deployment": {"resources": [null, 1, {"urn": null, "type": "aws:kms/key:Key"}]}}', "holds no resource"),
        ('{"version": 4, "resources": [{"mode": "managed", "type": "aws_s3_bucket"}]}', "holds no resource"),
        ('{"steps": null}', "holds no step"),
        ('{"steps": []}', "holds no step"),
        ('{"steps": [{"op": "create"}, null]}', "holds no step"),
        ('{"steps": {"0": {"op": "same"}}}', "holds no step"),
        ('{"resourcePlans": null}', "holds no plan"),
        ('{"resourcePlans": {}}', "holds no plan"),
        ('{"resourcePlans": {"urn:x": null}}', "holds no plan"),
        ('{"name": "web", "dependencies": {}}', "holds no stack"),
        ('{"op": "create"}\n{"op": "same"}\n', "is not JSON"),
        ('"urn:pulumi:prod"', "holds no stack"),
        ("\u2028", "is not JSON"),
        ('{"deployment": ' * 5000, "nests deeper"),
        (nested(600), "nests deeper"),
        (nested(150), "nests deeper"),
    ],
    ids=str,
)
def test_a_file_without_a_stack_is_refused_in_one_line(
    text: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert main([str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert "pulumi stack export" in line


def test_a_missing_file_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.json"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


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


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in another team's project, without anything else of this tree."""
    project = tmp_path_factory.mktemp("other-project")
    shutil.copytree(ROOT / "policy", project / "policy", ignore=shutil.ignore_patterns("__pycache__"))
    return project


def judged_alone(project: Path, body: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "pack", "-", "--format", "json"]
    done = subprocess.run(
        command, cwd=project / "policy", input=json.dumps(body), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def test_the_folder_alone_passes_a_right_stack_and_finds_its_mistake(alone: Path) -> None:
    right = state("billing")
    assert judged_alone(alone, right)["violations"] == []
    odd = json.loads(json.dumps(right).replace('"fromPort": 5432', '"fromPort": 5432.0'))
    (group,) = [it for it in odd["deployment"]["resources"] if it["urn"].endswith("::db-sg")]
    for props in (group["inputs"], group["outputs"]):
        props["ingress"].append({"protocol": "6", "fromPort": 5432.0, "toPort": "5432", "cidrBlocks": "0.0.0.0/0"})
        props["ingress"].append(None)
    (table,) = [it for it in odd["deployment"]["resources"] if it["urn"].endswith("::isolated")]
    for props in (table["inputs"], table["outputs"]):
        props["routes"] = [*props["routes"], {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]
    (acl,) = [it for it in odd["deployment"]["resources"] if it["urn"].endswith("::data-acl")]
    for props in (acl["inputs"], acl["outputs"]):
        props["ingress"] = {"ruleNo": "1", "action": "ALLOW", "protocol": 6, "cidrBlock": "0.0.0.0/0", "toPort": 9999}
    odd["deployment"]["resources"].append({"urn": None, "type": None, "inputs": [], "outputs": "x"})
    found = {violation["rule"]: violation["message"] for violation in judged_alone(alone, odd)["violations"]}
    assert "internet → igw → isolated 0.0.0.0/0 → subnet data-" in found["data-tier-unreachable"]
    assert {"sg-no-public-ingress", "isolated-subnet-no-egress-route", "datastores-in-isolated-subnets"} <= set(found)


def test_the_folder_alone_judges_another_projects_old_and_inline_forms(alone: Path) -> None:
    balancer = It("aws:alb/loadBalancer:LoadBalancer", "web", {"arn": "arn:lb", "internal": False})
    old = It("aws:elasticloadbalancingv2/listener:Listener", "http", {"loadBalancerArn": "arn:lb", "protocol": "HTTP"})
    listener = old.but(defaultActions=[{"type": "forward", "targetGroupArn": "arn:tg"}])
    bucket = It("aws:s3/bucketV2:BucketV2", "media", {"id": "media", "bucket": "media", "acl": "public-read"})
    inline = It(
        "aws:ec2/securityGroup:SecurityGroup",
        "open",
        {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}]},
    )
    verdict = judged_alone(alone, exported(balancer, listener, bucket, inline, stack="live", project="billing"))
    assert verdict["stack"] == "live"
    found = {(violation["rule"], violation["urn"].rpartition("::")[2]) for violation in verdict["violations"]}
    assert {
        ("alb-access-logs", "web"),
        ("alb-https-redirect", "http"),
        ("s3-public-block", "media"),
        ("s3-acls-disabled", "media"),
        ("sg-no-public-ingress", "open"),
    } <= found
