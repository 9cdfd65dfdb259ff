"""The AWS regions that the plan knows, with the letters of their Availability Zones.

Source: AWS's list of Regions and Availability Zones (commercial partition, 2026-11). China and GovCloud are left
out on purpose: CloudFront with VPC origins and WAF's CLOUDFRONT scope in us-east-1 do not exist there.
"""

from __future__ import annotations

from typing import Final

PARTITION: Final = "aws"
DNS_SUFFIX: Final = "amazonaws.com"

# CloudFront, its certificates and its web ACLs are driven from this region only.
EDGE_REGION: Final = "us-east-1"

ZONES: Final[dict[str, str]] = {
    "af-south-1": "abc",
    "ap-east-1": "abc",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ap-northeast-3": "abc",
    "ap-south-1": "abc",
    "ap-south-2": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
    "ap-southeast-3": "abc",
    "ap-southeast-4": "abc",
    "ca-central-1": "abd",
    "ca-west-1": "abc",
    "eu-central-1": "abc",
    "eu-central-2": "abc",
    "eu-north-1": "abc",
    "eu-south-1": "abc",
    "eu-south-2": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "il-central-1": "abc",
    "me-central-1": "abc",
    "me-south-1": "abc",
    "sa-east-1": "abc",
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-west-1": "abc",
    "us-west-2": "abcd",
}
