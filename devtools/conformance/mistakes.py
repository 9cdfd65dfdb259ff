"""Planted mistakes: proof that what judges the program finds wrong values, and that each is found for what it is.

Every mistake changes one resource as the program gave it, or is a small resource of its own; it is then judged exactly
as in a preview, by the same plugin and the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devtools.conformance import rules
from devtools.conformance.client import Client
from devtools.conformance.judge import type_of
from devtools.conformance.program import path_of, with_value
from devtools.rehearsal.workspace import BadInput

FILE = Path(__file__).parent / "mistakes.yaml"
_KEYS = {"mistake", "kind", "type", "set", "new", "says"}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong value. `new` are the inputs of a resource of its own; else `set` changes a resource of `type` by path."""

    mistake: str
    type: str
    says: str
    kind: str = ""
    """Kind of mistake, for those found without the provider; "" for those that the provider finds."""
    set: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class PlantedResult:
    """Problems reported for a mistake. `clean`: the resource passed without it; None for a new resource."""

    mistake: Mistake
    problems: tuple[str, ...]
    clean: bool | None

    @property
    def found(self) -> bool:
        """Whether it was found for the right reason: not in a resource that was rejected anyway."""
        plain = self.mistake.says.replace("_", "").lower()
        return self.clean is not False and any(plain in problem.replace("_", "").lower() for problem in self.problems)


def load(file: Path = FILE) -> list[Mistake]:
    """The mistakes in `file`. Raises BadInput for one that is not described in full."""
    mistakes = []
    for entry in yaml.safe_load(file.read_text()):
        unknown = set(entry) - _KEYS
        if unknown or ("set" in entry) == ("new" in entry):
            raise BadInput(
                f"{file.name}: {entry.get('mistake', entry)!r} needs mistake, type, says and either set or new"
            )
        mistakes.append(Mistake(**entry))
    return mistakes


def plant(
    client: Client | None, mistakes: Sequence[Mistake], resources: Mapping[str, Mapping[str, Any]]
) -> list[PlantedResult]:
    """Judge each mistake in a resource of `resources` (inputs by URN), without a client by the rules alone. Raises
    BadInput where there is no such resource.
    """
    return [_plant(client, mistake, resources) for mistake in mistakes]


def _plant(client: Client | None, mistake: Mistake, resources: Mapping[str, Mapping[str, Any]]) -> PlantedResult:
    if mistake.new is not None:
        return PlantedResult(mistake=mistake, problems=_problems(client, mistake.type, mistake.new), clean=None)
    candidates = [inputs for urn, inputs in sorted(resources.items()) if type_of(urn) == mistake.type]
    for inputs in candidates:
        planted: Any = inputs
        try:
            for path, value in (mistake.set or {}).items():
                planted = with_value(planted, path_of(path), value)
        except (IndexError, TypeError, KeyError):
            continue  # not every resource of the type has the place
        clean = not _problems(client, mistake.type, inputs)
        return PlantedResult(mistake=mistake, problems=_problems(client, mistake.type, planted), clean=clean)
    raise BadInput(f"mistakes.yaml: the program has no {mistake.type} that {mistake.mistake!r} could be planted in")


def _problems(client: Client | None, token: str, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    broken = [f"{place}: {reason}" for place, reason in rules.problems(token, inputs)]
    return (*(client.judge(token, inputs).problems if client else ()), *broken)
