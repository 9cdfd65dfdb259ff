"""The buildspecs, run by a real shell as CodeBuild does, with an `aws` and a `docker` that write down their calls."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.delivery import buildspec, scanning
from devtools.paths import REPO_ROOT
from tests.components.fake_aws import hold_answers, hold_calls, serving

DIGEST = "sha256:" + "ab" * 32
REGISTRY = "123456789012.dkr.ecr.ap-south-1.amazonaws.com"
ARN = "arn:aws:ecr:ap-south-1:123456789012:repository/saleday-prod-cart"
NOW = "2026-11-30T10:00:00Z"
Answers = dict[str, list[dict[str, Any]]]
DOCKER = """#!/bin/sh
echo "docker $*" >> "$CALLS"
case "$1" in
  login) cat > /dev/null;;
  build) exit "${BUILD_FAILS:-0}";;
esac
"""


def registry(kind: str) -> Answers:
    return {"ecr get-registry-scanning-configuration": [{"scanningConfiguration": {"scanType": kind}}]}


def covered(*states: tuple[str, bool]) -> Answers:
    """What Inspector says of the image, one answer after another: the reason, and whether it has been looked into."""
    return {
        "inspector2 list-coverage": [
            {
                "coveredResources": [
                    {
                        "resourceType": "AWS_ECR_CONTAINER_IMAGE",
                        "resourceId": f"{ARN}/{DIGEST}",
                        "accountId": "123456789012",
                        "scanType": "PACKAGE",
                        "scanStatus": {"statusCode": "ACTIVE", "reason": reason},
                        **({"lastScannedAt": NOW} if looked else {}),
                    }
                ]
            }
            for reason, looked in states
        ]
    }


def found(*severities: str) -> dict[str, Any]:
    return {
        "findings": [
            {
                "findingArn": "arn:aws:inspector2:ap-south-1:123456789012:finding/1",
                "awsAccountId": "123456789012",
                "type": "PACKAGE_VULNERABILITY",
                "description": "a hole",
                "severity": severity,
                "remediation": {},
                "firstObservedAt": NOW,
                "lastObservedAt": NOW,
                "status": "ACTIVE",
                "resources": [{"type": "AWS_ECR_CONTAINER_IMAGE", "id": f"{ARN}/{DIGEST}"}],
            }
            for severity in severities
        ]
    }


def basic(status: str, *severities: str) -> dict[str, Any]:
    findings = {"imageScanCompletedAt": NOW, "findings": [{"severity": one} for one in severities]}
    return {"imageScanStatus": {"status": status}} | ({"imageScanFindings": findings} if status == "COMPLETE" else {})


def scans(*answers: dict[str, Any]) -> Answers:
    return registry("BASIC") | {"ecr describe-image-scan-findings": list(answers)}


def inspected(coverage: Answers, *findings: dict[str, Any]) -> Answers:
    return registry("ENHANCED") | coverage | {"inspector2 list-findings": list(findings) or [found()]}


CLEAN = inspected(covered(("SUCCESSFUL", True)))


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    failed: str
    calls: list[str]
    folder: Path

    @property
    def definitions(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads((self.folder / buildspec.IMAGE_DEFINITIONS).read_text())
        return found


def run(
    tmp_path: Path,
    spec: str,
    answers: Answers = CLEAN,
    digest: str | None = DIGEST,
    objects: str = "",
    **environment: str,
) -> Ran:
    """All phases in one shell; a command that fails ends it, as with `on-failure: ABORT`."""
    tools, source = tmp_path / "bin", tmp_path / "src"
    (source / "src" / "cart").mkdir(parents=True)
    tools.mkdir()
    images = {"imageDetails": [{"imageDigest": digest}] if digest else []}
    hold_answers(answers)
    for name, text in (("docker", DOCKER), ("sleep", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    body = json.loads(spec)
    script = [
        f"{command}\n[ $? -eq 0 ] || exit 1" for phase in body["phases"].values() for command in phase["commands"]
    ]
    calls = tmp_path / "calls"
    calls.touch()
    with serving(tools / "aws", {"ecr describe-images": [images]} | answers, calls, objects):
        ended = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            env={
                "PATH": f"{tools}:{os.environ['PATH']}",
                "CALLS": str(calls),
                "CODEBUILD_SRC_DIR": str(source),
                "CODEBUILD_BUILD_SUCCEEDING": "1",
                "CODEBUILD_BUILD_NUMBER": "7",
                "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789abcdef0123456789abcdef01234567",
                "FOLDER": "src/cart",
                "DOCKERFILE": "Dockerfile",
                "REGISTRY": REGISTRY,
                "REPOSITORY": "saleday-prod-cart",
                "CONTAINER": "cart",
                "REPOSITORY_ARN": ARN,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    made = calls.read_text().splitlines()
    hold_calls([shlex.split(call)[1:] for call in made if call.startswith("aws ")])
    return Ran(ended.returncode, ended.stdout, ended.stderr, made, source)


def test_the_image_is_built_pushed_scanned_and_named_by_its_digest(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"))
    assert ran.code == 0, ran.said
    assert ran.definitions == [{"name": "cart", "imageUri": f"{REGISTRY}/saleday-prod-cart@{DIGEST}"}]
    tagged = f"{REGISTRY}/saleday-prod-cart:0123456789ab-7"
    assert any(call.startswith("docker build --pull") and tagged in call for call in ran.calls)
    order = [next(i for i, call in enumerate(ran.calls) if part in call) for part in ("login", "build", "push", "scan")]
    assert order == sorted(order), "signed in, built, pushed, then scanned"


LIMITS = [
    ("CRITICAL", ["CRITICAL", "LOW", "CRITICAL"], 1),
    ("CRITICAL", ["HIGH", "UNTRIAGED"], 0),
    ("CRITICAL", [], 0),
    ("HIGH", ["HIGH"], 1),
    ("HIGH", ["CRITICAL"], 1),
    ("HIGH", ["MEDIUM"], 0),
]


@pytest.mark.parametrize(("limit", "severities", "code"), LIMITS)
@pytest.mark.parametrize("kind", ["ENHANCED", "BASIC"])
def test_a_vulnerability_from_the_limit_on_ends_the_build(
    tmp_path: Path, kind: str, limit: str, severities: list[str], code: int
) -> None:
    severities = [one if kind == "ENHANCED" else one.replace("UNTRIAGED", "UNDEFINED") for one in severities]
    scanned = inspected(covered(("SUCCESSFUL", True)), found(*severities))
    ran = run(
        tmp_path, buildspec.build_image(limit), scans(basic("COMPLETE", *severities)) if kind == "BASIC" else scanned
    )
    assert ran.code == code, ran.said
    assert (ran.folder / buildspec.IMAGE_DEFINITIONS).exists() is (code == 0), "what is not defined is not deployed"


PENDING = {"error": "ScanNotFoundException"}
THROTTLED = {"error": "ThrottlingException"}
SEQUENCES: dict[str, tuple[Answers, bool]] = {
    "a scan of the registry, after a while": (
        scans(PENDING, THROTTLED, basic("PENDING"), basic("IN_PROGRESS"), basic("COMPLETE")),
        True,
    ),
    "Inspector, after a while": (
        inspected(
            {
                "inspector2 list-coverage": [
                    {"coveredResources": []},
                    THROTTLED,
                    *covered(("PENDING_INITIAL_SCAN", False), ("SCAN_IN_PROGRESS", False), ("SUCCESSFUL", False))[
                        "inspector2 list-coverage"
                    ],
                    *covered(("SUCCESSFUL", True))["inspector2 list-coverage"],
                ]
            },
            THROTTLED,
            found("LOW"),
        ),
        True,
    ),
    "Inspector that looks once": (inspected(covered(("SCAN_FREQUENCY_SCAN_ON_PUSH", True))), True),
    "findings that come after the scan": (
        inspected(covered(("SUCCESSFUL", True)), found(), found(), found("CRITICAL")),
        False,
    ),
    "findings that never stay the same": (
        inspected(covered(("SUCCESSFUL", True)), *(found(*["LOW"] * (n % 2)) for n in range(scanning.ATTEMPTS + 1))),
        False,
    ),
    "continuous scanning that has not begun": (scans(basic("ACTIVE")), False),
    "a scan that never ends": (inspected(covered(("SUCCESSFUL", False))), False),
    "a scan that failed": (scans(basic("FAILED")), False),
    "an image that cannot be scanned": (inspected(covered(("UNSUPPORTED_OS", True))), False),
    "a registry that scans nothing": (inspected(covered(("SCAN_FREQUENCY_MANUAL", False))), False),
    "a scan without an end": (scans({"imageScanStatus": {"status": "COMPLETE"}}), False),
    "a scan without findings told": (
        scans({"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"imageScanCompletedAt": NOW}}),
        False,
    ),
    "a registry that does not say": ({"ecr get-registry-scanning-configuration": [{}]}, False),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_only_an_image_that_was_looked_into_is_delivered(tmp_path: Path, name: str) -> None:
    answers, delivered = SEQUENCES[name]
    ran = run(tmp_path, buildspec.build_image("CRITICAL").replace(f"seq {scanning.ATTEMPTS}", "seq 7"), answers)
    assert (ran.code == 0) is delivered, ran.said
    assert (ran.folder / buildspec.IMAGE_DEFINITIONS).exists() is delivered
    assert delivered or "scan" in ran.said


ASKED = [
    "ecr get-registry-scanning-configuration",
    "inspector2 list-coverage",
    "inspector2 list-findings",
    "ecr describe-images",
    "ecr describe-image-scan-findings",
]


@pytest.mark.parametrize("refused", ASKED)
def test_a_call_that_is_refused_ends_the_build_at_once_and_says_so(tmp_path: Path, refused: str) -> None:
    answers = scans(basic("COMPLETE")) if "image-scan" in refused else CLEAN
    ran = run(tmp_path, buildspec.build_image("CRITICAL"), answers | {refused: [{"error": "AccessDeniedException"}]})
    assert ran.code != 0
    assert "AccessDeniedException" in ran.failed
    assert sum(refused in call for call in ran.calls) == 1, "nobody waits for a right"
    assert not (ran.folder / buildspec.IMAGE_DEFINITIONS).exists()


def test_what_is_expected_is_not_shown_as_an_error(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"), scans(PENDING, basic("COMPLETE")))
    assert (ran.code, ran.failed) == (0, "")


def test_an_image_that_the_repository_lacks_is_not_delivered(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"), digest=None)
    assert ran.code != 0
    assert "the repository has no 0123456789ab-7" in ran.said


def test_no_script_hides_what_a_call_complains_of() -> None:
    for path in (*(REPO_ROOT / "components").rglob("*.py"), *(REPO_ROOT / ".github").rglob("*.yml")):
        text = path.read_text()
        assert "2>/dev/null" not in text.replace(" ", ""), path
        assert "|| true" not in text, path


def test_an_image_that_is_not_built_is_not_pushed(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"), BUILD_FAILS="1")
    assert ran.code != 0
    assert not any("push" in call for call in ran.calls)


def test_the_repositorys_own_commands_run_in_the_services_folder(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.compile_and_test(["pwd", "echo compiled"], ["echo tested"]))
    assert ran.said.splitlines() == [str(ran.folder / "src" / "cart"), "compiled", "tested"]
    assert ran.calls == [], "it needs nothing of AWS"


@pytest.mark.parametrize("commands", [(["false"], ["true"]), (["true"], ["false"])])
def test_code_that_fails_its_commands_ends_the_build(tmp_path: Path, commands: tuple[list[str], list[str]]) -> None:
    assert run(tmp_path, buildspec.compile_and_test(*commands)).code != 0


def test_nothing_goes_on_after_a_phase_that_failed(tmp_path: Path) -> None:
    spec = buildspec.compile_and_test(["true"], ["echo tested"])
    assert "tested" not in run(tmp_path, spec, CODEBUILD_BUILD_SUCCEEDING="0").said
    for phase in json.loads(spec)["phases"].values():
        assert phase["on-failure"] == "ABORT"
