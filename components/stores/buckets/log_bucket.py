"""The bucket of access logs: of the load balancer, of CloudFront and of the other buckets.

Encrypted by S3's own keys: logs of load balancers and of S3 can be delivered to no other (ELB user guide, "Enable
access logs"; S3 user guide, "Enabling server access logging").
"""

from __future__ import annotations

from typing import Final

from aws_facts.regions import EDGE_REGION
from components import iam
from components.base import Component
from components.buckets import PrivateBucket, rule
from components.site import Site
from components.stores.args import DataTierArgs
from specs.stores.buckets import LOG_BUCKET

ALB_PREFIX: Final = "alb/"
S3_PREFIX: Final = "s3/"
CLOUDFRONT_PREFIX: Final = "cloudfront/"
OLD_VERSIONS_DAYS: Final = 7  # days: nothing overwrites logs, so a version is old only when someone deleted it


def build(tier: Component, args: DataTierArgs) -> PrivateBucket:
    site = args.site
    arn = Site.bucket_arn(site.globally_named(LOG_BUCKET))
    return PrivateBucket(
        tier,
        LOG_BUCKET,
        key=None,
        data_class="confidential",  # addresses of visitors
        statements=[_load_balancers(site, arn), _buckets(site, arn), _cloudfront(site, arn)],
        lifecycle=[
            rule("expire", expire_days=args.data.logs.retention_days, old_versions_days=OLD_VERSIONS_DAYS),
        ],
    )


def _load_balancers(site: Site, arn: str) -> iam.Statement:
    """Access and connection logs.

    Narrowed by the path, in which ELB itself puts the load balancer's account: the policy that AWS documents has no
    condition on the source, and one on a key that the delivery does not send would refuse every log.
    """
    return iam.statement(
        "LoadBalancersLog",
        ["s3:PutObject"],
        [f"{arn}/{ALB_PREFIX}AWSLogs/{site.account_id}/*"],
        principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    )


def _buckets(site: Site, arn: str) -> iam.Statement:
    """Server access logs of the stack's other buckets."""
    return iam.statement(
        "BucketLogs",
        ["s3:PutObject"],
        [f"{arn}/{S3_PREFIX}*"],
        principal={"Service": "logging.s3.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": site.account_id},
            "ArnLike": {"aws:SourceArn": Site.bucket_arn(f"{site.prefix}-*")},
        },
    )


def _cloudfront(site: Site, arn: str) -> iam.Statement:
    """Standard logging v2, which CloudWatch's log delivery writes from us-east-1."""
    return iam.statement(
        "CloudFrontLogs",
        ["s3:PutObject"],
        [f"{arn}/{CLOUDFRONT_PREFIX}*"],
        principal={"Service": "delivery.logs.amazonaws.com"},
        condition={
            "StringEquals": {"aws:SourceAccount": site.account_id, "s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnLike": {"aws:SourceArn": site.arn("logs", "delivery-source:*", region=EDGE_REGION)},
        },
    )
