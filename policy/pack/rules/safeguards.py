"""Rules derived from the tables of switches: none may be set to an unsafe value."""

from __future__ import annotations

import json
import re

from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Severity, rule
from ..switches import (
    DELETION,
    EXPOSURE,
    IN_TRANSIT,
    LOGS,
    PRIVILEGES,
    RECORDERS,
    SAFEGUARDS,
    Switch,
    by_token,
    wrongly_set,
)
from ..values import document

EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
# Detectors of mistakes and attacks, by the source of their events.
_WATCHERS = re.compile(r'"aws\.(access-analyzer|config|guardduty|health|inspector2|macie|securityhub|trustedadvisor)"')

_IN_TRANSIT = by_token(IN_TRANSIT)
_EXPOSURE = by_token(EXPOSURE)
_RECORDERS = by_token(RECORDERS)
_SAFEGUARDS = by_token(SAFEGUARDS)
_DELETION = by_token(DELETION)
_PRIVILEGES = by_token(PRIVILEGES)
_LOGS = by_token(LOGS)
# Public by design: anyone may pull from it.
_PUBLIC_BY_NATURE = "aws:ecrpublic/repository:Repository"


def _controls(*switches: Switch) -> tuple[str, ...]:
    """The rules of others that ask for the switches."""
    every = {name.strip() for switch in switches for name in switch.source.split(",")}
    return tuple(sorted((name for name in every if name != "provider"), key=lambda name: (name[:4] != "FSBP", name)))


@rule(
    *_IN_TRANSIT,
    name="encrypted-in-transit",
    title="Data stores and their clients use TLS.",
    severity=Severity.HIGH,
    controls=_controls(*IN_TRANSIT),
    remedy="Enable encryption in transit",
)
def encrypted_in_transit(resource: Resource, context: RuleContext) -> Problems:
    yield from wrongly_set(resource, _IN_TRANSIT[resource.token])


@rule(
    *_EXPOSURE,
    _PUBLIC_BY_NATURE,
    name="not-public",
    title="No setting exposes a resource to the internet or to other accounts.",
    severity=Severity.CRITICAL,
    controls=_controls(*EXPOSURE),
    remedy="Reverse the setting; name accounts where a resource has to be shared",
)
def not_public(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == _PUBLIC_BY_NATURE:
        yield "is a public repository"
    yield from wrongly_set(resource, _EXPOSURE.get(resource.token, ()))


@rule(
    *_RECORDERS,
    EVENT_RULE,
    name="recorders-on",
    title="Recording and monitoring are enabled, without gaps.",
    severity=Severity.HIGH,
    controls=_controls(*RECORDERS),
    remedy="Enable it, or remove the resource and state in a waiver what records instead",
)
def recorders_on(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == EVENT_RULE:
        if _is_off(resource) and (found := _WATCHERS.search(json.dumps(document(resource.raw("eventPattern"))))):
            yield f"is disabled, so that findings of {found[1]} go nowhere"
    else:
        yield from wrongly_set(resource, _RECORDERS[resource.token])


def _is_off(rule: Resource) -> bool:
    state = (rule.text("state") or "").upper()
    return state == "DISABLED" or (not state and not rule.flag("isEnabled", default=True))


@rule(
    *_SAFEGUARDS,
    name="safeguards-on",
    title="Safeguards that the stack sets are effective.",
    severity=Severity.HIGH,
    controls=_controls(*SAFEGUARDS),
    remedy="Set it to a safe value",
)
def safeguards_on(resource: Resource, context: RuleContext) -> Problems:
    yield from wrongly_set(resource, _SAFEGUARDS[resource.token])


@rule(
    *_DELETION,
    name="deletion-protected",
    title="Deleting a resource of a production stack doesn't delete its data.",
    severity=Severity.MEDIUM,
    controls=_controls(*DELETION),
    production_only=True,
    remedy="Enable its deletion protection, and disable deletion of its contents",
)
def deletion_protected(resource: Resource, context: RuleContext) -> Problems:
    yield from wrongly_set(resource, _DELETION[resource.token])


@rule(
    *_PRIVILEGES,
    name="service-privileges",
    title="No container has access to its host, and no setting widens a caller's permissions beyond its role.",
    severity=Severity.HIGH,
    controls=_controls(*PRIVILEGES),
    remedy="Set it to the narrower value",
)
def service_privileges(resource: Resource, context: RuleContext) -> Problems:
    yield from wrongly_set(resource, _PRIVILEGES[resource.token])


@rule(
    *_LOGS,
    name="service-logs",
    title="Services that answer requests log them.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    controls=_controls(*LOGS),
    remedy="Set a log destination",
)
def service_logs(resource: Resource, context: RuleContext) -> Problems:
    yield from wrongly_set(resource, _LOGS[resource.token])


RULES = (
    encrypted_in_transit,
    not_public,
    recorders_on,
    safeguards_on,
    deletion_protected,
    service_privileges,
    service_logs,
)
