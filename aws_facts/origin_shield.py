"""Where CloudFront's Origin Shield stands: not in every region."""

from __future__ import annotations

from typing import Final

# Regions that offer Origin Shield (CloudFront Developer Guide, "Use Amazon CloudFront Origin Shield").
OFFERED: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-2",
    }
)

NEAREST: Final[dict[str, str]] = {
    # As the same page recommends.
    "af-south-1": "eu-west-1",
    "ap-east-1": "ap-southeast-1",
    "ca-central-1": "us-east-1",
    "eu-north-1": "eu-west-2",
    "eu-south-1": "eu-central-1",
    "eu-west-3": "eu-west-2",
    "me-south-1": "ap-south-1",
    "us-west-1": "us-west-2",
    # Not on that page: nearest by distance.
    "ap-northeast-3": "ap-northeast-1",
    "ap-south-2": "ap-south-1",
    "ap-southeast-3": "ap-southeast-1",
    "ap-southeast-4": "ap-southeast-2",
    "ca-west-1": "us-west-2",
    "eu-central-2": "eu-central-1",
    "eu-south-2": "eu-west-2",
    "il-central-1": "eu-central-1",
    "me-central-1": "ap-south-1",
}


def region_for(region: str) -> str:
    """The Origin Shield region for an origin in `region`: its own, or the nearest that has one."""
    return region if region in OFFERED else NEAREST[region]
