"""Where `awsx.ec2.Vpc` puts each subnet: its three ways of laying them out, with its own checks and messages.

The arithmetic is that of awsx 3.11.0, block by block, since a stack that moves from a rehearsal to the real component
must find the same address in every subnet.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final, NamedTuple

# Sizes of a subnet in addresses, by prefix length 0 … 30.
_SIZES: Final = tuple(2 ** (32 - bits) for bits in range(31))
_LEGACY_MASKS: Final = {"private": 19, "public": 20, "isolated": 24}
_AZ_PREFIX: Final = re.compile(r"^[a-z]{2}(?:-[a-z]+)+-")


class LayoutError(ValueError):
    """The arguments admit no layout; the message is the one that awsx gives."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet to be. `name` is its Pulumi name, `name_tag` its AWS name."""

    zone: str
    cidr_block: str
    kind: str
    name: str
    name_tag: str
    tags: Mapping[str, Any] | None = None
    assign_ipv6: bool | None = None

    @property
    def network(self) -> IPv4Network:
        return IPv4Network(self.cidr_block, strict=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What the layout depends on, as the component received it."""

    vpc_name: str
    vpc_cidr: str
    zones: Sequence[str]
    specs: Sequence[Mapping[str, Any]] | None
    strategy: str = "Legacy"
    zone_mask: int | None = None
    name_tags: str = "Legacy"


def lay_out(request: Request) -> list[Subnet]:
    """The subnets in the component's order; LayoutError when they don't fit, overlap, or leave gaps with Exact."""
    specs = _normalise(request.specs, len(request.zones))
    if request.name_tags == "AvailabilityZone":
        _require_distinct_suffixes(request.zones)
    if request.strategy == "AutoMerge" and any(spec.get("cidrBlocks") is not None for spec in specs or []):
        raise LayoutError(
            'subnetStrategy="AutoMerge" does not support subnetSpecs with explicit cidrBlocks. '
            'Use subnetStrategy="Auto" or "Exact" to fully specify the subnet layout.'
        )
    explicit = bool(specs) and specs[0].get("cidrBlocks") is not None
    if request.strategy == "Legacy" or (specs is None and request.strategy == "Exact"):
        subnets = _legacy(request, specs)
    elif explicit and request.strategy != "AutoMerge":
        subnets = _explicit(request, specs or [])
    else:
        subnets = _automatic(request, specs)
    _refuse_overlaps(subnets)
    if request.strategy == "Exact":
        _refuse_gaps(IPv4Network(request.vpc_cidr, strict=False), subnets)
    return subnets


def resolved_specs(request: Request, subnets: Sequence[Subnet]) -> list[dict[str, Any]]:
    """The component's `subnetLayout` output: the specs that, with Auto, would give this layout again."""
    specs = _normalise(request.specs, len(request.zones))
    if specs is not None and request.strategy not in ("Legacy", "AutoMerge"):
        kept = ("name", "cidrBlocks", "cidrMask", "size", "type")
        return [{key: spec[key] for key in kept if spec.get(key)} for spec in specs]
    resolved: list[dict[str, Any]] = []
    before: IPv4Network | None = None
    for subnet in subnets[: len(subnets) // len(request.zones)]:
        if before is not None:
            resolved += [{"type": "Unused", "cidrMask": gap.prefixlen} for gap in _gaps(before, subnet.network)]
        before = subnet.network
        resolved.append({"type": subnet.kind, "cidrMask": before.prefixlen})
    return resolved


def _normalise(specs: Sequence[Mapping[str, Any]] | None, zones: int) -> list[dict[str, Any]] | None:
    """The specs with mask and size agreed; LayoutError lists everything that is wrong with them."""
    if specs is None:
        return None
    issues = _name_issues(specs)
    sizes = [str(spec["size"]) for spec in specs if spec.get("size") is not None and spec["size"] not in _SIZES]
    if sizes:
        valid = ", ".join(map(str, _SIZES))
        issues.append(f"The following subnet sizes are invalid: {', '.join(sizes)}. Valid sizes are: {valid}.")
    explicit = any(spec.get("cidrBlocks") is not None for spec in specs)
    normal = []
    for index, spec in enumerate(specs):
        issues += _block_issues(spec, index, zones) if explicit else []
        mask = spec.get("cidrMask")
        if not explicit:
            if mask is None and spec.get("size") in _SIZES:
                mask = _SIZES.index(int(spec["size"]))
            size = _SIZES[int(mask)] if mask else None
            if spec.get("size") is not None and size is not None and size != spec["size"]:
                issues.append(
                    f"Subnet size {spec['size']} does not match the expected size for a /{mask} subnet ({size})."
                )
            normal.append({**spec, "cidrMask": mask and int(mask), "size": size})
        else:
            normal.append(dict(spec))
    if issues:
        raise LayoutError("Invalid subnet specifications:\n - " + "\n - ".join(issues))
    return normal


def _name_issues(specs: Sequence[Mapping[str, Any]]) -> list[str]:
    issues = []
    for kind in dict.fromkeys(str(spec["type"]).lower() for spec in specs):
        names = [spec.get("name") for spec in specs if str(spec["type"]).lower() == kind]
        named = [name for name in names if name is not None]
        if len(names) > 1 and (len(names) - len(named) > 1 or len(set(named)) < len(named)):
            issues.append(
                f'Multiple subnet specs of type "{kind}" require unique names. You can have at most one unnamed subnet '
                'per type. All other subnets of the same type must have unique "name" properties to avoid duplicate '
                "resource names."
            )
    return issues


def _block_issues(spec: Mapping[str, Any], index: int, zones: int) -> list[str]:
    blocks = spec.get("cidrBlocks")
    if blocks is None:
        return ["If any subnet spec has explicit cidrBlocks, all subnets must have explicit cidrBlocks."]
    if len(blocks) != zones:
        return [
            f"The number of CIDR blocks in subnetSpecs[{index}] must match the number of availability zones ({zones})."
        ]
    networks = [IPv4Network(block, strict=False) for block in blocks]
    if spec.get("cidrMask") is not None and any(network.prefixlen != spec["cidrMask"] for network in networks):
        return [f"The cidrMask in subnetSpecs[{index}] must match all cidrBlocks or be left undefined."]
    if spec.get("size") is not None and any(network.num_addresses != spec["size"] for network in networks):
        return [f"The size in subnetSpecs[{index}] must match all cidrBlocks or be left undefined."]
    return []


def _subnet(request: Request, spec: Mapping[str, Any], number: int, block: str, kind: str) -> Subnet:
    """A subnet of a spec in the zone of that number, counted from 1."""
    zone = request.zones[number - 1]
    stem = f"{request.vpc_name}-{spec.get('name') or str(spec['type']).lower()}"
    suffix = _AZ_PREFIX.sub("", zone) if request.name_tags == "AvailabilityZone" else str(number)
    ipv6 = spec.get("assignIpv6AddressOnCreation")
    return Subnet(zone, block, kind, f"{stem}-{number}", f"{stem}-{suffix}", spec.get("tags"), ipv6)


def _explicit(request: Request, specs: Sequence[Mapping[str, Any]]) -> list[Subnet]:
    return [
        _subnet(request, spec, number, spec["cidrBlocks"][number - 1], spec["type"])
        for number in range(1, len(request.zones) + 1)
        for spec in specs
    ]


def _bits(count: int) -> int:
    """Bits that tell `count` things apart."""
    return math.ceil(math.log2(count)) if count else 0


def _automatic(request: Request, given: list[dict[str, Any]] | None) -> list[Subnet]:
    """Auto and AutoMerge: zone after zone, each spec's block directly after the one before."""
    vpc = IPv4Network(request.vpc_cidr, strict=False)
    zone_mask = request.zone_mask or vpc.prefixlen + _bits(len(request.zones))
    specs = given if given is not None else _defaults(zone_mask)
    if request.strategy == "AutoMerge":
        specs = _merge(given or [], _defaults(zone_mask))
    if not specs:
        raise LayoutError("No subnets specified")
    usual_mask = zone_mask + _bits(len(specs))
    masks = [int(spec.get("cidrMask") or usual_mask) for spec in specs]
    zone_size, wanted = 2 ** (32 - zone_mask), sum(2 ** (32 - mask) for mask in masks)
    if wanted > zone_size:
        raise LayoutError(
            f"Subnets are too large for VPC. VPC has {zone_size} addresses, but subnets require {wanted} addresses."
        )
    subnets = []
    for number in range(1, len(request.zones) + 1):
        start = int(vpc.network_address) + (number - 1) * zone_size
        for spec, mask in zip(specs, masks, strict=True):
            size = 2 ** (32 - mask)
            start = -(-start // size) * size
            block = f"{IPv4Address(start)}/{mask}"
            subnets.append(_subnet(request, spec, number, block, spec["type"]))
            start += size
    return subnets


def _defaults(zone_mask: int) -> list[dict[str, Any]]:
    """A private subnet of half a zone and a public one of a quarter, of a /16 at most."""
    if zone_mask > 26:
        raise LayoutError(
            f"Automatic subnet creation requires a VPC with at least /26 available per AZ, but only /{zone_mask} is "
            "available.If you do need very small subnets, please specify them explicitly."
        )
    widest = max(zone_mask, 16)
    return [{"type": "Private", "cidrMask": widest + 1}, {"type": "Public", "cidrMask": widest + 2}]


def _merge(given: Sequence[dict[str, Any]], defaults: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The defaults, each overridden by the unnamed spec of its type, and then the rest."""
    own: dict[str, dict[str, Any]] = {}
    extra = []
    types = [default["type"].lower() for default in defaults]
    for spec in given:
        kind = str(spec["type"]).lower()
        if kind in types and spec.get("name") is None:
            own[kind] = {key: value for key, value in spec.items() if value is not None}
        else:
            extra.append(spec)
    return [{**default, **own.get(default["type"].lower(), {})} for default in defaults] + extra


class _Block(NamedTuple):
    """An address and a mask. The legacy layout does not clear the address's host bits: 10.0.36.16/22 can come of it."""

    address: int
    mask: int

    @property
    def network(self) -> IPv4Network:
        return IPv4Network((self.address, self.mask), strict=False)

    def part(self, bits: int, index: int) -> _Block:
        """The block of that index when this one is cut by `bits` more bits; it may lie beyond it."""
        mask = self.mask + bits
        if mask > 32:
            raise LayoutError(f"Requested {bits} new bits, but only {32 - self.mask} are available.")
        return _Block(self.address + index * 2 ** (32 - mask), mask)

    def following(self, mask: int) -> _Block:
        """The first block of that mask beyond this one."""
        size = 2 ** (32 - mask)
        return _Block(int(self.network.broadcast_address) // size * size + size, mask)

    def __str__(self) -> str:
        return f"{IPv4Address(self.address)}/{self.mask}"


def _legacy(request: Request, specs: list[dict[str, Any]] | None) -> list[Subnet]:
    """Legacy: a power of two of equal zones; in each the private subnets first, then public, then isolated.

    Explicit cidrBlocks play no part in it.
    """
    vpc = _block(request.vpc_cidr)
    zone_bits = _bits(len(request.zones))
    bases = [vpc.part(zone_bits, index) for index in range(len(request.zones))]
    if specs is None:
        private = [base.part(1, 0) for base in bases]
        public = [block.part(0, 1).part(1, 0) for block in private]
        return [
            _subnet(request, {"type": kind}, number, str(block), kind)
            for kind, blocks in (("Private", private), ("Public", public))
            for number, block in enumerate(blocks, 1)
        ]
    subnets = []
    for number, base in enumerate(bases, 1):
        last: _Block | None = None
        for kind in ("Private", "Public", "Isolated"):
            origin = last
            for index, spec in enumerate(spec for spec in specs if str(spec["type"]).lower() == kind.lower()):
                shared = 0 if len(specs) == 1 else 1
                mask = int(spec.get("cidrMask") or max(base.mask + shared, _LEGACY_MASKS[kind.lower()]))
                start = base if origin is None else origin.part(0, 1)
                block = start.part(mask - start.mask, index)
                if last is not None and block.network.overlaps(last.network):
                    block = last.following(mask)
                subnets.append(_subnet(request, spec, number, str(block), kind))
                last = block
    return subnets


def _block(cidr: str) -> _Block:
    address, _, mask = cidr.partition("/")
    return _Block(int(IPv4Address(address)), int(mask))


def _refuse_overlaps(subnets: Sequence[Subnet]) -> None:
    clashing = [a for a in subnets if any(a is not b and a.network.overlaps(b.network) for b in subnets)]
    if clashing:
        listed = "".join(f"{number}. {subnet.name}: {subnet.cidr_block}\n" for number, subnet in enumerate(clashing, 1))
        raise LayoutError(
            "The following subnets overlap with at least one other subnet. Make the CIDR for the VPC larger, reduce "
            f"the size of the subnets per AZ, or use less Availability Zones:\n\n{listed}"
        )


def _refuse_gaps(vpc: IPv4Network, subnets: Sequence[Subnet]) -> None:
    gaps = []
    if subnets[0].network.network_address != vpc.network_address:
        first = subnets[0]
        gaps.append(f"{first.name} ({first.cidr_block}) does not start at the beginning of the VPC ({vpc})")
    for before, after in itertools.pairwise(subnets):
        if after.network.network_address != before.network.broadcast_address + 1:
            gaps.append(f"{before.name} ({before.cidr_block}) <=> {after.name} ({after.cidr_block})")
    last = subnets[-1]
    if last.network.broadcast_address != vpc.broadcast_address:
        gaps.append(f"{last.name} ({last.cidr_block}) ends before VPC ends (at {vpc.broadcast_address})")
    if gaps:
        raise LayoutError(f"There are gaps in the subnet ranges. Please fix the following gaps: {', '.join(gaps)}")


def _gaps(before: IPv4Network, after: IPv4Network) -> list[IPv4Network]:
    """The blocks between two subnets: each as wide as can be without touching its neighbours."""
    low, high = sorted((before, after))
    gaps = []
    at = _following(low)
    while at.network_address < high.network_address:
        while not (at.supernet().overlaps(before) or at.supernet().overlaps(high)):
            at = at.supernet()
        gaps.append(at)
        before, at = at, _following(at)
    return gaps


def _following(network: IPv4Network) -> IPv4Network:
    """The next block of the same size."""
    return IPv4Network((int(network.broadcast_address) + 1, network.prefixlen))


def _require_distinct_suffixes(zones: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for zone in zones:
        suffix = _AZ_PREFIX.sub("", zone)
        if suffix in seen:
            raise LayoutError(
                'subnetNameTagStrategy="AvailabilityZone" requires availability zones with distinct suffixes, but '
                f'"{seen[suffix]}" and "{zone}" both reduce to "{suffix}".'
            )
        seen[suffix] = zone
