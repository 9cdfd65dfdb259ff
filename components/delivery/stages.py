"""The stages of a pipeline, as values: source, build, approval and deployment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.delivery.buildspec import IMAGE_DEFINITIONS, MANIFEST
from components.delivery.names import Names
from components.delivery.source import Source
from components.handles import KubernetesHandle, ServiceHandle
from specs.delivery import Freeze

SOURCE: Final = "source"
"""Artifact: the repository at the commit that is delivered."""
IMAGE: Final = "image"
"""Artifact with the image's definition, and namespace of the variables that its build exports."""
DEPLOY_TIMEOUT: Final = 60  # minutes; the longest that CodePipeline's ECS action waits for a deployment
RULE_TIMEOUT: Final = 5  # minutes; the shortest that CodePipeline takes, for a function that answers within a second

_Stage = aws.codepipeline.PipelineStageArgs
_Action = aws.codepipeline.PipelineStageActionArgs


def source_stage(names: Names, source: Source) -> _Stage:
    configuration: dict[str, pulumi.Input[str]]
    if source.connection_arn is not None:
        provider = "CodeStarSourceConnection"
        configuration = {
            "ConnectionArn": source.connection_arn,
            "FullRepositoryId": source.repository,
            "BranchName": source.branch,
            "OutputArtifactFormat": "CODE_ZIP",
            "DetectChanges": "false",  # the pipeline's trigger does, and looks at the folder too
        }
    else:
        provider = "CodeCommit"
        configuration = {
            "RepositoryName": source.repository,
            "BranchName": source.branch,
            "OutputArtifactFormat": "CODE_ZIP",
            "PollForSourceChanges": "false",  # an event of EventBridge tells sooner
        }
    action = _Action(
        name="Source",
        category="Source",
        owner="AWS",
        provider=provider,
        version="1",
        configuration=configuration,
        output_artifacts=[SOURCE],
        role_arn=names.role_arn("source"),
        namespace=SOURCE,
    )
    return _Stage(name="Source", actions=[action])


def build_stage(names: Names, projects: Sequence[pulumi.Input[str]]) -> _Stage:
    """Compile and test first, without privilege; only then the image."""
    test, image = projects
    return _Stage(
        name="Build",
        actions=[
            _build(names, "Test", test, 1),
            _build(names, "Image", image, 2, output=IMAGE),
        ],
    )


def _build(names: Names, name: str, project: pulumi.Input[str], order: int, output: str | None = None) -> _Action:
    return _Action(
        name=name,
        category="Build",
        owner="AWS",
        provider="CodeBuild",
        version="1",
        run_order=order,
        configuration={"ProjectName": project},
        input_artifacts=[SOURCE],
        output_artifacts=[output] if output else None,
        namespace=output,
        role_arn=names.role_arn("build"),
    )


def approval_stage(names: Names, topic_arn: pulumi.Input[str]) -> _Stage:
    action = _Action(
        name="Approve",
        category="Approval",
        owner="AWS",
        provider="Manual",
        version="1",
        configuration={
            "NotificationArn": topic_arn,
            "CustomData": f"Deploy {names.service} #{{{IMAGE}.IMAGE_TAG}} to {names.site.prefix}?",
        },
    )
    return _Stage(name="Approve", actions=[action])


def deploy_stage(
    names: Names,
    service: ServiceHandle,
    cluster_name: str,
    functions: tuple[pulumi.Input[str], pulumi.Input[str]],
    parameter: str,
    freezes: Sequence[Freeze],
) -> _Stage:
    """ECS takes the new image, by digest and by the service's own strategy; then the release is put on record.

    `functions` are the names of the two that tell of freezes and record releases.
    """
    freeze_check, record = functions
    role = names.role_arn("deploy")
    deploy = _Action(
        name="Deploy",
        category="Deploy",
        owner="AWS",
        provider="ECS",
        version="1",
        run_order=1,
        configuration={
            "ClusterName": cluster_name,
            "ServiceName": service.service_name,
            "FileName": IMAGE_DEFINITIONS,
            "DeploymentTimeout": str(DEPLOY_TIMEOUT),
        },
        input_artifacts=[IMAGE],
        role_arn=role,
    )
    release = {
        "cluster": cluster_name,
        "service": service.service_name,
        "container": service.name,
        "parameter": parameter,
        "image": f"#{{{IMAGE}.IMAGE_BY_DIGEST}}",
    }
    recorded = _Action(
        name="Record",
        category="Invoke",
        owner="AWS",
        provider="Lambda",
        version="1",
        run_order=2,
        configuration={"FunctionName": record, "UserParameters": json.dumps(release, sort_keys=True)},
        role_arn=role,
    )
    return _Stage(name="Deploy", before_entry=_unfrozen(freeze_check, role, freezes), actions=[deploy, recorded])


def kubernetes_stage(
    names: Names, cluster: KubernetesHandle, freeze_check: pulumi.Input[str], freezes: Sequence[Freeze]
) -> _Stage:
    """The cluster takes the service's objects with the new image; Kubernetes replaces pods by its own rules."""
    role = names.role_arn("deploy")
    deploy = _Action(
        name="Deploy",
        category="Deploy",
        owner="AWS",
        provider="EKS",
        version="1",
        # Subnets and security groups are the cluster's own, so that a private endpoint is reached.
        configuration={
            "ClusterName": cluster.cluster_name,
            "Namespace": cluster.namespace,
            "ManifestFiles": MANIFEST,
        },
        input_artifacts=[IMAGE],
        role_arn=role,
    )
    return _Stage(name="Deploy", before_entry=_unfrozen(freeze_check, role, freezes), actions=[deploy])


def _unfrozen(
    function: pulumi.Input[str], role_arn: str, freezes: Sequence[Freeze]
) -> aws.codepipeline.PipelineStageBeforeEntryArgs:
    """The stage is not entered while a freeze lasts; who retries it afterwards goes on with the same image."""
    windows = [
        {"name": freeze.name, "start": freeze.start.isoformat(), "end": freeze.end.isoformat()} for freeze in freezes
    ]
    rule = aws.codepipeline.PipelineStageBeforeEntryConditionRuleArgs(
        name="NoFreeze",
        rule_type_id=aws.codepipeline.PipelineStageBeforeEntryConditionRuleRuleTypeIdArgs(
            category="Rule", owner="AWS", provider="LambdaInvoke", version="1"
        ),
        configuration={"FunctionName": function, "UserParameters": json.dumps(windows)},
        role_arn=role_arn,
        timeout_in_minutes=RULE_TIMEOUT,
    )
    return aws.codepipeline.PipelineStageBeforeEntryArgs(
        condition=aws.codepipeline.PipelineStageBeforeEntryConditionArgs(result="FAIL", rules=[rule])
    )
