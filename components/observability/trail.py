"""The audit trail: every management event of the account, in a locked bucket and, for alarms, in a log group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import BucketHandle, KeyHandle
from components.stores.buckets import BUCKETS
from components.stores.registry import Stores
from components.stores.tables import TABLES
from specs.observability import Observability

GLACIER_AFTER_DAYS: Final = 90  # S3 Glacier Instant Retrieval: a fifth of the price, read at once, at least 90 days
NONCURRENT_DAYS: Final = 1  # CloudTrail never overwrites; a version that is not current is one somebody deleted
INSIGHTS: Final = ("ApiCallRateInsight", "ApiErrorRateInsight")

Selector = aws.cloudtrail.TrailAdvancedEventSelectorArgs
Field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
DefaultEncryption = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs


@dataclass(frozen=True, kw_only=True)
class Trail:
    arn: pulumi.Output[str]
    log_group: aws.cloudwatch.LogGroup
    log_group_name: str


def make_trail(
    tier: Component, *, key: KeyHandle, settings: Observability, access_logs: BucketHandle, stores: Stores
) -> Trail:
    """The trail with its bucket, log group and role."""
    site = tier.site
    name = site.named("trail")
    trail_arn = site.arn("cloudtrail", f"trail/{name}")
    bucket, ready = _bucket(tier, key, settings, access_logs, trail_arn)
    group_name = f"/{site.project}/{site.stack}/trail"
    group = aws.cloudwatch.LogGroup(
        tier.child("trail"),
        name=group_name,
        retention_in_days=settings.log_retention_days,
        kms_key_id=key.arn,
        tags=tier.tags("confidential", group_name),
        opts=tier.opts(),
    )
    role, may_write = _log_role(tier, group_name, settings.organization_id)
    trail = aws.cloudtrail.Trail(
        tier.child("trail"),
        name=name,
        s3_bucket_name=bucket.bucket,
        kms_key_id=key.arn,
        is_multi_region_trail=True,
        is_organization_trail=settings.organization_id is not None or None,
        include_global_service_events=True,
        enable_log_file_validation=True,
        cloud_watch_logs_group_arn=group.arn.apply(lambda arn: f"{arn}:*"),
        cloud_watch_logs_role_arn=role.arn,
        advanced_event_selectors=_selectors(settings, stores),
        insight_selectors=[aws.cloudtrail.TrailInsightSelectorArgs(insight_type=kind) for kind in INSIGHTS]
        if settings.trail_insights
        else None,
        tags=tier.tags("confidential", name),
        opts=tier.opts(depends_on=[*ready, may_write]),
    )
    return Trail(arn=trail.arn, log_group=group, log_group_name=group_name)


def _selectors(settings: Observability, stores: Stores) -> list[Selector]:
    """Management events always; data events, which cost by the event, as far as the settings ask for them."""
    selectors = [
        Selector(name="Management events", field_selectors=[Field(field="eventCategory", equals=["Management"])])
    ]
    if settings.trail_media_writes and stores.of(BUCKETS):
        prefixes = [f"{bucket.arn}/" for bucket in stores.of(BUCKETS).values()]
        selectors.append(_writes("Writes to media", "AWS::S3::Object", "starts_withs", prefixes))
    if settings.trail_table_writes and stores.of(TABLES):
        arns = [table.arn for table in stores.of(TABLES).values()]
        selectors.append(_writes("Writes to tables", "AWS::DynamoDB::Table", "equals", arns))
    return selectors


def _writes(name: str, resource_type: str, match: str, arns: Sequence[str]) -> Selector:
    return Selector(
        name=name,
        field_selectors=[
            Field(field="eventCategory", equals=["Data"]),
            Field(field="resources.type", equals=[resource_type]),
            Field(field="readOnly", equals=["false"]),
            Field(field="resources.ARN", **{match: list(arns)}),
        ],
    )


def _bucket(
    tier: Component, key: KeyHandle, settings: Observability, access_logs: BucketHandle, trail_arn: str
) -> tuple[aws.s3.Bucket, list[pulumi.Resource]]:
    """The bucket, and the resources that have to exist before CloudTrail writes to it."""
    site = tier.site
    name = site.globally_named("trail")
    bucket = aws.s3.Bucket(
        tier.child("trail"),
        bucket=name,
        # Object Lock is enabled at creation.
        object_lock_enabled=True,
        # Deleting locked files requires bypass of governance mode, which nobody needs in production.
        force_destroy=not site.production,
        tags=tier.tags("confidential", name),
        opts=tier.opts(),
    )
    block = aws.s3.BucketPublicAccessBlock(
        tier.child("trail"),
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=tier.opts(parent=bucket),
    )
    ownership = aws.s3.BucketOwnershipControls(
        tier.child("trail"),
        bucket=bucket.bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=tier.opts(parent=bucket),
    )
    versioning = aws.s3.BucketVersioning(
        tier.child("trail"),
        bucket=bucket.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=tier.opts(parent=bucket),
    )
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        tier.child("trail"),
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=DefaultEncryption(
                    sse_algorithm="aws:kms", kms_master_key_id=key.arn
                ),
                bucket_key_enabled=True,
            )
        ],
        opts=tier.opts(parent=bucket),
    )
    lock = aws.s3.BucketObjectLockConfiguration(
        tier.child("trail"),
        bucket=bucket.bucket,
        rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
            default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                # Governance, not compliance: a compliance lock cannot be undone by anyone, root included.
                mode="GOVERNANCE",
                days=settings.trail_retention_days,
            )
        ),
        opts=tier.opts(parent=bucket, depends_on=[versioning]),
    )
    aws.s3.BucketLifecycleConfiguration(
        tier.child("trail"),
        bucket=bucket.bucket,
        rules=_lifecycle(settings.trail_retention_days),
        opts=tier.opts(parent=bucket, depends_on=[versioning]),
    )
    aws.s3.BucketLogging(
        tier.child("trail"),
        bucket=bucket.bucket,
        target_bucket=access_logs.bucket,
        target_prefix=f"s3/{name}/",
        opts=tier.opts(parent=bucket),
    )
    policy = aws.s3.BucketPolicy(
        tier.child("trail"),
        bucket=bucket.bucket,
        policy=_bucket_policy(tier, name, trail_arn, settings.organization_id),
        opts=tier.opts(parent=bucket, depends_on=[block]),
    )
    return bucket, [ownership, encryption, lock, policy]


def _lifecycle(retention_days: int) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    """Colder storage after three months, where files outlive them; removal once their lock is over."""
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs
    transition = aws.s3.BucketLifecycleConfigurationRuleTransitionArgs
    outlives = retention_days >= 2 * GLACIER_AFTER_DAYS
    return [
        rule(
            id="retain",
            status="Enabled",
            filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            transitions=[transition(days=GLACIER_AFTER_DAYS, storage_class="GLACIER_IR")] if outlives else None,
            # A day after the lock, as a lock counts from the minute and a lifecycle from midnight.
            expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=retention_days + 1),
            noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=NONCURRENT_DAYS
            ),
            abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=1
            ),
        )
    ]


def _bucket_policy(tier: Component, bucket: str, trail_arn: str, organization_id: str | None) -> str:
    site = tier.site
    arn = site.bucket_arn(bucket)
    # Files of the other accounts of an organisation lie below its id.
    owners = [site.account_id, *([organization_id] if organization_id else [])]
    service = {"Service": "cloudtrail.amazonaws.com"}
    from_trail = {"aws:SourceArn": trail_arn}  # holds the account too
    return iam.document(
        iam.statement(
            "CloudTrailChecksOwner",
            ["s3:GetBucketAcl"],
            [arn],
            principal=service,
            condition={"StringEquals": from_trail},
        ),
        iam.statement(
            "CloudTrailWrites",
            ["s3:PutObject"],
            [f"{arn}/AWSLogs/{owner}/*" for owner in owners],
            principal=service,
            condition={"StringEquals": {**from_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
        iam.tls_only("s3:*", arn, f"{arn}/*"),
    )


def _log_role(tier: Component, group_name: str, organization_id: str | None) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    site = tier.site
    name = site.named("trail")
    role = aws.iam.Role(
        tier.child("trail"),
        name=name,
        description="Lets CloudTrail write to its log group",
        # CloudTrail is not known to name its source when it assumes this role. What the role may do is narrow anyway:
        # write into this account's own streams of one log group.
        assume_role_policy=iam.trust("cloudtrail.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    # An organisation's trail writes a stream for each account, named after the organisation.
    writers = [f"{site.account_id}_CloudTrail_{site.region}*", *([f"{organization_id}_*"] if organization_id else [])]
    streams = [site.arn("logs", f"log-group:{group_name}:log-stream:{writer}") for writer in writers]
    policy = aws.iam.RolePolicy(
        tier.child("trail"),
        name="write-trail",
        role=role.name,
        policy=iam.document(iam.statement("WriteTrail", ["logs:CreateLogStream", "logs:PutLogEvents"], streams)),
        opts=tier.opts(parent=role),
    )
    return role, policy
