"""Rules for what watches and what restores: CloudTrail, log groups, alarms, backups."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..encryption import OUTSIDE_KEYS, key_problem
from ..graph import Graph, values_at
from ..patterns import matches
from ..resource import Resource
from ..rule import PRODUCTION_STACKS, Problems, RuleContext, RuleOption, Scope, Severity, rule
from ..tokens import ECS_SERVICE, LOG_GROUP, RDS_CLUSTER, RDS_INSTANCE, TABLE, TRAIL, VPC
from ..values import UndecidedError, Unknown

DETECTOR = "aws:guardduty/detector:Detector"
METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SELECTION = "aws:backup/selection:Selection"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
CODEDEPLOY_GROUP = "aws:codedeploy/deploymentGroup:DeploymentGroup"

# Reference to another alarm in a composite alarm's rule.
_ALARM = re.compile(r'ALARM\s*\(\s*(?:"([^"]+)"|([^"\s)]+))\s*\)', re.IGNORECASE)


@rule(
    TRAIL,
    VPC,
    name="cloudtrail-baseline",
    title="A trail records every region, with log file validation and encryption; a production network has one.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=(
        "FSBP CloudTrail.1",
        "FSBP CloudTrail.2",
        "FSBP CloudTrail.4",
        "CIS 3.1",
        "CIS 3.2",
        "CKV_AWS_35",
        "CKV_AWS_36",
        "CKV_AWS_67",
    ),
    options=(
        OUTSIDE_KEYS,
        PRODUCTION_STACKS,
        RuleOption(
            name="organizationTrail",
            schema={"type": "boolean"},
            default=False,
            meaning="whether a trail of the organisation covers the account, so that the stack needs none",
        ),
    ),
    remedy="Set is_multi_region_trail, enable_log_file_validation and kms_key_id on an aws.cloudtrail.Trail",
)
def cloudtrail_baseline(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == VPC:
        covered = context.options["organizationTrail"] or context.whole.of(TRAIL)
        if context.production and not covered:
            yield "no trail records its API calls"
        return
    if not resource.flag("isMultiRegionTrail"):
        yield "records one region"
    if not resource.flag("enableLogFileValidation"):
        yield "can be altered unnoticed (no log file validation)"
    if not resource.flag("enableLogging", default=True):
        yield "is disabled"
    if not resource.flag("includeGlobalServiceEvents", default=True):
        yield "leaves out global services such as IAM"
    if not _records_management(resource):
        yield "leaves out management events, or some of them"
    if problem := key_problem(resource, "kmsKeyId", context):
        yield problem


def _records_management(trail: Resource) -> bool:
    """Whether every management event is recorded, reads and writes: by default, by old selectors or by new ones."""
    old, new = trail.blocks("eventSelectors"), trail.blocks("advancedEventSelectors")
    if not old and not new:
        return True
    fields = [{field.text("field"): field for field in selector.blocks("fieldSelectors")} for selector in new]
    return any(
        item.flag("includeManagementEvents", default=True) and (item.text("readWriteType") or "All") == "All"
        for item in old
    ) or any(
        "readOnly" not in field and "Management" in field["eventCategory"].texts("equals")
        for field in fields
        if "eventCategory" in field
    )


@rule(
    DETECTOR,
    VPC,
    name="guardduty-on",
    title="GuardDuty is enabled; a production network has a detector.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP GuardDuty.1", "CKV_AWS_238", "CKV2_AWS_3"),
    options=(
        PRODUCTION_STACKS,
        RuleOption(
            name="organizationDetector",
            schema={"type": "boolean"},
            default=False,
            meaning="whether the organisation switches GuardDuty on in the account, so that the stack need not",
        ),
    ),
    remedy="Add an aws.guardduty.Detector with enable=True, or look the account's own up and put it into a component's "
    "output adopted.detectorId",
)
def guardduty_on(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == VPC:
        graph = context.whole
        there = any(_same_region(detector, resource) for detector in graph.of(DETECTOR))
        watched = context.options["organizationDetector"] or there or _adopts_detector(graph)
        if context.production and not watched:
            yield "no GuardDuty detector covers it"
    elif not resource.flag("enable", default=True):
        yield "is disabled"


def _same_region(detector: Resource, network: Resource) -> bool:
    """Whether a detector may be in the network's region: it watches no other."""
    regions = [one.outputs.get("region") for one in (detector, network)]
    return len({region for region in regions if isinstance(region, str) and region}) < 2


def _adopts_detector(graph: Graph) -> bool:
    """Whether a component names, among its outputs, the detector that the account has and the stack relies on."""
    found = (one.outputs.get("adopted") for one in graph.resources if not one.token.startswith("aws:"))
    return any(isinstance(one, Mapping) and one.get("detectorId") for one in found)


@rule(
    LOG_GROUP,
    name="log-group-retention-cmk",
    title="Log groups have a retention, and a key of this program.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP CloudWatch.16", "CKV_AWS_66", "CKV_AWS_158"),
    options=(OUTSIDE_KEYS,),
    remedy="Set retention_in_days and kms_key_id",
)
def log_group_retention_cmk(group: Resource, context: RuleContext) -> Problems:
    if not group.number("retentionInDays") and group.text("logGroupClass") != "DELIVERY":
        yield "has no retention"
    if problem := key_problem(group, "kmsKeyId", context):
        yield problem


@rule(
    METRIC_ALARM,
    COMPOSITE_ALARM,
    name="alarms-have-actions",
    title="Every alarm has an effect: an action, a composite alarm, or a deployment rollback.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP CloudWatch.15", "FSBP CloudWatch.17", "CKV_AWS_319"),
    remedy="Set alarm_actions to the alert topic, and leave actions_enabled on",
)
def alarms_have_actions(alarm: Resource, context: RuleContext) -> Problems:
    if alarm.present("alarmActions"):
        if not alarm.flag("actionsEnabled", default=True):
            yield "has its actions disabled"
    elif not _feeds_something(context.whole, alarm):
        yield "has no action"


def _feeds_something(graph: Graph, alarm: Resource) -> bool:
    if any(_mentions(composite, alarm) for composite in graph.of(COMPOSITE_ALARM)):
        return True
    users = ((ECS_SERVICE, "alarms.alarmNames"), (CODEDEPLOY_GROUP, "alarmConfiguration.alarms"))
    return any(graph.companions(alarm, path, token) for token, path in users)


def _mentions(composite: Resource, alarm: Resource) -> bool:
    """Whether a composite alarm's rule, or its suppressor, names the alarm."""
    if composite.urn == alarm.urn:
        return False
    rule_text, name = composite.raw("alarmRule"), alarm.raw("name" if alarm.token == METRIC_ALARM else "alarmName")
    suppressor = composite.raw("actionsSuppressor.alarm")
    if isinstance(rule_text, str) and isinstance(name, str):
        names = {quoted or bare for quoted, bare in _ALARM.findall(rule_text)}
        return any(found == name or found.endswith(f":alarm:{name}") for found in names) or suppressor == name
    return alarm.urn in composite.linked("alarmRule") or alarm.urn in composite.linked("actionsSuppressor")


@rule(
    RDS_CLUSTER,
    RDS_INSTANCE,
    TABLE,
    FILE_SYSTEM,
    name="backup-coverage",
    title="In production, AWS Backup covers every data store.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP RDS.26", "FSBP DynamoDB.4", "FSBP EFS.2", "CKV2_AWS_8", "CKV2_AWS_9", "CKV2_AWS_18"),
    production_only=True,
    remedy="Name its ARN in an aws.backup.Selection, or select by a tag that it carries",
)
def backup_coverage(store: Resource, context: RuleContext) -> Problems:
    if not any(_selects(context.whole, selection, store) for selection in context.whole.of(SELECTION)):
        yield "no backup selection covers it"


def _selects(graph: Graph, selection: Resource, store: Resource) -> bool:
    if graph.refers(selection, "notResources", store):
        return False
    if graph.refers(selection, "resources", store):
        return True
    arn = store.outputs.get("arn")
    patterns = values_at(selection, "resources")[0]
    if isinstance(arn, str) and any(matches(pattern, arn) for pattern in patterns):
        return _tagged(selection, store) if selection.present("conditions") else True
    if patterns == {"*"} and not selection.present("conditions"):
        return True
    if isinstance(arn, Unknown) and any("*" in pattern for pattern in patterns):
        raise UndecidedError("arn")
    return bool(selection.blocks("selectionTags")) and any(
        _carries(store, block.text("key"), block.text("value")) for block in selection.blocks("selectionTags")
    )


def _tagged(selection: Resource, store: Resource) -> bool:
    """Whether the store carries every tag that the selection's conditions ask for with StringEquals."""
    wanted = selection.blocks("conditions.stringEquals")
    return all(
        _carries(store, (block.text("key") or "").removeprefix("aws:ResourceTag/"), block.text("value"))
        for block in wanted
    )


def _carries(store: Resource, key: str | None, value: str | None) -> bool:
    return key is not None and store.tags().get(key) == value


RULES = (cloudtrail_baseline, guardduty_on, log_group_retention_cmk, alarms_have_actions, backup_coverage)
