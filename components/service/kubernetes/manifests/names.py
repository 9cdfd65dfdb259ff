"""Namespaces and names of the Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The stack that objects are rendered for."""

    project: str
    stack: str
    region: str
    namespace: str
    vpc_cidr: str
    """CIDR ranges with the addresses of the load balancer, the stores and the endpoints."""

    def metadata(self, name: str, *, labels: Mapping[str, str] | None = None, namespaced: bool = True) -> Object:
        """Metadata of an object, with Kubernetes' recommended labels."""
        result: Object = {"name": name}
        if namespaced:
            result["namespace"] = self.namespace
        result["labels"] = {
            "app.kubernetes.io/part-of": self.project,
            "app.kubernetes.io/instance": self.stack,
            "app.kubernetes.io/managed-by": "pulumi",
            **(labels or {}),
        }
        return result


def selector(service: str) -> dict[str, str]:
    """The label that tells a service's pods from others; it never changes, as a deployment's selector can't."""
    return {"app.kubernetes.io/name": service}
