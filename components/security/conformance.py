"""The shop's conformance pack: which of Config's managed rules judge the account, as CloudFormation's template.

Source of the names and parameters: AWS Config developer guide, "List of AWS Config managed rules".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

MAX_TEMPLATE: Final = 51_200  # bytes of an inline template (PutConformancePack API)

RULES: Final[Mapping[str, Mapping[str, str]]] = {
    # people and keys
    "ACCESS_KEYS_ROTATED": {"maxAccessKeyAge": "90"},
    "CMK_BACKING_KEY_ROTATION_ENABLED": {},
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": {},
    "IAM_ROOT_ACCESS_KEY_CHECK": {},
    "IAM_USER_MFA_ENABLED": {},
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": {},
    "ROOT_ACCOUNT_MFA_ENABLED": {},
    "SECRETSMANAGER_USING_CMK": {},
    # network and edge
    "ALB_HTTP_DROP_INVALID_HEADER_ENABLED": {},
    "ALB_WAF_ENABLED": {},
    "ELB_DELETION_PROTECTION_ENABLED": {},
    "INCOMING_SSH_DISABLED": {},
    "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED": {},
    "VPC_DEFAULT_SECURITY_GROUP_CLOSED": {},
    "VPC_FLOW_LOGS_ENABLED": {},
    # servers and containers
    "EC2_EBS_ENCRYPTION_BY_DEFAULT": {},
    "EC2_IMDSV2_CHECK": {},
    "EC2_INSTANCE_MANAGED_BY_SSM": {},
    "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK": {},
    "ECR_PRIVATE_IMAGE_SCANNING_ENABLED": {},
    "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED": {},
    "ECS_CONTAINERS_NONPRIVILEGED": {},
    "ECS_CONTAINERS_READONLY_ACCESS": {},
    "ECS_FARGATE_LATEST_PLATFORM_VERSION": {},
    "ENCRYPTED_VOLUMES": {},
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED": {},
    # stores
    "DYNAMODB_PITR_ENABLED": {},
    "DYNAMODB_TABLE_ENCRYPTED_KMS": {},
    "RDS_CLUSTER_DELETION_PROTECTION_ENABLED": {},
    "RDS_INSTANCE_PUBLIC_ACCESS_CHECK": {},
    "RDS_SNAPSHOTS_PUBLIC_PROHIBITED": {},
    "RDS_STORAGE_ENCRYPTED": {},
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": {},
    "S3_BUCKET_SSL_REQUESTS_ONLY": {},
    "SNS_ENCRYPTED_KMS": {},
    # what watches
    "CLOUDWATCH_LOG_GROUP_ENCRYPTED": {},
    "GUARDDUTY_ENABLED_CENTRALIZED": {},
    "MULTI_REGION_CLOUD_TRAIL_ENABLED": {},
    "SECURITYHUB_ENABLED": {},
}
"""Managed rules by identifier, with the parameters that they demand."""

# Regions of IAM's later opening, where Config judges no identities.
_NO_IDENTITIES: Final = (
    "ap-south-2",
    "ap-southeast-4",
    "ca-west-1",
    "eu-central-2",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
)
NOT_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "ACCESS_KEYS_ROTATED": _NO_IDENTITIES,
    "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK": ("ap-northeast-3", "eu-south-1"),
    "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED": ("il-central-1",),
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": _NO_IDENTITIES,
    "IAM_ROOT_ACCESS_KEY_CHECK": ("ca-west-1", "eu-central-2", "eu-south-2", "il-central-1", "me-central-1"),
    "IAM_USER_MFA_ENABLED": _NO_IDENTITIES,
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": ("eu-south-1",),
    "RDS_SNAPSHOTS_PUBLIC_PROHIBITED": (
        "af-south-1",
        "ap-southeast-4",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
    ),
    "ROOT_ACCOUNT_MFA_ENABLED": ("ca-west-1", "il-central-1", "me-central-1"),
}
"""Regions that a rule is not offered in: one of them would fail the whole pack."""


def template(region: str) -> str:
    """The pack's template, as JSON, with the rules that the region knows."""
    offered = [identifier for identifier in RULES if region not in NOT_IN.get(identifier, ())]
    return json.dumps({"Resources": {_logical(one): _rule(one) for one in offered}}, sort_keys=True)


def _logical(identifier: str) -> str:
    """The name within the template: letters and digits only."""
    return "".join(word.capitalize() for word in identifier.split("_"))


def _rule(identifier: str) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "ConfigRuleName": identifier.lower().replace("_", "-"),
        "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
    }
    if RULES[identifier]:
        properties["InputParameters"] = dict(RULES[identifier])
    return {"Type": "AWS::Config::ConfigRule", "Properties": properties}
