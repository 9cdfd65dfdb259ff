"""D2 and AWS's icons: installed from their wheels, as pinned in the requirements.txt here, into the user's cache.

Nothing else needs them, so the tree's environment does without their 80 MB.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devtools.console import print_line
from devtools.go_build import cache_folder, cached
from devtools.locks import Lock

REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
INSTALL_SECONDS: Final = 300
DRAW_SECONDS: Final = 60


class DiagramError(Exception):
    """No picture can be drawn: one line with the cause and the remedy."""


@dataclass(frozen=True)
class Tools:
    d2: Path
    icons: Path
    """Folder that holds `compute/fargate.png` and the like."""

    def draw(self, text: str, *options: str) -> str:
        """D2's text as SVG. Raises DiagramError."""
        drawn = subprocess.run(
            [str(self.d2), *options, "-", "-"],
            input=text,
            capture_output=True,
            text=True,
            timeout=DRAW_SECONDS,
            check=False,
        )
        if drawn.returncode != 0:
            raise DiagramError(f"d2: {drawn.stderr.strip().removeprefix('err: ')}")
        return drawn.stdout


def tools() -> Tools:
    """The tools, installed if need be: 26 MB to download, some ten seconds. Raises DiagramError."""
    target = cached("diagram", [REQUIREMENTS], REQUIREMENTS.parent)
    if not target.is_dir():
        with Lock(cache_folder() / "diagram.lock").wait("installing D2 and AWS's icons"):
            if not target.is_dir():  # whoever was waited for may have done it
                _install(target)
    return Tools(d2=target / "bin" / "d2", icons=target / "resources" / "aws")


def _install(target: Path) -> None:
    print_line("diagram: installing D2 and AWS's icons, once")
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # Without what else the wheels name: of `diagrams` only the icons are wanted.
    exactly = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile", "--requirement"]
    installed = subprocess.run(
        [*pip, "--target", str(unfinished), *exactly, str(REQUIREMENTS)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if installed.returncode != 0:
        raise DiagramError(f"pip can't install D2 and AWS's icons: {_reason(installed.stderr)}")
    unfinished.rename(target)


def _reason(messages: str) -> str:
    return (messages.strip().splitlines() or ["no reason given"])[-1]
