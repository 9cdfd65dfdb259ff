"""Rules that report what no other rule judges."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

from ..graph import Graph
from ..resource import Resource
from ..rule import PRODUCTION_STACKS, Level, Problems, RuleContext, RuleOption, Scope, Severity, rule
from ..unjudged import makes_identities, unjudged

ALLOWED = RuleOption(
    name="allowedTypes",
    schema={"type": "array", "items": {"type": "string", "pattern": r"^[\w-]+:[\w/*?-]+(:[\w*?]+)?$"}},
    default=[],
    meaning="resource types (`*` and `?` match) that need no judging, such as `aws-native:logs:*`",
)
# Rules that ask the same of every type tell nothing of what one does.
_OF_EVERY_TYPE = ("required-tags",)


@cache
def _known() -> frozenset[str]:
    from ..registry import RULES  # which lists this module too

    return frozenset(token for one in RULES if one.name not in _OF_EVERY_TYPE for token in one.tokens)


def _found(graph: Graph) -> dict[str, list[Resource]]:
    return unjudged(graph, _known())


def _first_of_each_type(graph: Graph) -> Iterable[Resource]:
    return [resources[0] for resources in graph.derived(_found).values()]


def _allowed(resource: Resource, context: RuleContext) -> bool:
    return any(fnmatchcase(resource.token, str(pattern)) for pattern in context.options[ALLOWED.name])


def _count(resource: Resource, context: RuleContext) -> str:
    others = len(context.whole.derived(_found)[resource.token]) - 1
    return f" and {others} more of its type" if others else ""


@rule(
    name="not-judged",
    title="Resources that no rule judges are reported, once for each type.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("Well-Architected SEC01-BP06",),
    subjects=_first_of_each_type,
    options=(ALLOWED, PRODUCTION_STACKS),
    remedy="Review it by hand, or use a type that the pack judges; allow the type once it is reviewed",
)
def not_judged(resource: Resource, context: RuleContext) -> Problems:
    told_elsewhere = context.production and any(map(makes_identities, context.whole.derived(_found)[resource.token]))
    if not told_elsewhere and not _allowed(resource, context):
        yield f"{resource.token} is judged by no rule{_count(resource, context)}"


@rule(
    name="identities-judged",
    title="Roles and users of a production stack are created only by resource types that the pack judges.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    production_only=True,
    controls=("Well-Architected SEC03-BP05",),
    subjects=_first_of_each_type,
    options=(ALLOWED,),
    remedy="Create roles, policies and users with aws.iam; omit CAPABILITY_IAM from stacks that create none",
)
def identities_judged(resource: Resource, context: RuleContext) -> Problems:
    found = [one for one in context.whole.derived(_found)[resource.token] if makes_identities(one)]
    if found and not _allowed(resource, context):
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield f"{resource.token} can make identities that no rule judges ({found[0].name}{others})"


RULES = (not_judged, identities_judged)
