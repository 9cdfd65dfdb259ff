"""Namespace, node pools and the default-deny network policy of a cluster in EKS Auto Mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.service.kubernetes.manifests.names import Object, Place

NODE_CLASS: Final = "shop"
ON_DEMAND, SPOT = "on-demand", "spot"
SPOT_TAINT: Final = "saleday/spot"  # only pods that may be interrupted tolerate it
# Nodes live two weeks, so that patches reach them (Auto Mode's longest: 21 days).
NODE_LIFE: Final = "336h"
RESTARTS: Final = "saleday:restarts"  # group of Kubernetes that the function's access entry is in
_DRAIN: Final = "1h"  # pods get so long to leave a node, however their disruption budgets stand
_VOLUME: Final = "80Gi"  # images and logs of all pods of a node


@dataclass(frozen=True, kw_only=True)
class Platform:
    """AWS resources that nodes are launched with."""

    node_role_name: str
    subnet_ids: Sequence[str]
    security_group_id: str
    key_arn: str
    """Key of the nodes' volumes."""
    instance_categories: Sequence[str]
    """EC2 instance categories, for example `c`."""
    max_cpu: int
    """vCPU that all nodes of a pool may have together."""
    with_spot: bool
    started_with_secrets: Sequence[str]
    """Services whose pods are replaced when a secret changes."""


def platform_objects(place: Place, platform: Platform) -> list[Object]:
    """Everything that services need to be there first, in the order to apply it."""
    objects = [_namespace(place), _network_policies(), _deny_all(place), _node_class(place, platform)]
    objects.append(_node_pool(place, platform, ON_DEMAND))
    if platform.with_spot:
        objects.append(_node_pool(place, platform, SPOT))
    if platform.started_with_secrets:
        objects += _restarts(place, platform.started_with_secrets)
    return objects


def _restarts(place: Place, services: Sequence[str]) -> list[Object]:
    """Leave for the function that follows secrets to look at these deployments and to change them, and nothing else."""
    name = "restarts"
    rule = {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "resourceNames": sorted(services),
        "verbs": ["get", "patch"],
    }
    api = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": place.metadata(name), "rules": [rule]},
        {
            "apiVersion": f"{api}/v1",
            "kind": "RoleBinding",
            "metadata": place.metadata(name),
            "roleRef": {"apiGroup": api, "kind": "Role", "name": name},
            "subjects": [{"apiGroup": api, "kind": "Group", "name": RESTARTS}],
        },
    ]


def _namespace(place: Place) -> Object:
    """Pods that are not hardened to the Pod Security Standards' `restricted` profile are refused."""
    profile = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": place.metadata(place.namespace, labels=profile, namespaced=False),
    }


def _network_policies() -> Object:
    """Auto Mode enforces network policies once its CNI is told to (EKS user guide, "Use Network Policies")."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }


def _deny_all(place: Place) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": place.metadata("deny-all"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def _node_class(place: Place, platform: Platform) -> Object:
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "NodeClass",
        "metadata": place.metadata(NODE_CLASS, namespaced=False),
        "spec": {
            "role": platform.node_role_name,
            "subnetSelectorTerms": [{"id": subnet} for subnet in platform.subnet_ids],
            "securityGroupSelectorTerms": [{"id": platform.security_group_id}],
            # Add-ons run on these nodes too and have no policies of their own; the shop's namespace denies by itself.
            "networkPolicy": "DefaultAllow",
            "networkPolicyEventLogs": "Enabled",
            "ephemeralStorage": {"size": _VOLUME, "kmsKeyID": platform.key_arn},
        },
    }


def _node_pool(place: Place, platform: Platform, capacity: str) -> Object:
    requirements = {
        "karpenter.sh/capacity-type": [capacity],
        "kubernetes.io/arch": ["arm64"],
        "eks.amazonaws.com/instance-category": list(platform.instance_categories),
    }
    template: Object = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NODE_CLASS},
        "requirements": [
            *({"key": key, "operator": "In", "values": values} for key, values in requirements.items()),
            # From the sixth generation on, all of Graviton2 or later.
            {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["5"]},
        ],
        "expireAfter": NODE_LIFE,
        "terminationGracePeriod": _DRAIN,
    }
    if capacity == SPOT:
        template["taints"] = [{"key": SPOT_TAINT, "value": "true", "effect": "NoSchedule"}]
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": place.metadata(capacity, namespaced=False),
        "spec": {
            "template": {"spec": template},
            "disruption": {
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": "5m",  # a peak that is over may come back
                "budgets": [{"nodes": "10%"}],
            },
            "limits": {"cpu": str(platform.max_cpu)},
        },
    }
