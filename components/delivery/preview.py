"""Permissions of a preview: the provider's reads of each resource, and of the state all that a preview needs.

AWS's own describing policies (`platform.DESCRIBING_POLICIES`) lack some of them. The provider's calls for
each type are in `policy/data/reads.json`. A preview takes no lock of the state (Pulumi, `pkg/backend/diy`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_facts.regions import PARTITION
from components import iam
from components.site import Site
from specs.delivery import Platform

# Verbs of actions that only read (AWS's access levels), with the services that the program's resources are of.
_READS: Final[Mapping[str, str]] = {
    "BatchGet": "codebuild ecr inspector2",
    "Describe": (
        "acm application-autoscaling autoscaling backup budgets cloudfront cloudtrail cloudwatch config dynamodb ec2 "
        "ecr ecs eks elasticache elasticloadbalancing events kms logs rds savingsplans secretsmanager securityhub "
        "shield ssm states"
    ),
    "Get": (
        "access-analyzer backup ce cloudfront cloudtrail cloudwatch codecommit codeconnections codepipeline "
        "compute-optimizer cost-optimization-hub ec2 ecr guardduty iam inspector2 kms lambda logs route53 "
        "scheduler securityhub servicediscovery servicequotas sns sqs wafv2 xray"
    ),
    # Services whose `Get` reads data as well.
    "GetAccelerateConfiguration": "s3",
    "GetBucket": "s3",
    "GetEncryptionConfiguration": "s3",
    "GetIntelligentTieringConfiguration": "s3",
    "GetLifecycleConfiguration": "s3",
    "GetMaintenanceWindow": "ssm",
    "GetPatchBaseline": "ssm",
    "GetReplicationConfiguration": "s3",
    "List": (
        "access-analyzer acm application-autoscaling budgets ce cloudfront cloudtrail cloudwatch codebuild codecommit "
        "codeconnections codepipeline config cost-optimization-hub dynamodb ecr ecs eks elasticache events guardduty "
        "iam inspector2 kms lambda logs rds route53 s3 scheduler servicediscovery servicequotas sns sqs ssm states "
        "wafv2 xray"
    ),
    "ListTags": "backup",
    "View": "budgets",
}


def boundary(site: Site, platform: Platform) -> str:
    """The most that the role may do: read settings, and of what is stored only the program's own."""
    patterns = [f"{service}:{verb}*" for verb, services in _READS.items() for service in services.split()]
    return iam.document(iam.statement("Read", patterns, ["*"]), *_stored(site, platform))


def _stored(site: Site, platform: Platform) -> list[iam.Statement]:
    """Parameters and objects that the program itself reads and writes, and the state with its secrets."""
    statements = [
        iam.statement(
            "ReadParameters",
            ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            [
                site.arn("ssm", f"parameter/{site.prefix}/*"),
                f"arn:{PARTITION}:ssm:{site.region}::parameter/aws/service/*",
            ],
        ),
        # The services' Kubernetes objects.
        iam.statement(
            "ReadManifests",
            ["s3:GetObject", "s3:GetObjectTagging"],
            [f"{Site.bucket_arn(site.globally_named('manifests'))}/*"],
        ),
    ]
    if platform.state_bucket is not None:
        bucket = Site.bucket_arn(platform.state_bucket)
        statements += [
            iam.statement("FindState", ["s3:ListBucket"], [bucket]),
            iam.statement("ReadState", ["s3:GetObject"], [f"{bucket}/.pulumi/*"]),
        ]
    if platform.secrets_key_arn is not None:
        statements.append(iam.statement("ReadSecrets", ["kms:Decrypt"], [platform.secrets_key_arn]))
    return statements


def policy(site: Site, platform: Platform) -> str:
    """Reads of a preview and a refresh beyond AWS's own describing policies."""
    mine = {"StringEquals": {"aws:ResourceTag/Project": site.project, "aws:ResourceTag/Stack": site.stack}}
    named = f"{site.prefix}-*"
    statements = [
        iam.statement(
            "DescribeBuckets",
            ["s3:GetIntelligentTieringConfiguration", "s3:ListTagsForResource"],
            [Site.bucket_arn(named)],
        ),
        iam.statement(
            "DescribeTables",
            ["dynamodb:DescribeContributorInsights"],
            [site.arn("dynamodb", f"table/{named}"), site.arn("dynamodb", f"table/{named}/index/*")],
        ),
        iam.statement("DescribeTopics", ["sns:GetSubscriptionAttributes"], [site.arn("sns", named)]),
        iam.statement(
            "DescribeBudgets",
            ["budgets:DescribeBudgetAction", "budgets:ListTagsForResource", "budgets:ViewBudget"],
            [site.arn("budgets", f"budget/{one}", region="") for one in (named, f"{named}/action/*")],
        ),
        iam.statement("DescribeFunctions", ["lambda:GetFunction"], [site.arn("lambda", f"function:{named}")]),
        iam.statement(
            "DescribeSchedules",
            ["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"],
            [site.arn("scheduler", f"schedule/{named}/*"), site.arn("scheduler", f"schedule-group/{named}")],
        ),
        iam.statement("DescribePipelines", ["codepipeline:ListTagsForResource"], [site.arn("codepipeline", named)]),
        iam.statement(
            "DescribeViewerFunctions",
            ["cloudfront:DescribeFunction"],
            [site.arn("cloudfront", f"function/{named}", region="")],
        ),
        # Resources named by an id are matched by the program's tags.
        iam.statement(
            "DescribeTagged",
            [
                "application-autoscaling:ListTagsForResource",
                "backup:GetBackupPlan",
                "backup:GetBackupSelection",
                "ce:GetAnomalyMonitors",
                "ce:GetAnomalySubscriptions",
                "ce:ListTagsForResource",
                "codeconnections:GetConnection",
                "codeconnections:ListTagsForResource",
                "lambda:GetEventSourceMapping",
                "logs:GetDelivery",
                "logs:GetDeliveryDestination",
                "logs:GetDeliverySource",
                "servicediscovery:GetNamespace",
                "ssm:GetMaintenanceWindow",
                "ssm:GetMaintenanceWindowTask",
                "ssm:GetPatchBaseline",
                "wafv2:GetIPSet",
            ],
            ["*"],
            condition=mine,
        ),
        # Know no resource.
        iam.statement(
            "DescribeAccount",
            [
                "compute-optimizer:GetEnrollmentStatus",
                "ecr:DescribePullThroughCacheRules",
                "servicediscovery:ListTagsForResource",
            ],
            ["*"],
        ),
    ]
    return iam.document(*statements, *_stored(site, platform))
