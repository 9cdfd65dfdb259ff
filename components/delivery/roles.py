"""Roles of a pipeline: one for each stage, each on exact resources.

The pipeline's own role may only assume the roles of its stages and request approval. A freeze is also in the
documents, as a deny by date: even someone who bypasses the pipeline's own check deploys nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Final

import pulumi

from components import iam
from components.delivery.names import Names, artifacts_bucket
from components.handles import KeyHandle, KubernetesHandle, ServiceHandle
from components.key_use import through
from components.site import Site
from specs.delivery import Freeze

_READ: Final = ("s3:GetObject", "s3:GetObjectVersion")
_WRITE: Final = ("s3:PutObject",)
_PUSH: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
_SCAN: Final = ("ecr:GetRegistryScanningConfiguration", "inspector2:ListCoverage", "inspector2:ListFindings")
_ANSWER: Final = ("codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult")


def pipeline_trust(site: Site) -> str:
    return iam.trust("codepipeline.amazonaws.com", account_id=site.account_id, names_source=False)


def stage_trust(names: Names) -> str:
    """A stage's role can be assumed only by its own pipeline."""
    return iam.document(
        {
            "Sid": "AssumedByPipeline",
            "Effect": "Allow",
            "Principal": {"AWS": names.role_arn("pipeline")},
            "Action": "sts:AssumeRole",
        }
    )


def pipeline_policy(
    names: Names, key: KeyHandle, logs_key: KeyHandle, stages: Sequence[str], approvers: str | None
) -> str:
    """Permissions of the pipeline itself; `approvers` is the ARN of the topic for approval requests."""
    site = names.site
    statements = [
        iam.statement("TakeOnStages", ["sts:AssumeRole"], [names.role_arn(stage) for stage in stages]),
        *_artifacts(names, key, [*_READ, *_WRITE]),
    ]
    if approvers is not None:
        statements.append(iam.statement("AskForApproval", ["sns:Publish"], [approvers]))
        statements.append(through(site, logs_key, "sns", ["kms:Decrypt", "kms:GenerateDataKey"]))
    return iam.document(*statements)


def source_policy(names: Names, key: KeyHandle, repository_arn: str | None) -> str:
    """Permissions of the source stage; `repository_arn` is that of a CodeCommit repository."""
    statements = _artifacts(names, key, [*_READ, *_WRITE])
    if repository_arn is not None:
        actions = (
            "codecommit:CancelUploadArchive",
            "codecommit:GetBranch",
            "codecommit:GetCommit",
            "codecommit:GetRepository",
            "codecommit:GetUploadArchiveStatus",
            "codecommit:UploadArchive",
        )
        statements.append(iam.statement("ReadRepository", actions, [repository_arn]))
        statements.append(through(names.site, key, "codecommit", ["kms:Decrypt"]))
    return iam.document(*statements)


def connection_policy(connection_arn: pulumi.Input[str], repository: str) -> pulumi.Output[str]:
    """Read access to one repository through the connection, in a document of its own, since AWS generates the id."""
    actions = ("codeconnections:UseConnection", "codestar-connections:UseConnection")
    return pulumi.Output.from_input(connection_arn).apply(
        lambda arn: iam.document(
            *(
                iam.statement(
                    f"Use{action.partition(':')[0].replace('-', '').capitalize()}",
                    [action],
                    [arn],
                    condition={"StringEquals": {f"{action.partition(':')[0]}:FullRepositoryId": repository}},
                )
                for action in actions
            )
        )
    )


def build_policy(names: Names) -> str:
    """Permissions of the build stage: start its two builds and read their status."""
    projects = [names.project_arn(what) for what in ("test", "image")]
    return iam.document(
        iam.statement(
            "RunBuilds", ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], projects
        )
    )


def test_project_policy(names: Names, key: KeyHandle) -> str:
    """Permissions of the test project, which runs code of the repository: read its source and write its log."""
    return iam.document(*_artifacts(names, key, [*_READ]), _logs(names, "test"))


def image_project_policy(names: Names, key: KeyHandle, cluster: KubernetesHandle | None = None) -> str:
    """Permissions of the image project: push to this repository, and read the service's objects for a `cluster`."""
    statements = [
        *_artifacts(names, key, [*_READ, *_WRITE]),
        _logs(names, "image"),
        # The token is the registry's; the call has no resource.
        iam.statement("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"]),
        iam.statement("PushAndLookAtScan", _PUSH, [names.repository_arn]),
        # Inspector may scan the registry by another's word than this stack's; the calls know no resource.
        iam.statement("AskScanner", _SCAN, ["*"]),
    ]
    if cluster is not None:
        file = f"{cluster.manifests_bucket_arn}/{cluster.manifests[names.service]}"
        statements.append(iam.statement("ReadObjects", ["s3:GetObject"], [file]))
    return iam.document(*statements)


def deploy_policy(
    names: Names,
    key: KeyHandle,
    service: ServiceHandle,
    cluster_name: str,
    functions: Sequence[str],
    freezes: Sequence[Freeze],
) -> str:
    """Permissions of the deploy stage: a new revision of this service's task, its update, these functions."""
    site = names.site
    within = f"{cluster_name}/{service.service_name}"
    service_arn = site.arn("ecs", f"service/{within}")
    revisions = site.arn("ecs", f"task-definition/{service.service_name}:*")
    return iam.document(
        *_artifacts(names, key, [*_READ]),
        iam.statement(
            "Deploy", ["ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"], [service_arn]
        ),
        iam.statement(
            "WatchDeployment",
            ["ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"],
            [site.arn("ecs", f"service-deployment/{within}/*"), site.arn("ecs", f"service-revision/{within}/*")],
        ),
        iam.statement("WatchTasks", ["ecs:DescribeTasks"], [site.arn("ecs", f"task/{cluster_name}/*")]),
        iam.statement(
            "ListTasks",
            ["ecs:ListTasks"],
            ["*"],
            condition={"ArnEquals": {"ecs:cluster": site.arn("ecs", f"cluster/{cluster_name}")}},
        ),
        # Knows no resource.
        iam.statement("LookAtTask", ["ecs:DescribeTaskDefinition"], ["*"]),
        iam.statement("ReviseTask", ["ecs:RegisterTaskDefinition"], [revisions]),
        iam.statement(
            "TagRevision",
            ["ecs:TagResource"],
            [revisions],
            condition={"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        ),
        iam.statement(
            "GiveTasksTheirRoles",
            ["iam:PassRole"],
            [role for role in (service.task_role_arn, service.execution_role_arn) if role],
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        iam.statement("AskFunctions", ["lambda:InvokeFunction"], functions),
        *frozen(["ecs:UpdateService"], [service_arn], freezes),
    )


def kubernetes_policy(
    names: Names, key: KeyHandle, cluster_arn: str, freeze_check: str, freezes: Sequence[Freeze]
) -> str:
    """Permissions of the deploy stage on a cluster: find it, and reach its private endpoint. An access entry of
    the cluster defines what it may change in there.
    """
    site = names.site
    logs = site.arn("logs", f"log-group:/aws/codepipeline/{names.pipeline}")
    return iam.document(
        *_artifacts(names, key, [*_READ]),
        iam.statement("FindCluster", ["eks:DescribeCluster"], [cluster_arn]),
        # CodePipeline runs kubectl in the cluster's network. These know no resource, or none beforehand.
        iam.statement(
            "JoinNetwork",
            [
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
        ),
        iam.statement(
            "LendNetwork",
            ["ec2:CreateNetworkInterfacePermission"],
            [site.arn("ec2", "network-interface/*")],
            condition={"ArnLike": {"ec2:Vpc": site.arn("ec2", "vpc/*")}},
        ),
        iam.statement("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [logs, f"{logs}:*"]),
        iam.statement("AskFunctions", ["lambda:InvokeFunction"], [freeze_check]),
        *frozen(["eks:DescribeCluster"], [cluster_arn], freezes),
    )


def freeze_function_statements() -> list[iam.Statement]:
    # These take no resource.
    return [iam.statement("AnswerPipeline", _ANSWER, ["*"])]


def dead_letter_statements(site: Site, key: KeyHandle, queue: str) -> list[iam.Statement]:
    return [
        iam.statement("SetAside", ["sqs:SendMessage"], [site.arn("sqs", site.named(queue))]),
        through(site, key, "sqs", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ]


def record_function_statements(site: Site, cluster_name: str, releases: str) -> list[iam.Statement]:
    """`releases` is the path of the parameters with the released images."""
    return [
        *freeze_function_statements(),
        iam.statement("LookAtServices", ["ecs:DescribeServices"], [site.arn("ecs", f"service/{cluster_name}/*")]),
        # Knows no resource.
        iam.statement("LookAtTasks", ["ecs:DescribeTaskDefinition"], ["*"]),
        iam.statement("RecordReleases", ["ssm:PutParameter"], [site.arn("ssm", f"parameter{releases}/*")]),
    ]


def patch_function_statements(site: Site) -> list[iam.Statement]:
    """No freeze refuses these starts: a patch is built at all times, and waits for its deployment."""
    return [
        # Knows no resource.
        iam.statement("AskInspector", ["inspector2:ListFindings"], ["*"]),
        iam.statement(
            "StartPipelines",
            ["codepipeline:ListPipelineExecutions", "codepipeline:StartPipelineExecution"],
            [_pipelines(site)],
            condition=site.owned,
        ),
    ]


def start_statements(site: Site, freezes: Sequence[Freeze] = ()) -> list[iam.Statement]:
    """Permission to start the stack's pipelines, denied during a freeze."""
    action, pipelines = "codepipeline:StartPipelineExecution", [_pipelines(site)]
    return [
        iam.statement("StartPipelines", [action], pipelines, condition=site.owned),
        *frozen([action], pipelines, freezes),
    ]


def _pipelines(site: Site) -> str:
    """All pipelines of the stack, by the start of their names."""
    return site.arn("codepipeline", f"{site.prefix}-*")


def frozen(actions: Sequence[str], resources: Sequence[str], freezes: Sequence[Freeze]) -> list[iam.Statement]:
    """Denials of these actions during each freeze. A past freeze denies nothing, so it may stay."""
    return [
        iam.statement(
            "Frozen" + "".join(part.capitalize() for part in freeze.name.split("-")),
            actions,
            resources,
            effect="Deny",
            condition=during(freeze),
        )
        for freeze in freezes
    ]


def during(freeze: Freeze) -> dict[str, dict[str, str]]:
    """The condition that holds while a freeze lasts; IAM takes times in UTC."""
    start, end = (f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (freeze.start, freeze.end))
    return {
        "DateGreaterThanEquals": {"aws:CurrentTime": start},
        "DateLessThan": {"aws:CurrentTime": end},
    }


def _logs(names: Names, what: str) -> iam.Statement:
    group = names.site.arn("logs", f"log-group:{names.log_group(what)}")
    return iam.statement("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group, f"{group}:*"])


def _artifacts(names: Names, key: KeyHandle, actions: Sequence[str]) -> list[iam.Statement]:
    """Use of this pipeline's own artifacts, and of the key that they are encrypted with."""
    bucket = Site.bucket_arn(artifacts_bucket(names.site))
    key_actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if "s3:PutObject" in actions else [])]
    return [
        iam.statement("UseArtifacts", actions, [names.artifacts]),
        iam.statement("FindArtifacts", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [bucket]),
        through(names.site, key, "s3", key_actions),
    ]
