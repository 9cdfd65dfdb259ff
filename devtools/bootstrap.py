"""Set-up of a fresh clone: the virtual environment and the Pulumi CLI.

`python3 -m devtools.bootstrap` makes what is missing and reports it; silent and done in 0.1 s where nothing is
missing. Safe to run again after it was killed, and to run twice at once. Standard library only, since it runs before
anything is installed.
"""

from __future__ import annotations

import sys

OLDEST_PYTHON = (3, 11)

if sys.version_info < OLDEST_PYTHON:  # before the imports, which an older Python may not even parse
    sys.exit(
        "python: {} is {}.{}, but this needs 3.11 or later; name one: make PYTHON=python3.11".format(
            sys.executable, *sys.version_info[:2]
        )
    )

import hashlib
import os
import subprocess
import threading
import time
from pathlib import Path

from devtools import go_build, toolchain
from devtools.console import Heartbeat, elapsed, print_error, print_line
from devtools.locks import Lock, end_children
from devtools.paths import REPO_ROOT, STATE_DIR, VENV

PACKAGES = REPO_ROOT / "requirements.lock"
"""Every package with its version and hashes, from requirements-dev.txt (`make lock`)."""


class SetupError(Exception):
    """The set-up failed: one line with the cause and the remedy."""


def requirements_stamp() -> str:
    """Hash of the virtual environment's content: the pinned packages and the Python version."""
    return hashlib.sha256(sys.version.encode() + PACKAGES.read_bytes()).hexdigest()


def venv_is_ready() -> bool:
    """Whether the virtual environment was finished, from these requirements, and its Python is still there."""
    stamp = VENV / "requirements.sha256"
    return stamp.is_file() and stamp.read_text() == requirements_stamp() and (VENV / "bin" / "python").exists()


def make_venv(lock: Lock) -> None:
    """Install the pinned packages: into the present environment where that was once finished, else into a new one."""
    stamp = VENV / "requirements.sha256"
    was_finished = stamp.is_file() and (VENV / "bin" / "python").exists()
    log = STATE_DIR / "venv.log"
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    step = "bringing .venv up to date" if was_finished else "making .venv"
    print_line(f"python: {step} from {PACKAGES.name} (log: {log})")
    log.write_text("")
    if not was_finished:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "making .venv", log, lock)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
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
    with log.open("a") as output, Heartbeat(f"python: {step}", lambda: _last_line(log)):
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
        raise SetupError(f"python: {step} {how}: {_last_line(log)} (log: {log})")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:120] if lines else ""


def main() -> int:
    try:
        set_up()
    except (SetupError, go_build.GoError, OSError) as error:
        print_error(str(error))
        return 1
    except KeyboardInterrupt:
        print_error("set-up interrupted; run it again, it goes on where it stopped")
        return 130
    finally:
        end_children()
    return 0


if __name__ == "__main__":
    sys.exit(main())
