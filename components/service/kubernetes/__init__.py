"""Services on Amazon EKS: a private cluster in Auto Mode, and the same services in it as would be tasks of ECS."""

from components.service.kubernetes.tier import Kubernetes, KubernetesArgs

__all__ = ["Kubernetes", "KubernetesArgs"]
