"""A service's pod: the same container as its task on ECS, hardened alike, with the same collector beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.service.kubernetes.manifests.names import Object, selector
from components.service.kubernetes.manifests.platform import SPOT_TAINT
from specs.services import Service

PORT_NAME: Final = "http"
SECRETS_VOLUME: Final = "secrets"
SECRETS_PATH: Final = "/mnt/secrets"
SCRATCH_SIZE: Final = "64Mi"
# The load balancer stops sending within two checks of its own; then the container gets SIGTERM.
DRAIN_SECONDS: Final = 15
STOP_SECONDS: Final = 45
START_SECONDS: Final = 180  # until a JVM on half a vCPU answers
CHECK_SECONDS: Final = 10
BALANCED_SECONDS: Final = 30  # to be registered in a target group and pass two of its checks, 10 s apart
_CPU_UNITS: Final = 1024  # of ECS: one vCPU
_WEIGHTS: Final = 100  # Kubernetes: the most that a preference may weigh


def pod_spec(
    service: Service,
    *,
    image: str,
    cpu: int,
    memory: int,
    collector: Object,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Object:
    """The pod of one service.

    `cpu` (units of ECS) and `memory` (MiB) are what the service has beside `collector`, the sidecar's container;
    `secrets` are its secret variables, each with the name of the Kubernetes secret that holds it.
    """
    user, _, group = service.user.partition(":")
    volumes: list[Object] = [
        {"name": _volume(number), "emptyDir": {"medium": "Memory", "sizeLimit": SCRATCH_SIZE}}
        for number, _ in enumerate(service.writable_paths)
    ]
    if secrets:
        driver = {"driver": "secrets-store.csi.k8s.io", "readOnly": True}
        volumes.append(
            {"name": SECRETS_VOLUME, "csi": driver | {"volumeAttributes": {"secretProviderClass": service.name}}}
        )
    spec: Object = {
        "serviceAccountName": service.name,
        # Pod Identity brings a token of its own; the cluster's API is no business of a service.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": DRAIN_SECONDS + STOP_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": int(user),
            "runAsGroup": int(group or user),
            "fsGroup": int(group or user),
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "nodeSelector": {"kubernetes.io/arch": "arm64"},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                # A zone that is lost must not keep pods from starting in the others.
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(service.name)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        # A sidecar: started before the service, stopped after it.
        "initContainers": [collector | {"restartPolicy": "Always"}],
        "containers": [_main(service, image, container_size(cpu, memory), environment, secrets)],
        "volumes": volumes,
    }
    return spec | _spot(service)


def hardened() -> Object:
    return {
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def milli(cpu_units: int) -> str:
    """CPU units of ECS as Kubernetes' thousandths."""
    return f"{cpu_units * 1000 // _CPU_UNITS}m"


def container_size(cpu: int, memory: int) -> Object:
    """Requests and limits alike, as a task of ECS has what it reserves: a pod is not evicted for want of memory."""
    size = {"cpu": milli(cpu), "memory": f"{memory}Mi"}
    return {"requests": size, "limits": size}


def _main(
    service: Service, image: str, size: Object, environment: Mapping[str, str], secrets: Mapping[str, str]
) -> Object:
    plain = [{"name": name, "value": value} for name, value in sorted(environment.items())]
    secret = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": holder, "key": name}}}
        for name, holder in sorted(secrets.items())
    ]
    mounts: list[Object] = [
        {"name": _volume(number), "mountPath": path} for number, path in enumerate(service.writable_paths)
    ]
    if secrets:
        mounts.append({"name": SECRETS_VOLUME, "mountPath": SECRETS_PATH, "readOnly": True})
    check: Object = {"httpGet": {"path": service.health_path, "port": PORT_NAME}, "timeoutSeconds": 5}
    container: Object = {
        "name": service.name,
        "image": image,
        "ports": [{"name": PORT_NAME, "containerPort": service.port, "protocol": "TCP"}],
        "env": [*plain, *secret],
        "resources": size,
        "securityContext": hardened(),
        "startupProbe": check | {"periodSeconds": CHECK_SECONDS, "failureThreshold": START_SECONDS // CHECK_SECONDS},
        "readinessProbe": check | {"periodSeconds": CHECK_SECONDS, "failureThreshold": 2},
        # Not the health path: a store that is down makes every pod unready, and restarting them would not help it.
        "livenessProbe": {
            "tcpSocket": {"port": PORT_NAME},
            "periodSeconds": CHECK_SECONDS,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        "volumeMounts": mounts,
    }
    if service.command:
        container["args"] = list(service.command)  # as on ECS: in place of the image's CMD, not of its entry point
    return container


def _volume(number: int) -> str:
    return f"scratch-{number}"


def _spot(service: Service) -> dict[str, Any]:
    """Spot nodes for a stateless service, about as often as its weights say; other pods don't tolerate them."""
    capacity = service.capacity
    if not capacity.spot_weight:
        return {}
    share = max(1, _WEIGHTS * capacity.spot_weight // (capacity.weight + capacity.spot_weight))
    wanted = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}
    return {
        "tolerations": [{"key": SPOT_TAINT, "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": share, "preference": {"matchExpressions": [wanted]}}
                ]
            }
        },
    }
