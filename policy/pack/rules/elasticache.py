"""Rules for ElastiCache."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..tokens import CACHE_CLUSTER, REPLICATION_GROUP, SERVERLESS_CACHE

USER = "aws:elasticache/user:User"


def _member(cache: Resource) -> bool:
    """A node of a replication group has the group's settings, none of its own."""
    return cache.token == CACHE_CLUSTER and cache.present("replicationGroupId")


@rule(
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    CACHE_CLUSTER,
    name="cache-encrypted",
    title="Caches are encrypted at rest with a key of this program, and in transit.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP ElastiCache.4", "FSBP ElastiCache.5", "CKV_AWS_29", "CKV_AWS_30", "CKV_AWS_191"),
    options=(OUTSIDE_KEYS,),
    remedy="Set at_rest_encryption_enabled, transit_encryption_enabled and kms_key_id",
)
def cache_encrypted(cache: Resource, context: RuleContext) -> Problems:
    if cache.token == CACHE_CLUSTER:
        if not _member(cache) and not cache.flag("transitEncryptionEnabled"):
            yield "has no encryption in transit"
        return
    if cache.token == REPLICATION_GROUP:
        if not cache.flag("transitEncryptionEnabled"):
            yield "has no encryption in transit"
        elif cache.text("transitEncryptionMode") == "preferred":
            yield "still accepts connections in clear text"
        if not cache.flag("atRestEncryptionEnabled"):
            yield "is not encrypted at rest"
            return
    if problem := key_problem(cache, "kmsKeyId", context):
        yield problem


@rule(
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    CACHE_CLUSTER,
    USER,
    name="cache-auth",
    title="Caches authenticate their users, with IAM or passwords.",
    severity=Severity.HIGH,
    controls=("FSBP ElastiCache.6", "CKV_AWS_31"),
    remedy="Set a user group whose users authenticate by IAM or password; switch the default user off",
)
def cache_auth(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == USER:
        method = (resource.text("authenticationMode.type") or "").lower().replace("_", "-")
        access = resource.text("accessString") or ""
        open_door = resource.flag("noPasswordRequired") or method.startswith("no-password")
        if open_door and not access.strip().lower().startswith("off"):
            yield "has permissions without authentication"
    elif resource.token == SERVERLESS_CACHE:
        if not resource.present("userGroupId"):
            yield "admits everyone"
    elif resource.token == REPLICATION_GROUP:
        if not resource.present("userGroupIds") and not resource.present("authToken"):
            yield "admits everyone"
    elif not _member(resource) and (resource.text("engine") or "") in ("redis", "valkey"):
        yield "is a single node, which can't tell its callers apart"


@rule(
    REPLICATION_GROUP,
    name="cache-resilience",
    title="A cache survives the loss of a zone and can be restored.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    production_only=True,
    controls=("FSBP ElastiCache.1", "FSBP ElastiCache.3", "CKV2_AWS_50"),
    remedy="Set automatic_failover_enabled, multi_az_enabled and a snapshot_retention_limit of at least 1 day",
)
def cache_resilience(cache: Resource, context: RuleContext) -> Problems:
    if not cache.flag("automaticFailoverEnabled"):
        yield "doesn't fail over by itself"
    if not cache.flag("multiAzEnabled"):
        yield "is in one zone only"
    if not cache.number("snapshotRetentionLimit"):
        yield "keeps no snapshots"


RULES = (cache_encrypted, cache_auth, cache_resilience)
