"""Sets of IPv4 and IPv6 addresses, exact: those that routes, NACLs and groups leave over.

A rule that is split in two, or in two hundred, makes the same set.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .networks import PRIVATE, WIDEST_OWN_PREFIX

Intervals = tuple[tuple[int, int], ...]
"""Sorted, disjoint, not adjacent; both ends belong to an interval."""

_LAST = {4: 2**32 - 1, 6: 2**128 - 1}


@dataclass(frozen=True, slots=True)
class Addresses:
    """A set of IPv4 and IPv6 addresses."""

    v4: Intervals = ()
    v6: Intervals = ()

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __or__(self, other: Addresses) -> Addresses:
        if not other or self is other:
            return self
        return Addresses(_merged((*self.v4, *other.v4)), _merged((*self.v6, *other.v6))) if self else other

    def __and__(self, other: Addresses) -> Addresses:
        return Addresses(_common(self.v4, other.v4), _common(self.v6, other.v6))

    def __sub__(self, other: Addresses) -> Addresses:
        return self & other.complement()

    def complement(self) -> Addresses:
        return Addresses(_rest(self.v4, _LAST[4]), _rest(self.v6, _LAST[6]))

    @property
    def holds_strangers(self) -> bool:
        """Whether there are so many that they can't be a company's own: more than a /16, or a /32 of IPv6."""
        return _count(self.v4) > 2 ** (32 - WIDEST_OWN_PREFIX[4]) or _count(self.v6) > 2 ** (128 - WIDEST_OWN_PREFIX[6])

    def __str__(self) -> str:
        """The first block of the set, and how many more there are."""
        blocks = [
            block
            for version, intervals in ((ipaddress.IPv4Address, self.v4), (ipaddress.IPv6Address, self.v6))
            for first, last in intervals
            for block in ipaddress.summarize_address_range(version(first), version(last))
        ]
        more = f" and {len(blocks) - 1} more" if len(blocks) > 1 else ""
        return f"{blocks[0]}{more}" if blocks else "nobody"


NOBODY = Addresses()
EVERYBODY = Addresses(((0, _LAST[4]),), ((0, _LAST[6]),))


@lru_cache(maxsize=8192)
def addresses(cidr: str) -> Addresses:
    """The addresses of a CIDR block, host bits ignored as AWS does; empty if invalid."""
    try:
        network = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return NOBODY
    interval = ((int(network.network_address), int(network.broadcast_address)),)
    return Addresses(v4=interval) if network.version == 4 else Addresses(v6=interval)


def united(sets: Iterable[Addresses]) -> Addresses:
    every = list(sets)
    if len(every) == 1:
        return every[0]
    return Addresses(
        _merged(interval for it in every for interval in it.v4), _merged(interval for it in every for interval in it.v6)
    )


def _merged(intervals: Iterable[tuple[int, int]]) -> Intervals:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _common(left: Intervals, right: Intervals) -> Intervals:
    common: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            common.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


def _rest(intervals: Intervals, last: int) -> Intervals:
    rest: list[tuple[int, int]] = []
    start = 0
    for first, end in intervals:
        if start < first:
            rest.append((start, first - 1))
        start = end + 1
    return (*rest, (start, last)) if start <= last else tuple(rest)


def _count(intervals: Intervals) -> int:
    return sum(last - first + 1 for first, last in intervals)


_NEVER_SENDERS = ("0.0.0.0/8", "224.0.0.0/3")
# Addresses that packets from the internet can carry: all of IPv4 but private and multicast, of IPv6 what is global.
INTERNET = Addresses(
    (EVERYBODY - united([addresses(str(block)) for block in (*PRIVATE, *_NEVER_SENDERS)])).v4,
    addresses("2000::/3").v6,
)
