"""One batch job: a task that the clock starts on Spot capacity, and that starts again on demand where Spot takes it.

Three ways lead to the job's queue of failures, and one alarm looks at it: a run that could not be started, a second run
that could not be started, and a run that ended badly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.cloudwatch import EventTargetEcsTargetArgs as EcsTarget
from pulumi_aws.cloudwatch import EventTargetEcsTargetCapacityProviderStrategyArgs as RetryStrategy
from pulumi_aws.cloudwatch import EventTargetEcsTargetNetworkConfigurationArgs as RetryNetwork
from pulumi_aws.scheduler import ScheduleTargetArgs, ScheduleTargetDeadLetterConfigArgs, ScheduleTargetRetryPolicyArgs
from pulumi_aws.scheduler import ScheduleTargetEcsParametersArgs as EcsParameters
from pulumi_aws.scheduler import ScheduleTargetEcsParametersCapacityProviderStrategyArgs as Strategy
from pulumi_aws.scheduler import ScheduleTargetEcsParametersNetworkConfigurationArgs as Network

from components import iam
from components.base import Component
from components.handles import KeyRing, NetworkHandle
from components.key_use import ENCRYPT, decrypt_schedules, through
from components.monitoring import counts
from components.service import containers, roles
from components.service.declared import declared
from components.service.environment import Environment
from components.service.images import pulled, service_repository
from components.service.placements import PLATFORM_VERSION
from components.service.service import Cluster
from components.site import Site
from components.stores.registry import Stores
from specs.jobs import Job as JobSpec

# A run that ECS refuses to start (throttled, no address free) is tried again for an hour: later the night is over.
START_ATTEMPTS: Final = 10
MAX_WAIT: Final = 3600  # seconds
FAILURES_KEPT: Final = 1_209_600  # seconds: 14 days, SQS's longest
# Why a task on Spot may stop through no fault of its own (ECS API, `stopCode`): it was taken back, or there was none.
_SPOT_GONE: Final = ("SpotInterruption", "TaskFailedToStart", "TerminationNotice")
_ENDED_ITSELF: Final = "EssentialContainerExited"


@dataclass(frozen=True, kw_only=True)
class JobArgs:
    site: Site
    spec: JobSpec
    cluster: Cluster
    network: NetworkHandle
    keys: KeyRing
    stores: Stores
    environment: Environment
    security_group_id: pulumi.Output[str]
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    start_after: Sequence[pulumi.Resource]
    """Resources that the first run depends on."""


class Job(Component):
    """One job of the shop."""

    tier = "service"
    kind = "Job"

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        needs = declared(args.spec, args.stores)
        super().__init__(name, args.site, opts, inputs=needs)
        self._args = args
        site, spec = args.site, args.spec
        self._physical = site.named(spec.name)
        self._cluster_arn = site.arn("ecs", f"cluster/{args.cluster.name}")
        self._failed_arn = site.arn("sqs", site.named(spec.name, "failed"))
        self._log_group_name = f"/ecs/{site.prefix}/{spec.name}"
        log_group = aws.cloudwatch.LogGroup(
            self.child("logs"),
            name=self._log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.keys.logs.arn,
            tags=self.tags("confidential"),
            opts=self.opts(),
        )
        service_repository(self, args.keys, spec.name)
        task_role, task_policies = self._task_role()
        execution_role, execution_policy = self._execution_role()
        definition = self._task_definition(task_role, execution_role)
        failed = self._failures()
        needed = [log_group, *task_policies, execution_policy, *args.start_after]
        self._schedule(definition, failed, needed)
        if spec.spot:
            self._retry(definition, failed, needed)
        self._report(failed)
        self.register_outputs({"family": self._physical, "failedQueueArn": self._failed_arn, **needs})

    # what runs

    def _role(self, what: str, description: str, trust: str) -> aws.iam.Role:
        return aws.iam.Role(
            self.child(what, "role"),
            name=self.site.named(self._args.spec.name, what),
            description=f"{self._physical}: {description}",
            assume_role_policy=trust,
            tags=self.tags("internal"),
            opts=self.opts(),
        )

    def _policy(self, what: str, name: str, role: aws.iam.Role, document: pulumi.Input[str]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            self.child(what, "policy"), name=name, role=role.name, policy=document, opts=self.opts(parent=role)
        )

    def _task_trust(self) -> str:
        site = self.site
        return iam.trust("ecs-tasks.amazonaws.com", account_id=site.account_id, source_arn=site.arn("ecs", "*"))

    def _task_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        args = self._args
        role = self._role("task", "what the job's own code may do", self._task_trust())
        policies: list[pulumi.Resource] = []
        statements = roles.use_statements(self.site, args.keys, args.spec, args.stores)
        if statements:
            policies.append(self._policy("task", "uses", role, iam.document(*statements)))
        connect = roles.connect_policy(args.spec, args.stores)
        if connect is not None:
            policies.append(self._policy("task-connect", "connect", role, connect))
        return role, policies

    def _execution_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args
        role = self._role("execution", "what ECS may do to start its tasks", self._task_trust())
        images = [pulled(self.site, args.spec.image)]
        document = roles.execution_policy(self.site, args.keys, args.spec, args.stores, images, self._log_group_name)
        return role, self._policy("execution", "start", role, document)

    def _task_definition(self, task_role: aws.iam.Role, execution_role: aws.iam.Role) -> aws.ecs.TaskDefinition:
        args, spec = self._args, self._args.spec
        definitions = containers.job_containers(
            site=self.site,
            job=spec,
            image=str(pulled(self.site, spec.image)),
            log_group=self._log_group_name,
            variables={name: args.environment.variable(value) for name, value in spec.environment.items()},
            secrets={name: args.environment.secret(value) for name, value in spec.secrets.items()},
        )
        return aws.ecs.TaskDefinition(
            self.child("task"),
            family=self._physical,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(spec.cpu),
            memory=str(spec.memory),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=containers.as_json(definitions),
            skip_destroy=self.site.production,
            tags=self.tags("internal"),
            opts=self.opts(),
        )

    # what starts it

    def _schedule(
        self, definition: aws.ecs.TaskDefinition, failed: aws.sqs.Queue, needed: Sequence[pulumi.Resource]
    ) -> None:
        args, spec, site = self._args, self._args.spec, self.site
        group_name = self._physical
        group = aws.scheduler.ScheduleGroup(
            self.child("schedule"), name=group_name, tags=self.tags("internal", group_name), opts=self.opts()
        )
        role = self._role(
            "schedule",
            "what the clock may do",
            # Scheduler names its group as the source, never the single schedule.
            iam.trust(
                "scheduler.amazonaws.com",
                account_id=site.account_id,
                source_arn=site.arn("scheduler", f"schedule-group/{group_name}"),
            ),
        )
        policy = self._policy(
            "schedule",
            "run",
            role,
            iam.document(
                *self._run_statements(),
                iam.statement("ReportFailures", ["sqs:SendMessage"], [self._failed_arn]),
                through(site, args.keys.data, "sqs", ENCRYPT),
                decrypt_schedules(site, args.keys.data, group_name),
            ),
        )
        aws.scheduler.Schedule(
            self.child("schedule"),
            name=self._physical,
            group_name=group.name,
            description=f"{self._physical}, {'on Spot' if spec.spot else 'on demand'}",
            schedule_expression=f"cron({spec.schedule})",
            schedule_expression_timezone=spec.time_zone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            kms_key_arn=args.keys.data.arn,
            target=ScheduleTargetArgs(
                arn=args.cluster.arn,
                role_arn=role.arn,
                ecs_parameters=EcsParameters(
                    task_definition_arn=definition.arn,
                    task_count=1,
                    capacity_provider_strategies=[
                        Strategy(capacity_provider="FARGATE_SPOT" if spec.spot else "FARGATE", weight=1)
                    ],
                    platform_version=PLATFORM_VERSION,
                    network_configuration=Network(
                        subnets=args.network.app_subnet_ids,
                        security_groups=[args.security_group_id],
                        assign_public_ip=False,
                    ),
                    enable_ecs_managed_tags=True,
                    propagate_tags="TASK_DEFINITION",
                ),
                retry_policy=ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=MAX_WAIT, maximum_retry_attempts=START_ATTEMPTS
                ),
                dead_letter_config=ScheduleTargetDeadLetterConfigArgs(arn=failed.arn),
            ),
            opts=self.opts(parent=group, depends_on=[policy, *needed]),
        )

    def _retry(
        self, definition: aws.ecs.TaskDefinition, failed: aws.sqs.Queue, needed: Sequence[pulumi.Resource]
    ) -> None:
        """A task that Spot takes back, or has no room for, runs again on FARGATE: once, as there nobody takes it."""
        args = self._args
        rule = self._rule(
            "retry",
            "its task on Spot was taken back or found no room",
            {"capacityProviderName": ["FARGATE_SPOT"], "stopCode": list(_SPOT_GONE)},
        )
        role = self._role(
            "retry",
            "what follows a task that Spot has taken back",
            iam.trust("events.amazonaws.com", account_id=self.site.account_id, source_arn=self._rule_arn("retry")),
        )
        policy = self._policy("retry", "run", role, iam.document(*self._run_statements()))
        aws.cloudwatch.EventTarget(
            self.child("retry"),
            rule=rule.name,
            target_id="run-on-demand",
            arn=args.cluster.arn,
            role_arn=role.arn,
            ecs_target=EcsTarget(
                task_definition_arn=definition.arn,
                task_count=1,
                capacity_provider_strategies=[RetryStrategy(capacity_provider="FARGATE", weight=1)],
                platform_version=PLATFORM_VERSION,
                network_configuration=RetryNetwork(
                    subnets=args.network.app_subnet_ids,
                    security_groups=[args.security_group_id],
                    assign_public_ip=False,
                ),
                enable_ecs_managed_tags=True,
                propagate_tags="TASK_DEFINITION",
            ),
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_WAIT, maximum_retry_attempts=START_ATTEMPTS
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=failed.arn),
            opts=self.opts(parent=rule, depends_on=[policy, *needed]),
        )

    def _run_statements(self) -> list[iam.Statement]:
        """Start this job in this cluster, and hand its own two roles over."""
        site, name = self.site, self._args.spec.name
        tasks = site.arn("ecs", f"task/{self._args.cluster.name}/*")
        return [
            iam.statement(
                "RunJob",
                ["ecs:RunTask"],
                [site.arn("ecs", f"task-definition/{self._physical}:*")],
                condition={"ArnEquals": {"ecs:cluster": self._cluster_arn}},
            ),
            iam.statement(
                "TagTasks", ["ecs:TagResource"], [tasks], condition={"StringEquals": {"ecs:CreateAction": "RunTask"}}
            ),
            iam.statement(
                "HandRolesOver",
                ["iam:PassRole"],
                [site.iam_arn(f"role/{site.named(name, what)}") for what in ("execution", "task")],
                condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        ]

    # what becomes of it

    def _rule_arn(self, what: str) -> str:
        return self.site.arn("events", f"rule/{self.site.named(self._args.spec.name, what)}")

    def _rule(self, what: str, when: str, detail: dict[str, Any]) -> aws.cloudwatch.EventRule:
        """A rule on how tasks of this job end."""
        family = self.site.arn("ecs", f"task-definition/{self._physical}:")
        pattern = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Task State Change"],
            "detail": {
                "clusterArn": [self._cluster_arn],
                "taskDefinitionArn": [{"prefix": family}],
                "lastStatus": ["STOPPED"],
                **detail,
            },
        }
        name = self.site.named(self._args.spec.name, what)
        return aws.cloudwatch.EventRule(
            self.child(what),
            name=name,
            description=f"{self._physical}: {when}",
            event_pattern=json.dumps(pattern, sort_keys=True),
            tags=self.tags("internal", name),
            opts=self.opts(),
        )

    def _failures(self) -> aws.sqs.Queue:
        args, site = self._args, self.site
        name = site.named(args.spec.name, "failed")
        queue = aws.sqs.Queue(
            self.child("failed"),
            name=name,
            kms_master_key_id=args.keys.data.arn,
            message_retention_seconds=FAILURES_KEPT,
            tags=self.tags("internal", name),
            opts=self.opts(),
        )
        rules = [self._rule_arn(what) for what in ("failed", "retry")]
        aws.sqs.QueuePolicy(
            self.child("failed"),
            queue_url=queue.url,
            policy=iam.document(
                iam.tls_only("sqs:*", self._failed_arn),
                iam.statement(
                    "RulesReport",
                    ["sqs:SendMessage"],
                    [self._failed_arn],
                    principal={"Service": "events.amazonaws.com"},
                    condition={"ArnEquals": {"aws:SourceArn": rules}},
                ),
            ),
            opts=self.opts(parent=queue),
        )
        return queue

    def _report(self, failed: aws.sqs.Queue) -> None:
        """A run that ended badly, and with it all that could not be started, rings once for the night."""
        rule = self._rule(
            "failed",
            "a run ended badly, and none follows it",
            {
                "$or": [
                    {"stopCode": [_ENDED_ITSELF], "containers": {"exitCode": [{"anything-but": [0]}]}},
                    {"capacityProviderName": ["FARGATE"], "stopCode": [{"anything-but": [_ENDED_ITSELF]}]},
                    {"stopCode": [{"anything-but": [_ENDED_ITSELF, *_SPOT_GONE]}]},
                ]
            },
        )
        aws.cloudwatch.EventTarget(
            self.child("failed"), rule=rule.name, target_id="failed", arn=failed.arn, opts=self.opts(parent=rule)
        )
        name = self.site.named(self._args.spec.name, "failed")
        counts.alarm(
            self,
            "failed",
            name=name,
            description=f"{self._physical} has failed or could not start. First look: its message in the queue, "
            f"then {self._log_group_name}. Runbook: docs/runbooks.md#job-failed",
            count=counts.waiting(failed.name, tells_all_clear=False),
            topic_arn=self._args.alert_topic_arn,
            parent=failed,
        )
