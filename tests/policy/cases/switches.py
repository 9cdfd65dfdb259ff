"""Switches that take a safeguard away, and what is judged beside them."""

from __future__ import annotations

from policy.pack.switches import DELETION, EXPOSURE, IN_TRANSIT, RECORDERS, SAFEGUARDS
from tests.policy.cases import Table
from tests.policy.cases.compute import task
from tests.policy.harness import UNKNOWN, It

table = Table()

TRANSIT, PUBLIC, RECORDS = "encrypted-in-transit", "not-public", "recorders-on"
GUARDS, DELETES, KEYS, BLOCKS = "safeguards-on", "deletion-protected", "cmk-everywhere", "s3-public-block"

assert {len(found) > 3 for found in (DELETION, EXPOSURE, IN_TRANSIT, RECORDERS, SAFEGUARDS)} == {True}

BROKERS = It("aws:msk/cluster:Cluster", "brokers", {"encryptionInfo": {"encryptionAtRestKmsKeyArn": "k"}})
table.passes(TRANSIT, BROKERS)
table.passes(TRANSIT, BROKERS.but(encryptionInfo={"encryptionInTransit": {"clientBroker": "TLS", "inCluster": True}}))
for mode in ("PLAINTEXT", "TLS_PLAINTEXT"):
    it = BROKERS.but(encryptionInfo={"encryptionInTransit": {"clientBroker": mode}})
    table.fails(TRANSIT, it, says="accepts clients in clear text")
SEARCH = It(
    "aws:opensearch/domain:Domain",
    "search",
    {
        "nodeToNodeEncryption": {"enabled": True},
        "domainEndpointOptions": {"tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
        "encryptAtRest": {"enabled": True, "kmsKeyId": UNKNOWN},
    },
).linking(encryptAtRest=["key"])
KEY = It("aws:kms/key:Key", "key", {"keyId": UNKNOWN, "arn": UNKNOWN})
table.passes(TRANSIT, SEARCH)
table.absent(TRANSIT, "fails", SEARCH.but("nodeToNodeEncryption"), says="between nodes")
table.absent(TRANSIT, "fails", SEARCH.but("domainEndpointOptions"), says="accepts requests in clear text")
table.unknown(TRANSIT, "undecided", SEARCH.but(nodeToNodeEncryption={"enabled": UNKNOWN}))
SHARED = {"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}
table.passes(TRANSIT, task().but(volumes=[{"name": "scratch"}]))
table.fails(TRANSIT, task().but(volumes=[{"name": "scratch"}, SHARED]), says="mounts a file system in clear text")

table.passes(PUBLIC, BROKERS)
table.absent(PUBLIC, "passes", It("aws:redshift/cluster:Cluster", "house", {}))
table.fails(PUBLIC, It("aws:redshift/cluster:Cluster", "house", {"publiclyAccessible": "true"}), says="public address")
table.unknown(PUBLIC, "undecided", It("aws:redshift/cluster:Cluster", "house", {"publiclyAccessible": UNKNOWN}))
SNAPSHOTS = It("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "it", {"state": "block-all-sharing"})
table.passes(PUBLIC, SNAPSHOTS)
for state in ("unblocked", "block-new-sharing"):
    table.fails(PUBLIC, SNAPSHOTS.but(state=state), says="makes snapshots public")
SETTING = It(
    "aws:ssm/serviceSetting:ServiceSetting", "it", {"settingId": "/ssm/parameter-store/x", "settingValue": "Enable"}
)
table.passes(PUBLIC, SETTING)
table.fails(
    PUBLIC, SETTING.but(settingId="/ssm/documents/console/public-sharing-permission"), says="allows public documents"
)

RECORDER = It("aws:cfg/recorderStatus:RecorderStatus", "status", {"isEnabled": True})
table.passes(RECORDS, RECORDER)
table.fails(RECORDS, RECORDER.but(isEnabled=False), says="is disabled")
table.absent(RECORDS, "fails", RECORDER.but("isEnabled"), says="is disabled")
table.unknown(RECORDS, "undecided", RECORDER.but(isEnabled=UNKNOWN))
FEATURE = It("aws:guardduty/detectorFeature:DetectorFeature", "runtime", {"status": "ENABLED"})
table.passes(RECORDS, FEATURE.but(additionalConfigurations=[{"status": "ENABLED"}]))
table.fails(
    RECORDS,
    FEATURE.but(additionalConfigurations=[{"status": "ENABLED"}, {"status": "DISABLED"}]),
    says="is disabled",
)

FINDINGS = It(
    "aws:cloudwatch/eventRule:EventRule",
    "findings",
    {"eventPattern": '{"source": ["aws.guardduty"]}', "state": "ENABLED"},
)
table.passes(RECORDS, FINDINGS)
table.passes(RECORDS, FINDINGS.but("eventPattern", scheduleExpression="rate(1 hour)", state="DISABLED"))
table.passes(RECORDS, FINDINGS.but(eventPattern='{"source": ["shop.orders"]}', state="DISABLED"))
table.fails(RECORDS, FINDINGS.but(state="DISABLED"), says="findings of guardduty go nowhere")
table.fails(RECORDS, FINDINGS.but("state", isEnabled=False), says="findings of guardduty go nowhere")
table.unknown(RECORDS, "undecided", FINDINGS.but(state=UNKNOWN))

METADATA = It("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "it", {"httpTokens": "required"})
table.passes(GUARDS, METADATA)
table.fails(GUARDS, METADATA.but(httpTokens="optional"), says="without a session")
table.absent(GUARDS, "fails", METADATA.but("httpTokens"), says="without a session")
table.unknown(GUARDS, "undecided", METADATA.but(httpTokens=UNKNOWN))
VOLUMES = It("aws:ebs/encryptionByDefault:EncryptionByDefault", "it", {})
table.absent(GUARDS, "passes", VOLUMES)
table.fails(GUARDS, VOLUMES.but(enabled=False), says="leaves new volumes unencrypted")

POOL = It("aws:cognito/userPool:UserPool", "people", {"deletionProtection": "ACTIVE"})
table.passes(DELETES, POOL)
table.passes(DELETES, POOL.but(deletionProtection="INACTIVE"), name="dev")
table.fails(DELETES, POOL.but(deletionProtection="INACTIVE"), says="has no deletion protection")
table.absent(DELETES, "fails", POOL.but("deletionProtection"), says="has no deletion protection")
table.unknown(DELETES, "undecided", POOL.but(deletionProtection=UNKNOWN))
table.fails(DELETES, It("aws:s3/bucket:Bucket", "media", {"forceDestroy": True}), says="with all that it holds")

# A key that is named is of no use while encryption is off.
STREAM = It("aws:kinesis/stream:Stream", "clicks", {"kmsKeyId": UNKNOWN, "encryptionType": "KMS"}).linking(
    kmsKeyId=["key"]
)
table.passes(KEYS, STREAM, KEY)
table.fails(KEYS, STREAM.but("encryptionType"), KEY, says="is not encrypted (encryptionType)")
table.fails(KEYS, STREAM.but(encryptionType="NONE"), KEY, says="is not encrypted (encryptionType)")
table.passes(KEYS, SEARCH, KEY)
table.fails(KEYS, SEARCH.but(encryptAtRest={"enabled": False, "kmsKeyId": "k"}), KEY, says="search: is not encrypted")
HOSE = It(
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "hose",
    {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": UNKNOWN}},
).linking(serverSideEncryption=["key"])
table.passes(KEYS, HOSE, KEY)
table.passes(KEYS, HOSE.but("serverSideEncryption", kinesisSourceConfiguration={"kinesisStreamArn": "s"}), KEY)
table.fails(KEYS, HOSE.but(serverSideEncryption={"enabled": False, "keyArn": "k"}), KEY, says="is not encrypted")
BUILD = It("aws:codebuild/project:Project", "build", {"encryptionKey": UNKNOWN}).linking(encryptionKey=["key"])
LOGS = {"status": "ENABLED", "location": "b", "encryptionDisabled": True}
table.passes(KEYS, BUILD.but(logsConfig={"s3Logs": {**LOGS, "status": "DISABLED"}}), KEY)
table.fails(KEYS, BUILD.but(logsConfig={"s3Logs": LOGS}), KEY, says="leaves its logs in S3 unencrypted")
table.passes(KEYS, BUILD.but(artifacts={"type": "NO_ARTIFACTS", "encryptionDisabled": True}), KEY)
table.fails(KEYS, BUILD.but(artifacts={"type": "S3", "encryptionDisabled": True}), KEY, says="leaves its artifacts")

POINT = It("aws:s3/accessPoint:AccessPoint", "point", {"bucket": "b"})
table.passes(BLOCKS, POINT)
table.fails(
    BLOCKS, POINT.but(publicAccessBlockConfiguration={"blockPublicPolicy": False}), says="leaves blockPublicPolicy off"
)
ALL_FOUR = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ACCOUNT = It("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "it", dict.fromkeys(ALL_FOUR, True))
table.passes(BLOCKS, ACCOUNT)
table.fails(BLOCKS, ACCOUNT.but("restrictPublicBuckets"), says="leaves restrictPublicBuckets off")

# Shells and the host of a task.
EXEC = "ecs-exec-audited"


def cluster(**logs: object) -> It:
    settings = {"logging": "OVERRIDE", "kmsKeyId": "k", "logConfiguration": logs}
    return It("aws:ecs/cluster:Cluster", "it", {"configuration": {"executeCommandConfiguration": settings}})


table.passes(EXEC, cluster(cloudWatchLogGroupName="g", cloudWatchEncryptionEnabled=True))
table.passes(EXEC, cluster(s3BucketName="b", s3BucketEncryptionEnabled=True))
table.fails(EXEC, cluster(), says="logs ECS Exec sessions to no destination")
table.fails(EXEC, cluster(cloudWatchLogGroupName="g"), says="log group that isn't encrypted")
table.fails(EXEC, cluster(cloudWatchLogGroupName=UNKNOWN, cloudWatchEncryptionEnabled=False), says="isn't encrypted")
table.fails(EXEC, cluster(s3BucketName="b", s3BucketEncryptionEnabled=False), says="to a bucket unencrypted")
HARD = "ecs-container-hardening"
for path in ("/var/run/docker.sock", "/run/containerd/containerd.sock", "/", "/var", "/etc", "/proc", "/root/.aws"):
    table.fails(HARD, task().but(volumes=[{"name": "v", "hostPath": path}]), says=f"mounts {path} of its host")
for path in ("/etc/localtime", "/data/uploads", "/mnt/efs", "/variety"):
    table.passes(HARD, task().but(volumes=[{"name": "v", "hostPath": path}]))
PRIVILEGED = {"privilegedMode": True}
TEST, IMAGE = (
    "phases:\n  build:\n    commands:\n      - make test\n",
    "phases:\n  build:\n    commands:\n      - docker build .\n",
)
for artifacts in ("NO_ARTIFACTS", "CODEPIPELINE", "S3"):
    build = BUILD.but(environment=PRIVILEGED, artifacts={"type": artifacts}, logsConfig={})
    table.passes("delivery-hardening", build.but(source={"buildspec": IMAGE}))
    table.fails(
        "delivery-hardening", build.but(source={"buildspec": TEST}), says="privileged without building an image"
    )
