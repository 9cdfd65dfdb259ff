"""`python -m devtools.ci.actionlint`: checks the workflows with actionlint, built once from its Go module."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.console import print_error, print_line
from devtools.locks import Lock
from devtools.toolchain import cache_folder

MODULE = Path(__file__).parent / "actionlint"
PACKAGE = "github.com/rhysd/actionlint/cmd/actionlint"
WORKFLOWS = Path(__file__).resolve().parents[2] / ".github" / "workflows"
BUILD_SECONDS = 600
CHECK_SECONDS = 60


class ActionlintError(Exception):
    """The checker can't be had: one line that says why and what would help."""


def executable() -> Path:
    """The checker, built if need be: 35 s of one CPU. Raises ActionlintError."""
    pins = hashlib.sha256((MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes()).hexdigest()[:12]
    name = f"actionlint-{platform.system()}-{platform.machine()}-{pins}".lower()
    target = cache_folder() / name / "actionlint"
    if target.is_file():
        return target
    go = shutil.which("go")
    if go is None:
        raise ActionlintError(
            "actionlint is built by Go 1.26 or later, and there is no `go` on PATH: https://go.dev/dl"
        )
    with Lock(cache_folder() / "actionlint.lock").wait("building actionlint") as lock:
        if not target.is_file():  # whoever was waited for may have built it
            _build(go, target, lock)
    return target


def _build(go: str, target: Path, lock: Lock) -> None:
    print_line("actionlint: building it from its Go module, once; about half a minute")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    built = subprocess.run(
        [go, "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", str(unfinished), PACKAGE],
        cwd=MODULE,
        # A workspace file above the tree would change what is built.
        env={**os.environ, "GOWORK": "off", "CGO_ENABLED": "0", **lock.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        pass_fds=[lock.fd],
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode != 0:
        reason = (built.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ActionlintError(f"actionlint: the build failed: {reason}")
    unfinished.rename(target)


def check(files: list[Path]) -> list[str]:
    """What actionlint finds in these workflows, a line each; nothing where all is well. Raises ActionlintError."""
    ended = subprocess.run(
        # Without the helpers that may or may not be on PATH: the same findings on every machine.
        [str(executable()), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *map(str, files)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS,
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise ActionlintError(f"actionlint: {(ended.stderr.strip().splitlines() or ['it failed'])[-1]}")
    return ended.stdout.splitlines()


def main() -> int:
    files = sorted(WORKFLOWS.glob("*.yml"))
    try:
        found = check(files)
    except (ActionlintError, OSError, subprocess.SubprocessError) as error:
        print_error(str(error))
        return 1
    for line in found:
        print_error(line)
    if not found:
        print_line(f"actionlint: {len(files)} workflows are well-formed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
