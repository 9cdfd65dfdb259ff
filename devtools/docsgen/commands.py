"""The page of commands, from the Makefile: targets with their words, and what each variable is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from devtools.docsgen.docstrings import row
from devtools.paths import REPO_ROOT

MAKEFILE: Final = REPO_ROOT / "Makefile"
_TARGET: Final = re.compile(r"^([a-z][a-z-]*):.*?##\s*(.+)$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"^# ([A-Z]+): (.+)$", re.MULTILINE)
_MARK: Final = re.compile(r"\[(AWS[^\]]*)\]")  # of targets that talk to an account
_INTRODUCTION: Final = """# Commands

<!-- Written by `make docs` from the Makefile; change it there. -->

`make <target> VARIABLE=value`. **Nothing here touches AWS but the targets marked so.** Each sets up what it needs
first. A command that fails ends with the exit code 2, as make has it; its own code stands behind `Error`: 1 for bad
input or a failure, 3 where something falls short or would fail.
"""


def targets(makefile: str) -> dict[str, str]:
    """Description of each target by name."""
    return dict(_TARGET.findall(makefile))


def variables(makefile: str) -> dict[str, str]:
    """Description of each variable by name."""
    return dict(_VARIABLE.findall(makefile))


def render() -> str:
    """The page."""
    return "\n".join(_lines(MAKEFILE.read_text()))


def _lines(makefile: str) -> Iterator[str]:
    yield _INTRODUCTION
    yield from (row("target", "what for"), row("---", "---"))
    for name, meaning in targets(makefile).items():
        yield row(f"`make {name}`", _MARK.sub(r"**\1**", meaning))
    yield from ("", "## Variables", "", row("variable", "what it is"), row("---", "---"))
    for name, meaning in variables(makefile).items():
        yield row(f"`{name}`", meaning)
    yield ""
