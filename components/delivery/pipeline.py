"""The pipeline of one service: source, tests, image, approval, deployment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Tier
from components.delivery import projects, roles, stages
from components.delivery.names import Names
from components.delivery.source import Source
from components.handles import KeyRing, ServiceHandle
from components.site import Site
from specs.delivery import Freeze, ServiceDelivery


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    site: Site
    keys: KeyRing
    settings: ServiceDelivery
    source: Source
    service: ServiceHandle
    cluster_name: str
    release_parameter: str
    """SSM parameter that holds the image which the service runs."""
    artifacts: pulumi.Output[str]
    """Bucket of artifacts."""
    freeze_check: aws.lambda_.Function
    record_release: aws.lambda_.Function
    freezes: Sequence[Freeze]
    approval: bool
    alert_topic_arn: pulumi.Output[str]
    """Where approvers are asked, and told what has failed."""
    scan_fails_on: str
    log_retention_days: int


class Pipeline(Tier):
    """One service's way from a commit to running tasks."""

    tier = "delivery"
    kind = "Pipeline"

    pipeline: aws.codepipeline.Pipeline

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self._names = Names(args.site, args.settings.name)
        built = projects.build(self, self._names, args.settings, args.scan_fails_on, args.keys, args.log_retention_days)
        role, ready = self._roles()
        self.pipeline = self._pipeline(role, built, ready)
        self._alarm()
        self.register_outputs({"pipelineArn": self.pipeline.arn})

    def _roles(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """The pipeline's role, and the policies that have to stand before it runs."""
        args, names, key = self._args, self._names, self._args.keys.delivery
        topic = args.site.arn("sns", args.site.named("alerts")) if args.approval else None
        documents: dict[str, pulumi.Input[str]] = {
            "source": roles.source_policy(names, key, args.source.repository_arn),
            "build": roles.build_policy(names),
            "deploy": roles.deploy_policy(
                names,
                key,
                args.service,
                args.cluster_name,
                [self._function_arn(name) for name in ("freeze-check", "record-release")],
                args.freezes,
            ),
        }
        role = self._role("pipeline", roles.pipeline_trust(args.site), "what the pipeline itself may do")
        own = roles.pipeline_policy(names, key, args.keys.logs, list(documents), topic)
        ready: list[pulumi.Resource] = [self._policy("pipeline", "pipeline", role, own)]
        for stage, document in documents.items():
            # IAM refuses a trust in a role that is not there.
            of_stage = self._role(stage, roles.stage_trust(names), f"what the stage '{stage}' may do", after=role)
            ready.append(self._policy(stage, stage, of_stage, document))
            if stage == "source" and args.source.connection_arn is not None:
                used = roles.connection_policy(args.source.connection_arn, args.source.repository)
                ready.append(self._policy("connection", "connection", of_stage, used))
        return role, ready

    def _function_arn(self, what: str) -> str:
        return self.site.arn("lambda", f"function:{self.site.named(what)}")

    def _role(self, stage: str, trust: str, description: str, after: pulumi.Resource | None = None) -> aws.iam.Role:
        physical = self._names.role(stage)
        return aws.iam.Role(
            self.child(stage, "role"),
            name=physical,
            description=f"{self._names.pipeline}: {description}",
            assume_role_policy=trust,
            tags=self.tags("internal", physical),
            opts=self.opts(depends_on=[after] if after else None),
        )

    def _policy(self, what: str, name: str, role: aws.iam.Role, document: pulumi.Input[str]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            self.child(what, "policy"), name=name, role=role.name, policy=document, opts=self.opts(parent=role)
        )

    def _pipeline(
        self, role: aws.iam.Role, built: list[aws.codebuild.Project], ready: Sequence[pulumi.Resource]
    ) -> aws.codepipeline.Pipeline:
        args, names = self._args, self._names
        approval = [stages.approval_stage(names, args.alert_topic_arn)] if args.approval else []
        return aws.codepipeline.Pipeline(
            self.child("pipeline"),
            name=names.pipeline,
            pipeline_type="V2",
            # A newer commit overtakes an older one that waits, for example for its approval.
            execution_mode="SUPERSEDED",
            role_arn=role.arn,
            artifact_stores=[
                aws.codepipeline.PipelineArtifactStoreArgs(
                    type="S3",
                    location=args.artifacts,
                    encryption_key=aws.codepipeline.PipelineArtifactStoreEncryptionKeyArgs(
                        id=args.keys.delivery.arn, type="KMS"
                    ),
                )
            ],
            stages=[
                stages.source_stage(names, args.source),
                stages.build_stage(names, projects.project_names(built)),
                *approval,
                stages.deploy_stage(
                    names,
                    args.service,
                    args.cluster_name,
                    (args.freeze_check.name, args.record_release.name),
                    args.release_parameter,
                    args.freezes,
                ),
            ],
            triggers=[self._trigger()] if args.source.connection_arn is not None else None,
            tags=self.tags("internal", names.pipeline),
            opts=self.opts(depends_on=[*ready, *([args.source.ready] if args.source.ready else [])]),
        )

    def _trigger(self) -> aws.codepipeline.PipelineTriggerArgs:
        """Pushes to the branch, and of those only the ones that touch the service's folder."""
        args = self._args
        folder = args.settings.folder
        paths = (
            aws.codepipeline.PipelineTriggerGitConfigurationPushFilePathsArgs(includes=[f"{folder}/**"])
            if folder != "."
            else None
        )
        push = aws.codepipeline.PipelineTriggerGitConfigurationPushArgs(
            branches=aws.codepipeline.PipelineTriggerGitConfigurationPushBranchesArgs(includes=[args.source.branch]),
            file_paths=paths,
        )
        return aws.codepipeline.PipelineTriggerArgs(
            provider_type="CodeStarSourceConnection",
            git_configuration=aws.codepipeline.PipelineTriggerGitConfigurationArgs(
                source_action_name="Source", pushes=[push]
            ),
        )

    def _alarm(self) -> None:
        physical = f"{self._names.pipeline}-pipeline-failed"
        aws.cloudwatch.MetricAlarm(
            self.child("failed"),
            name=physical,
            alarm_description=f"the pipeline of {self._names.service} has failed: test, scan, freeze or rollback",
            namespace="AWS/CodePipeline",
            metric_name="FailedPipelineExecutions",
            dimensions={"PipelineName": self._names.pipeline},
            statistic="Sum",
            period=300,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.alert_topic_arn],
            tags=self.tags("internal", physical),
            opts=self.opts(parent=self.pipeline),
        )
