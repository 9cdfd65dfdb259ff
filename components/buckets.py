"""Common settings of buckets: private, owner enforced, versioned, TLS only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import BucketHandle, KeyHandle
from components.site import DataClass, Site

ABANDONED_UPLOAD_DAYS: Final = 7  # days before the parts of an unfinished upload, charged but unseen, are deleted


class PrivateBucket:
    """A bucket that is accessible only through the given statements."""

    def __init__(
        self,
        tier: Component,
        name: str,
        *,
        key: KeyHandle | None,
        data_class: DataClass,
        statements: Sequence[iam.Statement],
        lifecycle: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
    ) -> None:
        """`key` encrypts the objects; None: keys that S3 manages, for targets of logs that accept no other."""
        self._tier = tier
        self._name = name
        site = tier.site
        self.physical = site.globally_named(name)
        self.arn = Site.bucket_arn(self.physical)
        self.bucket = aws.s3.Bucket(
            tier.child(name),
            bucket=self.physical,
            force_destroy=not site.production,
            tags=tier.tags(data_class, self.physical),
            opts=tier.opts(),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            tier.child(name),
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.opts(),
        )
        aws.s3.BucketOwnershipControls(
            tier.child(name),
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self.opts(),
        )
        versioning = aws.s3.BucketVersioning(
            tier.child(name),
            bucket=self.bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self.opts(),
        )
        self._encryption(key)
        aws.s3.BucketLifecycleConfiguration(
            tier.child(name),
            bucket=self.bucket.bucket,
            rules=list(lifecycle),
            # Rules on old versions only apply once there are versions.
            opts=self.opts(depends_on=[versioning]),
        )
        self.policy = aws.s3.BucketPolicy(
            tier.child(name),
            bucket=self.bucket.bucket,
            policy=iam.document(*statements, iam.tls_only("s3:*", self.arn, f"{self.arn}/*")),
            opts=self.opts(depends_on=[closed]),
        )

    def opts(self, depends_on: Sequence[pulumi.Resource] | None = None) -> pulumi.ResourceOptions:
        """Options of what belongs to this bucket."""
        return self._tier.opts(parent=self.bucket, depends_on=depends_on)

    def handle(self) -> BucketHandle:
        """The bucket to others, who get its name only once its policy lets them in."""
        return BucketHandle(
            name=self.physical,
            arn=self.arn,
            bucket=self.policy.bucket,
            regional_domain_name=self.bucket.bucket_regional_domain_name,
        )

    def _encryption(self, key: KeyHandle | None) -> None:
        by_default = (
            aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=key.arn
            )
            if key
            else aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="AES256"
            )
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._tier.child(self._name),
            bucket=self.bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=by_default,
                    # One KMS call for many objects instead of one for each.
                    bucket_key_enabled=key is not None,
                )
            ],
            opts=self.opts(),
        )


def rule(
    name: str,
    *,
    old_versions_days: int,
    expire_days: int | None = None,
    tier_after_days: int | None = None,
) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """One lifecycle rule over the whole bucket.

    Deletes overwritten versions and abandoned uploads; `expire_days` deletes objects by age, `tier_after_days` moves
    them to Intelligent-Tiering.
    """
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=name,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        ),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=old_versions_days
        ),
        # Expiry by age removes delete markers too; without it they would stay behind deleted objects for ever.
        expiration=(
            aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expire_days)
            if expire_days is not None
            else aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
        ),
        transitions=(
            [
                aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                    days=tier_after_days, storage_class="INTELLIGENT_TIERING"
                )
            ]
            if tier_after_days is not None
            else None
        ),
    )
