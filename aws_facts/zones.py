"""Availability Zones that a part of AWS is not in, by their ids: names of zones differ from account to account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DATE: Final = "2026-11"

# By part of AWS, with its source as of DATE.
LACKING: Final[Mapping[str, frozenset[str]]] = {
    # CloudFront developer guide, "Restrict access with VPC origins", supported regions; met in aws-samples/
    # amazon-bedrock-samples #606 and braintrustdata/terraform-aws-braintrust-data-plane #298.
    "VPC origins of CloudFront": frozenset({"use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"}),
    # EKS user guide, "Amazon EKS networking requirements for VPC and subnets".
    "EKS clusters": frozenset({"use1-az3", "usw1-az2", "cac1-az3"}),
    # ECS developer guide, "Supported Regions for Amazon ECS on AWS Fargate", Linux containers.
    "tasks of Fargate": frozenset({"usw1-az2", "apne1-az3"}),
    # Aurora user guide, "Amazon RDS Proxy for Aurora", limitations.
    "proxies of RDS": frozenset({"use1-az3", "usw1-az2"}),
}
