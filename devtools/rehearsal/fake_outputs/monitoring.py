"""What logs, alarms, trails, traces, events and schedules look like once they exist."""

from __future__ import annotations

from typing import Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, Kind, accountwide, last_part, regional

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


KINDS: dict[str, Kind] = {
    "cloudwatch/logGroup": Kind("{name}", regional("logs", "log-group:{name}"), {"logGroupClass": "STANDARD"}),
    "cloudwatch/logStream": Kind("{name}", regional("logs", "log-group:{logGroupName}:log-stream:{name}")),
    "cloudwatch/logMetricFilter": Kind("{name}"),
    "cloudwatch/logSubscriptionFilter": Kind("cwlsf-{digits10}"),
    "cloudwatch/logResourcePolicy": Kind("{policyName}", outputs={"policyScope": "ACCOUNT", "revisionId": "{uuid}"}),
    "cloudwatch/logAccountPolicy": Kind("{policyName}:{policyType}"),
    "cloudwatch/logDataProtectionPolicy": Kind("{logGroupName}"),
    "cloudwatch/logIndexPolicy": Kind("{logGroupName}"),
    "cloudwatch/logAnomalyDetector": Kind("{arn}", regional("logs", "anomaly-detector:{uuid}")),
    "cloudwatch/logDestination": Kind("{name}", regional("logs", "destination:{name}")),
    "cloudwatch/logDestinationPolicy": Kind("{destinationName}"),
    "cloudwatch/logDeliverySource": Kind(
        "{name}", regional("logs", "delivery-source:{name}"), {"service": lambda t: _arn_service(t.text("resourceArn"))}
    ),
    "cloudwatch/logDeliveryDestination": Kind(
        "{name}", regional("logs", "delivery-destination:{name}"), {"deliveryDestinationType": _delivery_type}
    ),
    "cloudwatch/logDeliveryDestinationPolicy": Kind("{deliveryDestinationName}"),
    "cloudwatch/logDelivery": Kind("{lower16}", regional("logs", "delivery:{id}")),
    "cloudwatch/queryDefinition": Kind(
        "{uuid}", regional("logs", "query-definition:{id}"), {"queryDefinitionId": "{id}"}
    ),
    "cloudwatch/metricAlarm": Kind("{name}", regional("cloudwatch", "alarm:{name}")),
    "cloudwatch/compositeAlarm": Kind("{alarmName}", regional("cloudwatch", "alarm:{alarmName}")),
    "cloudwatch/dashboard": Kind(
        "{dashboardName}", outputs={"dashboardArn": accountwide("cloudwatch", "dashboard/{dashboardName}")}
    ),
    "cloudwatch/metricStream": Kind("{name}", regional("cloudwatch", "metric-stream/{name}"), {"state": "running"}),
    "cloudwatch/contributorInsightRule": Kind(
        "{ruleName}", outputs={"resourceArn": regional("cloudwatch", "insight-rule/{ruleName}")}
    ),
    "cloudwatch/eventBus": Kind("{name}", regional("events", "event-bus/{name}")),
    "cloudwatch/eventBusPolicy": Kind(_bus),
    "cloudwatch/eventPermission": Kind(lambda t: f"{_bus(t)}/{t.text('statementId')}"),
    "cloudwatch/eventRule": Kind(
        lambda t: _on_bus(t, t.name), lambda t: t.fill(regional("events", f"rule/{_on_bus(t, t.name)}"))
    ),
    "cloudwatch/eventTarget": Kind(_event_target, outputs={"targetId": _target_id}),
    "cloudwatch/eventArchive": Kind("{name}", regional("events", "archive/{name}")),
    "cloudwatch/eventConnection": Kind(
        "{name}",
        regional("events", "connection/{name}/{uuid}"),
        {"secretArn": regional("secretsmanager", "secret:events!connection/{name}/{uuid}-{lower6}")},
    ),
    "cloudwatch/eventApiDestination": Kind("{name}", regional("events", "api-destination/{name}/{uuid}")),
    "cloudwatch/eventEndpoint": Kind("{name}", regional("events", "endpoint/{name}")),
    "cloudtrail/trail": Kind(
        "{arn}", regional("cloudtrail", "trail/{name}"), {"homeRegion": "{region}", "snsTopicArn": ""}
    ),
    "cloudtrail/eventDataStore": Kind("{arn}", regional("cloudtrail", "eventdatastore/{uuid}")),
    "xray/group": Kind("{arn}", regional("xray", "group/{groupName}/{upper52}")),
    "xray/samplingRule": Kind("{ruleName}", regional("xray", "sampling-rule/{ruleName}")),
    "xray/encryptionConfig": Kind("{region}"),
    "xray/resourcePolicy": Kind("{policyName}", outputs={"policyRevisionId": "1"}),
    "synthetics/canary": Kind(
        "{name}",
        regional("synthetics", "canary:{name}"),
        {
            "status": "READY",
            "engineArn": regional("lambda", "function:cwsyn-{name}-{uuid}:1"),
            "sourceLocationArn": regional("lambda", "layer:cwsyn-{name}-{uuid}:1"),
        },
    ),
    "synthetics/group": Kind("{name}", regional("synthetics", "group:{lower12}"), {"groupId": "{lower12}"}),
    "synthetics/groupAssociation": Kind("{canaryArn},{groupName}"),
    "scheduler/schedule": Kind(
        lambda t: f"{_schedule_group(t)}/{t.name}",
        lambda t: t.fill(regional("scheduler", f"schedule/{_schedule_group(t)}/{{name}}")),
        {"groupName": _schedule_group},
    ),
    "scheduler/scheduleGroup": Kind("{name}", regional("scheduler", "schedule-group/{name}"), {"state": "ACTIVE"}),
    "pipes/pipe": Kind("{name}", regional("pipes", "pipe/{name}")),
    "sfn/stateMachine": Kind(
        "{arn}",
        regional("states", "stateMachine:{name}"),
        {"status": "ACTIVE", "revisionId": "{uuid}", "stateMachineVersionArn": "", "description": ""},
    ),
    "sfn/activity": Kind("{arn}", regional("states", "activity:{name}")),
    "sfn/alias": Kind("{arn}", regional("states", "stateMachine:{name}")),
    "oam/sink": Kind("{arn}", regional("oam", "sink/{uuid}")),
    "rum/appMonitor": Kind("{name}", regional("rum", "appmonitor/{name}"), {"appMonitorId": "{uuid}"}),
}


def _arn_service(arn: str) -> str:
    """The service in an ARN."""
    return arn.split(":")[2] if arn.count(":") > 2 else ""
