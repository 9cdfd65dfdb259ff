"""One service as Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from components.service.kubernetes.manifests.names import Object, Place, selector
from components.service.kubernetes.manifests.pods import BALANCED_SECONDS, PORT_NAME, START_SECONDS, pod_spec
from specs.services import Service

HTTPS: Final = 443
DNS: Final = 53
IDENTITY_AGENT: Final = "169.254.170.23/32"  # where EKS Pod Identity hands out credentials (EKS user guide)


@dataclass(frozen=True)
class SecretKey:
    """Source of a secret variable: an ARN of Secrets Manager or Parameter Store, and a key of its JSON."""

    arn: str
    key: str = ""

    @classmethod
    def parse(cls, reference: str) -> SecretKey:
        """From what ECS calls `valueFrom`: an ARN, of a secret with `:<key>:<stage>:<version>` behind it or not."""
        parts = reference.split(":")
        if parts[2] != "secretsmanager":
            return cls(reference)
        return cls(":".join(parts[:7]), parts[7] if len(parts) > 7 else "")


@dataclass(frozen=True, kw_only=True)
class Values:
    """Values of a service's objects that are known only after deployment."""

    image: str
    cpu: int
    """CPU units of ECS that the service has beside its collector."""
    memory: int
    """MiB that the service has beside its collector."""
    collector: Object
    """The collector's container."""
    environment: Mapping[str, str]
    secrets: Mapping[str, SecretKey]
    store_ports: Sequence[int]
    """Ports of the stores that it uses."""
    callers: Sequence[str]
    """Services that call it."""
    callee_ports: Mapping[str, int]
    """Services that it calls, each with its port."""
    target_group_arn: str | None = None
    """Target group of a public service."""


def service_objects(service: Service, values: Values, place: Place) -> list[Object]:
    """The service's objects, in the order to apply them. Replicas are the autoscaler's: the deployment names none."""
    labels = selector(service.name)
    objects = [_account(service, place)]
    if values.secrets:
        objects.append(_secrets(service, values, place))
    objects += [
        _network_policy(service, values, place),
        _deployment(service, values, place),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place.metadata(service.name, labels=labels),
            "spec": {
                "type": "ClusterIP",
                "selector": labels,
                # Callers use the same port as over Service Connect.
                "ports": [{"name": PORT_NAME, "port": service.port, "targetPort": PORT_NAME, "protocol": "TCP"}],
            },
        },
        _autoscaler(service, place),
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": place.metadata(service.name, labels=labels),
            "spec": {
                "maxUnavailable": 1,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": {"matchLabels": labels},
            },
        },
    ]
    if values.target_group_arn is not None:
        objects.append(_binding(service, values.target_group_arn, place))
    return objects


def _account(service: Service, place: Place) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": place.metadata(service.name, labels=selector(service.name)),
        "automountServiceAccountToken": False,
    }


def _secrets(service: Service, values: Values, place: Place) -> Object:
    """Reads the secrets with the pod's own identity into a Kubernetes secret, which the cluster encrypts."""
    found = [
        {
            "objectName": secret.arn,
            "objectType": "secretsmanager" if ":secretsmanager:" in secret.arn else "ssmparameter",
            # One entry for each variable: its name is the file's, and the key's in the Kubernetes secret.
            **(
                {"objectAlias": f"{name}.json", "jmesPath": [{"path": secret.key, "objectAlias": name}]}
                if secret.key
                else {"objectAlias": name}
            ),
        }
        for name, secret in sorted(values.secrets.items())
    ]
    return {
        "apiVersion": "secrets-store.csi.x-k8s.io/v1",
        "kind": "SecretProviderClass",
        "metadata": place.metadata(service.name, labels=selector(service.name)),
        "spec": {
            "provider": "aws",
            "parameters": {
                "region": place.region,
                "usePodIdentity": "true",
                "objects": yaml.safe_dump(found, sort_keys=True),
            },
            "secretObjects": [
                {
                    "secretName": service.name,
                    "type": "Opaque",
                    "data": [{"objectName": name, "key": name} for name in sorted(values.secrets)],
                }
            ],
        },
    }


def _deployment(service: Service, values: Values, place: Place) -> Object:
    labels = selector(service.name)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": place.metadata(service.name, labels=labels),
        "spec": {
            "selector": {"matchLabels": labels},
            # As on ECS: a full second set starts before the first one stops.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "100%"}},
            # An old pod goes once the load balancer has found a new one healthy, too.
            "minReadySeconds": BALANCED_SECONDS,
            "progressDeadlineSeconds": 3 * START_SECONDS,
            "revisionHistoryLimit": 5,
            "template": {
                "metadata": {"labels": {**place.metadata(service.name)["labels"], **labels}},
                "spec": pod_spec(
                    service,
                    image=values.image,
                    cpu=values.cpu,
                    memory=values.memory,
                    collector=values.collector,
                    environment=values.environment,
                    secrets=dict.fromkeys(values.secrets, service.name),
                ),
            },
        },
    }


def _autoscaler(service: Service, place: Place) -> Object:
    """On CPU, the one target that a cluster measures by itself; cooldowns become windows of stabilization."""
    scaling = service.scaling
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": place.metadata(service.name, labels=selector(service.name)),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service.name},
            "minReplicas": max(1, scaling.min),
            "maxReplicas": scaling.max,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": round(scaling.cpu_percent)},
                    },
                }
            ],
            "behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 0,
                    "policies": [
                        {"type": "Percent", "value": 100, "periodSeconds": max(15, scaling.scale_out_cooldown)}
                    ],
                },
                "scaleDown": {
                    "stabilizationWindowSeconds": scaling.scale_in_cooldown,
                    "policies": [{"type": "Percent", "value": 10, "periodSeconds": 60}],
                },
            },
        },
    }


def _network_policy(service: Service, values: Values, place: Place) -> Object:
    """Callers in; callees, stores and AWS out. Which addresses of AWS is the security group's to say."""
    into = [{"from": [_pods(caller)], "ports": [_tcp(service.port)]} for caller in sorted(values.callers)]
    if service.is_public:
        into.append({"from": [{"ipBlock": {"cidr": place.vpc_cidr}}], "ports": [_tcp(service.port)]})
    out: list[Object] = [
        {"ports": [{"port": DNS, "protocol": protocol} for protocol in ("UDP", "TCP")]},
        {"ports": [_tcp(HTTPS)]},
        {"to": [{"ipBlock": {"cidr": IDENTITY_AGENT}}], "ports": [_tcp(80)]},
    ]
    out += [{"to": [_pods(callee)], "ports": [_tcp(port)]} for callee, port in sorted(values.callee_ports.items())]
    if values.store_ports:
        stores = [_tcp(port) for port in sorted(set(values.store_ports))]
        out.append({"to": [{"ipBlock": {"cidr": place.vpc_cidr}}], "ports": stores})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": place.metadata(service.name, labels=selector(service.name)),
        "spec": {
            "podSelector": {"matchLabels": selector(service.name)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": into,
            "egress": out,
        },
    }


def _binding(service: Service, target_group_arn: str, place: Place) -> Object:
    """Puts the pods' addresses into the target group that the program has made, as ECS does with tasks."""
    return {
        "apiVersion": "eks.amazonaws.com/v1",
        "kind": "TargetGroupBinding",
        "metadata": place.metadata(service.name, labels=selector(service.name)),
        "spec": {
            "serviceRef": {"name": service.name, "port": service.port},
            "targetGroupARN": target_group_arn,
            "targetType": "ip",
        },
    }


def _pods(service: str) -> Object:
    return {"podSelector": {"matchLabels": selector(service)}}


def _tcp(port: int) -> Object:
    return {"port": port, "protocol": "TCP"}
