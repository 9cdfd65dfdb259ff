"""Security group rules in every form: inline, the old standalone rule, the new ones; all as one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .addresses import INTERNET, addresses, united
from .networks import Range, describe, is_open, ports, protocol
from .resource import Resource
from .tokens import DEFAULT_SECURITY_GROUP, EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE
from .values import Block, Unknown, each, known

GROUPS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
STANDALONE = (SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE)
CARRIERS = (*GROUPS, *STANDALONE)

Named = tuple[str, object]
"""The top-level property with a reference, and the id in it, which may be `Unknown`."""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Traffic that a rule admits. `cidrs` may hold `Unknown`; `groups` and `lists` are groups and prefix lists."""

    ingress: bool
    protocol: str
    span: Range
    cidrs: tuple[Named, ...]
    groups: tuple[Named, ...]
    lists: tuple[Named, ...]

    def open_cidr(self) -> str | None:
        """The first range that lets strangers through, or None; UndecidedError where a range isn't known yet."""
        undecided: Unknown | None = None
        for _, cidr in self.cidrs:
            if isinstance(cidr, Unknown):
                undecided = undecided or cidr
            elif isinstance(cidr, str) and is_open(cidr):
                return cidr
        every = united([addresses(cidr) for _, cidr in self.cidrs if isinstance(cidr, str)]) & INTERNET
        if every.holds_strangers:  # many small ranges make a large one
            return str(every)
        known(undecided)
        return None

    def __str__(self) -> str:
        return describe(self.protocol, self.span)


@dataclass(frozen=True)
class Entry:
    """One rule as it is written: a nested block of a group, or a resource of its own."""

    block: Block
    top: str
    """The property that holds the block; empty for a resource of its own."""
    ingress: bool
    new_style: bool = False

    def read(self) -> Traffic:
        """The traffic of the rule; UndecidedError where its protocol or ports aren't known yet."""
        return (_new_style if self.new_style else _old_style)(self)


def entries(resource: Resource, *, ingress: bool) -> Iterator[Entry]:
    """The rules that a security group or a standalone rule resource carries in one direction.

    One that can't be read yet doesn't hide the others: its UndecidedError is raised last.
    """
    if resource.token in GROUPS:
        undecided: Unknown | None = None
        for name in ("ingress", "ingresses") if ingress else ("egress", "egresses"):
            for item in resource.items(name):
                if isinstance(item, Unknown):
                    undecided = item
                elif isinstance(item, dict):
                    yield Entry(Block(item), name, ingress)
        known(undecided)
    elif resource.token == SECURITY_GROUP_RULE:
        if resource.text("type") == ("ingress" if ingress else "egress"):
            yield Entry(resource, "", ingress)
    elif resource.token == (INGRESS_RULE if ingress else EGRESS_RULE):
        yield Entry(resource, "", ingress, new_style=True)


def traffic(resource: Resource, judge: Callable[[Traffic], Iterable[str]], *, ingress: bool) -> Iterator[str]:
    """Problems that `judge` finds in the rules of a resource in one direction."""
    yield from each(entries(resource, ingress=ingress), lambda entry: judge(entry.read()))


def _new_style(entry: Entry) -> Traffic:
    block = entry.block
    name = protocol(_protocol_text(block, "ipProtocol"))
    return Traffic(
        ingress=entry.ingress,
        protocol=name,
        span=ports(name, block.number("fromPort"), block.number("toPort")),
        cidrs=_named(block, "", "cidrIpv4", "cidrIpv6"),
        groups=_named(block, "", "referencedSecurityGroupId"),
        lists=_named(block, "", "prefixListId"),
    )


def _old_style(entry: Entry) -> Traffic:
    block, top = entry.block, entry.top
    name = protocol(_protocol_text(block, "protocol"))
    return Traffic(
        ingress=entry.ingress,
        protocol=name,
        span=ports(name, block.number("fromPort"), block.number("toPort")),
        cidrs=_named(block, top, "cidrBlocks", "ipv6CidrBlocks"),
        groups=_named(block, top, "securityGroups", "sourceSecurityGroupId"),
        lists=_named(block, top, "prefixListIds"),
    )


def _named(block: Block, top: str, *paths: str) -> tuple[Named, ...]:
    return tuple((top or path, value) for path in paths for value in block.items(path) if value not in ("", None))


def _protocol_text(block: Block, path: str) -> str | None:
    value = block.get(path)  # "tcp", or its number as text or as a number
    return None if value is None else str(value)
