"""Network ACLs as tables of rules, one for each tier: a second barrier, independent of security groups.

NACLs are stateless, so each table also admits replies: to the ephemeral ports 1024-65535, as load balancers, NAT
gateways and tasks use them all (VPC user guide, "Ephemeral ports").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import Final

ANYWHERE: Final = IPv4Network("0.0.0.0/0")
HTTP: Final = 80
HTTPS: Final = 443
RDP: Final = 3389
# Without RDP (Security Hub control EC2.21): a NAT gateway that picks this one source port of 64,512 gets no answer, and
# its client tries again from another.
EPHEMERAL_FROM_ANYWHERE: Final = ((1024, RDP - 1), (RDP + 1, 65535))
EPHEMERAL: Final = (1024, 65535)
STEP: Final = 10  # between rule numbers, so that a rule can be put between two by hand in an emergency


@dataclass(frozen=True)
class Rule:
    """One rule that allows TCP between a network and a range of ports."""

    egress: bool
    cidr: IPv4Network
    first_port: int
    last_port: int


def numbered(rules: Sequence[Rule]) -> list[tuple[int, Rule]]:
    """The rules with their numbers, which count for each direction on its own."""
    result: list[tuple[int, Rule]] = []
    for egress in (False, True):
        one_way = [rule for rule in rules if rule.egress is egress]
        result += [((position + 1) * STEP, rule) for position, rule in enumerate(one_way)]
    return result


def public_tier(vpc: IPv4Network, *, takes_customers: bool) -> list[Rule]:
    """NAT gateways and, where it is public, the load balancer; services listen on ephemeral ports."""
    rules = [Rule(False, vpc, HTTPS, HTTPS)]  # from tasks, on their way out through NAT
    if takes_customers:
        rules += [Rule(False, ANYWHERE, port, port) for port in (HTTP, HTTPS)]
    rules += [Rule(False, ANYWHERE, *ports) for ports in EPHEMERAL_FROM_ANYWHERE]
    return [*rules, Rule(True, ANYWHERE, HTTPS, HTTPS), Rule(True, ANYWHERE, *EPHEMERAL)]


def app_tier(vpc: IPv4Network, *, takes_origin_traffic: bool) -> list[Rule]:
    """Tasks, interface endpoints and the internal load balancer.

    AWS does not document whether traffic from a CloudFront VPC origin has addresses of the VPC or CloudFront's
    own, so `takes_origin_traffic` admits both. There is no route from an internet gateway to these subnets, and the
    load balancer's security group admits CloudFront alone.
    """
    callers = ANYWHERE if takes_origin_traffic else vpc
    return [
        *(Rule(False, callers, port, port) for port in (HTTP, HTTPS)),
        *(Rule(False, ANYWHERE, *ports) for ports in EPHEMERAL_FROM_ANYWHERE),
        Rule(False, vpc, RDP, RDP),  # an ephemeral port like any other inside the VPC
        Rule(True, ANYWHERE, HTTPS, HTTPS),
        Rule(True, vpc, HTTP, HTTP),
        Rule(True, callers, *EPHEMERAL),
    ]


def data_tier(app: Iterable[IPv4Network], data: Iterable[IPv4Network], store_ports: Sequence[int]) -> list[Rule]:
    """Stores and their proxies: from app subnets to the stores' ports, and among themselves.

    The stores' ports form three ranges at most, so that a plan of four zones stays within the quota whatever
    blocks its subnets have.
    """
    apps, datas = list(collapse_addresses(app)), list(collapse_addresses(data))
    rules = [Rule(False, cidr, *ports) for cidr in apps for ports in _ranges(store_ports)]
    rules += [Rule(False, cidr, *EPHEMERAL) for cidr in datas]  # a proxy to its cluster, and the answers
    rules += [Rule(True, cidr, *EPHEMERAL) for cidr in (*apps, *datas)]
    return rules


def _ranges(ports: Iterable[int]) -> list[tuple[int, int]]:
    """Ports as ranges, neighbours joined."""
    ranges: list[tuple[int, int]] = []
    for port in sorted(set(ports)):
        if ranges and ranges[-1][1] == port - 1:
            ranges[-1] = ranges[-1][0], port
        else:
            ranges.append((port, port))
    return ranges
