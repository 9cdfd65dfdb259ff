"""Outputs of buckets, queues, topics and backups."""

from __future__ import annotations

from typing import Final

from aws_facts.regions import column
from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, bare, regional

S3_ZONES: Final = column("websiteZone")
_DASHED_WEBSITES: Final = column("websiteDash")


def _website_domain(thing: FakeResource) -> str:
    dash = "-" if thing.place.region in _DASHED_WEBSITES else "."
    return thing.fill(f"s3-website{dash}{{region}}.{{suffix}}")


_BUCKET_CHILD: Final = ResourceKind("{bucket}")

KINDS: dict[str, ResourceKind] = {
    "s3/bucket": ResourceKind(
        "{name}",
        bare("s3", "{id}"),
        {
            "bucketDomainName": "{id}.s3.{suffix}",
            "bucketRegionalDomainName": "{id}.s3.{region}.{suffix}",
            "bucketRegion": "{region}",
            "hostedZoneId": lambda t: S3_ZONES.get(t.place.region, t.fill("Z{upper13:s3}")),
            "websiteDomain": "",
            "websiteEndpoint": "",
            "requestPayer": "BucketOwner",
            # S3's defaults of every new bucket.
            "serverSideEncryptionConfiguration": lambda t: {
                "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
            },
            "versioning": lambda t: {"enabled": False, "mfaDelete": False},
        },
    ),
    "s3/bucketObject": ResourceKind(
        "{bucket}/{key}", bare("s3", "{bucket}/{key}"), {"etag": "{hex32}", "versionId": "{lower32}"}
    ),
    "s3/bucketObjectv2": ResourceKind(
        "{bucket}/{key}", bare("s3", "{bucket}/{key}"), {"etag": "{hex32}", "versionId": "{lower32}"}
    ),
    "s3/bucketAcl": ResourceKind(lambda t: ",".join(part for part in (t.text("bucket"), t.text("acl")) if part)),
    "s3/bucketIntelligentTieringConfiguration": ResourceKind("{bucket}:{name}"),
    "s3/bucketMetric": ResourceKind("{bucket}:{name}"),
    "s3/analyticsConfiguration": ResourceKind("{bucket}:{name}"),
    "s3/inventory": ResourceKind("{bucket}:{name}"),
    "s3/bucketWebsiteConfiguration": ResourceKind(
        "{bucket}",
        outputs={
            "websiteDomain": _website_domain,
            "websiteEndpoint": lambda t: f"{t.text('bucket')}.{_website_domain(t)}",
        },
    ),
    "s3/accessPoint": ResourceKind(
        "{account}:{name}",
        regional("s3", "accesspoint/{name}"),
        {
            "alias": "{name}-{lower34}-s3alias",
            "domainName": "{name}-{account}.s3-accesspoint.{region}.{suffix}",
            "networkOrigin": lambda t: "VPC" if t.inputs.get("vpcConfiguration") else "Internet",
        },
    ),
    "s3/accountPublicAccessBlock": ResourceKind("{account}"),
    "s3/directoryBucket": ResourceKind("{bucket}", regional("s3express", "bucket/{bucket}")),
    "s3control/accessPointPolicy": ResourceKind("{accessPointArn}"),
    "s3control/multiRegionAccessPoint": ResourceKind(
        lambda t: t.fill(f"{{account}}:{(t.inputs.get('details') or {}).get('name', '')}"),
        "arn:{partition}:s3::{account}:accesspoint/{lower13}.mrap",
        {"alias": "{lower13}.mrap", "domainName": "{lower13}.mrap.accesspoint.s3-global.{suffix}", "status": "READY"},
    ),
    "s3control/storageLensConfiguration": ResourceKind(
        "{account}:{configId}", regional("s3", "storage-lens/{configId}")
    ),
    "sqs/queue": ResourceKind(
        "https://sqs.{region}.{suffix}/{account}/{name}", regional("sqs", "{name}"), {"url": "{id}"}
    ),
    "sqs/queuePolicy": ResourceKind("{queueUrl}"),
    "sqs/redrivePolicy": ResourceKind("{queueUrl}"),
    "sqs/redriveAllowPolicy": ResourceKind("{queueUrl}"),
    "sns/topic": ResourceKind(
        "{arn}",
        regional("sns", "{name}"),
        {"owner": "{account}", "beginningArchiveTime": "", "tracingConfig": "PassThrough"},
    ),
    "sns/topicPolicy": ResourceKind("{arn}", outputs={"owner": "{account}"}),
    "sns/topicSubscription": ResourceKind(
        "{arn}",
        lambda t: f"{t.text('topic')}:{t.uuid()}",
        {
            "ownerId": "{account}",
            # A person has to click the link in the mail.
            "pendingConfirmation": lambda t: t.text("protocol") in ("email", "email-json"),
            "confirmationWasAuthenticated": lambda t: t.text("protocol") in ("sqs", "lambda", "firehose"),
        },
    ),
    "sns/dataProtectionPolicy": ResourceKind("{arn}"),
    "sns/smsPreferences": ResourceKind("aws_sns_sms_id"),
    "backup/vault": ResourceKind("{name}", regional("backup", "backup-vault:{id}")),
    "backup/logicallyAirGappedVault": ResourceKind("{name}", regional("backup", "backup-vault:{id}")),
    "backup/vaultLockConfiguration": ResourceKind(
        "{backupVaultName}", outputs={"backupVaultArn": regional("backup", "backup-vault:{id}")}
    ),
    "backup/vaultNotifications": ResourceKind(
        "{backupVaultName}", outputs={"backupVaultArn": regional("backup", "backup-vault:{id}")}
    ),
    "backup/vaultPolicy": ResourceKind(
        "{backupVaultName}", outputs={"backupVaultArn": regional("backup", "backup-vault:{id}")}
    ),
    "backup/plan": ResourceKind("{uuid}", regional("backup", "backup-plan:{id}"), {"version": "{lower48}"}),
    "backup/selection": ResourceKind("{uuid}"),
    "backup/framework": ResourceKind(
        "{name}", regional("backup", "framework:{name}-{uuid}"), {"deploymentStatus": "COMPLETED"}
    ),
    "backup/reportPlan": ResourceKind(
        "{name}", regional("backup", "report-plan:{name}-{uuid}"), {"deploymentStatus": "COMPLETED"}
    ),
    "backup/restoreTestingPlan": ResourceKind("{name}", regional("backup", "restore-testing-plan:{name}-{uuid}")),
    "backup/restoreTestingSelection": ResourceKind("{name}:{restoreTestingPlanName}"),
    "backup/globalSettings": ResourceKind("{account}"),
    "backup/regionSettings": ResourceKind("{region}"),
} | {
    f"s3/bucket{child}": _BUCKET_CHILD
    for child in (
        "Abac",
        "AccelerateConfiguration",
        "CorsConfiguration",
        "LifecycleConfiguration",
        "Logging",
        "MetadataConfiguration",
        "Notification",
        "ObjectLockConfiguration",
        "OwnershipControls",
        "Policy",
        "PublicAccessBlock",
        "ReplicationConfig",
        "RequestPaymentConfiguration",
        "ServerSideEncryptionConfiguration",
        "Versioning",
    )
}
