"""Rules for tags and for waivers."""

from __future__ import annotations

from ..resource import Resource
from ..rule import PRODUCTION_STACKS, Level, Loosening, Problems, RuleContext, RuleOption, Scope, Severity, rule
from ..taggable import taggable
from ..values import Unknown

REQUIRED_TAGS = RuleOption(
    name="requiredTags",
    schema={"type": "array", "items": {"type": "string"}},
    default=["Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass"],
    meaning="keys of the tags that every taggable resource carries",
    loosening=Loosening.LESS,
)


@rule(
    *taggable(),
    name="required-tags",
    title="Every resource has tags for owner, purpose and data sensitivity.",
    severity=Severity.LOW,
    level=Level.ADVISORY,  # whose keys they are is a matter of the team: its configuration makes it mandatory
    controls=("FSBP tagging controls", "Well-Architected COST03-BP02"),
    options=(REQUIRED_TAGS,),
    remedy="Set the tags on the resource or as default tags of its provider",
)
def required_tags(resource: Resource, context: RuleContext) -> Problems:
    tags = resource.tags()
    missing = [key for key in context.options[REQUIRED_TAGS.name] if not _says_something(tags.get(str(key)))]
    if missing:
        yield f"lacks the tags {', '.join(map(str, missing))}"


def _says_something(value: object) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, str) and bool(value.strip()))


@rule(
    name="waivers-valid",
    title="Every waiver is complete, unexpired and needed; in production only a waiver loosens a rule.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    options=(
        RuleOption(
            name=PRODUCTION_STACKS.name,
            schema=PRODUCTION_STACKS.schema,
            default=[],
            meaning="names of further stacks, beside prod, in which a level can't be lowered; `*` and `?` match",
            loosening=Loosening.NEVER,
        ),
    ),
    remedy="Correct or remove the entry in waivers.json; in production waive a rule instead of lowering its level or "
    "loosening its options",
)
def waivers_valid(stack: Resource, context: RuleContext) -> Problems:
    yield from context.waiver_faults


RULES = (required_tags, waivers_valid)
