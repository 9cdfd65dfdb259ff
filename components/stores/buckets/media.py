"""The bucket of images and static files, which CloudFront reads."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.buckets import PrivateBucket, rule
from components.handles import BucketHandle
from components.site import Site
from components.stores.args import DataTierArgs
from components.stores.buckets import log_bucket
from components.stores.buckets.handle import MediaHandle
from components.stores.contract import Built

# Intelligent-Tiering's archive that answers within hours; the deep one takes half a day.
_ARCHIVE: Final = "ARCHIVE_ACCESS"


def build(tier: Component, args: DataTierArgs, logs: BucketHandle) -> Built[MediaHandle]:
    """The media bucket; its access log goes to `logs`."""
    media = args.data.media
    bucket = PrivateBucket(
        tier,
        media.name,
        key=args.keys.data,
        data_class="public",  # what every visitor of the shop sees
        statements=[_read_by_cloudfront(args.site, media.name)],
        lifecycle=[
            rule(
                "tier-and-clean-up",
                old_versions_days=media.old_versions_days,
                tier_after_days=media.infrequent_after_days,
            )
        ],
    )
    if media.archive_after_days is not None:
        aws.s3.BucketIntelligentTieringConfiguration(
            tier.child(media.name),
            bucket=bucket.bucket.bucket,
            name="archive",
            status="Enabled",
            tierings=[
                aws.s3.BucketIntelligentTieringConfigurationTieringArgs(
                    access_tier=_ARCHIVE, days=media.archive_after_days
                )
            ],
            opts=bucket.opts(),
        )
    aws.s3.BucketLogging(
        tier.child(media.name),
        bucket=bucket.bucket.bucket,
        target_bucket=logs.bucket,
        target_prefix=f"{log_bucket.S3_PREFIX}{media.name}/",
        opts=bucket.opts(),
    )
    handle = MediaHandle(**vars(bucket.handle()))
    return Built(handles={media.name: handle}, backed_up=[bucket.bucket.arn])


def _read_by_cloudfront(site: Site, name: str) -> iam.Statement:
    """Only distributions of this account, which sign their requests (origin access control)."""
    return iam.statement(
        "CloudFrontReads",
        ["s3:GetObject"],
        [f"{Site.bucket_arn(site.globally_named(name))}/*"],
        principal={"Service": "cloudfront.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": site.account_id},
            "ArnLike": {"aws:SourceArn": site.arn("cloudfront", "distribution/*", region="")},
        },
    )
