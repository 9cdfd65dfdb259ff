"""Rules derived from the tables of switches: whatever stands beside one, it may not be set the wrong way."""

from __future__ import annotations

from ..resource import Resource
from ..rule import Context, Problems, Severity, rule
from ..switches import DELETION, EXPOSURE, IN_TRANSIT, RECORDERS, SAFEGUARDS, Switch, by_token, wrongly_set

_IN_TRANSIT = by_token(IN_TRANSIT)
_EXPOSURE = by_token(EXPOSURE)
_RECORDERS = by_token(RECORDERS)
_SAFEGUARDS = by_token(SAFEGUARDS)
_DELETION = by_token(DELETION)


def _controls(*switches: Switch) -> tuple[str, ...]:
    """The rules of others that ask for the switches."""
    every = {name.strip() for switch in switches for name in switch.source.split(",")}
    return tuple(sorted((name for name in every if name != "provider"), key=lambda name: (name[:4] != "FSBP", name)))


@rule(
    *_IN_TRANSIT,
    name="encrypted-in-transit",
    title="Stores, and what reads them, speak TLS.",
    severity=Severity.HIGH,
    controls=_controls(*IN_TRANSIT),
    remedy="Switch the encryption in transit on that the message names",
)
def encrypted_in_transit(resource: Resource, context: Context) -> Problems:
    yield from wrongly_set(resource, _IN_TRANSIT[resource.token])


@rule(
    *_EXPOSURE,
    name="not-public",
    title="Nothing is shown to the internet or given to other accounts by a switch.",
    severity=Severity.CRITICAL,
    controls=_controls(*EXPOSURE),
    remedy="Set the switch the other way; name accounts where something has to be shared",
)
def not_public(resource: Resource, context: Context) -> Problems:
    yield from wrongly_set(resource, _EXPOSURE[resource.token])


@rule(
    *_RECORDERS,
    name="recorders-on",
    title="What records and watches is switched on, and leaves nothing out.",
    severity=Severity.HIGH,
    controls=_controls(*RECORDERS),
    remedy="Switch it on, or take the resource out and say in a waiver who records instead",
)
def recorders_on(resource: Resource, context: Context) -> Problems:
    yield from wrongly_set(resource, _RECORDERS[resource.token])


@rule(
    *_SAFEGUARDS,
    name="safeguards-on",
    title="A safeguard that the stack sets is set so that it guards.",
    severity=Severity.HIGH,
    controls=_controls(*SAFEGUARDS),
    remedy="Set the switch so that it guards",
)
def safeguards_on(resource: Resource, context: Context) -> Problems:
    yield from wrongly_set(resource, _SAFEGUARDS[resource.token])


@rule(
    *_DELETION,
    name="deletion-protected",
    title="What a production stack keeps isn't lost with the resource that holds it.",
    severity=Severity.MEDIUM,
    controls=_controls(*DELETION),
    production_only=True,
    remedy="Switch its deletion protection on, and what deletes its contents off",
)
def deletion_protected(resource: Resource, context: Context) -> Problems:
    yield from wrongly_set(resource, _DELETION[resource.token])


RULES = (encrypted_in_transit, not_public, recorders_on, safeguards_on, deletion_protected)
