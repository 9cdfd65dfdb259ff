"""The address plan: disjoint, inside the VPC, large enough, and still when anything but the CIDR changes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs import addresses
from specs.network import Network, SubnetCidrs

vpcs = st.builds(
    lambda prefix, position: IPv4Network((int(IPv4Address("10.0.0.0")) + position * 2 ** (32 - prefix), prefix)),
    prefix=st.integers(addresses.WIDEST_PREFIX, addresses.NARROWEST_PREFIX),
    position=st.integers(0, 255),
)
zone_counts = st.integers(1, addresses.MAX_ZONES)


@settings(deadline=None)  # a busy machine is no fault of the plan
@given(vpc=vpcs, zones=zone_counts)
def test_every_subnet_lies_inside_the_vpc_and_overlaps_no_other(vpc: IPv4Network, zones: int) -> None:
    plan = addresses.layout(vpc, zones)
    assert all(subnet.subnet_of(vpc) for subnet in plan.subnets)
    ordered = sorted(plan.subnets)
    assert not any(left.overlaps(right) for left, right in pairwise(ordered))


@settings(deadline=None)  # a busy machine is no fault of the plan
@given(vpc=vpcs, zones=zone_counts)
def test_each_tier_has_one_subnet_in_each_zone(vpc: IPv4Network, zones: int) -> None:
    plan = addresses.layout(vpc, zones)
    assert (len(plan.public), len(plan.app), len(plan.data)) == (zones, zones, zones)


@settings(deadline=None)  # a busy machine is no fault of the plan
@given(vpc=vpcs, zones=st.integers(1, addresses.MAX_ZONES - 1))
def test_adding_a_zone_moves_no_subnet(vpc: IPv4Network, zones: int) -> None:
    before, after = addresses.layout(vpc, zones), addresses.layout(vpc, zones + 1)
    for tier in ("public", "app", "data"):
        assert getattr(after, tier)[:zones] == getattr(before, tier), "a moved subnet would be replaced, with all in it"


@settings(deadline=None)  # a busy machine is no fault of the plan
@given(vpc=vpcs, zones=zone_counts)
def test_public_subnets_are_wide_enough_for_a_load_balancer(vpc: IPv4Network, zones: int) -> None:
    assert all(subnet.prefixlen <= 27 for subnet in addresses.layout(vpc, zones).public), "AWS asks for a /27 at least"


@settings(deadline=None)  # a busy machine is no fault of the plan
@given(vpc=vpcs, zones=zone_counts, tasks=st.integers(1, 20_000))
def test_a_plan_either_holds_the_tasks_or_names_a_prefix_that_does(vpc: IPv4Network, zones: int, tasks: int) -> None:
    network = Network(cidr=vpc, zones=tuple("abcd"[:zones]))
    needed = addresses.task_addresses_needed(tasks, zones)
    try:
        plan = addresses.plan(network, tasks)
    except ValueError as error:
        if "lower the services' scaling.max" in str(error):
            widest = addresses.layout(IPv4Network("10.0.0.0/16"), zones)
            assert min(subnet.num_addresses for subnet in widest.app) < needed, "a /16 would have done"
            return
        prefix = int(str(error).rsplit("/", 1)[1].split()[0])
        advised = IPv4Network((vpc.network_address, prefix), strict=False)
        plan = addresses.plan(network.model_copy(update={"cidr": advised}), tasks)
        assert prefix < vpc.prefixlen, "the advice must be wider than what was refused"
    assert all(subnet.num_addresses >= needed for subnet in plan.app)


def test_the_number_of_tasks_does_not_move_subnets() -> None:
    assert addresses.plan(Network(), 10) == addresses.plan(Network(), 3000)


def test_the_loss_of_one_of_two_zones_is_counted() -> None:
    fixed = addresses.AWS_RESERVED + addresses.LOAD_BALANCER_ADDRESSES + addresses.ENDPOINT_ADDRESSES
    assert addresses.task_addresses_needed(100, 2) == 100 + fixed
    assert addresses.task_addresses_needed(90, 3) == 60 + fixed, "a rolling deployment over three zones asks for more"


@pytest.mark.parametrize("cidr", ["10.0.0.0/15", "10.0.0.0/22", "10.0.0.0/28"])
def test_a_vpc_that_aws_or_the_plan_cannot_use_is_refused(cidr: str) -> None:
    with pytest.raises(ValueError, match=r"got 10\.0\.0\.0"):
        addresses.layout(IPv4Network(cidr), 2)


BY_HAND = {
    "public": ("10.0.0.0/24", "10.0.1.0/24"),
    "app": ("10.0.16.0/22", "10.0.20.0/22"),
    "data": ("10.0.2.0/24", "10.0.3.0/24"),
}


def by_hand(**changes: tuple[str, ...]) -> Network:
    subnets = SubnetCidrs.model_validate(BY_HAND | changes)
    return Network(cidr=IPv4Network("10.0.0.0/16"), zones=("a", "b"), subnets=subnets)


def test_subnets_by_hand_are_taken_as_they_are() -> None:
    plan = addresses.plan(by_hand(), 100)
    assert [str(subnet) for subnet in plan.app] == list(BY_HAND["app"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": ("10.0.2.0/24", "10.0.2.128/25")}, "must not overlap"),
        ({"data": ("10.0.17.0/24", "10.0.3.0/24")}, "must not overlap"),
        ({"data": ("10.0.2.0/24",)}, "one CIDR for each of the 2 zones"),
        ({"data": ("10.1.2.0/24", "10.0.3.0/24")}, "inside the VPC"),
        ({"data": ("10.0.2.0/29", "10.0.3.0/24")}, "/28 or wider"),
        ({"app": ("10.0.16.0/26", "10.0.20.0/26")}, "use a /24 or wider"),
    ],
)
def test_subnets_by_hand_that_cannot_work_are_refused(changes: dict[str, tuple[str, ...]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        addresses.plan(by_hand(**changes), 100)


def test_a_vpc_on_top_of_a_reserved_range_is_refused() -> None:
    network = Network(cidr=IPv4Network("10.0.0.0/16"), reserved_cidrs=(IPv4Network("10.0.128.0/17"),))
    with pytest.raises(ValueError, match=r"reserved 10\.0\.128\.0/17"):
        addresses.plan(network, 10)
