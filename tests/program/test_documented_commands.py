"""Every command that README, CONTRIBUTING and the guide tell somebody to type is one that CI runs or that is run here.

They run in a copy of the tree with the example stacks, as an adopter's own have other names and events.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from devtools import toolchain
from devtools.conformance import cloud
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT, STATE_DIR, VENV
from saleday.shared import UNMET

PAGES = [REPO_ROOT / "README.md", REPO_ROOT / "CONTRIBUTING.md", *sorted((REPO_ROOT / "docs" / "guide").glob("*.md"))]
NOT_PART = shutil.ignore_patterns(".git", ".venv", ".rehearsal", ".cache", "build", "__pycache__", ".*_cache")
SECONDS = 900
ANOTHERS = {"pre-commit install"}
"""Commands of somebody else's tools, whose configuration is tested elsewhere."""
GAME_DAYS = "  saleday:gameDay: {stack: prod, approver: 'arn:aws:iam::123456789012:role/sre'}\n"
"""What the guide has in prod's file by then."""
OF_THIS_RUN = re.compile(r"PYTEST|MAKE|MFLAGS|AWS_|PULUMI_|POLICY_FUZZ|COLUMNS")


def documented() -> dict[str, list[str]]:
    """The commands in blocks of the language `sh`, each with the pages that have it."""
    found: dict[str, list[str]] = {}
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                found.setdefault(line, []).append(page.name)
    return found


COMMANDS = documented()
BY_CI = set((REPO_ROOT / ".ci" / "run").read_text().splitlines())
OF_PULUMI = sorted(command for command in COMMANDS if command.startswith("pulumi "))
OF_AN_ACCOUNT = sorted(
    command for command in COMMANDS if command.startswith(("make preflight", "make before-destroy", "make sale-review"))
)
OFFLINE = sorted(COMMANDS.keys() - BY_CI - ANOTHERS - {*OF_PULUMI, *OF_AN_ACCOUNT})


def test_commands_are_found_on_every_page_that_tells_to_do_something() -> None:
    told = {name for names in COMMANDS.values() for name in names}
    assert {page.name for page in PAGES} == told
    assert all(command.startswith(("make ", "rm ", ".venv/bin/python -m pytest ")) for command in OFFLINE), OFFLINE


def test_a_command_in_running_text_is_one_that_there_is() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPO_ROOT / "Makefile").read_text(), re.MULTILINE))
    targets |= {"build"}  # of a service's own folder
    for page in [*PAGES, *sorted((REPO_ROOT / "docs").glob("*.md"))]:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text()))
        assert named <= targets, f"{page.name}: {named - targets}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    copy = shutil.copytree(REPO_ROOT, tmp_path / "shop", ignore=NOT_PART)
    for stack in copy.glob("Pulumi.*.yaml"):
        stack.unlink()
    for stack in EXAMPLE_STACKS.glob("Pulumi.*.yaml"):
        shutil.copy(stack, copy / stack.name)
    (copy / ".venv").symlink_to(VENV)
    with (copy / "Pulumi.prod.yaml").open("a", encoding="utf-8") as file:
        file.write(GAME_DAYS)
    return copy


def run(command: str, folder: Path, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not OF_THIS_RUN.match(name)} | dict(more or {})
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def answers_no(command: str, said: str) -> bool:
    """Whether a command that asks something was answered no, which is no failure of it: the example's sale breaks its
    promise without reserved capacity, and Moto's account lacks what a real one has."""
    return command.startswith(("make sale-", "make preflight")) and f"Error {UNMET}\n" in said


@pytest.mark.thorough
@pytest.mark.engine
@pytest.mark.parametrize("command", OFFLINE, ids=str)
def test_an_offline_command_does_what_it_is_documented_for(command: str, tree: Path) -> None:
    done = run(command, tree)
    assert done.returncode == 0 or answers_no(command, done.stdout), done.stdout[-3000:]


@pytest.mark.thorough
@pytest.mark.parametrize("command", OF_AN_ACCOUNT)
def test_a_command_that_asks_an_account_works_on_one(command: str, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # Moto takes longer for them than a call may take
    with cloud.serving() as address:
        done = run(command, tree, cloud.environment(address))
    assert done.returncode == 0 or answers_no(command, done.stdout), done.stdout[-3000:]
    assert "Traceback" not in done.stdout


@pytest.mark.engine
@pytest.mark.parametrize("command", OF_PULUMI)
def test_pulumi_knows_the_command_and_its_options(command: str, tmp_path: Path) -> None:
    pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    assert pulumi is not None, "run make setup"
    _, *words = shlex.split(command)
    steps = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
    steps = steps[: 1 + (steps[0] in ("stack", "config"))]
    asked = run(shlex.join([pulumi.path, *steps, "--help"]), tmp_path, {"PULUMI_HOME": str(tmp_path)})
    assert asked.returncode == 0
    help_text = asked.stdout
    for option in [word.partition("=")[0] for word in words if word.startswith("-")]:
        assert re.search(rf"(^|[\s,]){option}\b", help_text), f"pulumi {' '.join(steps)} has no {option}"
