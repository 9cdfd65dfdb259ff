"""The names by which settings point at each other: that they are there, are given once, and may be pointed at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from specs import references
from specs.data import KINDS
from specs.workloads import Workload

_KINDS: Final = {kind.name: kind for kind in KINDS}


def check_workload(workload: Workload, where: str, known: Mapping[str, set[str]], calls: tuple[str, ...]) -> None:
    """A variable may point only at what the service or job is allowed to reach."""
    allowed = {"service": (*calls, workload.name)}
    for kind in KINDS:
        allowed[kind.name] = kind.used_by(workload.uses)
        for name in allowed[kind.name]:
            require(f"{where}.uses.{kind.field}", kind.name, name, known)
    found = [
        (f"environment.{name}", ref)
        for name, value in workload.environment.items()
        for ref in references.references(value)
    ]
    found += [
        (f"secrets.{name}", ref)
        for name, value in workload.secrets.items()
        for ref in references.references(value, references.SECRET_ATTRIBUTES)
    ]
    for variable, ref in found:
        if ref.kind == "site":
            continue
        require(f"{where}.{variable}", ref.kind, ref.name, known)
        if ref.name not in allowed[ref.kind]:
            remedy = (
                f"add it to calls of {workload.name}"
                if ref.kind == "service"
                else f"add it to uses.{_KINDS[ref.kind].field} of {workload.name}"
            )
            raise ValueError(f"{where}.{variable}: a reference needs leave to reach its target (got {ref}); {remedy}")


def require(setting: str, kind: str, name: str, known: Mapping[str, set[str]]) -> None:
    if name not in known[kind]:
        place = _KINDS[kind].place if kind in _KINDS else "services"
        names = ", ".join(sorted(known[kind])) or "none"
        raise ValueError(
            f"{setting}: no {kind} has this name (got {name}, known: {names}); add it under {place} or correct the name"
        )


def refuse_twice(setting: str, what: str, values: Iterable[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"{setting}: {what} must be unique (got {value} {count} times); rename or remove one")
