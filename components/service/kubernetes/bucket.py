"""Private bucket with the rendered Kubernetes objects, one YAML file for each service."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.buckets import PrivateBucket, rule
from components.handles import BucketHandle, KeyHandle

OLD_VERSIONS_DAYS: Final = 90  # how far back one can see, and go


class ManifestBucket:
    """The bucket; EventBridge hears of every file that is written."""

    def __init__(self, tier: Component, key: KeyHandle, access_logs: BucketHandle | None) -> None:
        self._tier, self._key = tier, key
        self._bucket = PrivateBucket(
            tier,
            "manifests",
            key=key,
            data_class="internal",
            statements=[],
            lifecycle=[rule("old-versions", old_versions_days=OLD_VERSIONS_DAYS)],
        )
        self.name, self.arn = self._bucket.physical, self._bucket.arn
        bucket = self._bucket.bucket.bucket
        aws.s3.BucketNotification(tier.child("manifests"), bucket=bucket, eventbridge=True, opts=self._bucket.opts())
        if access_logs is not None:
            aws.s3.BucketLogging(
                tier.child("manifests"),
                bucket=bucket,
                target_bucket=access_logs.bucket,
                target_prefix="s3/manifests/",
                opts=self._bucket.opts(),
            )

    def write(self, name: str, text: pulumi.Input[str]) -> str:
        """Keep `text` as `<name>.yaml`; returns the key."""
        key = f"{name}.yaml"
        tier = self._tier
        aws.s3.BucketObjectv2(
            tier.child("manifests", name),
            # By way of its policy, so that nothing is written before the bucket is closed.
            bucket=self._bucket.policy.bucket,
            key=key,
            content=text,
            content_type="application/yaml",
            server_side_encryption="aws:kms",
            kms_key_id=self._key.arn,
            bucket_key_enabled=True,
            tags=tier.tags("internal"),
            opts=self._bucket.opts(),
        )
        return key
