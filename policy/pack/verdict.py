"""Report on a whole stack read from a file: every rule in turn, in the engine's order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .graph import Graph
from .judge import Judge
from .policies import undecided_text
from .resource import Resource
from .rule import Level, Rule, Scope
from .stacks import Source, Stack

DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One fault: the rule, at the level that is in force, the resource and the whole message."""

    rule: Rule
    level: str
    urn: str
    message: str
    source: Source | None = None

    @property
    def blocks(self) -> bool:
        return self.level == Level.MANDATORY.value


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """A rule's open question, since values are not known yet."""

    rule: Rule
    message: str


@dataclass(frozen=True, kw_only=True)
class PolicyReport:
    """The pack's findings on a stack."""

    stack: str
    resources: int
    rules: tuple[Rule, ...]
    """Rules that ran."""
    violations: tuple[Violation, ...]
    undecided: tuple[Undecided, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing in it blocks an update."""
        return not any(violation.blocks for violation in self.violations)


def judge_stack(
    stack: Stack,
    rules: Iterable[Rule],
    judge: Judge,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> PolicyReport:
    """Judges by `rules`, those of resource scope first. `config` is that of the engine: options and `enforcementLevel`
    by rule."""
    config = config or {}
    chosen = [rule for rule in rules if _level(rule, config) != DISABLED]
    judge.preview = stack.preview
    judge.production = stack.production
    judge.inputs.clear()
    judge.inputs.update(stack.inputs)
    graph = Graph(stack.own, stack.inputs)
    by_token: dict[str, list[Resource]] = defaultdict(list)
    for resource in stack.inputs.values():
        by_token[resource.token].append(resource)
    violations: list[Violation] = []
    undecided: list[Undecided] = []

    for rule in sorted(chosen, key=lambda rule: rule.scope is Scope.STACK):
        level, options = _level(rule, config), _options(config.get(rule.name))

        def report(message: str, urn: str, rule: Rule = rule, level: str = level) -> None:
            violations.append(
                Violation(rule=rule, level=level, urn=urn, message=message, source=stack.sources.get(urn))
            )

        if rule.scope is Scope.STACK:
            places = judge.stack(rule, graph, options, report, stack.secrets)
        else:
            subjects = (resource for token in sorted(rule.tokens) for resource in by_token.get(token, ()))
            places = [place for it in subjects for place in judge.resource(rule, it, options, report, stack.secrets)]
        if places:
            undecided.append(Undecided(rule=rule, message=f"{rule.name}: {undecided_text(places)}"))
    return PolicyReport(
        stack=stack.name,
        resources=len(stack.inputs),
        rules=tuple(chosen),
        violations=tuple(violations),
        undecided=tuple(undecided),
    )


def _level(rule: Rule, config: Mapping[str, Mapping[str, Any]]) -> str:
    for name in (rule.name, "all"):
        level = config.get(name, {}).get("enforcementLevel")
        if level:
            return "mandatory" if level == "remediate" else str(level)
    return rule.level.value


def _options(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (entry or {}).items() if name != "enforcementLevel"}
