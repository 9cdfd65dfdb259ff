"""The support plan, where the stack needs one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from account.preflight.look import Check, Look, Subject
from account.preflight.reads import read
from account.preflight.verdict import ReportLine, fails, holds
from aws_facts import quotas
from aws_facts.regions import EDGE_REGION

# Answered to accounts with Business Support or higher alone (AWS Support API reference, "DescribeSeverityLevels").
_LEVELS: Final = read(
    "support",
    "describe_severity_levels",
    "support:DescribeSeverityLevels",
    "severityLevels[].code",
    "SubscriptionRequiredException",
)


def checks() -> tuple[Check, ...]:
    return (Check(title="support", hold=_plan, reads=(_LEVELS,), concerns=_reasons),)


def _reasons(subject: Subject) -> list[tuple[str, str]]:
    """Reasons for a support plan, and the setting that avoids it."""
    reasons = []
    reserved = {
        name: need
        for name, need in subject.plan.quotas.items()
        if quotas.QUOTAS[name].by_support and need > quotas.value(name, subject.shop.quotas.granted)
    }
    for name, need in sorted(reserved.items()):
        quota = quotas.QUOTAS[name]
        reasons.append(
            (
                f"{need:g} {quota.unit} ({name}) are granted by AWS Support alone",
                f"ask for them and set saleday:quotas.granted.{name}, or lower the event's demand",
            )
        )
    shield = subject.shop.edge.shield_advanced
    if shield is not None and shield.emergency_contacts:
        reasons.append(("Shield's response team calls nobody without one", "remove emergencyContacts"))
    return reasons


def _plan(look: Look) -> Iterator[ReportLine]:
    if look.ask(_LEVELS, EDGE_REGION):
        yield holds("the account has Business Support or higher")
        return
    for reason, remedy in _reasons(look.subject):
        yield fails(f"the account has no Business Support or higher: {reason}", remedy)
