"""A lock says who has it, and outlives neither its holder nor its holder's children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devtools.locks import HOLDER_VARIABLE, Held, Holder, Lock

REPO_ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import subprocess, sys, time
from pathlib import Path
from devtools.locks import Lock
lock = Lock(Path(sys.argv[1]))
lock.take("holding it")
if len(sys.argv) > 2:
    import os
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, **lock.environment}, pass_fds=[lock.fd])
    print(child.pid, flush=True)
print("held", flush=True)
time.sleep(60)
"""


Hold = Callable[..., tuple[subprocess.Popen[str], list[str]]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts a process that holds a lock, and gives what it said before it did. None is left behind."""
    with ExitStack() as ended:

        def start(path: Path, *arguments: str) -> tuple[subprocess.Popen[str], list[str]]:
            process = ended.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", HOLD, path, *arguments], cwd=REPO_ROOT, stdout=subprocess.PIPE, text=True
                )
            )
            ended.callback(process.kill)
            assert process.stdout is not None
            said = []
            while (line := process.stdout.readline().strip()) != "held":
                assert line, "the holder ended before it held the lock"
                said.append(line)
            return process, said

        yield start


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_second_process_is_told_who_holds_the_lock(hold: Hold, tmp_path: Path) -> None:
    holder, _ = hold(tmp_path / "lock")
    try:
        started = time.monotonic()
        with pytest.raises(Held, match=rf"process {holder.pid}, holding it, since \d\d:\d\d:\d\d"):
            Lock(tmp_path / "lock").take("wanting it")
        assert time.monotonic() - started < 2, "being told must not take waiting"
    finally:
        holder.kill()
        holder.wait()


def test_a_killed_holder_leaves_no_lock_behind(hold: Hold, tmp_path: Path) -> None:
    holder, _ = hold(tmp_path / "lock")
    holder.kill()
    holder.wait()
    with Lock(tmp_path / "lock") as lock:
        assert lock.take("wanting it") == [], "nobody had to be ended"


def test_what_a_killed_holder_started_is_ended_before_the_lock_is_taken(hold: Hold, tmp_path: Path) -> None:
    holder, (child,) = hold(tmp_path / "lock", "with child")
    holder.kill()
    holder.wait()
    assert not gone(int(child)), "the orphan has to be alive for this test to mean anything"
    with Lock(tmp_path / "lock") as lock:
        assert lock.take("wanting it") == [int(child)]
    assert gone(int(child))


def test_processes_of_other_holders_are_left_alone(hold: Hold, tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"], env={**os.environ, HOLDER_VARIABLE: "1:1"})
    holder, (child,) = hold(tmp_path / "lock", "with child")
    holder.kill()
    holder.wait()
    try:
        with Lock(tmp_path / "lock") as lock:
            assert lock.take("wanting it") == [int(child)]
        assert other.poll() is None, "it carries the mark of somebody else"
    finally:
        other.kill()
        other.wait()


def test_a_live_holders_children_are_not_ended(hold: Hold, tmp_path: Path) -> None:
    holder, (child,) = hold(tmp_path / "lock", "with child")
    try:
        with pytest.raises(Held):
            Lock(tmp_path / "lock").take("wanting it")
        assert not gone(int(child))
    finally:
        holder.kill()
        holder.wait()
        os.kill(int(child), signal.SIGKILL)


def test_a_process_that_was_given_a_dead_holders_id_is_not_the_holder() -> None:
    impostor = Holder(pid=os.getpid(), started=1, since="00:00:00", purpose="long ago")
    assert not impostor.is_alive(), "this process did not start one tick after the machine"


def test_a_released_lock_is_free_even_while_a_child_has_it_open(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    lock.take("first")
    child = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fd])
    try:
        lock.release()
        with Lock(tmp_path / "lock") as second:
            assert second.take("second") == []
    finally:
        child.kill()
        child.wait()


def test_waiting_for_a_lock_ends_when_its_holder_does(
    hold: Hold, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holder, _ = hold(tmp_path / "lock")
    with (
        subprocess.Popen(["sh", "-c", f"sleep 1.5; kill -9 {holder.pid}"]),
        Lock(tmp_path / "lock").wait("wanting it"),
    ):
        assert f"waiting for process {holder.pid}" in capsys.readouterr().out
    holder.wait()
