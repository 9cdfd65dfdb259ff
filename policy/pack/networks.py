"""Address ranges and ports, as security groups and network ACLs write them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Range = tuple[int, int]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ALL_PORTS: Range = (0, 65535)
TCP = "tcp"
UDP = "udp"
EVERYTHING = "-1"

# Ranges that no stranger on the internet can send from.
PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
            "::1/128",
        ),
    )
)
# A public range this wide holds strangers, however it was split: a company's own ranges are far narrower.
WIDEST_OWN_PREFIX = {4: 16, 6: 32}

_PROTOCOLS = {"6": TCP, "17": UDP, "all": EVERYTHING, "1": "icmp", "58": "icmpv6"}


@lru_cache(maxsize=8192)
def is_open(cidr: str) -> bool:
    """Whether a CIDR block is open to strangers: 0.0.0.0/0, ::/0, either half of them, any public range as wide.

    Host bits are ignored, as in AWS: 10.0.0.0/0 is the whole internet. An invalid CIDR block is not open.
    """
    try:
        network = ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return False
    if any(_within(network, private) for private in PRIVATE):
        return False
    return network.prefixlen < WIDEST_OWN_PREFIX[network.version]


def _within(network: _Network, other: _Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)


def protocol(name: str | None) -> str:
    """A protocol's usual name; none means every protocol."""
    name = (name or EVERYTHING).strip().lower()
    return _PROTOCOLS.get(name, name)


def ports(name: str, start: float | None, end: float | None) -> Range:
    """The ports of a rule; every one where the protocol is any, or where a side is missing or negative."""
    if name == EVERYTHING or start is None or end is None or start < 0 or end < 0:
        return ALL_PORTS
    return int(start), int(end)


def describe(name: str, span: Range) -> str:
    """`tcp 22`, `tcp 1024-65535`, `every protocol`."""
    if name == EVERYTHING:
        return "every protocol"
    return f"{name} {span[0]}" if span[0] == span[1] else f"{name} {span[0]}-{span[1]}"
