"""The EKS cluster: private, encrypted, logged, in Auto Mode, with its add-ons and the people who may administer it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyRing, NetworkHandle
from components.service import roles
from components.site import Site
from specs import compute

CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
INSIGHTS_LOGS: Final = ("application", "dataplane", "host", "performance")
SERVICE_CIDR: Final = "172.20.0.0/16"  # of Kubernetes services; private, and outside every VPC of 10.0.0.0/8
# What AWS manages in Auto Mode with the cluster's role: its own policies, narrowed to the cluster by the role's tags
# (EKS user guide, "EKS Auto Mode cluster IAM role").
_CLUSTER_POLICIES: Final = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
_NODE_POLICIES: Final = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_AGENT_POLICIES: Final = ("CloudWatchAgentServerPolicy", "AWSXRayDaemonWriteAccess")
_ADMIN: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
# Nodes of the pool that Auto Mode keeps for add-ons carry this taint (EKS user guide, "Enable or Disable Built-in
# NodePools"). The charts' controllers tolerate nothing by themselves (`values.yaml` of metrics-server and of
# amazon-cloudwatch-observability 6.4.0); there is no other pool until the first manifests are applied, and the control
# plane would not reach them on the shop's nodes.
_ON_SYSTEM_NODES: Final[Mapping[str, object]] = {
    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
    "nodeSelector": {"karpenter.sh/nodepool": "system"},
}
# What runs once a node runs on all of them, those of Spot too, which carry a taint of the shop's own.
_EVERY_NODE: Final = ({"operator": "Exists"},)
SECRETS_EVERY: Final = "1m"  # functions/pod_secret_changes.py waits for four of them
# A pod with this label runs on Fargate, in a machine of its own: an operator's shell, a migration. Pod Identity does
# not reach there, so services stay on nodes.
FARGATE_LABEL: Final = {"saleday/compute": "fargate"}


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    site: Site
    network: NetworkHandle
    keys: KeyRing
    kubernetes: compute.Kubernetes
    namespace: str
    log_retention_days: int


class EksCluster(Component):
    """The cluster, empty but for its add-ons."""

    tier = "service"
    kind = "EksCluster"

    name: str
    arn: str
    """Known at preview."""
    cluster: aws.eks.Cluster
    node_role_name: str
    ready: list[pulumi.Resource]
    """Resources that pods depend on, besides the cluster."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        site = args.site
        self.name = site.prefix
        self.arn = site.arn("eks", f"cluster/{self.name}")
        self.node_role_name = site.named("nodes")
        nodes, node_policies = self._role("nodes", "ec2.amazonaws.com", "nodes of the cluster", _NODE_POLICIES)
        self.cluster = self._cluster(nodes, node_policies)
        self.ready = [self.cluster, *self._add_ons()]
        self._fargate()
        self._administrators()
        self.register_outputs({"clusterName": self.name, "clusterArn": self.arn})

    @property
    def security_group_id(self) -> pulumi.Output[str]:
        """The group that EKS makes: the control plane's and Fargate pods'."""
        return self.cluster.vpc_config.apply(lambda vpc: str(vpc.cluster_security_group_id))

    @property
    def application_log_group(self) -> str:
        """Log group of all pods' output."""
        return f"/aws/containerinsights/{self.name}/application"

    def _role(
        self, what: str, service: str, description: str, managed: Sequence[str]
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        site = self.site
        actions = ("sts:AssumeRole", "sts:TagSession") if service == "eks.amazonaws.com" else ("sts:AssumeRole",)
        role = aws.iam.Role(
            self.child(what),
            name=site.named(what),
            description=f"{site.prefix}: {description}",
            assume_role_policy=iam.trust(service, account_id=site.account_id, names_source=False, actions=actions),
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        return role, [
            aws.iam.RolePolicyAttachment(
                self.child(what, policy),
                role=role.name,
                policy_arn=site.managed_policy_arn(policy),
                opts=self.opts(parent=role),
            )
            for policy in managed
        ]

    def _cluster(self, nodes: aws.iam.Role, node_policies: Sequence[pulumi.Resource]) -> aws.eks.Cluster:
        args, site = self._args, self.site
        role, policies = self._role("cluster", "eks.amazonaws.com", "the cluster itself", _CLUSTER_POLICIES)
        volumes = aws.iam.RolePolicy(
            self.child("cluster", "volumes"),
            name="volumes",
            role=role.name,
            # EKS starts nodes with this role, and a node's volumes are encrypted with the project's key.
            policy=iam.document(*roles.volume_statements(site, args.keys.data)),
            opts=self.opts(parent=role),
        )
        # EKS would make it by itself, without key and retention.
        logs = self._log_group("control-plane", f"/aws/eks/{self.name}/cluster")
        return aws.eks.Cluster(
            self.child("cluster"),
            name=self.name,
            version=args.kubernetes.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=args.network.app_subnet_ids,
                endpoint_private_access=True,
                endpoint_public_access=False,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API",
                # Whoever runs the program is no administrator for that; access entries say who is.
                bootstrap_cluster_creator_admin_permissions=False,
            ),
            bootstrap_self_managed_addons=False,
            compute_config=aws.eks.ClusterComputeConfigArgs(
                enabled=True,
                # For add-ons alone; services run on the shop's own node pools.
                node_pools=["system"],
                node_role_arn=nodes.arn,
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                ip_family="ipv4",
                service_ipv4_cidr=SERVICE_CIDR,
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=True),
            ),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.keys.data.arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            # At the end of standard support EKS updates the cluster, rather than charge more for the old version.
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(
                support_type="EXTENDED" if args.kubernetes.version in compute.EXTENDED_VERSIONS else "STANDARD"
            ),
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
            deletion_protection=site.production,
            tags=self.tags("confidential", self.name),
            opts=self.opts(depends_on=[logs, volumes, *policies, *node_policies]),
        )

    def _add_ons(self) -> list[pulumi.Resource]:
        """Add-ons that Auto Mode lacks: metrics for autoscalers, secrets of Secrets Manager, Container Insights."""
        agent_role = self._agent_role()
        logs = [self._log_group(what, f"/aws/containerinsights/{self.name}/{what}") for what in INSIGHTS_LOGS]
        identity = aws.eks.AddonPodIdentityAssociationArgs(service_account="cloudwatch-agent", role_arn=agent_role.arn)
        return [
            self._add_on("metrics-server", _ON_SYSTEM_NODES),
            self._add_on(
                "aws-secrets-store-csi-driver-provider",
                {
                    "tolerations": _EVERY_NODE,
                    "secrets-store-csi-driver": {
                        "linux": {"tolerations": _EVERY_NODE},
                        # A copy as a Kubernetes secret, which the cluster encrypts: containers read variables. The
                        # driver makes it once, and renews it only where it looks for new values.
                        "syncSecret": {"enabled": True},
                        "enableSecretRotation": True,
                        "rotationPollInterval": SECRETS_EVERY,
                    },
                },
            ),
            self._add_on(
                "amazon-cloudwatch-observability",
                {"manager": _ON_SYSTEM_NODES},
                identities=[identity],
                depends_on=logs,
            ),
        ]

    def _add_on(
        self,
        name: str,
        configuration: Mapping[str, object],
        identities: Sequence[aws.eks.AddonPodIdentityAssociationArgs] = (),
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> aws.eks.Addon:
        return aws.eks.Addon(
            self.child(name),
            cluster_name=self.cluster.name,
            addon_name=name,
            configuration_values=json.dumps(configuration, sort_keys=True),
            pod_identity_associations=list(identities) or None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=self.tags("internal", name),
            opts=self.opts(parent=self.cluster, depends_on=depends_on),
        )

    def _agent_role(self) -> aws.iam.Role:
        site = self.site
        role = aws.iam.Role(
            self.child("agent"),
            name=site.named("insights-agent"),
            description=f"{site.prefix}: Container Insights of the cluster",
            assume_role_policy=iam.pod_trust(self.arn, "amazon-cloudwatch", "cloudwatch-agent"),
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        for policy in _AGENT_POLICIES:
            aws.iam.RolePolicyAttachment(
                self.child("agent", policy),
                role=role.name,
                policy_arn=site.managed_policy_arn(policy),
                opts=self.opts(parent=role),
            )
        return role

    def _fargate(self) -> None:
        args, site = self._args, self.site
        role = aws.iam.Role(
            self.child("fargate"),
            name=site.named("fargate-pods"),
            description=f"{site.prefix}: what EKS may do to start pods on Fargate",
            assume_role_policy=iam.trust(
                "eks-fargate-pods.amazonaws.com",
                account_id=site.account_id,
                source_arn=site.arn("eks", f"fargateprofile/{self.name}/*"),
            ),
            tags=self.tags("internal"),
            opts=self.opts(),
        )
        pull = aws.iam.RolePolicyAttachment(
            self.child("fargate", "pull"),
            role=role.name,
            policy_arn=site.managed_policy_arn("AmazonEC2ContainerRegistryPullOnly"),
            opts=self.opts(parent=role),
        )
        aws.eks.FargateProfile(
            self.child("fargate"),
            fargate_profile_name="on-demand-pods",
            cluster_name=self.cluster.name,
            pod_execution_role_arn=role.arn,
            subnet_ids=args.network.app_subnet_ids,
            selectors=[aws.eks.FargateProfileSelectorArgs(namespace=args.namespace, labels=FARGATE_LABEL)],
            tags=self.tags("internal", site.named("fargate-pods")),
            opts=self.opts(parent=self.cluster, depends_on=[pull]),
        )

    def _administrators(self) -> None:
        for number, principal in enumerate(self._args.kubernetes.admin_role_arns, start=1):
            self.let_in(f"admin-{number}", principal, _ADMIN)

    def let_in(
        self, what: str, principal_arn: pulumi.Input[str], policy_arn: str, namespace: str | None = None
    ) -> None:
        """Let an IAM role in, with one of EKS's access policies over the cluster or over one namespace."""
        entry = aws.eks.AccessEntry(
            self.child("access", what),
            cluster_name=self.cluster.name,
            principal_arn=principal_arn,
            type="STANDARD",
            tags=self.tags("internal"),
            opts=self.opts(parent=self.cluster),
        )
        aws.eks.AccessPolicyAssociation(
            self.child("access", what),
            cluster_name=self.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=policy_arn,
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
                type="namespace" if namespace else "cluster", namespaces=[namespace] if namespace else None
            ),
            opts=self.opts(parent=entry),
        )

    def _log_group(self, what: str, name: str) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            self.child(what, "logs"),
            name=name,
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.keys.logs.arn,
            tags=self.tags("confidential"),
            opts=self.opts(),
        )
