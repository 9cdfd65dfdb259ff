"""`python -m tests.ready`: compiles what the tests need, once a tree.

The simulation's loops take one core some 15 s, and Python's own bytecode of the SDK and of the tests another as long:
at the same time here, instead of in each of pytest's workers.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

from devtools.paths import REPO_ROOT
from devtools.rehearsal.program import Program
from sale.simulation.compiled import is_complete
from saleday.sale_simulation import make_ready


def load() -> None:
    """Import the tests and what they will use of the SDK; failures are the tests' own to tell."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    Program(REPO_ROOT).load()
    pytest.main(["--collect-only", "-qq"])


def main() -> None:
    if is_complete():
        return
    loading = multiprocessing.get_context("spawn").Process(target=load)
    loading.start()
    make_ready()
    loading.join()


if __name__ == "__main__":
    main()
