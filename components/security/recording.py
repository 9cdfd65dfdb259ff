"""AWS Config: the recorder, the bucket that it delivers to, and the conformance pack that judges what it records."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.buckets import PrivateBucket, rule
from components.handles import BucketHandle, KeyHandle
from components.security import conformance
from components.site import Site
from specs.account import Holding
from specs.security import Detection

# AWS names the one recorder and the one channel of an account and region so, and Security Hub looks for them.
DEFAULT: Final = "default"
SNAPSHOT_EVERY: Final = "TwentyFour_Hours"
OLD_VERSIONS_DAYS: Final = 30  # days that a version which is not current stays
_MODES: Final = {"continuous": "CONTINUOUS", "daily": "DAILY"}


def record(
    tier: Component, detection: Detection, holding: Holding, *, key: KeyHandle, access_logs: BucketHandle
) -> list[pulumi.Resource]:
    """The recorder, running, and the conformance pack; returns the resources that have to exist
    before anything else judges."""
    recorder = [_recorder(tier, detection, key, access_logs)] if holding == "create" else []
    if detection.conformance_pack and holding != "leave":
        aws.cfg.ConformancePack(
            tier.child("config", "pack"),
            name=tier.site.named("baseline"),
            template_body=conformance.template(tier.site.region),
            opts=tier.opts(depends_on=recorder),
        )
    return recorder


def _recorder(tier: Component, detection: Detection, key: KeyHandle, access_logs: BucketHandle) -> pulumi.Resource:
    bucket = _bucket(tier, detection, key, access_logs)
    role, may = _role(tier, bucket, key)
    recorder = aws.cfg.Recorder(
        tier.child("config"),
        name=DEFAULT,
        role_arn=role.arn,
        recording_group=aws.cfg.RecorderRecordingGroupArgs(all_supported=True, include_global_resource_types=True),
        recording_mode=aws.cfg.RecorderRecordingModeArgs(recording_frequency=_MODES[detection.recording]),
        opts=tier.opts(depends_on=[may]),
    )
    channel = aws.cfg.DeliveryChannel(
        tier.child("config"),
        name=DEFAULT,
        s3_bucket_name=bucket.bucket.bucket,
        s3_kms_key_arn=key.arn,
        snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
            delivery_frequency=SNAPSHOT_EVERY
        ),
        opts=tier.opts(parent=recorder, depends_on=[recorder, bucket.policy]),
    )
    return aws.cfg.RecorderStatus(
        tier.child("config"),
        name=recorder.name,
        is_enabled=True,
        # A recorder starts only once it has where to deliver.
        opts=tier.opts(parent=recorder, depends_on=[channel]),
    )


def _bucket(tier: Component, detection: Detection, key: KeyHandle, access_logs: BucketHandle) -> PrivateBucket:
    """Delivery bucket of Config. Deletion is denied to everyone.

    Config delivers to no bucket whose Object Lock has a default retention (Config guide, "Managing the delivery
    channel"), so a statement locks it instead; the lifecycle, which no policy binds, removes files by age.
    """
    name = "config"
    arn = Site.bucket_arn(tier.site.globally_named(name))
    bucket = PrivateBucket(
        tier,
        name,
        key=key,
        data_class="confidential",
        statements=[
            iam.statement(
                "NobodyDeletes",
                ["s3:DeleteObject", "s3:DeleteObjectVersion"],
                [f"{arn}/*"],
                effect="Deny",
                principal="*",
            ),
        ],
        lifecycle=[rule("expire", expire_days=detection.recording_retention_days, old_versions_days=OLD_VERSIONS_DAYS)],
    )
    aws.s3.BucketLogging(
        tier.child(name),
        bucket=bucket.bucket.bucket,
        target_bucket=access_logs.bucket,
        target_prefix=f"s3/{name}/",
        opts=bucket.opts(),
    )
    return bucket


def _role(tier: Component, bucket: PrivateBucket, key: KeyHandle) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Config's own role, and what lets it deliver.

    Not the service-linked one: that exists in most accounts already, and IAM refuses to make it twice.
    """
    site = tier.site
    name = site.named("config")
    role = aws.iam.Role(
        tier.child("config"),
        name=name,
        description="Lets AWS Config look at resources and deliver what it records",
        assume_role_policy=iam.trust("config.amazonaws.com", account_id=site.account_id),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    aws.iam.RolePolicyAttachment(
        tier.child("config"),
        role=role.name,
        policy_arn=site.managed_policy_arn("service-role/AWS_ConfigRole"),
        opts=tier.opts(parent=role),
    )
    policy = aws.iam.RolePolicy(
        tier.child("config"),
        name="deliver",
        role=role.name,
        policy=iam.document(
            iam.statement(
                "Deliver",
                ["s3:PutObject"],
                [f"{bucket.arn}/AWSLogs/{site.account_id}/*"],
                condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            ),
            iam.statement("FindBucket", ["s3:GetBucketAcl", "s3:ListBucket"], [bucket.arn]),
            iam.statement(
                "EncryptDelivery",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                [site.arn("kms", "key/*")],
                condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key.alias_name}},
            ),
        ),
        opts=tier.opts(parent=role),
    )
    return role, policy
