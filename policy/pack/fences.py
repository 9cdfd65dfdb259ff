"""Fences around a subnet or an interface: rules of network ACLs and security groups in the order AWS asks them."""

from __future__ import annotations

from dataclasses import dataclass

from .addresses import EVERYBODY, NOBODY, Addresses
from .networks import ALL_PORTS, EVERYTHING, Range


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Traffic that a rule of a security group or network ACL matches. `groups` are URNs of groups it refers to."""

    protocol: str
    span: Range
    addresses: Addresses
    label: str
    groups: tuple[str, ...] = ()
    allows: bool = True
    doubt: str = ""
    carrier: str = ""
    """URN of the resource that the rule is written in."""
    lists: tuple[object, ...] = ()
    """Ids of prefix lists that others made, which may be `Unknown`: their addresses aren't known here."""

    def covers(self, name: str, port: int) -> bool:
        return self.protocol in (EVERYTHING, name) and self.span[0] <= port <= self.span[1]


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A network ACL: its ingress rules in the order in which AWS asks them."""

    name: str
    gaps: tuple[Gap, ...]

    def admits(self, name: str, port: int, *, possible: bool) -> tuple[Addresses, str]:
        """Addresses admitted to a port, and the first rule that admits any. The first matching rule decides."""
        left, admitted, label = EVERYBODY, NOBODY, ""
        for gap in self.gaps:
            if not left:
                break
            if not gap.covers(name, port):
                continue
            hit = left & gap.addresses
            if gap.doubt:
                if possible:
                    return admitted | left, label or gap.label
            elif gap.allows and hit:
                admitted, label = admitted | hit, label or gap.label
            left -= hit
        return admitted, label


OPEN_FENCE = Fence(
    name="the default network ACL",
    gaps=(
        Gap(protocol=EVERYTHING, span=ALL_PORTS, addresses=EVERYBODY, label="the VPC's default NACL allows everything"),
    ),
)
