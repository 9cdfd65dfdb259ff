"""Switches of encryption at rest: whether a named key is used."""

from __future__ import annotations

from ..tokens import PROJECT
from .switch import Switch

_OFF = ("false",)
_PLAIN = "is not encrypted"
_SEARCH = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")

AT_REST = (
    Switch(
        token="aws:kinesis/stream:Stream",
        path="encryptionType",
        right=("kms",),
        absent="none",
        says=f"{_PLAIN} (encryptionType)",
        source="FSBP Kinesis.1",
    ),
    Switch(
        token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        path="serverSideEncryption.enabled",
        absent="false",
        says=_PLAIN,
        source="FSBP DataFirehose.1",
        unless=(
            "kinesisSourceConfiguration",
            "mskSourceConfiguration",
        ),  # the source keeps what Firehose reads, encrypted
    ),
    Switch(
        token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        path="serverSideEncryption.keyType",
        right=("customer_managed_cmk",),
        absent="aws_owned_cmk",
        says="is encrypted with a key that AWS owns (keyType)",
        source="CKV_AWS_241",
        where=(("enabled", ("true",)),),
    ),
    *(
        Switch(token=token, path="encryptAtRest.enabled", absent="false", says=_PLAIN, source="FSBP Opensearch.1")
        for token in _SEARCH
    ),
    Switch(
        token="aws:redshift/cluster:Cluster", path="encrypted", absent="true", says=_PLAIN, source="FSBP Redshift.10"
    ),
    Switch(
        token="aws:neptune/cluster:Cluster",
        path="storageEncrypted",
        absent="false",
        says=_PLAIN,
        source="FSBP Neptune.1",
        unless=("snapshotIdentifier", "replicationSourceIdentifier"),  # encrypted as that is
    ),
    Switch(
        token="aws:docdb/cluster:Cluster",
        path="storageEncrypted",
        absent="false",
        says=_PLAIN,
        source="FSBP DocumentDB.1",
        unless=("snapshotIdentifier",),  # encrypted as that is
    ),
    *(
        Switch(
            token=token,
            path="storageEncrypted",
            absent="false",
            says=_PLAIN,
            source="CKV_AWS_140",
            unless=("sourceDbClusterIdentifier",),  # encrypted as that is
        )
        for token in (
            "aws:rds/globalCluster:GlobalCluster",
            "aws:neptune/globalCluster:GlobalCluster",
            "aws:docdb/globalCluster:GlobalCluster",
        )
    ),
    Switch(token="aws:efs/fileSystem:FileSystem", path="encrypted", absent="false", says=_PLAIN, source="FSBP EFS.1"),
    Switch(
        token="aws:mq/broker:Broker",
        path="encryptionOptions.useAwsOwnedKey",
        right=_OFF,
        absent="true",
        says="is encrypted with a key that AWS owns (useAwsOwnedKey)",
        source="CKV_AWS_209",
    ),
    Switch(
        token="aws:keyspaces/table:Table",
        path="encryptionSpecification.type",
        right=("customer_managed_kms_key",),
        absent="aws_owned_kms_key",
        says="is encrypted with a key that AWS owns (type)",
        source="CKV_AWS_265",
    ),
    Switch(
        token="aws:sfn/stateMachine:StateMachine",
        path="encryptionConfiguration.type",
        right=("customer_managed_kms_key",),
        says="is encrypted with a key that AWS owns (type)",
        source="provider",
    ),
    Switch(
        token="aws:athena/workgroup:Workgroup",
        path="configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
        right=("sse_kms", "cse_kms"),
        says="is encrypted with a key that AWS owns (encryptionOption)",
        source="CKV_AWS_159",
    ),
    Switch(
        token="aws:athena/workgroup:Workgroup",
        path="configuration.enforceWorkgroupConfiguration",
        absent="true",
        says="lets clients connect without encryption",
        source="CKV_AWS_82",
    ),
    Switch(
        token="aws:synthetics/canary:Canary",
        path="artifactConfig.s3Encryption.encryptionMode",
        right=("sse_kms",),
        says="is encrypted with a key that AWS owns (encryptionMode)",
        source="provider",
    ),
    *(
        Switch(
            token=PROJECT,
            path=f"{block}.encryptionDisabled",
            right=_OFF,
            absent="false",
            says="leaves its artifacts unencrypted",
            source="FSBP CodeBuild.3, CKV_AWS_78",
            where=(("type", ("s3", "codepipeline")),),
        )
        for block in ("artifacts", "secondaryArtifacts")
    ),
    Switch(
        token=PROJECT,
        path="logsConfig.s3Logs.encryptionDisabled",
        right=_OFF,
        absent="false",
        says="leaves its logs in S3 unencrypted",
        source="FSBP CodeBuild.3",
        where=(("status", ("enabled",)),),
    ),
)
