"""The cluster with the services that run in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.base import Component
from components.handles import BucketHandle, EdgeHandle, KeyRing, KubernetesHandle, NetworkHandle, ServiceHandle
from components.service.environment import Environment
from components.service.kubernetes import secret_changes
from components.service.kubernetes.bucket import ManifestBucket
from components.service.kubernetes.cluster import EksCluster, EksClusterArgs
from components.service.kubernetes.firewall import NodeFirewall
from components.service.kubernetes.manifests import Place, Platform, platform_objects, to_yaml
from components.service.kubernetes.workload import Workload, WorkloadArgs
from components.service.routing import Rule
from components.site import Site
from components.stores.registry import Stores
from specs import compute
from specs.services import Service as ServiceSpec

PLATFORM: str = "platform"
"""File of what services stand on; applied before theirs."""


@dataclass(frozen=True, kw_only=True)
class KubernetesArgs:
    site: Site
    network: NetworkHandle
    keys: KeyRing
    kubernetes: compute.Kubernetes
    services: Sequence[ServiceSpec]
    stores: Stores
    edge: EdgeHandle
    environment: Environment
    rules: Sequence[Rule]
    collector_image: str
    trace_ratio: float
    log_retention_days: int
    alert_topic_arn: pulumi.Output[str]
    access_logs: BucketHandle | None = None


class Kubernetes(Component):
    """An EKS cluster, and the shop's services in it."""

    tier = "service"
    kind = "Kubernetes"

    services: Mapping[str, ServiceHandle]
    cluster_arn: pulumi.Output[str]
    handle: KubernetesHandle

    def __init__(self, name: str, args: KubernetesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        site = args.site
        place = Place(
            project=site.project,
            stack=site.stack,
            region=site.region,
            namespace=site.project,
            vpc_cidr=args.network.cidr,
        )
        cluster = EksCluster(
            self.child("cluster"),
            EksClusterArgs(
                site=site,
                network=args.network,
                keys=args.keys,
                kubernetes=args.kubernetes,
                namespace=place.namespace,
                log_retention_days=args.log_retention_days,
            ),
            opts=self.opts(),
        )
        firewall = NodeFirewall(self, args.network, args.services, args.stores, args.edge, cluster.security_group_id)
        manifests = ManifestBucket(self, args.keys.delivery, args.access_logs)
        platform = manifests.write(PLATFORM, self._platform(args, place, cluster, firewall))
        ports = {service.name: service.port for service in args.services}
        built = {
            spec.name: Workload(
                self.child(spec.name),
                WorkloadArgs(
                    site=site,
                    spec=spec,
                    cluster=cluster,
                    place=place,
                    network=args.network,
                    keys=args.keys,
                    stores=args.stores,
                    edge=args.edge,
                    environment=args.environment,
                    rules=[rule for rule in args.rules if rule.service == spec.name],
                    callers=[one.name for one in args.services if spec.name in one.calls],
                    callee_ports={callee: ports[callee] for callee in spec.calls},
                    collector_image=args.collector_image,
                    trace_ratio=args.trace_ratio,
                    manifests=manifests,
                ),
                opts=self.opts(),
            )
            for spec in args.services
        }
        self.services = {spec_name: workload.handle for spec_name, workload in built.items()}
        self.cluster_arn = cluster.cluster.arn
        self.handle = KubernetesHandle(
            cluster_name=cluster.name,
            cluster_arn=cluster.arn,
            cluster=cluster.cluster.name,
            security_group_id=cluster.security_group_id,
            namespace=place.namespace,
            manifests_bucket=manifests.name,
            manifests_bucket_arn=manifests.arn,
            manifests={PLATFORM: platform, **{name: workload.manifest for name, workload in built.items()}},
        )
        secret_changes.follow(
            self,
            cluster=cluster,
            namespace=place.namespace,
            network=args.network,
            keys=args.keys,
            services=args.services,
            stores=args.stores,
            alert_topic_arn=args.alert_topic_arn,
            log_retention_days=args.log_retention_days,
        )
        self.register_outputs({"clusterName": cluster.name, "manifestsBucket": manifests.name})

    @staticmethod
    def _platform(
        args: KubernetesArgs, place: Place, cluster: EksCluster, firewall: NodeFirewall
    ) -> pulumi.Output[str]:
        def text(known: Mapping[str, Any]) -> str:
            platform = Platform(
                node_role_name=cluster.node_role_name,
                subnet_ids=known["subnets"],
                security_group_id=known["group"],
                key_arn=known["key"],
                instance_categories=args.kubernetes.node_types,
                max_cpu=args.kubernetes.max_cpu,
                with_spot=any(service.capacity.spot_weight for service in args.services),
                started_with_secrets=[service.name for service in args.services if service.secrets],
            )
            return to_yaml(platform_objects(place, platform))

        subnets, group = args.network.app_subnet_ids, firewall.group_id
        return pulumi.Output.all(subnets=subnets, group=group, key=args.keys.data.arn).apply(text)
