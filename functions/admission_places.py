"""Places in the queue: a seeded permutation that draws them for a whole cohort at once, and that anyone can recompute.

The permutation is a Feistel network over the smallest even number of bits that holds the cohort, walked until it ends
inside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). Round r of seed s maps the halves (L, R) to
(R, L xor first bits of HMAC-SHA256(s, [r] + R as 8 bytes)). The commitment, SHA-256 of the seed, is published before
the opening, the seed after it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

ROUNDS: Final = 8
"""Rounds; four are a strong permutation for large halves (Luby and Rackoff, 1988), small cohorts want more."""
_BYTES: Final = 8


def commitment(seed: bytes) -> str:
    """What is published of a seed before it is used."""
    return hashlib.sha256(seed).hexdigest()


def permuted(seed: bytes, index: int, size: int) -> int:
    """The place of `index`, both in 0 ... size - 1. Raises ValueError outside of it."""
    if not 0 <= index < size:
        raise ValueError(f"an index stands in 0 ... {size - 1} (got {index})")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    while (index := _network(seed, index, half)) >= size:
        pass
    return index


def _network(seed: bytes, value: int, half: int) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for number in range(ROUNDS):
        digest = hmac.digest(seed, bytes([number]) + right.to_bytes(_BYTES, "big"), "sha256")
        left, right = right, left ^ (int.from_bytes(digest[:_BYTES], "big") >> (8 * _BYTES - half))
    return left << half | right


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Those who joined between two passes of the controller; the first one, before the opening. All are equal."""

    base: int
    """Places before it."""
    counts: Sequence[int]
    """Numbers given in each stripe."""
    seed: bytes | None
    """Draws the places; None: by stripe and number, which is the order of arrival within a stripe."""

    @property
    def size(self) -> int:
        return sum(self.counts)

    def place(self, stripe: int, number: int) -> int:
        """The place of a number, in 0 ... of the whole queue. Raises ValueError for a number that was not given."""
        if not (0 <= stripe < len(self.counts) and 0 <= number < self.counts[stripe]):
            raise ValueError(f"stripe {stripe} of the cohort has no number {number}")
        if self.seed is None:
            return self.base + self._by_arrival(stripe, number)
        before = list(accumulate(self.counts, initial=0))[stripe]
        return self.base + permuted(self.seed, before + number, self.size)

    def _by_arrival(self, stripe: int, number: int) -> int:
        """Stripes fill evenly: the n-th numbers of all come before the next ones of any."""
        return sum(min(count, number + (other < stripe)) for other, count in enumerate(self.counts))
