"""The buildspecs, run by a real shell as CodeBuild does, with an `aws` and a `docker` that write down their calls."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.delivery import buildspec

DIGEST = "sha256:" + "ab" * 32
REGISTRY = "123456789012.dkr.ecr.ap-south-1.amazonaws.com"
AWS = r"""#!/usr/bin/env bash
echo "aws $*" >> "$CALLS"
case "$*" in
  *s3\ cp*) cat "$OBJECTS";;
  *get-login-password*) echo token;;
  *describe-images*) echo "$DIGEST_FOUND";;
  *imageScanStatus.status*) echo "$SCAN_STATUS";;
  *findingSeverityCounts*) [ "$SCAN_COUNTS" != error ] || exit 255; printf "%b\\n" "$SCAN_COUNTS";;
esac
"""
DOCKER = '#!/usr/bin/env bash\necho "docker $*" >> "$CALLS"\n[ "$1" != build ] || exit "${BUILD_FAILS:-0}"\n'


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    calls: list[str]
    folder: Path

    @property
    def definitions(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads((self.folder / buildspec.IMAGE_DEFINITIONS).read_text())
        return found


def run(tmp_path: Path, spec: str, **environment: str) -> Ran:
    """All phases in one shell; a command that fails ends it, as with `on-failure: ABORT`."""
    tools, source = tmp_path / "bin", tmp_path / "src"
    (source / "src" / "cart").mkdir(parents=True)
    tools.mkdir()
    for name, text in (("aws", AWS), ("docker", DOCKER), ("sleep", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    body = json.loads(spec)
    script = [
        f"{command}\n[ $? -eq 0 ] || exit 1" for phase in body["phases"].values() for command in phase["commands"]
    ]
    calls = tmp_path / "calls"
    calls.touch()
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
            "DIGEST_FOUND": DIGEST,
            "SCAN_STATUS": "COMPLETE",
            "SCAN_COUNTS": "None\tNone",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, calls.read_text().splitlines(), source)


def test_the_image_is_built_pushed_scanned_and_named_by_its_digest(tmp_path: Path) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"))
    assert ran.code == 0, ran.said
    assert ran.definitions == [{"name": "cart", "imageUri": f"{REGISTRY}/saleday-prod-cart@{DIGEST}"}]
    tagged = f"{REGISTRY}/saleday-prod-cart:0123456789ab-7"
    assert any(call.startswith("docker build --pull") and tagged in call for call in ran.calls)
    order = [next(i for i, call in enumerate(ran.calls) if part in call) for part in ("login", "build", "push", "scan")]
    assert order == sorted(order), "signed in, built, pushed, then scanned"


@pytest.mark.parametrize("status", ["COMPLETE", "ACTIVE"])
def test_both_kinds_of_scan_are_understood(tmp_path: Path, status: str) -> None:
    assert run(tmp_path, buildspec.build_image("CRITICAL"), SCAN_STATUS=status).code == 0, "basic, and Inspector's"


@pytest.mark.parametrize(
    ("limit", "counts", "code"),
    [
        ("CRITICAL", "2", 1),
        ("CRITICAL", "None", 0),
        ("CRITICAL", "0", 0),
        ("HIGH", "None\\t3", 1),
        ("HIGH", "1\\tNone", 1),
        ("HIGH", "None\\tNone", 0),
    ],
)
def test_a_vulnerability_from_the_limit_on_ends_the_build(tmp_path: Path, limit: str, counts: str, code: int) -> None:
    ran = run(tmp_path, buildspec.build_image(limit), SCAN_COUNTS=counts)
    assert ran.code == code, ran.said
    assert (ran.folder / buildspec.IMAGE_DEFINITIONS).exists() is (code == 0), "what is not defined is not deployed"


@pytest.mark.parametrize("limit", ["CRITICAL", "HIGH"])
def test_only_severities_from_the_limit_on_are_counted(limit: str) -> None:
    text = buildspec.build_image(limit)
    assert ("[CRITICAL,HIGH]" in text) is (limit == "HIGH")


@pytest.mark.parametrize(
    "environment",
    [
        {"SCAN_STATUS": "FAILED"},
        {"SCAN_STATUS": "UNSUPPORTED_IMAGE"},
        {"SCAN_STATUS": ""},
        {"SCAN_COUNTS": "error"},
    ],
    ids=lambda environment: str(*environment.values()) or "never scanned",
)
def test_an_image_that_nobody_could_look_into_is_not_delivered(tmp_path: Path, environment: dict[str, str]) -> None:
    ran = run(tmp_path, buildspec.build_image("CRITICAL"), **environment)
    assert ran.code != 0
    assert not (ran.folder / buildspec.IMAGE_DEFINITIONS).exists()


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
