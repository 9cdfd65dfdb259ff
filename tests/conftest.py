"""What all tests share: how often Python looks for garbage, the stacks they stand on, and programs recorded once."""

from __future__ import annotations

import gc

import hypothesis
import pytest

from devtools.paths import EXAMPLE_STACKS
from settings import stack_file
from tests import sharing

GARBAGE_THRESHOLDS = (50_000, 20, 100)
"""Allocations between two looks at what is new, and how many of those between two looks at what is older. The SDK's
modules are a million objects that stay: with Python's own (700, 10, 10) a third of the tests' time went into them."""


hypothesis.settings.register_profile("tree", deadline=None)  # machines are noisy: no test fails by the clock
hypothesis.settings.load_profile("tree")


def pytest_configure(config: pytest.Config) -> None:
    stack_file.FOLDER = EXAMPLE_STACKS  # before tests are collected, which some stacks are read for
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        sharing.share_recordings(worker["testrunuid"])
    elif config.getoption("numprocesses", None):
        sharing.begin()


def pytest_collection_finish() -> None:
    gc.freeze()  # the modules that the tests have loaded


def pytest_sessionfinish() -> None:
    gc.freeze()  # pytest looks for garbage five times over before it leaves
