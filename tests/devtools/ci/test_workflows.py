"""The workflows: well-formed, pinned, with no more rights than they need, and in step with what the program makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.paths import REPO_ROOT
from tests.some import some

FOLDER = REPO_ROOT / ".github"
FILES = sorted(FOLDER.rglob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FILES if path.parent.name == "workflows"}
DEPLOYED = [job for job in WORKFLOWS["deploy"]["jobs"] if job != "check"]
TRIGGERS = True
"""What YAML 1.1 makes of the key `on`."""
PINNED = re.compile(r"uses: (?:\./\S+|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = WORKFLOWS[workflow]["jobs"][job]["steps"]
    return found


def commands(workflow: str, job: str) -> str:
    return "\n".join(str(step.get("run", "")) for step in steps(workflow, job))


def actionlint(files: list[Path]) -> list[str]:
    """What `make check` runs says of these workflows, a line each."""
    rule = next(line for line in (REPO_ROOT / "Makefile").read_text().splitlines() if "tool actionlint" in line)
    command = rule.strip().lstrip("@").partition("$(abspath")[0].split()
    done = subprocess.run([*command, *map(str, files)], cwd=REPO_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.splitlines()


def test_actionlint_finds_nothing() -> None:
    assert actionlint(sorted((FOLDER / "workflows").glob("*.yml"))) == []


def test_actionlint_is_looking(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.here }}\n"
    )
    assert any('undefined variable "nothing"' in line for line in actionlint([bad]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.match(line)] == []


def test_one_action_has_one_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for name, commit in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})", path.read_text()):
            pins.setdefault(name, set()).add(commit)
    assert {name: commits for name, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_right_but_what_its_jobs_ask_for(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] in ({}, {"contents": "read"})
    for job, body in WORKFLOWS[name]["jobs"].items():
        rights = body.get("permissions", {})
        assert not (rights.get("id-token") == "write" and rights.get("pull-requests") == "write"), (
            f"{job}: who holds a token of the account does not write to pull requests"
        )
        assert "timeout-minutes" in body or "uses" in body, f"{job} may hang for hours"


def test_a_pull_request_is_checked_and_previewed_on_every_stack_that_is_deployed() -> None:
    assert "pull_request" in WORKFLOWS["check"][TRIGGERS]
    assert commands("check", "check").split() == [".ci/run"], "one list of checks, here and on anybody's machine"
    assert os.access(REPO_ROOT / ".ci" / "run", os.X_OK)
    called = (REPO_ROOT / ".ci" / "run").read_text()
    for target in ("check", "docs", "test", "rehearse", "policy", "conformance"):
        assert f"\nmake {target}\n" in called
    matrix = WORKFLOWS["preview"]["jobs"]["preview"]["strategy"]["matrix"]["include"]
    assert [one["stack"] for one in matrix] == DEPLOYED
    assert "--policy-pack policy" in commands("preview", "preview")
    assert "devtools.ci.comment" in commands("preview", "preview")
    assert WORKFLOWS["preview"]["jobs"]["preview"]["env"]["PULUMI_DEBUG_COMMANDS"] == "true", (
        "or --event-log is unknown"
    )


def test_a_forks_pull_request_gets_no_token_and_no_code_of_it_may_comment() -> None:
    jobs = WORKFLOWS["preview"]["jobs"]
    assert jobs["preview"]["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert "pull_request_target" not in WORKFLOWS["preview"][TRIGGERS]
    assert not any("checkout" in str(step.get("uses")) for step in steps("preview", "comment"))


def test_main_goes_to_one_stack_after_the_other() -> None:
    jobs = WORKFLOWS["deploy"]["jobs"]
    assert WORKFLOWS["deploy"][TRIGGERS] == {"push": {"branches": ["main"]}}
    assert DEPLOYED, "the stacks, in the order in which they are deployed"
    assert [jobs[stack]["needs"] for stack in DEPLOYED] == ["check", *DEPLOYED[:-1]]
    for stack in DEPLOYED:
        assert jobs[stack]["environment"] == stack, "the environment is in the token's subject, and asks its reviewers"
        assert f"pulumi up --stack {stack} --refresh --policy-pack policy" in commands("deploy", stack)


def test_drift_is_looked_for_every_night_on_every_stack_that_is_deployed() -> None:
    assert WORKFLOWS["drift"][TRIGGERS]["schedule"] == [{"cron": "30 21 * * *"}]
    assert "--refresh --expect-no-changes" in commands("drift", "drift")
    matrix = WORKFLOWS["drift"]["jobs"]["drift"]["strategy"]["matrix"]["include"]
    assert [one["stack"] for one in matrix] == DEPLOYED


def test_pulumi_is_the_version_that_the_program_is_written_for() -> None:
    pinned = re.search(r"^pulumi==(\S+)$", (REPO_ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert f"pulumi-version: {pinned[1]}\n" in (FOLDER / "actions" / "pulumi" / "action.yml").read_text()


SECRET = re.compile(r"secrets\.(\w+)")
READS_STACKS = {"PULUMI_PREVIEW_TOKEN"}
"""Secrets of the repository: whoever opens a pull request may change a workflow, and so read them."""


def secrets(body: object) -> set[str]:
    return set(SECRET.findall(yaml.safe_dump(body)))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_may_update_a_stack_is_given_to_jobs_of_an_environment_alone(name: str) -> None:
    for job, body in WORKFLOWS[name]["jobs"].items():
        assert body.get("secrets") != "inherit", f"{job}: what it calls would hold all of the repository's secrets"
        if "environment" not in body:
            assert secrets(body) <= READS_STACKS, f"{job}: an environment's secret, out of its environment"
    outside = {key: value for key, value in WORKFLOWS[name].items() if key != "jobs"}
    assert secrets(outside) == set(), "every job would have it"


@pytest.mark.parametrize("name", [name for name in WORKFLOWS if "pull_request" in WORKFLOWS[name][TRIGGERS]])
def test_code_of_a_pull_request_runs_with_nothing_that_writes(name: str) -> None:
    for job, body in some(WORKFLOWS[name]["jobs"].items()):
        assert "environment" not in body, f"{job}: its branch may not enter one"
        runs_its_code = any("checkout" in str(step.get("uses")) for step in body["steps"])
        rights = {**WORKFLOWS[name]["permissions"], **body.get("permissions", {})}
        writes = {right for right, level in rights.items() if level == "write"} - {"id-token"}
        assert not (runs_its_code and writes), f"{job} may write {writes}"
        roles = [step["with"]["role"] for step in body["steps"] if "role" in step.get("with", {})]
        assert all(role.endswith("-preview") for role in roles), f"{job}: a role that does more than read"
        assert not any("provisioner" in step.get("with", {}) for step in body["steps"])
        checkouts = [step for step in body["steps"] if "checkout" in str(step.get("uses"))]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_command_that_fails_within_a_pipe_fails_its_step(path: Path) -> None:
    body = yaml.safe_load(path.read_text())
    if "jobs" in body:
        assert body["defaults"]["run"]["shell"] == "bash", "named, GitHub runs it with pipefail"
        return
    assert all(step["shell"] == "bash" for step in body["runs"]["steps"] if "run" in step)


def test_no_workflow_puts_text_of_a_pull_request_into_a_shell() -> None:
    for path in FILES:
        for script in re.findall(r"run: \|?(.*(?:\n(?: {8,}.*)?)*)", path.read_text()):
            assert "${{ github.event" not in script, path
            assert "${{ github.head_ref" not in script, path


def test_what_is_checked_before_a_commit_is_what_make_check_runs() -> None:
    makefile = (REPO_ROOT / "Makefile").read_text().replace("$(PY)", ".venv/bin/python")
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    checks = [
        line.strip().lstrip("@").replace("$(dir .venv/bin/python)", ".venv/bin/") for line in recipe[1].splitlines()
    ]
    hooks = yaml.safe_load((REPO_ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    entries = [hook["entry"] for hook in hooks]
    assert len(entries) == len(checks)
    for check, entry in zip(checks, entries, strict=True):
        tool = check.removesuffix(" .").partition(" -no-color")[0]
        assert tool in entry, f"{entry} is not what make check runs: {check}"


def test_updates_are_proposed_for_every_lock_there_is() -> None:
    renovate = json.loads((REPO_ROOT / "renovate.json").read_text())
    (pattern,) = renovate["pip-compile"]["managerFilePatterns"]
    assert re.fullmatch(pattern.strip("/"), "requirements.lock")
    for rule in renovate["packageRules"]:
        for name in rule.get("matchFileNames", []):
            assert (REPO_ROOT / name).is_file()


def test_owners_are_named_for_paths_that_are_there() -> None:
    lines = [line.split() for line in (FOLDER / "CODEOWNERS").read_text().splitlines() if line and line[0] != "#"]
    assert all(owner.startswith("@") for _, *owners in lines for owner in owners)
    assert [path for path, *_ in lines if path != "*" and not (REPO_ROOT / path.strip("/")).exists()] == []


def test_the_map_of_contributing_names_places_that_are_there() -> None:
    text = (REPO_ROOT / "CONTRIBUTING.md").read_text()
    rows = text.partition("## Where to go")[2].partition("\nThe layers")[0]
    places = {place for place in re.findall(r"`([\w./-]+)`", rows) if "/" in place or place.endswith(".py")}
    assert len(places) > 20
    assert [place for place in places if not (REPO_ROOT / place).exists()] == []
