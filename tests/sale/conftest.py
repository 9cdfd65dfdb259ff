"""The simulation is compiled before the first test that plays, so that its time counts for none of them."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def compiled_once():
    from sale.simulation import result

    result.warm_up()
