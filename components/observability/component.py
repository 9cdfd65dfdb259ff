"""Monitoring of the shop: audit trail, traces, alarms, dashboards and saved queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from aws_facts.regions import EDGE_REGION
from components.base import Component
from components.handles import BucketHandle, EdgeHandle, KeyRing, ServiceHandle
from components.monitoring.values import DISTRIBUTION, LOAD_BALANCER, AlarmPlan, target_group
from components.monitoring.widgets import Row, Span, body, check, fitted
from components.observability import audit, dashboards, slo
from components.observability.monitored_service import MonitoredService
from components.observability.plan import alarm_plan, store_alarms
from components.observability.queries import saved_queries
from components.observability.resources import AlarmMaker, Known
from components.observability.services import trouble_name
from components.observability.tracing import make_tracing
from components.observability.trail import Trail, make_trail
from components.site import Site
from components.stores.databases import DATABASES
from components.stores.queues import QUEUES
from components.stores.registry import Stores
from specs import observability as specs
from specs.account import Account
from specs.sale import SaleEvent


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    site: Site
    keys: KeyRing
    observability: specs.Observability
    cluster_name: str
    """ECS cluster that the services run in."""
    services: Mapping[str, ServiceHandle]
    stores: Stores
    edge: EdgeHandle
    alert_topic_arn: pulumi.Output[str]
    """Topic in the stack's region."""
    edge_alert_topic_arn: pulumi.Output[str]
    """Topic in us-east-1: an alarm can only act on a topic of its own region."""
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1, where CloudFront and its web ACL publish their metrics."""
    access_logs: BucketHandle
    """Bucket that takes S3's access logs."""
    account: Account
    """Singletons of the account that this stack creates."""
    sales: Sequence[SaleEvent] = ()
    """Sales that the graphs mark. Default: none."""


class Observability(Component):
    """Monitoring resources; none of them serves customers."""

    tier = "observability"
    kind = "Observability"

    trail_arn: pulumi.Output[str]
    dashboard_names: tuple[str, ...]
    alarm_names: tuple[str, ...]
    """Physical names of all alarms, composites included."""
    budget_alarms: Mapping[str, str]
    """By service: physical name of the alarm that rings first where its error budget goes fast."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self._args = args
        self._services = [MonitoredService.of(handle, args.cluster_name) for handle in args.services.values()]
        settings = args.observability
        self._deferred = _deferred(args)
        trail = make_trail(
            self, key=args.keys.logs, settings=settings, access_logs=args.access_logs, stores=args.stores
        )
        make_tracing(
            self,
            key=args.keys.logs,
            settings=settings,
            services=self._services,
            encryption=args.account.trace_encryption,
        )
        plan = self._plan() + self._audit(trail)
        AlarmMaker(
            self,
            deferred=self._deferred,
            topic_arn=args.alert_topic_arn,
            edge_topic_arn=args.edge_alert_topic_arn,
            edge_provider=args.edge_provider,
        ).make(plan)
        self._queries(trail)
        self.trail_arn = trail.arn
        self.alarm_names = tuple(args.site.named(alarm) for alarm in plan.names)
        first = {one.name: args.site.named(slo.first_alarm(one)) for one in self._services}
        self.budget_alarms = {name: alarm for name, alarm in first.items() if alarm in self.alarm_names}
        self.dashboard_names = tuple(self._dashboards(plan))
        self.register_outputs(
            {
                "trailArn": self.trail_arn,
                "dashboardNames": list(self.dashboard_names),
                "alarmNames": list(self.alarm_names),
            }
        )

    def _plan(self) -> AlarmPlan:
        return alarm_plan(
            services=self._services,
            stores=self._args.stores,
            web_acls=self._args.edge.web_acl_names,
            region=self.site.region,
            settings=self._args.observability,
        )

    def _audit(self, trail: Trail) -> AlarmPlan:
        """Metric filters over the trail, and the alarms on what they count."""
        namespace = f"{self.site.prefix}/audit"
        events = audit.watched_events(production=self.site.production)
        for event in events:
            aws.cloudwatch.LogMetricFilter(
                self.child("audit", event.name),
                name=self.site.named("audit", event.name),
                log_group_name=trail.log_group.name,
                pattern=event.pattern,
                metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                    namespace=namespace, name=event.metric_name, value="1", default_value="0", unit="Count"
                ),
                opts=self.opts(parent=trail.log_group),
            )
        return AlarmPlan(alarms=tuple(audit.event_alarm(event, namespace) for event in events))

    def _queries(self, trail: Trail) -> None:
        queries = saved_queries(
            # Pods of one cluster share one log group.
            services=list(dict.fromkeys(service.log_group_name for service in self._services)),
            databases=[group for one in self._args.stores.of(DATABASES).values() for group in one.log_group_names],
            trail=trail.log_group_name,
        )
        for query in queries:
            aws.cloudwatch.QueryDefinition(
                self.child("query", query.name.replace("/", "-").replace(" ", "-")),
                name=f"{self.site.prefix}/{query.name}",
                query_string=query.text,
                log_group_names=list(query.log_groups),
                opts=self.opts(),
            )

    def _dashboards(self, plan: AlarmPlan) -> Sequence[str]:
        site, stores = self.site, self._args.stores
        at_edge = {one.name for one in (*plan.alarms, *plan.composites) if one.at_edge}

        def arns(names: Sequence[str]) -> list[str]:
            return [
                site.arn("cloudwatch", f"alarm:{site.named(name)}", region=EDGE_REGION if name in at_edge else None)
                for name in names
            ]

        joints = [one.name for one in plan.composites if one.name in ("shop", "edge")]
        joints += [trouble_name(service) for service in self._services]
        of_stores = [alarm.name for alarm in store_alarms(stores, self._args.observability)]
        rows = {
            site.prefix: dashboards.shop_rows(
                title=site.prefix,
                region=site.region,
                services=self._services,
                stores=stores,
                web_acls=self._args.edge.web_acl_names,
                joint_alarms=arns(joints),
                store_alarms=arns(of_stores),
            )
        }
        members = {one.name: one.members for one in plan.composites}
        for service in self._services:
            joint = trouble_name(service)
            rows[site.named(service.name)] = dashboards.service_rows(
                service,
                title=site.named(service.name),
                queue=stores.of(QUEUES).get(service.backlog_queue) if service.backlog_queue else None,
                alarms=arns([joint, *members[joint]]),
            )
        for name, content in rows.items():
            self._dashboard(name, content)
        return list(rows)

    def _dashboard(self, name: str, rows: Sequence[Row]) -> None:
        region = self.site.region
        spans = [
            Span(label=sale.name, start=sale.start.isoformat(), end=sale.end.isoformat()) for sale in self._args.sales
        ]
        rows = fitted(rows)
        check(rows)
        aws.cloudwatch.Dashboard(
            self.child("dashboard", name),
            dashboard_name=name,
            dashboard_body=pulumi.Output.all(**self._deferred).apply(lambda known: body(rows, region, known, spans)),
            opts=self.opts(),
        )


def _deferred(args: ObservabilityArgs) -> Known:
    """Outputs of the `DeferredDimension` values, by their keys."""
    groups = {
        target_group(name).key: handle.target_group_arn_suffix
        for name, handle in args.services.items()
        if handle.target_group_arn_suffix is not None
    }
    alternates = {
        target_group(name, alternate=True).key: handle.alternate_target_group_arn_suffix
        for name, handle in args.services.items()
        if handle.alternate_target_group_arn_suffix is not None
    }
    return {
        LOAD_BALANCER.key: args.edge.load_balancer_arn_suffix,
        DISTRIBUTION.key: args.edge.distribution_id,
        **groups,
        **alternates,
    }
