"""Strangers that a policy lets in: anyone, or an AWS service acting for any account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Any

from .conditions import Condition, proving, refuses_strangers
from .documents import Statement, is_anybody, statements
from .patterns import has_wildcard, subsumes
from .values import UndecidedError, Unknown


class Stranger(Enum):
    """Kinds of strangers."""

    CALLER = auto()
    """A principal of another account, or an anonymous one."""
    SERVICE = auto()
    """A service of AWS that another account makes call."""


class Admission:
    """The allow statements of one policy, less what its deny statements take away."""

    def __init__(self, body: Any) -> None:
        found = statements(body)
        self.allowing = [statement for statement in found if statement.allows]
        self._denying = [statement for statement in found if statement.effect == "deny"]

    def admits(self, statement: Statement, principal: str, *, service: bool = False) -> bool:
        """Whether a principal of a statement admits strangers, without a condition or denial against them.

        UndecidedError where the principal is not known yet.
        """
        if not service and not is_anybody(principal):
            return False
        only_services = service and not has_wildcard(principal)
        if proving(statement.conditions, of_services=only_services):
            return False
        kinds = {Stranger.SERVICE} if only_services else set(Stranger)
        for denial in self._denying:
            if _covers(denial, statement):
                kinds -= _refused(denial)
        return bool(kinds)


def principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """The principals of a statement; UndecidedError, at the end, where one is not known yet."""
    undecided = None
    for kind, value in statement.principals:
        if isinstance(value, Unknown):
            undecided = undecided or UndecidedError(value.path)
        else:
            yield kind, str(value)
    if undecided:
        raise undecided


def _refused(denial: Statement) -> set[Stranger]:
    """The kinds of strangers for which all conditions of a denial hold."""
    kinds = set(Stranger)
    for item in denial.conditions:
        if not refuses_strangers(item):
            kinds &= _of_kind(item)
    return kinds


def _of_kind(item: Condition) -> set[Stranger]:
    """Kinds of strangers that meet a condition on the kind of caller."""
    if item.key != "aws:principalisawsservice" or item.base != "bool":
        return set()
    return {"true": {Stranger.SERVICE}, "false": {Stranger.CALLER}}.get("".join(item.texts), set())


def _covers(denial: Statement, allowed: Statement) -> bool:
    """Whether a denial covers everyone, and all that a statement allows."""
    if denial.not_actions or denial.not_resources or not _of_everybody(denial):
        return False
    return all(
        _covered(wide, narrow)
        for wide, narrow in (
            (denial.actions, allowed.actions or ("*",)),
            (denial.resources or ("*",), allowed.resources or ("*",)),
        )
    )


def _of_everybody(denial: Statement) -> bool:
    if denial.not_principals:
        return not any(isinstance(value, str) and is_anybody(value) for _, value in denial.not_principals)
    return any(value == "*" for kind, value in denial.principals if kind in ("*", "aws"))


def _covered(wide: Sequence[Any], narrow: Sequence[Any]) -> bool:
    patterns = [value for value in wide if isinstance(value, str)]
    return all(
        value in wide if isinstance(value, Unknown) else any(subsumes(pattern, str(value)) for pattern in patterns)
        for value in narrow
    )


def opened(statement: Statement, admission: Admission) -> Iterator[tuple[str, str]]:
    """The principals of a statement that admit strangers."""
    for kind, value in principals(statement):
        if admission.admits(statement, value, service=kind == "service"):
            yield kind, value
