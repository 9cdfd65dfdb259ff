"""Rule: an immutable record of metadata with the function that judges."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .graph import Graph
    from .resource import Resource


class Scope(enum.Enum):
    """Input of a rule: one resource's inputs before each operation, or the whole stack's outputs after the last."""

    RESOURCE = "resource"
    STACK = "stack"


class Severity(enum.Enum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(enum.Enum):
    """The default enforcement: a mandatory violation blocks, an advisory one is only shown."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


class Loosening(enum.Enum):
    """Values of an option that loosen its rule."""

    MORE = "more"
    """Values with elements that the default lacks."""
    LESS = "less"
    """Values without an element of the default."""
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class RuleOption:
    """A setting of one rule, a property in the policy configuration; `schema` is its JSON schema."""

    name: str
    schema: Mapping[str, Any]
    default: Any
    meaning: str
    loosening: Loosening = Loosening.MORE

    def loosens(self, value: Any) -> bool:
        """Whether a value loosens the rule."""
        if self.loosening is Loosening.NEVER:
            return False
        more, less = (value, self.default) if self.loosening is Loosening.MORE else (self.default, value)
        if isinstance(more, Mapping) and isinstance(less, Mapping):
            return any(name not in less or less[name] != item for name, item in more.items())
        if isinstance(more, list) and isinstance(less, list):
            return any(item not in less for item in more)
        return bool(more) and more != less


PRODUCTION_STACKS = RuleOption(
    name="productionStacks",
    schema={"type": "array", "items": {"type": "string"}},
    default=["prod"],
    meaning="names of further stacks that are in production, whatever their settings say; `*` and `?` match",
    loosening=Loosening.NEVER,  # that prod is one of them is asked for apart
)


@dataclass(frozen=True, kw_only=True)
class RuleContext:
    """Context of an evaluation, besides the resource. `graph` is None before the stack is complete.

    `waiver_faults` are the faults of the waivers, known once all other rules have run.
    """

    stack: str
    options: Mapping[str, Any]
    graph: Graph | None = None
    waiver_faults: tuple[str, ...] = ()
    said_production: bool = False
    """Whether the stack's own settings mark it as production."""

    @property
    def production(self) -> bool:
        """Whether the stack's settings or its name mark it as production."""
        if self.said_production:
            return True
        names = self.options.get(PRODUCTION_STACKS.name, PRODUCTION_STACKS.default)
        return any(fnmatchcase(self.stack, str(name)) for name in names)

    @property
    def alone(self) -> bool:
        """Whether the resource is judged before the whole stack is known."""
        return self.graph is None

    @property
    def whole(self) -> Graph:
        """The stack's graph; only rules of stack scope may ask."""
        if self.graph is None:
            raise TypeError("a rule of resource scope requested the stack")
        return self.graph


Problems = Iterator[str]
Check = Callable[["Resource", RuleContext], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the pack.

    `check` yields one sentence per fault of the resource, without the remedy and without any value that may be secret.
    `tokens` are today's resource types; none means every resource (resource scope) or the stack as such, once, as a
    resource of type `pulumi:pulumi:Stack` (stack scope). `controls` are the ids by which others know the demand.
    """

    name: str
    title: str
    severity: Severity
    scope: Scope
    check: Check = field(repr=False, compare=False)
    tokens: frozenset[str]
    remedy: str
    controls: tuple[str, ...] = ()
    level: Level = Level.MANDATORY
    production_only: bool = False
    options: tuple[RuleOption, ...] = ()
    subjects: Callable[[Graph], Iterable[Resource]] | None = None
    """For a rule on the whole stack: its subject, where types alone don't define it."""
    early: bool = False
    """Of a rule on the whole stack: whether it also judges a resource alone, before each operation of an update, by
    what is certain then. So what a preview couldn't know stops the update before anything depends on it."""

    def settings(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The options' defaults, overridden by the policy configuration."""
        return {option.name: config.get(option.name, option.default) for option in self.options}


def rule(
    *tokens: str,
    name: str,
    title: str,
    severity: Severity,
    remedy: str,
    scope: Scope = Scope.RESOURCE,
    controls: tuple[str, ...] = (),
    level: Level = Level.MANDATORY,
    production_only: bool = False,
    options: tuple[RuleOption, ...] = (),
    subjects: Callable[[Graph], Iterable[Resource]] | None = None,
    early: bool = False,
) -> Callable[[Check], Rule]:
    """Makes the decorated function a `Rule`; the module lists it in its `RULES`."""
    if production_only and PRODUCTION_STACKS not in options:
        options = (*options, PRODUCTION_STACKS)

    def record(check: Check) -> Rule:
        return Rule(
            name=name,
            title=title,
            severity=severity,
            scope=scope,
            check=check,
            tokens=frozenset(tokens),
            remedy=remedy,
            controls=controls,
            level=level,
            production_only=production_only,
            options=options,
            subjects=subjects,
            early=early,
        )

    return record
