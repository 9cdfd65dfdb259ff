"""The rules as policies of `pulumi_policy`: one policy per rule, so that each has its own name, level and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from .configuration import LEVEL, Configuration
from .graph import Graph
from .judge import Judge, Report
from .resource import Resource, canonical
from .rule import Rule, Scope
from .values import plain

# Values listed in an advisory; the others are counted.
_LISTED = 5


class RulePolicy(Policy):
    """Base of this pack's policies: their rule, and the judge that they share."""

    rule: Rule
    judge: Judge


class ResourceRulePolicy(ResourceValidationPolicy, RulePolicy):
    """A rule of resource scope."""

    def __init__(self, rule: Rule, judge: Judge) -> None:
        super().__init__(validate=self._check, **_described(rule))
        self.rule, self.judge = rule, judge

    def _check(self, args: ResourceValidationArgs, report: Report) -> None:
        if canonical(args.resource_type) in self.rule.tokens:
            raise_undecided(self.judge.resource(self.rule, before(args), plain(args.get_config()), report))


class StackRulePolicy(StackValidationPolicy, RulePolicy):
    """A rule of stack scope."""

    def __init__(self, rule: Rule, judge: Judge) -> None:
        super().__init__(validate=self._check, **_described(rule))
        self.rule, self.judge = rule, judge

    def _check(self, args: StackValidationArgs, report: Report) -> None:
        graph = Graph(map(after, args.resources), self.judge.inputs)
        raise_undecided(self.judge.stack(self.rule, graph, plain(args.get_config()), report))


def policies(rules: Iterable[Rule], judge: Judge) -> list[Policy]:
    kinds = {Scope.RESOURCE: ResourceRulePolicy, Scope.STACK: StackRulePolicy}
    return [kinds[rule.scope](rule, judge) for rule in rules]


def initial_config(configuration: Configuration) -> dict[str, Any]:
    """A configuration as the SDK takes it."""
    names = {*configuration.levels, *configuration.options}
    return {name: _configured(name, configuration) for name in sorted(names)}


def _configured(name: str, configuration: Configuration) -> dict[str, Any]:
    level = configuration.levels.get(name)
    options = dict(configuration.options.get(name, {}))
    return options if level is None else {LEVEL: EnforcementLevel(level), **options}


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(rule.level.value),
        "config_schema": schema(rule),
        "display_name": rule.title,
        "severity": Severity(rule.severity.value),
        "framework": _framework(rule),
        "tags": list(rule.controls),
        "remediation_steps": rule.remedy,
    }


def _framework(rule: Rule) -> PolicyComplianceFramework | None:
    controls = [control.removeprefix("FSBP ") for control in rule.controls if control.startswith("FSBP ")]
    if not controls:
        return None
    return PolicyComplianceFramework(name="AWS Foundational Security Best Practices", specification=", ".join(controls))


def schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.options:
        return None
    return PolicyConfigSchema(
        {
            option.name: {**option.schema, "default": option.default, "description": option.meaning}
            for option in rule.options
        }
    )


def before(args: ResourceValidationArgs) -> Resource:
    """The resource's inputs from the program, before the operation."""
    provider = plain(args.provider.props) if args.provider else None
    return Resource(args.resource_type, args.name, plain(args.props), urn=args.urn, provider=provider)


def after(item: PolicyResource) -> Resource:
    """A resource as it came out, with its edges."""
    provider = plain(item.provider.props) if item.provider else None
    links: Mapping[str, tuple[str, ...]] = {
        name: tuple(target.urn for target in targets) for name, targets in item.property_dependencies.items()
    }
    return Resource(
        item.resource_type,
        item.name,
        plain(item.props),
        urn=item.urn,
        provider=provider,
        links=links,
    )


def raise_undecided(places: list[str]) -> None:
    """Reports to the engine, as an advisory, the values a preview can't decide on; an update judges them."""
    if places:
        error = UnknownValueError(UNKNOWN_STRING_VALUE, places[:1])
        error.message = undecided_text(places)
        raise error


def undecided_text(places: list[str]) -> str:
    rest = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
    return f"not known yet: {', '.join(places[:_LISTED])}{rest}; judged by `pulumi up`"
