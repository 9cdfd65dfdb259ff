"""Security group rules in every form: inline, the old standalone rule, the new ones; all as one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .networks import Range, describe, is_open, ports, protocol
from .resource import Resource
from .tokens import DEFAULT_SECURITY_GROUP, EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE
from .values import Block, known

GROUPS = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
STANDALONE = (SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE)
CARRIERS = (*GROUPS, *STANDALONE)


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What one rule lets through. `cidrs` may hold `Unknown`; `by_group` and `by_list` name no address."""

    ingress: bool
    protocol: str
    span: Range
    cidrs: tuple[object, ...]
    by_group: bool
    by_list: bool

    def open_cidr(self) -> str | None:
        """The first range that lets strangers through, or None; UndecidedError where a range isn't known yet."""
        return next((cidr for cidr in map(known, self.cidrs) if isinstance(cidr, str) and is_open(cidr)), None)

    def __str__(self) -> str:
        return describe(self.protocol, self.span)


def traffic(resource: Resource, *, ingress: bool) -> Iterator[Traffic]:
    """The rules that a security group or a standalone rule resource carries in one direction."""
    if resource.token in GROUPS:
        names = ("ingress", "ingresses") if ingress else ("egress", "egresses")
        for block in resource.blocks(*names):
            yield _old_style(block, ingress)
    elif resource.token == SECURITY_GROUP_RULE:
        if resource.text("type") == ("ingress" if ingress else "egress"):
            yield _old_style(resource, ingress)
    elif resource.token == (INGRESS_RULE if ingress else EGRESS_RULE):
        name = protocol(_protocol_text(resource, "ipProtocol"))
        cidrs = (resource.raw("cidrIpv4"), resource.raw("cidrIpv6"))
        yield Traffic(
            ingress=ingress,
            protocol=name,
            span=ports(name, resource.number("fromPort"), resource.number("toPort")),
            cidrs=tuple(cidr for cidr in cidrs if cidr is not None),
            by_group=resource.present("referencedSecurityGroupId"),
            by_list=resource.present("prefixListId"),
        )


def _old_style(block: Block, ingress: bool) -> Traffic:
    name = protocol(_protocol_text(block, "protocol"))
    return Traffic(
        ingress=ingress,
        protocol=name,
        span=ports(name, block.number("fromPort"), block.number("toPort")),
        cidrs=(*block.items("cidrBlocks"), *block.items("ipv6CidrBlocks")),
        by_group=block.present("securityGroups") or block.present("sourceSecurityGroupId") or block.flag("self"),
        by_list=block.present("prefixListIds"),
    )


def _protocol_text(block: Block, path: str) -> str | None:
    value = block.get(path)  # "tcp", or its number as text or as a number
    return None if value is None else str(value)
