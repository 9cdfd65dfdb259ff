"""Content of the dashboards: one of the whole shop, from customers inwards, and one of each service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from components.monitoring.values import HOUR, MINUTE, Measure, Metric
from components.monitoring.widgets import MAX_WIDGET_ALARMS, Alarms, Graph, Logs, Row, Text, Widget
from components.observability import edge_alarms, metrics
from components.observability.monitored_service import MonitoredService
from components.observability.slo import BURNS, INDICATORS, LATENCY_OBJECTIVE_PERCENT, Indicator, burn_rate
from components.stores.queues import QUEUES, QueueHandle
from components.stores.registry import KINDS, Stores

_BURN_MARKS: Final = tuple((f"{burn.name}: {burn.spends}", burn.rate) for burn in BURNS)
_PERCENTILES: Final = ("p50", "p90", "p99")
_LATEST_ERRORS: Final = (
    r"fields @timestamp, @message | filter @message like /(?i)\b(error|exception|fatal|panic|timeout|refused)\b/ "
    "| sort @timestamp desc | limit 50"
)


def shop_rows(
    *,
    title: str,
    region: str,
    services: Sequence[MonitoredService],
    stores: Stores,
    web_acls: Mapping[str, str],
    joint_alarms: Sequence[str],
    store_alarms: Sequence[str],
) -> list[Row]:
    """The whole shop: states, the edge, the load balancer, service levels, services, stores.

    `joint_alarms` and `store_alarms` are ARNs of alarms: the composites, and those on stores.
    """
    rows: list[Row] = [
        [Text(markdown=f"# {title}\nFrom customers inwards. What to do when an alarm rings: `docs/runbooks.md`.")],
        [
            Alarms(title="Shop and services", arns=tuple(joint_alarms[:MAX_WIDGET_ALARMS])),
            *([Alarms(title="Stores", arns=tuple(store_alarms[:MAX_WIDGET_ALARMS]))] if store_alarms else []),
        ],
        [Text(markdown="## Edge", height=1)],
        _edge(region, web_acls),
        [Text(markdown="## Load balancer", height=1)],
        _load_balancer(),
        [Text(markdown="## Service levels", height=1)],
        [_burn_graph(f"Error budget, burn rate over an hour: {one.name}", services, one) for one in INDICATORS],
        [Text(markdown="## Services", height=1)],
        _services(services),
    ]
    # Queue work comes last, as customers wait for the rest first.
    for kind in sorted(KINDS, key=lambda kind: kind.is_worked_off):
        if (found := list(stores.of(kind).values())) and (row := kind.row(found)):
            rows += [[Text(markdown=f"## {kind.title}", height=1)], row]
    # A graph without series shows nothing but an error, so what this shop does not have is left out.
    shown = [[widget for widget in row if not isinstance(widget, Graph) or widget.series] for row in rows]
    return [row for row in shown if row]


def service_rows(
    service: MonitoredService, *, title: str, queue: QueueHandle | None, alarms: Sequence[str]
) -> list[Row]:
    """One service; `queue` is the one it works off, `alarms` are the ARNs of its alarms, its composite first."""
    promise = (
        f"Promised: {service.availability_percent:g} % of requests without error, "
        f"{LATENCY_OBJECTIVE_PERCENT:g} % within {service.latency_p99} ms."
    )
    rows: list[Row] = [
        [Text(markdown=f"# {title}\n{promise} What to do when an alarm rings: `docs/runbooks.md`.")],
        [Alarms(title="Alarms", arns=tuple(alarms[:MAX_WIDGET_ALARMS]), height=4)],
    ]
    rows += [row for row in (_traffic(service), _budget(service)) if row]
    rows.append(_tasks(service))
    if queue is not None:
        rows.append(QUEUES.row([queue]))
    rows.append([Logs(title="Latest errors", log_group=service.log_group_name, query=_LATEST_ERRORS, height=8)])
    return rows


def _edge(region: str, web_acls: Mapping[str, str]) -> Row:
    widgets: list[Widget] = [
        Graph(
            title="Requests to CloudFront, a minute",
            series=(metrics.distribution("Requests").labelled("requests"),),
            axis="requests",
        ),
        Graph(
            title="Errors of CloudFront",
            series=tuple(
                metrics.distribution(name, "Average").labelled(label)
                for name, label in (("4xxErrorRate", "4xx"), ("5xxErrorRate", "5xx"))
            ),
            axis="percent",
            marks=(("alarm", edge_alarms.ERRORS_PERCENT),),
        ),
        Graph(
            title="Cache hits and time of the origin",
            series=(
                metrics.distribution("CacheHitRate", "Average").labelled("cache hits, percent"),
                metrics.distribution("OriginLatency", "p99").labelled("origin p99, ms"),
            ),
        ),
    ]
    blocked: tuple[Metric, ...] = tuple(
        metrics.web_acl(scope, acl, region, name).labelled(f"{acl}: {label}")
        for scope, acl in web_acls.items()
        for name, label in (("BlockedRequests", "blocked"), ("AllowedRequests", "allowed"))
    )
    return [*widgets, Graph(title="Web ACLs, requests a minute", series=blocked, axis="requests")]


def _load_balancer() -> Row:
    lb = metrics.load_balancer
    return [
        Graph(title="Requests, a minute", series=(lb("RequestCount").labelled("requests"),), axis="requests"),
        Graph(
            title="Failed requests",
            series=(
                edge_alarms.shop_failures(),
                lb("HTTPCode_Target_5XX_Count").labelled("5xx of services"),
                lb("HTTPCode_ELB_5XX_Count").labelled("5xx of the load balancer"),
            ),
        ),
        Graph(
            title="Answer time",
            series=tuple(lb("TargetResponseTime", stat).labelled(stat) for stat in _PERCENTILES),
            axis="seconds",
        ),
        Graph(
            title="Connections and capacity",
            series=(
                lb("ActiveConnectionCount").labelled("active"),
                lb("NewConnectionCount").labelled("new"),
                lb("RejectedConnectionCount").labelled("rejected"),
                lb("PeakLCUs", "Maximum").labelled("capacity units at peak"),
            ),
        ),
    ]


def _services(services: Sequence[MonitoredService]) -> Row:
    return [
        Graph(title="Requests, a minute", series=_each(services, metrics.requests_of), axis="requests"),
        Graph(title="Failed requests", series=_each(services, metrics.failures_of), axis="percent"),
        Graph(
            title="CPU",
            series=tuple(metrics.tasks(one, "CPUUtilization").labelled(one.name) for one in services),
            axis="percent",
        ),
        Graph(
            title="Running tasks",
            series=tuple(metrics.task_count(one, "RunningTaskCount").labelled(one.name) for one in services),
            axis="tasks",
        ),
    ]


def _traffic(service: MonitoredService) -> Row:
    widgets: list[Widget] = []
    requests, failures = metrics.requests_of(service), metrics.failures_of(service)
    if requests is None or failures is None:
        return widgets
    if service.is_public:
        times = tuple(
            metric.labelled(stat if name == "time" else f"{stat}, second set")
            for stat in _PERCENTILES
            for name, metric in metrics.behind(service, "time", "TargetResponseTime", stat).items()
        )
        axis, promise = "seconds", service.latency_p99 / metrics.MS_PER_SECOND
    else:
        times = tuple(
            metrics.service_answered(service, "TargetResponseTime", stat).labelled(stat)
            for stat in ("Average", "Maximum")
        )
        axis, promise = "ms", float(service.latency_p99)
    return [
        Graph(title="Requests, a minute", series=(requests,), axis="requests"),
        Graph(title="Failed requests", series=(failures,), axis="percent"),
        Graph(title="Answer time", series=times, axis=axis, marks=(("promised for 99 %", promise),)),
    ]


def _budget(service: MonitoredService) -> Row:
    return [
        Graph(
            title=f"Error budget, burn rate: {indicator.name}",
            series=series,
            axis="times the budget",
            marks=_BURN_MARKS,
        )
        for indicator in INDICATORS
        if (
            series := tuple(
                rate.labelled(f"over {window // MINUTE} minutes")
                for window in (HOUR, 5 * MINUTE)
                if (rate := burn_rate(service, indicator, window)) is not None
            )
        )
    ]


def _tasks(service: MonitoredService) -> Row:
    return [
        Graph(
            title="Tasks",
            series=tuple(
                metrics.task_count(service, f"{state}TaskCount").labelled(state.lower())
                for state in ("Desired", "Running", "Pending")
            ),
            axis="tasks",
            marks=(("most", float(service.max_tasks)),),
        ),
        Graph(
            title="CPU and memory",
            series=(
                metrics.tasks(service, "CPUUtilization").labelled("CPU"),
                metrics.tasks(service, "MemoryUtilization", "Maximum").labelled("memory, fullest task"),
            ),
            axis="percent",
        ),
    ]


def _burn_graph(title: str, services: Sequence[MonitoredService], indicator: Indicator) -> Graph:
    rates = [burn_rate(one, indicator, HOUR) for one in services]
    series = tuple(rate for rate in rates if rate is not None)
    return Graph(title=title, series=series, axis="times the budget", marks=_BURN_MARKS)


def _each(
    services: Sequence[MonitoredService], measure: Callable[[MonitoredService], Measure | None]
) -> tuple[Measure, ...]:
    return tuple(one for service in services if (one := measure(service)) is not None)
