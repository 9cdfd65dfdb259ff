"""The pipeline of one service: source, tests, image, approval, deployment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import PARTITION
from components.base import Component
from components.delivery import projects, roles, stages
from components.delivery.names import Names
from components.delivery.source import Source
from components.handles import KeyRing, KubernetesHandle, ServiceHandle
from components.site import Site
from specs.delivery import Freeze, ServiceDelivery

# Everything within the namespaces that an association names, custom resources included.
NAMESPACE_POLICY: Final = f"arn:{PARTITION}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    site: Site
    keys: KeyRing
    settings: ServiceDelivery
    source: Source
    service: ServiceHandle
    cluster_name: str
    release_parameter: str | None
    """SSM parameter that holds the image which the service runs; None for a service of Kubernetes."""
    kubernetes: KubernetesHandle | None = None
    """Cluster that the service runs in; None for a service of ECS."""
    artifacts: pulumi.Output[str]
    """Bucket of artifacts."""
    freeze_check: aws.lambda_.Function
    record_release: aws.lambda_.Function | None
    """None where no service runs in ECS."""
    freezes: Sequence[Freeze]
    approval: bool
    alert_topic_arn: pulumi.Output[str]
    """Topic for approval requests and failures."""
    scan_fails_on: str
    log_retention_days: int


class Pipeline(Component):
    """One service's way from a commit to running tasks."""

    tier = "delivery"
    kind = "Pipeline"

    pipeline: aws.codepipeline.Pipeline

    def __init__(self, name: str, args: PipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self._names = Names(args.site, args.settings.name)
        built = projects.build(
            self,
            self._names,
            args.settings,
            args.scan_fails_on,
            args.keys,
            args.log_retention_days,
            args.kubernetes,
        )
        role, ready = self._roles()
        self.pipeline = self._pipeline(role, built, ready)
        self._alarm()
        self.register_outputs({"pipelineArn": self.pipeline.arn})

    def _roles(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """The pipeline's role, and the policies that have to exist before it runs."""
        args, names, key = self._args, self._names, self._args.keys.delivery
        topic = args.site.arn("sns", args.site.named("alerts")) if args.approval else None
        documents: dict[str, pulumi.Input[str]] = {
            "source": roles.source_policy(names, key, args.source.repository_arn),
            "build": roles.build_policy(names),
            "deploy": self._deploy_policy(),
        }
        role = self._role("pipeline", roles.pipeline_trust(args.site), "what the pipeline itself may do")
        own = roles.pipeline_policy(names, key, args.keys.logs, list(documents), topic)
        ready: list[pulumi.Resource] = [self._policy("pipeline", "pipeline", role, own)]
        for stage, document in documents.items():
            # IAM refuses a trust in a role that is not there.
            of_stage = self._role(stage, roles.stage_trust(names), f"what the stage '{stage}' may do", after=role)
            ready.append(self._policy(stage, stage, of_stage, document))
            if stage == "deploy" and args.kubernetes is not None:
                ready += self._enter_cluster(args.kubernetes, of_stage)
            if stage == "source" and args.source.connection_arn is not None:
                used = roles.connection_policy(args.source.connection_arn, args.source.repository)
                ready.append(self._policy("connection", "connection", of_stage, used))
        return role, ready

    def _deploy_policy(self) -> str:
        args, names, key = self._args, self._names, self._args.keys.delivery
        check, record = map(self._function_arn, ("freeze-check", "record-release"))
        if args.kubernetes is not None:
            return roles.kubernetes_policy(names, key, args.kubernetes.cluster_arn, check, args.freezes)
        return roles.deploy_policy(names, key, args.service, args.cluster_name, [check, record], args.freezes)

    def _enter_cluster(self, cluster: KubernetesHandle, deploy: aws.iam.Role) -> list[pulumi.Resource]:
        """Access of the deploy stage to the services' namespace in the cluster, and to nothing else there."""
        physical = f"/aws/codepipeline/{self._names.pipeline}"
        logs = aws.cloudwatch.LogGroup(
            self.child("deploy", "logs"),
            name=physical,
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.keys.logs.arn,
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        entry = aws.eks.AccessEntry(
            self.child("deploy"),
            cluster_name=cluster.cluster,
            principal_arn=deploy.arn,
            type="STANDARD",
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        scope = aws.eks.AccessPolicyAssociationAccessScopeArgs(type="namespace", namespaces=[cluster.namespace])
        may = aws.eks.AccessPolicyAssociation(
            self.child("deploy"),
            cluster_name=cluster.cluster,
            principal_arn=entry.principal_arn,
            policy_arn=NAMESPACE_POLICY,
            access_scope=scope,
            opts=self.opts(parent=entry),
        )
        return [logs, may]

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
                self._deploy_stage(),
            ],
            triggers=[self._trigger()] if args.source.connection_arn is not None else None,
            tags=self.tags("internal", names.pipeline),
            opts=self.opts(depends_on=[*ready, *([args.source.ready] if args.source.ready else [])]),
        )

    def _deploy_stage(self) -> aws.codepipeline.PipelineStageArgs:
        args, names = self._args, self._names
        if args.kubernetes is not None:
            return stages.kubernetes_stage(names, args.kubernetes, args.freeze_check.name, args.freezes)
        assert args.record_release is not None
        assert args.release_parameter is not None, "whatever ECS deploys is put on record"
        functions = (args.freeze_check.name, args.record_release.name)
        return stages.deploy_stage(
            names, args.service, args.cluster_name, functions, args.release_parameter, args.freezes
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
