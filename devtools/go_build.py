"""Executables from Go modules: built once per content, kept in the user's cache outside of the tree.

A killed build leaves nothing that could be taken for finished; the next one continues from Go's own build cache.
Standard library only: the set-up uses it before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from devtools.console import Heartbeat
from devtools.locks import Lock

MAX_REASON = 300
"""Characters of Go's message that an error repeats."""


class GoError(Exception):
    """An executable can't be built: one line with the cause and the remedy."""


def cache_folder() -> Path:
    """The cache of built executables, outside of the tree so that clones share it. Raises GoError without a home."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "")
    # A relative one is to be ignored, by https://specifications.freedesktop.org/basedir-spec.
    return (base if base.is_absolute() else _home() / ".cache") / "saleday"


def _home() -> Path:
    """The user's home. Raises GoError where there is none."""
    home = os.environ.get("HOME")
    if home is None:
        with suppress(RuntimeError):  # no entry for this user
            return Path.home()
    elif Path(home).is_absolute():
        return Path(home)
    raise GoError(
        f"HOME: there is no home for the cache of built tools (got {home or 'nothing'}); "
        "set HOME, or XDG_CACHE_HOME, to a folder that you may write to"
    )


def cached(name: str, inputs: Iterable[Path], root: Path) -> Path:
    """The cache's folder for what is built of these files under `root` on this platform."""
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(f"\0{path.relative_to(root)}\0".encode() + path.read_bytes())
    return cache_folder() / f"{name}-{platform.system()}-{platform.machine()}-{digest.hexdigest()[:12]}".lower()


class Go:
    """Go's commands under a lock: with progress, and traceable, so that the next run ends a killed build's orphans.

    Raises GoError with `remedy` where there is no `go` on PATH.
    """

    def __init__(self, lock: Lock, *, remedy: str, **environment: str) -> None:
        path = shutil.which("go")
        if path is None:
            raise GoError(remedy)
        self.path = path
        self._lock = lock
        self._environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
            "GOWORK": "off",  # a workspace file above the tree would change what is built
            **environment,
            **lock.environment,
        }

    def run(self, *arguments: str, folder: Path, step: str, log: Path) -> str:
        """The standard output of `go ARGUMENTS` in `folder`; Go's messages go to `log`. Raises GoError."""
        with log.open("a") as messages:
            messages.write(f"$ go {' '.join(arguments)}\n")
            messages.flush()
            start = messages.tell()
            process = subprocess.Popen(
                [self.path, *arguments],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
                pass_fds=[self._lock.fd],
            )
            with Heartbeat(step, lambda: _status(log, start)):
                try:
                    output, _ = process.communicate()
                finally:
                    if process.poll() is None:
                        process.terminate()
                        process.wait()
        if process.returncode != 0:
            raise GoError(f"{step} failed: {_reason(log, start, output)} (log: {log})")
        return output


def _status(log: Path, start: int) -> str:
    """The build's progress by Go's own log: modules fetched, then packages compiled."""
    lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
    compiled = [line for line in lines if line and not line.startswith(("go: ", "$ "))]
    if not compiled:
        return f"{sum(line.startswith('go: downloading') for line in lines)} modules fetched"
    return f"{len(compiled)} packages compiled, now {compiled[-1]}"


def _reason(log: Path, start: int, output: str) -> str:
    text = log.read_bytes()[start:].decode(errors="replace") + "\n" + output
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith(("go: downloading", "# "))]
    return (errors or lines or ["no reason given"])[-1][:MAX_REASON]
