"""Switches: properties of few values, of which some take a safeguard away whatever stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..resource import Resource
from ..values import Block, document, known, listed


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One switch of a type: where it stands, what it may say, and what AWS does where it says nothing."""

    token: str
    path: str
    """Dotted; where a block on the way may be there several times, the switch is judged in each."""
    document: str = ""
    """Where the path leads to JSON text: the path inside it."""
    optional: bool = False
    """Whether the block that holds it may be left out, so that there is nothing to judge."""
    right: tuple[str, ...] = ("true",)
    """The values that are right, lower case, patterns included; every value but `wrong` ones where those are given.
    Of a list, each element."""
    wrong: tuple[str, ...] = ()
    absent: str = ""
    """The value that counts where there is none, lower case; empty where nothing is as good as a right value."""
    inside: str = ""
    """The same where its block is there without it, if that makes a difference."""
    says: str
    """What is wrong, after the resource's name: `is not encrypted`."""
    source: str
    """Whose rule asks for it: AWS Foundational Security Best Practices (FSBP) or Checkov (CKV); `provider` where only
    the reference of the provider or the service says what is left unprotected."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Beside the switch or at the top: properties and their values, lower case,
    without which it counts for nothing; of no values any will do."""
    unless: tuple[str, ...] = ()
    """Properties at the top with which the switch has no say."""

    def is_wrong(self, value: Any, *, in_block: bool) -> bool:
        absent = (in_block and self.inside) or self.absent
        values = [absent] if value in (None, "", []) else [str(known(item)) for item in listed(value)]
        return any(self._is_wrong(text.strip().lower()) for text in values if text)

    def _is_wrong(self, text: str) -> bool:
        if self.wrong:
            return text in self.wrong
        return not any(fnmatchcase(text, pattern) for pattern in self.right)


def wrongly_set(resource: Resource, switches: Iterable[Switch]) -> Iterator[str]:
    """What is wrong with a resource's switches, once for each; UndecidedError where one isn't known yet."""
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
