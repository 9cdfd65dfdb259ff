"""Switches: properties of few values, of which some take a safeguard away whatever stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..resource import Resource
from ..values import Block, known


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One switch of a type: where it stands, what it may say, and what AWS does where it says nothing."""

    token: str
    path: str
    """Dotted; where a block on the way may be there several times, the switch is judged in each."""
    right: tuple[str, ...] = ("true",)
    """The values that are right, lower case; every value but `wrong` ones where those are given."""
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
        text = absent if value is None or value == "" else str(value).strip().lower()
        if not text:
            return False
        return text in self.wrong if self.wrong else text not in self.right


def wrongly_set(resource: Resource, switches: Iterable[Switch]) -> Iterator[str]:
    """What is wrong with a resource's switches, once for each; UndecidedError where one isn't known yet."""
    told: set[str] = set()
    for switch in switches:
        if switch.says in told or any(resource.present(path) for path in switch.unless):
            continue
        parent, _, name = switch.path.rpartition(".")
        for block in _blocks(resource, parent):
            if _counts(switch, block, resource) and switch.is_wrong(
                known(block.data.get(name)), in_block=bool(block.data)
            ):
                told.add(switch.says)
                yield switch.says
                break


def _blocks(resource: Resource, path: str) -> list[Block]:
    """The blocks that hold a switch; an empty one where there is none on the way."""
    blocks: list[Block] = [resource]
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
