"""Switches: properties with few values, some of which disable a safeguard whatever else is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..resource import Resource
from ..values import Block, document, known, listed


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One switch of a type: its path, its safe values, and AWS's default."""

    token: str
    path: str
    """Dotted; in a list of blocks on the path, the switch is judged in each."""
    document: str = ""
    """For a property that is JSON text: the path inside it."""
    optional: bool = False
    """Whether the enclosing block is optional, with nothing to judge when absent."""
    right: tuple[str, ...] = ("true",)
    """Safe values, lower case, patterns allowed; if `wrong` is set instead, every value but those.
    Of a list, each element."""
    wrong: tuple[str, ...] = ()
    absent: str = ""
    """AWS's default, lower case; empty where an absent value is safe."""
    inside: str = ""
    """The same where its block is there without it, if that makes a difference."""
    says: str
    """The fault, after the resource's name: `is not encrypted`."""
    source: str
    """Source of the rule: AWS Foundational Security Best Practices (FSBP) or Checkov (CKV); `provider` where only
    the reference of the provider or the service documents the risk."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Properties beside the switch or at the top level, with their values in lower case,
    on which the switch depends; no values means any value."""
    unless: tuple[str, ...] = ()
    """Top-level properties that make the switch irrelevant."""

    def is_wrong(self, value: Any, *, in_block: bool) -> bool:
        absent = (in_block and self.inside) or self.absent
        values = [absent] if value in (None, "", []) else [str(known(item)) for item in listed(value)]
        return any(self._is_wrong(text.strip().lower()) for text in values if text)

    def _is_wrong(self, text: str) -> bool:
        if self.wrong:
            return text in self.wrong
        return not any(fnmatchcase(text, pattern) for pattern in self.right)


def wrongly_set(resource: Resource, switches: Iterable[Switch]) -> Iterator[str]:
    """Faults of a resource's switches, without repetition; UndecidedError where one isn't known yet."""
    told: set[str] = set()
    for switch in switches:
        if switch.says in told or any(resource.present(path) for path in switch.unless):
            continue
        for block, name in _places(resource, switch):
            if (
                (block.data or not switch.optional)
                and _counts(switch, block, resource)
                and switch.is_wrong(known(block.data.get(name)), in_block=bool(block.data))
            ):
                told.add(switch.says)
                yield switch.says
                break


def _places(resource: Resource, switch: Switch) -> Iterator[tuple[Block, str]]:
    """The blocks that hold a switch, each with the switch's name."""
    parent, _, name = switch.path.rpartition(".")
    for block in _blocks([resource], parent):
        if switch.document:
            opened = document(block.data.get(name))
            roots = [Block(item) for item in listed(opened)] or [Block({})]
            inner, _, last = switch.document.rpartition(".")
            yield from ((found, last) for found in _blocks(roots, inner))
        else:
            yield block, name


def _blocks(blocks: Sequence[Block], path: str) -> Sequence[Block]:
    """The blocks at a path; an empty one where there is none on the way."""
    for step in path.split(".") if path else ():
        blocks = [inner for block in blocks for inner in block.blocks(step) or [Block({})]]
    return blocks


def _counts(switch: Switch, block: Block, resource: Resource) -> bool:
    for path, values in switch.where:
        owner = block if path in block.data else resource
        value = owner.get(path)
        text = "" if value is None else str(value).strip().lower()
        if text not in values if values else not text:
            return False
    return True
