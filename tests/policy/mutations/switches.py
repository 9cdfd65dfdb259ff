"""Switches of the shop's own that are set the wrong way, and others of their kind beside it."""

from __future__ import annotations

import json
from typing import Any

from policy.pack.switches import (
    AT_REST,
    DELETION,
    EXPOSURE,
    IN_TRANSIT,
    LOGS,
    PRIVILEGES,
    PUBLIC_BLOCKS,
    RECORDERS,
    SAFEGUARDS,
    Switch,
)
from policy.pack.tokens import BUCKET, ECS_CLUSTER, LOAD_BALANCER, PROJECT, REPOSITORY, TASK_DEFINITION
from tests.policy.mutations import Mistakes, add, put, ref

mistakes = Mistakes()
M = mistakes


def wrong(switch: Switch) -> object:
    """The first value that a switch may not have."""
    if switch.wrong:
        return switch.wrong[0]
    return {"true": False, "false": True}.get(switch.right[0], "none")


def props(switch: Switch) -> dict[str, object]:
    beside = {path: (values or ("it",))[0] for path, values in switch.where}
    parent, _, name = (switch.document or switch.path).rpartition(".")
    block: dict[str, object] = within(parent, {**beside, name: wrong(switch)})
    return within(switch.path, json.dumps(block)) if switch.document else block


def within(path: str, value: Any) -> Any:
    for step in reversed(path.split(".") if path else ()):
        value = {step: value}
    return value


for rule, switches in (
    ("cmk-everywhere", AT_REST),
    ("encrypted-in-transit", IN_TRANSIT),
    ("not-public", EXPOSURE),
    ("s3-public-block", PUBLIC_BLOCKS),
    ("recorders-on", RECORDERS),
    ("safeguards-on", SAFEGUARDS),
    ("deletion-protected", DELETION),
    ("service-privileges", PRIVILEGES),
    ("service-logs", LOGS),
):
    for switch in switches:
        place = ".".join(filter(None, (switch.path, switch.document)))
        what = f"{switch.token.rsplit(':', 1)[-1]} of {switch.token.split('/')[0]} with {place} {wrong(switch)}"
        M(rule, what, add(switch.token, "added", **props(switch)))

OWN = (
    ("safeguards-on", "aws:ebs/encryptionByDefault:EncryptionByDefault", "enabled", False),
    ("safeguards-on", "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "httpTokens", "optional"),
    ("safeguards-on", "aws:ssm/maintenanceWindow:MaintenanceWindow", "enabled", False),
    ("safeguards-on", LOAD_BALANCER, "enableWafFailOpen", True),
    ("not-public", "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "state", "unblocked"),
    ("not-public", PROJECT, "projectVisibility", "PUBLIC_READ"),
    ("recorders-on", "aws:cfg/recorderStatus:RecorderStatus", "isEnabled", False),
    ("recorders-on", "aws:guardduty/detectorFeature:DetectorFeature", "status", "DISABLED"),
    ("recorders-on", "aws:securityhub/account:Account", "autoEnableControls", False),
    ("recorders-on", "aws:cloudwatch/eventRule:EventRule", "state", "DISABLED"),
    ("deletion-protected", BUCKET, "forceDestroy", True),
    ("deletion-protected", REPOSITORY, "forceDelete", True),
    (
        "cmk-everywhere",
        PROJECT,
        "logsConfig.s3Logs",
        {"status": "ENABLED", "location": "b", "encryptionDisabled": True},
    ),
    ("cmk-everywhere", PROJECT, "artifacts", {"type": "S3", "encryptionDisabled": True}),
)
for rule, token, path, value in OWN:
    edit = put(token, path, value, every=True)
    M(rule, f"the shop's own {token.rsplit(':', 1)[-1]} with {path} {value}", edit)

KEY = ref("aws:kms/key:Key", prop="arn")
KEYS = "cmk-everywhere"
M(KEYS, "a stream with a key and no type", add("aws:kinesis/stream:Stream", "clicks", kmsKeyId=KEY))
M(
    KEYS,
    "a search domain with a key, switched off",
    add("aws:opensearch/domain:Domain", "search", encryptAtRest={"enabled": False, "kmsKeyId": KEY}),
)
M(
    KEYS,
    "a delivery stream with a key, switched off",
    add(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "hose",
        serverSideEncryption={"enabled": False, "keyArn": KEY, "keyType": "CUSTOMER_MANAGED_CMK"},
    ),
)
M(KEYS, "a warehouse with a key, unencrypted", add("aws:redshift/cluster:Cluster", "h", kmsKeyId=KEY, encrypted=False))

SETTINGS = "configuration.executeCommandConfiguration.logConfiguration"
M("ecs-exec-audited", "shells logged unencrypted", put(ECS_CLUSTER, f"{SETTINGS}.cloudWatchEncryptionEnabled", False))
M("ecs-exec-audited", "shells logged to nowhere", put(ECS_CLUSTER, SETTINGS, {}))
for path in ("/var/run/docker.sock", "/", "/proc"):
    M(
        "ecs-container-hardening",
        f"{path} of the host",
        put(TASK_DEFINITION, "volumes.+", {"name": "v", "hostPath": path}),
    )
M("delivery-hardening", "a privileged test", put(PROJECT, "environment.privilegedMode", True, "delivery-ui-test"))
M(
    "s3-cmk",
    "a bucket with more than logs takes another's logs and drops its encryption",
    add("aws:s3/bucketLogging:BucketLogging", "added", bucket="other", targetBucket=ref(BUCKET, "data-media")),
    put(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucket",
        "another",
        "*media*",
    ),
)
