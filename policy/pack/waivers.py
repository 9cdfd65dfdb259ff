"""Waivers: dated, owned exceptions to a rule, in `waivers.json` beside the pack."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .rule import Rule

FIELDS = ("rule", "reason", "owner", "ticket", "expires")
"""Fields of every waiver, which also has either `urn`, or `option` and `stack`."""
RESOURCE, OPTION = ("urn",), ("option", "stack")

MAX_LIFETIME = datetime.timedelta(days=366)
"""Maximum lifetime of a waiver, so that each is reviewed again."""
MAX_RESOURCES = 10
"""Resources that one waiver may cover."""
_MIN_REASON = 5
# A pattern names the stack and the type of what it covers, and enough of the name to tell it from others.
_URN = re.compile(r"urn:pulumi:(?P<stack>[^:]+)::(?P<project>[^:]+)::(?P<type>.+?)::(?P<name>.+)", re.DOTALL)
_TYPE = re.compile(r"[\w.-]+:[\w./-]+:[\w.-]+")
_WILD = re.compile(r"[*?\[\]]")
_TELLING = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """`urn` is a glob over resource URNs; `expires` is the last day on which the waiver holds, in UTC.

    A waiver of an option has none: it lets one stack's configuration loosen the rule by that option.
    """

    rule: str
    urn: str = ""
    option: str = ""
    stack: str = ""
    reason: str
    owner: str
    ticket: str
    expires: datetime.date

    def covers(self, rule: str, urn: str) -> bool:
        return self.rule == rule and bool(self.urn) and fnmatchcase(urn, self.urn)

    def allows(self, rule: str, option: str, stack: str) -> bool:
        return bool(self.option) and (self.rule, self.option, self.stack) == (rule, option, stack)

    def concerns(self, stack: str) -> bool:
        """Whether the waiver can cover anything in `stack` at all: one file serves all stacks of a program."""
        named = self.stack or self.urn.removeprefix("urn:pulumi:").split("::", 1)[0]
        return fnmatchcase(stack, named)

    def __str__(self) -> str:
        return f"waiver {self.ticket} of {self.rule} for {self.urn or f'its option {self.option} in {self.stack}'}"


@dataclass(kw_only=True)
class Waivers:
    """The waivers in force and the faults of the others; records the resources each was needed for in this run."""

    active: tuple[Waiver, ...] = ()
    faults: tuple[str, ...] = ()
    _used: dict[Waiver, set[str]] = field(default_factory=lambda: defaultdict(set))

    def covers(self, rule: str, urn: str) -> bool:
        """Whether a waiver holds for this rule and resource; remembers it as needed."""
        found = [waiver for waiver in self.active if waiver.covers(rule, urn)]
        for waiver in found:
            self._used[waiver].add(urn)
        return bool(found)

    def allows(self, rule: str, option: str, stack: str) -> bool:
        """Whether a waiver lets the configuration of this stack loosen a rule by an option."""
        found = [waiver for waiver in self.active if waiver.allows(rule, option, stack)]
        for waiver in found:
            self._used[waiver].add(option)
        return bool(found)

    def unmatched(self, stack: str) -> list[Waiver]:
        """The waivers that concern this stack and were not needed by anything in it."""
        return [waiver for waiver in self.active if waiver not in self._used and waiver.concerns(stack)]

    def too_wide(self) -> list[str]:
        """Faults of waivers that cover too many resources."""
        return [
            f"{waiver} covers {len(urns)} resources; one waiver may cover {MAX_RESOURCES}, so name them more closely"
            for waiver, urns in self._used.items()
            if len(urns) > MAX_RESOURCES
        ]


def load(path: Path, rules: Mapping[str, Rule], today: datetime.date) -> Waivers:
    """Reads the file; a missing one waives nothing. Faults go to the rule `waivers-valid` and are never raised."""
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


def parse(entries: Any, rules: Mapping[str, Rule], today: datetime.date) -> Waivers:
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
        elif waiver.expires > today + MAX_LIFETIME:
            faults.append(
                f"{waiver} expires on {waiver.expires}; take a day within a year, {today + MAX_LIFETIME} at the latest"
            )
        elif waiver in active:
            faults.append(f"{waiver} is given twice")
        else:
            active.append(waiver)
    return Waivers(active=tuple(active), faults=tuple(faults))


def _waiver(entry: dict[str, str]) -> Waiver:
    return Waiver(
        rule=entry["rule"],
        urn=entry.get("urn", ""),
        option=entry.get("option", ""),
        stack=entry.get("stack", ""),
        reason=entry["reason"],
        owner=entry["owner"],
        ticket=entry["ticket"],
        expires=datetime.date.fromisoformat(entry["expires"]),
    )


def _fault(entry: Any, rules: Mapping[str, Rule]) -> str | None:
    if not isinstance(entry, dict):
        return "is not an object"
    fields = (*FIELDS, *(OPTION if "option" in entry else RESOURCE))
    if missing := [name for name in fields if not _said(name, entry.get(name))]:
        return f"lacks {', '.join(missing)}"
    if surplus := sorted(set(entry) - set(fields)):
        return f"has the unknown field {', '.join(map(str, surplus))}"
    if len(_visible(entry["reason"])) < _MIN_REASON:
        return "has no reason; state why the rule can't apply"
    if entry["rule"] not in rules:
        return f"names the unknown rule {entry['rule']!r}"
    if entry["rule"] == "waivers-valid":
        return "waivers-valid can't be waived"
    if fault := _too_broad(entry["urn"]) if "urn" in entry else _option_fault(entry, rules):
        return fault
    try:
        datetime.date.fromisoformat(entry["expires"])
    except ValueError:
        return f"expires {entry['expires']!r} is not a date like 2026-12-31"
    return None


def _said(name: str, value: Any) -> bool:
    return (
        bool(_visible(value))
        if name in ("reason", "owner", "ticket")
        else isinstance(value, str) and bool(value.strip())
    )


def _visible(value: Any) -> str:
    """The letters and digits of a text, without zero-width spaces and the like."""
    return "".join(c for c in value if unicodedata.category(c)[0] in "LN") if isinstance(value, str) else ""


def _too_broad(urn: str) -> str | None:
    """The fault of a URN pattern that is too broad; None if specific enough."""
    match = _URN.fullmatch(urn)
    if match is None:
        return f"the urn {urn!r} is not of the form urn:pulumi:<stack>::<project>::<type>::<name>"
    if not _TELLING.search(match["stack"]) and _WILD.search(match["stack"]):
        return f"the urn {urn!r} is for every stack; name one"
    if not _TYPE.fullmatch(match["type"].rpartition("$")[2].lstrip("*")):
        return f"the urn {urn!r} is for more than one type of resource; name one"
    if _WILD.search(match["name"]) and not _TELLING.search(re.sub(r"\[[^\]]*\]?", "*", match["name"])):
        return f"the urn {urn!r} is for resources of any name; name one"
    return None


def _option_fault(entry: Mapping[str, Any], rules: Mapping[str, Rule]) -> str | None:
    names = [option.name for option in rules[entry["rule"]].options]
    if entry["option"] not in names:
        return f"{entry['rule']} has no option {entry['option']!r}"
    if _WILD.search(entry["stack"]):
        return f"the stack {entry['stack']!r} is a pattern; name one stack"
    return None
