"""How a new release of a service takes over: tasks by and by, or a second set that traffic moves to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from specs.base import Spec

# CodePipeline's ECS action waits an hour for a deployment at most; the rest of it is for tasks to start and to drain.
MAX_BAKE: Final = 40  # minutes, both together
REGEX_LENGTH: Final = 128  # characters of a regular expression in a listener rule (ELB CreateRule API)
REGEXES_PER_RULE: Final = 5  # values of a listener rule's conditions (ELB quotas)
_WILDCARD: Final = re.compile(r"[*?]")


def _tenths(percent: float) -> float:
    if abs(percent * 10 - round(percent * 10)) > 1e-9:
        raise ValueError(f"canaryPercent has one digit behind the point (got {percent}); round it")
    return percent


class Deployment(Spec):
    """How a new release takes over. Whatever the strategy, alarms roll it back."""

    strategy: Literal["rolling", "blueGreen", "canary"] = "rolling"
    """`rolling` replaces tasks by and by. `blueGreen` starts a second set and moves all traffic to it at once, `canary`
    a share first; both keep the first set until the bake time is over, so they need twice the tasks for that long."""
    bake_minutes: Annotated[int, Field(ge=0, le=MAX_BAKE)] = 10
    """Minutes that the old tasks stay after all traffic has moved: an alarm moves it back at once."""
    canary_percent: Annotated[float, Field(ge=0.1, le=50), AfterValidator(_tenths)] = 10.0
    """Share of the traffic that a canary gets first."""
    canary_bake_minutes: Annotated[int, Field(ge=1, le=MAX_BAKE)] = 10
    """Minutes that the canary is watched before the rest follows."""

    @property
    def shifts_traffic(self) -> bool:
        """Whether two sets of tasks stand side by side, and traffic moves from one to the other."""
        return self.strategy != "rolling"

    @model_validator(mode="after")
    def _is_through_in_an_hour(self) -> Deployment:
        bakes = self.bake_minutes + (self.canary_bake_minutes if self.strategy == "canary" else 0)
        if self.shifts_traffic and bakes > MAX_BAKE:
            raise ValueError(
                f"bakeMinutes and canaryBakeMinutes must not exceed {MAX_BAKE} together, "
                f"as a pipeline waits an hour for a deployment (got {bakes}); lower them"
            )
        return self


def regexes(patterns: Sequence[str]) -> tuple[str, ...]:
    """The same paths as regular expressions, as few as their length allows: all of them fit into one listener rule.

    ECS moves the traffic of one rule, and a rule takes five path patterns only, but each of five regular expressions
    may hold many.
    """
    groups: list[list[str]] = []
    for pattern in sorted(patterns):
        regex = _regex(pattern)
        if groups and len(_joined([*groups[-1], regex])) <= REGEX_LENGTH:
            groups[-1].append(regex)
        else:
            groups.append([regex])
    return tuple(map(_joined, groups))


def shadows(own: Sequence[str], others: Iterable[str]) -> str | None:
    """A path pattern of another service that would take requests of `own`, were all of it one rule; None without.

    Such a rule is tried where its shortest pattern belongs, after all longer ones of other services.
    """
    wild = [len(_literal(pattern)) for pattern in own if _WILDCARD.search(pattern)]
    if not wild:
        return None
    for other in others:
        literal = _literal(other)
        if _WILDCARD.search(other) and len(literal) > min(wild):
            longer = (pattern for pattern in own if len(_literal(pattern)) > len(literal))
            if any(pattern.startswith(literal) for pattern in longer):
                return other
            if any(not _WILDCARD.search(pattern) and re.fullmatch(_regex(other), pattern) for pattern in own):
                return other
    return None


def _joined(parts: Sequence[str]) -> str:
    return f"^({'|'.join(parts)})$"


def _regex(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)


def _literal(pattern: str) -> str:
    """Prefix before the first wildcard."""
    return _WILDCARD.split(pattern, maxsplit=1)[0]
