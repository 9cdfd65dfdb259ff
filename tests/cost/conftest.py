"""The simulation is compiled once a tree here too."""

from tests.sale.conftest import compiled_once

__all__ = ["compiled_once"]
