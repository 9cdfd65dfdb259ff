"""Engines and disks that fail: never a success, one line with what to do, and the state as whole as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import disk
from devtools.locks import Lock
from devtools.rehearsal.engine import Engine, EngineOutcome
from devtools.rehearsal.state_file import BadState, StateFile
from devtools.rehearsal.workspace import Workspace
from devtools.toolchain import Pulumi
from tests.devtools.rehearsal.small_tree import SmallTree

SUMMARY = json.dumps({"summaryEvent": {"resourceChanges": {"create": 2}}})

Operate = Callable[[str], EngineOutcome]


@pytest.fixture
def operate(tmp_path: Path) -> Operate:
    """An `up` with a CLI that is this shell script; `$log` is the event log."""
    workspace = Workspace(tree=tmp_path, stack="dev", folder=tmp_path, project="shop", source=tmp_path)
    cli = tmp_path / "pulumi"

    def run(script: str) -> EngineOutcome:
        cli.write_text(f"#!/bin/sh\nlog={workspace.folder}/events.jsonl\n{script}\n")
        cli.chmod(0o755)
        with Lock(tmp_path / "lock").wait("test") as lock:
            return Engine(Pulumi(path=str(cli), version="3.259.0"), "home", workspace, lock, lambda: None).operate("up")

    return run


def test_a_run_with_its_summary_has_been_done(operate: Operate) -> None:
    outcome = operate(f"echo '{SUMMARY}' >> $log")
    assert outcome.ok
    assert outcome.record.changes == {"create": 2}


@pytest.mark.parametrize(
    "script",
    ["echo v3.300.0", f"echo '{SUMMARY[:30]}' >> $log", f"printf '%s' '{SUMMARY}' | head -c 40 >> $log",
     f"echo '{{\"resourcePreEv' >> $log; echo '{SUMMARY}' >> $log"],
    ids=["nothing", "cut", "unfinished", "cut in the midst"],
)  # fmt: skip
def test_a_run_without_its_whole_log_has_failed_whatever_its_exit_code(operate: Operate, script: str) -> None:
    outcome = operate(script)
    assert outcome.exit_code == 0
    assert not outcome.ok
    assert "ended without a summary" in outcome.error
    assert "/pulumi may be no whole Pulumi CLI" in outcome.error
    assert "\n" not in outcome.error


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("kill -9 $$", "ended by SIGKILL; the machine may be short of memory"),
        ("echo 'fatal error: runtime: cannot allocate memory' >&2; exit 2", "got no memory; the machine may be short"),
        ("kill -SEGV $$", r"ended by SIGSEGV; run it again; if that is no help, `rm .*/pulumi` and `make setup`"),
        ("echo 'error: write x: no space left on device' >&2; exit 255", r"no room left \(.* MB free\); make room"),
        ("echo 'error: write x: no space left on device' >&2", "no room left"),
        ("echo 'error: write x: file too large' >&2; exit 1", r"lift the limit on its size \(ulimit -f\)"),
    ],
)
def test_what_ends_an_engine_is_told_with_a_remedy(operate: Operate, script: str, told: str) -> None:
    outcome = operate(f"echo '{SUMMARY}' >> $log; {script}")
    assert not outcome.ok
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(outcome.error)


def test_an_engine_is_stopped_while_it_can_still_write_its_state(
    operate: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "free", lambda _: 1 << 20)
    outcome = operate("trap 'touch interrupted; exit 1' INT; i=0; while [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done")
    assert "no room left (1.0 MB free)" in outcome.error
    assert outcome.seconds < 5


def checkpoint(stack: str = "organization/shop/dev", version: int = 3) -> str:
    return json.dumps({"version": version, "checkpoint": {"stack": stack, "latest": {"resources": [{"urn": "u"}]}}})


@pytest.fixture
def state(tmp_path: Path) -> StateFile:
    state = StateFile(tmp_path, "shop", "dev")
    state.path.parent.mkdir(parents=True)
    state.path.write_text(checkpoint())
    state.keep()
    return state


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (checkpoint()[:60], "is no whole JSON"),
        ("", "is no whole JSON"),
        ("[]", "holds no state of a stack"),
        (checkpoint(version=9), "is of version 9, newer than this CLI reads (4)"),
        (checkpoint("organization/other/dev"), "is the state of other/dev, not of shop/dev"),
        (None, "is gone"),
    ],
)
def test_a_spoilt_state_is_told_with_its_backup_and_what_mends_it(
    state: StateFile, text: str | None, told: str
) -> None:
    if text is None:
        state.path.unlink()
    else:
        state.path.write_text(text)
    with pytest.raises(BadState) as error:
        state.exists()
    words = str(error.value)
    assert words.startswith(f"{state.path}: {told}")
    subprocess.run(["sh", "-c", words.partition("`")[2].rstrip("`")], check=True)
    assert state.exists(), "the command that the message names mends it"
    state.kept.unlink()
    state.path.write_text("")
    with pytest.raises(BadState, match=f"no whole backup; begin anew with `rm -r {state.folder}`"):
        state.exists()


def test_a_state_of_the_engines_own_backup_goes_before_an_older_one(state: StateFile) -> None:
    newer = state.path.with_name("dev.json.bak")
    newer.write_text(checkpoint().replace('"u"', '"newer"'))
    assert state.put_back() is None, "a whole state stays"
    state.path.write_text("{")
    assert state.put_back() == newer
    assert "newer" in state.path.read_text()
    newer.write_text("")
    state.path.write_text("{")
    assert state.put_back() == state.kept


def test_a_backup_is_never_replaced_by_what_is_cut(state: StateFile, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state.kept.read_bytes()
    state.path.write_text("{")
    state.keep()
    assert state.kept.read_bytes() == before

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    state.path.write_text(checkpoint("organization/shop/dev"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as error:
        state.keep()
    assert disk.explained(error.value) == f"{state.kept}: No space left on device; make room there, then run it again"
    assert state.kept.read_bytes() == before
    assert not list(state.folder.glob(".*unfinished"))


def test_a_state_under_another_projects_name_is_not_passed_over(state: StateFile) -> None:
    renamed = StateFile(state.folder, "store", "dev")
    state.kept.unlink()
    with pytest.raises(BadState, match=r"under the project's name shop \(got store in Pulumi.yaml\)"):
        renamed.exists()


def test_a_program_that_only_has_pulumis_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.stack("dev", {"queues": 1})
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho v3.300.0\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    done = tree.run("preview", "dev")
    assert done.returncode == 1
    assert f"{fake} has installed it; it is no whole Pulumi CLI: take it off PATH" in done.stderr
    assert done.stderr.count("\n") == 1


def can_mount() -> bool:
    """Whether this user may mount a small file system, in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode == 0


FULL = """
mount -t tmpfs -o size=70m none .rehearsal/up
rm kept/events.jsonl; cp -a kept .rehearsal/up/disk
"$0" -m saleday up --stack disk & up=$!
while ! grep -q resourcePreEvent .rehearsal/up/disk/events.jsonl 2>/dev/null; do sleep 0.1; done
dd if=/dev/zero of=.rehearsal/up/filling bs=64k status=none 2>/dev/null
wait $up; code=$?
rm .rehearsal/up/filling
"$0" -m saleday outputs --stack disk
cp .rehearsal/up/disk/state/.pulumi/stacks/shop/disk.json after.json
exit $code
"""


@pytest.mark.engine
@pytest.mark.thorough
@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")
def test_a_disk_that_fills_up_loses_no_state(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.stack("disk", {"queues": 3})
    assert tree.run("up", "disk").returncode == 0
    (tree.path / ".rehearsal" / "up" / "disk").rename(tree.path / "kept")
    tree.stack("disk", {"queues": 600})
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", FULL, sys.executable], cwd=tree.path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done.stdout
    assert done.stderr.splitlines() == [done.stderr.splitlines()[0]]
    assert ".rehearsal/up/disk: no room left (" in done.stderr
    after = (tree.path / "after.json").read_text()
    assert [f"orders-{number}" in after for number in range(3)] == [True] * 3
