"""The items of a certificate: each green, amber or red, with what to do, and until when it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from readiness.evidence import Done, Evidence
from readiness.facts import Facts

State = Literal["green", "amber", "red"]
_ORDER: Final[tuple[State, ...]] = ("green", "amber", "red")

MAX_PREFLIGHT_DAYS: Final = 14
MAX_GAME_DAY_DAYS: Final = 180
MAX_RESTORE_DAYS: Final = 90
MAX_RUNBOOK_DAYS: Final = 60
MAX_ALARM_DAYS: Final = 30
MIN_READERS: Final = 2
"""People who have read the runbook: one may be ill."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that has to be so."""

    name: str
    state: State
    told: str
    """What is so."""
    remedy: str = ""
    """What to do; empty where nothing is."""
    expires: date | None = None
    """Last day on which it holds by itself; None where it holds as long as nothing is changed."""


def items(facts: Facts, evidence: Evidence) -> list[Item]:
    """Every item, in the order of the page."""
    return [
        _revision(facts),
        _graph(facts),
        _policy(facts),
        _margins(facts),
        _stress(facts),
        _quotas(facts, evidence),
        *_measured(facts),
        _load_test(facts, evidence),
        *_game_days(facts, evidence),
        *_restores(facts, evidence),
        _runbooks(facts, evidence),
        _alarms(facts, evidence),
        _freeze(facts),
        _waivers(facts),
    ]


def worst(found: Sequence[Item]) -> State:
    """The state of them all."""
    return max((one.state for one in found), key=_ORDER.index)


def _revision(facts: Facts) -> Item:
    name = "settings and revision"
    if not facts.revision:
        return Item(name=name, state="red", told="git names no revision", remedy="commit the settings")
    told = f"{facts.revision[:12]}, {facts.settings_digest[:19]}"
    if facts.changed:
        shown = ", ".join(facts.changed[:3]) + (" …" if len(facts.changed) > 3 else "")
        return Item(name=name, state="red", told=f"{told}, and changes: {shown}", remedy="commit them, or undo them")
    return Item(name=name, state="green", told=told)


def _graph(facts: Facts) -> Item:
    return Item(name="graph", state="green", told=f"{facts.resources:,} resources, {facts.graph_digest[:19]}")


def _policy(facts: Facts) -> Item:
    name, command = "policy verdict", f"make policy STACK={facts.stack}"
    if facts.blocking:
        first = f"{facts.blocking[0]}" + (f", and {len(facts.blocking) - 1} more" if len(facts.blocking) > 1 else "")
        return Item(name=name, state="red", told=f"{len(facts.blocking)} violations: {first}", remedy=command)
    if facts.advised or facts.undecided:
        told = f"passed, {len(facts.advised)} advisories, {facts.undecided} rules undecided"
        return Item(name=name, state="amber", told=told, remedy=command)
    return Item(name=name, state="green", told=f"{facts.rules} rules passed")


def _margins(facts: Facts) -> Item:
    name = "margins"
    if facts.short:
        return Item(
            name=name,
            state="red",
            told=f"{len(facts.short)} of {facts.links} links fall short: {', '.join(facts.short[:3])}",
            remedy=f"raise {facts.weakest_setting}; make sale-plan STACK={facts.stack} EVENT={facts.event}",
        )
    return Item(name=name, state="green", told=f"{facts.links} links hold, the tightest {facts.tightest}")


def _stress(facts: Facts) -> Item:
    told = f"the promise {facts.stress}"
    if facts.holds_to < 1:
        state: State = "red"
    else:
        state = "green" if facts.holds_to >= facts.headroom else "amber"
    remedy = "" if state == "green" else f"make sale-play STACK={facts.stack} EVENT={facts.event}"
    return Item(name="stress", state=state, told=told, remedy=remedy)


def _quotas(facts: Facts, evidence: Evidence) -> Item:
    name, remedy = "quotas in the account", f"make preflight STACK={facts.stack} FORMAT=json, then evidence.preflight"
    if evidence.preflight is None:
        return Item(name=name, state="red", told="no preflight is on record", remedy=remedy)
    look = evidence.preflight
    if look.fails:
        return Item(name=name, state="red", told=f"preflight of {look.date}: {look.fails} would fail", remedy=remedy)
    told = f"preflight of {look.date} by {look.by}: nothing would fail, {look.unknown} unknown"
    return _dated(facts, name, told, look.date, MAX_PREFLIGHT_DAYS, remedy)


def _measured(facts: Facts) -> Iterator[Item]:
    for one in facts.footings:
        name, remedy = f"measured: {one.service.name}", f"make load and make calibrate STACK={facts.stack}"
        calibration = one.service.measured.calibration
        if one.standing == "measured" and calibration is not None:
            yield _dated(facts, name, one.detail, calibration.date, facts.max_age_days, remedy)
        elif one.standing == "by hand":
            yield Item(name=name, state="amber", told=one.detail, remedy=remedy)
        else:
            yield Item(name=name, state="red", told=f"{one.standing}: {one.detail}", remedy=remedy)


def _load_test(facts: Facts, evidence: Evidence) -> Item:
    name, remedy = "load test of the whole way", f"make load-plan STACK={facts.stack} EVENT={facts.event}, and play it"
    runs = [one for one in evidence.load_tests if one.event == facts.event]
    if not runs:
        return Item(name=name, state="red", told=f"none of {facts.event} is on record", remedy=remedy)
    last = max(runs, key=lambda one: one.date)
    told = f"{last.date} at {last.scale:.0%} of the demand, {last.digest[:19]}"
    if not last.kept:
        return Item(name=name, state="red", told=f"{told}: the promise was broken", remedy=remedy)
    if last.scale < 1:
        return Item(name=name, state="amber", told=told, remedy="play all of the demand")
    return _dated(facts, name, told, last.date, facts.max_age_days, remedy)


def _game_days(facts: Facts, evidence: Evidence) -> Iterator[Item]:
    for fault in facts.faults:
        name, remedy = f"game day: {fault}", f"play {fault} in {facts.stack}, then evidence.gameDays"
        days = [one for one in evidence.game_days if one.fault == fault]
        if not days:
            yield Item(name=name, state="red", told="never played", remedy=remedy)
            continue
        last = max(days, key=lambda one: one.date)
        told = f"{last.date} by {last.by}"
        if not last.passed:
            yield Item(name=name, state="red", told=f"{told}: not as expected", remedy=remedy)
        else:
            yield _dated(facts, name, told, last.date, MAX_GAME_DAY_DAYS, remedy)


def _restores(facts: Facts, evidence: Evidence) -> Iterator[Item]:
    for store in facts.stores:
        name, remedy = f"restore test: {store}", f"restore {store} from its backup, then evidence.restoreTests"
        tests = [one for one in evidence.restore_tests if one.store == store]
        if tests:
            last = max(tests, key=lambda one: one.date)
            yield _dated(facts, name, f"{last.date} by {last.by}", last.date, MAX_RESTORE_DAYS, remedy)
        else:
            yield Item(name=name, state="red", told="never restored", remedy=remedy)


def _runbooks(facts: Facts, evidence: Evidence) -> Item:
    name = "runbook read"
    remedy = f"read build/sale-runbook-{facts.stack}-{facts.event}.html, then evidence.runbooksRead"
    last: dict[str, Done] = {}
    for one in sorted(evidence.runbooks_read, key=lambda one: one.date):
        last[one.by] = one
    current = [one for one in last.values() if one.date + timedelta(days=MAX_RUNBOOK_DAYS) >= facts.today]
    if not current:
        return Item(name=name, state="red", told="nobody has read it of late", remedy=remedy)
    readers = sorted(current, key=lambda one: one.date)
    told = ", ".join(f"{one.by} ({one.date})" for one in readers)
    if len(readers) < MIN_READERS:
        return Item(name=name, state="amber", told=f"{told} alone", remedy=remedy)
    return _dated(facts, name, told, readers[-MIN_READERS].date, MAX_RUNBOOK_DAYS, remedy)


def _alarms(facts: Facts, evidence: Evidence) -> Item:
    name, remedy = "alarms tested", "set an alarm to ALARM and see it arrive, then evidence.alarmsTested"
    done = evidence.alarms_tested
    if done is None:
        return Item(name=name, state="red", told="no test is on record", remedy=remedy)
    return _dated(facts, name, f"{done.date} by {done.by}", done.date, MAX_ALARM_DAYS, remedy)


def _freeze(facts: Facts) -> Item:
    if facts.freeze_start is None:
        remedy = f"saleEvents[{facts.event}].freezeHours"
        return Item(name="freeze", state="red", told="deployments go on until the opening", remedy=remedy)
    return Item(name="freeze", state="green", told=f"from {facts.freeze_start} until the way back is done")


def _waivers(facts: Facts) -> Item:
    if not facts.waivers:
        return Item(name="waivers", state="green", told="none is open")
    ended = [one for one in facts.waivers if one.expires < facts.ends]
    told = ", ".join(f"{one.ticket} of {one.rule} until {one.expires}" for one in facts.waivers)
    first = min(one.expires for one in facts.waivers)
    return Item(
        name="waivers",
        state="red" if ended else "amber",
        told=told,
        remedy="remove what needs them" if not ended else "renew or remove what ends before the event does",
        expires=first,
    )


def _dated(facts: Facts, name: str, told: str, done: date, max_days: int, remedy: str) -> Item:
    """Something that holds for so many days: green through the event, amber where it ends before, red where it has."""
    expires = done + timedelta(days=max_days)
    if done > facts.today:
        return Item(name=name, state="red", told=f"{told}: in the future", remedy="correct its date", expires=expires)
    if expires < facts.today:
        return Item(name=name, state="red", told=f"{told}: ended on {expires}", remedy=remedy, expires=expires)
    if expires < facts.ends:
        return Item(
            name=name,
            state="amber",
            told=f"{told}: ends on {expires}, before the event",
            remedy=remedy,
            expires=expires,
        )
    return Item(name=name, state="green", told=told, expires=expires)
