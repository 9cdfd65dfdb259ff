"""CloudTrail, log groups, alarms, backups, delivery and tags."""

from __future__ import annotations

from tests.policy.cases import Table
from tests.policy.cases.data import KEY, encrypted_by_a_key
from tests.policy.harness import UNKNOWN, It

table = Table()

# cloudtrail-baseline
TRAIL = It(
    "aws:cloudtrail/trail:Trail",
    "trail",
    {"isMultiRegionTrail": True, "enableLogFileValidation": True, "kmsKeyId": UNKNOWN},
    {"kmsKeyId": ["key"]},
)
VPC = It("aws:ec2/vpc:Vpc", "net")
BASELINE = "cloudtrail-baseline"
encrypted_by_a_key(table, BASELINE, TRAIL)
table.passes(BASELINE, KEY, TRAIL, VPC)
table.passes(BASELINE, VPC, name="dev")
table.passes(BASELINE, VPC, config={"organizationTrail": True})
table.fails(BASELINE, KEY, TRAIL.but(isMultiRegionTrail=False), says="records one region")
table.fails(BASELINE, KEY, TRAIL.but("enableLogFileValidation"), says="altered unnoticed")
table.fails(BASELINE, KEY, TRAIL.but(enableLogging=False), says="disabled")
table.fails(BASELINE, KEY, TRAIL.but(includeGlobalServiceEvents=False), says="global services")
table.fails(BASELINE, KEY, TRAIL.but(eventSelectors=[{"includeManagementEvents": False}]), says="management events")
table.fails(BASELINE, VPC, says="no trail records")
table.unknown(BASELINE, "undecided", KEY, TRAIL.but(isMultiRegionTrail=UNKNOWN))

# guardduty-on
DETECTOR = It("aws:guardduty/detector:Detector", "detector", {"enable": True})
GUARD = "guardduty-on"
table.passes(GUARD, DETECTOR, VPC)
table.passes(GUARD, VPC, name="dev")
table.passes(GUARD, VPC, config={"organizationDetector": True})
table.passes(GUARD, DETECTOR.but("enable"))
table.passes(GUARD, DETECTOR.but(region="ap-south-1"), VPC.but(region="ap-south-1"))
table.fails(
    GUARD, DETECTOR.but(region="us-east-1"), VPC.but(region="ap-south-1"), says="no GuardDuty detector covers it"
)
ADOPTING = It("shop:security:Security", "security", {"adopted": {"detectorId": "12abc34d567e8fa901bc2d34e56789f0"}})
table.passes(GUARD, ADOPTING, VPC)
table.fails(GUARD, ADOPTING.but(adopted={}), VPC, says="no GuardDuty detector covers it")
table.fails(GUARD, ADOPTING.but(adopted={"detectorId": ""}), VPC, says="no GuardDuty detector covers it")
table.fails(GUARD, DETECTOR.but(enable=False), says="disabled")
table.fails(GUARD, DETECTOR.but(enable="false"), VPC, name="dev", says="disabled")
table.unknown(GUARD, "undecided", DETECTOR.but(enable=UNKNOWN))
table.absent(GUARD, "fails", VPC, says="no GuardDuty detector covers it")

# log-group-retention-cmk
GROUP = It(
    "aws:cloudwatch/logGroup:LogGroup", "logs", {"retentionInDays": 30, "kmsKeyId": UNKNOWN}, {"kmsKeyId": ["key"]}
)
LOGS = "log-group-retention-cmk"
encrypted_by_a_key(table, LOGS, GROUP)
table.fails(LOGS, KEY, GROUP.but(retentionInDays=0), says="has no retention")
table.fails(LOGS, KEY, GROUP.but("retentionInDays"), says="has no retention")
table.unknown(LOGS, "undecided", KEY, GROUP.but(retentionInDays=UNKNOWN))

# alarms-have-actions
ALARM = It("aws:cloudwatch/metricAlarm:MetricAlarm", "errors", {"name": "shop-errors", "alarmActions": [UNKNOWN]})
SILENT = ALARM.but("alarmActions")
COMPOSITE = It(
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "shop",
    {"alarmName": "shop", "alarmRule": 'ALARM("shop-errors") OR ALARM(shop-latency)', "alarmActions": [UNKNOWN]},
)
ROLLBACK = It("aws:ecs/service:Service", "svc", {"alarms": {"alarmNames": ["shop-errors"], "enable": True}})
ALARMS = "alarms-have-actions"
table.passes(ALARMS, ALARM)
table.passes(ALARMS, SILENT, COMPOSITE)
table.passes(ALARMS, SILENT.but(name="shop-latency"), COMPOSITE)
table.passes(ALARMS, SILENT, COMPOSITE.but(alarmRule=UNKNOWN).linking(alarmRule=["errors"]))
table.passes(ALARMS, SILENT, ROLLBACK)
table.fails(ALARMS, SILENT.but(name="shop"), ROLLBACK, says="has no action")
table.fails(ALARMS, SILENT.but(name="shop-err"), COMPOSITE, says="has no action")
table.fails(ALARMS, ALARM.but(actionsEnabled=False), says="disabled")
table.fails(ALARMS, ALARM.but(alarmActions=[]), says="has no action")
table.fails(ALARMS, COMPOSITE.but("alarmActions"), says="has no action")
table.unknown(ALARMS, "passes", ALARM.but(alarmActions=UNKNOWN))
table.absent(ALARMS, "fails", SILENT, says="has no action")

# backup-coverage
ARN = "arn:aws:dynamodb:ap-south-1:111122223333:table/carts"
TABLE = It("aws:dynamodb/table:Table", "carts", {"arn": UNKNOWN, "tags": {"Backup": "daily"}})
KNOWN_TABLE = TABLE.but(arn=ARN)
SELECTION = It("aws:backup/selection:Selection", "select", {"resources": [UNKNOWN]}, {"resources": ["carts"]})
BY_TAG = SELECTION.but("resources", selectionTags=[{"type": "STRINGEQUALS", "key": "Backup", "value": "daily"}])
BACKUP = "backup-coverage"
table.passes(BACKUP, TABLE, SELECTION)
table.passes(BACKUP, TABLE, BY_TAG)
table.passes(BACKUP, KNOWN_TABLE, SELECTION.but(resources=["arn:aws:dynamodb:*:*:table/*"]))
table.passes(BACKUP, TABLE, SELECTION.but(resources=["*"]))
table.passes(BACKUP, TABLE, name="dev")
table.passes(
    BACKUP,
    KNOWN_TABLE,
    SELECTION.but(resources="*", conditions={"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "daily"}]}),
)
table.fails(
    BACKUP,
    KNOWN_TABLE,
    SELECTION.but(resources="*", conditions={"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "no"}]}),
    says="no",
)
table.fails(
    BACKUP, KNOWN_TABLE, SELECTION.but(resources=["arn:aws:dynamodb:*:*:table/orders"]), says="no backup selection"
)
table.fails(BACKUP, TABLE.but(tags={"Backup": "none"}), BY_TAG, says="no backup selection")
table.fails(BACKUP, KNOWN_TABLE, SELECTION.but(resources=["*"], notResources=[ARN]), says="no backup selection")
table.fails(BACKUP, It("aws:rds/cluster:Cluster", "db", {"arn": UNKNOWN}), SELECTION, says="no backup selection")
table.unknown(BACKUP, "undecided", TABLE, SELECTION.but(resources=["arn:aws:dynamodb:*:*:table/*"]))
table.absent(BACKUP, "fails", TABLE, says="no backup selection")

# delivery-hardening
IMAGES = It(
    "aws:ecr/repository:Repository",
    "images",
    {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": UNKNOWN}],
    },
)
BUILD = It(
    "aws:codebuild/project:Project",
    "build",
    {"artifacts": {"type": "CODEPIPELINE"}, "environment": {"privilegedMode": True}},
)
DELIVERY = "delivery-hardening"
table.passes(DELIVERY, IMAGES)
table.passes(DELIVERY, BUILD)
table.fails(DELIVERY, IMAGES.but(imageTagMutability="MUTABLE"), says="move to another image")
table.fails(DELIVERY, IMAGES.but(imageScanningConfiguration={"scanOnPush": False}), says="doesn't scan")
table.absent(DELIVERY, "fails", IMAGES.but("imageScanningConfiguration"), says="doesn't scan")
table.fails(DELIVERY, BUILD.but(logsConfig={"cloudwatchLogs": {"status": "DISABLED"}}), says="keeps no logs")
table.fails(DELIVERY, BUILD.but(artifacts={"type": "S3"}), says="privileged")
table.unknown(DELIVERY, "undecided", IMAGES.but(imageTagMutability=UNKNOWN))

# required-tags
TAGS = dict.fromkeys(("Project", "Stack", "Tier", "Owner", "CostCentre", "DataClass"), "x")
TAGGED = It("aws:sqs/queue:Queue", "orders", {"tags": TAGS})
FLEET = It(
    "aws:autoscaling/group:Group",
    "fleet",
    {"tags": [{"key": key, "value": "x", "propagateAtLaunch": True} for key in TAGS]},
)
REQUIRED = "required-tags"
table.passes(REQUIRED, TAGGED)
table.passes(REQUIRED, FLEET)
table.passes(REQUIRED, It("aws:iam/rolePolicy:RolePolicy", "untaggable"))
table.passes(REQUIRED, TAGGED.but(tags={"team": "a"}), config={"requiredTags": ["team"]})
table.fails(REQUIRED, TAGGED.but(tags={**TAGS, "Owner": " "}), says="lacks the tags Owner")
table.fails(REQUIRED, TAGGED.but(tags={"Project": "x"}), says="Stack, Tier, Owner, CostCentre, DataClass")
table.fails(REQUIRED, FLEET.but(tags=[]), says="lacks the tags Project")
table.fails(
    REQUIRED, It("aws:alb/loadBalancer:LoadBalancer", "old", {"tags": {"Project": "x"}}), says="lacks the tags Stack"
)
table.unknown(REQUIRED, "passes", TAGGED.but(tags={**TAGS, "Stack": UNKNOWN}))
table.unknown(REQUIRED, "undecided", TAGGED.but(tags=UNKNOWN))
table.absent(REQUIRED, "fails", TAGGED.but("tags"))
