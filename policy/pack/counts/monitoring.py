"""Logs, alarms, dashboards, traces, events, schedules, documents of Systems Manager, and what records and advises."""

from __future__ import annotations

import re
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from ..graph import Graph
from ..resource import Resource
from ..tokens import LOG_GROUP, PARAMETER, TRAIL
from ..values import Block, document
from .base import (
    Counter,
    QuotaUse,
    amount,
    document_size,
    each,
    items,
    known_or,
    label,
    shared,
    text_size,
    total,
    where,
)

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
EVENT_BUS = "aws:cloudwatch/eventBus:EventBus"
BUS_POLICY = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
WINDOW = "aws:ssm/maintenanceWindow:MaintenanceWindow"
BASELINE = "aws:ssm/patchBaseline:PatchBaseline"
DOCUMENT = "aws:ssm/document:Document"
CONFIG_RULE = "aws:cfg/rule:Rule"
CONFORMANCE_PACK = "aws:cfg/conformancePack:ConformancePack"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

_CHILD = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+)[\"']?\s*\)")
_RULE_OF_PACK = re.compile(r"AWS::Config::ConfigRule\b")
_ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")


def _children(alarm: Resource) -> set[str]:
    return set(_CHILD.findall(alarm.text("alarmRule") or ""))


def _watchers(graph: Graph) -> Iterator[QuotaUse]:
    """Composite alarms that look at each alarm."""
    tally: Tally[str] = Tally()
    for composite in graph.of(COMPOSITE):
        tally.update(known_or((), partial(_children, composite)))
    for name, composites in tally.items():
        yield QuotaUse("compositesPerAlarm", f"alarm {name}", float(composites))


def _actions(alarm: Resource) -> float:
    return float(max(len(alarm.items(path)) for path in _ACTIONS))


def _widgets(dashboard: Resource) -> list[Block]:
    return Block(document(dashboard.raw("dashboardBody"))).blocks("widgets")


def _metrics(widget: Block) -> int:
    return len(widget.items("properties.metrics"))


def _bus_rules(graph: Graph) -> Iterator[QuotaUse]:
    """Rules of each event bus; one that names none is on the account's own."""
    found: dict[str, float] = defaultdict(float)
    for rule in graph.of(EVENT_RULE):
        buses = known_or([], partial(graph.targets, rule, "eventBusName", EVENT_BUS))
        name = known_or(None, partial(rule.raw, "eventBusName"))
        holder = label(buses[0]) if buses else name if isinstance(name, str) and name else "default"
        found[holder] += 1
    for holder, rules in found.items():
        yield QuotaUse("rulesPerBus", f"event bus {holder}", rules, of_account=holder == "default")


def _targets(graph: Graph) -> Iterator[QuotaUse]:
    """Targets of each rule, which has a bus and a name."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    labels: dict[str, str] = {}
    for target in graph.of(EVENT_TARGET):
        rules = known_or([], partial(graph.targets, target, "rule", EVENT_RULE))
        value = known_or(None, partial(target.raw, "rule"))
        if rules:
            labels[rules[0].urn] = label(rules[0])
            found[rules[0].urn, ""] += 1
        elif isinstance(value, str):
            bus = known_or(None, partial(target.raw, "eventBusName"))
            found[value, bus if isinstance(bus, str) else ""] += 1
    for (rule, _), targets in found.items():
        yield QuotaUse("targetsPerEventRule", labels.get(rule, rule), targets)


def _value(parameter: Resource) -> tuple[str, float]:
    advanced = (parameter.text("tier") or "Standard") == "Advanced"
    return ("advancedParameterSize" if advanced else "parameterSize"), amount(text_size("value"), parameter)


def _parameters(graph: Graph) -> Iterator[QuotaUse]:
    for parameter in graph.of(PARAMETER):
        found = known_or(None, partial(_value, parameter))
        if found is not None:
            yield QuotaUse(found[0], label(parameter), found[1])


def _pack_rules(pack: Resource) -> float:
    return float(len(_RULE_OF_PACK.findall(pack.text("templateBody") or "")))


def _config_rules(resource: Resource) -> float:
    return 1.0 if resource.token == CONFIG_RULE else _pack_rules(resource)


def _conditions(trail: Resource) -> float:
    fields = [field for one in trail.blocks("advancedEventSelectors") for field in one.blocks("fieldSelectors")]
    operators = ("equals", "notEquals", "startsWiths", "notStartsWiths", "endsWiths", "notEndsWiths")
    return float(sum(len(field.items(operator)) for field in fields for operator in operators))


def _resources(trail: Resource) -> float:
    chosen = [data for one in trail.blocks("eventSelectors") for data in one.blocks("dataResources")]
    return float(sum(len(data.items("values")) for data in chosen))


COUNTERS: tuple[Counter, ...] = (
    total("logGroups", LOG_GROUP),
    total("logResourcePolicies", LOG_POLICY),
    each("logPolicySize", LOG_POLICY, measure=text_size("policyDocument")),
    shared("metricFiltersPerGroup", [LOG_GROUP], ("aws:cloudwatch/logMetricFilter:LogMetricFilter", "logGroupName")),
    shared(
        "subscriptionsPerGroup", [LOG_GROUP], ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "logGroup")
    ),
    total("savedQueries", "aws:cloudwatch/queryDefinition:QueryDefinition"),
    total("alarms", ALARM, COMPOSITE),
    each("alarmsPerComposite", COMPOSITE, measure=lambda one: float(len(_children(one)))),
    each("compositeRuleSize", COMPOSITE, measure=text_size("alarmRule")),
    _watchers,
    each("actionsPerAlarm", ALARM, COMPOSITE, measure=_actions),
    each("widgetsPerDashboard", DASHBOARD, measure=lambda one: float(len(_widgets(one)))),
    each("metricsPerWidget", DASHBOARD, measure=lambda one: float(max(map(_metrics, _widgets(one)), default=0))),
    each("metricsPerDashboard", DASHBOARD, measure=lambda one: float(sum(map(_metrics, _widgets(one))))),
    total("contributorRules", "aws:cloudwatch/contributorInsightRule:ContributorInsightRule"),
    total("canaries", "aws:synthetics/canary:Canary"),
    total("traceGroups", "aws:xray/group:Group"),
    total("samplingRules", "aws:xray/samplingRule:SamplingRule"),
    total("eventBuses", EVENT_BUS),
    _bus_rules,
    _targets,
    each("eventPatternSize", EVENT_RULE, measure=document_size("eventPattern")),
    each("busPolicySize", BUS_POLICY, measure=document_size("policy")),
    total("scheduleGroups", "aws:scheduler/scheduleGroup:ScheduleGroup"),
    total("stateMachines", STATE_MACHINE),
    each("stateMachineSize", STATE_MACHINE, measure=text_size("definition")),
    total("parameters", PARAMETER, measure=where("tier", "Standard", otherwise="Standard")),
    _parameters,
    total("documents", DOCUMENT),
    each("documentSize", DOCUMENT, measure=text_size("content")),
    total("maintenanceWindows", WINDOW),
    shared("tasksPerWindow", [WINDOW], ("aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", "windowId")),
    shared("targetsPerWindow", [WINDOW], ("aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "windowId")),
    total("patchBaselines", BASELINE),
    shared("patchGroupsPerBaseline", [BASELINE], ("aws:ssm/patchGroup:PatchGroup", "baselineId")),
    total("trails", TRAIL),
    each("trailConditions", TRAIL, measure=_conditions),
    each("trailDataResources", TRAIL, measure=_resources),
    total("configRules", CONFIG_RULE, CONFORMANCE_PACK, measure=_config_rules),
    total("conformancePacks", CONFORMANCE_PACK),
    each("rulesPerConformancePack", CONFORMANCE_PACK, measure=_pack_rules),
    total("detectorFilters", "aws:guardduty/filter:Filter"),
    total("automationRules", "aws:securityhub/automationRule:AutomationRule"),
    each("budgetNotifications", "aws:budgets/budget:Budget", measure=items("notifications")),
)
