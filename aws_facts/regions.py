"""AWS regions of the plan, from `data/regions.json`: one line a region, with the source of each column.

The commercial partition alone is offered to stacks: CloudFront with VPC origins and WAF's CLOUDFRONT scope in us-east-1
do not exist in China and GovCloud, whose lines hold only what a rehearsal answers there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PARTITION: Final = "aws"
DNS_SUFFIX: Final = "amazonaws.com"

# CloudFront, its certificates and its web ACLs are driven from this region only.
EDGE_REGION: Final = "us-east-1"

TABLE: Final = Path(__file__).with_name("data") / "regions.json"
REGIONS: Final[Mapping[str, Mapping[str, Any]]] = json.loads(TABLE.read_text(encoding="utf-8"))["regions"]


def column(name: str) -> dict[str, Any]:
    """A column of the table, by region, where it has a value."""
    return {region: facts[name] for region, facts in REGIONS.items() if name in facts}


ZONES: Final[Mapping[str, str]] = {
    region: facts["zones"] for region, facts in REGIONS.items() if "partition" not in facts
}
"""Letters of the Availability Zones."""

GUARDDUTY_AGENT_ACCOUNTS: Final[Mapping[str, str]] = column("guardDutyAgentAccount")
"""Owners of the ECR repository `aws-guardduty-agent-fargate`, which holds GuardDuty's agent for Fargate tasks."""


def origin_shield(region: str) -> str:
    """The Origin Shield region for an origin in `region`: its own, or the nearest that has one."""
    shield: str = REGIONS[region]["originShield"]
    return shield
