"""The media and the log bucket of the data tier."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components import shared
from tests.components.data_tier import build, small
from tests.components.shared import DATA_KEY

MEDIA = "saleday-dev-media-123456789012-ap-south-1"
LOGS = "saleday-dev-logs-123456789012-ap-south-1"
BOTH = pytest.mark.parametrize(("name", "physical"), [("data-media", MEDIA), ("data-logs", LOGS)])


def policy(name: str) -> dict[str, Any]:
    return shared.statements(small().one("s3/bucketPolicy:BucketPolicy", name).inputs["policy"])


@BOTH
def test_a_bucket_is_closed_to_the_public_in_all_four_ways(name: str, physical: str) -> None:
    block = dict(small().one("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name).inputs)
    assert block.pop("bucket") == physical
    assert block == dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )


@BOTH
def test_a_bucket_keeps_versions_and_knows_no_acls(name: str, physical: str) -> None:
    built = small()
    versioning = built.one("s3/bucketVersioning:BucketVersioning", name).inputs
    assert versioning["versioningConfiguration"]["status"] == "Enabled"
    ownership = built.one("s3/bucketOwnershipControls:BucketOwnershipControls", name).inputs
    assert ownership["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    assert versioning["bucket"] == ownership["bucket"] == physical


@BOTH
def test_a_bucket_refuses_clear_text(name: str, physical: str) -> None:
    statement = policy(name)["DenyPlainHttp"]
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [f"arn:aws:s3:::{physical}", f"arn:aws:s3:::{physical}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@BOTH
def test_only_production_keeps_a_bucket_that_still_holds_objects(name: str, physical: str) -> None:
    assert small().one("s3/bucket:Bucket", name).inputs["forceDestroy"] is True
    assert small(production=True).one("s3/bucket:Bucket", name).inputs["forceDestroy"] is False


def test_media_are_encrypted_with_the_data_key_and_logs_with_keys_of_s3() -> None:
    token = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (media,) = small().one(token, "data-media").inputs["rules"]
    assert media["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": DATA_KEY}
    assert media["bucketKeyEnabled"] is True
    (logs,) = small().one(token, "data-logs").inputs["rules"]
    assert logs["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}, "ELB accepts no other"


def test_only_distributions_of_this_account_read_media() -> None:
    allowed = {sid: one for sid, one in policy("data-media").items() if one["Effect"] == "Allow"}
    assert set(allowed) == {"CloudFrontReads"}
    statement = allowed["CloudFrontReads"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, ["s3:GetObject"])
    assert statement["Resource"] == [f"arn:aws:s3:::{MEDIA}/*"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*"},
    }


def test_each_service_logs_under_its_own_prefix_and_only_writes() -> None:
    allowed = {one["Principal"]["Service"]: one for one in policy("data-logs").values() if one["Effect"] == "Allow"}
    assert {service: (one["Action"], one["Resource"]) for service, one in allowed.items()} == {
        "logdelivery.elasticloadbalancing.amazonaws.com": (
            ["s3:PutObject"],
            [f"arn:aws:s3:::{LOGS}/alb/AWSLogs/123456789012/*"],
        ),
        "logging.s3.amazonaws.com": (["s3:PutObject"], [f"arn:aws:s3:::{LOGS}/s3/*"]),
        "delivery.logs.amazonaws.com": (["s3:PutObject"], [f"arn:aws:s3:::{LOGS}/cloudfront/*"]),
    }
    sources = {
        service: one["Condition"]["ArnLike"]["aws:SourceArn"] for service, one in allowed.items() if "Condition" in one
    }
    assert sources == {
        "logging.s3.amazonaws.com": "arn:aws:s3:::saleday-dev-*",
        "delivery.logs.amazonaws.com": "arn:aws:logs:us-east-1:123456789012:delivery-source:*",
    }


def test_media_log_their_readers_and_the_log_bucket_does_not_log_itself() -> None:
    logging = small().one("s3/bucketLogging:BucketLogging").inputs
    assert (logging["bucket"], logging["targetBucket"], logging["targetPrefix"]) == (MEDIA, LOGS, "s3/media/")


def test_media_move_to_cheaper_tiers_and_leave_no_rubbish() -> None:
    built = build({"media": {"infrequentAfterDays": 30, "oldVersionsDays": 14}})
    (rule,) = built.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "data-media").inputs["rules"]
    assert rule["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 14}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert rule["expiration"] == {"expiredObjectDeleteMarker": True}, "media themselves never expire"


def test_logs_expire() -> None:
    built = build({"logs": {"retentionDays": 45}})
    (rule,) = built.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "data-logs").inputs["rules"]
    assert rule["expiration"] == {"days": 45}
    assert "transitions" not in rule


def test_media_are_archived_only_where_the_settings_say_after_how_long() -> None:
    token = "s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration"
    assert small().of(token) == [], "an archive answers after hours"
    archive = build({"media": {"archiveAfterDays": 180}}).one(token).inputs
    assert archive["tierings"] == [{"accessTier": "ARCHIVE_ACCESS", "days": 180}]


def test_services_may_use_media_but_not_the_logs() -> None:
    built = small()
    assert [name for name in built.handles if name.startswith("buckets.")] == ["buckets.media"]
    assert built.handles["buckets.media"]["name"] == built.handles["buckets.media"]["bucket"] == MEDIA
    assert built.handles["logs"]["arn"] == f"arn:aws:s3:::{LOGS}"
