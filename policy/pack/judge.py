"""Runs rules: over one resource before each operation, over the whole graph at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .configuration import Configuration
from .graph import Graph
from .redaction import Secrets
from .resource import STACK_TOKEN, Resource, stack_of
from .rule import Rule, RuleContext
from .values import UndecidedError
from .waivers import Waivers

NONE = Secrets()
"""Default: no known secret values."""

Report = Callable[[str, str], None]
"""Takes the message of one violation and the URN of the resource it is about."""


@dataclass(kw_only=True)
class Judge:
    """Evaluates rules with the waivers in force, and keeps one run's inputs of the program.

    `preview` tells whether values may still be unknown. In an update none may: an undecided rule is then a
    violation, so that nothing passes for want of a value.
    """

    waivers: Waivers = field(default_factory=Waivers)
    configuration: Configuration = field(default_factory=Configuration)
    """Levels and options configured for the run, to report what they disable."""
    preview: bool | None = None
    production: bool = False
    """Whether the stack's settings mark it as production."""
    inputs: dict[str, Resource] = field(default_factory=dict)
    _undecided: set[tuple[str, str]] = field(default_factory=set)

    def resource(
        self, rule: Rule, resource: Resource, config: Mapping[str, Any], report: Report, secrets: Secrets = NONE
    ) -> list[str]:
        """Judges one resource by a rule of resource scope; returns what could not be decided."""
        self.inputs[resource.urn] = resource
        context = RuleContext(stack=resource.stack, options=rule.settings(config), said_production=self.production)
        if rule.production_only and not context.production:
            return []
        return self._run(rule, [resource], context, report, secrets)

    def early(
        self, rule: Rule, resource: Resource, config: Mapping[str, Any], report: Report, secrets: Secrets = NONE
    ) -> None:
        """Judges one resource alone by a rule of stack scope, before an operation of an update."""
        context = RuleContext(stack=resource.stack, options=rule.settings(config), said_production=self.production)
        if not self.in_preview and not (rule.production_only and not context.production):
            self._run(rule, [resource], context, report, secrets)

    def stack(
        self, rule: Rule, graph: Graph, config: Mapping[str, Any], report: Report, secrets: Secrets = NONE
    ) -> list[str]:
        """Judges the graph by a rule of stack scope; returns what could not be decided."""
        stack = next((stack_of(resource.urn) for resource in graph.resources), "")
        faults = () if rule.tokens or rule.subjects else tuple(self.waiver_faults(stack))
        context = RuleContext(
            stack=stack,
            options=rule.settings(config),
            graph=graph,
            waiver_faults=faults,
            said_production=self.production,
        )
        if rule.production_only and not context.production:
            return []
        return self._run(rule, _subjects(rule, graph), context, report, secrets)

    def waiver_faults(self, stack: str) -> list[str]:
        """Faults of the waivers after every other rule has run, and rules loosened without one."""
        unwaived = list(self.configuration.unwaived(stack, self.waivers.allows, production=self.production))
        unmatched = [
            f"{waiver} covers no violation"
            for waiver in self.waivers.unmatched(stack)
            if not any(waiver.covers(rule, urn) for rule, urn in self._undecided)
        ]
        return [*self.waivers.faults, *unmatched, *self.waivers.too_wide(), *unwaived]

    def _run(
        self, rule: Rule, subjects: Iterable[Resource], context: RuleContext, report: Report, secrets: Secrets
    ) -> list[str]:
        undecided: list[str] = []
        for subject in subjects:
            try:
                for problem in rule.check(subject, context):
                    self._violation(rule, subject, secrets.redacted(problem, self._names), report)
            except UndecidedError as error:
                if self.in_preview:
                    self._undecided.add((rule.name, subject.urn))
                    undecided.append(f"{subject.name}.{error.path}")
                else:
                    self._violation(rule, subject, f"{error.path} is still unknown, so the rule can't pass", report)
        return undecided

    def _violation(self, rule: Rule, subject: Resource, problem: str, report: Report) -> None:
        if not self.waivers.covers(rule.name, subject.urn):
            report(f"{rule.name}: {subject.name}: {problem}. {rule.remedy}", subject.urn)

    def _names(self) -> set[str]:
        return {resource.name for resource in self.inputs.values()}

    @property
    def in_preview(self) -> bool:
        if self.preview is None:  # the engine tells a pack by its environment, newer ones also by a call
            return os.environ.get("PULUMI_DRY_RUN", "true") != "false"
        return self.preview


def _subjects(rule: Rule, graph: Graph) -> Iterable[Resource]:
    if rule.subjects:
        return rule.subjects(graph)
    return graph.of(*sorted(rule.tokens)) if rule.tokens else [_root(graph)]


def _root(graph: Graph) -> Resource:
    """The stack as a resource, for rules about what a stack must have."""
    roots = graph.of(STACK_TOKEN)
    return roots[0] if roots else Resource(STACK_TOKEN, "stack", {})
