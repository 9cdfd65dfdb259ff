"""The containers of a task: the service itself and the collector that sends its traces to X-Ray."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.site import Site
from components.stores.contract import Value
from specs.jobs import Job
from specs.services import Service

Container = dict[str, Any]

PORT_NAME: Final = "http"
COLLECTOR: Final = "aws-otel-collector"  # longer than a service's name may be, so no service can share it
# AWS Distro for OpenTelemetry, newest release of 2026-11; the image's own user is `aoc`.
COLLECTOR_IMAGE: Final = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
COLLECTOR_USER: Final = "4317"
COLLECTOR_MEMORY: Final = 192  # MiB, hard limit: about 80 MiB at rest, the rest for bursts of spans
COLLECTOR_LIMIT: Final = 128  # MiB at which the collector refuses spans rather than being killed
COLLECTOR_CPU: Final = 32  # CPU units, a share under contention only
PROXY_MEMORY: Final = 64  # MiB that ECS advises to leave for the Service Connect proxy (ECS guide, "Service Connect")
OTLP_ENDPOINT: Final = "127.0.0.1:4318"

SCRATCH_SIZE: Final = 64  # MiB of each writable path; taken from the task's memory as it fills
# Seconds from SIGTERM to SIGKILL (Fargate: at most 120): Spring Boot finishes requests for 30 s.
STOP_TIMEOUT: Final = 45
JOB_STOP_TIMEOUT: Final = 120  # seconds: all of Spot's notice, for a job to save how far it has come
# Seconds in which failing checks do not count: a JVM on half a vCPU needs up to two minutes.
START_GRACE: Final = 180


def containers(
    *,
    site: Site,
    service: Service,
    image: str,
    collector_image: str,
    log_group: str,
    variables: Mapping[str, Value],
    secrets: Mapping[str, Value],
    trace_ratio: float,
) -> list[Container]:
    """The container definitions of one service.

    `trace_ratio` is the share of requests traced from their start; a request that arrives traced stays so.
    """
    environment = region(site) | telemetry(site, service, trace_ratio) | {"PORT": str(service.port)} | dict(variables)
    main: Container = _hardened(service.user) | {
        "name": service.name,
        "image": image,
        "essential": True,
        "cpu": service.cpu - COLLECTOR_CPU,
        # A limit of its own: a JVM sizes its heap by it.
        "memory": service.memory - COLLECTOR_MEMORY - PROXY_MEMORY,
        "portMappings": [
            {
                "name": PORT_NAME,
                "containerPort": service.port,
                "hostPort": service.port,
                "protocol": "tcp",
                "appProtocol": "http",  # Service Connect counts requests and answers only of a known protocol
            }
        ],
        "environment": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "secrets": [{"name": name, "valueFrom": value} for name, value in sorted(secrets.items())],
        "dependsOn": [{"containerName": COLLECTOR, "condition": "START"}],
        "stopTimeout": STOP_TIMEOUT,
        "logConfiguration": log_configuration(site, log_group, service.name),
    }
    main["linuxParameters"]["tmpfs"] = [_scratch(path) for path in service.writable_paths]
    if service.container_health_check:
        main["healthCheck"] = _health_check(service)
    if service.command:
        main["command"] = list(service.command)
    return [main, _collector(site, collector_image, log_group)]


def job_containers(
    *, site: Site, job: Job, image: str, log_group: str, variables: Mapping[str, Value], secrets: Mapping[str, Value]
) -> list[Container]:
    """The container definitions of one job: the job alone, hardened like a service."""
    main: Container = _hardened(job.user) | {
        "name": job.name,
        "image": image,
        "essential": True,
        "environment": [
            {"name": name, "value": value} for name, value in sorted((region(site) | dict(variables)).items())
        ],
        "secrets": [{"name": name, "valueFrom": value} for name, value in sorted(secrets.items())],
        "stopTimeout": JOB_STOP_TIMEOUT,
        "logConfiguration": log_configuration(site, log_group, job.name),
    }
    main["linuxParameters"]["tmpfs"] = [_scratch(path) for path in job.writable_paths]
    if job.command:
        main["command"] = list(job.command)
    return [main]


def as_json(definitions: list[Container]) -> str | pulumi.Output[str]:
    """The JSON of the definitions: known at preview unless a value in them is not."""
    if _holds_output(definitions):
        return pulumi.Output.json_dumps(definitions, sort_keys=True)
    return json.dumps(definitions, sort_keys=True)


def log_configuration(site: Site, log_group: str, stream: str) -> dict[str, Any]:
    """Logs to CloudWatch that never hold the application up: what exceeds the buffer is dropped."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": log_group,
            "awslogs-region": site.region,
            "awslogs-stream-prefix": stream,
            "mode": "non-blocking",
            "max-buffer-size": "25m",  # AWS's advice (Containers blog, 2023): no loss up to 5 MiB/s
        },
    }


def _collector(site: Site, image: str, log_group: str) -> Container:
    return _hardened(COLLECTOR_USER) | {
        "name": COLLECTOR,
        "image": image,
        # Customers are served without traces too; ECS starts the collector again by itself.
        "essential": False,
        "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        "cpu": COLLECTOR_CPU,
        "memory": COLLECTOR_MEMORY,
        "environment": [
            {"name": "AOT_CONFIG_CONTENT", "value": collector_configuration(site)},
            {"name": "GOMEMLIMIT", "value": f"{COLLECTOR_MEMORY - 32}MiB"},
        ],
        "healthCheck": {
            "command": ["CMD", "/healthcheck"],
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 30,
        },
        "logConfiguration": log_configuration(site, log_group, COLLECTOR),
    }


def collector_configuration(site: Site) -> str:
    """The collector's configuration, as JSON: OTLP in from the task itself alone, X-Ray out.

    Port 2000 serves X-Ray's sampling rules to SDKs that ask.
    """
    configuration: dict[str, Any] = {
        "extensions": {"health_check": {}, "awsproxy": {"endpoint": "127.0.0.1:2000", "region": site.region}},
        "receivers": {
            "otlp": {"protocols": {"http": {"endpoint": OTLP_ENDPOINT}, "grpc": {"endpoint": "127.0.0.1:4317"}}}
        },
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_mib": COLLECTOR_LIMIT, "spike_limit_mib": 32},
            "resourcedetection": {"detectors": ["env", "ecs"], "override": False},
            "batch": {"timeout": "1s", "send_batch_size": 50},  # X-Ray takes 50 segments a call
        },
        "exporters": {"awsxray": {"region": site.region}},
        "service": {
            "extensions": ["health_check", "awsproxy"],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": ["memory_limiter", "resourcedetection", "batch"],
                    "exporters": ["awsxray"],
                }
            },
            "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
        },
    }
    return json.dumps(configuration, sort_keys=True)


def region(site: Site) -> dict[str, Value]:
    """Where AWS's SDKs look for the region; botocore reads the second name alone.

    Fargate sets both by itself. Pods have neither, nor do tasks on instances whose agent is older than of May 2026
    (aws/amazon-ecs-agent #4946), and the metadata service, which SDKs ask next, is shut to containers.
    """
    return {"AWS_REGION": site.region, "AWS_DEFAULT_REGION": site.region}


def telemetry(site: Site, service: Service, trace_ratio: float) -> dict[str, Value]:
    """OpenTelemetry's standard variables; a service's own settings win over them."""
    return {
        "OTEL_SERVICE_NAME": site.named(service.name),
        "OTEL_RESOURCE_ATTRIBUTES": f"service.namespace={site.project},deployment.environment.name={site.stack}",
        "OTEL_SDK_DISABLED": "false",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{OTLP_ENDPOINT}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_PROPAGATORS": "tracecontext,baggage",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{trace_ratio:g}",
    }


def _hardened(user: str) -> Container:
    return {
        "user": user,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
    }


def _scratch(path: str) -> dict[str, Any]:
    # Memory, not an empty volume: Fargate mounts volumes as root's own, and the container does not run as root.
    return {
        "containerPath": path,
        "size": SCRATCH_SIZE,
        "mountOptions": ["rw", "nosuid", "nodev", "noexec", "mode=1777"],
    }


def _health_check(service: Service) -> dict[str, Any]:
    url = f"http://127.0.0.1:{service.port}{service.health_path}"
    return {
        "command": ["CMD", "curl", "--fail", "--silent", "--max-time", "4", "--output", "/dev/null", url],
        "interval": 10,
        "timeout": 5,
        "retries": 3,
        "startPeriod": START_GRACE,
    }


def _holds_output(value: object) -> bool:
    if isinstance(value, pulumi.Output):
        return True
    if isinstance(value, dict):
        return any(map(_holds_output, value.values()))
    return isinstance(value, list) and any(map(_holds_output, value))
