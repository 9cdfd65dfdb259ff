"""The metrics that services and the edge publish, each with the dimensions that AWS publishes it with.

Sources: the "CloudWatch metrics" page of each service's user guide. What is not obvious from the names is said here.
"""

from __future__ import annotations

from typing import Final

from aws_facts.regions import EDGE_REGION
from components.monitoring.values import (
    DISTRIBUTION,
    LOAD_BALANCER,
    MINUTE,
    DeferredDimension,
    Math,
    Measure,
    Metric,
    added,
    share_of,
    target_group,
)
from components.observability.monitored_service import MonitoredService

MS_PER_SECOND: Final = 1000


def load_balancer(name: str, stat: str = "Sum", *, period: int = MINUTE) -> Metric:
    """Of the whole load balancer."""
    dimensions: tuple[tuple[str, str | DeferredDimension], ...] = (("LoadBalancer", LOAD_BALANCER),)
    return Metric(namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, stat=stat, period=period)


def behind(
    service: MonitoredService, term: str, name: str, stat: str = "Sum", *, period: int = MINUTE
) -> dict[str, Metric]:
    """Of a public service's target group; of both, where its traffic alternates. Named `term` and `term_b`."""
    groups = {term: target_group(service.name)}
    if service.alternates:
        groups[f"{term}_b"] = target_group(service.name, alternate=True)
    return {
        key: Metric(
            namespace="AWS/ApplicationELB",
            name=name,
            dimensions=(("LoadBalancer", LOAD_BALANCER), ("TargetGroup", group)),
            stat=stat,
            period=period,
        )
        for key, group in groups.items()
    }


def service_received(service: MonitoredService, name: str, *, period: int = MINUTE) -> Metric:
    """Metric of the requests received by a service's own Service Connect proxies."""
    return Metric(
        namespace="AWS/ECS",
        name=name,
        dimensions=(
            ("DiscoveryName", _discovery(service)),
            ("ServiceName", service.service_name),
            ("ClusterName", service.cluster_name),
        ),
        stat="Sum",
        period=period,
    )


def service_answered(service: MonitoredService, name: str, stat: str = "Sum", *, period: int = MINUTE) -> Metric:
    """Metric of a service's responses to its Service Connect clients.

    With `ServiceName` and `ClusterName` added, these metrics count one caller's requests, not the service's: so they
    are read by discovery name alone, over all clusters of the account. There are no percentiles; times are in
    milliseconds.
    """
    return Metric(
        namespace="AWS/ECS",
        name=name,
        dimensions=(("TargetDiscoveryName", _discovery(service)),),
        stat=stat,
        period=period,
    )


def tasks(service: MonitoredService, name: str, stat: str = "Average", *, period: int = MINUTE) -> Metric:
    """`CPUUtilization` and `MemoryUtilization`, percent of what the tasks reserve: free metrics of ECS, or the same of
    pods, by Container Insights.
    """
    if service.namespace is not None:
        return _pods(service, _OF_PODS[name], stat, period)
    return Metric(namespace="AWS/ECS", name=name, dimensions=_ecs(service), stat=stat, period=period)


def task_count(service: MonitoredService, name: str, stat: str = "Average", *, period: int = MINUTE) -> Metric:
    """Container Insights: `DesiredTaskCount`, `RunningTaskCount`, `PendingTaskCount`, or the same of pods."""
    if service.namespace is not None:
        return _pods(service, _OF_PODS[name], stat, period)
    return Metric(namespace="ECS/ContainerInsights", name=name, dimensions=_ecs(service), stat=stat, period=period)


def distribution(name: str, stat: str = "Sum", *, period: int = MINUTE) -> Metric:
    return Metric(
        namespace="AWS/CloudFront",
        name=name,
        dimensions=(("DistributionId", DISTRIBUTION), ("Region", "Global")),
        stat=stat,
        period=period,
        region=EDGE_REGION,
    )


def web_acl(scope: str, acl: str, region: str, name: str, *, period: int = MINUTE) -> Metric:
    """Of all rules of a web ACL; one in front of CloudFront publishes without a region, in us-east-1."""
    dimensions: tuple[tuple[str, str], ...] = (("WebACL", acl), ("Rule", "ALL"))
    if scope == "REGIONAL":
        dimensions += (("Region", region),)
    return Metric(
        namespace="AWS/WAFV2",
        name=name,
        dimensions=dimensions,
        stat="Sum",
        period=period,
        region=region if scope == "REGIONAL" else EDGE_REGION,
    )


def failures_of(service: MonitoredService, period: int = MINUTE) -> Math | None:
    """Failed requests to a service, percent of all; None where they are not counted.

    Public services are judged by what the load balancer got from them, connections refused included; internal ones by
    what their callers got.
    """
    if service.is_public:
        return share_of(
            {
                **behind(service, "failed", "HTTPCode_Target_5XX_Count", period=period),
                **behind(service, "refused", "TargetConnectionErrorCount", period=period),
            },
            behind(service, "total", "RequestCount", period=period),
            service.name,
        )
    if service.discovery_name is not None:
        return share_of(
            {"failed": service_answered(service, "HTTPCode_Target_5XX_Count", period=period)},
            {"total": service_received(service, "RequestCount", period=period)},
            service.name,
        )
    return None


def too_slow_of(service: MonitoredService, period: int = MINUTE) -> Math | None:
    """Requests answered later than promised, percent of all; None for internal services, which have no percentiles."""
    if not service.is_public:
        return None
    limit = service.latency_p99 / MS_PER_SECOND
    return share_of(
        # TC(limit:) counts the samples above the limit.
        behind(service, "slow", "TargetResponseTime", f"TC({limit:g}:)", period=period),
        behind(service, "total", "TargetResponseTime", "SampleCount", period=period),
        service.name,
    )


def requests_of(service: MonitoredService, period: int = MINUTE) -> Measure | None:
    """Requests to a service in a period; None where they are not counted."""
    if service.is_public:
        parts = behind(service, "requests", "RequestCount", period=period)
        if len(parts) == 1:
            return parts["requests"].labelled(service.name)
        return Math(formula=added(parts), terms=parts, label=service.name)
    if service.discovery_name is not None:
        return service_received(service, "RequestCount", period=period).labelled(service.name)
    return None


# Names in EKS Container Insights of metrics that ECS has too (CloudWatch user guide, "Enhanced Container Insights").
_OF_PODS: Final = {
    "CPUUtilization": "pod_cpu_utilization_over_pod_limit",
    "MemoryUtilization": "pod_memory_utilization_over_pod_limit",
    "DesiredTaskCount": "replicas_desired",
    "RunningTaskCount": "replicas_ready",
    "PendingTaskCount": "status_replicas_unavailable",
}


def _pods(service: MonitoredService, name: str, stat: str, period: int) -> Metric:
    """Of a deployment, which goes by the service's name: `PodName` is what its pods' names start with."""
    dimensions = (
        ("ClusterName", service.cluster_name),
        ("Namespace", service.namespace or ""),
        ("PodName", service.name),
    )
    return Metric(namespace="ContainerInsights", name=name, dimensions=dimensions, stat=stat, period=period)


def _ecs(service: MonitoredService) -> tuple[tuple[str, str], ...]:
    return (("ClusterName", service.cluster_name), ("ServiceName", service.service_name))


def _discovery(service: MonitoredService) -> str:
    if service.discovery_name is None:
        raise ValueError(f"{service.name}: has no discovery name, so Service Connect has no metrics of it")
    return service.discovery_name
