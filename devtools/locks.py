"""Locks that a killed process can't leave behind.

A lock is an `flock` on a file: the kernel releases it when the last process that has the file open is gone. The engine
and its plugins inherit the open file from the process that starts them, so a lock stays taken for as long as an orphan
of a killed run is alive. They also inherit an environment variable that names the holder, by which the next run knows
its predecessor's orphans from anybody else's processes, and ends them.

Standard library only: the set-up uses it before anything is installed.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from devtools.console import HEARTBEAT_SECONDS, elapsed, print_line

WAIT_SECONDS = 0.1
"""Interval between attempts to take a lock that another process has."""

ORPHAN_GRACE_SECONDS = 5.0
"""Time for an orphaned engine to end after SIGTERM, before SIGKILL."""

TAKEOVER_SECONDS = 15.0
"""A dead holder's orphans release the lock a moment after they have ended; after this long, another process has it."""

HOLDER_VARIABLE = "SALEDAY_LOCK_HOLDER"

PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Holder of a lock: process id, its start in clock ticks since boot (0 if unknown), time of day, purpose."""

    pid: int
    started: int
    since: str
    purpose: str

    def is_alive(self) -> bool:
        """Whether that very process still runs; a later process with the same id doesn't count."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return self.started == 0 or _start_of(self.pid) == self.started

    @property
    def mark(self) -> str:
        """Marker in the environment of every process started under the lock: `NAME=value`."""
        return f"{HOLDER_VARIABLE}={self.pid}:{self.started}"

    def __str__(self) -> str:
        return f"process {self.pid}, {self.purpose}, since {self.since}"


class Held(Exception):
    """A live process has the lock: holder, purpose and start."""


class Lock:
    """An exclusive lock on `path`, held from `try_acquire` until `release` or until the process and its children are
    gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The open file: pass it on to child processes (`pass_fds`), so that the lock lives as long as they do."""
        if self._fd is None:
            raise ValueError(f"{self.path} is not held")
        return self._fd

    @property
    def environment(self) -> dict[str, str]:
        """Environment for child processes, which marks them as this holder's."""
        return {HOLDER_VARIABLE: _own_mark().partition("=")[2]}

    def try_acquire(self, purpose: str) -> bool:
        """Take the lock without waiting; False when another process has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        pid = os.getpid()
        holder = Holder(pid=pid, started=_start_of(pid), since=time.strftime("%H:%M:%S"), purpose=purpose)
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(asdict(holder)).encode(), 0)
        self._fd = fd
        return True

    def take(self, purpose: str) -> list[int]:
        """Take a free lock or that of a dead holder, and return the holder's orphans that were ended for that.

        Raises Held while the holder is alive.
        """
        ended: list[int] = []
        deadline = time.monotonic() + TAKEOVER_SECONDS
        while not self.try_acquire(purpose):
            holder = self.holder()
            if time.monotonic() > deadline or (holder is not None and holder.is_alive()):
                raise Held(str(holder or "another process"))
            ended += self.end_orphans()
            time.sleep(WAIT_SECONDS)
        return ended

    def wait(self, purpose: str) -> Lock:
        """Take the lock as soon as it is free, saying who has it; orphans of a killed holder are ended."""
        asked = time.monotonic()
        due = asked + 1.0
        while True:
            try:
                self.take(purpose)
                return self
            except Held as held:
                if time.monotonic() >= due:
                    print_line(f"waiting for {held}: {elapsed(time.monotonic() - asked)}")
                    due = time.monotonic() + HEARTBEAT_SECONDS
            time.sleep(WAIT_SECONDS)

    def release(self) -> None:
        """Release the lock; no effect if it is not held."""
        if self._fd is not None:
            # Unlocked and not merely closed: a child that is still ending has the same open file.
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None

    def holder(self) -> Holder | None:
        """The last holder of the lock, alive or not; None when the file is still empty."""
        try:
            return Holder(**json.loads(self.path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def end_orphans(self) -> list[int]:
        """End the processes that a killed holder left running, and return their process ids.

        Does nothing while the holder itself is alive.
        """
        holder = self.holder()
        if holder is None or holder.is_alive():
            return []
        return _end(holder.mark)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.release()


def end_children() -> list[int]:
    """End what this process started under its locks and is still running; for the way out after an error or an
    interrupt."""
    return _end(_own_mark())


def _own_mark() -> str:
    pid = os.getpid()
    return Holder(pid=pid, started=_start_of(pid), since="", purpose="").mark


def _end(mark: str) -> list[int]:
    """End all processes that hold `mark`, gently first, and return the process ids ended."""
    ended: list[int] = []
    for stop in (signal.SIGTERM, signal.SIGKILL):
        marked = _marked(mark)
        for pid in marked:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, stop)
        ended += [pid for pid in marked if pid not in ended]
        deadline = time.monotonic() + ORPHAN_GRACE_SECONDS
        while _marked(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
    return ended


def _marked(mark: str) -> list[int]:
    """Processes whose environment has `mark`. Empty without /proc."""
    wanted = mark.encode()
    pids = []
    for process in PROC.glob("[0-9]*") if PROC.is_dir() else ():
        with suppress(OSError):  # ended meanwhile, or another user's
            if int(process.name) != os.getpid() and wanted in (process / "environ").read_bytes().split(b"\0"):
                pids.append(int(process.name))
    return pids


def _start_of(pid: int) -> int:
    """Start of a process in clock ticks since boot; 0 where unknown and -1 for one that has ended."""
    if not PROC.is_dir():
        return 0
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return -1
    # The second field is the command in brackets, which may itself hold blanks and brackets.
    fields = stat.rpartition(")")[2].split()
    return -1 if fields[0] == "Z" else int(fields[19])
