"""What a stack may say of its network."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field, model_validator

from specs.base import RetentionDays, Spec

NatStrategy = Literal["perZone", "single", "none"]


class SubnetCidrs(Spec):
    """Subnets of an address plan that exists already: one CIDR per zone in each list, in the order of `zones`."""

    public: tuple[IPv4Network, ...]
    """NAT gateways and, where it is public, the load balancer."""
    app: tuple[IPv4Network, ...]
    """Tasks, interface endpoints and the internal load balancer; no way in from the internet."""
    data: tuple[IPv4Network, ...]
    """Stores; no way in or out but the app subnets."""


class Network(Spec):
    """The VPC of one stack."""

    cidr: IPv4Network = IPv4Network("10.0.0.0/16")
    """Address range of the VPC, /16 to /21."""

    zones: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)] = ("a", "b", "c")
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

    reserved_cidrs: tuple[IPv4Network, ...] = ()
    """Ranges of other networks (offices, peered VPCs) that this VPC must not overlap."""

    subnets: SubnetCidrs | None = None
    """Subnets by hand; default: laid out by `specs.addresses`."""

    @model_validator(mode="after")
    def _zones_are_distinct(self) -> Network:
        if len(set(self.zones)) != len(self.zones):
            raise ValueError(f"zones must be distinct (got {', '.join(self.zones)}); name each zone once")
        return self
