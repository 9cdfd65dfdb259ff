"""A service as its alarms and dashboards see it: plain values, without what is known only after it exists."""

from __future__ import annotations

from dataclasses import dataclass

from components.handles import ServiceHandle


@dataclass(frozen=True, kw_only=True)
class MonitoredService:
    """One service."""

    name: str
    service_name: str
    """Physical name: the ECS service's, and the one that its traces carry."""
    cluster_name: str
    log_group_name: str
    min_tasks: int
    max_tasks: int
    availability_percent: float
    latency_p99: int
    """Milliseconds."""
    is_public: bool
    """Whether the load balancer sends it customers' requests."""
    alternates: bool = False
    """Whether it has a second target group, and each deployment moves its traffic to the other one."""
    discovery_name: str | None = None
    """Service Connect's discovery name; None where the service offers none."""
    backlog_queue: str | None = None
    """Setting's name of the queue that the service works off."""
    namespace: str | None = None
    """Kubernetes namespace that its pods run in; None for tasks of ECS."""

    @classmethod
    def of(cls, handle: ServiceHandle, cluster_name: str) -> MonitoredService:
        return cls(
            name=handle.name,
            service_name=handle.service_name,
            cluster_name=cluster_name,
            log_group_name=handle.log_group_name,
            min_tasks=handle.min_tasks,
            max_tasks=handle.max_tasks,
            availability_percent=handle.availability_percent,
            latency_p99=handle.latency_p99,
            is_public=handle.target_group_arn_suffix is not None,
            alternates=handle.alternate_target_group_arn_suffix is not None,
            discovery_name=handle.discovery_name,
            backlog_queue=handle.backlog_queue,
            namespace=handle.namespace,
        )
