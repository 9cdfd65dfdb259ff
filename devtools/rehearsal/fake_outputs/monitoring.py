"""Outputs of logs, alarms, trails, traces, events and schedules."""

from __future__ import annotations

from typing import Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, last_part, regional

_DEFAULT_BUS: Final = "default"


def _bus(thing: FakeResource) -> str:
    return last_part(thing.text("eventBusName", _DEFAULT_BUS))


def _on_bus(thing: FakeResource, name: str) -> str:
    """`name`, with its event bus before it unless that is the default one."""
    bus = _bus(thing)
    return name if bus == _DEFAULT_BUS else f"{bus}/{name}"


def _target_id(thing: FakeResource) -> str:
    return thing.text("targetId", thing.fill("terraform-{hex26}"))


def _event_target(thing: FakeResource) -> str:
    parts = [thing.text("rule"), _target_id(thing)]
    return "-".join(parts if _bus(thing) == _DEFAULT_BUS else [_bus(thing), *parts])


def _delivery_type(thing: FakeResource) -> str:
    """S3, CWL or FH: the service that a log delivery destination's ARN belongs to."""
    configuration = thing.inputs.get("deliveryDestinationConfiguration") or {}
    arn = str(configuration.get("destinationResourceArn", ""))
    return {"logs": "CWL", "firehose": "FH", "s3": "S3"}.get(arn.split(":")[2] if arn.count(":") > 2 else "", "XRAY")


def _schedule_group(thing: FakeResource) -> str:
    return thing.text("groupName", "default")


KINDS: dict[str, ResourceKind] = {
    "cloudwatch/logGroup": ResourceKind("{name}", regional("logs", "log-group:{name}"), {"logGroupClass": "STANDARD"}),
    "cloudwatch/logStream": ResourceKind("{name}", regional("logs", "log-group:{logGroupName}:log-stream:{name}")),
    "cloudwatch/logMetricFilter": ResourceKind("{name}"),
    "cloudwatch/logSubscriptionFilter": ResourceKind("cwlsf-{digits10}"),
    "cloudwatch/logResourcePolicy": ResourceKind(
        "{policyName}", outputs={"policyScope": "ACCOUNT", "revisionId": "{uuid}"}
    ),
    "cloudwatch/logAccountPolicy": ResourceKind("{policyName}:{policyType}"),
    "cloudwatch/logDataProtectionPolicy": ResourceKind("{logGroupName}"),
    "cloudwatch/logIndexPolicy": ResourceKind("{logGroupName}"),
    "cloudwatch/logAnomalyDetector": ResourceKind("{arn}", regional("logs", "anomaly-detector:{uuid}")),
    "cloudwatch/logDestination": ResourceKind("{name}", regional("logs", "destination:{name}")),
    "cloudwatch/logDestinationPolicy": ResourceKind("{destinationName}"),
    "cloudwatch/logDeliverySource": ResourceKind(
        "{name}", regional("logs", "delivery-source:{name}"), {"service": lambda t: _arn_service(t.text("resourceArn"))}
    ),
    "cloudwatch/logDeliveryDestination": ResourceKind(
        "{name}", regional("logs", "delivery-destination:{name}"), {"deliveryDestinationType": _delivery_type}
    ),
    "cloudwatch/logDeliveryDestinationPolicy": ResourceKind("{deliveryDestinationName}"),
    "cloudwatch/logDelivery": ResourceKind("{lower16}", regional("logs", "delivery:{id}")),
    "cloudwatch/queryDefinition": ResourceKind(
        "{uuid}", regional("logs", "query-definition:{id}"), {"queryDefinitionId": "{id}"}
    ),
    "cloudwatch/metricAlarm": ResourceKind("{name}", regional("cloudwatch", "alarm:{name}")),
    "cloudwatch/compositeAlarm": ResourceKind("{alarmName}", regional("cloudwatch", "alarm:{alarmName}")),
    "cloudwatch/dashboard": ResourceKind(
        "{dashboardName}", outputs={"dashboardArn": accountwide("cloudwatch", "dashboard/{dashboardName}")}
    ),
    "cloudwatch/metricStream": ResourceKind(
        "{name}", regional("cloudwatch", "metric-stream/{name}"), {"state": "running"}
    ),
    "cloudwatch/contributorInsightRule": ResourceKind(
        "{ruleName}", outputs={"resourceArn": regional("cloudwatch", "insight-rule/{ruleName}")}
    ),
    "cloudwatch/eventBus": ResourceKind("{name}", regional("events", "event-bus/{name}")),
    "cloudwatch/eventBusPolicy": ResourceKind(_bus),
    "cloudwatch/eventPermission": ResourceKind(lambda t: f"{_bus(t)}/{t.text('statementId')}"),
    "cloudwatch/eventRule": ResourceKind(
        lambda t: _on_bus(t, t.name), lambda t: t.fill(regional("events", f"rule/{_on_bus(t, t.name)}"))
    ),
    "cloudwatch/eventTarget": ResourceKind(_event_target, outputs={"targetId": _target_id}),
    "cloudwatch/eventArchive": ResourceKind("{name}", regional("events", "archive/{name}")),
    "cloudwatch/eventConnection": ResourceKind(
        "{name}",
        regional("events", "connection/{name}/{uuid}"),
        {"secretArn": regional("secretsmanager", "secret:events!connection/{name}/{uuid}-{lower6}")},
    ),
    "cloudwatch/eventApiDestination": ResourceKind("{name}", regional("events", "api-destination/{name}/{uuid}")),
    "cloudwatch/eventEndpoint": ResourceKind("{name}", regional("events", "endpoint/{name}")),
    "cloudtrail/trail": ResourceKind(
        "{arn}", regional("cloudtrail", "trail/{name}"), {"homeRegion": "{region}", "snsTopicArn": ""}
    ),
    "cloudtrail/eventDataStore": ResourceKind("{arn}", regional("cloudtrail", "eventdatastore/{uuid}")),
    "xray/group": ResourceKind("{arn}", regional("xray", "group/{groupName}/{upper52}")),
    "xray/samplingRule": ResourceKind("{ruleName}", regional("xray", "sampling-rule/{ruleName}")),
    "xray/encryptionConfig": ResourceKind("{region}"),
    "xray/resourcePolicy": ResourceKind("{policyName}", outputs={"policyRevisionId": "1"}),
    "synthetics/canary": ResourceKind(
        "{name}",
        regional("synthetics", "canary:{name}"),
        {
            "status": "READY",
            "engineArn": regional("lambda", "function:cwsyn-{name}-{uuid}:1"),
            "sourceLocationArn": regional("lambda", "layer:cwsyn-{name}-{uuid}:1"),
        },
    ),
    "synthetics/group": ResourceKind("{name}", regional("synthetics", "group:{lower12}"), {"groupId": "{lower12}"}),
    "synthetics/groupAssociation": ResourceKind("{canaryArn},{groupName}"),
    "scheduler/schedule": ResourceKind(
        lambda t: f"{_schedule_group(t)}/{t.name}",
        lambda t: t.fill(regional("scheduler", f"schedule/{_schedule_group(t)}/{{name}}")),
        {"groupName": _schedule_group},
    ),
    "scheduler/scheduleGroup": ResourceKind(
        "{name}", regional("scheduler", "schedule-group/{name}"), {"state": "ACTIVE"}
    ),
    "pipes/pipe": ResourceKind("{name}", regional("pipes", "pipe/{name}")),
    "sfn/stateMachine": ResourceKind(
        "{arn}",
        regional("states", "stateMachine:{name}"),
        {"status": "ACTIVE", "revisionId": "{uuid}", "stateMachineVersionArn": "", "description": ""},
    ),
    "sfn/activity": ResourceKind("{arn}", regional("states", "activity:{name}")),
    "sfn/alias": ResourceKind("{arn}", regional("states", "stateMachine:{name}")),
    "oam/sink": ResourceKind("{arn}", regional("oam", "sink/{uuid}")),
    "rum/appMonitor": ResourceKind("{name}", regional("rum", "appmonitor/{name}"), {"appMonitorId": "{uuid}"}),
}


def _arn_service(arn: str) -> str:
    """The service in an ARN."""
    return arn.split(":")[2] if arn.count(":") > 2 else ""
