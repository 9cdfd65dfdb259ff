"""The address plan: from a VPC's CIDR to the subnets of three tiers, and whether the services' tasks fit in.

The layout depends on the VPC's CIDR alone, never on task counts or on how many zones are in use: a subnet's CIDR
cannot be changed in place, so a plan that followed the task count would replace every subnet when a maximum is
raised. The task count decides whether the plan is large enough.

    eighths of the VPC:  0 1 2 3 app subnets, one a zone | 4 public, in eighths | 5 data, in eighths | 6 7 spare
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Final

from specs.network import Network, SubnetCidrs

MAX_ZONES: Final = 4
WIDEST_PREFIX: Final = 16  # AWS: a VPC's block is at most a /16
NARROWEST_PREFIX: Final = 21  # so that public subnets are a /27, the smallest an Application Load Balancer accepts
AWS_RESERVED: Final = 5  # addresses that AWS keeps in each subnet (VPC user guide, "Subnet sizing")
LOAD_BALANCER_ADDRESSES: Final = 100  # an ALB may scale to 100 addresses in all (ELB user guide)
ENDPOINT_ADDRESSES: Final = 16  # interface endpoints, one address each in a zone, rounded up
DEPLOYMENT_SURGE: Final = 2  # a rolling deployment may run 200 % of a service's tasks (ECS maximumPercent)


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """Subnets by tier, one per zone, in the order of the zones."""

    vpc: IPv4Network
    public: tuple[IPv4Network, ...]
    app: tuple[IPv4Network, ...]
    data: tuple[IPv4Network, ...]

    @property
    def subnets(self) -> tuple[IPv4Network, ...]:
        return self.public + self.app + self.data


def task_addresses_needed(max_tasks: int, zones: int) -> int:
    """Addresses that each app subnet must offer for `max_tasks` tasks (each takes one) in `zones` zones.

    The larger of: a rolling deployment at full scale over all zones, or full scale on the zones left after one is lost.
    """
    surge = math.ceil(DEPLOYMENT_SURGE * max_tasks / zones)
    zone_lost = math.ceil(max_tasks / max(zones - 1, 1))
    return max(surge, zone_lost) + AWS_RESERVED + LOAD_BALANCER_ADDRESSES + ENDPOINT_ADDRESSES


def layout(vpc: IPv4Network, zones: int) -> AddressPlan:
    """The plan for `zones` (1 to 4) zones. Raises ValueError for a block that AWS or the plan cannot use."""
    if not WIDEST_PREFIX <= vpc.prefixlen <= NARROWEST_PREFIX:
        raise ValueError(
            f"a VPC is a /{WIDEST_PREFIX} to /{NARROWEST_PREFIX} (got {vpc}); "
            f"use a /{WIDEST_PREFIX if vpc.prefixlen < WIDEST_PREFIX else NARROWEST_PREFIX} or a size between"
        )
    eighths = list(vpc.subnets(prefixlen_diff=3))
    return AddressPlan(
        vpc=vpc,
        app=tuple(eighths[:zones]),
        public=tuple(list(eighths[MAX_ZONES].subnets(prefixlen_diff=3))[:zones]),
        data=tuple(list(eighths[MAX_ZONES + 1].subnets(prefixlen_diff=3))[:zones]),
    )


def plan(network: Network, max_tasks: int) -> AddressPlan:
    """The subnets of `network`, proved to hold `max_tasks` tasks.

    Raises ValueError (rule, value, remedy) when a block overlaps another, lies outside the VPC or is too small.
    """
    zones = len(network.zones)
    needed = task_addresses_needed(max_tasks, zones)
    if network.subnets is None:
        result = _sized_layout(network.cidr, zones, max_tasks, needed)
    else:
        result = _by_hand(network.cidr, network.subnets, zones)
        for subnet in result.app:
            if subnet.num_addresses < needed:
                raise ValueError(
                    f"an app subnet must offer {needed} addresses for {max_tasks} tasks (got {subnet}, "
                    f"{subnet.num_addresses}); use a /{_prefix_for(needed)} or wider"
                )
    _refuse_overlap(network)
    return result


def _sized_layout(vpc: IPv4Network, zones: int, max_tasks: int, needed: int) -> AddressPlan:
    wanted = min(_prefix_for(needed) - 3, NARROWEST_PREFIX)
    if wanted < WIDEST_PREFIX:
        raise ValueError(
            f"{max_tasks} tasks need {needed} addresses in each app subnet, more than the widest VPC, a "
            f"/{WIDEST_PREFIX}, offers (got {vpc}); lower the services' scaling.max or add a zone"
        )
    if vpc.prefixlen > wanted:
        raise ValueError(
            f"{max_tasks} tasks and instances (at the settings' maxima) need {needed} addresses in each of {zones} app "
            f"subnets, and an eighth of the VPC is one app subnet (got {vpc}); use a /{wanted} or wider"
        )
    return layout(vpc, zones)


def _prefix_for(addresses: int) -> int:
    """The narrowest prefix length that holds so many addresses."""
    return 32 - math.ceil(math.log2(addresses))


def _by_hand(vpc: IPv4Network, given: SubnetCidrs, zones: int) -> AddressPlan:
    layout(vpc, zones)  # the VPC's own size is judged the same way
    result = AddressPlan(vpc=vpc, public=given.public, app=given.app, data=given.data)
    for tier in ("public", "app", "data"):
        subnets: Sequence[IPv4Network] = getattr(result, tier)
        if len(subnets) != zones:
            raise ValueError(
                f"subnets.{tier} must name one CIDR for each of the {zones} zones (got {len(subnets)}); "
                f"{'add' if len(subnets) < zones else 'remove'} {abs(zones - len(subnets))}"
            )
        for subnet in subnets:
            if not subnet.subnet_of(vpc):
                raise ValueError(
                    f"subnets.{tier} must lie inside the VPC {vpc} (got {subnet}); choose a block inside it"
                )
            if subnet.prefixlen > 28:  # AWS: a subnet is at most a /28
                raise ValueError(f"subnets.{tier} must be a /28 or wider (got {subnet}); widen it")
    _refuse_pairs(result.subnets)
    return result


def _refuse_pairs(subnets: Sequence[IPv4Network]) -> None:
    ordered = sorted(subnets)
    for left, right in pairwise(ordered):
        if left.overlaps(right):
            raise ValueError(f"subnets must not overlap (got {left} and {right}); move one of them")


def _refuse_overlap(network: Network) -> None:
    clashes: Iterable[IPv4Network] = (other for other in network.reserved_cidrs if other.overlaps(network.cidr))
    for other in clashes:
        raise ValueError(
            f"the VPC must not overlap a reserved range (got {network.cidr}, reserved {other}); "
            "move the VPC or the range"
        )
