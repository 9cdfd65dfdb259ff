"""One microservice on ECS: repository, logs, roles, task definition, target group, ECS service, scaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.ecs import ServiceServiceConnectConfigurationArgs as ServiceConnect
from pulumi_aws.ecs import ServiceServiceConnectConfigurationLogConfigurationArgs as ServiceConnectLogs
from pulumi_aws.ecs import ServiceServiceConnectConfigurationServiceArgs as ServiceConnectService
from pulumi_aws.ecs import ServiceServiceConnectConfigurationServiceClientAliasArgs as ClientAlias

from components import iam
from components.base import Component
from components.handles import EdgeHandle, KeyRing, NetworkHandle, ServiceHandle
from components.service import balancing, containers, placements, roles, scaling, shifting
from components.service.alarms import Watched, deployment_alarms
from components.service.declared import declared
from components.service.environment import Environment
from components.service.images import Image, pulled, service_repository
from components.service.routing import Rule
from components.site import Site
from components.stores.queues import QUEUES
from components.stores.registry import Stores
from sale.plan import Bounds, Scheduled
from specs.observability import OperatingHours
from specs.services import Service as ServiceSpec

# A rolling deployment starts a full second set before it stops the first, so capacity never falls below what is wanted.
_MINIMUM_HEALTHY_PERCENT: Final = 100
_MAXIMUM_PERCENT: Final = 200


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Resources that all services of the tier share."""

    name: str
    arn: pulumi.Output[str]
    namespace_arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    site: Site
    spec: ServiceSpec
    cluster: Cluster
    network: NetworkHandle
    keys: KeyRing
    stores: Stores
    edge: EdgeHandle
    environment: Environment
    security_group_id: pulumi.Output[str]
    rules: Sequence[Rule]
    """Listener rules of this service; none for an internal one."""
    collector_image: str
    trace_ratio: float
    """Share of requests traced from their start, 0 to 1."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    operating_hours: OperatingHours | None
    minima: Sequence[Scheduled]
    bounds: Bounds
    """Fewest tasks from times to come."""
    start_after: Sequence[pulumi.Resource]
    """Resources that the first task depends on."""
    task_boundary_arn: pulumi.Input[str] | None = None
    """Managed policy that bounds the task role."""


class Service(Component):
    """One service of the shop."""

    tier = "service"
    kind = "Service"

    handle: ServiceHandle
    ecs_service: aws.ecs.Service

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        needs = declared(args.spec, args.stores)
        super().__init__(name, args.site, opts, inputs=needs)
        self._args = args
        site, spec = args.site, args.spec
        self._placement = placements.of(spec)
        self._physical = site.named(spec.name)
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
        task_role, policies = self._task_role()
        execution_role, execution_policy = self._execution_role()
        task_definition = self._task_definition(task_role, execution_role)
        target_group = balancing.target_group(self, spec, args.network) if spec.is_public else None
        shifts = target_group is not None and spec.deployment.shifts_traffic
        alternate = balancing.target_group(self, spec, args.network, alternate=True) if shifts else None
        listener_rules = (
            balancing.listener_rules(self, args.rules, target_group, args.edge, alternate) if target_group else []
        )
        watched = Watched(
            cluster_name=args.cluster.name,
            service_name=self._physical,
            load_balancer_arn_suffix=args.edge.load_balancer_arn_suffix,
            target_group=target_group,
            alternate=alternate,
        )
        alarms = deployment_alarms(self, watched, args.alert_topic_arn)
        # The service names its alarms, so nothing else says that they have to be there.
        needed = [log_group, *policies, execution_policy, *listener_rules, *alarms.values(), *args.start_after]
        targets, shift = self._targets(target_group, alternate, listener_rules)
        self.ecs_service = self._ecs_service(task_definition, targets, list(alarms), [*needed, *shift])
        self._scaling(target_group)
        self.handle = self._handle(target_group, alternate)
        self.register_outputs({"serviceName": self._physical, "taskRoleArn": self.handle.task_role_arn, **needs})

    def _role(self, what: str, description: str, boundary_arn: pulumi.Input[str] | None = None) -> aws.iam.Role:
        site = self.site
        return aws.iam.Role(
            self.child(what, "role"),
            name=site.named(self._args.spec.name, what),
            description=f"{self._physical}: {description}",
            assume_role_policy=iam.trust(
                "ecs-tasks.amazonaws.com", account_id=site.account_id, source_arn=site.arn("ecs", "*")
            ),
            permissions_boundary=boundary_arn,
            tags=self.tags("internal"),
            opts=self.opts(),
        )

    def _task_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        args = self._args
        role = self._role("task", "what the service's own code may do", args.task_boundary_arn)
        policies: list[pulumi.Resource] = [
            aws.iam.RolePolicy(
                self.child("task", "policy"),
                name="uses",
                role=role.name,
                policy=roles.task_policy(self.site, args.keys, args.spec, args.stores),
                opts=self.opts(parent=role),
            )
        ]
        connect = roles.connect_policy(args.spec, args.stores)
        if connect is not None:
            policies.append(
                aws.iam.RolePolicy(
                    self.child("task", "connect"),
                    name="connect",
                    role=role.name,
                    policy=connect,
                    opts=self.opts(parent=role),
                )
            )
        return role, policies

    def _execution_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args
        role = self._role("execution", "what ECS may do to start its tasks")
        images = [self._pulled(args.spec.image), self._pulled(args.collector_image)]
        policy = aws.iam.RolePolicy(
            self.child("execution", "policy"),
            name="start",
            role=role.name,
            policy=roles.execution_policy(self.site, args.keys, args.spec, args.stores, images, self._log_group_name),
            opts=self.opts(parent=role),
        )
        return role, policy

    def _pulled(self, image: str) -> Image:
        return pulled(self.site, image)

    def _task_definition(self, task_role: aws.iam.Role, execution_role: aws.iam.Role) -> aws.ecs.TaskDefinition:
        args, spec = self._args, self._args.spec
        definitions = containers.containers(
            site=self.site,
            service=spec,
            image=str(self._pulled(spec.image)),
            collector_image=str(self._pulled(args.collector_image)),
            log_group=self._log_group_name,
            variables={name: args.environment.variable(value) for name, value in spec.environment.items()},
            secrets={name: args.environment.secret(value) for name, value in spec.secrets.items()},
            trace_ratio=args.trace_ratio,
        )
        return aws.ecs.TaskDefinition(
            self.child("task"),
            family=self._physical,
            requires_compatibilities=[self._placement.compatibility],
            network_mode="awsvpc",
            cpu=str(spec.cpu),
            memory=str(spec.memory),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=containers.as_json(definitions),
            # A pipeline revises the task as well: a refresh reads the newest revision, not the program's own last.
            track_latest=True,
            # A deregistered revision starts no tasks: production keeps them, as a rollback goes back to the one before.
            skip_destroy=self.site.production,
            tags=self.tags("internal"),
            opts=self.opts(),
        )

    def _ecs_service(
        self,
        task_definition: aws.ecs.TaskDefinition,
        targets: list[aws.ecs.ServiceLoadBalancerArgs] | None,
        alarms: list[str],
        needed: Sequence[pulumi.Resource],
    ) -> aws.ecs.Service:
        args, spec = self._args, self._args.spec
        first = args.bounds.fewest
        if spec.desired_at_first is not None:
            first = min(spec.desired_at_first, args.bounds.most)
        return aws.ecs.Service(
            self.child("service"),
            name=self._physical,
            cluster=args.cluster.arn,
            task_definition=task_definition.arn,
            desired_count=first,
            capacity_provider_strategies=self._placement.capacity(self.site, spec),
            # The provider changes a capacity strategy in place only with this; without, it replaces the service.
            force_new_deployment=True,
            platform_version=self._placement.platform_version,
            ordered_placement_strategies=self._placement.order,
            availability_zone_rebalancing="ENABLED",
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.network.app_subnet_ids,
                security_groups=[args.security_group_id],
                assign_public_ip=False,
            ),
            load_balancers=targets,
            health_check_grace_period_seconds=containers.START_GRACE if targets else None,
            service_connect_configuration=self._service_connect(),
            deployment_configuration=shifting.configuration(spec.deployment),
            deployment_minimum_healthy_percent=_MINIMUM_HEALTHY_PERCENT,
            deployment_maximum_percent=_MAXIMUM_PERCENT,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            alarms=aws.ecs.ServiceAlarmsArgs(enable=True, rollback=True, alarm_names=alarms),
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags=self.tags("internal"),
            opts=self.opts(
                depends_on=needed,
                # Autoscaling's own: a deployment must not reset a count that was scaled out.
                ignore_changes=["desired_count"],
            ),
        )

    def _targets(
        self,
        group: aws.lb.TargetGroup | None,
        alternate: aws.lb.TargetGroup | None,
        rules: Sequence[aws.lb.ListenerRule],
    ) -> tuple[list[aws.ecs.ServiceLoadBalancerArgs] | None, list[pulumi.Resource]]:
        """Where tasks are registered, and what that needs: with `alternate`, leave to turn the one rule there is."""
        spec = self._args.spec
        if group is None:
            return None, []
        shift = None
        needed: list[pulumi.Resource] = []
        if alternate is not None:
            role, attached = shifting.role(self, spec.name)
            (rule,) = rules
            shift = aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                alternate_target_group_arn=alternate.arn, production_listener_rule=rule.arn, role_arn=role.arn
            )
            needed.append(attached)
        target = aws.ecs.ServiceLoadBalancerArgs(
            target_group_arn=group.arn,
            container_name=spec.name,
            container_port=spec.port,
            advanced_configuration=shift,
        )
        return [target], needed

    def _service_connect(self) -> ServiceConnect:
        """Callers reach the service at `http://<name>:<port>`, through a proxy that retries and spreads requests."""
        spec = self._args.spec
        logs = containers.log_configuration(self.site, self._log_group_name, "service-connect")
        return ServiceConnect(
            enabled=True,
            namespace=self._args.cluster.namespace_arn,
            services=[
                ServiceConnectService(
                    port_name=containers.PORT_NAME,
                    # Its metrics know neither cluster nor namespace, so the name says the stack.
                    discovery_name=self._physical,
                    client_alias=[ClientAlias(dns_name=spec.name, port=spec.port)],
                )
            ],
            log_configuration=ServiceConnectLogs(log_driver=logs["logDriver"], options=logs["options"]),
        )

    def _scaling(self, target_group: aws.lb.TargetGroup | None) -> None:
        args, spec = self._args, self._args.spec
        backlog = spec.scaling.backlog
        scaling.scale(
            self,
            scaling.ScalingArgs(
                cluster_name=args.cluster.name,
                service_name=self._physical,
                service=self.ecs_service,
                scaling=spec.scaling,
                queue_name=args.stores.of(QUEUES)[backlog.queue].queue_name if backlog else None,
                load_balancer_arn_suffix=args.edge.load_balancer_arn_suffix,
                target_group=target_group,
                operating_hours=args.operating_hours,
                minima=args.minima,
                bounds=args.bounds,
            ),
        )

    def _handle(self, target_group: aws.lb.TargetGroup | None, alternate: aws.lb.TargetGroup | None) -> ServiceHandle:
        site, spec = self.site, self._args.spec
        return ServiceHandle(
            name=spec.name,
            service_name=self._physical,
            log_group_name=self._log_group_name,
            task_role_arn=site.iam_arn(f"role/{site.named(spec.name, 'task')}"),
            execution_role_arn=site.iam_arn(f"role/{site.named(spec.name, 'execution')}"),
            min_tasks=spec.scaling.min,
            max_tasks=spec.scaling.max,
            availability_percent=spec.slo.availability_percent,
            latency_p99=spec.slo.latency_p99,
            target_group_arn_suffix=target_group.arn_suffix if target_group else None,
            alternate_target_group_arn_suffix=alternate.arn_suffix if alternate else None,
            backlog_queue=spec.scaling.backlog.queue if spec.scaling.backlog else None,
            discovery_name=self._physical,
        )
