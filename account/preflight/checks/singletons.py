"""Singletons of an account: whether each exists, and the stack's setting for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from account.preflight.look import TAGGED, Check, Look, Subject, owns
from account.preflight.reads import Read
from account.preflight.verdict import NotKnown, ReportLine, SettingChange, adopted, fails, holds, not_known, unanswered
from aws_facts.regions import EDGE_REGION
from aws_facts.singletons import SINGLETONS, Singleton

TITLE: Final = "account"
_PATH: Final = ("config", "saleday:account")
_MONITOR_ARN: Final = ("config", "saleday:cost", "anomalies", "monitorArn")
"""A monitor is adopted by its ARN."""


def checks() -> Iterator[Check]:
    for one in SINGLETONS.values():
        asked = _read(one)
        yield Check(
            title=TITLE, hold=partial(_held, one, asked), reads=(asked, TAGGED), concerns=partial(_concerns, one)
        )


def _read(one: Singleton) -> Read:
    return Read(
        service=one.look.client,
        operation=one.look.call,
        action=one.look.action,
        found=one.look.found,
        absent=frozenset(one.look.absent),
    )


def _holding(one: Singleton, subject: Subject) -> str:
    said: Mapping[str, str] = subject.shop.account.model_dump(by_alias=True)
    return said[one.setting]


def _concerns(one: Singleton, subject: Subject) -> bool:
    return _holding(one, subject) != "leave"


def _held(one: Singleton, asked: Read, look: Look) -> Iterator[ReportLine]:
    region = "" if one.scope == "region" else EDGE_REGION
    arguments = {name: _filled(value, look) for name, value in one.look.arguments.items()}
    try:
        there = [thing for thing in look.ask(asked, region, **arguments) if thing]
    except NotKnown as reason:
        yield unanswered(reason, f"whether {one.setting} is there")
        return
    if _holding(one, look.subject) == "adopt":
        yield _adopting(one, there)
    elif not there:
        yield holds(f"no {one.setting} yet")
    else:
        yield _creating(one, look, region, there)


def _adopting(one: Singleton, there: Sequence[Any]) -> ReportLine:
    if there:
        return holds(f"{one.setting} is there to be adopted")
    return fails(
        f"{one.title}: there is none to be adopted",
        f"set saleday:account.{one.setting} to create",
        *_set(one, "create", there),
    )


def _creating(one: Singleton, look: Look, region: str, there: Sequence[Any]) -> ReportLine:
    own = _own(one, look, region, there)
    if own is None:
        return not_known(f"{one.title}: there is one, and whether it is the stack's own is not known")
    if own:
        return holds(f"{one.setting} is the stack's own")
    remedy = f"set saleday:account.{one.setting} to adopt, or to leave"
    if one.second == "fails":
        return fails(f"{one.title}: the account has one already", remedy, *_set(one, "adopt", there))
    return adopted(
        f"{one.title}: the account has it already, and create overwrites it", remedy, *_set(one, "adopt", there)
    )


def _own(one: Singleton, look: Look, region: str, there: Sequence[Any]) -> bool | None:
    """Whether the existing one belongs to the stack; None if unknown."""
    try:
        arns = look.owned(region)
        if any(text in arns if ":" in text else owns(arns, text) for text in _texts(there)):
            return True
        if not look.stands():
            return False
    except NotKnown:
        return None
    makers = [each for each in look.subject.program.resources if one.made_by(each.token, each.inputs)]
    if any(each.inputs.get("tags") for each in makers):
        return False  # the stack's own would carry its tags
    return True if one.second == "overwrites" else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def _set(one: Singleton, value: str, there: Sequence[Any]) -> tuple[SettingChange, ...]:
    change = SettingChange(path=(*_PATH, one.setting), value=value)
    if one.setting != "costMonitor":
        return (change,)
    return (change, SettingChange(path=_MONITOR_ARN, value=str(there[0]))) if value == "adopt" else ()


def _filled(value: Any, look: Look) -> Any:
    if isinstance(value, str):
        return value.format(account=look.account_id, region=look.shop.region)
    return [_filled(item, look) for item in value] if isinstance(value, list) else value
