"""The delivery tier: a pipeline for each service that has one, what all of them share, and the program's own roles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.buckets import PrivateBucket, rule
from components.delivery import platform, rebuild, releases, roles, source
from components.delivery.names import Names
from components.delivery.pipeline import Pipeline, PipelineArgs
from components.functions import Code, python_function
from components.handles import BucketHandle, KeyRing, KubernetesHandle, ServiceHandle
from components.site import Site
from specs.account import Holding
from specs.delivery import Delivery as DeliverySettings
from specs.delivery import Freeze

ARTIFACT_DAYS: Final = 30  # days; a commit can always be built again
OLD_VERSIONS_DAYS: Final = 7
FUNCTION_TIMEOUT: Final = 60  # seconds; a few calls of AWS's own
FAILED: Final = "delivery-failed"
FAILED_SECONDS: Final = 1_209_600  # 14 days, SQS's longest, for people to look at what failed
FUNCTION_MEMORY: Final = 256  # MiB


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    site: Site
    keys: KeyRing
    delivery: DeliverySettings
    services: Mapping[str, ServiceHandle]
    """By name; those of the settings are among them."""
    cluster_name: str
    freezes: Sequence[Freeze]
    github_provider: Holding
    """Ownership of the IAM OIDC provider of GitHub."""
    kubernetes: KubernetesHandle | None = None
    """Cluster of the services whose objects it has; the others run in ECS. Default: none."""
    access_logs: BucketHandle
    """Bucket for the access logs of the bucket of artifacts."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int


class Delivery(Component):
    """Delivery of code to the services and of the stack itself, as far as the settings name it."""

    tier = "delivery"
    kind = "Delivery"

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self._pipelines: list[tuple[Names, Pipeline]] = []
        if args.delivery.services:
            self._build()
        if args.delivery.platform is not None:
            platform.build(self, args.delivery.platform, args.freezes, args.github_provider)
        self.register_outputs({"pipelines": [names.pipeline for names, _ in self._pipelines]})

    def _build(self) -> None:
        args, settings = self._args, self._args.delivery
        artifacts = self._artifacts()
        dead_letters = self._dead_letters()
        freeze_check, record_release = self._functions(dead_letters)
        origin = self._source()
        approval = settings.approval if settings.approval is not None else args.site.production
        for one in settings.services:
            in_cluster = self._runs_in_kubernetes(one.name)
            pipeline = Pipeline(
                self.child(one.name),
                PipelineArgs(
                    site=args.site,
                    keys=args.keys,
                    settings=one,
                    source=origin,
                    service=args.services[one.name],
                    cluster_name=args.cluster_name,
                    kubernetes=args.kubernetes if in_cluster else None,
                    release_parameter=None if in_cluster else self._release(one.name),
                    artifacts=artifacts.policy.bucket,
                    freeze_check=freeze_check,
                    record_release=record_release,
                    freezes=args.freezes,
                    approval=approval,
                    alert_topic_arn=args.alert_topic_arn,
                    scan_fails_on=settings.scan_fails_on,
                    log_retention_days=args.log_retention_days,
                ),
                opts=self.opts(),
            )
            self._pipelines.append((Names(args.site, one.name), pipeline))
        anew = settings.rebuild
        if anew is not None:
            rebuild.by_schedule(self, anew, self._pipelines, args.freezes, args.keys.delivery)
            if anew.on_critical_finding:
                self._patch(dead_letters)
        rebuild.by_event(self, self._pipelines, origin, kubernetes=args.kubernetes)

    def _patch(self, dead_letters: pulumi.Output[str]) -> None:
        """Builds anew what runs with a critical vulnerability that has a fix."""
        names = [one for one, _ in self._pipelines]
        function = self._function(
            "patch-build",
            "Starts the pipeline of a service whose running image has a critical vulnerability",
            roles.patch_function_statements(self.site),
            dead_letters,
            {
                "PIPELINES": json.dumps({one.repository: one.pipeline for one in names}, sort_keys=True),
                "ROLE": self.site.named("patch-build"),
            },
        )
        rebuild.on_critical_finding(self, function)

    def _artifacts(self) -> PrivateBucket:
        bucket = PrivateBucket(
            self,
            "artifacts",
            key=self._args.keys.delivery,
            data_class="confidential",  # source code
            statements=[],
            lifecycle=[rule("expire", expire_days=ARTIFACT_DAYS, old_versions_days=OLD_VERSIONS_DAYS)],
        )
        aws.s3.BucketLogging(
            self.child("artifacts"),
            bucket=bucket.bucket.bucket,
            target_bucket=self._args.access_logs.bucket,
            target_prefix=f"s3/{bucket.physical}/",
            opts=bucket.opts(),
        )
        return bucket

    def _functions(self, dead_letters: pulumi.Output[str]) -> tuple[aws.lambda_.Function, aws.lambda_.Function | None]:
        """Functions that check freezes and, where ECS deploys services, record releases."""
        args = self._args
        check = self._function(
            "freeze-check",
            "Holds deployments while a freeze lasts",
            roles.freeze_function_statements(),
            dead_letters,
        )
        if all(self._runs_in_kubernetes(one.name) for one in args.delivery.services):
            return check, None
        record = self._function(
            "record-release",
            "Records the image that a service runs once its deployment is through",
            roles.record_function_statements(self.site, args.cluster_name, releases.folder(self.site)),
            dead_letters,
        )
        return check, record

    def _function(
        self,
        what: str,
        description: str,
        statements: Sequence[iam.Statement],
        dead_letters: pulumi.Output[str],
        environment: Mapping[str, str] | None = None,
    ) -> aws.lambda_.Function:
        args = self._args
        code = Code(
            module=what.replace("-", "_"),
            description=description,
            timeout=FUNCTION_TIMEOUT,
            memory=FUNCTION_MEMORY,
            statements=[*statements, *roles.dead_letter_statements(self.site, args.keys.delivery, FAILED)],
            dead_letters=dead_letters,
            environment=environment or {},
        )
        return python_function(self, what, code, keys=args.keys, log_retention_days=args.log_retention_days)

    def _dead_letters(self) -> pulumi.Output[str]:
        """Dead-letter queue of the functions: a pipeline waits until it times out, or a finding starts no build."""
        physical = self.site.named(FAILED)
        queue = aws.sqs.Queue(
            self.child("unanswered"),
            name=physical,
            message_retention_seconds=FAILED_SECONDS,
            kms_master_key_id=self._args.keys.delivery.arn,
            tags=self.tags("internal", physical),
            opts=self.opts(),
        )
        aws.cloudwatch.MetricAlarm(
            self.child("unanswered"),
            name=physical,
            alarm_description="a pipeline waits, or a finding started no build. First look: the function's log",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": physical},
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.alert_topic_arn],
            tags=self.tags("internal", physical),
            opts=self.opts(parent=queue),
        )
        return queue.arn

    def _source(self) -> source.Source:
        settings = self._args.delivery
        if settings.github is not None:
            return source.github(self, settings.github)
        assert settings.code_commit is not None, "the settings hold one of the two where there are pipelines"
        return source.code_commit(self, settings.code_commit, self._args.keys.delivery)

    def _runs_in_kubernetes(self, service: str) -> bool:
        return self._args.kubernetes is not None and service in self._args.kubernetes.manifests

    def _release(self, service: str) -> str:
        """The parameter with the image that the service runs: pipelines write it, the program makes and deletes it."""
        physical = releases.parameter(self.site, service)
        aws.ssm.Parameter(
            self.child("release", service),
            name=physical,
            description=f"image that {self.site.named(service)} runs, released by its pipeline",
            type="String",
            value=releases.NONE_YET,
            tags=self.tags("internal", physical),
            opts=self.opts(ignore_changes=["value"]),
        )
        return physical
