"""The pack's folder in another team's project, without anything else of this tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from policy.pack.formats import FORMATS
from tests.policy.bases import state
from tests.policy.harness import It
from tests.policy.states import exported

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        pytest.param(form, encoding, marks=() if (form, encoding) == ("text", "cp1252") else pytest.mark.thorough)
        for form in sorted(FORMATS)
        for encoding in ("cp1252", "ascii", "utf-8", "cp437")
    ],
)
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
