"""Set-up of a fresh clone: the virtual environment and the Pulumi CLI.

Makes what is missing and reports it; silent and done in 0.1 s where nothing is missing. Safe to run again after it was
killed, and to run twice at once. Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from devtools import disk, go_build, toolchain
from devtools.console import Heartbeat, elapsed, print_error, print_line, readable_everywhere
from devtools.locks import Lock, end_children
from devtools.paths import REPO_ROOT, STATE_DIR, VENV

PACKAGES = REPO_ROOT / "requirements.lock"
"""Every package with its version and hashes, from requirements-dev.txt (`make lock`)."""


UNREACHABLE = (
    "connection broken by",
    "Max retries exceeded",
    "Failed to establish",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Could not fetch URL",
    "Connection refused",
    "timed out",
)
"""How pip's log tells of an index that doesn't answer."""


class SetupError(Exception):
    """The set-up failed: one line with the cause and the remedy."""


def requirements_stamp() -> str:
    """Hash of the virtual environment's content: the pinned packages and the Python version."""
    return hashlib.sha256(sys.version.encode() + PACKAGES.read_bytes()).hexdigest()


def venv_is_ready() -> bool:
    """Whether the virtual environment was finished, from these requirements, and its Python is still there."""
    stamp = VENV / "requirements.sha256"
    return stamp.is_file() and stamp.read_text() == requirements_stamp() and (VENV / "bin" / "python").exists()


def _has_this_python() -> bool:
    """Whether the present environment was made with the Python that this is: another's packages are of no use to it."""
    try:
        made = re.search(r"^version *= *(\S+)", (VENV / "pyvenv.cfg").read_text(), re.MULTILINE)
    except OSError:
        return False
    return made is not None and made[1] == platform.python_version()


def make_venv(lock: Lock) -> None:
    """Install the pinned packages: into the present environment where that was once finished, else into a new one."""
    stamp = VENV / "requirements.sha256"
    was_finished = stamp.is_file() and (VENV / "bin" / "python").exists() and _has_this_python()
    log = STATE_DIR / "venv.log"
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    step = "bringing .venv up to date" if was_finished else "making .venv"
    print_line(f"python: {step} from {PACKAGES.name} (log: {log})")
    log.write_text("")
    if not was_finished:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "making .venv", log, lock)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    pip += ["--progress-bar", "off", "--retries", "2", "--timeout", "15"]
    # Uncompiled: of the three thousand modules of the SDK a few hundred are loaded, and Python compiles those then.
    what = ["--no-compile", "--no-deps", "--require-hashes", "--requirement", str(PACKAGES)]
    _run([*pip, *what], "installing packages", log, lock)
    stamp.write_text(requirements_stamp())
    print_line(f"python: .venv is ready after {elapsed(time.monotonic() - started)}")


def set_up() -> toolchain.Pulumi:
    """Make whatever is missing, the CLI and the virtual environment at the same time, and return the CLI.

    Raises SetupError or GoError; partial results are never taken for finished.
    """
    note = STATE_DIR / "pulumi-on-path.json"
    pulumi = toolchain.ready(note)
    if pulumi is not None and venv_is_ready():
        return pulumi
    with Lock(STATE_DIR / "locks" / "setup.lock").wait("setting up the tree") as tree_lock:
        build = _Build(pulumi)
        if not venv_is_ready():
            make_venv(tree_lock)
        return build.result()


class _Build:
    """The CLI, if need be built in a thread of its own: that takes longer than everything else together."""

    def __init__(self, pulumi: toolchain.Pulumi | None) -> None:
        self._pulumi = pulumi
        self._error: Exception | None = None
        # A daemon: where the packages can't be installed, the set-up ends at once instead of after the build.
        self._thread = threading.Thread(target=self._build, name="build pulumi", daemon=True)
        self._thread.start()

    def _build(self) -> None:
        try:
            if self._pulumi is None:
                with Lock(go_build.cache_folder() / "build.lock").wait("building the Pulumi CLI") as lock:
                    # Whoever was waited for may have built it.
                    self._pulumi = toolchain.already_built() or toolchain.build(lock)
        except (go_build.GoError, OSError) as error:
            self._error = error

    def result(self) -> toolchain.Pulumi:
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._pulumi is not None
        return self._pulumi


def _run(command: list[str], step: str, log: Path, lock: Lock) -> None:
    """Run one command of the set-up with its output in the log, a heartbeat, and its last line as the error where it
    fails."""
    with log.open("a") as output, Heartbeat(f"python: {step}", lambda: _progress(log)):
        process = subprocess.run(
            command,
            cwd=REPO_ROOT,
            env={**os.environ, **lock.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[lock.fd],
            check=False,
        )
    if process.returncode != 0:
        how = f"was ended by signal {-process.returncode}" if process.returncode < 0 else "failed"
        raise SetupError(f"python: {step} {how}: {_reason(log)} (log: {log})")


def _progress(log: Path) -> str:
    """How many packages pip has looked at, by its log."""
    lines = log.read_text(errors="replace").splitlines()
    seen = sum(line.lstrip().startswith(("Collecting ", "Requirement already satisfied")) for line in lines)
    return f"{seen} packages so far" if seen else _last_line(log)


def _reason(log: Path) -> str:
    """Why pip failed; its own last words are of no help where it can't reach the index or has no room."""
    text = log.read_text(errors="replace")
    if "No space left on device" in text:
        return disk.full(VENV.parent)
    for line in text.splitlines():
        if any(sign in line for sign in UNREACHABLE):
            host = re.search(r"host='([^']+)'", line) or re.search(r"://(?:[^@/\s]*@)?([^/\s'\"]+)", text)
            place = f" at {host[1]}" if host else ""
            return (
                f"the package index{place} can't be reached; see to the network, a proxy or pip's index-url, try again"
            )
    return _last_line(log)


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:120] if lines else ""


def main() -> int:
    """The set-up's exit code."""
    readable_everywhere()
    try:
        set_up()
    except (SetupError, go_build.GoError) as error:
        print_error(str(error))
        return 1
    except OSError as error:
        print_error(f"set-up: {disk.explained(error)}")
        return 1
    except KeyboardInterrupt:
        print_error("set-up interrupted; run it again, it goes on where it stopped")
        return 130
    finally:
        end_children()
    return 0
