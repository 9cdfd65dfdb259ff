"""Mistakes in buckets."""

from __future__ import annotations

from policy.pack.tokens import BUCKET, BUCKET_LOGGING, BUCKET_POLICY
from tests.policy.mutations import GONE, Edit, Mistakes, add, drop, put, ref, remove

mistakes = Mistakes()
M = mistakes

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ACL = "aws:s3/bucketAcl:BucketAcl"
MEDIA = "data-media"
DEFAULT = "rules.0.applyServerSideEncryptionByDefault"
NEW_BUCKET = add(BUCKET, "more", bucket="more")


def tls(path: str, value: object, name: str = "invoices-policy") -> Edit:
    """Changes the statement that denies clear text."""
    return put(BUCKET_POLICY, f"policy|Statement.0.{path}", value, name)


# s3-public-block
PUBLIC = "s3-public-block"
M(PUBLIC, "one of four is off", put(BLOCK, "restrictPublicBuckets", False))
M(PUBLIC, "one of four is dropped", drop(BLOCK, "ignorePublicAcls"))
M(PUBLIC, "no block", remove(BLOCK, MEDIA))
M(PUBLIC, "a new bucket", NEW_BUCKET)
M(PUBLIC, "the block is another bucket's", put(BLOCK, "bucket", "elsewhere", "invoices-block"), on="billing")

# s3-cmk
CMK = "s3-cmk"
M(CMK, "S3's own key", put(ENCRYPTION, f"{DEFAULT}.sseAlgorithm", "AES256", MEDIA))
M(CMK, "AWS's own KMS key", drop(ENCRYPTION, f"{DEFAULT}.kmsMasterKeyId", name=MEDIA))
M(CMK, "by its alias", put(ENCRYPTION, f"{DEFAULT}.kmsMasterKeyId", "alias/aws/s3", "invoices-crypt"), on="billing")
M(CMK, "no bucket key", put(ENCRYPTION, "rules.0.bucketKeyEnabled", False, MEDIA))
M(CMK, "no configuration", remove(ENCRYPTION, MEDIA))
M(CMK, "another account's key", put(ENCRYPTION, f"{DEFAULT}.kmsMasterKeyId", "arn:aws:kms:x:9:key/1", MEDIA))
M(CMK, "an empty configuration", put(ENCRYPTION, "rules", [], MEDIA))
M(
    CMK,
    "inline, S3's own key",
    remove(ENCRYPTION, MEDIA),
    put(
        BUCKET,
        "serverSideEncryptionConfiguration",
        {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}},
        MEDIA,
    ),
)

# s3-tls-only
TLS = "s3-tls-only"
M(TLS, "the statement is dropped", put(BUCKET_POLICY, "policy|Statement", [], "invoices-policy"), on="billing")
M(TLS, "the policy is dropped", remove(BUCKET_POLICY, "invoices-policy"), on="billing")
M(TLS, "the other way round", tls("Condition.Bool", {"aws:SecureTransport": "true"}), on="billing")
M(TLS, "it allows where it should deny", tls("Effect", "Allow"), on="billing")
M(TLS, "reads alone", tls("Action", "s3:GetObject"), on="billing")
M(TLS, "one caller alone", tls("Principal", {"AWS": "arn:aws:iam::1:root"}), on="billing")
M(TLS, "only under one folder", tls("Resource", "arn:aws:s3:::billing-invoices/a/*"), on="billing")
M(TLS, "only if a second condition holds", tls("Condition.StringEquals", {"aws:PrincipalAccount": "1"}), on="billing")
M(TLS, "another bucket's objects", tls("Resource", ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), on="billing")
M(
    TLS,
    "all but some callers",
    put(BUCKET_POLICY, "policy|Statement.0.Principal", GONE, "invoices-policy"),
    put(BUCKET_POLICY, "policy|Statement.0.NotPrincipal", {"AWS": "arn:aws:iam::1:root"}, "invoices-policy"),
    on="billing",
)

# s3-versioning-lifecycle
KEEPS = "s3-versioning-lifecycle"
M(KEEPS, "versions are suspended", put(VERSIONING, "versioningConfiguration.status", "Suspended", MEDIA))
M(KEEPS, "no versions", remove(VERSIONING, MEDIA))
M(KEEPS, "no lifecycle", remove(LIFECYCLE, MEDIA))
M(KEEPS, "the lifecycle's rule is off", put(LIFECYCLE, "rules.*.status", "Disabled", MEDIA))

# s3-access-logging
LOGS = "s3-access-logging"
M(LOGS, "no logging", remove(BUCKET_LOGGING, MEDIA))
M(LOGS, "a new bucket", NEW_BUCKET, on="billing")
M(LOGS, "the logging is another bucket's", put(BUCKET_LOGGING, "bucket", "elsewhere", "invoices-log"), on="billing")

# s3-acls-disabled
ACLS = "s3-acls-disabled"
M(ACLS, "ownership is left to the writer", put(OWNERSHIP, "rule.objectOwnership", "ObjectWriter", MEDIA))
M(ACLS, "ownership is preferred, not enforced", put(OWNERSHIP, "rule.objectOwnership", "BucketOwnerPreferred"))
M(ACLS, "nothing said", remove(OWNERSHIP, MEDIA))
M(ACLS, "a public ACL", add(ACL, "open", bucket=ref(BUCKET, "invoices"), acl="public-read"), on="billing")
M(ACLS, "a public ACL inline", put(BUCKET, "acl", "public-read-write", "invoices"), on="billing")
M(
    ACLS,
    "a grant to everybody",
    add(
        ACL,
        "open",
        bucket=ref(BUCKET, "invoices"),
        accessControlPolicy={
            "grants": [
                {
                    "grantee": {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
                    "permission": "READ",
                }
            ]
        },
    ),
    on="billing",
)
