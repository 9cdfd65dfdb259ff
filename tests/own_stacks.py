"""This tree's own stacks: whoever takes the tree over changes them, so tests hold them to properties, never to values.

All other tests stand on the examples in tests/stacks/, which `stack_file` reads in tests where no folder is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from devtools.paths import EXAMPLE_STACKS, REPO_ROOT
from devtools.recording import programs
from devtools.recording.recorded import Recorded
from settings import stack_file


class StackFile(NamedTuple):
    """A stack and where its file is."""

    name: str
    folder: Path

    def recorded(self) -> Recorded:
        return programs.recorded(self.name, self.folder)


def _differs(name: str) -> bool:
    """Whether a stack of this tree is another one than the example of its name; what can't be read is."""
    if name not in stack_file.known(EXAMPLE_STACKS):
        return True
    try:
        return stack_file.read(name, REPO_ROOT) != stack_file.read(name, EXAMPLE_STACKS)
    except stack_file.BadInput:
        return True


OWN: Final = [
    pytest.param(StackFile(name, REPO_ROOT), id=name, marks=pytest.mark.own_stacks)
    for name in stack_file.known(REPO_ROOT)
]
"""Parameters of tests that are about this tree's own stacks."""
OWN_SAMPLED: Final = [
    *OWN[:1],
    *(pytest.param(*one.values, id=one.id, marks=[*one.marks, pytest.mark.thorough]) for one in OWN[1:]),
]
"""The same where looking at a stack takes seconds: one of them, the others in the thorough tests."""


def examples_and_own(examples: Iterable[str]) -> list[object]:
    """Parameters of tests that hold for any stack: examples, and this tree's own stacks that differ from them."""
    return [
        *(pytest.param(StackFile(name, EXAMPLE_STACKS), id=f"example-{name}") for name in examples),
        *(param for param in OWN if _differs(str(param.id))),
    ]
