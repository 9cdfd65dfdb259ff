"""A tree of a few files, with the rehearsal's own code in it: small enough to take through the engine many times."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.paths import REPO_ROOT, VENV

PROJECT = "name: shop\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"

PROGRAM = """
import time

import pulumi
import pulumi_aws as aws

import settings

config = pulumi.Config()
tags = {"Tier": "data", "Owner": config.get("owner") or "shop"}
if config.get_bool("drifting"):
    tags["At"] = str(time.time())
for number in range(settings.queues()):
    aws.sqs.Queue(f"orders-{number}", name=f"orders-{number}", tags=tags)
if config.get_bool("crashing"):
    raise ValueError("a bug of the program")
pulumi.export("key", config.get_secret("key"))
pulumi.export("owner", tags["Owner"])
"""

SETTINGS = """
import pulumi


def queues():
    number = pulumi.Config().get_int("queues") or 0
    if number < 1:
        raise pulumi.RunError(f"shop:queues: has to be at least 1 (got {number}); name a larger number")
    return number
"""

PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def owned(args, report):
    if args.resource_type == "aws:sqs/queue:Queue" and args.props["tags"]["Owner"] == "nobody":
        report(f"{args.name} is owned by nobody; name somebody")


PolicyPack(
    "small",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy(name="queue-owned", description="Somebody owns a queue.", validate=owned)],
)
"""


class SmallTree:
    """The tree in `path`. Stacks are named by the tests that use them, so that these don't get in each other's way."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for room in ("devtools", "aws_facts", "pulumi_yaml", "saleday"):
            shutil.copytree(
                REPO_ROOT / room, path / room, ignore=shutil.ignore_patterns("__pycache__", "conformance", "docsgen")
            )
        (path / ".venv").symlink_to(VENV)
        (path / "policy").mkdir()
        for name, text in {
            "Pulumi.yaml": PROJECT,
            "__main__.py": PROGRAM,
            "settings.py": SETTINGS,
            "policy/PulumiPolicy.yaml": "runtime: {name: python, options: {virtualenv: ../.venv}}\n",
            "policy/__main__.py": PACK,
        }.items():
            (path / name).write_text(text)

    def stack(self, name: str, config: Mapping[str, Any]) -> Path:
        """Write the stack's file."""
        file = self.path / f"Pulumi.{name}.yaml"
        settings = {"aws:region": "ap-south-1"} | {f"shop:{key}": value for key, value in config.items()}
        file.write_text(json.dumps({"config": settings}))
        return file

    def start(self, command: str, stack: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "saleday", command, "--stack", stack],
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, stack: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(command, stack)
        out, err = process.communicate(timeout=200)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def report(self, stack: str) -> dict[str, Any]:
        """What the last command on a stack wrote for machines."""
        return json.loads((self.path / ".rehearsal" / f"report-{stack}.json").read_text())

    def state(self, stack: str, purpose: str = "up") -> str:
        """All of a stack's state on disk, as it is written, without the history of operations."""
        folder = self.path / ".rehearsal" / purpose / stack / "state" / ".pulumi" / "stacks"
        return "".join(file.read_text() for file in sorted(folder.rglob("*.json"))) if folder.exists() else ""

    def files(self) -> dict[str, bytes]:
        """Everything of the tree that isn't kept out of version control."""
        ignored = (".rehearsal", ".venv", "__pycache__")
        names = [path for path in self.path.rglob("*") if not any(part in ignored for part in path.parts)]
        return {str(path.relative_to(self.path)): path.read_bytes() for path in names if path.is_file()}


def wait_for(said: str, process: subprocess.Popen[str], seconds: float = 100) -> list[str]:
    """The lines a command prints up to and with the first that contains `said`."""
    assert process.stdout is not None
    deadline = time.monotonic() + seconds
    lines = []
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        assert line, f"it ended before it said {said!r}: {lines}"
        lines.append(line.rstrip())
        if said in line:
            return lines
    raise AssertionError(f"it did not say {said!r} in {seconds} s: {lines}")
