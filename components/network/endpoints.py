"""VPC endpoints: how private tasks reach AWS without the internet, and what each endpoint lets through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components import iam
from components.site import Site

# What tasks and their agents call, by endpoint. An endpoint's policy caps what any role can do through it.
GATEWAY_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "s3": (
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    ),
    "dynamodb": (
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
    ),
}
_ECR: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
)
INTERFACE_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "ecr.api": _ECR,
    "ecr.dkr": _ECR,
    "kms": ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
    "logs": ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "secretsmanager": ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
    "sqs": (
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ),
    "ssm": ("ssm:GetParameter", "ssm:GetParameters"),
    "xray": (
        "xray:GetSamplingRules",
        "xray:GetSamplingStatisticSummaries",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ),
}


def policy(site: Site, endpoint: str, actions: Sequence[str]) -> str:
    """The policy of one endpoint: this account's principals, only these actions and, where AWS can, its resources."""
    ours = {"aws:PrincipalAccount": site.account_id}
    if endpoint != "s3":
        return iam.document(
            iam.statement("OwnAccount", actions, ["*"], principal="*", condition={"StringEquals": ours})
        )
    return iam.document(
        iam.statement(
            "OwnBuckets",
            actions,
            ["*"],
            principal="*",
            condition={"StringEquals": ours | {"aws:ResourceAccount": site.account_id}},
        ),
        # ECR keeps image layers in a bucket of AWS's own (ECR user guide, "Minimum Amazon S3 bucket permissions").
        iam.statement(
            "ImageLayers",
            ["s3:GetObject"],
            [f"{site.bucket_arn(f'prod-{site.region}-starport-layer-bucket')}/*"],
            principal="*",
            condition={"StringEquals": ours},
        ),
    )
