"""Account and region of resources: partition, DNS suffix and the like follow from the region's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_facts.regions import column

# AWS's own example account in its documentation.
ACCOUNT_ID: Final = "123456789012"

_REGION: Final = re.compile(r"^(us|eu|ap|sa|ca|mx|me|af|il|cn)(-gov|-iso[a-z]*)?-([a-z]+)-(\d+)$")

# Letters of a new account's zones, and numbers in their ids where they are not 1, 2, 3 in a row: a number that AWS
# gives no new account is left out, and us-east-1e is the zone that most services are not in.
_ZONES: Final = column("zones") | column("zonesOfANewAccount")
_ZONE_NUMBERS: Final = column("zoneNumbers")

# Abbreviations of compass points in zone ids and ElastiCache endpoints: ap-southeast-2 is apse2.
_COMPASS: Final = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}


class UnknownRegionError(ValueError):
    """Not the name of an AWS region; the message gives an example."""


@dataclass(frozen=True, slots=True)
class AccountRegion:
    """A region of a partition, seen from one account. `of` derives the partition from the region's name."""

    region: str
    partition: str = "aws"
    account_id: str = ACCOUNT_ID
    dns_suffix: str = "amazonaws.com"
    told: tuple[tuple[str, str], ...] = ()
    """Names and ids of its availability zones, where known."""

    @classmethod
    def of(cls, region: str, account_id: str = ACCOUNT_ID, zones: Mapping[str, str] | None = None) -> AccountRegion:
        """The place of a region; UnknownRegionError when its name has not the form of an AWS region."""
        match = _REGION.match(region)
        if match is None:
            raise UnknownRegionError(f"{region!r} is not an AWS region; regions look like ap-south-1 or us-gov-west-1")
        told = tuple((zones or {}).items())
        if match[1] == "cn":
            return cls(region, "aws-cn", account_id, "amazonaws.com.cn", told)
        return cls(region, "aws-us-gov" if match[2] == "-gov" else "aws", account_id, told=told)

    @property
    def zones(self) -> tuple[str, ...]:
        """Names of its availability zones."""
        return tuple(name for name, _ in self.told) or tuple(
            self.region + letter for letter in _ZONES.get(self.region, "abc")
        )

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """Ids of its availability zones, in the order of `zones`; real accounts map them in an order of their own."""
        if self.told:
            return tuple(id_ for _, id_ in self.told)
        numbers = _ZONE_NUMBERS.get(self.region, "123456")
        return tuple(f"{self.code}-az{number}" for _, number in zip(self.zones, numbers, strict=False))

    @property
    def code(self) -> str:
        """The short name that zone ids and cache endpoints use: aps1 for ap-south-1."""
        match = _REGION.match(self.region)
        if match is None:
            raise UnknownRegionError(f"{self.region!r} is not an AWS region")
        area, variant, point, number = match.groups()
        return f"{area}{(variant or '').replace('-', '')[:1]}{_COMPASS.get(point, point[:1])}{number}"
