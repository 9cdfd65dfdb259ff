"""The rule on what an account holds: the stack's own graph counted against AWS's quotas."""

from __future__ import annotations

from ..limits import exceeded
from ..resource import Resource
from ..rule import Problems, RuleContext, RuleOption, Scope, Severity, rule

GRANTED = RuleOption(
    name="granted",
    schema={"type": "object"},
    default={},
    meaning="quotas that AWS has raised, by their names in `data/quotas.json`; of a stack that publishes its own "
    "(`quotas.granted`), these go before",
)


@rule(
    name="account-limits",
    title="The stack stays within AWS quotas, at base load and at its scheduled peaks.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("Well-Architected REL01-BP01", "Well-Architected REL01-BP03"),
    options=(GRANTED,),
    remedy="Use less of it, or set the quota that AWS has granted",
)
def account_limits(_: Resource, context: RuleContext) -> Problems:
    for excess in exceeded(context.whole, context.options[GRANTED.name]):
        yield str(excess)


RULES = (account_limits,)
