"""What `awsx.ec2.Vpc` may be given, and the combinations that it refuses, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from devtools.rehearsal.fake_outputs.subnet_layout import LayoutError, Subnet

# How many zones the component takes when nobody says.
DEFAULT_ZONES: Final = 3

_ARGUMENTS: Final = frozenset(
    {
        "assignGeneratedIpv6CidrBlock",
        "availabilityZoneCidrMask",
        "availabilityZoneNames",
        "cidrBlock",
        "enableDnsHostnames",
        "enableDnsSupport",
        "enableNetworkAddressUsageMetrics",
        "instanceTenancy",
        "ipv4IpamPoolId",
        "ipv4NetmaskLength",
        "ipv6CidrBlock",
        "ipv6CidrBlockNetworkBorderGroup",
        "ipv6IpamPoolId",
        "ipv6NetmaskLength",
        "natGateways",
        "numberOfAvailabilityZones",
        "region",
        "subnetNameTagStrategy",
        "subnetSpecs",
        "subnetStrategy",
        "tags",
        "vpcEndpointSpecs",
        "vpcEndpointStrategy",
    }
)


class UnsupportedError(ValueError):
    """Something that the real component can do and the rehearsal can't; the message says what to do instead."""


def whole(value: Any) -> Any:
    """The value with whole numbers as integers: the protocol has floats only."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, list) else value


def refuse_unknown(args: Mapping[str, Any]) -> None:
    """LayoutError for an argument that the component lacks, UnsupportedError for one that can't be rehearsed."""
    unknown = sorted(set(args) - _ARGUMENTS)
    if unknown:
        raise LayoutError(f"awsx:ec2:Vpc has no argument {unknown[0]!r}")
    if "cidrBlock" not in args and "ipv4IpamPoolId" in args:
        raise UnsupportedError(
            "the rehearsal cannot lay out a VPC whose block an IPAM pool chooses (ipv4IpamPoolId without cidrBlock); "
            "give cidrBlock"
        )
    if not isinstance(args.get("tags", {}), Mapping):
        raise UnsupportedError("tags of awsx:ec2:Vpc must be a plain map: the component adds its own Name to them")


def zones_used(args: Mapping[str, Any], zones: Sequence[str]) -> list[str]:
    """The availability zones that the arguments choose among those of the region."""
    names, number = args.get("availabilityZoneNames"), args.get("numberOfAvailabilityZones")
    if names and number:
        raise LayoutError("Only one of [availabilityZoneNames] and [numberOfAvailabilityZones] can be specified")
    if names:
        return list(names)
    wanted = int(number or DEFAULT_ZONES)
    if len(zones) < wanted:
        raise LayoutError(
            f"The configured region for this provider does not have at least {wanted} Availability Zones. Either "
            "specify an explicit list of zones in availabilityZoneNames or choose a region with at least "
            f"{wanted} AZs."
        )
    return list(zones[:wanted])


def check_addresses(strategy: str, addresses: Sequence[Any], zones: int) -> None:
    """LayoutError when the given elastic addresses don\'t fit the strategy (in lower case) for NAT gateways."""
    if strategy not in ("none", "single", "oneperaz"):
        raise LayoutError(f"Unknown NatGatewayStrategy '{strategy}'")
    if strategy == "none" and addresses:
        raise LayoutError("Elastic IP allocation IDs cannot be specified when NAT Gateway strategy is 'None'.")
    if strategy == "single" and len(addresses) > 1:
        raise LayoutError("Exactly one Elastic IP may be specified when NAT Gateway strategy is 'Single'.")
    if strategy == "oneperaz" and addresses and len(addresses) != zones:
        raise LayoutError(
            "The number of Elastic IPs, if specified, must match the number of availability zones for the VPC "
            f"({zones}) when NAT Gateway strategy is 'OnePerAz'"
        )


def check_nat(strategy: str, subnets: Sequence[Subnet]) -> None:
    """LayoutError when NAT gateways are wanted and there is no place for them, or nobody to use them."""
    kinds = {subnet.kind.lower() for subnet in subnets}
    if strategy != "none" and not ("public" in kinds and kinds & {"private", "isolated"}):
        raise LayoutError(
            "If NAT Gateway strategy is 'OnePerAz' or 'Single', public subnets must be declared to host the NAT "
            "Gateway resource, along with private or isolated subnets to route through it."
        )
