"""The command line of the pack judges, in tests, by the rules that came with it."""

from __future__ import annotations

import pytest

from policy.pack import __main__ as command
from policy.pack.registry import SHIPPED


@pytest.fixture(autouse=True)
def shipped_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "RULES", SHIPPED)
