"""The AWS plugin, configured for Mumbai."""

from __future__ import annotations

import pytest

from tests.devtools.rehearsal.asked_plugin import Asked


@pytest.fixture
def aws() -> Asked:
    return Asked()
