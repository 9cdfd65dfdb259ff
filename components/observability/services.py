"""Alarms of the services: what their callers feel first, then what leads there."""

from __future__ import annotations

import math
from typing import Final

from components.monitoring.values import MINUTE, Alarm, AlarmPlan, Composite, Math, Notice, added
from components.observability import metrics
from components.observability.monitored_service import MonitoredService
from components.observability.slo import burn_plan

ERRORS_PERCENT: Final = 5.0  # of requests in a minute; the burn-rate alarms see less than this, but later
UNHEALTHY_PERCENT: Final = 50.0  # of targets; below it the load balancer routes around them
CPU_PERCENT: Final = 90.0  # scaling holds tasks at 60 % by default, so 90 % for long means that it cannot follow
MEMORY_PERCENT: Final = 90.0  # nothing scales on memory; at 100 % the kernel kills the container
# Minutes for a Fargate task to be placed, pull its image and pass its health checks, three times over: the circuit
# breaker gives up on a deployment after three failures at the least.
START_MINUTES: Final = 15

# Requests in five minutes. Of fewer than a hundred the p99 is simply the slowest one. CloudWatch's own setting for few
# samples keeps the alarm's state instead, so that a slow evening would ring until the next busy morning.
MIN_FOR_P99: Final = 100

# Service Connect publishes no percentiles. If times were spread exponentially, their p99 would be ln(100) = 4.6 times
# the mean; real ones have the longer tail, so a mean above promise/4.6 says that the promise is broken already.
P99_OF_MEAN: Final = math.log(100)


def service_plan(service: MonitoredService, queue_alarms: tuple[str, ...] = (), *, suppressor: str) -> AlarmPlan:
    """All alarms of one service, joined in one composite that pages on-call.

    `queue_alarms` are the names of the alarms on its queue; `suppressor` is the alarm of the whole shop,
    which explains the service's.
    """
    burn = burn_plan(service)
    alarms = (*_traffic(service), *_tasks(service))
    composite = Composite(
        name=trouble_name(service),
        notice=Notice(
            means=f"{service.name} has a problem; the message names the alarm.",
            look=f"the dashboard of {service.name}.",
            runbook="service-in-trouble",
        ),
        members=(*(alarm.name for alarm in alarms), *(joint.name for joint in burn.composites), *queue_alarms),
        suppressor=suppressor,
    )
    return AlarmPlan(alarms=alarms) + burn + AlarmPlan(composites=(composite,))


def trouble_name(service: MonitoredService) -> str:
    """The name of the composite over all alarms of a service."""
    return f"service-{service.name}-trouble"


def _traffic(service: MonitoredService) -> list[Alarm]:
    alarms = []
    failures = metrics.failures_of(service)
    if failures is not None:
        caller = "Customers get error pages" if service.is_public else "Services that call it get errors"
        alarms.append(
            Alarm(
                name=f"service-{service.name}-errors",
                notice=Notice(
                    means=f"{caller}: over {ERRORS_PERCENT:g} % of the requests to {service.name} fail.",
                    look=f"the latest errors in {service.log_group_name}, and whether a deployment is under way.",
                    runbook="service-errors",
                ),
                measure=failures,
                threshold=ERRORS_PERCENT,
                periods=5,
                breaching=3,
                tells_all_clear=False,
            )
        )
    if service.is_public:
        alarms.append(_latency(service))
        alarms.append(_unhealthy(service))
    elif service.discovery_name is not None:
        alarms.append(_mean_latency(service))
    return alarms


def _latency(service: MonitoredService) -> Alarm:
    requests = metrics.behind(service, "requests", "TargetResponseTime", "SampleCount", period=5 * MINUTE)
    times = metrics.behind(service, "p99", "TargetResponseTime", "p99", period=5 * MINUTE)
    # The group that has no traffic has no answer times either.
    slowest = "{p99}" if len(times) == 1 else f"MAX([{', '.join(f'{{{name}}}' for name in times)}])"
    return Alarm(
        name=f"service-{service.name}-latency",
        notice=Notice(
            means=f"Customers wait: one request in a hundred to {service.name} takes over {service.latency_p99} ms.",
            look="its slowest traces in X-Ray.",
            runbook="service-latency",
        ),
        measure=Math(
            formula=f"IF({added(requests)} >= {MIN_FOR_P99}, {slowest}, 0)",
            terms={**requests, **times},
            label="p99, seconds",
        ),
        threshold=service.latency_p99 / metrics.MS_PER_SECOND,
        periods=3,
        breaching=2,
        tells_all_clear=False,
    )


def _mean_latency(service: MonitoredService) -> Alarm:
    mean = round(service.latency_p99 / P99_OF_MEAN)
    return Alarm(
        name=f"service-{service.name}-latency",
        notice=Notice(
            means=f"Customers wait for {service.name}: its mean response takes over {mean} ms, above the promise "
            f"of {service.latency_p99} ms for 99 in a hundred.",
            look="its slowest traces in X-Ray.",
            runbook="service-latency",
        ),
        measure=metrics.service_answered(service, "TargetResponseTime", "Average", period=5 * MINUTE),
        threshold=mean,
        periods=3,
        breaching=2,
        tells_all_clear=False,
    )


def _unhealthy(service: MonitoredService) -> Alarm:
    unhealthy = metrics.behind(service, "unhealthy", "UnHealthyHostCount", "Average")
    healthy = metrics.behind(service, "healthy", "HealthyHostCount", "Average")
    return Alarm(
        name=f"service-{service.name}-unhealthy",
        notice=Notice(
            means=f"Customers may be turned away: half of the targets of {service.name} fail their health check.",
            look="the reasons in the target group, then the tasks' logs.",
            runbook="service-unhealthy",
        ),
        measure=Math(
            formula=f"100 * {added(unhealthy)} / ({added(healthy)} + {added(unhealthy)})",
            terms={**unhealthy, **healthy},
            label="unhealthy targets, percent",
        ),
        operator="GreaterThanOrEqualToThreshold",
        threshold=UNHEALTHY_PERCENT,
        periods=3,
        breaching=3,
        tells_all_clear=False,
    )


def _tasks(service: MonitoredService) -> list[Alarm]:
    name = service.name
    alarms = [
        Alarm(
            name=f"service-{name}-tasks-missing",
            notice=Notice(
                means=f"{name} runs fewer tasks than desired, so customers may soon wait.",
                look="the service's events: image pull, capacity, health checks, subnet addresses.",
                runbook="tasks-missing",
            ),
            # Against the wanted number, not the minimum: a stack that is switched off at night wants none.
            measure=Math(
                formula="{desired} - {running}",
                terms={
                    "desired": metrics.task_count(service, "DesiredTaskCount"),
                    "running": metrics.task_count(service, "RunningTaskCount"),
                },
                label="tasks missing",
            ),
            threshold=0,
            periods=START_MINUTES,
            breaching=START_MINUTES,
            # Grey rather than a false green when Container Insights falls silent.
            missing="missing",
            tells_all_clear=False,
        ),
        Alarm(
            name=f"service-{name}-cpu",
            notice=Notice(
                means=f"Customers wait: the tasks of {name} are out of CPU and scaling doesn't keep up.",
                look="whether the service is at its maximum, then the scaling activities.",
                runbook="service-cpu",
            ),
            measure=metrics.tasks(service, "CPUUtilization"),
            threshold=CPU_PERCENT,
            periods=10,
            breaching=10,
            tells_all_clear=False,
        ),
        Alarm(
            name=f"service-{name}-memory",
            notice=Notice(
                means=f"Requests to {name} may fail: a task is about to be killed for lack of memory.",
                look="memory by task in Container Insights, then the latest deployment.",
                runbook="service-memory",
            ),
            measure=metrics.tasks(service, "MemoryUtilization", "Maximum"),
            threshold=MEMORY_PERCENT,
            periods=5,
            breaching=5,
            tells_all_clear=False,
        ),
    ]
    if service.min_tasks < service.max_tasks:
        alarms.append(
            Alarm(
                name=f"service-{name}-at-maximum",
                notice=Notice(
                    means=f"{name} can't scale out further: more customers wait or get errors.",
                    look="its CPU and requests; raise scaling.max if the demand is real.",
                    runbook="service-at-maximum",
                ),
                measure=metrics.task_count(service, "DesiredTaskCount"),
                operator="GreaterThanOrEqualToThreshold",
                threshold=service.max_tasks,
                periods=START_MINUTES,
                breaching=START_MINUTES,
                tells_all_clear=False,
            )
        )
    return alarms
