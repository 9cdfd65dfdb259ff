"""Machine code of the simulation is made once a tree."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from devtools.paths import REPO_ROOT

pytestmark = pytest.mark.usefixtures("compiled_once")

LOADS = """
import sys
from sale.simulation import kernel, result, steady
from sale.simulation.compiled import twin
assert "numba" not in sys.modules, "closed forms need no compiler"
{before}
kept = result.warm_up()
print(kept, len(twin(kernel.run).stats.cache_misses), len(twin(kernel.run).stats.cache_hits))
"""
READ_ONLY = """
import contextlib
from sale.simulation import compiled
compiled._only_one = lambda folder: contextlib.nullcontext(False)
"""


@pytest.mark.parametrize("before", ["", READ_ONLY], ids=["a tree", "a tree that can't be written to"])
def test_a_second_process_compiles_nothing(before):
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", LOADS.format(before=before)]
    done = subprocess.run(command, cwd=REPO_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "1"]
