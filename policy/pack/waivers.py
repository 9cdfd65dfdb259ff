"""Waivers: dated, owned exceptions to a rule, kept as data in `waivers.json` beside the pack."""

from __future__ import annotations

import datetime
import json
from collections.abc import Container
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FIELDS = ("rule", "urn", "reason", "owner", "ticket", "expires")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """`urn` is a glob over resource URNs; `expires` is the last day on which the waiver holds, in UTC."""

    rule: str
    urn: str
    reason: str
    owner: str
    ticket: str
    expires: datetime.date

    def covers(self, rule: str, urn: str) -> bool:
        return self.rule == rule and fnmatchcase(urn, self.urn)

    def concerns(self, stack: str) -> bool:
        """Whether the waiver can cover anything in `stack` at all: one file serves all stacks of a program."""
        parts = self.urn.split("::", 1)
        if len(parts) == 1 or not parts[0].startswith("urn:pulumi:"):
            return True
        return fnmatchcase(stack, parts[0].removeprefix("urn:pulumi:"))

    def __str__(self) -> str:
        return f"waiver {self.ticket} of {self.rule} for {self.urn}"


@dataclass(kw_only=True)
class Waivers:
    """The waivers in force and what is wrong with the rest; remembers which were needed in this run."""

    active: tuple[Waiver, ...] = ()
    faults: tuple[str, ...] = ()
    _used: set[Waiver] = field(default_factory=set)

    def covers(self, rule: str, urn: str) -> bool:
        """Whether a waiver holds for this rule and resource; remembers it as needed."""
        found = [waiver for waiver in self.active if waiver.covers(rule, urn)]
        self._used.update(found)
        return bool(found)

    def unmatched(self, stack: str) -> list[Waiver]:
        """The waivers that concern this stack and were not needed by anything in it."""
        return [waiver for waiver in self.active if waiver not in self._used and waiver.concerns(stack)]


def load(path: Path, rules: Container[str], today: datetime.date) -> Waivers:
    """Reads the file; a missing one waives nothing. Faults are kept for the rule `waivers-valid`, never raised."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Waivers()
    except (OSError, UnicodeDecodeError) as error:
        return Waivers(faults=(f"{path.name} can't be read ({type(error).__name__})",))
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Waivers(faults=(f"{path.name} is not JSON: {error}",))
    return parse(entries, rules, today)


def parse(entries: Any, rules: Container[str], today: datetime.date) -> Waivers:
    """The waivers in a decoded list; a faulty or expired one waives nothing."""
    if not isinstance(entries, list):
        return Waivers(faults=("the waivers must be a list of objects",))
    active: list[Waiver] = []
    faults: list[str] = []
    for index, entry in enumerate(entries):
        fault = _fault(entry, rules)
        if fault:
            faults.append(f"waiver {index}: {fault}")
            continue
        waiver = _waiver(entry)
        if waiver.expires < today:
            faults.append(f"{waiver} expired on {waiver.expires}")
        elif waiver in active:
            faults.append(f"{waiver} is given twice")
        else:
            active.append(waiver)
    return Waivers(active=tuple(active), faults=tuple(faults))


def _waiver(entry: dict[str, str]) -> Waiver:
    return Waiver(
        rule=entry["rule"],
        urn=entry["urn"],
        reason=entry["reason"],
        owner=entry["owner"],
        ticket=entry["ticket"],
        expires=datetime.date.fromisoformat(entry["expires"]),
    )


def _fault(entry: Any, rules: Container[str]) -> str | None:
    if not isinstance(entry, dict):
        return "is not an object"
    if missing := [name for name in FIELDS if not isinstance(entry.get(name), str) or not entry[name].strip()]:
        return f"lacks {', '.join(missing)}"
    if surplus := sorted(set(entry) - set(FIELDS)):
        return f"has the unknown field {', '.join(map(str, surplus))}"
    if entry["rule"] not in rules:
        return f"names the unknown rule {entry['rule']!r}"
    if entry["rule"] == "waivers-valid":
        return "waivers-valid can't be waived"
    try:
        datetime.date.fromisoformat(entry["expires"])
    except ValueError:
        return f"expires {entry['expires']!r} is not a date like 2026-12-31"
    return None
