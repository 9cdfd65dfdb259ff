"""Listener rules by path, with priorities that stay when services come and go."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from specs.deployment import regexes
from specs.services import MAX_WILDCARDS, Service

VALUES_PER_RULE: Final = 5  # ELB user guide, "Quotas for your Application Load Balancers"
# ELB: priorities 1 to 50,000, the lowest is tried first. Paths without wildcards take the first band. Patterns follow,
# the longest literal start first, each length with a band of its own, so that /cart/gifts/* is tried before /cart/*.
_EXACT: Final = range(1, 10_000)
_MAX_PATTERN: Final = 128
_PRIORITIES_PER_LENGTH: Final = 300
_ONLY: Final = "all"
_WILDCARD: Final = re.compile(r"[*?]")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One listener rule."""

    service: str
    key: str
    """Unique among the service's rules."""
    priority: int
    patterns: tuple[str, ...]
    regexes: tuple[str, ...] = ()
    """The same as regular expressions, where ECS turns the rule to move traffic: then it is the service's only one."""


def rules(services: Sequence[Service]) -> list[Rule]:
    """The listener rules of all public services, in the order of their priorities.

    A priority follows from the rule's own service and paths and moves only if two rules fall on the same one: were it a
    position in a list, a new service would renumber the others, and ELB refuses a priority that is still taken.
    """
    taken: set[int] = set()
    result = []
    for service, band, key, patterns in sorted(_groups(services), key=lambda group: (group[0], group[2])):
        priority = _free_priority(f"{service}/{key}", band, taken)
        taken.add(priority)
        shifted = regexes(patterns) if key == _ONLY else ()
        result.append(Rule(service=service, key=key, priority=priority, patterns=patterns, regexes=shifted))
    return sorted(result, key=lambda rule: rule.priority)


def _groups(services: Sequence[Service]) -> Iterator[tuple[str, range, str, tuple[str, ...]]]:
    """Service, band, key and patterns of each rule: patterns of one service and band together, up to the quotas."""
    for service in services:
        if service.deployment.shifts_traffic and service.public_paths:
            wild = [length for path in service.public_paths if (length := _literal_length(path)) is not None]
            yield service.name, _band(min(wild, default=None)), _ONLY, service.public_paths
            continue
        by_length: dict[int | None, list[str]] = {}
        for pattern in service.public_paths:
            by_length.setdefault(_literal_length(pattern), []).append(pattern)
        for length, patterns in by_length.items():
            name = "exact" if length is None else f"prefix{length}"
            for number, part in enumerate(_within_quotas(sorted(patterns)), start=1):
                yield service.name, _band(length), f"{name}-{number}", tuple(part)


def _literal_length(pattern: str) -> int | None:
    """Characters before the first wildcard; None without one."""
    wildcard = _WILDCARD.search(pattern)
    return wildcard.start() if wildcard else None


def _band(length: int | None) -> range:
    if length is None:
        return _EXACT
    start = _EXACT.stop + (_MAX_PATTERN - length) * _PRIORITIES_PER_LENGTH
    return range(start, start + _PRIORITIES_PER_LENGTH)


def _within_quotas(patterns: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for pattern in patterns:
        wildcards = sum(len(_WILDCARD.findall(one)) for one in (*part, pattern))
        if part and (len(part) == VALUES_PER_RULE or wildcards > MAX_WILDCARDS):
            yield part
            part = []
        part.append(pattern)
    if part:
        yield part


def _free_priority(identity: str, band: range, taken: set[int]) -> int:
    first = zlib.crc32(identity.encode()) % len(band)
    for step in range(len(band)):
        priority = band[(first + step) % len(band)]
        if priority not in taken:
            return priority
    raise ValueError(f"more than {len(band)} listener rules for paths of one length; merge paths of services")
