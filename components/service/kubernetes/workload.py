"""One service in the cluster: its repository, the role of its pods, its way in, and its objects as YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import EdgeHandle, KeyRing, NetworkHandle, ServiceHandle
from components.service import balancing, containers, roles
from components.service.declared import declared
from components.service.environment import Environment
from components.service.images import pulled, service_repository
from components.service.kubernetes.bucket import ManifestBucket
from components.service.kubernetes.cluster import EksCluster
from components.service.kubernetes.manifests import Place, SecretKey, Values, service_objects, to_yaml
from components.service.kubernetes.manifests.pods import container_size, hardened
from components.service.routing import Rule
from components.site import Site
from components.stores.contract import Value
from components.stores.registry import Stores
from specs.services import Service as ServiceSpec

# What AmazonEKSLoadBalancingPolicy asks of a target group that Auto Mode is to put pods into.
CLUSTER_TAG: Final = "eks:eks-cluster-name"


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    site: Site
    spec: ServiceSpec
    cluster: EksCluster
    place: Place
    network: NetworkHandle
    keys: KeyRing
    stores: Stores
    edge: EdgeHandle
    environment: Environment
    rules: Sequence[Rule]
    """Listener rules of this service; none for an internal one."""
    callers: Sequence[str]
    callee_ports: Mapping[str, int]
    collector_image: str
    trace_ratio: float
    manifests: ManifestBucket


class Workload(Component):
    """One service of the shop, as pods."""

    tier = "service"
    kind = "Workload"

    handle: ServiceHandle
    manifest: str
    """Key of the file with its objects."""

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        needs = declared(args.spec, args.stores)
        super().__init__(name, args.site, opts, inputs=needs)
        self._args = args
        site, spec = args.site, args.spec
        self._role_name = site.named(spec.name, "pods")
        service_repository(self, args.keys, spec.name)
        self._pod_role()
        group = (
            balancing.target_group(self, spec, args.network, tags={CLUSTER_TAG: args.cluster.name})
            if spec.is_public
            else None
        )
        if group is not None:
            balancing.listener_rules(self, args.rules, group, args.edge)
        self.manifest = args.manifests.write(spec.name, self._objects(group))
        self.handle = ServiceHandle(
            name=spec.name,
            service_name=site.named(spec.name),
            log_group_name=args.cluster.application_log_group,
            task_role_arn=site.iam_arn(f"role/{self._role_name}"),
            execution_role_arn=None,
            min_tasks=spec.scaling.min,
            max_tasks=spec.scaling.max,
            availability_percent=spec.slo.availability_percent,
            latency_p99=spec.slo.latency_p99,
            target_group_arn_suffix=group.arn_suffix if group else None,
            backlog_queue=spec.scaling.backlog.queue if spec.scaling.backlog else None,
            namespace=args.place.namespace,
        )
        self.register_outputs({"manifest": self.manifest, "roleArn": self.handle.task_role_arn, **needs})

    def _pod_role(self) -> None:
        """The role of the service's pods: the policy that its task on ECS has and, apart, its secrets.

        On ECS the execution role reads secrets before a task starts; here the pod's own identity does.
        """
        args, site, spec = self._args, self.site, self._args.spec
        role = aws.iam.Role(
            self.child("role"),
            name=self._role_name,
            description=f"{site.named(spec.name)}: what the service's own code may do",
            assume_role_policy=iam.pod_trust(args.cluster.arn, args.place.namespace, spec.name),
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        documents: dict[str, pulumi.Input[str]] = {
            "uses": roles.task_policy(site, args.keys, spec, args.stores),
        }
        connect = roles.connect_policy(spec, args.stores)
        if connect is not None:
            documents["connect"] = connect
        secrets = roles.secret_statements(site, args.keys, spec, args.stores)
        if secrets:
            documents["secrets"] = iam.document(*secrets)
        policies = [
            aws.iam.RolePolicy(
                self.child("role", what), name=what, role=role.name, policy=document, opts=self.opts(parent=role)
            )
            for what, document in documents.items()
        ]
        aws.eks.PodIdentityAssociation(
            self.child("identity"),
            cluster_name=args.cluster.cluster.name,
            namespace=args.place.namespace,
            service_account=spec.name,
            role_arn=role.arn,
            tags=self.tags("internal"),
            opts=self.opts(parent=role, depends_on=policies),
        )

    def _objects(self, group: aws.lb.TargetGroup | None) -> pulumi.Output[str]:
        """The YAML of the service's objects, once everything that they name is known."""
        args, spec = self._args, self._args.spec
        variables: dict[str, Value] = containers.region(self.site)
        variables |= containers.telemetry(self.site, spec, args.trace_ratio) | {"PORT": str(spec.port)}
        variables |= {name: args.environment.variable(value) for name, value in spec.environment.items()}
        secrets = {name: args.environment.secret(value) for name, value in spec.secrets.items()}
        group_arn = group.arn if group else None

        def text(known: Mapping[str, Any]) -> str:
            values = Values(
                image=str(pulled(self.site, spec.image)),
                cpu=spec.cpu - containers.COLLECTOR_CPU,
                memory=spec.memory - containers.COLLECTOR_MEMORY,
                collector=self._collector(),
                environment=known["variables"],
                secrets={name: SecretKey.parse(reference) for name, reference in known["secrets"].items()},
                store_ports=_store_ports(spec, args.stores),
                callers=args.callers,
                callee_ports=args.callee_ports,
                target_group_arn=known["group"],
            )
            return to_yaml(service_objects(spec, values, args.place))

        return pulumi.Output.all(variables=variables, secrets=secrets, group=group_arn).apply(text)

    def _collector(self) -> dict[str, Any]:
        """The same collector as beside a task of ECS, with its own user."""
        user = int(containers.COLLECTOR_USER)
        return {
            "name": containers.COLLECTOR,
            "image": str(pulled(self.site, self._args.collector_image)),
            "env": [
                {"name": "AOT_CONFIG_CONTENT", "value": containers.collector_configuration(self.site)},
                {"name": "GOMEMLIMIT", "value": f"{containers.COLLECTOR_MEMORY - 32}MiB"},
            ],
            "resources": container_size(containers.COLLECTOR_CPU, containers.COLLECTOR_MEMORY),
            "securityContext": hardened() | {"runAsUser": user, "runAsGroup": user, "runAsNonRoot": True},
        }


def _store_ports(spec: ServiceSpec, stores: Stores) -> list[int]:
    return sorted({port for _, _, one in stores.listeners([spec]) for port in (one.port, one.last_port)})
