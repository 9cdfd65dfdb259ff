"""The simulation is compiled once a tree, by one of the workers that run the tests: the others wait for it."""

from __future__ import annotations

import fcntl

import pytest

from devtools.paths import STATE_DIR


@pytest.fixture(scope="session")
def compiled_once():
    from sale.simulation import result

    STATE_DIR.mkdir(exist_ok=True)
    with (STATE_DIR / "compiling.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result.warm_up()
