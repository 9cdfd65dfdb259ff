"""The service tier: the clusters, and everything that runs in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.functions import Code
from components.handles import BucketHandle, EdgeHandle, KeyRing, KubernetesHandle, NetworkHandle, ServiceHandle
from components.service import boundary, routing, secret_changes
from components.service.containers import COLLECTOR_IMAGE
from components.service.environment import Environment
from components.service.firewall import Firewall, callees_first
from components.service.images import PublicCache, on_release
from components.service.instances import Instances, InstancesArgs
from components.service.jobs import Job, JobArgs
from components.service.kubernetes import Kubernetes, KubernetesArgs
from components.service.placements import FARGATE_PROVIDERS
from components.service.service import Cluster, Service, ServiceArgs
from components.site import Site
from components.stores.registry import Stores
from sale.plan import Bounds, Scheduled
from specs import compute
from specs.jobs import Job as JobSpec
from specs.observability import OperatingHours
from specs.services import Service as ServiceSpec

TRACE_RATIO: Final = 0.05  # share of requests; at 100,000 requests a second every trace would cost 0.50 USD a second


@dataclass(frozen=True, kw_only=True)
class ServiceTierArgs:
    site: Site
    network: NetworkHandle
    keys: KeyRing
    services: Sequence[ServiceSpec]
    stores: Stores
    edge: EdgeHandle
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    releases: Mapping[str, str] = field(default_factory=dict)
    """By service: image that its pipeline has released, which runs instead of a public one. Default: none yet."""
    operating_hours: OperatingHours | None = None
    """Hours outside which no task runs. Default: always on."""
    trace_ratio: float = TRACE_RATIO
    """Share of requests traced from their start, 0 to 1."""
    instances: compute.Instances = field(default_factory=compute.Instances)
    """Instances under the services with `compute: ec2`; there are none without such a service."""
    jobs: Sequence[JobSpec] = ()
    """Batch jobs in the same cluster."""
    kubernetes: compute.Kubernetes = field(default_factory=compute.Kubernetes)
    """The EKS cluster under the services with `compute: eks`; there is none without such a service."""
    access_logs: BucketHandle | None = None
    """Bucket that takes the access logs of the one that Kubernetes objects are kept in. Default: none are kept."""
    minima: Mapping[str, Sequence[Scheduled]] = field(default_factory=dict)
    """By service: fewest tasks from times to come. Default: those of its scaling, always."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """By service: fewest and most tasks at this time. Default: those of its scaling."""
    is_off: bool = False
    """Whether operating hours have switched the stack off."""


class ServiceTier(Component):
    """The clusters with the shop's services, each of which scales, deploys and is let in on its own."""

    tier = "service"
    kind = "ServiceTier"

    services: Mapping[str, ServiceHandle]
    """By name, in the order of the settings."""
    cluster_name: str
    """Name of the ECS cluster and of the EKS cluster alike."""
    cluster_arn: pulumi.Output[str]
    """Of the ECS cluster; where there is none, of the EKS cluster."""
    kubernetes: KubernetesHandle | None = None
    """The EKS cluster, where a service runs on it."""

    def __init__(self, name: str, args: ServiceTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self.cluster_name = args.site.prefix
        self._public = PublicCache(
            self,
            args.keys,
            [COLLECTOR_IMAGE, *(one.image for one in (*args.services, *args.jobs))],
            args.log_retention_days,
        )
        ports = {service.name: service.port for service in args.services}
        self._environment = Environment(site=args.site, stores=args.stores, ports=ports)
        self._rules = routing.rules(args.services)
        on_kubernetes = [service for service in args.services if not service.runs_on.runs_tasks]
        on_ecs = [service for service in args.services if service.runs_on.runs_tasks]
        handles: dict[str, ServiceHandle] = {}
        if on_kubernetes:
            kubernetes = self._kubernetes(on_kubernetes)
            handles |= kubernetes.services
            self.kubernetes = kubernetes.handle
            self.cluster_arn = kubernetes.cluster_arn
        if on_ecs or args.jobs:
            cluster = self._cluster()
            firewall = Firewall(self, args.network, on_ecs, args.stores, args.edge, args.jobs)
            handles |= self._services(on_ecs, cluster, firewall)
            self._follow_secrets(on_ecs)
            self._jobs(cluster, firewall)
            self.cluster_arn = cluster.arn
        self.services = {service.name: handles[service.name] for service in args.services}
        self.register_outputs({"clusterName": self.cluster_name, "clusterArn": self.cluster_arn})

    def _services(
        self, services: Sequence[ServiceSpec], cluster: Cluster, firewall: Firewall
    ) -> dict[str, ServiceHandle]:
        args = self._args
        bounded = boundary.task_boundary(self, args.keys, args.stores)
        built: dict[str, Service] = {}
        for spec in callees_first(services):
            callees = [built[callee].ecs_service for callee in spec.calls if callee in built]
            built[spec.name] = Service(
                self.child(spec.name),
                ServiceArgs(
                    site=args.site,
                    spec=on_release(spec, args.releases.get(spec.name)),
                    cluster=cluster,
                    network=args.network,
                    keys=args.keys,
                    stores=args.stores,
                    edge=args.edge,
                    environment=self._environment,
                    security_group_id=firewall.group_id(spec.name),
                    rules=[rule for rule in self._rules if rule.service == spec.name],
                    collector_image=COLLECTOR_IMAGE,
                    trace_ratio=args.trace_ratio,
                    alert_topic_arn=args.alert_topic_arn,
                    log_retention_days=args.log_retention_days,
                    operating_hours=args.operating_hours,
                    minima=args.minima.get(spec.name, ()),
                    bounds=args.bounds.get(spec.name, Bounds(spec.scaling.min, spec.scaling.max)),
                    start_after=[self._public.ready, *firewall.rules(spec.name), *callees],
                    task_boundary_arn=bounded.arn,
                ),
                opts=self.opts(),
            )
        return {name: service.handle for name, service in built.items()}

    def _follow_secrets(self, services: Sequence[ServiceSpec]) -> None:
        args, site = self._args, self.site
        followed = secret_changes.secrets(services, args.stores)
        names = {service.name: site.named(service.name) for service in services}
        started = dict.fromkeys(names[name] for secret in followed for name in secret.services)
        arns = [site.arn("ecs", f"service/{self.cluster_name}/{name}") for name in started]
        code = Code(
            module="secret_changes",
            description="Starts new tasks of services whose secrets have changed",
            timeout=secret_changes.TIMEOUT,
            memory=secret_changes.MEMORY,
            environment={"CLUSTER": self.cluster_name},
            statements=[iam.statement("StartNewTasks", ["ecs:DescribeServices", "ecs:UpdateService"], arns)],
        )
        secret_changes.follow(
            self,
            secret_changes.Followed(
                keys=args.keys,
                secrets=followed,
                names=names,
                code=code,
                alert_topic_arn=args.alert_topic_arn,
                log_retention_days=args.log_retention_days,
            ),
        )

    def _jobs(self, cluster: Cluster, firewall: Firewall) -> None:
        args = self._args
        for job in args.jobs:
            Job(
                self.child(job.name),
                JobArgs(
                    site=args.site,
                    spec=job,
                    cluster=cluster,
                    network=args.network,
                    keys=args.keys,
                    stores=args.stores,
                    environment=self._environment,
                    security_group_id=firewall.group_id(job.name),
                    alert_topic_arn=args.alert_topic_arn,
                    log_retention_days=args.log_retention_days,
                    start_after=[self._public.ready, *firewall.rules(job.name)],
                ),
                opts=self.opts(),
            )

    def _kubernetes(self, services: Sequence[ServiceSpec]) -> Kubernetes:
        args = self._args
        return Kubernetes(
            self.child("kubernetes"),
            KubernetesArgs(
                site=args.site,
                network=args.network,
                keys=args.keys,
                kubernetes=args.kubernetes,
                services=[on_release(spec, args.releases.get(spec.name)) for spec in services],
                stores=args.stores,
                edge=args.edge,
                environment=self._environment,
                rules=self._rules,
                collector_image=COLLECTOR_IMAGE,
                trace_ratio=args.trace_ratio,
                log_retention_days=args.log_retention_days,
                alert_topic_arn=args.alert_topic_arn,
                access_logs=args.access_logs,
            ),
            opts=self.opts(),
        )

    def _cluster(self) -> Cluster:
        site, keys = self.site, self._args.keys
        name = site.prefix
        namespace = aws.servicediscovery.HttpNamespace(
            self.child("namespace"),
            name=name,
            description=f"{site.prefix}: how services find each other",
            tags=self.tags("internal", name),
            opts=self.opts(),
        )
        sessions = self._log_group("sessions", f"/ecs/{name}-execute-command")
        # Container Insights would make this group itself, without key and retention.
        insights = self._log_group("insights", f"/aws/ecs/containerinsights/{name}/performance")
        cluster = aws.ecs.Cluster(
            self.child("cluster"),
            name=name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            service_connect_defaults=aws.ecs.ClusterServiceConnectDefaultsArgs(namespace=namespace.arn),
            configuration=aws.ecs.ClusterConfigurationArgs(
                # No service lets people in; should one ever, every command of theirs is on record.
                execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    kms_key_id=keys.data.arn,
                    logging="OVERRIDE",
                    log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=sessions.name
                    ),
                ),
                managed_storage_configuration=aws.ecs.ClusterConfigurationManagedStorageConfigurationArgs(
                    fargate_ephemeral_storage_kms_key_id=keys.data.arn
                ),
            ),
            tags=self.tags("confidential", name),
            opts=self.opts(depends_on=[insights]),
        )
        providers = aws.ecs.ClusterCapacityProviders(
            self.child("capacity"),
            cluster_name=cluster.name,
            capacity_providers=[*FARGATE_PROVIDERS, *self._instances(cluster, name)],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", base=1, weight=1
                )
            ],
            opts=self.opts(parent=cluster),
        )
        # By way of the capacity providers: a service that names one fails before they are attached.
        arn = pulumi.Output.all(cluster.arn, providers.id).apply(lambda values: str(values[0]))
        return Cluster(name=name, arn=arn, namespace_arn=namespace.arn)

    def _instances(self, cluster: aws.ecs.Cluster, cluster_name: str) -> list[pulumi.Output[str]]:
        """The capacity providers of the instances, where a service runs on some."""
        args = self._args
        placed = [service for service in args.services if service.runs_on.has_instances]
        if not placed:
            return []
        return Instances(
            self.child("instances"),
            InstancesArgs(
                site=args.site,
                network=args.network,
                keys=args.keys,
                instances=args.instances,
                cluster=cluster,
                cluster_name=cluster_name,
                with_spot=any(service.capacity.spot_weight for service in placed),
                alert_topic_arn=args.alert_topic_arn,
                operating_hours=args.operating_hours,
                is_off=args.is_off,
            ),
            opts=self.opts(),
        ).providers

    def _log_group(self, what: str, name: str) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            self.child(what, "logs"),
            name=name,
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.keys.logs.arn,
            tags=self.tags("confidential"),
            opts=self.opts(),
        )
