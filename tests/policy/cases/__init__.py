"""What each rule has to say, as tables: one module for each group of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.policy.harness import It

KINDS = ("passes", "fails", "unknown", "absent")


@dataclass(frozen=True)
class Case:
    """One stack and what a rule says of it.

    `kind` is what the case shows: a stack that passes, one that fails, one with a value that is not known yet, one
    where something is absent. `outcome` is what must come out; `says` a part of the message.
    """

    rule: str
    kind: str
    outcome: str
    stack: tuple[It, ...]
    says: str = ""
    name: str = "prod"
    config: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}-{self.kind}-{self.says.replace(' ', '_') or self.outcome}"


class Table:
    """Collects the cases of one module, a line each."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def passes(self, rule: str, *stack: It, **more: Any) -> None:
        self.cases.append(Case(rule, "passes", "passes", stack, **more))

    def fails(self, rule: str, *stack: It, says: str, **more: Any) -> None:
        self.cases.append(Case(rule, "fails", "fails", stack, says=says, **more))

    def unknown(self, rule: str, outcome: str, *stack: It, **more: Any) -> None:
        """`outcome` is `undecided`, or `passes` / `fails` where the rule needs no value to decide."""
        self.cases.append(Case(rule, "unknown", outcome, stack, **more))

    def absent(self, rule: str, outcome: str, *stack: It, **more: Any) -> None:
        self.cases.append(Case(rule, "absent", outcome, stack, **more))
