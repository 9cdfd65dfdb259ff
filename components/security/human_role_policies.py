"""Permissions of people by role, on this stack's own resources; `*` only where actions have no resource level.

A developer reads, an operator operates, an auditor reads settings and the audit trail, and break-glass repairs by
hand. Names are fixed, so every statement is known before anything exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_facts.regions import EDGE_REGION
from components import iam
from components.iam import Statement
from components.site import Site

_LOG_READS: Final = ("logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults")
# Actions that know no resource.
_LOOKS: Final = (
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingActivities",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "ecs:DescribeTaskDefinition",
    # If Inspector scans the registry, an image's findings are Inspector's.
    "inspector2:ListCoverage",
    "inspector2:ListFindings",
    "elasticloadbalancing:DescribeTargetHealth",
    "logs:DescribeLogGroups",
    "logs:DescribeQueryDefinitions",
    "logs:StopQuery",
    "xray:BatchGetTraces",
    "xray:GetServiceGraph",
    "xray:GetTraceSummaries",
)
_AUDITS: Final = (
    "access-analyzer:ListAnalyzers",
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "config:DescribeComplianceByConfigRule",
    "config:DescribeConfigRules",
    "config:GetResourceConfigHistory",
    "guardduty:GetFindings",
    "guardduty:ListDetectors",
    "guardduty:ListFindings",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetCredentialReport",
    "inspector2:ListCoverage",
    "inspector2:ListFindings",
    "kms:ListAliases",
    "logs:DescribeLogGroups",
    "logs:StopQuery",
    "s3:ListAllMyBuckets",
    "ssm:ListComplianceItems",
    "ssm:ListResourceComplianceSummaries",
    "tag:GetResources",
)


def developer(site: Site) -> list[Statement]:
    """Looks at everything that runs, and starts builds and pipelines."""
    projects = [site.arn("codebuild", f"project/{site.prefix}-*")]
    pipelines = [site.arn("codepipeline", f"{site.prefix}-*")]
    return [
        iam.statement("Look", _LOOKS, ["*"]),
        iam.statement("ReadLogs", [*_LOG_READS, "logs:StartQuery"], _log_groups(site)),
        iam.statement(
            "ReadAlarms",
            ["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"],
            [site.arn("cloudwatch", f"alarm:{site.prefix}-*")],
        ),
        iam.statement("ReadDashboards", ["cloudwatch:GetDashboard"], [_global(site, "cloudwatch", "dashboard/{}*")]),
        iam.statement(
            "ReadServices",
            ["ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTasks"],
            [site.arn("ecs", f"cluster/{site.prefix}"), *_services(site), *_tasks(site)],
        ),
        iam.statement("ListServices", ["ecs:ListServices", "ecs:ListTasks"], ["*"], condition=_in_cluster(site)),
        iam.statement(
            "ReadImages",
            ["ecr:DescribeImageScanFindings", "ecr:DescribeImages", "ecr:ListImages"],
            [site.arn("ecr", f"repository/{site.prefix}-*")],
        ),
        iam.statement("Build", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], projects),
        iam.statement(
            "Release",
            [
                "codepipeline:GetPipelineState",
                "codepipeline:ListPipelineExecutions",
                "codepipeline:StartPipelineExecution",
            ],
            pipelines,
        ),
    ]


def operator(site: Site, *, queue_aliases: Sequence[str]) -> list[Statement]:
    """Operates running services; in addition to a developer's statements.

    `queue_aliases` are the aliases of the keys that queues are encrypted with.
    """
    return [
        iam.statement("Restart", ["ecs:UpdateService"], _services(site)),
        iam.statement("StopTasks", ["ecs:StopTask"], _tasks(site), condition=_in_cluster(site)),
        iam.statement(
            "Scale",
            ["application-autoscaling:RegisterScalableTarget"],
            [site.arn("application-autoscaling", "scalable-target/*")],
            condition={"StringEquals": {"aws:ResourceTag/Project": site.project, "aws:ResourceTag/Stack": site.stack}},
        ),
        # A redrive reads and deletes here and sends there in the name of who starts it (SQS guide, "Configuring a
        # dead-letter queue redrive"); so does who reads a message, acts by hand, and takes it away.
        iam.statement(
            "Redrive",
            [
                "sqs:CancelMessageMoveTask",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ListMessageMoveTasks",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
                "sqs:StartMessageMoveTask",
            ],
            [site.arn("sqs", f"{site.prefix}-*")],
        ),
        iam.statement("EmptyFailedRuns", ["sqs:PurgeQueue"], [site.arn("sqs", f"{site.prefix}-*-failed")]),
        iam.statement(
            "UseQueueKeys",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [site.arn("kms", "key/*")],
            condition={
                "StringEquals": {"kms:ViaService": site.endpoint("sqs", site.region)},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(queue_aliases)},
            },
        ),
        iam.statement(
            "Replay",
            ["events:DescribeArchive", "events:DescribeReplay", "events:StartReplay"],
            [site.arn("events", f"{kind}/{site.prefix}-*") for kind in ("archive", "event-bus", "replay")],
        ),
        iam.statement(
            "FailOver",
            ["rds:DescribeDBClusters", "rds:FailoverDBCluster"],
            [site.arn("rds", f"cluster:{site.prefix}-*")],
        ),
        iam.statement(
            "FailOverCaches",
            ["elasticache:DescribeReplicationGroups", "elasticache:TestFailover"],
            [site.arn("elasticache", f"replicationgroup:{site.prefix}-*")],
        ),
        iam.statement("BlockAddresses", ["wafv2:GetIPSet", "wafv2:UpdateIPSet"], [_ip_sets(site)]),
        iam.statement(
            "Approve",
            ["codepipeline:PutApprovalResult", "codepipeline:RetryStageExecution"],
            [site.arn("codepipeline", f"{site.prefix}-*")],
        ),
        # For settings that make operators the approvers of the incident response.
        iam.statement("BecomeApprover", ["sts:AssumeRole"], [site.iam_arn(f"role/{site.named('response-approver')}")]),
        iam.statement("SeeServers", ["ec2:DescribeInstances", "ssm:DescribeInstanceInformation"], ["*"]),
        iam.statement("RestartServers", ["ec2:RebootInstances"], [site.arn("ec2", "instance/*")], condition=site.owned),
        iam.statement(
            "ReadResponse",
            ["states:DescribeExecution", "states:GetExecutionHistory", "states:ListExecutions"],
            [
                site.arn("states", f"stateMachine:{site.prefix}-*"),
                site.arn("states", f"execution:{site.prefix}-*"),
            ],
        ),
    ]


def auditor(site: Site, *, logs_alias: str) -> list[Statement]:
    """Reads settings, findings and trails; `logs_alias` is the alias of the key that these are encrypted with."""
    records = [Site.bucket_arn(site.globally_named(name)) for name in ("trail", "config")]
    return [
        iam.statement("Audit", _AUDITS, ["*"]),
        iam.statement(
            "ReadTrailLog",
            [*_LOG_READS, "logs:StartQuery"],
            [site.arn("logs", f"log-group:/{site.project}/{site.stack}/trail:*")],
        ),
        iam.statement("ReadTrail", ["cloudtrail:GetTrailStatus"], [site.arn("cloudtrail", f"trail/{site.prefix}-*")]),
        iam.statement("ListRecords", ["s3:GetBucketLocation", "s3:ListBucket"], records),
        iam.statement("ReadRecords", ["s3:GetObject"], [f"{arn}/*" for arn in records]),
        iam.statement(
            "DecryptRecords",
            ["kms:Decrypt"],
            [site.arn("kms", "key/*")],
            condition={
                "StringEquals": {"kms:ViaService": site.endpoint("s3", site.region)},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": logs_alias},
            },
        ),
        iam.statement(
            "ReadBuckets",
            [
                "s3:GetBucketLogging",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
            ],
            [Site.bucket_arn(f"{site.prefix}-*")],
        ),
        iam.statement(
            "ReadKeys",
            ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"],
            _keys(site),
            condition=site.owned,
        ),
        iam.statement(
            "ReadFindings",
            ["securityhub:DescribeHub", "securityhub:GetEnabledStandards", "securityhub:GetFindings"],
            [site.arn("securityhub", "hub/default")],
        ),
        iam.statement(
            "ReadCompliance",
            ["config:DescribeConformancePackCompliance", "config:GetConformancePackComplianceDetails"],
            [site.arn("config", f"conformance-pack/{site.prefix}-*")],
        ),
        iam.statement(
            "ReadAccess",
            ["access-analyzer:GetFinding", "access-analyzer:ListFindings"],
            [site.arn("access-analyzer", f"analyzer/{site.prefix}-*")],
        ),
    ]


def break_glass(site: Site, *, revocable: Sequence[str]) -> list[Statement]:
    """Repairs by hand; in addition to an operator's statements.

    `revocable` are patterns of the roles whose sessions the incident response may revoke: the deny statement is taken
    away again here. No statement lets anybody give rights to anyone.
    """
    own = site.owned
    return [
        iam.statement(
            "MendGroups",
            [
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
            ],
            [site.arn("ec2", "security-group/*")],
            condition=own,
        ),
        iam.statement(
            "MendRoutes",
            ["ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"],
            [site.arn("ec2", "route-table/*")],
            condition=own,
        ),
        iam.statement(
            "MendFences",
            ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry", "ec2:ReplaceNetworkAclEntry"],
            [site.arn("ec2", "network-acl/*")],
            condition=own,
        ),
        # Know no resource.
        iam.statement(
            "SeeNetwork",
            [
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
            ],
            ["*"],
        ),
        iam.statement(
            "MendServers",
            ["ec2:ModifyNetworkInterfaceAttribute", "ec2:StartInstances", "ec2:StopInstances"],
            [site.arn("ec2", f"{kind}/*") for kind in ("instance", "network-interface", "security-group")],
            condition=own,
        ),
        iam.statement("SaveKeys", ["kms:CancelKeyDeletion", "kms:EnableKey"], _keys(site), condition=own),
        iam.statement("KeepTrail", ["cloudtrail:StartLogging"], [site.arn("cloudtrail", f"trail/{site.prefix}-*")]),
        iam.statement(
            "RestartDatabases",
            ["rds:StartDBCluster", "rds:StopDBCluster"],
            [site.arn("rds", f"cluster:{site.prefix}-*")],
        ),
        iam.statement(
            "StopFunctions",
            ["lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"],
            [site.arn("lambda", f"function:{site.prefix}-*")],
        ),
        iam.statement(
            "RestoreSessions", ["iam:DeleteRolePolicy", "iam:ListRolePolicies"], revocable, condition=site.owned
        ),
    ]


def boundary(site: Site, duties: Sequence[Statement]) -> list[Statement]:
    """Maximum permissions of every role for people, whatever is attached to it later: these actions, on this stack.

    Coarser than the duties, as a managed policy holds fewer characters than they need together: it names the actions,
    and resources of this stack by name or tags. A policy that grants a role more has no effect.
    """
    looks: set[str] = set()
    by_name: set[str] = set()
    by_tag: set[str] = set()
    names: set[str] = set()
    kept: list[Statement] = []
    for statement in duties:
        actions, resources = statement["Action"], statement["Resource"]
        condition = statement.get("Condition")
        if condition == site.owned:
            by_tag.update(actions)
        elif condition is None and resources == ["*"]:
            looks.update(actions)
        elif all(arn == _named(site, arn) for arn in resources) and condition is not None:
            if statement not in kept:
                kept.append(statement)  # on no name of this stack: its condition is what narrows it
        else:
            by_name.update(actions)
            names.update(_named(site, arn) for arn in resources)
    return [
        iam.statement("Look", sorted(looks), ["*"]),
        iam.statement("ActOnNames", sorted(by_name), sorted(names)),
        iam.statement("ActOnTags", sorted(by_tag), ["*"], condition=site.owned),
        *kept,
    ]


def _named(site: Site, arn: str) -> str:
    """The pattern of all things of this stack, of whatever service, where the ARN names one; else the ARN."""
    if site.prefix not in arn:
        return arn
    return f"arn:aws:s3:::{site.prefix}-*" if ":s3:" in arn else f"arn:aws:*:*:{site.account_id}:*{site.prefix}*"


def _log_groups(site: Site) -> list[str]:
    """The stack's log groups, but for the trail's: that one is the auditors'."""
    names = (f"/ecs/{site.prefix}/", f"/aws/lambda/{site.prefix}-", f"/aws/rds/*/{site.prefix}-")
    return [site.arn("logs", f"log-group:{name}*:*") for name in names]


def _services(site: Site) -> list[str]:
    return [site.arn("ecs", f"service/{site.prefix}/*")]


def _tasks(site: Site) -> list[str]:
    return [site.arn("ecs", f"task/{site.prefix}/*")]


def _ip_sets(site: Site) -> str:
    return site.arn("wafv2", f"global/ipset/{site.prefix}-*", region=EDGE_REGION)


def _global(site: Site, service: str, pattern: str) -> str:
    return site.arn(service, pattern.format(site.prefix), region="")


def _in_cluster(site: Site) -> iam.Condition:
    return {"ArnEquals": {"ecs:cluster": site.arn("ecs", f"cluster/{site.prefix}")}}


def _keys(site: Site) -> list[str]:
    """Keys of the stack's region and of us-east-1, where the edge has one; a key's own region is all that opens it."""
    return sorted({site.arn("kms", "key/*"), site.arn("kms", "key/*", region=EDGE_REGION)})
