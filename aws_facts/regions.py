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

# Accounts of AWS's own whose ECR repository `aws-guardduty-agent-fargate` holds GuardDuty's agent for Fargate tasks
# (GuardDuty user guide, "ECR repository for GuardDuty agent on AWS Fargate", 2026-11).
GUARDDUTY_AGENT_ACCOUNTS: Final[dict[str, str]] = {
    "af-south-1": "197869348890",
    "ap-east-1": "258348409381",
    "ap-northeast-1": "533107202818",
    "ap-northeast-2": "914738172881",
    "ap-northeast-3": "273192626886",
    "ap-south-1": "251508486986",
    "ap-south-2": "950823858135",
    "ap-southeast-1": "174946120834",
    "ap-southeast-2": "005257825471",
    "ap-southeast-3": "510637619217",
    "ap-southeast-4": "251357961535",
    "ca-central-1": "354763396469",
    "ca-west-1": "339712888787",
    "eu-central-1": "323658145986",
    "eu-central-2": "529164026651",
    "eu-north-1": "591436053604",
    "eu-south-1": "266869475730",
    "eu-south-2": "919611009337",
    "eu-west-1": "694911143906",
    "eu-west-2": "892757235363",
    "eu-west-3": "665651866788",
    "il-central-1": "870907303882",
    "me-central-1": "000014521398",
    "me-south-1": "536382113932",
    "sa-east-1": "758426053663",
    "us-east-1": "593207742271",
    "us-east-2": "307168627858",
    "us-west-1": "684579721401",
    "us-west-2": "733349766148",
}
