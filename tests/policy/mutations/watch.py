"""Mistakes in what watches and restores, in delivery, and in tags."""

from __future__ import annotations

from policy.pack.tokens import KEY, LOG_GROUP, PROJECT, QUEUE, RDS_CLUSTER, REPOSITORY, TABLE, TRAIL
from tests.policy.mutations import Mistakes, add, drop, put, ref, remove

mistakes = Mistakes()
M = mistakes

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DETECTOR = "aws:guardduty/detector:Detector"
SELECTION = "aws:backup/selection:Selection"

# cloudtrail-baseline
TRAILS = "cloudtrail-baseline"
M(TRAILS, "no trail", remove(TRAIL))
M(TRAILS, "one region", put(TRAIL, "isMultiRegionTrail", False))
M(TRAILS, "no validation", drop(TRAIL, "enableLogFileValidation"))
M(TRAILS, "no key", drop(TRAIL, "kmsKeyId"))
M(TRAILS, "switched off", put(TRAIL, "enableLogging", False), on="billing")
M(
    TRAILS,
    "data events alone",
    put(TRAIL, "advancedEventSelectors", [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}]),
)
M(
    TRAILS,
    "reads are left out",
    put(TRAIL, "eventSelectors", [{"readWriteType": "WriteOnly", "includeManagementEvents": True}]),
    on="billing",
)

# guardduty-on
GUARD = "guardduty-on"
M(GUARD, "no detector", remove(DETECTOR))
M(GUARD, "a detector in another region alone", remove(DETECTOR, "security-guardduty"))
M(GUARD, "suspended", put(DETECTOR, "enable", False))
M(GUARD, "suspended, as text", put(DETECTOR, "enable", "false"), on="billing")
M(GUARD, "dropped", remove(DETECTOR), on="billing")

# log-group-retention-cmk
LOGS = "log-group-retention-cmk"
M(LOGS, "kept for ever", drop(LOG_GROUP, "retentionInDays"))
M(LOGS, "kept for ever, as a number", put(LOG_GROUP, "retentionInDays", 0))
M(LOGS, "no key", drop(LOG_GROUP, "kmsKeyId"))
M(LOGS, "a new group", add(LOG_GROUP, "more", name="/more"), on="billing")

# alarms-have-actions
ALARMS = "alarms-have-actions"
M(ALARMS, "its actions are dropped", drop(ALARM, "alarmActions"), on="billing")
M(ALARMS, "its actions are switched off", put(ALARM, "actionsEnabled", False), on="billing")
M(
    ALARMS,
    "only the recovery is told",
    drop(ALARM, "alarmActions"),
    put(ALARM, "okActions", ["arn:aws:sns:x:1:y"]),
    on="billing",
)
M(ALARMS, "a composite tells nobody", drop(COMPOSITE, "alarmActions", every=True))
M(ALARMS, "its composite is dropped", remove(COMPOSITE))

# backup-coverage
BACKUP = "backup-coverage"
M(BACKUP, "no selection", remove(SELECTION))
M(BACKUP, "one store is left out", put(SELECTION, "resources", [ref(TABLE, prop="arn")]))
M(BACKUP, "one store is excluded", put(SELECTION, "notResources", [ref(RDS_CLUSTER, prop="arn")]))
M(BACKUP, "a new table", add(TABLE, "more", name="more", hashKey="id"))
M(
    BACKUP,
    "by a tag that it lacks",
    drop(SELECTION, "resources"),
    put(SELECTION, "selectionTags", [{"type": "STRINGEQUALS", "key": "Backup", "value": "yes"}]),
    on="billing",
)

# delivery-hardening
DELIVERY = "delivery-hardening"
M(DELIVERY, "tags can move", put(REPOSITORY, "imageTagMutability", "MUTABLE"))
M(DELIVERY, "nothing is scanned", drop(REPOSITORY, "imageScanningConfiguration"), on="billing")
M(DELIVERY, "tags that move, by default", drop(REPOSITORY, "imageTagMutability"), on="billing")
M("cmk-everywhere", "AES-256", put(REPOSITORY, "encryptionConfigurations.0.encryptionType", "AES256"))
M(DELIVERY, "no build logs", put(PROJECT, "logsConfig.cloudwatchLogs.status", "DISABLED"), on="billing")
M(
    DELIVERY,
    "privileged without images",
    put(PROJECT, "environment.privilegedMode", True),
    put(PROJECT, "artifacts.type", "S3"),
    on="billing",
)

# required-tags
TAGS = "required-tags"
M(TAGS, "one tag is dropped", drop(QUEUE, "tags.Owner"))
M(TAGS, "no tags", drop(QUEUE, "tags"))
M(TAGS, "a tag of blanks", put(KEY, "tags.CostCentre", "  "))
M(
    TAGS,
    "another case",
    put(KEY, "tags", {"project": "x", "stack": "x", "tier": "x", "owner": "x", "costcentre": "x", "dataclass": "x"}),
)
