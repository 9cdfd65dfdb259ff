"""Which property of one model is which of another: AWS names the same thing in several ways.

The SDK says `description` where EC2's API says `GroupDescription`, and `parameters` where RDS says `Parameter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Member = TypeVar("Member")


def stem(name: str) -> str:
    """A name without case, separators and plural."""
    plain = name.lower().replace("_", "")
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def partner(name: str, members: Mapping[str, Member], kind: str = "") -> Member | None:
    """The member that `name`, a property of the type `kind`, is; `members` are by stem.

    The same stem, or one that begins with the type's name or its end: `GroupDescription`, `DBClusterIdentifier`.
    """
    wanted = stem(name)
    if wanted in members:
        return members[wanted]
    for prefix in _prefixes(kind):
        if prefix + wanted in members:
            return members[prefix + wanted]
    return None


def _prefixes(kind: str) -> list[str]:
    words = [index for index, letter in enumerate(kind) if letter.isupper()]
    ends = [kind[index:].lower() for index in words]
    return [*ends, *(f"db{end}" for end in ends), "db"] if ends else []
