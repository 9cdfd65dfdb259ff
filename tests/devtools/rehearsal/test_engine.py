"""The whole way, on the real engine: what each command promises, also to those who kill it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.devtools.rehearsal.small_tree import SmallTree, wait_for

pytestmark = pytest.mark.engine

QUEUES = 30
"""Work enough that a run is killed in the midst of it."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> SmallTree:
    return SmallTree(tmp_path_factory.mktemp("tree"))


def children_alive(tree: SmallTree) -> list[str]:
    """Command lines of the engine and plugin processes that work for this tree, once they had time to end."""
    deadline = time.monotonic() + 10
    while (alive := children_now(tree)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return alive


def children_now(tree: SmallTree) -> list[str]:
    alive = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"PULUMI_HOME={tree.path}/".encode() in (process / "environ").read_bytes():
                alive.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return alive


def test_a_rehearsal_goes_all_the_way_and_leaves_nothing(tree: SmallTree) -> None:
    tree.stack("all", {"queues": 3, "key": {"secure": "v1:of:theirs"}})
    before = tree.files()
    done = tree.run("rehearse", "all")
    assert done.returncode == 0, done.stderr
    assert "rehearsal of all passed" in done.stdout
    assert tree.files() == before, "nothing of the tree itself may change"
    assert "orders-" not in tree.state("all", "rehearse")
    report = tree.report("all")
    assert report["resources"]["tiers"] == {"data": {"sqs.Queue": 3}}
    assert report["policies"]["passed"] == ["queue-owned"]
    assert report["outputs"] == {"key": "[secret]", "owner": "shop"}
    assert [(phase["name"], phase["changes"]) for phase in report["phases"]] == [
        ("preview", {"create": 4}),  # three queues and the stack itself
        ("up", {"create": 4}),
        ("second preview", {"same": 4}),
        ("destroy", {"delete": 4}),
    ]
    assert "rehearsal-only" not in done.stdout + (tree.path / ".rehearsal" / "report-all.json").read_text()


@pytest.mark.thorough
def test_what_up_keeps_stays_until_it_is_destroyed(tree: SmallTree) -> None:
    tree.stack("whole", {"queues": 3, "key": {"secure": "v1:of:theirs"}})
    assert tree.run("up", "whole").returncode == 0
    kept = tree.state("whole")
    assert "orders-2" in kept

    done = tree.run("rehearse", "whole")
    assert done.returncode == 0, done.stderr
    assert tree.state("whole") == kept, "a rehearsal must not touch what up has made"

    tree.stack("whole", {"queues": -1})
    spoilt = tree.run("up", "whole")
    assert spoilt.returncode == 1
    assert spoilt.stderr == "shop:queues: has to be at least 1 (got -1); name a larger number\n"
    assert "Traceback" not in spoilt.stdout
    assert tree.state("whole") == kept, "bad input changes nothing"

    outputs = tree.run("outputs", "whole")
    assert json.loads(outputs.stdout) == {"key": "[secret]", "owner": "shop"}
    assert tree.run("destroy", "whole").returncode == 0
    assert "orders-" not in tree.state("whole")
    nothing = tree.run("outputs", "whole")
    assert (nothing.returncode, nothing.stderr) == (1, "whole is not deployed; run `make up STACK=whole` first\n")


def test_a_program_that_is_never_the_same_twice_fails_its_second_preview(tree: SmallTree) -> None:
    tree.stack("drift", {"queues": 1, "drifting": True})
    done = tree.run("rehearse", "drift")
    assert done.returncode == 1
    assert "the second preview shows" in done.stderr
    assert "update (tags" in done.stderr


def test_a_bug_of_the_program_shows_its_traceback(tree: SmallTree) -> None:
    tree.stack("crash", {"queues": 1, "crashing": True})
    done = tree.run("preview", "crash")
    assert done.returncode == 1
    assert done.stderr.count("ValueError: a bug of the program") == 1
    assert 'raise ValueError("a bug of the program")' in done.stderr, "where it happened"


def test_a_violated_policy_blocks_before_anything_is_deployed(tree: SmallTree) -> None:
    tree.stack("unowned", {"queues": 2, "owner": "nobody"})
    done = tree.run("up", "unowned")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"policy queue-owned violated, sqs.Queue orders-{number}: orders-{number} is owned by nobody; name somebody"
        for number in (0, 1)
    ]
    assert "orders-" not in tree.state("unowned")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("config:\n\tqueues: 1\n", "Pulumi.yamlless.yaml:2:1: "),
        ("config: {", "Pulumi.yamlless.yaml:2:1: "),
    ],
)
def test_unreadable_settings_are_one_line(tree: SmallTree, text: str, line: str) -> None:
    (tree.path / "Pulumi.yamlless.yaml").write_text(text)
    done = tree.run("preview", "yamlless")
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


def test_an_unknown_stack_is_one_line(tree: SmallTree) -> None:
    done = tree.run("rehearse", "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("STACK=nowhere: there is no Pulumi.nowhere.yaml; the stacks are: ")
    assert done.stderr.count("\n") == 1


def test_a_second_one_on_the_same_stack_is_told_at_once(tree: SmallTree) -> None:
    tree.stack("twice", {"queues": 20})
    first = tree.start("up", "twice")
    wait_for("twice preview:", first)
    started = time.monotonic()
    second = tree.run("up", "twice")
    took = time.monotonic() - started
    assert second.returncode == 1
    assert f"twice is being worked on already, by process {first.pid}, make up STACK=twice" in second.stderr
    assert second.stderr.count("\n") == 1
    assert first.poll() is None, "the first has to be still at it for this test to mean anything"
    _, err = first.communicate(timeout=200)
    assert first.returncode == 0, err
    assert took < 20, "being told must not take waiting for the first"


def wait_until_at_work(tree: SmallTree, stack: str, command: str) -> None:
    """Until the engine has made, or deleted, the first queue of many: a preview's events say that they are one."""
    purpose = "rehearse" if command == "rehearse" else "up"
    log = tree.path / ".rehearsal" / purpose / stack / "events.jsonl"
    operation = '"op":"delete"' if command == "destroy" else '"op":"create"'
    marks = ('"resOutputsEvent"', operation, '"type":"aws:sqs/queue:Queue"')
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        events = log.read_text().splitlines() if log.exists() else []
        if any(all(mark in event for mark in marks) and '"planning":true' not in event for event in events):
            return
        time.sleep(0.01)
    raise AssertionError(f"{stack}: {command} did nothing")


def kill_driver(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_engine(pid: int) -> None:
    """Kill the engine that the driver has started, and leave the driver alone."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and "pulumi" in (process / "cmdline").read_text().split("\0")[0]:
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue


def kill(tree: SmallTree, command: str, stack: str, killed: Callable[[int], None]) -> None:
    """Begin a command, and kill it at its work."""
    process = tree.start(command, stack)
    wait_until_at_work(tree, stack, command)
    killed(process.pid)
    process.communicate(timeout=100)
    assert process.returncode != 0, "it has to be killed before it is done for this test to mean anything"


def queues(tree: SmallTree, stack: str) -> int:
    return tree.state(stack).count("aws:sqs/queue:Queue::")


def run_again(tree: SmallTree, command: str, stack: str) -> None:
    done = tree.run(command, stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert children_alive(tree) == [], "no engine and no plugin is left over"


@pytest.mark.thorough
def test_what_was_killed_is_run_again_without_hand_work(tree: SmallTree) -> None:
    tree.stack("killed", {"queues": QUEUES})
    kill(tree, "up", "killed", kill_engine)
    run_again(tree, "up", "killed")
    assert queues(tree, "killed") == QUEUES
    kill(tree, "destroy", "killed", kill_driver)
    run_again(tree, "destroy", "killed")
    assert queues(tree, "killed") == 0


@pytest.mark.thorough
def test_a_killed_rehearsal_begins_anew(tree: SmallTree) -> None:
    tree.stack("rehearsed", {"queues": QUEUES})
    kill(tree, "rehearse", "rehearsed", kill_driver)
    run_again(tree, "rehearse", "rehearsed")


def test_an_interrupted_run_ends_with_one_line_and_no_process_left(tree: SmallTree) -> None:
    tree.stack("stopped", {"queues": QUEUES})
    process = tree.start("up", "stopped")
    wait_until_at_work(tree, "stopped", "up")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 130
    assert err == "interrupted; run it again, it puts itself in order\n"
    assert children_alive(tree) == []


@pytest.mark.thorough
@pytest.mark.parametrize("victim", ["driver", "engine"])
@pytest.mark.parametrize("seconds", [0.3, 0.8, 1.3, 1.8, 2.5, 3.5])
@pytest.mark.parametrize("command", ["preview", "up", "destroy", "rehearse"])
def test_a_command_killed_at_any_time_is_run_again(tree: SmallTree, command: str, seconds: float, victim: str) -> None:
    stack = f"{command}{seconds}{victim}".replace(".", "")
    tree.stack(stack, {"queues": 20})
    if command == "destroy":
        run_again(tree, "up", stack)
    process = tree.start(command, stack)
    try:
        _, err = process.communicate(timeout=seconds)  # done before its time
    except subprocess.TimeoutExpired:
        (kill_driver if victim == "driver" else kill_engine)(process.pid)
        _, err = process.communicate(timeout=100)
    assert "Traceback" not in err
    run_again(tree, command, stack)
    if command in ("up", "destroy"):
        assert queues(tree, stack) == (20 if command == "up" else 0)
