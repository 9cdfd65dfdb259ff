"""The variants recorded without an engine: what is judged of them needs neither the provider nor a network.

Variants of one stack that can be laid over one another are recorded as one: together they make everything that each of
them makes, in a fifth of the time.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import settings
from devtools.conformance import rules
from devtools.conformance.names.rules import of_stack
from devtools.conformance.names.tables import Resources
from devtools.conformance.variants import Variant, lay_over
from devtools.recording import programs
from devtools.recording.recorded import Recorded

_AWS = "aws:"


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """A problem with one property of one recorded resource."""

    token: str
    name: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.token} {self.name}.{self.place}: {self.reason}"


def together(variants: Iterable[Variant]) -> list[Variant]:
    """The given variants merged into as few valid ones as possible: the stacks themselves first."""
    found: list[Variant] = []
    for variant in variants:
        for index, other in enumerate(found):
            merged = Variant(
                name=f"{other.name}+{variant.name}",
                stack=variant.stack,
                folder=variant.folder,
                why="several variants at once",
                config=lay_over(other.config, variant.config),
            )
            if other.config and variant.config and _of_one_stack(other, variant) and _valid(merged):
                found[index] = merged
                break
        else:
            found.append(variant)
    return found


def _of_one_stack(one: Variant, other: Variant) -> bool:
    return (one.stack, one.folder) == (other.stack, other.folder)


def record(variant: Variant) -> Recorded:
    """The program as the variant configures it, recorded once a process."""
    return programs.recorded_values(variant.stack, _values(variant))


def resources(recorded: Recorded) -> Resources:
    """AWS's resources as the rules take them."""
    return {
        each.urn: (each.token, each.inputs, each.outputs)
        for each in recorded.resources
        if each.custom and each.token.startswith(_AWS)
    }


def problems(made: Resources) -> list[Problem]:
    """Everything that is wrong by the rules, each resource for itself and all of them together."""
    single = [(urn, *found) for urn, (token, inputs, _) in made.items() for found in _of_one(token, _text(inputs))]
    return sorted(
        Problem(token=made[urn][0], name=urn.rpartition("::")[2], place=place, reason=reason)
        for urn, place, reason in [*single, *of_stack(made)]
    )


@functools.cache
def _of_one(token: str, inputs: str) -> list[tuple[str, str]]:
    return rules.problems(token, json.loads(inputs))


def _text(inputs: Any) -> str:
    return json.dumps(inputs, sort_keys=True)


def _values(variant: Variant) -> dict[str, Any]:
    return dict(lay_over(programs.stack_values(variant.stack, variant.folder), variant.config))


def _valid(variant: Variant) -> bool:
    flat = {key: programs.as_text(value) for key, value in _values(variant).items()}
    try:
        settings.parse("saleday", variant.stack, flat)
    except ValueError:
        return False
    return True
