"""Files that are no stacks, or odd ones: none crashes the reader, and each is refused in one line."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.pack.__main__ import main
from policy.pack.judge import Judge
from policy.pack.registry import SHIPPED
from policy.pack.stacks import Unreadable, parse
from policy.pack.verdict import judge_stack
from tests.policy.harness import It
from tests.policy.states import exported

KEY = It("aws:kms/key:Key", "data", {"enableKeyRotation": False, "tags": {}})

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


@settings(max_examples=80, deadline=None)
@given(odd=ODD, kind=st.sampled_from(("resources", "steps", "resourcePlans")))
def test_no_shape_of_a_file_crashes_the_reader(odd: Any, kind: str) -> None:
    body = {"resourcePlans": {"urn:x": odd}} if kind == "resourcePlans" else {kind: [odd, odd]}
    with contextlib.suppress(Unreadable):
        judge_stack(parse(json.dumps(body)), SHIPPED, Judge())


def nested(levels: int) -> str:
    """A state with a property so many levels deep."""
    return json.dumps(exported(KEY.but(tags="DEEP"))).replace('"DEEP"', '{"x": [' * levels + "]}" * levels)


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
