"""Matching of properties between models: AWS names the same property in several ways.

The SDK says `description` where EC2's API says `GroupDescription`, and `healthCheck.path` where ELB's says
`HealthCheckPath`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

Member = TypeVar("Member")

_SAME = {
    "attribute": "attributedefinition",
    "interval": "intervalsecond",
    "orderedcachebehavior": "cachebehavior",
    "orderedplacementstrategy": "placementstrategy",
    "timeout": "timeoutsecond",
}
"""Names of the SDK that other models call otherwise, by stem."""


def pairs(fields: Mapping[str, Any], members: Mapping[str, Member], kind: str) -> Iterator[tuple[str, Any, Member]]:
    """The place and the value of each field that one of `members` is about, and that member.

    The SDK has objects for what other models write out one by one: those are looked into.
    """
    for name, value in fields.items():
        member = partner(name, members, kind)
        if member is not None:
            yield name, value, member
        elif isinstance(value, Mapping):
            for inner, each in value.items():
                member = partner(f"{name}_{inner}", members, kind)
                if member is not None:
                    yield f"{name}.{inner}", each, member


def partner(name: str, members: Mapping[str, Member], kind: str = "") -> Member | None:
    """The member that `name`, a property of the type `kind`, is; `members` are by stem.

    The same stem, or one that begins with the type's name or its end: `GroupDescription`, `DBClusterIdentifier`.
    """
    wanted = stem(name)
    others = {wanted, _SAME.get(wanted, wanted), f"{wanted}second"}
    for prefix in ("", *_prefixes(kind)):
        for other in sorted(others, key=len):
            if prefix + other in members:
                return members[prefix + other]
    return None


def stem(name: str) -> str:
    """A name without case, separators and plural."""
    plain = name.lower().replace("_", "")
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    if plain.endswith(("xes", "sses")):
        return plain[:-2]
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def _prefixes(kind: str) -> list[str]:
    words = [index for index, letter in enumerate(kind) if letter.isupper()]
    ends = [kind[index:].lower() for index in words]
    return [*ends, *(f"db{end}" for end in ends), "db"] if ends else []
