"""S3 buckets."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()

KEY = It("aws:kms/key:Key", "key", {"arn": UNKNOWN})
BUCKET = It("aws:s3/bucket:Bucket", "media", {"id": UNKNOWN, "bucket": "shop-media", "arn": UNKNOWN})
V2 = It("aws:s3/bucketV2:BucketV2", "media", BUCKET.props)
KNOWN = BUCKET.but(id="shop-media")


def companion(token: str, name: str, **props: Any) -> It:
    return It(
        f"aws:s3/{token[0].lower()}{token[1:]}:{token}", name, {"bucket": UNKNOWN, **props}, {"bucket": ["media"]}
    )


# s3-public-block
FOUR = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}
BLOCK = companion("BucketPublicAccessBlock", "block", **FOUR)
ACCOUNT_BLOCK = It("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "account", FOUR)
table.passes("s3-public-block", BUCKET, BLOCK)
table.passes("s3-public-block", V2, BLOCK)
table.passes("s3-public-block", KNOWN, BLOCK.but(bucket="shop-media"))
table.passes("s3-public-block", BUCKET, ACCOUNT_BLOCK)
for name in FOUR:
    table.fails("s3-public-block", BUCKET, BLOCK.but(**{name: False}), says=f"leaves {name} off")
table.fails("s3-public-block", KNOWN, BLOCK.but(bucket="shop-logs"), says="no public access block")
table.fails("s3-public-block", BUCKET, ACCOUNT_BLOCK, BLOCK.but("ignorePublicAcls"), says="ignorePublicAcls off")
table.fails("s3-public-block", V2, says="no public access block")
table.unknown("s3-public-block", "undecided", BUCKET, BLOCK.but(blockPublicAcls=UNKNOWN))
table.absent("s3-public-block", "fails", BUCKET, says="no public access block")


# s3-cmk
def encrypting(key: str | None, algorithm: str = "aws:kms", bucket_key: bool = True) -> dict[str, Any]:
    inner = {"sseAlgorithm": algorithm, **({"kmsMasterKeyId": key} if key else {})}
    return {"applyServerSideEncryptionByDefault": inner, "bucketKeyEnabled": bucket_key}


CONFIGURATION = companion("BucketServerSideEncryptionConfiguration", "sse", rules=[encrypting(UNKNOWN)]).linking(
    rules=["key"]
)
BALANCER = It("aws:lb/loadBalancer:LoadBalancer", "alb", {"accessLogs": {"bucket": UNKNOWN}}, {"accessLogs": ["media"]})
LOGGING = companion("BucketLogging", "logging", targetBucket=UNKNOWN).linking(bucket=["other"], targetBucket=["media"])
INLINE = BUCKET.but(serverSideEncryptionConfiguration={"rule": encrypting(UNKNOWN)}).linking(
    serverSideEncryptionConfiguration=["key"]
)
table.passes("s3-cmk", KEY, BUCKET, CONFIGURATION)
table.passes("s3-cmk", KEY, INLINE)
table.passes("s3-cmk", BUCKET, BALANCER)
table.passes("s3-cmk", BUCKET, BALANCER.but("accessLogs", connectionLogs=[{"bucket": "shop-media"}]))
table.passes("s3-cmk", BUCKET, LOGGING)
table.fails("s3-cmk", KEY, BUCKET, CONFIGURATION.but(rules=[encrypting(None, "AES256")]), says="SSE-S3")
table.fails("s3-cmk", KEY, BUCKET, CONFIGURATION.but(rules=encrypting(None)), says="no customer-managed key")
table.fails("s3-cmk", KEY, BUCKET, CONFIGURATION.but(rules=[encrypting("alias/aws/s3")]), says="AWS's own key")
table.fails(
    "s3-cmk",
    KEY,
    BUCKET,
    CONFIGURATION.but(rules=[encrypting(UNKNOWN, bucket_key=False)]).linking(rules=["key"]),
    says="no bucket key",
)
table.fails(
    "s3-cmk", KEY, BUCKET.but(serverSideEncryptionConfiguration=[{"rule": [encrypting(None, "AES256")]}]), says="SSE-S3"
)
table.fails(
    "s3-cmk",
    KEY,
    BUCKET.but(bucket="shop-logs"),
    CONFIGURATION.but(bucket="shop-media"),
    says="no encryption configuration",
)
table.unknown("s3-cmk", "undecided", KEY, BUCKET, CONFIGURATION.but(rules=UNKNOWN))
table.absent("s3-cmk", "fails", KEY, BUCKET, says="no encryption configuration")


# s3-tls-only
def denying(**changes: Any) -> It:
    statement: dict[str, Any] = {
        "Sid": "Tls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::shop-media", "arn:aws:s3:::shop-media/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **changes,
    }
    return companion("BucketPolicy", "policy", policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


TLS = "s3-tls-only"
table.passes(TLS, BUCKET, denying())
table.passes(TLS, BUCKET, denying(Principal={"AWS": ["*"]}, Action="*", Resource="arn:aws:s3:::shop-media/*"))
table.passes(TLS, BUCKET, denying(Condition={"BoolIfExists": {"AWS:securetransport": [False]}}))
table.passes(
    TLS,
    BUCKET,
    companion("BucketPolicy", "policy", policy={"statement": json.loads(denying().props["policy"])["Statement"][0]}),
)
for change in (
    {"Effect": "Allow"},
    {"Principal": {"AWS": "arn:aws:iam::1:root"}},
    {"Action": "s3:GetObject"},
    {"Resource": "arn:aws:s3:::shop-media"},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": "1"}}},
    {"Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}},
    {"Condition": {}},
):
    table.fails(TLS, BUCKET, denying(**change), says="clear text")
table.fails(TLS, BUCKET, companion("BucketPolicy", "policy", policy="{not json"), says="clear text")
table.unknown(TLS, "undecided", BUCKET, denying().but(policy=UNKNOWN))
table.absent(TLS, "fails", BUCKET, says="clear text")

# s3-versioning-lifecycle
VERSIONING = companion("BucketVersioning", "versions", versioningConfiguration={"status": "Enabled"})
LIFECYCLE = companion("BucketLifecycleConfiguration", "lifecycle", rules=[{"id": "old", "status": "Enabled"}])
KEEPING = "s3-versioning-lifecycle"
table.passes(KEEPING, BUCKET, VERSIONING, LIFECYCLE)
table.passes(KEEPING, BUCKET.but(versioning={"enabled": True}, lifecycleRules=[{"enabled": True}]))
table.passes(
    KEEPING,
    V2,
    It("aws:s3/bucketVersioningV2:BucketVersioningV2", "versions", VERSIONING.props, VERSIONING.links),
    It(
        "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
        "lifecycle",
        LIFECYCLE.props,
        LIFECYCLE.links,
    ),
)
table.fails(
    KEEPING,
    BUCKET,
    VERSIONING.but(versioningConfiguration={"status": "Suspended"}),
    LIFECYCLE,
    says="keeps no versions",
)
table.fails(KEEPING, BUCKET, LIFECYCLE, says="keeps no versions")
table.fails(KEEPING, BUCKET, VERSIONING, LIFECYCLE.but(rules=[{"status": "Disabled"}]), says="has no lifecycle rule")
table.unknown(KEEPING, "undecided", BUCKET, VERSIONING.but(versioningConfiguration=UNKNOWN), LIFECYCLE)
table.absent(KEEPING, "fails", BUCKET, VERSIONING, says="has no lifecycle rule")

# s3-access-logging
table.passes("s3-access-logging", BUCKET, companion("BucketLogging", "logging", targetBucket=UNKNOWN))
table.passes("s3-access-logging", BUCKET.but(logging={"targetBucket": "logs"}))
table.passes("s3-access-logging", BUCKET, LOGGING)
table.fails(
    "s3-access-logging",
    KNOWN,
    companion("BucketLogging", "logging", targetBucket="logs").but(bucket="b"),
    says="no access log",
)
table.unknown("s3-access-logging", "passes", BUCKET.but(logging=UNKNOWN))
table.absent("s3-access-logging", "fails", BUCKET, says="no access log")

# s3-acls-disabled
OWNER = companion("BucketOwnershipControls", "owner", rule={"objectOwnership": "BucketOwnerEnforced"})
CDN = It(
    "aws:cloudfront/distribution:Distribution",
    "cdn",
    {"loggingConfig": {"bucket": UNKNOWN}},
    {"loggingConfig": ["media"]},
)
ACLS = "s3-acls-disabled"
table.passes(ACLS, BUCKET, OWNER)
table.passes(ACLS, BUCKET, OWNER.but(rule={"objectOwnership": "BucketOwnerPreferred"}), CDN)
table.fails(ACLS, BUCKET, OWNER.but(rule={"objectOwnership": "ObjectWriter"}), says="ownership ObjectWriter")
table.fails(ACLS, BUCKET, OWNER, companion("BucketAcl", "acl", acl="public-read"), says="public ACL")
table.fails(ACLS, BUCKET.but(acl="public-read-write"), OWNER, says="public ACL")
table.unknown(ACLS, "undecided", BUCKET, OWNER.but(rule=UNKNOWN))
table.absent(ACLS, "fails", BUCKET, says="no object ownership")
