"""From alarms as values to CloudWatch's resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.cloudwatch import (
    CompositeAlarmActionsSuppressorArgs,
    MetricAlarmMetricQueryArgs,
    MetricAlarmMetricQueryMetricArgs,
)

from components.base import Component
from components.monitoring.values import Alarm, AlarmPlan, Composite, DeferredDimension, Math, Metric

# Seconds that a composite waits for the alarm that would explain it, as both see the same minute one after the other.
SUPPRESSOR_WAIT: Final = 120
# Seconds that it stays silent after the explanation has ended, for its own alarms to end as well.
SUPPRESSOR_EXTENSION: Final = 300

Known = Mapping[str, pulumi.Output[str]]


class AlarmMaker:
    """Makes the alarms of one component; composites depend on what they are made of."""

    def __init__(
        self,
        tier: Component,
        *,
        deferred: Known,
        topic_arn: pulumi.Output[str],
        edge_topic_arn: pulumi.Output[str],
        edge_provider: pulumi.ProviderResource,
    ) -> None:
        """`deferred` has the outputs of the `DeferredDimension` values, by their keys."""
        self._tier = tier
        self._deferred = deferred
        self._topic_arn = topic_arn
        self._edge_topic_arn = edge_topic_arn
        self._edge_provider = edge_provider
        self._made: dict[str, pulumi.Resource] = {}

    def make(self, plan: AlarmPlan) -> None:
        for alarm in plan.alarms:
            self._made[alarm.name] = self._metric_alarm(alarm)
        for composite in plan.composites:
            self._made[composite.name] = self._composite_alarm(composite)

    def _metric_alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        physical = self._tier.site.named(alarm.name)
        topic = [self._topic(alarm.at_edge)]
        measure = alarm.measure
        single = measure if isinstance(measure, Metric) else None
        return aws.cloudwatch.MetricAlarm(
            self._tier.child(alarm.name),
            name=physical,
            alarm_description=alarm.notice.text,
            namespace=single.namespace if single else None,
            metric_name=single.name if single else None,
            dimensions=self._dimensions(single) if single else None,
            period=single.period if single else None,
            statistic=single.stat if single else None,
            metric_queries=self._queries(measure) if isinstance(measure, Math) else None,
            comparison_operator=alarm.operator,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.breaching,
            treat_missing_data=alarm.missing,
            alarm_actions=topic if alarm.tells else None,
            ok_actions=topic if alarm.tells and alarm.tells_all_clear else None,
            tags=self._tier.tags("internal", physical),
            opts=self._tier.opts(provider=self._provider(alarm.at_edge)),
        )

    def _composite_alarm(self, composite: Composite) -> aws.cloudwatch.CompositeAlarm:
        physical = self._tier.site.named(composite.name)
        topic = [self._topic(composite.at_edge)]
        suppressor = composite.suppressor
        needed = [*composite.members, *([suppressor] if suppressor else [])]
        return aws.cloudwatch.CompositeAlarm(
            self._tier.child(composite.name),
            alarm_name=physical,
            alarm_description=composite.notice.text,
            alarm_rule=composite.rule(self._tier.site.prefix),
            actions_suppressor=CompositeAlarmActionsSuppressorArgs(
                alarm=self._tier.site.named(suppressor),
                wait_period=SUPPRESSOR_WAIT,
                extension_period=SUPPRESSOR_EXTENSION,
            )
            if suppressor
            else None,
            alarm_actions=topic if composite.tells else None,
            ok_actions=topic if composite.tells and composite.tells_all_clear else None,
            tags=self._tier.tags("internal", physical),
            opts=self._tier.opts(
                provider=self._provider(composite.at_edge), depends_on=[self._made[name] for name in needed]
            ),
        )

    def _queries(self, measure: Math) -> list[MetricAlarmMetricQueryArgs]:
        terms = [
            MetricAlarmMetricQueryArgs(
                id=name,
                metric=MetricAlarmMetricQueryMetricArgs(
                    namespace=term.namespace,
                    metric_name=term.name,
                    dimensions=self._dimensions(term),
                    period=term.period,
                    stat=term.stat,
                ),
                return_data=False,
            )
            for name, term in measure.terms.items()
        ]
        result = MetricAlarmMetricQueryArgs(
            id="result", expression=measure.expression(), label=measure.label, return_data=True
        )
        return [*terms, result]

    def _dimensions(self, metric: Metric) -> dict[str, pulumi.Input[str]]:
        return {
            name: self._deferred[value.key] if isinstance(value, DeferredDimension) else value
            for name, value in metric.dimensions
        }

    def _topic(self, at_edge: bool) -> pulumi.Output[str]:
        return self._edge_topic_arn if at_edge else self._topic_arn

    def _provider(self, at_edge: bool) -> pulumi.ProviderResource | None:
        return self._edge_provider if at_edge else None
