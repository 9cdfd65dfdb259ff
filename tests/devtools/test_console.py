"""Output that reads well everywhere: in any encoding, and where nobody reads it any more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from devtools.paths import REPO_ROOT

LINES = """
import sys
from devtools import console
console.readable_everywhere()
if len(sys.argv) > 1:
    console.go_on_unheard()
for number in range(20000):
    console.print_line(f"{number} → ü")
print("worked to the end", file=sys.stderr)
"""


@pytest.mark.parametrize(("going_on", "ends"), [(False, "BrokenPipeError"), (True, "worked to the end")])
def test_a_reader_that_has_gone_ends_what_only_prints_and_nothing_that_works(going_on: bool, ends: str) -> None:
    arguments = [sys.executable, "-c", LINES, *(["go on"] if going_on else [])]
    with subprocess.Popen(
        arguments, cwd=REPO_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "0 → ü\n"
        process.stdout.close()
        assert ends in process.stderr.read()
    assert (process.returncode == 0) is going_on


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_a_character_gets_a_question_mark(encoding: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "saleday", "preview", "--stack", "né→"],
        cwd=REPO_ROOT, env=environment, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"there is no Pulumi.n" in done.stderr
