"""Rules for S3 buckets, whether settled inline or by companion resources."""

from __future__ import annotations

from ..documents import Statement, statements
from ..encryption import OUTSIDE_KEYS, key_problem
from ..graph import Graph, values_at
from ..patterns import matches
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..switches import PUBLIC_BLOCKS, by_token, wrongly_set
from ..tokens import BUCKET, BUCKET_LOGGING, BUCKET_POLICY, DISTRIBUTION, LOAD_BALANCER
from ..values import Block, UndecidedError

PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_PUBLIC_ACCESS_BLOCK = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ACL = "aws:s3/bucketAcl:BucketAcl"

# Public access blocks besides a bucket's own: of an account, of access points.
_OTHER_BLOCKS = by_token(PUBLIC_BLOCKS)
# Modules whose resources settle a bucket, or write logs into it.
_LOGGING = ("aws:s3/", "aws:lb/", "aws:elb/", "aws:cloudwatch/", "aws:cloudtrail/", "aws:cfg/", "aws:ec2/flowLog:")
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")
# S3's names in a grant for everyone, and for everyone with an AWS account.
_STRANGERS = ("/global/AllUsers", "/global/AuthenticatedUsers")
PUBLIC_ACLS = frozenset(("public-read", "public-read-write", "authenticated-read"))


def _balancer_log_target(graph: Graph, bucket: Resource) -> bool:
    """Load balancers can write only to buckets with SSE-S3."""
    paths = ("accessLogs.bucket", "connectionLogs.bucket", "healthCheckLogs.bucket")
    return any(graph.companions(bucket, path, LOAD_BALANCER, "aws:elb/loadBalancer:LoadBalancer") for path in paths)


def _access_log_target(graph: Graph, bucket: Resource) -> bool:
    """S3's own access logs can be written only to buckets with SSE-S3."""
    return bool(graph.companions(bucket, "targetBucket", BUCKET_LOGGING)) or bool(
        graph.companions(bucket, "loggings.targetBucket", BUCKET)
        or graph.companions(bucket, "logging.targetBucket", BUCKET)
    )


@rule(
    BUCKET,
    *_OTHER_BLOCKS,
    name="s3-public-block",
    title="Every bucket blocks public access, all four ways, and so do access points and the account.",
    severity=Severity.CRITICAL,
    scope=Scope.STACK,
    controls=(
        "FSBP S3.1",
        "FSBP S3.8",
        "FSBP S3.19",
        "FSBP S3.24",
        "CIS 2.1.4",
        "CKV2_AWS_6",
        "CKV_AWS_53",
        "CKV_AWS_54",
        "CKV_AWS_55",
        "CKV_AWS_56",
    ),
    remedy="Add an aws.s3.BucketPublicAccessBlock for this bucket with all four settings true",
)
def s3_public_block(bucket: Resource, context: RuleContext) -> Problems:
    if bucket.token in _OTHER_BLOCKS:
        yield from wrongly_set(bucket, _OTHER_BLOCKS[bucket.token])
        return
    graph = context.whole
    own = graph.companions(bucket, "bucket", PUBLIC_ACCESS_BLOCK)
    blocks = own or graph.of(ACCOUNT_PUBLIC_ACCESS_BLOCK)
    if not blocks:
        yield "has no public access block"
    for block in blocks:
        if off := [name for name in BLOCKS if not block.flag(name)]:
            yield f"its public access block {block.name} leaves {', '.join(off)} off"


@rule(
    BUCKET,
    name="s3-cmk",
    title="Buckets are encrypted with a key of this program and a bucket key; log targets without KMS support, SSE-S3.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP S3.17", "CKV_AWS_145"),
    options=(OUTSIDE_KEYS,),
    remedy="Add an aws.s3.BucketServerSideEncryptionConfiguration with aws:kms, kms_master_key_id of the data key and "
    "bucket_key_enabled",
)
def s3_cmk(bucket: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    log_target = _balancer_log_target(graph, bucket) or _access_log_target(graph, bucket)
    configurations = graph.companions(bucket, "bucket", ENCRYPTION)
    if log_target and all(map(_by_s3, configurations)) and (configurations or not _holds_more(graph, bucket)):
        return
    for configuration in configurations:
        if not configuration.present("rules"):
            yield "has an encryption configuration without rules"
        for item in configuration.blocks("rules"):
            yield from _clear(configuration, "rules", item, context)
    if not configurations:
        inline = bucket.blocks("serverSideEncryptionConfiguration.rule", "serverSideEncryptionConfiguration.rules")
        if not inline:
            yield "has no encryption configuration"
        for item in inline:
            yield from _clear(bucket, "serverSideEncryptionConfiguration", item, context)


def _holds_more(graph: Graph, bucket: Resource) -> bool:
    """Whether a bucket is used for more than logging, so that SSE-S3 has to be a deliberate choice."""
    return any(
        bucket.urn in urns
        for other in graph.resources
        if other.token.startswith("aws:") and not other.token.startswith(_LOGGING)
        for urns in other.links.values()
    )


def _by_s3(configuration: Resource) -> bool:
    """Whether the bucket uses SSE-S3, the only encryption that log delivery supports."""
    rules = configuration.blocks("rules")
    return bool(rules) and all(
        item.text("applyServerSideEncryptionByDefault.sseAlgorithm") == "AES256" for item in rules
    )


def _clear(resource: Resource, path: str, item: Block, context: RuleContext) -> Problems:
    if item.text("applyServerSideEncryptionByDefault.sseAlgorithm") not in KMS_ALGORITHMS:
        yield "is encrypted with a key that AWS owns (SSE-S3)"
        return
    inner = "applyServerSideEncryptionByDefault.kmsMasterKeyId"
    if problem := key_problem(resource, path, context, block=item, inner=inner):
        yield problem
    if not item.flag("bucketKeyEnabled"):
        yield "has no bucket key"


@rule(
    BUCKET,
    name="s3-tls-only",
    title="Every bucket denies requests in clear text.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP S3.5", "CIS 2.1.1", "CKV_AWS_379"),
    remedy="Add a bucket policy that denies s3:* on the bucket and its objects if aws:SecureTransport is false",
)
def s3_tls_only(bucket: Resource, context: RuleContext) -> Problems:
    policies = context.whole.companions(bucket, "bucket", BUCKET_POLICY)
    documents = [policy.get("policy") for policy in policies] or [bucket.get("policy")]
    if not any(_denies_clear_text(statement, bucket) for body in documents for statement in statements(body)):
        yield "accepts requests in clear text"


def _denies_clear_text(statement: Statement, bucket: Resource) -> bool:
    if statement.effect != "deny" or not _everybody(statement) or not _whole_bucket(statement, bucket):
        return False
    if not any(
        matches(action, "s3:GetObject") and matches(action, "s3:PutObject") for action in statement.known_actions()
    ):
        return False
    # A second condition would let some clear text through.
    return len(statement.conditions) == 1 and all(
        condition.key == "aws:securetransport"
        and condition.operator in ("bool", "boolifexists")
        and [str(value).lower() for value in condition.values] == ["false"]
        for condition in statement.conditions
    )


def _everybody(statement: Statement) -> bool:
    return any(value == "*" for kind, value in statement.principals if kind in ("*", "aws"))


def _whole_bucket(statement: Statement, bucket: Resource) -> bool:
    """Whether all objects are covered; the bucket's own calls carry no data, and its ARN may not be known yet."""
    given = (bucket.data.get("bucket"), bucket.outputs.get("bucket"), bucket.outputs.get("id"))
    names = [name for name in given if isinstance(name, str) and name]
    try:
        return any(_covers_objects(resource, names) for resource in statement.known_resources())
    except UndecidedError:
        return len(statement.resources) > 1


def _covers_objects(resource: str, names: list[str]) -> bool:
    if resource == "*":
        return True
    path = resource.partition(":::")[2]
    if not names:  # the bucket gets its name later: everything in the one that is named
        return path == "*" or path.partition("/")[2] == "*"
    return any(matches(path, f"{name}/any/object") for name in names)


@rule(
    BUCKET,
    name="s3-versioning-lifecycle",
    title="Buckets are versioned and have a lifecycle rule.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP S3.10", "FSBP S3.13", "FSBP S3.14", "CKV_AWS_21", "CKV2_AWS_61"),
    remedy="Add an aws.s3.BucketVersioning with status Enabled and an aws.s3.BucketLifecycleConfiguration",
)
def s3_versioning_lifecycle(bucket: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    versioned = any(
        item.text("versioningConfiguration.status") == "Enabled"
        for item in graph.companions(bucket, "bucket", VERSIONING)
    )
    if not versioned and not bucket.flag("versioning.enabled"):
        yield "keeps no versions"
    rules = [item for found in graph.companions(bucket, "bucket", LIFECYCLE) for item in found.blocks("rules")]
    active = any(item.text("status") == "Enabled" for item in rules)
    if not active and not any(item.flag("enabled") for item in bucket.blocks("lifecycleRules")):
        yield "has no lifecycle rule"


@rule(
    BUCKET,
    name="s3-access-logging",
    title="Buckets have server access logging.",
    severity=Severity.LOW,
    scope=Scope.STACK,
    level=Level.ADVISORY,
    controls=("FSBP S3.9", "CKV_AWS_18"),
    remedy="Add an aws.s3.BucketLogging to a log bucket",
)
def s3_access_logging(bucket: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    if _access_log_target(graph, bucket) or _balancer_log_target(graph, bucket):
        return  # a log of the log would feed on itself
    if not graph.companions(bucket, "bucket", BUCKET_LOGGING) and not bucket.present("logging.targetBucket"):
        yield "keeps no access log"


@rule(
    BUCKET,
    name="s3-acls-disabled",
    title="Buckets have access control lists disabled.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("FSBP S3.12", "CKV2_AWS_65", "CKV_AWS_20", "CKV_AWS_57"),
    remedy="Add an aws.s3.BucketOwnershipControls with BucketOwnerEnforced and drop every ACL",
)
def s3_acls_disabled(bucket: Resource, context: RuleContext) -> Problems:
    graph = context.whole
    acls = graph.companions(bucket, "bucket", ACL)
    if any(acl.text("acl") in PUBLIC_ACLS for acl in (*acls, bucket)):
        yield "has a public ACL"
    elif any(map(_grants_strangers, (*acls, bucket))):
        yield "has an ACL with a grant to everyone"
    if graph.companions(bucket, "loggingConfig.bucket", DISTRIBUTION):
        return  # CloudFront's older logging writes through an ACL
    controls = graph.companions(bucket, "bucket", OWNERSHIP)
    if not controls:
        yield "sets no object ownership"
    for control in controls:
        ownership = control.text("rule.objectOwnership")
        if ownership != "BucketOwnerEnforced":
            yield f"has the object ownership {ownership}, under which ACLs still count"


def _grants_strangers(resource: Resource) -> bool:
    uris = values_at(resource, "accessControlPolicy.grants.grantee.uri")[0] | values_at(resource, "grants.uri")[0]
    return any(uri.endswith(_STRANGERS) for uri in uris)


RULES = (
    s3_public_block,
    s3_cmk,
    s3_tls_only,
    s3_versioning_lifecycle,
    s3_access_logging,
    s3_acls_disabled,
)
