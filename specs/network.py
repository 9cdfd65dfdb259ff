"""Settings of a stack's network."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from specs.base import RetentionDays, Spec
from specs.forms import Cidr, Distinct, Form

NatStrategy = Literal["perZone", "single", "none"]


# Ranges that no VPC may have (VPC user guide, "VPC CIDR blocks"; IANA, "IPv4 Special-Purpose Address Registry").
_NOT_FOR_HOSTS: Final = {
    IPv4Network("0.0.0.0/8"): "this host",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("169.254.0.0/16"): "link-local",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved",
}


def _for_hosts(cidr: IPv4Network) -> IPv4Network:
    for taken, kind in _NOT_FOR_HOSTS.items():
        if cidr.overlaps(taken):
            raise ValueError(
                f"a VPC has addresses for hosts (got {cidr}, {kind}); use a private range such as 10.20.0.0/16"
            )
    return cidr


VpcCidr = Annotated[Cidr, AfterValidator(_for_hosts)]
ZoneLetter = Annotated[str, Form("the letter of an Availability Zone", "a", r"[a-z]")]


class SubnetCidrs(Spec):
    """Subnets of an address plan that exists already: one CIDR per zone in each list, in the order of `zones`."""

    public: Annotated[tuple[Cidr, ...], Distinct()]
    """NAT gateways and, where it is public, the load balancer."""
    app: Annotated[tuple[Cidr, ...], Distinct()]
    """Tasks, interface endpoints and the internal load balancer; no way in from the internet."""
    data: Annotated[tuple[Cidr, ...], Distinct()]
    """Stores; no way in or out but the app subnets."""


class Network(Spec):
    """The VPC of one stack."""

    cidr: VpcCidr = IPv4Network("10.0.0.0/16")
    """Address range of the VPC, /16 to /21."""

    zones: Annotated[tuple[ZoneLetter, ...], Field(min_length=1, max_length=4)] = ("a", "b", "c")
    """Letters of the Availability Zones in use. Append to grow: the plan has room for four, so that no subnet moves.
    Letters are other zones in other accounts: one that lacks something of AWS which the stack uses is refused by its
    id."""

    nat: NatStrategy = "perZone"
    """`perZone`: one NAT gateway in each zone; `single`: one in the first zone; `none`: no way out to the internet,
    which services with `compute: ec2` cannot do without."""

    endpoints: Literal["everyZone", "firstZone"] = "everyZone"
    """Zones with interface endpoints; each costs by the hour and zone. `firstZone` saves, and goes with that zone."""

    flow_log_retention_days: RetentionDays = 90
    """Days that VPC flow logs are kept."""

    reserved_cidrs: Annotated[tuple[Cidr, ...], Distinct()] = ()
    """Ranges of other networks (offices, peered VPCs) that this VPC must not overlap."""

    subnets: SubnetCidrs | None = None
    """Subnets by hand; default: laid out by `specs.addresses`."""

    @model_validator(mode="after")
    def _zones_are_distinct(self) -> Network:
        if len(set(self.zones)) != len(self.zones):
            raise ValueError(f"zones must be distinct (got {', '.join(self.zones)}); name each zone once")
        return self
