"""VPC endpoints: how private tasks reach AWS without the internet, and what each endpoint lets through."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from aws_facts import system_buckets
from components import iam
from components.site import Site
from specs.compute import ComputeKind
from specs.compute_kinds import EC2, EKS, KINDS

# Actions that tasks and their agents call, by endpoint. An endpoint's policy caps what any role can do through it.
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

# Additional actions of instances in an ECS cluster: their agents, and Systems Manager in place of SSH.
_ECS_AGENT: Final = (
    "ecs:DeregisterContainerInstance",
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:UpdateContainerInstancesState",
)
_SESSIONS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_MANAGED_INSTANCE: Final = (
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
)
_OF_INSTANCES: Final[dict[str, tuple[str, ...]]] = {
    "ecs": _ECS_AGENT,
    "ecs-agent": _ECS_AGENT,
    "ecs-telemetry": _ECS_AGENT,
    "ssm": _MANAGED_INSTANCE,
    "ssmmessages": _SESSIONS,
}
# Additional actions of nodes and pods of an EKS cluster, and of deployments to it (EKS user guide, "Deploy private
# clusters with limited internet access").
_OF_KUBERNETES: Final[dict[str, tuple[str, ...]]] = {
    "ec2": ("ec2:DescribeInstances", "ec2:DescribeTags", "ec2:DescribeVolumes"),
    "eks": ("eks:DescribeCluster",),
    "eks-auth": ("eks-auth:AssumeRoleForPodIdentity",),
    "logs": ("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
    "monitoring": ("cloudwatch:PutMetricData",),
    "sts": ("sts:AssumeRole", "sts:GetCallerIdentity", "sts:TagSession"),
}
_MORE: Final = {EC2.name: _OF_INSTANCES, EKS.name: _OF_KUBERNETES}


def interface_actions(compute: Collection[ComputeKind]) -> dict[str, tuple[str, ...]]:
    """Interface endpoints and what each lets through, for what the services run on."""
    actions = dict(INTERFACE_ACTIONS)
    for kind in sorted(compute):
        for endpoint, more in _MORE.get(kind, {}).items():
            actions[endpoint] = tuple(sorted({*actions.get(endpoint, ()), *more}))
    return actions


def policy(site: Site, endpoint: str, actions: Sequence[str], compute: Collection[ComputeKind] = ()) -> str:
    """Policy of one endpoint: this account's principals, only these actions and, for S3, this account's buckets
    and AWS's own buckets of images and packages."""
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
        _readable(site, "ImageLayers", [system_buckets.image_layers(site.region)]),
        *(
            [_readable(site, "SystemPackages", system_buckets.of_instances(site.region))]
            if any(KINDS[name].has_instances for name in compute)
            else []
        ),
    )


def _readable(site: Site, sid: str, buckets: Sequence[str]) -> iam.Statement:
    """Objects of AWS's own buckets, for requests signed by AWS or unsigned: not by principals of this account."""
    objects = [f"{site.bucket_arn(bucket)}/*" for bucket in buckets]
    return iam.statement(sid, ["s3:GetObject"], objects, principal="*")
